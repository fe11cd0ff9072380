/* lambda.c - what is sent for each operation and what is read from its answers. */
#include "aws/lambda.h"

#include "core/cancel.h"
#include "core/clock.h"
#include "core/text.h"
#include "tests/aws_fixture.h"

static struct error err;

/* Requests must begin with their line of `expected`. */
static void expect_requests(struct fixture *f, const char *const *expected, size_t count)
{
    cr_expect_eq(scripted_requests(f->server), count);
    for (size_t i = 0; i < count && i < scripted_requests(f->server); i++)
        cr_expect_eq(strstr(f->server->requests[i], expected[i]), f->server->requests[i],
                     "wanted %s, got %s", expected[i], f->server->requests[i]);
}

TestSuite(lambda, .timeout = 60);

Test(lambda, reads_a_function_and_never_the_values_of_its_environment)
{
    auto_free char *reply = fixture_reply(
        "200 OK", "",
        "{\"Configuration\":{\"FunctionName\":\"fn\",\"Version\":\"42\",\"RevisionId\":\"r\","
        "\"CodeSha256\":\"c\",\"State\":\"Active\",\"LastUpdateStatus\":\"InProgress\","
        "\"LastUpdateStatusReason\":\"why\",\"Role\":\"role\",\"Timeout\":30,\"MemorySize\":512,"
        "\"DeadLetterConfig\":{\"TargetArn\":\"dlq\"},\"Description\":\"d\","
        "\"Environment\":{\"Variables\":{\"DATABASE_URL\":\"postgres://u:secret@h\"}}},"
        "\"Code\":{\"ImageUri\":\"repo:tag\",\"ResolvedImageUri\":\"repo@sha256:aa\"}}");
    const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
    struct fixture f = fixture_open(&step, 1, NULL, "");
    struct lambda_configuration c;
    cr_assert(lambda_get_function(f.aws, "arn:aws:lambda:x:1:function:fn", "a b", NULL, &c, &err),
              "%s", err.message);
    static const char *const expected[] = {
        "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Afn?Qualifier=a%20b "
        "HTTP/1.1\r\n"};
    expect_requests(&f, expected, 1);
    cr_expect_str_eq(c.version, "42");
    cr_expect_str_eq(c.last_update_status, "InProgress");
    cr_expect_str_eq(c.last_update_reason, "why");
    cr_expect_str_eq(c.dead_letter_target, "dlq");
    cr_expect_str_eq(c.resolved_image_uri, "repo@sha256:aa");
    cr_expect_eq(c.timeout_s, 30);
    cr_expect_eq(c.memory_mb, 512);
    char *names = json_dumps(c.environment_names, 0);
    cr_expect_str_eq(names, "[\"DATABASE_URL\"]");
    free(names);
    lambda_configuration_clear(&c);
    fixture_close(&f);
}

Test(lambda, reads_all_pages_of_versions)
{
    auto_free char *first = fixture_reply(
        "200 OK", "",
        "{\"NextMarker\":\"m=1/\",\"Versions\":[{\"FunctionName\":\"fn\",\"Version\":\"$LATEST\"},"
        "{\"FunctionName\":\"fn\",\"Version\":\"1\"}]}");
    auto_free char *second = fixture_reply(
        "200 OK", "",
        "{\"NextMarker\":\"\",\"Versions\":[{\"FunctionName\":\"fn\",\"Version\":\"2\"}]}");
    const struct scripted_step steps[] = {{first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct lambda_configuration *versions = NULL;
    size_t count = 0;
    cr_assert(lambda_list_versions(f.aws, "fn", NULL, &versions, &count, &err), "%s", err.message);
    static const char *const expected[] = {
        "GET /2015-03-31/functions/fn/versions?MaxItems=50 HTTP/1.1\r\n",
        "GET /2015-03-31/functions/fn/versions?MaxItems=50&Marker=m%3D1%2F HTTP/1.1\r\n"};
    expect_requests(&f, expected, 2);
    cr_assert_eq(count, 3);
    cr_expect_str_eq(versions[0].version, "$LATEST");
    cr_expect_str_eq(versions[2].version, "2");
    lambda_versions_free(versions, count);
    fixture_close(&f);
}

Test(lambda, updates_code_and_publishes_with_their_guards)
{
    auto_free char *reply =
        fixture_reply("201 Created", "", "{\"FunctionName\":\"fn\",\"Version\":\"7\"}");
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}, {reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct lambda_configuration c;
    cr_assert(lambda_update_function_code(f.aws, "fn", "repo@sha256:aa", "r0", &c, &err), "%s",
              err.message);
    cr_assert(lambda_publish_version(f.aws, "fn", "sha", "r1", "says \"so\"", &c, &err), "%s",
              err.message);
    cr_expect_str_eq(c.version, "7");
    static const char *const expected[] = {"PUT /2015-03-31/functions/fn/code HTTP/1.1\r\n",
                                           "POST /2015-03-31/functions/fn/versions HTTP/1.1\r\n"};
    expect_requests(&f, expected, 2);
    cr_expect_not_null(
        strstr(f.server->requests[0], "{\"ImageUri\":\"repo@sha256:aa\",\"RevisionId\":\"r0\"}"));
    cr_expect_not_null(strstr(f.server->requests[1],
                              "{\"CodeSha256\":\"sha\",\"Description\":\"says \\\"so\\\"\","
                              "\"RevisionId\":\"r1\"}"));
    fixture_close(&f);
}

Test(lambda, reads_an_alias_with_and_without_weights)
{
    static const struct {
        const char *routing, *additional;
        double weight;
        int count;
    } cases[] = {
        {"", "", 0, 0},
        {",\"RoutingConfig\":null", "", 0, 0},
        {",\"RoutingConfig\":{}", "", 0, 0},
        {",\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}", "", 0, 0},
        {",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":0.25}}", "42", 0.25, 1},
        {",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":0.25,\"43\":0.1}}", "42", 0.25,
         2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *body =
            xasprintf("{\"Name\":\"live\",\"FunctionVersion\":\"41\",\"Description\":\"d\"%s}",
                      cases[i].routing);
        auto_free char *reply = fixture_reply("200 OK", "", body);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        struct lambda_alias alias;
        cr_assert(lambda_get_alias(f.aws, "fn", "live", NULL, &alias, &err), "%s", err.message);
        cr_expect_str_eq(alias.additional_version, cases[i].additional);
        cr_expect_float_eq(alias.additional_weight, cases[i].weight, 1e-12);
        cr_expect_eq(alias.weight_count, cases[i].count);
        fixture_close(&f);
    }
}

Test(lambda, sends_empty_weights_too_and_no_weight_that_aws_refuses)
{
    auto_free char *reply =
        fixture_reply("200 OK", "", "{\"Name\":\"live\",\"FunctionVersion\":\"42\"}");
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}, {reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct lambda_alias alias;
    cr_assert(lambda_update_alias(f.aws, "fn", "live", "42", "", 0, NULL, "", &alias, &err));
    cr_expect_not_null(strstr(f.server->requests[0],
                              "{\"Description\":\"\",\"FunctionVersion\":\"42\","
                              "\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}}"),
                       "%s", f.server->requests[0]);
    static const double wrong[] = {0, 1, 1.5, -0.1};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        cr_expect_not(
            lambda_update_alias(f.aws, "fn", "live", "41", "42", wrong[i], "", "", &alias, &err));
        cr_expect_eq(err.kind, ERROR_USAGE);
    }
    cr_expect_not(lambda_update_alias(f.aws, "fn", "live", "", "", 0, "", "", &alias, &err));
    cr_assert(lambda_create_alias(f.aws, "fn", "live", "42", "d", &alias, &err));
    cr_expect_not_null(
        strstr(f.server->requests[1],
               "{\"Description\":\"d\",\"FunctionVersion\":\"42\",\"Name\":\"live\"}"));
    cr_expect_eq(scripted_requests(f.server), 2);
    fixture_close(&f);
}

Test(lambda, invokes_once_and_brings_back_what_the_function_said)
{
    static const struct {
        const char *status, *headers, *body;
        bool is_ok;
        enum error_kind kind;
    } cases[] = {
        {"200 OK", "X-Amz-Executed-Version: 42\r\n", "\"any text\"", true, ERROR_NONE},
        {"200 OK", "X-Amz-Executed-Version: 42\r\nX-Amz-Function-Error: Unhandled\r\n",
         "{\"errorMessage\":\"x\"}", true, ERROR_NONE},
        {"200 OK", "X-Amz-Executed-Version: 42\r\n", "", true, ERROR_NONE},
        {"502 Bad", "x-amzn-ErrorType: ServiceException\r\n", "{}", false, ERROR_UNKNOWN},
        {"404 No", "x-amzn-ErrorType: ResourceNotFoundException\r\n", "{}", false, ERROR_NOT_FOUND},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *reply = fixture_reply(cases[i].status, cases[i].headers, cases[i].body);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        struct lambda_invocation invocation;
        bool is_ok = lambda_invoke(f.aws, "fn", "42", "{\"a\":1}", NULL, &invocation, &err);
        cr_expect_eq(is_ok, cases[i].is_ok);
        if (is_ok) {
            cr_expect_str_eq(invocation.executed_version, "42");
            cr_expect_str_eq(invocation.payload, cases[i].body);
            cr_expect_str_eq(invocation.function_error, i == 1 ? "Unhandled" : "");
            lambda_invocation_clear(&invocation);
        } else {
            cr_expect_eq(err.kind, cases[i].kind, "%s", err.message);
        }
        static const char *const expected[] = {
            "POST /2015-03-31/functions/fn/invocations?Qualifier=42 HTTP/1.1\r\n"};
        expect_requests(&f, expected, 1);
        fixture_close(&f);
    }
}

struct later {
    struct cancel *cancel;
    struct scripted_server *server;
};

static void *cancel_after_the_request(void *context)
{
    struct later *later = context;
    scripted_wait(later->server, 1);
    cancel_set(later->cancel);
    return NULL;
}

/* A version that hangs must not hold up whoever wants to go back. */
Test(lambda, an_invocation_ends_when_it_is_cancelled)
{
    static const struct scripted_step hang[] = {{NULL, SCRIPTED_HANG, 0}};
    struct fixture f = fixture_open(hang, 1, NULL, "");
    struct later later = {cancel_new(), f.server};
    struct lambda_invocation invocation;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, cancel_after_the_request, &later), 0);
    int64_t started_ms = clock_boot_ms();
    cr_expect_not(lambda_invoke(f.aws, "fn", "42", "{}", later.cancel, &invocation, &err));
    cr_expect_lt(clock_boot_ms() - started_ms, 5000);
    cr_expect_eq(err.kind, ERROR_CANCELLED, "%s", err.message);
    pthread_join(thread, NULL);
    cr_expect_eq(scripted_requests(f.server), 1);
    cancel_unref(later.cancel);
    fixture_close(&f);
}

/* 256 characters are allowed; AWS counts characters, not bytes. */
Test(lambda, keeps_a_description_whole_and_never_half_a_character)
{
    struct buf body;
    buf_init(&body, 8192);
    buf_adds(&body, "{\"Name\":\"live\",\"FunctionVersion\":\"41\",\"Description\":\"");
    for (int i = 0; i < 256; i++)
        buf_adds(&body, "\u20ac");
    buf_adds(&body, "\",\"RevisionId\":\"x");
    for (int i = 0; i < 200; i++)
        buf_adds(&body, "\u20ac");
    buf_adds(&body, "\"}");
    auto_free char *reply = fixture_reply("200 OK", "", body.ptr);
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, 1, NULL, "");
    struct lambda_alias alias;
    cr_assert(lambda_get_alias(f.aws, "fn", "live", NULL, &alias, &err), "%s", err.message);
    cr_expect_eq(strlen(alias.description), 256 * 3);
    cr_expect(text_is_utf8(alias.revision_id, strlen(alias.revision_id)));
    buf_clear(&body);
    fixture_close(&f);
}

Test(lambda, opens_the_policy_inside_the_answer)
{
    auto_free char *good =
        fixture_reply("200 OK", "", "{\"Policy\":\"{\\\"Statement\\\":[]}\",\"RevisionId\":\"r\"}");
    auto_free char *bad = fixture_reply("200 OK", "", "{\"Policy\":\"{\"}");
    const struct scripted_step steps[] = {{good, SCRIPTED_KEEP, 0}, {bad, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    json_t *policy = NULL;
    cr_assert(lambda_get_policy(f.aws, "fn", "live", NULL, &policy, &err), "%s", err.message);
    cr_expect(json_is_array(json_object_get(policy, "Statement")));
    json_decref(policy);
    cr_expect_not(lambda_get_policy(f.aws, "fn", "live", NULL, &policy, &err));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
    fixture_close(&f);
}
