/*
 * engine_ctx.c - the context that a step, its undo or its guard is given.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/engine_parts.h"
#include "core/mem.h"

void engine_ctx_init(struct engine *e, struct step_ctx *ctx, const struct plan_step *step,
                     enum worker_role role)
{
    struct engine_view *v = engine_current_view(e);

    *ctx = (struct step_ctx){
        .engine = e,
        .plan = {e->options.house, e->options.config, e->options.environment, step},
        .cancel = cancel_new(),
        .role = role,
        .is_read_only = role == WORKER_GUARD,
    };
    (void)snprintf(ctx->run_id, sizeof ctx->run_id, "%s", v != NULL ? v->run->id : "");
    ctx->output_directory = xasprintf("%s/runs/%s", e->state_directory, ctx->run_id);
    engine_view_unref(v);
}

void engine_ctx_clear(struct step_ctx *ctx)
{
    for (size_t i = 0; i < CTX_VIEWS; i++)
        engine_view_unref(ctx->views[i]);
    cancel_unref(ctx->cancel);
    free(ctx->output_directory);
}
