/*
 * engine_drive.c - carries out what engine_next.c decides: starts threads, takes their ends, goes
 * back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/event_text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define AREA "engine"

/* ---- workers ---- */

static enum engine_reply on_worker_ended(struct engine *e, struct engine_request *r)
{
    struct worker *w = r->closure;

    (void)e;
    w->has_ended = true;
    return ENGINE_REPLY_DONE;
}

static void *work(void *closure)
{
    struct worker *w = closure;
    struct engine_request ended = {.handle = on_worker_ended, .closure = w};
    struct error ignored;

    switch (w->ctx.role) {
    case WORKER_STEP:
        w->outcome = w->ctx.plan.step->kind->run(&w->ctx, &w->err);
        break;
    case WORKER_UNDO:
        engine_undo(w);
        break;
    case WORKER_GUARD:
        engine_guard_loop(&w->ctx);
        break;
    }
    FD_IGNORE(engine_ask(w->engine, &ended, &ignored));
    return NULL;
}

static void free_worker(struct worker *w)
{
    engine_ctx_clear(&w->ctx);
    free(w);
}

bool engine_start_worker(struct engine *e, const struct plan_step *step, enum worker_role role,
                         struct error *err)
{
    struct worker *w = xcalloc(1, sizeof *w);

    w->engine = e;
    engine_ctx_init(e, &w->ctx, step, role);
    if (role == WORKER_UNDO)
        text_copy(w->over, sizeof w->over, engine_run(e)->over);
    if (pthread_create(&w->thread, NULL, work, w) != 0) {
        free_worker(w);
        return error_set(err, ERROR_INTERNAL, "could not start a thread for %s", step->id);
    }
    w->next = e->workers;
    e->workers = w;
    return true;
}

void engine_cancel_workers(struct engine *e, enum worker_role role)
{
    for (struct worker *w = e->workers; w != NULL; w = w->next)
        if (w->ctx.role == role)
            cancel_set(w->ctx.cancel);
    engine_wake(e);
}

void engine_reap(struct engine *e)
{
    struct worker **at = &e->workers;

    while (*at != NULL) {
        struct worker *w = *at;
        if (!w->has_ended || !(w->is_settled || e->is_closing || w->ctx.role == WORKER_GUARD)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        (void)pthread_join(w->thread, NULL);
        free_worker(w);
    }
}

static bool has_worker(const struct engine *e, enum worker_role role)
{
    for (const struct worker *w = e->workers; w != NULL; w = w->next)
        if (w->ctx.role == role)
            return true;
    return false;
}

/* ---- ends ---- */

static json_t *end_body(const char *state, const char *reason)
{
    json_t *body = engine_reason(reason);

    json_object_set_new(body, "state", json_string(state));
    return body;
}

static bool end_run(struct engine *e, enum run_status status, const char *reason, const char *hint)
{
    struct error err;
    json_t *body = engine_reason(reason);

    if (hint[0] != '\0')
        json_object_set_new(body, "hint", json_string(hint));
    json_object_set_new(body, "status", json_string(run_status_name(status)));
    engine_cancel_workers(e, WORKER_GUARD);
    return engine_commit(e, "run_ended", "", "", body, &err);
}

bool engine_end_run(struct engine *e, enum run_status status, const char *reason)
{
    return end_run(e, status, reason, "");
}

static const struct {
    enum step_outcome outcome;
    const char *state;
} outcome_states[] = {
    {STEP_OUTCOME_SUCCEEDED, "succeeded"}, {STEP_OUTCOME_SKIPPED, "skipped"},
    {STEP_OUTCOME_FAILED, "failed"},       {STEP_OUTCOME_ERRORED, "errored"},
    {STEP_OUTCOME_ABORTED, "aborted"},     {STEP_OUTCOME_ROLL_BACK, "failed"},
    {STEP_OUTCOME_UNKNOWN, "unknown"},
};

static const char *state_of_outcome(enum step_outcome outcome)
{
    for (size_t i = 0; i < sizeof outcome_states / sizeof outcome_states[0]; i++)
        if (outcome_states[i].outcome == outcome)
            return outcome_states[i].state;
    return "unknown";
}

/* The reason for people; a hint is worth its place. What was cut off has the reason of who cut. */
static char *why(const struct engine *e, const struct worker *w)
{
    if (w->outcome == STEP_OUTCOME_SUCCEEDED)
        return xstrdup("");
    if (w->outcome == STEP_OUTCOME_ABORTED && w->err.kind == ERROR_CANCELLED &&
        w->ctx.role == WORKER_STEP && run_is_going_back(engine_run(e)))
        return e->back_by[0] != '\0' ? xasprintf("asked for by %s", event_text_person(e->back_by))
                                     : xstrdup("the run goes back");
    return xasprintf("%s%s%s%s", w->err.message, w->err.hint[0] != '\0' ? " (" : "", w->err.hint,
                     w->err.hint[0] != '\0' ? ")" : "");
}

/* Somebody else changed what the step changes: nothing of it was overwritten. */
static bool note_drift(struct engine *e, const struct worker *w)
{
    struct error ignored;

    return w->outcome != STEP_OUTCOME_UNKNOWN || w->err.kind != ERROR_CONFLICT ||
           engine_commit(e, "drift_seen", w->ctx.plan.step->id, "", engine_reason(w->err.message),
                         &ignored);
}

/* False: the journal did not take it; it is tried again. */
static bool settle_step(struct engine *e, struct worker *w)
{
    const char *id = w->ctx.plan.step->id;
    auto_free char *reason = why(e, w);
    struct error err;

    /* What was cut off because we go away is begun again by whoever takes the run up. */
    if (e->is_closing && w->outcome == STEP_OUTCOME_ABORTED)
        return true;
    if (!note_drift(e, w) || !engine_commit(e, "step_ended", id, "",
                                            end_body(state_of_outcome(w->outcome), reason), &err))
        return false;
    if (w->outcome != STEP_OUTCOME_ROLL_BACK || engine_run(e)->status == RUN_ROLLING_BACK)
        return true;
    return engine_go_back(e, false, "", w->err.message, "", &err);
}

static bool settle_undo(struct engine *e, struct worker *w)
{
    const char *id = w->ctx.plan.step->id;
    struct error err;

    if (e->is_closing && w->outcome == STEP_OUTCOME_ABORTED)
        return true;
    /* A person agreed to more while it was at work: it is tried once more. */
    if (strcmp(w->over, engine_run(e)->over) != 0 && w->outcome != STEP_OUTCOME_ABORTED)
        return true;
    if (w->outcome == STEP_OUTCOME_SUCCEEDED || w->outcome == STEP_OUTCOME_SKIPPED) {
        auto_free char *reason = why(e, w);
        return engine_commit(e, "step_undone", id, "", engine_reason(reason), &err);
    }
    auto_free char *reason = xasprintf("%s could not be taken back: %s", id, w->err.message);
    /* What somebody else changed is shown by whoever goes back the next time. */
    auto_free char *hint = text_safe(w->err.kind != ERROR_CONFLICT ? w->err.hint : "");
    return engine_lock_environment(e, RUN_ROLLBACK_FAILED) &&
           end_run(e, RUN_ROLLBACK_FAILED, reason, hint);
}

static bool settle_workers(struct engine *e)
{
    for (struct worker *w = e->workers; w != NULL; w = w->next) {
        if (!w->has_ended || w->is_settled || w->ctx.role == WORKER_GUARD)
            continue;
        w->is_settled = run_is_over(engine_run(e)) ||
                        (w->ctx.role == WORKER_STEP ? settle_step(e, w) : settle_undo(e, w));
        if (!w->is_settled)
            return false;
    }
    return true;
}

/* ---- moves ---- */

static bool start_step(struct engine *e, const struct plan_step *step, struct error *err)
{
    const struct run_step *state = run_step(engine_run(e), step->id);
    bool is_retried = state->state == STEP_RUNNING; /* the command has begun the attempt */
    int attempt = state->attempt > 0 ? state->attempt : 1;

    return (is_retried || engine_commit(e, "step_started", step->id, "",
                                        json_pack("{s:i}", "attempt", attempt), err)) &&
           engine_start_worker(e, step, WORKER_STEP, err);
}

static bool skip_step(struct engine *e, const struct plan_step *step, struct error *err)
{
    auto_free char *reason = xasprintf("this release has no change of %s", step->when);

    return engine_commit(e, "step_ended", step->id, "", end_body("skipped", reason), err);
}

static bool give_up_step(struct engine *e, const struct plan_step *step, struct error *err)
{
    return engine_commit(e, "step_ended", step->id, "",
                         end_body("aborted", "nobody works on it any more"), err);
}

int64_t engine_decision_deadline(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->wait_count; i++)
        if (strcmp(run->waits[i].step, step) == 0 &&
            strcmp(run->waits[i].key, ENGINE_DECISION_WAIT) == 0)
            return run->waits[i].deadline_ms;
    return INT64_MAX;
}

/* It failed, and a person says what now; unattended, until a deadline that a crash does not move.
 */
static bool ask_person(struct engine *e, const struct plan_step *step, struct error *err)
{
    int64_t deadline_ms = clock_world_ms() + e->options.config->judge.deadline_ms;

    if (!engine_commit(e, "step_waiting", step->id, "", json_pack("{s:s}", "on", "person"), err))
        return false;
    return !e->options.is_unattended ||
           engine_decision_deadline(engine_run(e), step->id) != INT64_MAX ||
           engine_commit(e, "wait", step->id, "",
                         json_pack("{s:s, s:I}", "key", ENGINE_DECISION_WAIT, "deadline_ms",
                                   (json_int_t)deadline_ms),
                         err);
}

static bool end_failed(struct engine *e, const struct plan_step *step)
{
    const struct run_step *state = run_step(engine_run(e), step->id);
    auto_free char *reason = xasprintf("%s: %s", step->id, state->reason);

    /* What began beside the gates ends first. */
    if (has_worker(e, WORKER_STEP)) {
        engine_cancel_workers(e, WORKER_STEP);
        return false;
    }
    return engine_end_run(e, RUN_FAILED, reason);
}

static bool end(struct engine *e, const struct engine_next *next)
{
    if (next->status == RUN_FAILED)
        return end_failed(e, &e->steps[next->step]);
    bool is_back = next->status == RUN_ROLLED_BACK || next->status == RUN_ABORTED;
    auto_free char *reason = xstrdup(is_back ? engine_run(e)->reason : "");
    bool has_put_back = next->status == RUN_SUCCEEDED && engine_plan_goes_back(e);
    if ((next->status == RUN_ROLLED_BACK || has_put_back) &&
        !engine_lock_environment(e, next->status))
        return false;
    if (has_put_back)
        engine_supersede(e);
    return engine_end_run(e, next->status, reason);
}

/* False: it could not be done now. */
static bool make_move(struct engine *e, const struct engine_next *next)
{
    const struct plan_step *step = &e->steps[next->step];
    struct error err;
    bool ok = false;

    switch (next->move) {
    case ENGINE_MOVE_NONE:
        return false;
    case ENGINE_MOVE_START:
        ok = start_step(e, step, &err);
        break;
    case ENGINE_MOVE_SKIP:
        ok = skip_step(e, step, &err);
        break;
    case ENGINE_MOVE_ASK:
        ok = ask_person(e, step, &err);
        break;
    case ENGINE_MOVE_GIVE_UP:
        ok = give_up_step(e, step, &err);
        break;
    case ENGINE_MOVE_STOP:
        ok = engine_start_worker(e, step, WORKER_STEP, &err);
        engine_cancel_workers(e, WORKER_STEP);
        break;
    case ENGINE_MOVE_UNDO:
        ok = engine_start_worker(e, step, WORKER_UNDO, &err);
        break;
    case ENGINE_MOVE_END:
        return end(e, next);
    }
    if (!ok)
        log_error(AREA, &err);
    return ok;
}

static struct engine_next find_move(struct engine *e)
{
    auto_free bool *is_busy = xcalloc(e->step_count + 1, sizeof *is_busy);

    for (const struct worker *w = e->workers; w != NULL; w = w->next)
        if (w->ctx.role != WORKER_GUARD && !w->is_settled)
            is_busy[w->ctx.plan.step - e->steps] = true;
    const struct engine_situation situation = {
        .run = engine_run(e),
        .steps = e->steps,
        .step_count = e->step_count,
        .is_busy = is_busy,
        .goes_forward = e->goes_forward,
        .is_unattended = e->options.is_unattended,
    };
    return engine_next_move(&situation);
}

/*
 * Without a journal nothing goes forward, and nobody sees what is at risk: an unattended run takes
 * its traffic back. Where a person is there, the person says so.
 */
static void give_up_on_journal(struct engine *e)
{
    const struct run *run = engine_run(e);
    struct error err;

    if (e->broken_since_ms == 0 || engine_is_way_back(e) || !e->options.is_unattended ||
        !run_moved_traffic(run) || clock_boot_ms() < e->broken_since_ms + ENGINE_BROKEN_PATIENCE_MS)
        return;
    FD_IGNORE(engine_go_back(e, true, "", "the journal cannot be written", "", &err));
}

/* A broken journal is not asked at every turn. Going back does not wait for it. */
static bool is_time_to_try(struct engine *e)
{
    int64_t now_ms = clock_boot_ms();

    if (e->broken_since_ms == 0 || engine_is_way_back(e) || e->is_closing)
        return true;
    if (now_ms < e->next_try_ms)
        return false;
    e->next_try_ms = now_ms + ENGINE_TRY_JOURNAL_EVERY_MS;
    return true;
}

void engine_advance(struct engine *e)
{
    if (!e->is_driving || engine_run(e) == NULL)
        return;
    give_up_on_journal(e);
    if (!is_time_to_try(e))
        return;
    bool is_settled = settle_workers(e);
    if (run_is_over(engine_run(e)) || e->is_closing)
        return;
    while (is_settled && !run_is_over(engine_run(e))) {
        struct engine_next next = find_move(e);
        if (!make_move(e, &next))
            return;
    }
}
