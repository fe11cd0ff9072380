/*
 * engine_next.c - what to do next, from what is known: no clock, no threads, no journal.
 */
#include <string.h>

#include "core/engine_parts.h"

static const struct engine_next nothing = {.move = ENGINE_MOVE_NONE};

static const struct run_step *state_of(const struct engine_situation *s, size_t i)
{
    return run_step(s->run, s->steps[i].id);
}

static bool is_done(enum step_state state)
{
    return state == STEP_SUCCEEDED || state == STEP_SKIPPED;
}

bool engine_is_cut_off(const struct run_step *step)
{
    return step->state == STEP_UNKNOWN && step->ended_at_ms == 0;
}

bool engine_has_stopped(const struct run_step *step)
{
    return step->state == STEP_FAILED || step->state == STEP_ERRORED ||
           step->state == STEP_ABORTED || (step->state == STEP_UNKNOWN && !engine_is_cut_off(step));
}

static bool is_any_busy(const struct engine_situation *s)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (s->is_busy[i])
            return true;
    return false;
}

/* ---- the way back ---- */

/* Something of it may be in the world: a failed effect changed nothing. */
static bool wrote(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step) == 0 && run->effects[i].state != EFFECT_FAILED)
            return true;
    return false;
}

/* Nobody has recorded what became of it. */
static bool has_open(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step) == 0 && run->effects[i].state == EFFECT_INTENT)
            return true;
    return false;
}

static bool is_to_undo(const struct engine_situation *s, size_t i)
{
    const struct step_kind *kind = s->steps[i].kind;

    return kind->undo != NULL && kind->undo != step_undo_nothing &&
           state_of(s, i)->state != STEP_UNDONE && wrote(s->run, s->steps[i].id);
}

/* Traffic first, then the newest first. */
static bool find_undo(const struct engine_situation *s, bool only_traffic, size_t *out)
{
    for (int is_traffic = 1; is_traffic >= (only_traffic ? 1 : 0); is_traffic--)
        for (size_t i = s->step_count; i-- > 0;)
            if (s->steps[i].kind->moves_traffic == (is_traffic == 1) && is_to_undo(s, i)) {
                *out = i;
                return true;
            }
    return false;
}

/* Its process died, and what it started may still run. */
static bool is_left(const struct engine_situation *s, size_t i)
{
    enum step_state state = state_of(s, i)->state;

    return s->steps[i].kind->may_outlive && !s->is_busy[i] &&
           (state == STEP_RUNNING || state == STEP_WAITING || state == STEP_UNKNOWN) &&
           has_open(s->run, s->steps[i].id);
}

static bool find_left(const struct engine_situation *s, size_t *out)
{
    for (*out = 0; *out < s->step_count; (*out)++)
        if (is_left(s, *out))
            return true;
    return false;
}

/* Begun, but its process went away, or a pause came between. */
static bool find_given_up(const struct engine_situation *s, size_t *out)
{
    for (size_t i = 0; i < s->step_count; i++) {
        enum step_state state = state_of(s, i)->state;
        if (!s->is_busy[i] && !is_left(s, i) && (state == STEP_RUNNING || state == STEP_WAITING)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static struct engine_next next_back(const struct engine_situation *s)
{
    bool is_abort = s->run->status == RUN_ABORTING;
    size_t i;

    if (find_given_up(s, &i))
        return (struct engine_next){ENGINE_MOVE_GIVE_UP, i, RUN_PENDING};

    /* Traffic does not wait for other steps to end, only for what still writes to it. */
    if (find_undo(s, true, &i))
        return s->is_busy[i] ? nothing : (struct engine_next){ENGINE_MOVE_UNDO, i, RUN_PENDING};
    if (find_left(s, &i))
        return (struct engine_next){ENGINE_MOVE_STOP, i, RUN_PENDING};
    if (!is_abort && find_undo(s, false, &i))
        return s->is_busy[i] ? nothing : (struct engine_next){ENGINE_MOVE_UNDO, i, RUN_PENDING};
    if (is_any_busy(s))
        return nothing;
    return (struct engine_next){ENGINE_MOVE_END, 0, is_abort ? RUN_ABORTED : RUN_ROLLED_BACK};
}

/* ---- forward ---- */

/* Unknown classes of changes apply. */
static bool applies(const struct engine_situation *s, size_t i)
{
    const json_t *changes = json_object_get(json_object_get(s->run->plan, "inputs"), "changes");

    return s->steps[i].when == NULL || !json_is_false(json_object_get(changes, s->steps[i].when));
}

static struct engine_next begin(const struct engine_situation *s, size_t i)
{
    return (struct engine_next){applies(s, i) ? ENGINE_MOVE_START : ENGINE_MOVE_SKIP, i,
                                RUN_PENDING};
}

/* A step that has not come to its end; it may have been begun by a process that is gone. */
static bool is_to_begin(const struct engine_situation *s, size_t i)
{
    const struct run_step *state = state_of(s, i);

    return !s->is_busy[i] && !is_done(state->state) && !engine_has_stopped(state);
}

/*
 * Steps that begin with the run, beside its gates. Where nobody answers, a gate does not wait:
 * then they begin behind it, so that a gate that is closed comes before the first write.
 */
static bool find_beside(const struct engine_situation *s, size_t current, struct engine_next *out)
{
    if (s->is_unattended && s->steps[current].kind->is_gate)
        return false;
    for (size_t i = current + 1; i < s->step_count; i++)
        if (s->steps[i].begins_with_run && is_to_begin(s, i)) {
            *out = begin(s, i);
            return true;
        }
    return false;
}

/* Nobody is there before the first write, or the whole run is one verb of a person at a shell. */
static bool ends_at_once(const struct engine_situation *s, size_t i)
{
    return s->steps[i].kind->is_internal || (s->is_unattended && !run_wrote(s->run));
}

static struct engine_next after_stop(const struct engine_situation *s, size_t i)
{
    if (strcmp(state_of(s, i)->waiting_on, "person") == 0)
        return nothing;
    if (!ends_at_once(s, i))
        return (struct engine_next){ENGINE_MOVE_ASK, i, RUN_PENDING};
    return (struct engine_next){ENGINE_MOVE_END, i, RUN_FAILED};
}

static struct engine_next next_forward(const struct engine_situation *s)
{
    struct engine_next beside;
    size_t current = 0;

    while (current < s->step_count && is_done(state_of(s, current)->state))
        current++;
    if (current == s->step_count)
        return (struct engine_next){ENGINE_MOVE_END, 0, RUN_SUCCEEDED};
    if (engine_has_stopped(state_of(s, current)))
        return after_stop(s, current);
    if (find_beside(s, current, &beside))
        return beside;
    return s->is_busy[current] ? nothing : begin(s, current);
}

struct engine_next engine_next_move(const struct engine_situation *s)
{
    switch (s->run->status) {
    case RUN_ABORTING:
    case RUN_ROLLING_BACK:
        return next_back(s);
    case RUN_PROGRESSING:
    case RUN_WAITING:
        return s->goes_forward ? next_forward(s) : nothing;
    case RUN_PENDING:
    case RUN_PAUSED:
    case RUN_INTERRUPTED:
    case RUN_ABORTED:
    case RUN_ROLLED_BACK:
    case RUN_ROLLBACK_FAILED:
    case RUN_SUCCEEDED:
    case RUN_FAILED:
        return nothing;
    }
    return nothing;
}
