/*
 * all_clear.c - the end of a release: records what was released, for the report and for the
 * releases after it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/git.h"
#include "core/mem.h"
#include "core/past.h"
#include "core/steps.h"

static const struct param params[] = {{0}};

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    (void)err;
    *out = (struct step_plan){
        .calls = json_array(),
        .summary = xasprintf("%s is released", context->environment->name),
    };
    return true;
}

/* How many items of the checklist ended in each state: {"pass": 40, "waived": 1}. */
static json_t *count_items(const struct run *run)
{
    json_t *counts = json_object();

    for (size_t i = 0; i < run->item_count; i++) {
        const char *state = run->items[i].state;
        json_int_t before = json_integer_value(json_object_get(counts, state));
        json_object_set_new(counts, state, json_integer(before + 1));
    }
    return counts;
}

/* What was released: the commit that the first gate saw, else HEAD; JSON null when git cannot tell.
 */
static json_t *find_commit(struct step_ctx *ctx)
{
    const struct git git = {step_config(ctx)->directory, step_cancel(ctx)};
    const char *known = past_commit(step_run(ctx));
    auto_free char *head = NULL;
    struct error ignored;

    if (known[0] != '\0')
        return json_string(known);
    return git_commit(&git, "HEAD", &head, &ignored) ? json_string(head) : json_null();
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct run *now = step_run(ctx);
    const json_t *decided;
    char stamp[CLOCK_STAMP_SIZE];

    if (run_moved_traffic(now) && now->weight < 1.0) {
        error_set(err, ERROR_REFUSED, "v%s carries only %.0f %% of the traffic", now->new_version,
                  now->weight * 100);
        return STEP_OUTCOME_FAILED;
    }
    json_t *clear =
        json_pack("{s:s, s:s, s:s, s:o}", "at", clock_stamp(clock_world_ms(), stamp), "old_version",
                  now->old_version, "new_version", now->new_version, "items", count_items(now));
    if (!step_decide(ctx, "all_clear", clear, &decided, err) ||
        !step_decide(ctx, "commit", find_commit(ctx), &decided, err))
        return err->kind == ERROR_CANCELLED ? STEP_OUTCOME_ABORTED : STEP_OUTCOME_ERRORED;
    return STEP_OUTCOME_SUCCEEDED;
}

const struct step_kind step_all_clear = {
    .name = "all-clear",
    .summary = "The release is over and done",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
};
