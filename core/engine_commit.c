/*
 * engine_commit.c - the one way into the journal. Each commit makes a new run beside the old one
 * and publishes it when it is durable; readers go on with the one they hold.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/event_text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define AREA "engine"
#define MOST_SAID 2000 /* a pipe that takes anything takes so much at once */

/* Events that a step in step_wait_change() may be waiting for. */
static bool wakes(const char *type)
{
    static const char *const types[] = {"measured", "answered", "approved", "item_recorded",
                                        "command",  "paused",   "resumed"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

json_t *engine_reason(const char *reason)
{
    auto_free char *safe = text_safe(reason);

    return reason[0] != '\0' ? json_pack("{s:s}", "reason", safe) : json_object();
}

void engine_publish(struct engine *e, struct run *run, int64_t change_seq)
{
    struct engine_view *fresh = xcalloc(1, sizeof *fresh), *old;

    atomic_init(&fresh->references, 1);
    fresh->run = run;
    fresh->change_seq = change_seq;
    (void)pthread_mutex_lock(&e->lock);
    old = e->view;
    e->view = fresh;
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
    engine_view_unref(old);
}

struct fold {
    const struct run *before; /* NULL: the event opens the run */
    struct run *after;
    bool is_refused; /* the event contradicts the run: our mistake, not the journal's */
};

static bool fold_event(void *closure, struct event *event, const struct run **after,
                       struct error *err)
{
    struct fold *f = closure;

    f->after = f->before != NULL ? run_copy(f->before) : run_new();
    if (!run_apply(f->after, event, err)) {
        run_free(f->after);
        f->after = NULL;
        f->is_refused = true;
        return false;
    }
    *after = f->after;
    return true;
}

static void tell(struct engine *e, struct event *event, struct run *after)
{
    int64_t change_seq = e->view != NULL ? e->view->change_seq : 0;

    engine_publish(e, after, wakes(event->type) ? event->seq : change_seq);
    if (e->options.on_event != NULL)
        e->options.on_event(e->options.closure, event, after);
}

/* ---- when the journal cannot be written ---- */

/* Never waits: who reads stderr may be asleep, and traffic is on its way back. */
static void say_at_once(const char *text)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    auto_free char *line = xasprintf("flightdeck: %.*s\n", MOST_SAID, text);

    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0)
        FD_IGNORE(write(STDERR_FILENO, line, strlen(line)) >= 0);
}

static void set_broken(struct engine *e, const struct error *err)
{
    if (e->broken_since_ms != 0)
        return;
    e->broken_since_ms = clock_boot_ms();
    log_error(AREA, err);
    auto_free char *text =
        xasprintf("%s; nothing goes forward until it can be written. Going back is "
                  "still possible",
                  err->message);
    say_at_once(text);
}

/* Where an intent goes when the journal is full: to whoever reads stderr, the log and syslog. */
static void shout(const struct event *event)
{
    auto_free char *text = event_text(event);
    json_t *json = event_to_json(event);
    auto_free char *line = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    log_line(LOG_LEVEL_ERROR, AREA, "not in the journal: %s", line != NULL ? line : event->type);
    syslog(LOG_USER | LOG_CRIT, "flightdeck: not in the journal: %s",
           line != NULL ? line : event->type);
    auto_free char *said = xasprintf("not in the journal: %s", text != NULL ? text : event->type);
    say_at_once(said);
}

/* Only a way back goes on without the journal. */
static bool may_go_unrecorded(const struct engine *e, const char *type)
{
    const struct run *run = engine_run(e);
    if (run == NULL)
        return false;
    /* The end stays unsaid: the run is unknown until what was done is recorded. */
    if (engine_is_way_back(e))
        return strcmp(type, "run_ended") != 0;
    return strcmp(type, "abort_requested") == 0 || strcmp(type, "rollback_started") == 0;
}

static void shout_unsaid(struct engine *e)
{
    while (e->shouted_count < e->unrecorded_count)
        shout(e->unrecorded[e->shouted_count++]);
}

/* Applied and told; it is in the journal later. */
static bool keep_unrecorded(struct engine *e, struct event *event, struct error *err)
{
    struct fold fold = {.before = engine_run(e)};
    const struct run *after;

    event->seq = fold.before->last_seq + 1;
    event->at_ms = clock_world_ms();
    (void)snprintf(event->previous_hash, sizeof event->previous_hash, "%s", fold.before->last_hash);
    event_compute_hash(event, event->hash);
    if (!fold_event(&fold, event, &after, err))
        return false;
    e->unrecorded = mem_grow(e->unrecorded, &e->unrecorded_capacity, e->unrecorded_count,
                             sizeof(struct event *));
    e->unrecorded[e->unrecorded_count++] = event_ref(event);
    tell(e, event, fold.after);
    return true;
}

/* What was applied already; its row in the index shows the run as it is by now. */
static bool fold_again(void *closure, struct event *event, const struct run **after,
                       struct error *err)
{
    (void)event;
    (void)err;
    *after = closure;
    return true;
}

static bool record_late(struct engine *e, const struct event *event, struct error *err)
{
    struct event *copy =
        event_new(event->stream, event->type, event->step, event->by, json_incref(event->body));

    copy->at_ms = event->at_ms;
    bool ok = journal_append(e->journal, copy, fold_again, e->view->run, err);
    event_unref(copy);
    return ok;
}

/* All of them, and `event` behind them (NULL = none), or nothing. */
static bool write_together(struct engine *e, struct event *event, struct fold *fold,
                           struct error *err)
{
    struct error ignored;
    bool ok = true;

    if (!journal_group_begin(e->journal, err))
        return false;
    for (size_t i = 0; i < e->unrecorded_count && ok; i++)
        ok = record_late(e, e->unrecorded[i], err);
    ok = ok && (event == NULL || journal_append(e->journal, event, fold_event, fold, err));
    if (!journal_group_end(e->journal, ok, ok ? err : &ignored) || !ok)
        return false;
    for (size_t i = 0; i < e->unrecorded_count; i++)
        event_unref(e->unrecorded[i]);
    e->unrecorded_count = e->shouted_count = 0;
    return true;
}

bool engine_commit_rest(struct engine *e)
{
    struct error err;

    if (e->unrecorded_count == 0)
        return true;
    journal_set_patience(e->journal, ENGINE_HASTE_MS);
    if (write_together(e, NULL, NULL, &err)) {
        e->broken_since_ms = 0;
        return true;
    }
    set_broken(e, &err);
    shout_unsaid(e);
    e->next_try_ms = clock_boot_ms() + ENGINE_TRY_JOURNAL_EVERY_MS;
    return false;
}

bool engine_commit_is_due(const struct engine *e)
{
    return e->unrecorded_count > 0 && e->broken_since_ms == 0;
}

/*
 * What nothing in the world rests on yet is written together with what comes next: a way back, and
 * a write by hand, have one commit before their call, not four.
 */
static bool may_wait(const struct engine *e, const char *type)
{
    static const struct {
        const char *type;
        bool only_back, only_by_hand;
    } rows[] = {
        {"abort_requested", false, false}, {"rollback_started", false, false},
        {"step_ended", true, false},       {"run_started", false, true},
        {"step_started", false, true},     {"decided", false, true},
    };
    const struct run *run = engine_run(e);

    if (run == NULL || e->broken_since_ms != 0 || e->is_closing)
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].type, type) == 0)
            return (!rows[i].only_back || run_is_going_back(run)) &&
                   (!rows[i].only_by_hand || engine_plan_is_by_hand(e));
    return false;
}

/* ---- the one path ---- */

static bool append(struct engine *e, struct event *event, bool *is_refused, struct error *err)
{
    const struct run *run = engine_run(e);
    bool is_first = run == NULL || strcmp(run->id, event->stream) != 0;
    struct fold fold = {.before = is_first ? NULL : run};

    /* A way back does not wait for a broken journal at each of its events. */
    if (e->unrecorded_count > 0 && e->broken_since_ms != 0 && clock_boot_ms() < e->next_try_ms)
        return error_set(err, ERROR_TRANSIENT, "the journal %s cannot be written",
                         journal_path(e->journal));
    journal_set_patience(e->journal,
                         may_go_unrecorded(e, event->type) ? ENGINE_HASTE_MS : JOURNAL_PATIENCE_MS);
    if (write_together(e, event, &fold, err)) {
        e->broken_since_ms = 0;
        tell(e, event, fold.after);
        return true;
    }
    run_free(fold.after);
    *is_refused = fold.is_refused;
    if (!fold.is_refused)
        e->next_try_ms = clock_boot_ms() + ENGINE_TRY_JOURNAL_EVERY_MS;
    return false;
}

static bool commit_event(struct engine *e, struct event *event, struct error *err)
{
    bool is_refused = false, is_kept = may_wait(e, event->type);

    if (is_kept && !engine_commit_is_due(e))
        e->write_by_ms = clock_boot_ms() + ENGINE_GROUP_MS;
    bool ok = is_kept ? keep_unrecorded(e, event, err) : append(e, event, &is_refused, err);
    if (!ok && (is_refused || is_kept)) {
        log_error(AREA, err);
    } else if (!ok) {
        set_broken(e, err);
        if (may_go_unrecorded(e, event->type))
            ok = keep_unrecorded(e, event, err);
        shout_unsaid(e);
    }
    event_unref(event);
    return ok;
}

bool engine_commit(struct engine *e, const char *type, const char *step, const char *by,
                   json_t *body, struct error *err)
{
    return commit_event(e, event_new(engine_run(e)->id, type, step, by, body), err);
}

bool engine_end_other(struct engine *e, const struct run *run, const char *reason,
                      struct error *err)
{
    struct fold fold = {.before = run};
    json_t *body = engine_reason(reason);

    json_object_set_new(body, "status", json_string(run_status_name(RUN_ABORTED)));
    struct event *event = event_new(run->id, "run_ended", "", e->options.actor.name, body);
    bool ok = journal_append(e->journal, event, fold_event, &fold, err);
    run_free(fold.after);
    event_unref(event);
    return ok;
}

bool engine_commit_first(struct engine *e, const char *run_id, json_t *body, struct error *err)
{
    return commit_event(e, event_new(run_id, "run_opened", "", e->options.actor.name, body), err);
}
