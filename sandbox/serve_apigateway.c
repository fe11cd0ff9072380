/* serve_apigateway.c - the sandbox's API Gateway v2: HTTP APIs and what they call (2018-11-29). */
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "sandbox/services.h"
#include "sandbox/world.h"

#define DEFAULT_RESULTS 25
#define MOST_RESULTS 500
#define CREATED "2025-03-04T10:11:12Z"

static const struct world_place *find_api(const char *id)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        if (strcmp(world_places[i].api_id, id) == 0)
            return &world_places[i];
    return NULL;
}

static bool refuse_unknown(const struct request *r, struct reply *reply)
{
    return operation_refuse(r, reply, 404, "NotFoundException",
                            "Invalid API identifier specified " WORLD_ACCOUNT ":%s", r->parts[0]);
}

static json_t *api_json(const struct world_place *place)
{
    auto_free char *endpoint =
        xasprintf("https://%s.execute-api." WORLD_REGION ".amazonaws.com", place->api_id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:{}}", "apiId", place->api_id,
                     "name", place->api_name, "protocolType", "HTTP", "apiEndpoint", endpoint,
                     "createdDate", CREATED, "disableExecuteApiEndpoint", 0,
                     "apiKeySelectionExpression", "$request.header.x-api-key",
                     "routeSelectionExpression", "$request.method $request.path", "tags");
}

static json_t *integration_json(const struct world_place *place)
{
    auto_free char *id = xasprintf("%.4sint", place->api_id);
    auto_free char *uri =
        xasprintf("arn:aws:lambda:" WORLD_REGION ":" WORLD_ACCOUNT ":function:%s:%s",
                  place->function, place->alias);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "integrationId", id, "integrationType",
                     "AWS_PROXY", "integrationMethod", "POST", "integrationUri", uri,
                     "connectionType", "INTERNET", "payloadFormatVersion", "2.0", "timeoutInMillis",
                     30000);
}

/* Answers with the page of `items` that was asked for. Takes the reference. */
static bool answer_page(const struct request *r, struct reply *reply, json_t *items)
{
    const char *results = operation_argument(r, "maxResults");
    const char *token = operation_argument(r, "nextToken");
    int64_t most = DEFAULT_RESULTS, from = 0;
    size_t count = json_array_size(items);

    if ((results != NULL && (!text_to_int64(results, &most) || most < 1 || most > MOST_RESULTS)) ||
        (token != NULL && (!text_to_int64(token, &from) || from < 0 || from > (int64_t)count))) {
        json_decref(items);
        return operation_refuse(r, reply, 400, "BadRequestException",
                                "Invalid maxResults or nextToken");
    }
    json_t *page = json_array();
    for (size_t i = (size_t)from; i < count && i < (size_t)(from + most); i++)
        json_array_append(page, json_array_get(items, i));
    json_decref(items);
    json_t *answer = json_pack("{s:o}", "items", page);
    if ((size_t)(from + most) < count) {
        auto_free char *next = xasprintf("%lld", (long long)(from + most));
        json_object_set_new(answer, "nextToken", json_string(next));
    }
    return operation_answer(reply, 200, answer);
}

static bool get_apis(struct world *w, const struct request *r, struct reply *reply)
{
    json_t *items = json_array();
    (void)w;
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        json_array_append_new(items, api_json(&world_places[i]));
    return answer_page(r, reply, items);
}

static bool get_api(struct world *w, const struct request *r, struct reply *reply)
{
    const struct world_place *place = find_api(r->parts[0]);
    (void)w;
    return place != NULL ? operation_answer(reply, 200, api_json(place)) : refuse_unknown(r, reply);
}

static bool get_integrations(struct world *w, const struct request *r, struct reply *reply)
{
    const struct world_place *place = find_api(r->parts[0]);
    (void)w;
    if (place == NULL)
        return refuse_unknown(r, reply);
    return answer_page(r, reply, json_pack("[o]", integration_json(place)));
}

static const struct operation operations[] = {
    {.name = "GetApis", .method = "GET", .path = "/v2/apis", .serve = get_apis},
    {.name = "GetApi", .method = "GET", .path = "/v2/apis/{}", .serve = get_api},
    {.name = "GetIntegrations",
     .method = "GET",
     .path = "/v2/apis/{}/integrations",
     .serve = get_integrations},
    {0},
};

const struct service serve_apigateway_service = {
    .name = "apigateway",
    .form = WIRE_REST_JSON,
    .operations = operations,
};
