/* serve_apigateway.c - HTTP APIs are listed page by page, and call the alias. */
#include "sandbox/services.h"
#include "tests/world_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PROD_API "p9d0g7h8i9"

static struct answered get(struct world *w, const char *uri)
{
    return fixture_call(w, &serve_apigateway_service, "GET", uri, "");
}

Test(serve_apigateway, calls_the_alias_of_the_function)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered api = get(w, "/v2/apis/" PROD_API);
    cr_expect_str_eq(fixture_text(&api, "name"), "finally-prod-gateway");
    cr_expect_str_eq(fixture_text(&api, "protocolType"), "HTTP");
    answered_clear(&api);
    struct answered found = get(w, "/v2/apis/" PROD_API "/integrations?maxResults=100");
    const json_t *items = json_object_get(found.json, "items");
    cr_expect_eq(json_array_size(items), 1);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_array_get(items, 0), "integrationUri")),
        "arn:aws:lambda:eu-central-1:123456789012:function:finally-prod-api:production");
    answered_clear(&found);
    world_free(w);
}

Test(serve_apigateway, lists_apis_page_by_page)
{
    static const struct {
        const char *uri;
        size_t count;
        const char *next;
    } cases[] = {
        {"/v2/apis", 3, NULL},
        {"/v2/apis?maxResults=2", 2, "2"},
        {"/v2/apis?maxResults=2&nextToken=2", 1, NULL},
        {"/v2/apis?maxResults=3", 3, NULL},
        {"/v2/apis?nextToken=3", 0, NULL},
    };
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answered got = get(w, cases[i].uri);
        const char *next = json_string_value(json_object_get(got.json, "nextToken"));
        cr_expect_eq(json_array_size(json_object_get(got.json, "items")), cases[i].count, "%s",
                     cases[i].uri);
        cr_expect_eq(next == NULL, cases[i].next == NULL, "%s", cases[i].uri);
        if (next != NULL && cases[i].next != NULL)
            cr_expect_str_eq(next, cases[i].next);
        answered_clear(&got);
    }
    world_free(w);
}

Test(serve_apigateway, refuses_as_api_gateway_does)
{
    static const struct {
        const char *uri;
        int status;
        const char *code;
    } cases[] = {
        {"/v2/apis/nobody", 404, "NotFoundException"},
        {"/v2/apis/nobody/integrations", 404, "NotFoundException"},
        {"/v2/apis?maxResults=0", 400, "BadRequestException"},
        {"/v2/apis?maxResults=many", 400, "BadRequestException"},
        {"/v2/apis?nextToken=4", 400, "BadRequestException"},
        {"/v2/apis?nextToken=9223372036854775807", 400, "BadRequestException"},
        {"/v2/apis?nextToken=-1", 400, "BadRequestException"},
        {"/v2/nothing", 404, "UnknownOperationException"},
    };
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answered got = get(w, cases[i].uri);
        cr_expect_eq(got.status, cases[i].status, "%s", cases[i].uri);
        cr_expect_str_eq(got.code, cases[i].code, "%s: %s", cases[i].uri, got.code);
        answered_clear(&got);
    }
    world_free(w);
}
