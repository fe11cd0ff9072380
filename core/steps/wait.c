/*
 * wait.c - lets a time pass; what is left of it survives a crash.
 */
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/steps.h"

static const struct param params[] = {
    {.name = "duration",
     .type = PARAM_DURATION,
     .is_required = true,
     .help = "how long: \"5m\", \"90s\", \"1h\""},
    {0},
};

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    int64_t duration_ms = json_integer_value(json_object_get(context->step->params, "duration"));
    char duration[CLOCK_STAMP_SIZE];

    if (duration_ms <= 0)
        return error_set(err, ERROR_USAGE, "there is nothing to wait for: give a duration above 0");
    *out = (struct step_plan){
        .calls = json_array(),
        .summary = xasprintf("wait %s", clock_duration_text(duration_ms, duration)),
        .expected_ms = duration_ms,
    };
    return true;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    int64_t duration_ms = json_integer_value(json_object_get(step_params(ctx), "duration"));
    int64_t deadline_ms;
    char until[CLOCK_STAMP_SIZE];

    if (!step_deadline(ctx, "until", duration_ms, &deadline_ms, err) ||
        !step_waiting(ctx, "time", err, "until %s", clock_time_of_day(deadline_ms, until)) ||
        !step_wait_until(ctx, "until", deadline_ms, err))
        return err->kind == ERROR_CANCELLED ? STEP_OUTCOME_ABORTED : STEP_OUTCOME_ERRORED;
    return STEP_OUTCOME_SUCCEEDED;
}

const struct step_kind step_wait = {
    .name = "wait",
    .summary = "Wait",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
};
