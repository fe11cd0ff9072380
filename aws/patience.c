/*
 * patience.c - see patience.h.
 */
#include "aws/patience.h"

#include "core/cancel.h"
#include "core/clock.h"

#define LIMIT_MS (INT64_C(15) * 60 * 1000)
#define FIRST_PAUSE_MS 250
#define LONGEST_PAUSE_MS 15000

struct patience patience_begin(struct step_ctx *ctx)
{
    return (struct patience){ctx, clock_boot_ms() + LIMIT_MS, FIRST_PAUSE_MS};
}

bool patience_again(struct patience *p, struct error *err)
{
    bool may_pass = err->kind == ERROR_TRANSIENT || err->kind == ERROR_UNKNOWN;

    if (!may_pass || clock_boot_ms() + p->pause_ms > p->until_ms)
        return false;
    step_say(p->ctx, "%s; tried again", err->message);
    if (!cancel_sleep_ms(step_cancel(p->ctx), p->pause_ms))
        return error_set(err, ERROR_CANCELLED, "stopped while AWS did not answer");
    p->pause_ms = 2 * p->pause_ms < LONGEST_PAUSE_MS ? 2 * p->pause_ms : LONGEST_PAUSE_MS;
    return true;
}
