/*
 * locked.c - see locked.h.
 */
#include "core/locked.h"

#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/text.h"

static const char *body_text(const struct event *e, const char *key)
{
    const char *text = json_string_value(json_object_get(e->body, key));
    return text != NULL ? text : "";
}

static void apply(struct environment_lock *lock, const struct event *e)
{
    bool is_locked = strcmp(e->type, "locked") == 0;

    if (!is_locked && strcmp(e->type, "unlocked") != 0)
        return;
    *lock = (struct environment_lock){.is_locked = is_locked, .at_ms = e->at_ms};
    text_copy(lock->by, sizeof lock->by, e->by);
    text_copy(lock->reason, sizeof lock->reason, body_text(e, "reason"));
    text_copy(lock->run, sizeof lock->run, body_text(e, "run"));
}

bool locked_read(struct journal *j, const char *environment, struct environment_lock *out,
                 struct error *err)
{
    auto_free char *stream = xasprintf("env/%s", environment);
    struct event **events;
    size_t count;

    if (!journal_read(j, stream, 0, &events, &count, err))
        return false;
    *out = (struct environment_lock){0};
    for (size_t i = 0; i < count; i++)
        apply(out, events[i]);
    journal_events_free(events, count);
    return true;
}

static bool append(struct journal *j, const char *environment, const char *type, const char *by,
                   json_t *body, struct error *err)
{
    auto_free char *stream = xasprintf("env/%s", environment);
    struct event *e = event_new(stream, type, "", by, body);
    bool ok = journal_append(j, e, NULL, NULL, err);

    event_unref(e);
    return ok;
}

bool locked_write(struct journal *j, const char *environment, bool is_locked, const char *by,
                  const char *reason, struct error *err)
{
    auto_free char *safe = text_safe(reason);

    return append(j, environment, is_locked ? "locked" : "unlocked", by,
                  json_pack("{s:s}", "reason", safe), err);
}

bool locked_after_run(struct journal *j, const char *environment, const char *run, const char *by,
                      const char *reason, struct error *err)
{
    auto_free char *safe = text_safe(reason);
    struct environment_lock lock;

    if (!locked_read(j, environment, &lock, err))
        return false;
    if (lock.is_locked && strcmp(lock.run, run) != 0)
        return true;
    return append(j, environment, "locked", by, json_pack("{s:s, s:s}", "reason", safe, "run", run),
                  err);
}

const char *locked_by(const struct environment_lock *lock)
{
    return lock->by[0] != '\0' ? lock->by : "flightdeck";
}
