/*
 * step.c - see step.h: names, and the undo of what changes nothing.
 */
#include "core/step.h"

/* A warning that holds is inconclusive to machines; "hold" stands beside it. */
const char *step_verdict_name(enum verdict_kind kind)
{
    static const char *const names[] = {
        [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_GOOD] = "successful",
        [VERDICT_BAD] = "failed",
        [VERDICT_HOLD] = "inconclusive",
        [VERDICT_NO_DATA] = "no_data",
        [VERDICT_ERROR] = "error",
    };
    return names[kind];
}

enum step_outcome step_undo_nothing(struct step_ctx *ctx, struct error *err)
{
    (void)ctx;
    (void)err;
    return STEP_OUTCOME_SUCCEEDED;
}
