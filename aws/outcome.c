/*
 * outcome.c - see outcome.h.
 */
#include "aws/outcome.h"

#include <string.h>

#define FOREIGN_CHANGE "PreconditionFailedException"

enum step_outcome outcome_of_error(const struct error *err)
{
    switch (err->kind) {
    case ERROR_CANCELLED:
        return STEP_OUTCOME_ABORTED;
    case ERROR_UNKNOWN:
        return STEP_OUTCOME_UNKNOWN;
    case ERROR_CONFLICT:
        return strcmp(err->code, FOREIGN_CHANGE) == 0 ? STEP_OUTCOME_UNKNOWN : STEP_OUTCOME_FAILED;
    case ERROR_USAGE:
    case ERROR_DENIED:
    case ERROR_NOT_FOUND:
    case ERROR_REFUSED:
        return STEP_OUTCOME_FAILED;
    case ERROR_NONE:
    case ERROR_TRANSIENT:
    case ERROR_INTERNAL:
        return STEP_OUTCOME_ERRORED;
    }
    return STEP_OUTCOME_ERRORED;
}

enum step_outcome outcome_of_unfit(struct step_ctx *ctx)
{
    return run_moved_traffic(step_run(ctx)) || step_is_unattended(ctx) ? STEP_OUTCOME_ROLL_BACK
                                                                       : STEP_OUTCOME_FAILED;
}
