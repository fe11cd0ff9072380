/*
 * deploy.c - publishes a version of a function from an image by its digest. No user reaches it yet.
 *
 * update $LATEST -> wait -> compare the digest -> publish -> wait -> compare -> warm. Each write is
 * guarded by the revision that was read before it, so that somebody else's change is never
 * overwritten and never published. When nothing changed there is no new version, and nothing is
 * shifted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/lambda.h"
#include "aws/outcome.h"
#include "aws/polling.h"
#include "aws/preflight.h"
#include "aws/proxy_event.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "core/effect.h"
#include "core/mem.h"
#include "core/text.h"

#define LATEST "$LATEST"
#define DIGEST_MARK "@sha256:"
#define DIGEST_HEX 64
#define LOOK_EVERY_MS 1000
#define UPDATE_LIMIT_MS (INT64_C(10) * 60 * 1000)
#define ACTIVE_LIMIT_MS (INT64_C(26) * 60 * 1000) /* as long as AWS's own waiter */

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
    struct step_ctx *ctx;
    struct aws *aws;
    const char *function, *alias, *image;
    char old_version[LAMBDA_VERSION_SIZE]; /* what the alias serves */
    const char *looked_at;                 /* qualifier of `seen` */
    struct lambda_configuration seen, serving;
};

/* ---- what is to be deployed ---- */

/* "@sha256:..." of an image, or NULL when it is named otherwise: a tag may mean another image
 * tomorrow. */
static const char *digest_of(const char *image)
{
    const char *digest = strstr(image, DIGEST_MARK);

    if (digest == NULL)
        return NULL;
    const char *hex = digest + strlen(DIGEST_MARK);
    return strlen(hex) == DIGEST_HEX && strspn(hex, "0123456789abcdef") == DIGEST_HEX ? digest
                                                                                      : NULL;
}

static bool has_digest(const struct lambda_configuration *version, const char *image)
{
    const char *theirs = digest_of(version->resolved_image_uri);

    return theirs != NULL && strcmp(theirs, digest_of(image)) == 0;
}

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

static bool check_image(const char *image, struct error *err)
{
    if (digest_of(image) != NULL)
        return true;
    if (image[0] == '\0')
        error_set(err, ERROR_USAGE, "no image is named, and none comes from another environment");
    else
        error_set(err, ERROR_USAGE, "\"%.200s\" is not named by its digest", image);
    return error_hint(err, "Name it REPOSITORY@sha256:DIGEST: a tag may be another image tomorrow");
}

/* ---- plan ---- */

static json_t *update_call(const char *function, const char *image)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "service", "lambda", "operation",
                     "UpdateFunctionCode", "params", "FunctionName", function, "ImageUri", image);
}

static json_t *publish_call(const char *function, const char *code_sha256, const char *description)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "service", "lambda", "operation",
                     "PublishVersion", "params", "FunctionName", function, "CodeSha256",
                     code_sha256, "Description", description);
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const struct resource *resource = resource_of(context->environment, given);
    const char *id = context->step->id;

    if (resource == NULL)
        return error_set(err, ERROR_USAGE, "there is no such function");
    const char *image = configured_image(context->environment, given);
    if (image[0] != '\0' && !check_image(image, err))
        return false;
    const char *function = config_resource_text(resource, "lambda");
    auto_free char *at_run_time = xasprintf("${%s.image}", id);
    auto_free char *code = xasprintf("${%s.code_sha256}", id);
    auto_free char *description = xasprintf("flightdeck ${run} replaces ${%s.old_version}", id);
    *out = (struct step_plan){
        .calls = json_pack("[o, o]", update_call(function, image[0] != '\0' ? image : at_run_time),
                           publish_call(function, code, description)),
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
    else if (!check_image(image, &err))
        preflight_add(findings, FINDING_FAIL, step_id(ctx), "%s", err.message);
    if (!lambda_get_function(step_world(ctx)->aws, function, LATEST, step_cancel(ctx), &latest,
                             &err)) {
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

/* ---- reading ---- */

static bool read_version(struct deploying *d, const char *qualifier,
                         struct lambda_configuration *out, struct error *err)
{
    struct lambda_configuration read;

    if (!lambda_get_function(d->aws, d->function, qualifier, step_cancel(d->ctx), &read, err))
        return false;
    lambda_configuration_clear(out);
    *out = read;
    return true;
}

static const char *reason_or(const char *reason, const char *otherwise)
{
    return reason[0] != '\0' ? reason : otherwise;
}

/* An update that failed before is no obstacle to ours. */
static bool look_settled(struct step_ctx *ctx, void *closure, bool *is_over,
                         char state[static POLLING_STATE_SIZE], struct error *err)
{
    struct deploying *d = closure;

    (void)ctx;
    if (!read_version(d, LATEST, &d->seen, err))
        return false;
    *is_over = strcmp(d->seen.last_update_status, "InProgress") != 0 &&
               strcmp(d->seen.state, "Pending") != 0;
    (void)snprintf(state, POLLING_STATE_SIZE, "%.60s is being updated", d->function);
    return true;
}

static bool look_active(struct step_ctx *ctx, void *closure, bool *is_over,
                        char state[static POLLING_STATE_SIZE], struct error *err)
{
    struct deploying *d = closure;

    (void)ctx;
    if (!read_version(d, d->looked_at, &d->seen, err))
        return false;
    if (strcmp(d->seen.state, "Failed") == 0)
        return error_set(err, ERROR_REFUSED, "v%s of %s failed: %s", d->looked_at, d->function,
                         reason_or(d->seen.state_reason, "AWS does not say why"));
    *is_over = strcmp(d->seen.state, "Pending") != 0;
    (void)snprintf(state, POLLING_STATE_SIZE, "v%.20s is %.20s", d->looked_at, d->seen.state);
    return true;
}

static bool wait_settled(struct deploying *d, const char *key, struct error *err)
{
    const struct polling settled = {key, LOOK_EVERY_MS, UPDATE_LIMIT_MS, d, look_settled};

    return polling_wait(d->ctx, &settled, err);
}

/* ---- the two effects ---- */

static const char *intent_param(const json_t *intent, const char *name)
{
    return text_of_param(json_object_get(json_object_get(intent, "what"), "params"), name);
}

static const char *intent_revision(const json_t *intent)
{
    return text_of_param(json_object_get(intent, "precondition"), "revision_id");
}

static json_t *version_result(const struct lambda_configuration *version)
{
    return json_pack("{s:s, s:s, s:s}", "version", version->version, "code_sha256",
                     version->code_sha256, "revision_id", version->revision_id);
}

static bool send_update(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                        struct error *err)
{
    const struct deploying *d = closure;
    struct lambda_configuration updated;

    (void)ctx;
    if (!lambda_update_function_code(d->aws, intent_param(intent, "FunctionName"),
                                     intent_param(intent, "ImageUri"), intent_revision(intent),
                                     &updated, err))
        return false;
    *result = version_result(&updated);
    lambda_configuration_clear(&updated);
    return true;
}

static enum effect_verdict verify_update(struct step_ctx *ctx, void *closure, const json_t *intent,
                                         json_t **result, struct error *err)
{
    struct deploying *d = closure;

    (void)ctx;
    if (!wait_settled(d, "update-verified", err))
        return EFFECT_VERIFY_CANNOT_TELL;
    if (has_digest(&d->seen, intent_param(intent, "ImageUri"))) {
        *result = version_result(&d->seen);
        return EFFECT_VERIFY_DONE;
    }
    if (strcmp(d->seen.revision_id, intent_revision(intent)) == 0)
        return EFFECT_VERIFY_NOT_DONE;
    error_set(err, ERROR_UNKNOWN, "somebody else changed %s meanwhile", d->function);
    return EFFECT_VERIFY_CANNOT_TELL;
}

static bool send_publish(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                         struct error *err)
{
    const struct deploying *d = closure;
    struct lambda_configuration published;

    (void)ctx;
    if (!lambda_publish_version(d->aws, intent_param(intent, "FunctionName"),
                                intent_param(intent, "CodeSha256"), intent_revision(intent),
                                intent_param(intent, "Description"), &published, err))
        return false;
    *result = version_result(&published);
    lambda_configuration_clear(&published);
    return true;
}

/* Published code that did not change keeps its old description; publishing it again does nothing.
 */
static enum effect_verdict verify_publish(struct step_ctx *ctx, void *closure, const json_t *intent,
                                          json_t **result, struct error *err)
{
    const struct deploying *d = closure;
    const char *description = intent_param(intent, "Description");
    struct lambda_configuration *versions;
    size_t count;
    enum effect_verdict verdict = EFFECT_VERIFY_NOT_DONE;

    if (!lambda_list_versions(d->aws, d->function, step_cancel(ctx), &versions, &count, err))
        return EFFECT_VERIFY_CANNOT_TELL;
    for (size_t i = count; i-- > 0 && verdict == EFFECT_VERIFY_NOT_DONE;)
        if (strcmp(versions[i].description, description) == 0 &&
            strcmp(versions[i].version, LATEST) != 0 &&
            strcmp(versions[i].code_sha256, intent_param(intent, "CodeSha256")) == 0) {
            *result = version_result(&versions[i]);
            verdict = EFFECT_VERIFY_DONE;
        }
    lambda_versions_free(versions, count);
    return verdict;
}

/* `seen` is $LATEST as the write is based on. Takes what. */
static bool write_guarded(struct deploying *d, const char *key, json_t *what,
                          const struct effect *with, json_t **result, struct error *err)
{
    json_t *precondition = json_pack("{s:s}", "revision_id", d->seen.revision_id);
    struct effect effect = *with;

    effect.what = what;
    effect.precondition = precondition;
    effect.is_guarded = true;
    effect.closure = d;
    bool ok = effect_run(d->ctx, key, &effect, result, err);
    json_decref(precondition);
    json_decref(what);
    return ok;
}

static bool is_begun(struct deploying *d, const char *key)
{
    return run_effect(step_run(d->ctx), step_id(d->ctx), key) != NULL;
}

/* ---- the way ---- */

static bool read_old_version(struct deploying *d, struct error *err)
{
    struct lambda_alias alias;
    const json_t *decided;

    if (!lambda_get_alias(d->aws, d->function, d->alias, step_cancel(d->ctx), &alias, err))
        return false;
    if (alias.weight_count > 0) {
        error_set(err, ERROR_REFUSED, "%s:%s is split already: v%s has %.4g %%", d->function,
                  d->alias, alias.additional_version, alias.additional_weight * 100);
        return error_hint(err,
                          "Put all traffic on one version first: flightdeck shift or rollback");
    }
    if (!step_decide(d->ctx, "old_version", json_string(alias.version), &decided, err))
        return false;
    (void)snprintf(d->old_version, sizeof d->old_version, "%s", json_string_value(decided));
    if (strcmp(alias.version, d->old_version) != 0)
        return error_set(err, ERROR_REFUSED, "%s:%s serves v%s now, and served v%s when this began",
                         d->function, d->alias, alias.version, d->old_version);
    return step_decide(d->ctx, "image", json_string(d->image), &decided, err) &&
           read_version(d, d->old_version, &d->serving, err);
}

/* $LATEST runs the image afterwards, and `seen` is what it is then. */
static bool update(struct deploying *d, struct error *err)
{
    static const struct effect effect = {.send = send_update, .verify = verify_update};
    json_t *result = NULL;

    if (!is_begun(d, "update") && has_digest(&d->seen, d->image)) {
        step_say(d->ctx, "%s has this image already", d->function);
        return true;
    }
    if (!write_guarded(d, "update", update_call(d->function, d->image), &effect, &result, err))
        return false;
    json_decref(result);
    if (!wait_settled(d, "updated", err))
        return false;
    if (strcmp(d->seen.last_update_status, "Failed") == 0)
        return error_set(err, ERROR_REFUSED, "%s could not be updated: %s", d->function,
                         reason_or(d->seen.last_update_reason, "AWS does not say why"));
    if (has_digest(&d->seen, d->image))
        return true;
    return error_set(err, ERROR_UNKNOWN, "%s runs %s, which is not what was asked for", d->function,
                     d->seen.resolved_image_uri);
}

/* The number of the version, also when it is an old one because nothing changed. */
static bool publish(struct deploying *d, char version[static LAMBDA_VERSION_SIZE],
                    struct error *err)
{
    static const struct effect effect = {.send = send_publish, .verify = verify_publish};
    auto_free char *description =
        xasprintf("flightdeck %s replaces %s", step_run_id(d->ctx), d->old_version);
    json_t *result = NULL;

    if (!write_guarded(d, "publish", publish_call(d->function, d->seen.code_sha256, description),
                       &effect, &result, err))
        return false;
    (void)snprintf(version, LAMBDA_VERSION_SIZE, "%s", text_of_param(result, "version"));
    json_decref(result);
    return true;
}

/* The first call of a version is slow; better ours than a user's. What it answers, smoke judges. */
static void warm(struct deploying *d, const char *version)
{
    const struct config *config = step_config(d->ctx);
    struct lambda_invocation answer;
    struct error err;
    size_t i = 0;

    while (i < config->smoke_count && strcmp(config->smoke_checks[i].method, "GET") != 0)
        i++;
    if (i == config->smoke_count)
        return;
    auto_free char *event = proxy_event_make("GET", config->smoke_checks[i].path,
                                             step_run_id(d->ctx), clock_world_ms());
    if (!lambda_invoke(d->aws, d->function, version, event, step_cancel(d->ctx), &answer, &err)) {
        step_say(d->ctx, "v%s could not be warmed: %s", version, err.message);
        return;
    }
    step_say(d->ctx, "v%s is warm: its first call took %lld ms", version,
             (long long)(answer.elapsed_us / 1000));
    lambda_invocation_clear(&answer);
}

/* It is active, runs the image, and may share the alias with the old one. */
static bool prove(struct deploying *d, const char *version, struct error *err)
{
    const struct polling active = {"active", LOOK_EVERY_MS, ACTIVE_LIMIT_MS, d, look_active};

    d->looked_at = version;
    if (!polling_wait(d->ctx, &active, err))
        return false;
    if (!has_digest(&d->seen, d->image))
        return error_set(err, ERROR_UNKNOWN, "v%s runs %s, which is not what was asked for",
                         version, d->seen.resolved_image_uri);
    return preflight_may_share(&d->serving, &d->seen, err);
}

static enum step_outcome no_change(struct deploying *d, struct error *err)
{
    const json_t *decided;

    if (!step_decide(d->ctx, "no_change", json_true(), &decided, err))
        return outcome_of_error(err);
    error_set(err, ERROR_REFUSED, "no change: v%s, which serves, is this image already",
              d->old_version);
    return STEP_OUTCOME_SKIPPED;
}

static enum step_outcome deploy(struct deploying *d, struct error *err)
{
    char version[LAMBDA_VERSION_SIZE];
    const json_t *decided;

    if (!check_image(d->image, err) || !read_old_version(d, err) ||
        !wait_settled(d, "settled", err))
        return outcome_of_error(err);
    /* Somebody left another image in $LATEST; publishing ours again would be a version for nothing.
     */
    if (!is_begun(d, "update") && has_digest(&d->serving, d->image) &&
        !has_digest(&d->seen, d->image))
        return no_change(d, err);
    if (!update(d, err) || !publish(d, version, err))
        return outcome_of_error(err);
    if (strcmp(version, d->old_version) == 0)
        return no_change(d, err);
    if (!prove(d, version, err) ||
        !step_decide(d->ctx, "new_version", json_string(version), &decided, err))
        return outcome_of_error(err);
    warm(d, version);
    step_say(d->ctx, "v%s of %s is ready; v%s serves", version, d->function, d->old_version);
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource = resource_of(step_environment(ctx), step_params(ctx));
    auto_free char *image = image_of(ctx);
    struct deploying d = {.ctx = ctx,
                          .aws = step_world(ctx)->aws,
                          .function = config_resource_text(resource, "lambda"),
                          .alias = config_resource_text(resource, "alias"),
                          .image = image};
    enum step_outcome outcome = deploy(&d, err);

    lambda_configuration_clear(&d.seen);
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
