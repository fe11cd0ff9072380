/*
 * publishing.c - see publishing.h.
 */
#include "aws/publishing.h"

#include <stdio.h>
#include <string.h>

#include "aws/polling.h"
#include "core/effect.h"
#include "core/mem.h"

#define DIGEST_MARK "@sha256:"
#define DIGEST_HEX 64
#define LOOK_EVERY_MS 1000
#define UPDATE_LIMIT_MS (INT64_C(10) * 60 * 1000)
#define ACTIVE_LIMIT_MS (INT64_C(26) * 60 * 1000) /* as long as AWS's own waiter */

static const char *text_of_param(const json_t *given, const char *name)
{
    const char *text = json_string_value(json_object_get(given, name));

    return text == NULL ? "" : text;
}

/* ---- images ---- */

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

bool publishing_has(const struct lambda_configuration *version, const char *image)
{
    const char *theirs = digest_of(version->resolved_image_uri);

    return theirs != NULL && strcmp(theirs, digest_of(image)) == 0;
}

bool publishing_check_image(const char *image, struct error *err)
{
    if (digest_of(image) != NULL)
        return true;
    if (image[0] == '\0')
        error_set(err, ERROR_USAGE, "no image is named, and none comes from another environment");
    else
        error_set(err, ERROR_USAGE, "\"%.200s\" is not named by its digest", image);
    return error_hint(err, "Name it REPOSITORY@sha256:DIGEST: a tag may be another image tomorrow");
}

/* ---- calls ---- */

json_t *publishing_update_call(const char *function, const char *image)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "service", "lambda", "operation",
                     "UpdateFunctionCode", "params", "FunctionName", function, "ImageUri", image);
}

json_t *publishing_publish_call(const char *function, const char *code_sha256,
                                const char *description)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "service", "lambda", "operation",
                     "PublishVersion", "params", "FunctionName", function, "CodeSha256",
                     code_sha256, "Description", description);
}

/* ---- reading ---- */

bool publishing_read(struct publishing *p, const char *qualifier, struct lambda_configuration *out,
                     struct error *err)
{
    struct lambda_configuration read;

    if (!lambda_get_function(p->aws, p->function, qualifier, step_cancel(p->ctx), &read, err))
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
    struct publishing *p = closure;

    (void)ctx;
    if (!publishing_read(p, PUBLISHING_LATEST, &p->seen, err))
        return false;
    *is_over = strcmp(p->seen.last_update_status, "InProgress") != 0 &&
               strcmp(p->seen.state, "Pending") != 0;
    (void)snprintf(state, POLLING_STATE_SIZE, "%.60s is being updated", p->function);
    return true;
}

static bool look_active(struct step_ctx *ctx, void *closure, bool *is_over,
                        char state[static POLLING_STATE_SIZE], struct error *err)
{
    struct publishing *p = closure;

    (void)ctx;
    if (!publishing_read(p, p->looked_at, &p->seen, err))
        return false;
    if (strcmp(p->seen.state, "Failed") == 0)
        return error_set(err, ERROR_REFUSED, "v%s of %s failed: %s", p->looked_at, p->function,
                         reason_or(p->seen.state_reason, "AWS does not say why"));
    *is_over = strcmp(p->seen.state, "Pending") != 0;
    (void)snprintf(state, POLLING_STATE_SIZE, "v%.20s is %.20s", p->looked_at, p->seen.state);
    return true;
}

bool publishing_settle(struct publishing *p, const char *key, struct error *err)
{
    const struct polling settled = {key, LOOK_EVERY_MS, UPDATE_LIMIT_MS, p, look_settled};

    return polling_wait(p->ctx, &settled, err);
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
    const struct publishing *p = closure;
    struct lambda_configuration updated;

    (void)ctx;
    if (!lambda_update_function_code(p->aws, intent_param(intent, "FunctionName"),
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
    struct publishing *p = closure;

    (void)ctx;
    if (!publishing_settle(p, "update-verified", err))
        return EFFECT_VERIFY_CANNOT_TELL;
    if (publishing_has(&p->seen, intent_param(intent, "ImageUri"))) {
        *result = version_result(&p->seen);
        return EFFECT_VERIFY_DONE;
    }
    if (strcmp(p->seen.revision_id, intent_revision(intent)) == 0)
        return EFFECT_VERIFY_NOT_DONE;
    error_set(err, ERROR_UNKNOWN, "somebody else changed %s meanwhile", p->function);
    return EFFECT_VERIFY_CANNOT_TELL;
}

static bool send_publish(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                         struct error *err)
{
    const struct publishing *p = closure;
    struct lambda_configuration published;

    (void)ctx;
    if (!lambda_publish_version(p->aws, intent_param(intent, "FunctionName"),
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
    const struct publishing *p = closure;
    const char *description = intent_param(intent, "Description");
    struct lambda_configuration *versions;
    size_t count;
    enum effect_verdict verdict = EFFECT_VERIFY_NOT_DONE;

    if (!lambda_list_versions(p->aws, p->function, step_cancel(ctx), &versions, &count, err))
        return EFFECT_VERIFY_CANNOT_TELL;
    for (size_t i = count; i-- > 0 && verdict == EFFECT_VERIFY_NOT_DONE;)
        if (strcmp(versions[i].description, description) == 0 &&
            strcmp(versions[i].version, PUBLISHING_LATEST) != 0 &&
            strcmp(versions[i].code_sha256, intent_param(intent, "CodeSha256")) == 0) {
            *result = version_result(&versions[i]);
            verdict = EFFECT_VERIFY_DONE;
        }
    lambda_versions_free(versions, count);
    return verdict;
}

/* `seen` is $LATEST as the write is based on. Takes what. */
static bool write_guarded(struct publishing *p, const char *key, json_t *what,
                          const struct effect *with, json_t **result, struct error *err)
{
    json_t *precondition = json_pack("{s:s}", "revision_id", p->seen.revision_id);
    struct effect effect = *with;

    effect.what = what;
    effect.precondition = precondition;
    effect.is_guarded = true;
    effect.closure = p;
    bool ok = effect_run(p->ctx, key, &effect, result, err);
    json_decref(precondition);
    json_decref(what);
    return ok;
}

bool publishing_is_begun(struct publishing *p, const char *key)
{
    return run_effect(step_run(p->ctx), step_id(p->ctx), key) != NULL;
}

/* ---- one after the other ---- */

bool publishing_update(struct publishing *p, struct error *err)
{
    static const struct effect effect = {.send = send_update, .verify = verify_update};
    json_t *result = NULL;

    if (!publishing_is_begun(p, "update") && publishing_has(&p->seen, p->image)) {
        step_say(p->ctx, "%s has this image already", p->function);
        return true;
    }
    if (!write_guarded(p, "update", publishing_update_call(p->function, p->image), &effect, &result,
                       err))
        return false;
    json_decref(result);
    if (!publishing_settle(p, "updated", err))
        return false;
    if (strcmp(p->seen.last_update_status, "Failed") == 0)
        return error_set(err, ERROR_REFUSED, "%s could not be updated: %s", p->function,
                         reason_or(p->seen.last_update_reason, "AWS does not say why"));
    if (publishing_has(&p->seen, p->image))
        return true;
    return error_set(err, ERROR_UNKNOWN, "%s runs %s, which is not what was asked for", p->function,
                     p->seen.resolved_image_uri);
}

bool publishing_publish(struct publishing *p, const char *old_version,
                        char version[static LAMBDA_VERSION_SIZE], struct error *err)
{
    static const struct effect effect = {.send = send_publish, .verify = verify_publish};
    auto_free char *description =
        xasprintf("flightdeck %s replaces %s", step_run_id(p->ctx), old_version);
    json_t *result = NULL;

    if (!write_guarded(p, "publish",
                       publishing_publish_call(p->function, p->seen.code_sha256, description),
                       &effect, &result, err))
        return false;
    (void)snprintf(version, LAMBDA_VERSION_SIZE, "%s", text_of_param(result, "version"));
    json_decref(result);
    return true;
}

bool publishing_prove(struct publishing *p, const char *version, struct error *err)
{
    const struct polling active = {"active", LOOK_EVERY_MS, ACTIVE_LIMIT_MS, p, look_active};

    p->looked_at = version;
    if (!polling_wait(p->ctx, &active, err))
        return false;
    return publishing_has(&p->seen, p->image) ||
           error_set(err, ERROR_UNKNOWN, "v%s runs %s, which is not what was asked for", version,
                     p->seen.resolved_image_uri);
}
