/*
 * watch.c - after 100 %: the old version stays one call away while the judge goes on looking. At
 * the end the alias gets its own description back.
 */
#include <string.h>

#include "aws/alias.h"
#include "aws/dead_man.h"
#include "aws/outcome.h"
#include "aws/released.h"
#include "aws/steps.h"
#include "aws/undecided.h"
#include "core/clock.h"
#include "core/mem.h"

static const struct param params[] = {
    {.name = "duration",
     .type = PARAM_DURATION,
     .is_required = true,
     .help = "how long: \"30m\", \"1h\""},
    {0},
};

static const struct plan_step *shift_before(const struct environment *environment,
                                            const struct plan_step *step)
{
    const struct plan_step *found = NULL;
    for (size_t i = 0; i < environment->step_count; i++) {
        if (strcmp(environment->steps[i].id, step->id) == 0)
            break;
        if (strcmp(environment->steps[i].kind->name, "shift") == 0)
            found = &environment->steps[i];
    }
    return found;
}

static int64_t duration_of(const json_t *given)
{
    return json_integer_value(json_object_get(given, "duration"));
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    int64_t duration_ms = duration_of(context->step->params);
    char duration[CLOCK_STAMP_SIZE];

    if (duration_ms <= 0)
        return error_set(err, ERROR_USAGE, "there is nothing to watch: give a duration above 0");
    const struct plan_step *shift = shift_before(context->environment, context->step);
    if (shift == NULL)
        return error_set(err, ERROR_USAGE, "nothing is shifted before it: nothing to watch");
    const struct resource *resource = released_function(context->environment, shift->params, err);
    if (resource == NULL)
        return false;
    auto_free char *version = xasprintf("${%s.new_version}", shift->id);
    auto_free char *description = xasprintf("${%s.before.description}", shift->id);
    struct alias_layout layout = alias_layout_whole(version, description);
    *out = (struct step_plan){
        .calls = json_pack("[o]", alias_call(config_resource_text(resource, "lambda"),
                                             config_resource_text(resource, "alias"), &layout)),
        .summary = xasprintf("judge on for %s; then the alias gets its description back",
                             clock_duration_text(duration_ms, duration)),
        .expected_ms = duration_ms,
    };
    return true;
}

struct watching {
    struct step_ctx *ctx;
    const struct plan_step *shift;
    const char *function, *alias;
    char *version; /* owned */
};

/* What is held, silent or unreadable at the end was not watched: a person decides. */
static enum step_outcome conclude(const struct watching *w, struct error *err)
{
    const struct undecided u = {w->ctx, w->function, w->version, 1};
    struct verdict v = {.kind = VERDICT_NO_DATA, .sentence = "there is no verdict"};

    FD_IGNORE(step_latest_verdict(w->ctx, &v));
    switch (v.kind) {
    case VERDICT_GOOD:
    case VERDICT_INCONCLUSIVE:
        return STEP_OUTCOME_SUCCEEDED;
    case VERDICT_BAD:
        error_set(err, ERROR_REFUSED, "%s", v.sentence);
        return STEP_OUTCOME_ROLL_BACK;
    case VERDICT_HOLD:
    case VERDICT_NO_DATA:
    case VERDICT_ERROR:
        return undecided_held(&u, v.sentence, err);
    }
    return STEP_OUTCOME_ERRORED;
}

static enum step_outcome watch(const struct watching *w, struct error *err)
{
    int64_t deadline_ms;
    char until[CLOCK_STAMP_SIZE];

    if (!step_deadline(w->ctx, "until", duration_of(step_params(w->ctx)), &deadline_ms, err) ||
        !step_waiting(w->ctx, "time", err, "v%s is watched until %s; going back is one call",
                      w->version, clock_time_of_day(deadline_ms, until)) ||
        !step_wait_until(w->ctx, "until", deadline_ms, err))
        return outcome_of_error(err);
    enum step_outcome outcome = conclude(w, err);
    if (outcome != STEP_OUTCOME_SUCCEEDED)
        return outcome;
    json_t *before = json_deep_copy(step_fact(w->ctx, w->shift->id, "before"));
    bool ok = dead_man_see_off(w->ctx, w->shift->id, err) &&
              alias_describe_as_before(w->ctx, w->function, w->alias, w->version, before, err);
    json_decref(before);
    return ok ? STEP_OUTCOME_SUCCEEDED : outcome_of_error(err);
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    struct watching w = {
        .ctx = ctx, .shift = shift_before(step_environment(ctx), step_plan_context(ctx)->step)};
    const struct resource *resource =
        w.shift != NULL ? released_function(step_environment(ctx), w.shift->params, err) : NULL;

    if (resource == NULL)
        return STEP_OUTCOME_ERRORED;
    if (step_run(ctx)->weight < 1) {
        error_set(err, ERROR_REFUSED, "nothing was shifted: there is nothing to watch");
        return STEP_OUTCOME_SKIPPED;
    }
    w.function = config_resource_text(resource, "lambda");
    w.alias = config_resource_text(resource, "alias");
    w.version = xstrdup(step_fact_text(ctx, w.shift->id, "new_version"));
    enum step_outcome outcome = watch(&w, err);
    mem_cleanup_free(&w.version);
    return outcome;
}

const struct step_kind step_watch = {
    .name = "watch",
    .summary = "Judge on at 100 %, the old version one call away",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
};
