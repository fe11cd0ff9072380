/* proxy_event.c - a request as API Gateway hands it on, and an answer as API Gateway takes it. */
#include "aws/proxy_event.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "core/mem.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

Test(proxy_event, is_a_request_of_format_2)
{
    auto_free char *text =
        proxy_event_make("GET", "/assets?kind=car&sold", "r-0001", INT64_C(1764000000000));
    json_t *event = json_loads(text, 0, NULL);
    json_t *wanted =
        json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:b}", "version", "2.0", "rawPath", "/assets",
                  "rawQueryString", "kind=car&sold", "queryStringParameters", "kind", "car", "sold",
                  "", "routeKey", "$default", "isBase64Encoded", false);
    const char *key;
    json_t *value;

    cr_assert_not_null(event, "%s", text);
    json_object_foreach(wanted, key, value)
        cr_expect(json_equal(json_object_get(event, key), value), "%s in %s", key, text);
    const json_t *http = json_object_get(json_object_get(event, "requestContext"), "http");
    cr_expect_str_eq(json_string_value(json_object_get(http, "method")), "GET");
    cr_expect_str_eq(json_string_value(json_object_get(http, "path")), "/assets");
    json_decref(wanted);
    json_decref(event);
}

static const struct {
    const char *payload;
    int status; /* 0 = refused */
    const char *body;
} replies[] = {
    {"{\"statusCode\":200,\"body\":\"hello\"}", 200, "hello"},
    {"{\"statusCode\":204}", 204, ""},
    {"{\"statusCode\":\"503\",\"body\":\"\"}", 503, ""},
    {"{\"statusCode\":200,\"body\":\"a\\u0000b\"}", 0, NULL},
    {"{\"ok\":true}", 200, "{\"ok\":true}"}, /* no statusCode: all of it is the body */
    {"\"hello\"", 200, "hello"},
    {"[1]", 200, "[1]"},
    {"null", 200, "null"},
    {"{\"statusCode\":200,\"body\":{\"a\":1}}", 200, "{\"a\":1}"},
    {"{\"statusCode\":20}", 0, NULL},
    {"{\"statusCode\":\"fine\"}", 0, NULL},
    {"{\"statusCode\":true}", 0, NULL},
    {"{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"aGk=\"}", 0, NULL},
    {"", 0, NULL},
    {"<html>", 0, NULL},
    {"{\"statusCode\":200", 0, NULL},
};

Test(proxy_event, takes_an_answer_as_api_gateway_does)
{
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct proxy_reply reply = {0};
        struct error err = {0};
        bool ok = proxy_event_read_reply(replies[i].payload, &reply, &err);
        cr_expect_eq(ok, replies[i].status != 0, "%s: %s", replies[i].payload, err.message);
        cr_expect_eq(reply.status, replies[i].status, "%s", replies[i].payload);
        cr_expect(!ok || strcmp(reply.body, replies[i].body) == 0, "%s: %s", replies[i].payload,
                  reply.body);
        cr_expect(ok || err.kind == ERROR_REFUSED, "%s", replies[i].payload);
        proxy_event_clear_reply(&reply);
    }
}
