/*
 * lambda.c - a function and its alias: which versions serve, with what share, and whose hand is on
 * it.
 */
#include "aws/lambda.h"

#include <string.h>

#include "aws/metrics.h"
#include "aws/resources.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/text.h"

#define SUMMARY_BYTES 400
#define MOVING_PREFIX "flightdeck "

static const struct param params[] = {
    {.name = "lambda", .type = PARAM_TEXT, .is_required = true, .help = "function name or ARN"},
    {.name = "alias",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "the alias that its callers use"},
    {.name = "image", .type = PARAM_TEXT, .help = "what to deploy: REPOSITORY@sha256:DIGEST"},
    {0},
};

static bool is_being_moved(const struct lambda_alias *alias)
{
    return text_starts_with(alias->description, MOVING_PREFIX);
}

/* Of one version that has traffic. Idle functions are Inactive until somebody calls them. */
static enum health version_health(const struct lambda_configuration *version)
{
    if (strcmp(version->state, "Failed") == 0)
        return HEALTH_DEGRADED;
    return strcmp(version->state, "Pending") == 0 ? HEALTH_PROGRESSING : HEALTH_HEALTHY;
}

static char *summarise(const struct lambda_alias *alias, const struct lambda_configuration *version)
{
    auto_buf out;

    buf_init(&out, SUMMARY_BYTES);
    buf_addf(&out, "v%s %.4g %%", alias->version, (1 - alias->additional_weight) * 100);
    if (alias->additional_version[0] != '\0')
        buf_addf(&out, ", v%s %.4g %%", alias->additional_version, alias->additional_weight * 100);
    if (alias->weight_count > 1)
        buf_addf(&out, ", and %d more versions", alias->weight_count - 1);
    if (version_health(version) != HEALTH_HEALTHY)
        buf_addf(&out, "; v%s is %s: %s", alias->version, version->state, version->state_reason);
    if (is_being_moved(alias))
        buf_addf(&out, "; %s", alias->description);
    return text_safe(out.ptr);
}

static json_t *describe(const struct lambda_alias *alias,
                        const struct lambda_configuration *version, const char *function)
{
    json_t *weights = json_object();

    if (alias->additional_version[0] != '\0')
        json_object_set_new(weights, alias->additional_version,
                            json_real(alias->additional_weight));
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:s, s:s, s:s, s:i, s:i}", "function",
                     function, "alias", alias->name, "version", alias->version, "weights", weights,
                     "revision_id", alias->revision_id, "description", alias->description,
                     "being_moved", is_being_moved(alias), "image", version->resolved_image_uri,
                     "code_sha256", version->code_sha256, "state", version->state, "memory_mb",
                     version->memory_mb, "timeout_s", version->timeout_s);
}

static bool observe(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err)
{
    const char *function = config_resource_text(resource, "lambda");
    struct lambda_alias alias;
    struct lambda_configuration version;

    (void)environment;
    if (!lambda_get_alias(world->aws, function, config_resource_text(resource, "alias"), cancel,
                          &alias, err) ||
        !lambda_get_function(world->aws, function, alias.version, cancel, &version, err))
        return false;
    enum health health = version_health(&version);
    if (health == HEALTH_HEALTHY && (alias.weight_count > 0 || is_being_moved(&alias)))
        health = HEALTH_PROGRESSING;
    *out = (struct observation){
        .health = health,
        .summary = summarise(&alias, &version),
        .details = describe(&alias, &version, function),
        .observed_at_ms = clock_world_ms(),
    };
    lambda_configuration_clear(&version);
    return true;
}

const struct resource_kind resource_lambda = {
    .name = "lambda",
    .summary = "A Lambda function behind the alias that its callers use",
    .params = params,
    .metrics = metrics_of_lambda,
    .observe = observe,
};
