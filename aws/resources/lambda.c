/*
 * lambda.c - a function and its alias: which versions serve, with what share, and whose hand is on
 * it.
 */
#include <string.h>

#include "aws/alias.h"
#include "aws/metrics.h"
#include "aws/resources.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/text.h"

#define SUMMARY_BYTES 400

static const struct param params[] = {
    {.name = "lambda", .type = PARAM_TEXT, .is_required = true, .help = "function name or ARN"},
    {.name = "alias",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "the alias that its callers use"},
    {.name = "image", .type = PARAM_TEXT, .help = "what to deploy: REPOSITORY@sha256:DIGEST"},
    {0},
};

/* A mark whose time has passed was left behind by a run that nobody ended. */
static bool is_being_moved(const struct lambda_alias *alias, struct alias_owner *owner)
{
    return alias_read_owner(alias->description, owner) && owner->until_ms > clock_world_ms();
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
    struct alias_owner owner;
    char at[CLOCK_STAMP_SIZE];
    auto_free char *split = alias_split_text(alias);
    auto_buf out;

    buf_init(&out, SUMMARY_BYTES);
    buf_adds(&out, split);
    if (alias->weight_count > 1)
        buf_addf(&out, ", and %d more versions", alias->weight_count - 1);
    if (version_health(version) != HEALTH_HEALTHY)
        buf_addf(&out, "; v%s is %s: %s", alias->version, version->state, version->state_reason);
    if (is_being_moved(alias, &owner))
        buf_addf(&out, "; %s of %s moves v%s to v%s", owner.run, owner.actor, owner.old_version,
                 owner.new_version);
    if (alias_is_taken_back(alias, &owner))
        buf_addf(&out, "; AWS gave all traffic back to v%s at %s: flightdeck was silent (%s)",
                 owner.new_version, clock_time_of_day(owner.until_ms, at),
                 owner.actor + strlen(ALIAS_SILENCE));
    return text_safe(out.ptr);
}

/* null, or who moves it, from what to what. */
static json_t *describe_owner(const struct lambda_alias *alias)
{
    struct alias_owner owner;
    char until[CLOCK_STAMP_SIZE];

    if (!is_being_moved(alias, &owner))
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "run", owner.run, "actor", owner.actor,
                     "old_version", owner.old_version, "new_version", owner.new_version, "until",
                     clock_stamp(owner.until_ms, until));
}

/* null, or that AWS did it, for whom ("r-0142-ana@mbp") and when. */
static json_t *describe_silence(const struct lambda_alias *alias)
{
    struct alias_owner owner;
    char at[CLOCK_STAMP_SIZE];

    if (!alias_is_taken_back(alias, &owner))
        return json_null();
    return json_pack("{s:s, s:s}", "of", owner.actor + strlen(ALIAS_SILENCE), "at",
                     clock_stamp(owner.until_ms, at));
}

static json_t *describe(const struct lambda_alias *alias,
                        const struct lambda_configuration *version, const char *function)
{
    json_t *weights = json_object();

    if (alias->additional_version[0] != '\0')
        json_object_set_new(weights, alias->additional_version,
                            json_real(alias->additional_weight));
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:i, s:i}",
                     "function", function, "alias", alias->name, "version", alias->version,
                     "weights", weights, "revision_id", alias->revision_id, "description",
                     alias->description, "moved_by", describe_owner(alias), "taken_back",
                     describe_silence(alias), "image", version->resolved_image_uri, "code_sha256",
                     version->code_sha256, "state", version->state, "memory_mb", version->memory_mb,
                     "timeout_s", version->timeout_s);
}

static bool observe(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err)
{
    const char *function = config_resource_text(resource, "lambda");
    struct lambda_alias alias;
    struct lambda_configuration version;
    struct alias_owner owner;

    (void)environment;
    if (!lambda_get_alias(world->aws, function, config_resource_text(resource, "alias"), cancel,
                          &alias, err) ||
        !lambda_get_function(world->aws, function, alias.version, cancel, &version, err))
        return false;
    enum health health = version_health(&version);
    if (health == HEALTH_HEALTHY && (alias.weight_count > 0 || is_being_moved(&alias, &owner)))
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
