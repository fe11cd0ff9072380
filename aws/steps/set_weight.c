/*
 * set_weight.c - sets the new version's share by hand: what `flightdeck shift` does. Nothing is
 * judged afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/outcome.h"
#include "aws/preflight.h"
#include "aws/released.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

static const struct param params[] = {
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .is_required = true,
     .of = "lambda",
     .help = "the function"},
    {.name = "version", .type = PARAM_TEXT, .is_required = true, .help = "the new version"},
    {.name = "weight",
     .type = PARAM_PERCENT,
     .is_required = true,
     .help = "its share of the traffic, 0 to 100 %"},
    {0},
};

static double weight_of(const json_t *given)
{
    return json_number_value(json_object_get(given, "weight"));
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const struct resource *resource = released_function(context->environment, given, err);
    if (resource == NULL)
        return false;
    const char *version = json_string_value(json_object_get(given, "version"));
    struct alias_layout layout =
        alias_layout_split("${before}", version, weight_of(given), "${before.description}");
    const char *function = config_resource_text(resource, "lambda"),
               *alias = config_resource_text(resource, "alias");
    *out = (struct step_plan){
        .calls = json_pack("[o]", alias_call(function, alias, &layout)),
        .summary = xasprintf("%.4g %% of the traffic of %s:%s to v%s; not judged",
                             weight_of(given) * 100, function, alias, version),
        .undo = xstrdup("one UpdateAlias: what it served before"),
    };
    return true;
}

static double share_of(const struct lambda_alias *seen, const char *version)
{
    if (strcmp(seen->additional_version, version) == 0)
        return seen->additional_weight;
    return strcmp(seen->version, version) == 0 ? 1 - seen->additional_weight : 0;
}

/* Less for the new version is going back: no alarm, and nothing that cannot be read, stops it. */
static void preflight(struct step_ctx *ctx, struct preflight *findings)
{
    const char *version = step_param_text(ctx, "version");
    struct lambda_alias seen;
    struct error err;
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), &err);

    if (resource != NULL &&
        lambda_get_alias(step_world(ctx)->aws, config_resource_text(resource, "lambda"),
                         config_resource_text(resource, "alias"), step_cancel(ctx), &seen, &err) &&
        weight_of(step_params(ctx)) < share_of(&seen, version)) {
        auto_free char *split = alias_split_text(&seen);
        preflight_add(findings, FINDING_PASS, step_id(ctx), "it serves %s: v%s gets less of it",
                      split, version);
        return;
    }
    preflight_by_hand(ctx, findings);
}

/* Of two versions at most; a third one's share is not ours to take away. */
static bool find_other(const struct lambda_alias *seen, const char *version, double weight,
                       const char **other, struct error *err)
{
    bool is_first = strcmp(seen->version, version) == 0;
    bool is_second = strcmp(seen->additional_version, version) == 0;

    if (seen->weight_count > 1 || (seen->weight_count == 1 && !is_first && !is_second)) {
        auto_free char *split = alias_split_text(seen);
        return error_set(err, ERROR_REFUSED, "it serves %s: v%s has no place beside them", split,
                         version);
    }
    *other = is_first ? seen->additional_version : seen->version;
    if (*other[0] == '\0' && weight < 1)
        return error_set(err, ERROR_REFUSED, "v%s serves all: nobody is there to take the rest",
                         version);
    return true;
}

/*
 * Every machine can see since when, by whom and from which version, also when that one has no
 * share any more: where it serves all, this is what a way back finds.
 */
static char *describe(struct step_ctx *ctx, const char *old, const char *was)
{
    const char *version = step_param_text(ctx, "version");
    double weight = weight_of(step_params(ctx));
    auto_free char *former = alias_former(was);
    struct alias_owner owner = {.until_ms = clock_world_ms(), .former = former};

    if (weight <= 0 || old[0] == '\0')
        return xstrdup(former);
    text_copy(owner.run, sizeof owner.run, step_run_id(ctx));
    text_copy(owner.actor, sizeof owner.actor, step_actor(ctx));
    text_copy(owner.old_version, sizeof owner.old_version, old);
    text_copy(owner.new_version, sizeof owner.new_version, version);
    return alias_describe(&owner);
}

static bool set(struct step_ctx *ctx, const char *function, const char *alias, struct error *err)
{
    const char *version = step_param_text(ctx, "version"), *other = "";
    double weight = weight_of(step_params(ctx));
    struct lambda_alias seen;
    const json_t *before;
    char revision[64];

    if (!alias_begin(ctx, function, alias, version, &seen, &before, err))
        return false;
    struct alias_layout was = alias_before_layout(before);
    bool is_begun = run_effect(step_run(ctx), step_id(ctx), "weight") != NULL;
    if (!is_begun && !find_other(&seen, version, weight, &other, err))
        return false;
    if (is_begun)
        other = was.version;
    auto_free char *description = describe(ctx, other, was.description);
    struct alias_layout wanted = alias_layout_split(other, version, weight, description);
    (void)snprintf(revision, sizeof revision, "%s", seen.revision_id);
    return alias_write(ctx, step_world(ctx)->aws, "weight", function, alias, &wanted, revision,
                       err) &&
           step_note_fact(ctx, "weight", json_real(weight), err);
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), err);
    if (resource == NULL)
        return outcome_of_error(err);
    const char *function = config_resource_text(resource, "lambda"),
               *alias = config_resource_text(resource, "alias");
    if (!set(ctx, function, alias, err))
        return outcome_of_error(err);
    step_say(ctx, "v%s has %.4g %% of the traffic of %s:%s", step_param_text(ctx, "version"),
             weight_of(step_params(ctx)) * 100, function, alias);
    return STEP_OUTCOME_SUCCEEDED;
}

const struct step_kind step_set_weight = {
    .name = "set-weight",
    .summary = "Set a version's share of the traffic by hand",
    .params = params,
    .plan = plan,
    .preflight = preflight,
    .run = run,
    .undo = alias_put_back,
    .moves_traffic = true,
    .is_internal = true,
};
