/*
 * run.c - see run.h: names of states and questions about a run. The fold is in run_events.c.
 */
#include "core/run.h"

#include <string.h>

#include "core/run_fold.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const status_names[] = {
    [RUN_PENDING] = "pending",
    [RUN_WAITING] = "waiting",
    [RUN_PROGRESSING] = "progressing",
    [RUN_PAUSED] = "paused",
    [RUN_ABORTING] = "aborting",
    [RUN_ABORTED] = "aborted",
    [RUN_ROLLING_BACK] = "rolling_back",
    [RUN_ROLLED_BACK] = "rolled_back",
    [RUN_ROLLBACK_FAILED] = "rollback_failed",
    [RUN_SUCCEEDED] = "succeeded",
    [RUN_FAILED] = "failed",
    [RUN_INTERRUPTED] = "interrupted",
};
static const char *const step_state_names[] = {
    [STEP_PENDING] = "pending",     [STEP_RUNNING] = "running", [STEP_WAITING] = "waiting",
    [STEP_SUCCEEDED] = "succeeded", [STEP_FAILED] = "failed",   [STEP_ERRORED] = "errored",
    [STEP_SKIPPED] = "skipped",     [STEP_ABORTED] = "aborted", [STEP_UNKNOWN] = "unknown",
    [STEP_UNDONE] = "undone",
};
static const char *const effect_state_names[] = {
    [EFFECT_INTENT] = "intent",
    [EFFECT_DONE] = "done",
    [EFFECT_FAILED] = "failed",
    [EFFECT_UNKNOWN] = "unknown",
};

const char *run_status_name(enum run_status s) { return status_names[s]; }

const char *run_step_state_name(enum step_state s) { return step_state_names[s]; }

const char *run_effect_state_name(enum effect_state s) { return effect_state_names[s]; }

bool run_status_parse(const char *name, enum run_status *out)
{
    for (size_t i = 0; i < COUNT(status_names); i++)
        if (strcmp(status_names[i], name) == 0) {
            *out = (enum run_status)i;
            return true;
        }
    return false;
}

bool run_step_state_parse(const char *name, enum step_state *out)
{
    for (size_t i = 0; i < COUNT(step_state_names); i++)
        if (strcmp(step_state_names[i], name) == 0) {
            *out = (enum step_state)i;
            return true;
        }
    return false;
}

bool run_effect_state_parse(const char *name, enum effect_state *out)
{
    for (size_t i = 0; i < COUNT(effect_state_names); i++)
        if (strcmp(effect_state_names[i], name) == 0) {
            *out = (enum effect_state)i;
            return true;
        }
    return false;
}

struct run_step *run_step(const struct run *r, const char *id)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (strcmp(r->steps[i].id, id) == 0)
            return &r->steps[i];
    return NULL;
}

struct run_item *run_item(const struct run *r, const char *id)
{
    for (size_t i = 0; i < r->item_count; i++)
        if (strcmp(r->items[i].id, id) == 0)
            return &r->items[i];
    return NULL;
}

struct run_effect *run_effect(const struct run *r, const char *step, const char *key)
{
    for (size_t i = r->effect_count; i-- > 0;)
        if (strcmp(r->effects[i].step, step) == 0 && strcmp(r->effects[i].key, key) == 0)
            return &r->effects[i];
    return NULL;
}

const char *run_account(const struct run *r)
{
    const char *account = json_string_value(json_object_get(r->actor, "account"));
    return account != NULL ? account : "";
}

bool run_is_over(const struct run *r)
{
    return r->status == RUN_ABORTED || r->status == RUN_ROLLED_BACK ||
           r->status == RUN_ROLLBACK_FAILED || r->status == RUN_SUCCEEDED ||
           r->status == RUN_FAILED;
}

bool run_is_handed_over(const struct run *r)
{
    return r->status == RUN_INTERRUPTED && r->handed_over_by[0] != '\0';
}

bool run_is_left_step(const struct run *r, const struct run_step *s)
{
    return run_is_handed_over(r) && s->state == STEP_UNKNOWN && s->ended_at_ms == 0;
}

bool run_is_going_back(const struct run *r)
{
    return r->status == RUN_ABORTING || r->status == RUN_ROLLING_BACK;
}

bool run_wrote(const struct run *r) { return r->effect_count > 0; }

static bool moves_traffic(const struct run *r, const char *step_id)
{
    const struct run_step *step = run_step(r, step_id);
    return strcmp(r->guard_step, step_id) == 0 || (step != NULL && step->moves_traffic);
}

bool run_moved_traffic(const struct run *r)
{
    for (size_t i = 0; i < r->effect_count; i++)
        if (r->effects[i].state != EFFECT_FAILED && moves_traffic(r, r->effects[i].step))
            return true;
    return false;
}

bool run_is_at_risk(const struct run *r)
{
    return (r->status == RUN_ROLLBACK_FAILED || r->status == RUN_FAILED) && run_moved_traffic(r);
}

/* ---- the exit code ---- */

static bool is_stopped_by_gate(const struct run *r)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (r->steps[i].is_gate &&
            (r->steps[i].state == STEP_FAILED || r->steps[i].state == STEP_ERRORED))
            return true;
    return false;
}

/* Something was sent of which nobody knows what became of it. */
static bool is_unsettled(const struct run *r)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (r->steps[i].state == STEP_UNKNOWN)
            return true;
    for (size_t i = 0; i < r->effect_count; i++) {
        const struct run_effect *e = run_effect(r, r->effects[i].step, r->effects[i].key);
        if (e->state == EFFECT_INTENT || e->state == EFFECT_UNKNOWN)
            return true;
    }
    return false;
}

enum { CODE_DONE = 0, CODE_FAILED = 1, CODE_GATE = 3, CODE_SAFE = 4, CODE_LOOK = 6 };

int run_exit_code(const struct run *r)
{
    switch (r->status) {
    case RUN_SUCCEEDED:
        return CODE_DONE;
    case RUN_ROLLED_BACK:
    case RUN_ABORTED:
        return r->weight > 0 ? CODE_LOOK : CODE_SAFE;
    case RUN_FAILED:
        if (is_unsettled(r))
            return CODE_LOOK;
        return !run_wrote(r) && is_stopped_by_gate(r) ? CODE_GATE : CODE_FAILED;
    case RUN_PENDING:
    case RUN_WAITING:
    case RUN_PROGRESSING:
    case RUN_PAUSED:
    case RUN_ABORTING:
    case RUN_ROLLING_BACK:
    case RUN_ROLLBACK_FAILED:
    case RUN_INTERRUPTED:
        return CODE_LOOK;
    }
    return CODE_LOOK;
}
