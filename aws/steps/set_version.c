/*
 * set_version.c - gives all traffic of an alias to one version: what `flightdeck rollback` does
 * when no run is under way.
 */
#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/outcome.h"
#include "aws/patience.h"
#include "aws/released.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ATTEMPTS 5

static const struct param params[] = {
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .is_required = true,
     .of = "lambda",
     .help = "the function"},
    {.name = "version",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "the version that is to serve all"},
    {.name = "why", .type = PARAM_TEXT, .help = "why that one"},
    {.name = "seen",
     .type = PARAM_JSON,
     .help = "the alias as it was shown: over that split, and no newer one"},
    {0},
};

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const struct resource *resource = released_function(context->environment, given, err);
    if (resource == NULL)
        return false;
    const char *version = json_string_value(json_object_get(given, "version")),
               *why = json_string_value(json_object_get(given, "why"));
    auto_free char *mark =
        xasprintf("flightdeck " ALIAS_ROLLBACK " ${actor} ${before}>%s until ${time}", version);
    struct alias_layout layout = alias_layout_whole(version, mark);
    const char *function = config_resource_text(resource, "lambda"),
               *alias = config_resource_text(resource, "alias");
    *out = (struct step_plan){
        .calls = json_pack("[o]", alias_call(function, alias, &layout)),
        .summary = why != NULL ? xasprintf("all traffic of %s:%s to v%s (%s)", function, alias,
                                           version, why)
                               : xasprintf("all traffic of %s:%s to v%s", function, alias, version),
        .undo = xstrdup("one UpdateAlias: what it served before"),
    };
    return true;
}

/* Of a split alias it is the other version that loses its share. */
static const char *taken_from(const struct alias_layout *was, const char *version)
{
    bool is_first = strcmp(was->version, version) == 0;
    return is_first && was->additional_version[0] != '\0' ? was->additional_version : was->version;
}

/* Every machine can see what was taken back, and that it is not to return by itself. */
static char *describe(struct step_ctx *ctx, const char *old, const char *said)
{
    auto_free char *former = alias_former(said);
    struct alias_owner owner = {
        .run = ALIAS_ROLLBACK, .until_ms = clock_world_ms(), .former = former};

    text_copy(owner.actor, sizeof owner.actor, step_actor(ctx));
    text_copy(owner.old_version, sizeof owner.old_version, old);
    text_copy(owner.new_version, sizeof owner.new_version, step_param_text(ctx, "version"));
    return alias_describe(&owner);
}

static bool serves_all(struct step_ctx *ctx, const struct lambda_alias *seen)
{
    struct alias_layout wanted = alias_layout_whole(step_param_text(ctx, "version"), "");
    return alias_serves(seen, &wanted);
}

/* Its revision guards the write: where somebody came between, the next attempt looks. */
static bool look(struct step_ctx *ctx, struct aws *aws, const char *function, const char *alias,
                 bool is_first, struct lambda_alias *out, struct error *err)
{
    const json_t *seen = json_object_get(step_params(ctx), "seen");

    /* That nothing is to be done is said only of what is read now. */
    return (is_first && step_fact(ctx, step_id(ctx), "before") == NULL &&
            alias_seen_of_json(seen, out) && !serves_all(ctx, out)) ||
           lambda_get_alias(aws, function, alias, step_cancel(ctx), out, err);
}

/* What was agreed to is the way from one split to another: a newer one is shown first. What is in
 * doubt is settled first, whatever it says. */
static bool may_go_over(struct step_ctx *ctx, const char *key, const char *function,
                        const char *alias, const struct lambda_alias *seen,
                        const struct alias_layout *was, struct error *err)
{
    const struct run_effect *e = run_effect(step_run(ctx), step_id(ctx), key);
    bool is_in_doubt = e != NULL && (e->state == EFFECT_INTENT || e->state == EFFECT_UNKNOWN);

    return alias_serves(seen, was) || is_in_doubt ||
           alias_is_ours(step_run(ctx), function, alias, seen) ||
           alias_refuse_foreign(function, alias, seen, err);
}

/* *is_again: somebody else was quicker; what he did is read before the next try. */
static bool set(struct step_ctx *ctx, struct aws *aws, const char *function, const char *alias,
                int attempt, bool *is_again, struct error *err)
{
    const char *version = step_param_text(ctx, "version");
    struct lambda_alias seen, shown;
    const json_t *before;
    char revision[64];

    *is_again = false;
    if (!look(ctx, aws, function, alias, attempt == 1, &seen, err))
        return false;
    if (!alias_seen_of_json(json_object_get(step_params(ctx), "seen"), &shown))
        shown = seen;
    if (!step_decide(ctx, "before", alias_before_json(&shown), &before, err))
        return false;
    struct alias_layout was = alias_before_layout(before);
    auto_free char *description = describe(ctx, taken_from(&was, version), seen.description);
    struct alias_layout wanted = alias_layout_whole(version, description);
    auto_free char *key = alias_write_key(ctx, "version", attempt);
    (void)snprintf(revision, sizeof revision, "%s", seen.revision_id);
    if (alias_serves(&seen, &wanted) && run_effect(step_run(ctx), step_id(ctx), key) == NULL)
        return true;
    if (!may_go_over(ctx, key, function, alias, &seen, &was, err))
        return false;
    if (alias_write(ctx, aws, key, function, alias, &wanted, revision, err))
        return true;
    *is_again = err->kind == ERROR_CONFLICT;
    return false;
}

struct setting {
    struct step_ctx *ctx;
    const char *function, *alias;
};

/* An AWS that does not answer is no reason to leave users where they are. */
static bool set_until_done(void *closure, struct aws *aws, struct error *err)
{
    const struct setting *s = closure;
    struct patience patience = patience_begin(s->ctx);
    bool is_again;

    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt += is_again) {
        if (set(s->ctx, aws, s->function, s->alias, attempt, &is_again, err))
            return true;
        if (!is_again && !patience_again(&patience, err))
            return false;
    }
    return false;
}

/* After the write, which does not wait for what is only reported. */
static bool note_versions(struct step_ctx *ctx, struct error *err)
{
    const char *version = step_param_text(ctx, "version");
    struct alias_layout was = alias_before_layout(step_fact(ctx, step_id(ctx), "before"));
    const json_t *decided;

    return step_decide(ctx, "old_version", json_string(taken_from(&was, version)), &decided, err) &&
           step_decide(ctx, "new_version", json_string(version), &decided, err) &&
           step_note_fact(ctx, "weight", json_real(1), err);
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), err);

    if (resource == NULL)
        return outcome_of_error(err);
    const char *function = config_resource_text(resource, "lambda"),
               *alias = config_resource_text(resource, "alias");
    struct setting setting = {ctx, function, alias};
    if (!alias_go_back_as(ctx, set_until_done, &setting, err) || !note_versions(ctx, err))
        return outcome_of_error(err);
    step_say(ctx, "v%s serves all traffic of %s:%s", step_param_text(ctx, "version"), function,
             alias);
    return STEP_OUTCOME_SUCCEEDED;
}

const struct step_kind step_set_version = {
    .name = "set-version",
    .summary = "Give all traffic of an alias to one version",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = alias_put_back,
    .moves_traffic = true,
    .is_internal = true,
    .goes_back = true,
};
