/*
 * deploy.c - publishes a version of a function from an image by its digest. No user reaches it yet.
 *
 * When nothing changed there is no new version, and nothing is shifted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/lambda.h"
#include "aws/outcome.h"
#include "aws/patience.h"
#include "aws/preflight.h"
#include "aws/proxy_event.h"
#include "aws/publishing.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "core/mem.h"

static const struct param params[] = {
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .is_required = true,
     .of = "lambda",
     .help = "the function"},
    {.name = "image",
     .type = PARAM_TEXT,
     .help = "REPOSITORY@sha256:DIGEST; the release's own when left out"},
    {0},
};

struct deploying {
    struct publishing new;
    const char *alias;
    char old_version[LAMBDA_VERSION_SIZE]; /* what the alias serves */
    struct lambda_configuration serving;   /* it */
};

/* ---- what is to be deployed ---- */

static const char *text_of_param(const json_t *given, const char *name)
{
    const char *text = json_string_value(json_object_get(given, name));

    return text == NULL ? "" : text;
}

static const struct resource *resource_of(const struct environment *environment,
                                          const json_t *given)
{
    return config_resource(environment, text_of_param(given, "resource"));
}

/* What the configuration says; "" when only the release knows. */
static const char *configured_image(const struct environment *environment, const json_t *given)
{
    const char *image = text_of_param(given, "image");

    return image[0] != '\0' ? image
                            : config_resource_text(resource_of(environment, given), "image");
}

/* Yours. */
static char *image_of(struct step_ctx *ctx)
{
    const char *own = step_param_text(ctx, "image");
    const char *released = text_of_param(json_object_get(step_run(ctx)->plan, "inputs"), "image");

    return xstrdup(own[0] == '\0' && released[0] != '\0'
                       ? released
                       : configured_image(step_environment(ctx), step_params(ctx)));
}

/* ---- plan ---- */

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const struct resource *resource = resource_of(context->environment, given);
    const char *id = context->step->id;

    if (resource == NULL)
        return error_set(err, ERROR_USAGE, "there is no such function");
    const char *image = configured_image(context->environment, given);
    if (image[0] != '\0' && !publishing_check_image(image, err))
        return false;
    const char *function = config_resource_text(resource, "lambda");
    auto_free char *at_run_time = xasprintf("${%s.image}", id);
    auto_free char *code = xasprintf("${%s.code_sha256}", id);
    auto_free char *description = xasprintf("flightdeck ${run} replaces ${%s.old_version}", id);
    *out = (struct step_plan){
        .calls = json_pack("[o, o]",
                           publishing_update_call(function, image[0] != '\0' ? image : at_run_time),
                           publishing_publish_call(function, code, description)),
        .summary = xasprintf("publish a new version of %s; no user reaches it yet", function),
        .undo = xstrdup("nothing: no traffic reaches the new version, which stays unused"),
    };
    return true;
}

/* ---- preflight ---- */

static void preflight(struct step_ctx *ctx, struct preflight *findings)
{
    const struct resource *resource = resource_of(step_environment(ctx), step_params(ctx));
    const char *function = config_resource_text(resource, "lambda");
    auto_free char *image = image_of(ctx);
    struct lambda_configuration latest;
    struct error err;

    if (image[0] == '\0')
        preflight_add(findings, FINDING_NOTE, step_id(ctx),
                      "the image is settled when a run begins");
    else if (!publishing_check_image(image, &err))
        preflight_add(findings, FINDING_FAIL, step_id(ctx), "%s", err.message);
    if (!lambda_get_function(step_world(ctx)->aws, function, PUBLISHING_LATEST, step_cancel(ctx),
                             &latest, &err)) {
        preflight_add(findings, err.kind == ERROR_NOT_FOUND ? FINDING_FAIL : FINDING_UNKNOWN,
                      step_id(ctx), "%s", err.message);
        return;
    }
    bool is_busy = strcmp(latest.last_update_status, "InProgress") == 0;
    preflight_add(findings, is_busy ? FINDING_FAIL : FINDING_PASS, step_id(ctx),
                  is_busy ? "somebody is updating %s at this moment" : "%s can be updated",
                  function);
    lambda_configuration_clear(&latest);
}

/* ---- the way ---- */

static bool read_old_version(struct deploying *d, struct error *err)
{
    struct lambda_alias alias;
    const json_t *decided;

    if (!lambda_get_alias(d->new.aws, d->new.function, d->alias, step_cancel(d->new.ctx), &alias,
                          err))
        return false;
    if (alias.weight_count > 0) {
        error_set(err, ERROR_REFUSED, "%s:%s is split already: v%s has %.4g %%", d->new.function,
                  d->alias, alias.additional_version, alias.additional_weight * 100);
        return error_hint(err,
                          "Put all traffic on one version first: flightdeck shift or rollback");
    }
    if (!step_decide(d->new.ctx, "old_version", json_string(alias.version), &decided, err))
        return false;
    (void)snprintf(d->old_version, sizeof d->old_version, "%s", json_string_value(decided));
    if (strcmp(alias.version, d->old_version) != 0)
        return error_set(err, ERROR_REFUSED, "%s:%s serves v%s now, and served v%s when this began",
                         d->new.function, d->alias, alias.version, d->old_version);
    return step_decide(d->new.ctx, "image", json_string(d->new.image), &decided, err) &&
           publishing_read(&d->new, d->old_version, &d->serving, err);
}

static bool find_old_version(struct deploying *d, struct error *err)
{
    struct patience patience = patience_begin(d->new.ctx);

    while (!read_old_version(d, err))
        if (!patience_again(&patience, err))
            return false;
    return true;
}

/* The first call of a version is slow; better ours than a user's. What it answers, smoke judges. */
static void warm(struct deploying *d, const char *version)
{
    const struct config *config = step_config(d->new.ctx);
    struct lambda_invocation answer;
    struct error err;
    char took[CLOCK_STAMP_SIZE];
    size_t i = 0;

    while (i < config->smoke_count && strcmp(config->smoke_checks[i].method, "GET") != 0)
        i++;
    if (i == config->smoke_count)
        return;
    auto_free char *event = proxy_event_make("GET", config->smoke_checks[i].path,
                                             step_run_id(d->new.ctx), clock_world_ms());
    if (!lambda_invoke(d->new.aws, d->new.function, version, event, step_cancel(d->new.ctx),
                       &answer, &err)) {
        step_say(d->new.ctx, "v%s could not be warmed: %s", version, err.message);
        return;
    }
    if (answer.function_error[0] != '\0')
        step_say(d->new.ctx, "v%s failed its first call (%s)", version, answer.function_error);
    else
        step_say(d->new.ctx, "v%s is warm: its first call took %s", version,
                 clock_elapsed_text(answer.elapsed_us, took));
    lambda_invocation_clear(&answer);
}

static enum step_outcome no_change(struct deploying *d, struct error *err)
{
    const json_t *decided;

    if (!step_decide(d->new.ctx, "no_change", json_true(), &decided, err))
        return outcome_of_error(err);
    error_set(err, ERROR_REFUSED, "no change: v%s, which serves, is this image already",
              d->old_version);
    return STEP_OUTCOME_SKIPPED;
}

static enum step_outcome deploy(struct deploying *d, struct error *err)
{
    char version[LAMBDA_VERSION_SIZE];
    const json_t *decided;

    if (!publishing_check_image(d->new.image, err) || !find_old_version(d, err) ||
        !publishing_settle(&d->new, "settled", err))
        return outcome_of_error(err);
    /* Somebody left another image in $LATEST; publishing ours again would be a version for nothing.
     */
    if (!publishing_is_begun(&d->new, "update") && publishing_has(&d->serving, d->new.image) &&
        !publishing_has(&d->new.seen, d->new.image))
        return no_change(d, err);
    if (!publishing_update(&d->new, err) ||
        !publishing_publish(&d->new, d->old_version, version, err))
        return outcome_of_error(err);
    if (strcmp(version, d->old_version) == 0)
        return no_change(d, err);
    if (!publishing_prove(&d->new, version, err) ||
        !preflight_may_share(&d->serving, &d->new.seen, err))
        return err->kind == ERROR_REFUSED ? outcome_of_unfit(d->new.ctx) : outcome_of_error(err);
    if (!step_decide(d->new.ctx, "new_version", json_string(version), &decided, err))
        return outcome_of_error(err);
    warm(d, version);
    step_say(d->new.ctx, "v%s of %s is ready; v%s serves", version, d->new.function,
             d->old_version);
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource = resource_of(step_environment(ctx), step_params(ctx));
    auto_free char *image = image_of(ctx);
    struct deploying d = {.new = {.ctx = ctx,
                                  .aws = step_world(ctx)->aws,
                                  .function = config_resource_text(resource, "lambda"),
                                  .image = image},
                          .alias = config_resource_text(resource, "alias")};
    enum step_outcome outcome = deploy(&d, err);

    lambda_configuration_clear(&d.new.seen);
    lambda_configuration_clear(&d.serving);
    return outcome;
}

const struct step_kind step_deploy = {
    .name = "deploy",
    .summary = "Publish a new version of a function from an image; no user reaches it yet",
    .params = params,
    .plan = plan,
    .preflight = preflight,
    .run = run,
    .undo = step_undo_nothing,
};
