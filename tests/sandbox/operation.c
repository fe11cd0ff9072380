/* operation.c - requests are read as AWS reads them, and refused in the words of their form. */
#include "sandbox/operation.h"

#include <criterion/criterion.h>
#include <string.h>

#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool serve_nothing(struct world *world, const struct request *r, struct reply *reply)
{
    (void)world;
    (void)r;
    (void)reply;
    return true;
}

static const struct operation rest_rows[] = {
    {.name = "GetThing", .method = "GET", .path = "/v1/things/{}", .serve = serve_nothing},
    {.name = "PutThing", .method = "PUT", .path = "/v1/things/{}", .serve = serve_nothing},
    {.name = "GetPart", .method = "GET", .path = "/v1/things/{}/parts/{}", .serve = serve_nothing},
    {0},
};
static const struct service rest = {
    .name = "rest", .form = WIRE_REST_JSON, .operations = rest_rows};

static const struct operation named_rows[] = {
    {.name = "Describe", .serve = serve_nothing},
    {.name = "Create", .is_write = true, .target = "Name", .serve = serve_nothing},
    {0},
};
static const struct service json10 = {
    .name = "json", .form = WIRE_JSON_1_0, .target_prefix = "Thing.", .operations = named_rows};
static const struct service query = {.name = "query",
                                     .form = WIRE_QUERY,
                                     .xml_namespace = "http://example.com/doc/",
                                     .operations = named_rows};

struct reading {
    struct request request;
    struct reply reply;
    const struct operation *operation;
};

static struct reading read_wire(const struct service *service, const char *method, const char *uri,
                                const char *target, const char *content_type, const char *body)
{
    struct reading got;
    const struct wire_request wire = {.method = method,
                                      .uri = uri,
                                      .target = target,
                                      .content_type = content_type,
                                      .body = body,
                                      .body_len = strlen(body)};
    operation_reply_init(&got.reply);
    got.operation = operation_read(service, &wire, &got.request, &got.reply);
    return got;
}

static void end(struct reading *got)
{
    operation_request_clear(&got->request);
    operation_reply_clear(&got->reply);
}

Test(operation, is_found_by_method_and_path)
{
    static const struct {
        const char *method, *uri, *name, *target;
    } cases[] = {
        {"GET", "/v1/things/a", "GetThing", "a"},
        {"PUT", "/v1/things/a", "PutThing", "a"},
        {"GET", "/v1/things/a?x=/v1/", "GetThing", "a"},
        {"GET", "/v1/things/a%2Fb%20c", "GetThing", "a/b c"},
        {"GET", "/v1/things/arn%3Aaws%3Ax", "GetThing", "arn:aws:x"},
        {"GET", "/v1/things/a/parts/b", "GetPart", "a/b"},
        {"DELETE", "/v1/things/a", NULL, NULL},
        {"GET", "/v1/things/", NULL, NULL},
        {"GET", "/v1/things", NULL, NULL},
        {"GET", "/v1/things/a/parts", NULL, NULL},
        {"GET", "/v1/things/a/b", NULL, NULL},
        {"GET", "/", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reading got = read_wire(&rest, cases[i].method, cases[i].uri, NULL, NULL, "");
        cr_expect_eq(got.operation != NULL, cases[i].name != NULL, "%s", cases[i].uri);
        if (got.operation != NULL && cases[i].name != NULL) {
            auto_buf target;
            buf_init(&target, 256);
            operation_target(&got.request, &target);
            cr_expect_str_eq(got.operation->name, cases[i].name);
            cr_expect_str_eq(target.ptr, cases[i].target);
        } else {
            cr_expect_eq(got.reply.status, 404);
        }
        end(&got);
    }
}

Test(operation, is_found_by_target_or_action)
{
    static const struct {
        const struct service *service;
        const char *uri, *target, *type, *body, *name;
        enum wire_form form;
    } cases[] = {
        {&json10, "/", "Thing.Describe", "application/x-amz-json-1.0", "{}", "Describe",
         WIRE_JSON_1_0},
        {&json10, "/", "Other.Describe", "application/x-amz-json-1.0", "{}", NULL, WIRE_JSON_1_0},
        {&json10, "/", NULL, FORM, "Action=Describe", "Describe", WIRE_QUERY},
        {&query, "/", NULL, FORM, "Version=1&Action=Create&Name=x", "Create", WIRE_QUERY},
        {&query, "/?Action=Describe&Version=1", NULL, NULL, "", "Describe", WIRE_QUERY},
        {&query, "/", NULL, FORM, "Action=Nothing", NULL, WIRE_QUERY},
        {&query, "/", NULL, FORM, "", NULL, WIRE_QUERY},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reading got = read_wire(cases[i].service, "POST", cases[i].uri, cases[i].target,
                                       cases[i].type, cases[i].body);
        cr_expect_eq(got.request.form, cases[i].form, "case %zu", i);
        cr_expect_eq(got.operation != NULL, cases[i].name != NULL, "case %zu", i);
        if (got.operation != NULL && cases[i].name != NULL)
            cr_expect_str_eq(got.operation->name, cases[i].name);
        end(&got);
    }
}

Test(operation, decodes_arguments_once)
{
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"a", "1 2"},   {"b", "x+y"}, {"c", ""},
        {"d", "%41"},   {"e", "a=b"}, {"with blank", "\xc3\xa4"},
        {"f", "%0"},    {"g", "%zz"}, {"nul", "a%00b"},
        {"none", NULL},
    };
    struct reading got = read_wire(&query, "POST", "/", NULL, FORM,
                                   "Action=Describe&a=1+2&b=x%2By&c&d=%2541&e=a=b&with+blank=%C3%a4"
                                   "&f=%0&g=%zz&nul=a%00b&&a=later");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *value = operation_argument(&got.request, cases[i].name);
        if (cases[i].value == NULL)
            cr_expect_null(value);
        else
            cr_expect_str_eq(value, cases[i].value, "%s is %s", cases[i].name, value);
    }
    end(&got);
}

Test(operation, refuses_a_body_that_is_no_json)
{
    struct reading got = read_wire(&rest, "PUT", "/v1/things/a", NULL, NULL, "{\"a\":");
    cr_expect_null(got.operation);
    cr_expect_eq(got.reply.status, 400);
    cr_expect_str_eq(got.reply.headers[0].value, "InvalidRequestContentException");
    end(&got);
    got = read_wire(&json10, "POST", "/", "Thing.Describe", NULL, "no");
    cr_expect_not_null(strstr(got.reply.body.ptr, "\"__type\":\"SerializationException\""));
    end(&got);
}

Test(operation, is_refused_in_the_words_of_its_form)
{
    struct reading got = read_wire(&rest, "GET", "/v1/things/a", NULL, NULL, "");
    cr_expect_not(
        operation_refuse(&got.request, &got.reply, 412, "Precondition", "no \"%s\"", "a"));
    cr_expect_eq(got.reply.status, 412);
    cr_expect_str_eq(got.reply.body.ptr, "{\"Type\":\"User\",\"message\":\"no \\\"a\\\"\"}");
    cr_expect_str_eq(got.reply.headers[0].name, "x-amzn-ErrorType");
    cr_expect_str_eq(got.reply.headers[0].value, "Precondition");
    end(&got);

    got = read_wire(&json10, "POST", "/", "Thing.Describe", NULL, "{}");
    (void)operation_refuse(&got.request, &got.reply, 500, "Broken", "why");
    cr_expect_str_eq(got.reply.body.ptr, "{\"__type\":\"Broken\",\"message\":\"why\"}");
    cr_expect_str_eq(got.reply.content_type, "application/x-amz-json-1.0");
    cr_expect_str_eq(got.reply.headers[0].value, "Broken;Receiver");
    end(&got);

    got = read_wire(&query, "POST", "/", NULL, FORM, "Action=Describe");
    memcpy(got.request.request_id, "id", 3);
    (void)operation_refuse(&got.request, &got.reply, 404, "NotThere", "<%s> & \xff", "x");
    cr_expect_str_eq(got.reply.content_type, "text/xml");
    cr_expect_str_eq(got.reply.body.ptr,
                     "<ErrorResponse xmlns=\"http://example.com/doc/\"><Error><Type>Sender</Type>"
                     "<Code>NotThere</Code><Message>&lt;x&gt; &amp; \xef\xbf\xbd</Message></Error>"
                     "<RequestId>id</RequestId></ErrorResponse>");
    end(&got);
}

Test(operation, answers_in_the_envelope_of_the_query_protocol)
{
    struct reading got = read_wire(&query, "POST", "/", NULL, FORM, "Action=Describe");
    memcpy(got.request.request_id, "id", 3);
    operation_xml_begin(&got.request, &got.reply);
    operation_xml_element(&got.reply.body, "Name", "a<b\x01");
    cr_expect(operation_xml_end(&got.request, &got.reply));
    cr_expect_str_eq(got.reply.body.ptr,
                     "<DescribeResponse xmlns=\"http://example.com/doc/\"><DescribeResult>"
                     "<Name>a&lt;b </Name></DescribeResult><ResponseMetadata><RequestId>id"
                     "</RequestId></ResponseMetadata></DescribeResponse>");
    end(&got);
}

Test(operation, keeps_one_header_of_a_name)
{
    struct reply reply;
    operation_reply_init(&reply);
    operation_header(&reply, "Retry-After", "1");
    operation_header(&reply, "retry-after", "2");
    cr_expect_eq(reply.header_count, 1);
    cr_expect_str_eq(reply.headers[0].value, "2");
    operation_reply_clear(&reply);
}
