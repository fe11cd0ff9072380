/*
 * patience.h - an AWS that does not answer at the moment is asked again, for a quarter of an hour.
 *
 * For what must not be given up because of a few lost answers: the way back, and what is read
 * before the first write. Wall time.
 */
#ifndef AWS_PATIENCE_H
#define AWS_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/step.h"

struct patience {
    struct step_ctx *ctx;
    int64_t until_ms, pause_ms;
};

struct patience patience_begin(struct step_ctx *ctx);
/*
 * After *err: true when it may pass, and then it was said and waited for. False: it says something
 * else, or it has lasted too long, or the step was stopped (*err).
 */
bool patience_again(struct patience *p, struct error *err) FD_MUST_USE;

#endif
