/*
 * polling.c - see polling.h.
 */
#include "aws/polling.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/step.h"

static bool begin(struct step_ctx *ctx, const struct polling *p, int64_t *deadline_ms,
                  struct error *err)
{
    const struct run_step *step = run_step(step_run(ctx), step_id(ctx));
    auto_free char *key = xasprintf("%s-by-%d", p->key, step != NULL ? step->attempt : 1);

    return step_deadline(ctx, key, p->limit_ms, deadline_ms, err);
}

bool polling_wait(struct step_ctx *ctx, const struct polling *p, struct error *err)
{
    char told[POLLING_STATE_SIZE] = "", state[POLLING_STATE_SIZE] = "";
    char limit[CLOCK_STAMP_SIZE];
    int64_t deadline_ms;
    bool is_over = false;

    if (!begin(ctx, p, &deadline_ms, err))
        return false;
    for (;;) {
        bool is_seen = p->look(ctx, p->closure, &is_over, state, err);
        if (is_seen && is_over)
            return true;
        if (!is_seen && err->kind != ERROR_TRANSIENT)
            return false;
        if (clock_world_ms() >= deadline_ms)
            return is_seen ? error_set(err, ERROR_REFUSED, "not over after %s: %s",
                                       clock_duration_text(p->limit_ms, limit), state)
                           : false;
        if (is_seen && strcmp(state, told) != 0) {
            step_say(ctx, "%s", state);
            (void)snprintf(told, sizeof told, "%s", state);
        }
        if (!step_poll_pause(ctx, p->every_ms, err))
            return false;
    }
}
