/*
 * http_api.c - an HTTP API of API Gateway, and whether it calls the alias that a release moves.
 */
#include <stdlib.h>

#include "aws/api_lookup.h"
#include "aws/metrics.h"
#include "aws/resources.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/house.h"
#include "core/mem.h"

static const struct param params[] = {
    {.name = "http-api", .type = PARAM_TEXT, .is_required = true, .help = "the API's id or name"},
    {0},
};

static char *summarise(const struct http_api *api, enum api_target target,
                       const struct resource *lambda)
{
    const char *function = config_resource_text(lambda, "lambda"),
               *alias = config_resource_text(lambda, "alias");

    switch (target) {
    case API_TARGET_ALIAS:
        return xasprintf("%s calls %s:%s", api->id, function, alias);
    case API_TARGET_UNQUALIFIED:
        return xasprintf("%s calls %s past its alias: no release reaches users", api->id, function);
    case API_TARGET_QUALIFIED:
        return xasprintf("%s calls %s, but not through %s", api->id, function, alias);
    case API_TARGET_OTHER:
        return xasprintf("%s does not call %s", api->id, function);
    }
    return xstrdup("");
}

static void describe(const struct environment *environment, const struct http_api *api,
                     const struct api_integration *integrations, size_t count,
                     struct observation *out)
{
    const struct resource *lambda = config_resource_of_kind(environment, "lambda");
    json_t *uris = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(uris, json_string(integrations[i].uri));
    *out = (struct observation){
        .health = count > 0 ? HEALTH_HEALTHY : HEALTH_DEGRADED,
        .details = json_pack("{s:s, s:s, s:s, s:o}", "api_id", api->id, "api_name", api->name,
                             "endpoint", api->endpoint, "integrations", uris),
        .observed_at_ms = clock_world_ms(),
    };
    if (lambda == NULL) {
        out->summary = xasprintf("%s, %zu integration%s", api->id, count, count == 1 ? "" : "s");
        return;
    }
    enum api_target target =
        api_lookup_best_target(integrations, count, config_resource_text(lambda, "lambda"),
                               config_resource_text(lambda, "alias"));
    out->summary = summarise(api, target, lambda);
    if (target != API_TARGET_ALIAS)
        out->health = HEALTH_DEGRADED;
}

static bool observe(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err)
{
    struct http_api api;
    struct api_integration *integrations = NULL;
    size_t count = 0;

    if (!api_lookup_find(world->aws, config_resource_text(resource, "http-api"), cancel, &api,
                         err) ||
        !apigateway_list_integrations(world->aws, api.id, cancel, &integrations, &count, err))
        return false;
    describe(environment, &api, integrations, count, out);
    free(integrations);
    return true;
}

const struct resource_kind resource_http_api = {
    .name = "http-api",
    .summary = "An HTTP API of API Gateway",
    .params = params,
    .metrics = metrics_of_http_api,
    .observe = observe,
};
