/*
 * gone_back.c - see gone_back.h.
 */
#include "cli/gone_back.h"

#include <string.h>

#include "cli/by_hand.h"

#define SAME_SHARE 1e-6

bool gone_back_is_forward(const struct run *run)
{
    return strcmp(run->plan_name, BY_HAND_ROLLBACK) == 0 && !run_is_going_back(run) &&
           run->status != RUN_ROLLED_BACK;
}

bool gone_back_goes_to(const struct run *run, const char *version)
{
    const json_t *step = json_array_get(json_object_get(run->plan, "steps"), 0);
    const char *to = json_string_value(json_object_get(json_object_get(step, "params"), "version"));

    return to != NULL && strcmp(to, version) == 0;
}

/* The share that it found: a hand on the slider may have begun at one. */
static double share_before(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++) {
        const json_t *before = json_object_get(run->steps[i].facts, "before");
        if (run->steps[i].moves_traffic && before != NULL)
            return json_number_value(json_object_get(before, "additional_weight"));
    }
    return 0;
}

bool gone_back_is_well(const struct run *run)
{
    if (run->status == RUN_SUCCEEDED)
        return gone_back_is_forward(run);
    return !run_is_over(run) || ((run->status == RUN_ROLLED_BACK || run->status == RUN_ABORTED) &&
                                 run->weight <= share_before(run) + SAME_SHARE);
}

bool gone_back_has_shipped(const struct run *run)
{
    return run->status == RUN_SUCCEEDED && !gone_back_is_forward(run);
}

static bool is_write_done(const struct run *run, const char *step, bool by_undo)
{
    for (size_t i = run->effect_count; i-- > 0;) {
        const struct run_effect *e = &run->effects[i];
        if (strcmp(e->step, step) == 0 &&
            json_is_true(json_object_get(e->intent, "by_undo")) == by_undo)
            return e->state == EFFECT_DONE;
    }
    return false;
}

bool gone_back_is_there(const struct run *run)
{
    bool is_by_undo = !gone_back_is_forward(run);

    if (run_is_over(run))
        return !gone_back_has_shipped(run);
    if (is_by_undo && (!run_is_going_back(run) || !run_moved_traffic(run)))
        return false;
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool is_untouched = is_by_undo && step->state == STEP_PENDING;
        if (step->moves_traffic && !is_untouched && step->state != STEP_UNDONE &&
            !is_write_done(run, step->id, is_by_undo))
            return false;
    }
    return run->step_count > 0;
}

bool gone_back_is_settled(const struct run *run)
{
    for (size_t i = 0; i < run->step_count && !run_is_over(run); i++)
        if (run->steps[i].moves_traffic && run->steps[i].state != STEP_UNDONE &&
            (gone_back_is_forward(run) || run->steps[i].state != STEP_PENDING))
            return false;
    return true;
}

bool gone_back_refuse(const struct run *run, struct error *err)
{
    error_set(err, ERROR_CONFLICT, "%s takes it back already", run->id);
    error_code(err, "under-way");
    return error_hint(err, "Its end is told in a moment.");
}
