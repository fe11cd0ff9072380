/*
 * standing.c - see standing.h.
 */
#include "cli/standing.h"

#include "cli/runs.h"
#include "cli/session.h"
#include "cli/undriven.h"
#include "cli/wrapped.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/waiting.h"

static bool read_runs(struct journal *journal, const char *environment, struct standing *out)
{
    return locked_read(journal, environment, &out->lock, &out->unread) &&
           runs_find_open(journal, environment, &out->run, &out->unread) &&
           runs_find_at_risk(journal, environment, &out->at_risk, &out->unread);
}

void standing_read(struct session *session, struct journal *journal, const struct error *unread,
                   const char *environment, struct standing *out)
{
    *out = (struct standing){.unread = *unread};
    if (journal != NULL && read_runs(journal, environment, out))
        standing_read_driver(session, journal, out);
}

void standing_read_driver(struct session *session, struct journal *journal,
                          struct standing *standing)
{
    const char *directory;
    struct error ignored;

    standing->is_undriven =
        session_state_directory(session, &directory, &ignored) &&
        undriven_look(journal, directory, standing->run, &standing->undriven_since_ms);
}

void standing_clear(struct standing *standing)
{
    run_free(standing->run);
    run_free(standing->at_risk);
    standing->run = standing->at_risk = NULL;
}

static json_t *lock_json(const struct environment_lock *lock)
{
    char at[CLOCK_STAMP_SIZE];
    if (!lock->is_locked)
        return json_null();
    return json_pack("{s:s, s:s, s:s}", "by", locked_by(lock), "reason", lock->reason, "at",
                     clock_stamp(lock->at_ms, at));
}

static json_t *run_json(const struct standing *standing)
{
    char at[CLOCK_STAMP_SIZE];
    const struct run *run = standing->run;
    auto_free char *waits_for = run != NULL ? waiting_reason(run) : NULL;
    auto_free char *answer = run != NULL ? waiting_command(run) : NULL;
    if (run == NULL)
        return json_null();
    json_t *out = json_pack("{s:s, s:s, s:s?, s:s?, s:b}", "id", run->id, "status",
                            run_status_name(run->status), "waits_for", waits_for, "answer", answer,
                            "undriven", standing->is_undriven);
    if (standing->is_undriven)
        json_object_set_new(out, "undriven_since",
                            json_string(clock_stamp(standing->undriven_since_ms, at)));
    return out;
}

void standing_say_waiting(const struct run *run, size_t indent)
{
    auto_free char *held = waiting_held(run), *reason = waiting_reason(run);
    auto_free char *command = waiting_command(run);
    const char *const lines[] = {held, reason, command};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i] != NULL)
            wrapped_linef(lines[i] == command ? TONE_STRONG : TONE_WARN, indent, "%*s%s",
                          (int)indent, "", lines[i]);
}

void standing_add_json(const struct standing *standing, json_t *document)
{
    json_object_set_new(document, "lock", lock_json(&standing->lock));
    json_object_set_new(document, "run", run_json(standing));
    json_object_set_new(document, "at_risk",
                        standing->at_risk != NULL ? json_string(standing->at_risk->id)
                                                  : json_null());
    if (standing->unread.kind != ERROR_NONE)
        json_object_set_new(document, "journal_error", json_string(standing->unread.message));
}
