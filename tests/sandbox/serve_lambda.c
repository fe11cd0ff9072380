/* serve_lambda.c - the Lambda API as clients see it: what it gives, and every refusal. */
#include "sandbox/services.h"
#include "tests/world_fixture.h"

#define FUNCTIONS "/2015-03-31/functions/"
#define FN FUNCTIONS PROD
#define ALIAS FN "/aliases/production"

static struct answered call(struct world *w, const char *method, const char *uri, const char *body)
{
    return fixture_call(w, &serve_lambda_service, method, uri, body);
}

static const struct {
    const char *what, *method, *uri, *body;
    int status;
    const char *code;
} refusals[] = {
    {"no function", "GET", FUNCTIONS "nobody", "", 404, "ResourceNotFoundException"},
    {"no version", "GET", FN "?Qualifier=99", "", 404, "ResourceNotFoundException"},
    {"two qualifiers", "GET", FN ":41?Qualifier=40", "", 400, "InvalidParameterValueException"},
    {"no alias", "GET", FN "/aliases/nothing", "", 404, "ResourceNotFoundException"},
    {"no policy", "GET", FN "/policy", "", 404, "ResourceNotFoundException"},
    {"marker", "GET", FN "/versions?Marker=x", "", 400, "InvalidParameterValueException"},
    {"page of 0", "GET", FN "/versions?MaxItems=0", "", 400, "InvalidParameterValueException"},
    {"broken JSON", "PUT", ALIAS, "{", 400, "InvalidRequestContentException"},
    {"wrong type", "PUT", ALIAS, "{\"FunctionVersion\":41}", 400, "SerializationException"},
    {"no image", "PUT", FN "/code", "{\"ZipFile\":\"\"}", 400, "InvalidParameterValueException"},
    {"other registry", "PUT", FN "/code", "{\"ImageUri\":\"registry.example/x:1\"}", 400,
     "InvalidParameterValueException"},
    {"short digest", "PUT", FN "/code",
     "{\"ImageUri\":\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/"
     "finally-api@sha256:aa\"}",
     400, "InvalidParameterValueException"},
    {"code, old revision", "PUT", FN "/code",
     "{\"RevisionId\":\"x\",\"ImageUri\":\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/"
     "finally-api:v1\"}",
     412, "PreconditionFailedException"},
    {"publish, old revision", "POST", FN "/versions", "{\"RevisionId\":\"x\"}", 412,
     "PreconditionFailedException"},
    {"publish, other code", "POST", FN "/versions", "{\"CodeSha256\":\"x\"}", 400,
     "InvalidParameterValueException"},
    {"alias, old revision", "PUT", ALIAS, "{\"RevisionId\":\"x\"}", 412,
     "PreconditionFailedException"},
    {"alias, no version", "PUT", ALIAS, "{\"FunctionVersion\":\"99\"}", 404,
     "ResourceNotFoundException"},
    {"alias, no number", "PUT", ALIAS, "{\"FunctionVersion\":\"production\"}", 404,
     "ResourceNotFoundException"},
    {"weight of all", "PUT", ALIAS, "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":1}}}",
     400, "InvalidParameterValueException"},
    {"weight above all", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":1.5}}}", 400, "ValidationException"},
    {"weight below none", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":-0.1}}}", 400,
     "ValidationException"},
    {"weight that is text", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":\"0.1\"}}}", 400,
     "SerializationException"},
    {"weight on no version", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"99\":0.1}}}", 404,
     "ResourceNotFoundException"},
    {"weight on $LATEST", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"$LATEST\":0.1}}}", 400,
     "InvalidParameterValueException"},
    {"weight beside $LATEST", "PUT", ALIAS,
     "{\"FunctionVersion\":\"$LATEST\",\"RoutingConfig\":{\"AdditionalVersionWeights\":"
     "{\"40\":0.1}}}",
     400, "InvalidParameterValueException"},
    {"weight on itself", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"41\":0.1}}}", 400,
     "InvalidParameterValueException"},
    {"two weights", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":0.1,\"39\":0.1}}}", 400,
     "InvalidParameterValueException"},
    {"another role", "PUT", ALIAS,
     "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"36\":0.1}}}", 400,
     "InvalidParameterValueException"},
    {"alias exists", "POST", FN "/aliases", "{\"Name\":\"production\",\"FunctionVersion\":\"41\"}",
     409, "ResourceConflictException"},
    {"alias that is a number", "POST", FN "/aliases",
     "{\"Name\":\"12\",\"FunctionVersion\":\"41\"}", 400, "ValidationException"},
    {"alias without a version", "POST", FN "/aliases", "{\"Name\":\"x\"}", 400,
     "ValidationException"},
    {"invoke, no version", "POST", FN "/invocations?Qualifier=99", "{}", 404,
     "ResourceNotFoundException"},
    {"invoke, no JSON", "POST", FN "/invocations", "x", 400, "InvalidRequestContentException"},
};

Test(serve_lambda, refuses_as_aws_does)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered before = call(w, "GET", ALIAS, "");
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct answered a = call(w, refusals[i].method, refusals[i].uri, refusals[i].body);
        cr_expect_eq(a.status, refusals[i].status, "%s: %d %s", refusals[i].what, a.status, a.text);
        cr_expect_str_eq(a.code, refusals[i].code, "%s: %s", refusals[i].what, a.text);
        cr_expect_gt(strlen(fixture_text(&a, "message")), 8, "%s", refusals[i].what);
        answered_clear(&a);
    }
    struct answered after = call(w, "GET", ALIAS, "");
    cr_expect_str_eq(after.text, before.text, "what is refused changes nothing");
    answered_clear(&before);
    answered_clear(&after);
    world_free(w);
}

Test(serve_lambda, refuses_descriptions_of_more_than_256_characters)
{
    struct world *w = fixture_world(1, "healthy");
    char text[258];
    memset(text, 'x', sizeof text);
    for (int len = 256; len <= 257; len++) {
        auto_free char *body = xasprintf("{\"Description\":\"%.*s\"}", len, text);
        struct answered alias = call(w, "PUT", ALIAS, body);
        struct answered version = call(w, "POST", FN "/versions", body);
        cr_expect_eq(alias.status, len <= 256 ? 200 : 400);
        cr_expect_eq(version.status, len <= 256 ? 201 : 400);
        answered_clear(&alias);
        answered_clear(&version);
    }
    world_free(w);
}

Test(serve_lambda, refuses_what_would_meet_an_update_in_progress)
{
    struct world *w = fixture_world(1, "healthy");
    const char *image = "{\"ImageUri\":\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/"
                        "finally-api:v9\"}";
    struct answered a = call(w, "PUT", FN "/code", image);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(fixture_text(&a, "LastUpdateStatus"), "InProgress");
    answered_clear(&a);
    static const char *const writes[][2] = {{"PUT", FN "/code"}, {"POST", FN "/versions"}};
    for (size_t i = 0; i < 2; i++) {
        a = call(w, writes[i][0], writes[i][1], i == 0 ? image : "{}");
        cr_expect_eq(a.status, 409);
        cr_expect_str_eq(a.code, "ResourceConflictException");
        answered_clear(&a);
    }
    fixture_wait(w, 20);
    a = call(w, "GET", FN "/configuration", "");
    cr_expect_str_eq(fixture_text(&a, "LastUpdateStatus"), "Successful");
    answered_clear(&a);
    a = call(w, "POST", FN "/versions", "{}");
    cr_expect_eq(a.status, 201);
    cr_expect_str_eq(fixture_text(&a, "State"), "Pending");
    answered_clear(&a);
    a = call(w, "POST", FN "/invocations?Qualifier=42", "{}");
    cr_expect_eq(a.status, 409);
    answered_clear(&a);
    a = call(w, "PUT", ALIAS, "{\"FunctionVersion\":\"42\"}");
    cr_expect_eq(a.status, 409);
    answered_clear(&a);
    fixture_wait(w, 8);
    a = call(w, "PUT", ALIAS, "{\"FunctionVersion\":\"42\"}");
    cr_expect_eq(a.status, 200, "%s", a.text);
    answered_clear(&a);
    world_free(w);
}

Test(serve_lambda, an_alias_write_gives_a_new_revision_and_is_read_back)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered before = call(w, "GET", ALIAS, "");
    auto_free char *body =
        xasprintf("{\"FunctionVersion\":\"41\",\"RevisionId\":\"%s\",\"Description\":\"d\","
                  "\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"40\":0.25}}}",
                  fixture_text(&before, "RevisionId"));
    struct answered written = call(w, "PUT", ALIAS, body);
    struct answered after = call(w, "GET", ALIAS, "");
    cr_expect_eq(written.status, 200);
    cr_expect_str_eq(written.text, after.text);
    cr_expect_str_neq(fixture_text(&after, "RevisionId"), fixture_text(&before, "RevisionId"));
    cr_expect_neq(strstr(after.text, "\"AdditionalVersionWeights\":{\"40\":0.25}"), NULL, "%s",
                  after.text);
    struct answered again = call(w, "PUT", ALIAS, body);
    cr_expect_eq(again.status, 412);
    answered_clear(&before);
    answered_clear(&written);
    answered_clear(&after);
    answered_clear(&again);
    world_free(w);
}

Test(serve_lambda, lists_versions_in_pages)
{
    struct world *w = fixture_world(1, "healthy");
    static const char *const sizes[] = {"", "MaxItems=3&", "MaxItems=50&"};
    static const char *const expected[] = {"$LATEST", "36", "37", "38", "39", "40", "41"};
    for (size_t i = 0; i < 3; i++) {
        char marker[32] = "";
        size_t seen = 0, pages = 0;
        do {
            auto_free char *uri =
                xasprintf(FN "/versions?%s%s%s", sizes[i], marker[0] ? "Marker=" : "", marker);
            struct answered a = call(w, "GET", uri, "");
            json_t *versions = json_object_get(a.json, "Versions"), *version;
            size_t index;
            json_array_foreach(versions, index, version)
            {
                cr_assert_lt(seen, 7);
                cr_expect_str_eq(json_string_value(json_object_get(version, "Version")),
                                 expected[seen++]);
            }
            const char *next = json_string_value(json_object_get(a.json, "NextMarker"));
            snprintf(marker, sizeof marker, "%s", next ? next : "");
            pages++;
            answered_clear(&a);
        } while (marker[0] && pages < 10);
        cr_expect_eq(seen, 7);
        cr_expect_geq(pages, 2);
    }
    world_free(w);
}

Test(serve_lambda, a_function_is_found_by_each_of_its_names)
{
    static const char *const names[] = {
        FN, FUNCTIONS "123456789012%3Afunction%3A" PROD,
        FUNCTIONS "arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3A" PROD,
        FN "%3Aproduction", FN "?Qualifier=41"};
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct answered a = call(w, "GET", names[i], "");
        json_t *configuration = json_object_get(a.json, "Configuration");
        const char *image =
            json_string_value(json_object_get(json_object_get(a.json, "Code"), "ResolvedImageUri"));
        const char *digest = json_string_value(json_object_get(configuration, "CodeSha256"));
        const char *version = json_string_value(json_object_get(configuration, "Version"));
        cr_assert_eq(a.status, 200, "%s: %s", names[i], a.text);
        cr_expect_str_eq(version, i < 3 ? "$LATEST" : "41");
        cr_expect_neq(strstr(image, digest), NULL);
        answered_clear(&a);
    }
    world_free(w);
}

Test(serve_lambda, invokes_by_alias_weight_and_by_qualifier)
{
    struct world *w = fixture_world(1, "bad-canary");
    int version = fixture_publish(w), fresh = 0, thrown = 0, healthy = 0;
    fixture_weigh(w, version, 0.5);
    for (int i = 0; i < 400; i++) {
        struct answered a =
            call(w, "POST", FN "/invocations?Qualifier=production", "{\"rawPath\":\"/health\"}");
        cr_assert_eq(a.status, 200);
        fresh += strcmp(a.executed, "42") == 0;
        cr_expect(strcmp(a.executed, "42") == 0 || strcmp(a.executed, OLD) == 0);
        answered_clear(&a);
        a = call(w, "POST", FN "/invocations?Qualifier=42",
                 "{\"rawPath\":\"/accounts\",\"headers\":{\"authorization\":\"x\"},"
                 "\"requestContext\":{\"http\":{\"method\":\"GET\"}}}");
        cr_expect_str_eq(a.executed, "42");
        thrown += strcmp(a.function_error, "Unhandled") == 0 &&
                  strcmp(fixture_text(&a, "errorType"), "TypeError") == 0;
        healthy += json_integer_value(json_object_get(a.json, "statusCode")) == 200 &&
                   strcmp(fixture_text(&a, "body"), "{\"success\":true,\"data\":[]}") == 0;
        answered_clear(&a);
    }
    cr_expect(fresh > 150 && fresh < 250, "%d", fresh);
    cr_expect(thrown > 15 && thrown < 70, "%d", thrown);
    cr_expect_geq(healthy + thrown, 395);
    world_free(w);
}

Test(serve_lambda, the_policy_lets_the_api_call_the_alias)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered a = call(w, "GET", FN "/policy?Qualifier=production", "");
    json_t *policy = json_loads(fixture_text(&a, "Policy"), 0, NULL);
    json_t *statement = json_array_get(json_object_get(policy, "Statement"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(statement, "Resource")),
                     "arn:aws:lambda:eu-central-1:123456789012:function:" PROD ":production");
    json_decref(policy);
    answered_clear(&a);
    world_free(w);
}

Test(serve_lambda, aliases_are_created_and_listed)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered a =
        call(w, "POST", FN "/aliases", "{\"Name\":\"blue\",\"FunctionVersion\":\"40\"}");
    cr_expect_eq(a.status, 201);
    answered_clear(&a);
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {{"", 2}, {"?FunctionVersion=40", 1}, {"?FunctionVersion=39", 0}};
    for (size_t i = 0; i < 3; i++) {
        auto_free char *uri = xasprintf(FN "/aliases%s", cases[i].query);
        a = call(w, "GET", uri, "");
        cr_expect_eq(json_array_size(json_object_get(a.json, "Aliases")), cases[i].count, "%s",
                     a.text);
        answered_clear(&a);
    }
    world_free(w);
}
