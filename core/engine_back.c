/*
 * engine_back.c - the way back: how it begins, how it tries on, how it is given up, and what it
 * leaves behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/locked.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define AREA "engine"
/* All wall: what stands in the way is a network, not a release. */
#define PATIENCE_MS 1800000
#define FIRST_PAUSE_MS 500 /* doubled each time */
#define LONGEST_PAUSE_MS 10000
#define LOOK_EVERY_MS 200
#define STUCK_MS 2500
#define FIRST_WORD_MS 5000     /* said at once, then after this long, and twice as long each time */
#define LOCK_PATIENCE_MS 15000 /* the end of the run waits so long for its lock */

/* ---- begin ---- */

bool engine_go_back(struct engine *e, bool is_abort, const char *by, const char *reason,
                    const char *over, struct error *err)
{
    const char *type = is_abort ? "abort_requested" : "rollback_started";
    json_t *body = engine_reason(reason);

    if (over[0] != '\0')
        json_object_set_new(body, "over", json_string(over));
    if (!engine_commit(e, type, "", by, body, err))
        return false;
    e->is_driving = true;
    e->has_locked = false;
    e->lock_by_ms = 0;
    text_copy(e->back_by, sizeof e->back_by, by);
    engine_cancel_workers(e, WORKER_STEP);
    engine_cancel_workers(e, WORKER_GUARD);
    return true;
}

/* ---- try on ---- */

/* What AWS or a person said is said; no answer is no answer. */
static bool may_come_right(const struct worker *w)
{
    return w->outcome == STEP_OUTCOME_ERRORED ||
           (w->outcome == STEP_OUTCOME_UNKNOWN && w->err.kind == ERROR_UNKNOWN &&
            w->ctx.plan.step->kind->moves_traffic);
}

static void say_failing(struct worker *w, int64_t left_ms)
{
    char left[CLOCK_STAMP_SIZE];

    step_say(&w->ctx,
             "%s is not taken back yet: %s. Trying on, for %s at most; Ctrl-C twice gives up",
             w->ctx.plan.step->id, w->err.message, clock_duration_text(left_ms, left));
}

/* Or until there is another sign-in to try, or it is ended. */
static void pause_back(struct worker *w, int64_t pause_ms)
{
    struct engine *e = w->engine;
    int64_t until_ms = clock_boot_ms() + pause_ms, now_ms;

    (void)pthread_mutex_lock(&e->lock);
    while (w->hands == e->hands && !cancel_is_set(w->ctx.cancel) &&
           (now_ms = clock_boot_ms()) < until_ms)
        engine_wait_changed(e,
                            until_ms < now_ms + LOOK_EVERY_MS ? until_ms : now_ms + LOOK_EVERY_MS);
    w->hands = e->hands;
    (void)pthread_mutex_unlock(&e->lock);
}

/* False: it was ended in between. */
static bool pause_and_try(struct worker *w, int64_t pause_ms)
{
    struct error before = w->err;

    pause_back(w, pause_ms);
    if (!cancel_is_set(w->ctx.cancel))
        w->outcome = w->ctx.plan.step->kind->undo(&w->ctx, &w->err);
    if (!cancel_is_set(w->ctx.cancel) || w->outcome == STEP_OUTCOME_SUCCEEDED)
        return true;
    w->outcome = STEP_OUTCOME_ABORTED;
    error_set(&w->err, ERROR_CANCELLED, "given up: %s", before.message);
    error_hint(&w->err, "%s", before.hint);
    return false;
}

void engine_undo(struct worker *w)
{
    int64_t began_ms = clock_boot_ms(), word_ms = 0, pause_ms = FIRST_PAUSE_MS, took_ms = 0;

    atomic_store(&w->undo_began_ms, began_ms);
    (void)pthread_mutex_lock(&w->engine->lock);
    w->hands = w->engine->hands;
    (void)pthread_mutex_unlock(&w->engine->lock);
    w->outcome = w->ctx.plan.step->kind->undo(&w->ctx, &w->err);
    while (may_come_right(w) && (took_ms = clock_boot_ms() - began_ms) < PATIENCE_MS) {
        w->is_failing = true;
        if (took_ms >= word_ms) {
            say_failing(w, PATIENCE_MS - took_ms);
            word_ms = word_ms == 0 ? FIRST_WORD_MS : 2 * took_ms;
        }
        if (!pause_and_try(w, pause_ms))
            return;
        pause_ms = 2 * pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : LONGEST_PAUSE_MS;
    }
}

/* ---- give up ---- */

/* Traffic goes back within a second or two: after that it hangs, and a person may end its reads. */
static bool is_stuck(struct worker *w)
{
    int64_t began_ms = atomic_load(&w->undo_began_ms);

    return w->is_failing || (began_ms > 0 && w->ctx.plan.step->kind->moves_traffic &&
                             clock_boot_ms() - began_ms >= STUCK_MS);
}

static enum engine_reply on_give_up(struct engine *e, struct engine_request *r)
{
    bool *is_found = r->closure;

    for (struct worker *w = e->workers; w != NULL; w = w->next)
        if (w->ctx.role == WORKER_UNDO && !w->has_ended && is_stuck(w)) {
            cancel_set(w->ctx.cancel);
            *is_found = true;
        }
    engine_wake(e);
    return ENGINE_REPLY_DONE;
}

bool engine_give_up(struct engine *e)
{
    bool is_found = false;
    struct engine_request r = {.handle = on_give_up, .closure = &is_found};
    struct error ignored;

    FD_IGNORE(engine_ask(e, &r, &ignored));
    return is_found;
}

/* ---- lock ---- */

/* Who asked for the way back; "" where it was the judge. */
static void find_who_asked(struct engine *e, char by[static 200])
{
    struct event **events;
    size_t count;
    struct error ignored;

    by[0] = '\0';
    if (!journal_read(e->journal, engine_run(e)->id, 0, &events, &count, &ignored))
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(events[i]->type, "rollback_started") == 0)
            (void)snprintf(by, 200, "%s", events[i]->by);
    journal_events_free(events, count);
}

struct left {
    const struct run *run; /* which goes back like them */
    bool has_started;
};

static bool is_left_behind(const struct run_row *row, const void *closure)
{
    const struct left *left = closure;

    return row->ended_at_ms == 0 && strcmp(row->id, left->run->id) != 0 &&
           strcmp(row->plan, left->run->plan_name) == 0 &&
           (row->started_at_ms > 0) == left->has_started;
}

static const char *first_resource(const struct run *run)
{
    const json_t *step = json_array_get(json_object_get(run->plan, "steps"), 0);
    const char *name =
        json_string_value(json_object_get(json_object_get(step, "params"), "resource"));

    return name != NULL ? name : "";
}

static struct run *find_left(struct engine *e, bool has_started)
{
    const struct left left = {engine_run(e), has_started};
    struct run *found = NULL;
    struct error err;

    if (!journal_find_run(e->journal, e->options.environment->name, is_left_behind, &left, &found,
                          &err))
        log_error(AREA, &err);
    if (found == NULL || !has_started ||
        strcmp(first_resource(found), first_resource(engine_run(e))) == 0)
        return found;
    run_free(found); /* of other traffic: that was not put back here */
    return NULL;
}

/* A rollback like this one, whose process died on the way, or before. Yours; NULL: there is none.
 */
static struct run *find_left_behind(struct engine *e)
{
    struct run *found = engine_plan_goes_back(e) ? find_left(e, true) : NULL;

    return found != NULL || !engine_plan_goes_back(e) ? found : find_left(e, false);
}

/* By this run, or by one that it brings to its end. */
static bool has_moved_traffic(struct engine *e)
{
    struct run *other = find_left_behind(e);
    bool has = run_moved_traffic(engine_run(e)) || (other != NULL && run_moved_traffic(other));

    run_free(other);
    return has;
}

void engine_supersede(struct engine *e)
{
    auto_free char *reason = xasprintf("its process died, and %s did it", engine_run(e)->id);
    struct run *other;
    struct error err;
    bool ok = e->has_locked || !has_moved_traffic(e); /* else its end would lose the lock */

    while (ok && (other = find_left_behind(e)) != NULL) {
        ok = engine_end_other(e, other, reason, &err);
        run_free(other);
    }
    if (!ok && e->has_locked)
        log_error(AREA, &err);
}

static char *lock_reason(const struct run *run, enum run_status end)
{
    const json_t *step = json_array_get(json_object_get(run->plan, "steps"), 0);
    const char *summary = json_string_value(json_object_get(step, "summary"));

    if (end == RUN_SUCCEEDED)
        return xasprintf("%s put it back: %s", run->id, summary != NULL ? summary : "");
    return xasprintf("%s %s: %s", run->id,
                     end == RUN_ROLLED_BACK ? "was rolled back" : "could not be rolled back",
                     run->reason);
}

/* True: it is there, or there is nothing to lock for. */
static bool lock(struct engine *e, enum run_status end)
{
    const struct run *run = engine_run(e);
    char by[200];
    struct error err;

    /* Else the end would be recorded with what waits, and the lock would not. */
    if (engine_commit_is_due(e) || clock_boot_ms() >= e->next_try_ms)
        FD_IGNORE(engine_commit_rest(e));
    if (e->has_locked || !has_moved_traffic(e))
        return true;
    if (e->unrecorded_count > 0)
        return false;
    if (end == RUN_SUCCEEDED)
        text_copy(by, sizeof by, e->options.actor.name);
    else
        find_who_asked(e, by);
    auto_free char *reason = lock_reason(run, end);
    e->has_locked = locked_after_run(e->journal, run->environment, run->id, by, reason, &err);
    if (!e->has_locked && e->broken_since_ms == 0)
        log_error(AREA, &err);
    return e->has_locked;
}

/*
 * Nobody releases over what users met without saying that it is understood. Before the run ends:
 * when we die in between, whoever takes it up locks again.
 */
bool engine_lock_environment(struct engine *e, enum run_status end)
{
    if (lock(e, end)) {
        e->lock_by_ms = 0;
        return true;
    }
    if (e->lock_by_ms == 0)
        e->lock_by_ms = clock_boot_ms() + LOCK_PATIENCE_MS;
    return clock_boot_ms() >= e->lock_by_ms;
}
