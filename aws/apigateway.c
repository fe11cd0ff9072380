/* apigateway.c - reads HTTP APIs and their integrations (apigatewayv2, REST-JSON). */
#include "aws/apigateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "core/mem.h"
#include "core/text.h"

#define PAGE_SIZE 100
#define MAX_PAGES 100

static void copy_text(json_t *object, const char *key, char *out, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    text_copy(out, size, value ? value : "");
}
#define COPY_TEXT(object, key, field) copy_text(object, key, field, sizeof(field))

static char *api_path(const char *api_id, const char *tail)
{
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/v2/apis/");
    aws_encode(&path, api_id);
    buf_adds(&path, tail);
    return buf_steal(&path);
}

static bool read_api(const struct aws_call *call, json_t *object, void *item, struct error *err)
{
    struct http_api api = {0};
    COPY_TEXT(object, "apiId", api.id);
    COPY_TEXT(object, "name", api.name);
    COPY_TEXT(object, "apiEndpoint", api.endpoint);
    COPY_TEXT(object, "protocolType", api.protocol);
    if (!api.id[0])
        return aws_bad_answer(call, err, "an API has no apiId");
    *(struct http_api *)item = api;
    return true;
}

static bool read_integration(const struct aws_call *call, json_t *object, void *item,
                             struct error *err)
{
    struct api_integration integration = {0};
    COPY_TEXT(object, "integrationId", integration.id);
    COPY_TEXT(object, "integrationType", integration.type);
    COPY_TEXT(object, "integrationUri", integration.uri);
    integration.has_role = json_string_length(json_object_get(object, "credentialsArn")) > 0;
    if (!integration.id[0])
        return aws_bad_answer(call, err, "an integration has no integrationId");
    *(struct api_integration *)item = integration;
    return true;
}

bool apigateway_get_api(struct aws *a, const char *api_id, struct cancel *cancel,
                        struct http_api *out, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    aws_call_init(&call, AWS_APIGATEWAY, "GetApi", "GET");
    call.cancel = cancel;
    call.path = api_path(api_id, "");
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err) && read_api(&call, answer.json, out, err);
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}

/* A list that is read page by page. */
struct listing {
    const char *operation, *path;
    struct cancel *cancel;
    bool (*read)(const struct aws_call *call, json_t *object, void *item, struct error *err);
    size_t item_size;
    char *items; /* count elements of item_size bytes */
    size_t count, capacity;
    char *token; /* of the next page, NULL at the end */
};

static bool add_items(const struct aws_call *call, struct listing *l, json_t *page,
                      struct error *err)
{
    json_t *items = json_object_get(page, "items");
    size_t index;
    json_t *object;
    if (!json_is_array(items))
        return aws_bad_answer(call, err, "it has no list of items");
    json_array_foreach(items, index, object)
    {
        l->items = mem_grow(l->items, &l->capacity, l->count, l->item_size);
        if (!l->read(call, object, l->items + l->count * l->item_size, err))
            return false;
        l->count++;
    }
    return true;
}

static bool list_page(struct aws *a, struct listing *l, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    struct buf path;
    buf_init(&path, 16u * 1024);
    buf_addf(&path, "%s?maxResults=%d", l->path, PAGE_SIZE);
    if (l->token) {
        buf_adds(&path, "&nextToken=");
        aws_encode(&path, l->token);
    }
    aws_call_init(&call, AWS_APIGATEWAY, l->operation, "GET");
    call.cancel = l->cancel;
    call.path = buf_steal(&path);
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err) && add_items(&call, l, answer.json, err);
    if (is_ok) {
        const char *next = json_string_value(json_object_get(answer.json, "nextToken"));
        free(l->token);
        l->token = next && next[0] ? xstrdup(next) : NULL;
    }
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}

static bool list_all(struct aws *a, struct listing *l, struct error *err)
{
    bool is_ok = true;
    int pages = 0;
    do {
        if (++pages > MAX_PAGES)
            is_ok = error_set(err, ERROR_INTERNAL, "apigatewayv2 %s: more than %d pages",
                              l->operation, MAX_PAGES);
        else
            is_ok = list_page(a, l, err);
    } while (is_ok && l->token);
    free(l->token);
    l->token = NULL;
    if (!is_ok)
        free(l->items);
    return is_ok;
}

bool apigateway_list_apis(struct aws *a, struct cancel *cancel, struct http_api **out,
                          size_t *count, struct error *err)
{
    struct listing l = {.operation = "GetApis",
                        .path = "/v2/apis",
                        .cancel = cancel,
                        .read = read_api,
                        .item_size = sizeof(struct http_api)};
    if (!list_all(a, &l, err))
        return false;
    *out = (void *)l.items;
    *count = l.count;
    return true;
}

bool apigateway_list_integrations(struct aws *a, const char *api_id, struct cancel *cancel,
                                  struct api_integration **out, size_t *count, struct error *err)
{
    auto_free char *path = api_path(api_id, "/integrations");
    struct listing l = {.operation = "GetIntegrations",
                        .path = path,
                        .cancel = cancel,
                        .read = read_integration,
                        .item_size = sizeof(struct api_integration)};
    if (!list_all(a, &l, err))
        return false;
    *out = (void *)l.items;
    *count = l.count;
    return true;
}
