/* client.c - repeating, clock offsets and bad answers, against a server that misbehaves on purpose.
 */
#include "aws/client.h"

#include <time.h>

#include "aws/lambda.h"
#include "aws/sigv4.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "tests/aws_fixture.h"

#define ALIAS_BODY                                                                                 \
    "{\"Name\":\"live\",\"FunctionVersion\":\"41\",\"RevisionId\":\"r1\",\"AliasArn\":\"arn\"}"
#define ALIAS "HTTP/1.1 200 OK\r\nContent-Length: 73\r\nX-Amzn-RequestId: q-1\r\n\r\n" ALIAS_BODY
_Static_assert(sizeof ALIAS_BODY == 74, "the Content-Length above");
#define EMPTY(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"

static struct error err;
static struct lambda_alias alias;

static bool read_alias(struct fixture *f)
{
    err = (struct error){0};
    return lambda_get_alias(f->aws, "fn", "live", NULL, &alias, &err);
}

static bool write_alias(struct fixture *f)
{
    err = (struct error){0};
    return lambda_update_alias(f->aws, "fn", "live", "41", "42", 0.1, "d", "r0", &alias, &err);
}

TestSuite(client, .timeout = 60);

Test(client, signs_and_sends_what_was_asked)
{
    static const struct scripted_step steps[] = {{ALIAS, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "/prefix/");
    cr_assert(write_alias(&f), "%s", err.message);
    const char *request = f.server->requests[0];
    cr_expect_eq(strstr(request, "PUT /prefix/2015-03-31/functions/fn/aliases/live HTTP/1.1\r\n"),
                 request, "%s", request);
    cr_expect_not_null(strstr(request, "/eu-central-1/lambda/aws4_request, SignedHeaders="
                                       "content-type;host;x-amz-date;x-amz-security-token, "));
    cr_expect_not_null(strstr(request, "X-Amz-Security-Token: " SESSION_TOKEN "\r\n"));
    cr_expect_not_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    cr_expect_null(strstr(request, SECRET_KEY));
    cr_expect_not_null(
        strstr(request, "{\"Description\":\"d\",\"FunctionVersion\":\"41\",\"RevisionId\":\"r0\","
                        "\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":0.1}}}"),
        "%s", request);
    fixture_close(&f);
}

Test(client, repeats_a_read_after_a_passing_fault)
{
    static const struct scripted_step faults[] = {
        {EMPTY("500 Oops"), SCRIPTED_KEEP, 0},
        {EMPTY("503 Busy"), SCRIPTED_CLOSE, 0},
        {NULL, SCRIPTED_RESET, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 73\r\n\r\n{\"Na", SCRIPTED_CLOSE, 0},
        {EMPTY("429 Slow"), SCRIPTED_KEEP, 0},
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        const struct scripted_step steps[] = {faults[i], {ALIAS, SCRIPTED_KEEP, 0}};
        struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
        cr_expect(read_alias(&f), "fault %zu: %s", i, err.message);
        cr_expect_eq(err.kind, ERROR_NONE);
        cr_expect_str_eq(alias.revision_id, "r1");
        cr_expect_eq(aws_statistics(f.aws).retries, 1);
        fixture_close(&f);
    }
}

/* One request each: a write that may have arrived is never sent again. */
Test(client, never_repeats_a_write_that_may_have_arrived)
{
    static const struct {
        const char *what;
        struct scripted_step step;
    } cases[] = {
        {"500", {EMPTY("500 Oops"), SCRIPTED_KEEP, 0}},
        {"503 HTML", {"HTTP/1.1 503 X\r\nContent-Length: 6\r\n\r\n<html>", SCRIPTED_KEEP, 0}},
        {"reset", {NULL, SCRIPTED_RESET, 0}},
        {"closed", {NULL, SCRIPTED_CLOSE, 0}},
        {"half body", {"HTTP/1.1 200 OK\r\nContent-Length: 73\r\n\r\n{", SCRIPTED_CLOSE, 0}},
        {"not JSON", {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{x", SCRIPTED_KEEP, 0}},
        {"no alias", {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", SCRIPTED_KEEP, 0}},
        {"HTML", {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", SCRIPTED_KEEP, 0}},
        {"no HTTP", {"hello\r\n\r\n", SCRIPTED_CLOSE, 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = fixture_open(&cases[i].step, 1, NULL, "");
        cr_expect_not(write_alias(&f), "%s", cases[i].what);
        cr_expect_eq(err.kind, ERROR_UNKNOWN, "%s: %s %s", cases[i].what, error_kind_name(err.kind),
                     err.message);
        cr_expect(strstr(err.message, "lambda UpdateAlias") == err.message, "%s", err.message);
        cr_expect_neq(err.hint[0], '\0');
        cr_expect_eq(scripted_requests(f.server), 1, "%s", cases[i].what);
        fixture_close(&f);
    }
}

Test(client, repeats_a_throttled_write_after_the_time_it_is_told)
{
    static const struct scripted_step steps[] = {
        {"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 62\r\n"
         "x-amzn-ErrorType: TooManyRequestsException\r\n\r\n"
         "{\"Reason\":\"CallerRateLimitExceeded\",\"message\":\"Rate Exceeded\"}",
         SCRIPTED_CLOSE, 0},
        {ALIAS, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    int64_t started_ms = clock_boot_ms();
    cr_assert(write_alias(&f), "%s", err.message);
    cr_expect_geq(clock_boot_ms() - started_ms, 1000);
    cr_expect_eq(aws_statistics(f.aws).throttled, 1);
    cr_expect_eq(scripted_requests(f.server), 2);
    fixture_close(&f);
}

Test(client, a_throttled_write_that_never_gets_through_changed_nothing)
{
    static const struct scripted_step steps[] = {{EMPTY("429 Slow"), SCRIPTED_KEEP, 0},
                                                 {EMPTY("429 Slow"), SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), "2", "");
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_TRANSIENT);
    cr_expect_eq(scripted_requests(f.server), 2);
    fixture_close(&f);
}

Test(client, a_write_that_could_not_leave_is_repeated_and_changed_nothing)
{
    struct fixture f = fixture_open(NULL, 0, "2", "");
    struct scripted_server *gone = f.server;
    f.server = scripted_start(NULL, 0);
    scripted_stop(gone);
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_TRANSIENT, "%s", err.message);
    cr_expect_str_eq(err.code, "CONNECT");
    cr_expect_eq(aws_statistics(f.aws).retries, 1);
    fixture_close(&f);
}

/* --- the clock --- */

static char *skewed_refusal(const char *code, int64_t offset_s)
{
    time_t then = (time_t)(clock_wall_ms() / 1000 + offset_s);
    struct tm utc;
    char date[64];
    gmtime_r(&then, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return xasprintf("HTTP/1.1 403 No\r\nContent-Length: 2\r\nDate: %s\r\n"
                     "x-amzn-ErrorType: %s\r\n\r\n{}",
                     date, code);
}

/* The difference between the X-Amz-Date of the request and our clock. */
static int64_t signed_offset_s(const char *request)
{
    const char *at = strstr(request, "X-Amz-Date: ");
    struct tm utc = {0};
    cr_assert_not_null(at);
    cr_assert_not_null(strptime(at + 12, "%Y%m%dT%H%M%SZ", &utc));
    return (int64_t)timegm(&utc) - clock_wall_ms() / 1000;
}

Test(client, learns_the_servers_time_signs_anew_and_keeps_it)
{
    static const int64_t offsets_s[] = {3600, -600, 90000};
    for (size_t i = 0; i < COUNT(offsets_s); i++) {
        auto_free char *refusal = skewed_refusal(
            i == 0 ? "InvalidSignatureException" : "RequestTimeTooSkewed", offsets_s[i]);
        const struct scripted_step steps[] = {
            {refusal, SCRIPTED_KEEP, 0}, {ALIAS, SCRIPTED_KEEP, 0}, {ALIAS, SCRIPTED_KEEP, 0}};
        struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
        cr_assert(write_alias(&f), "%s", err.message);
        cr_expect_leq(labs(signed_offset_s(f.server->requests[0])), 5);
        cr_expect_leq(labs(signed_offset_s(f.server->requests[1]) - offsets_s[i]), 5);
        cr_assert(read_alias(&f), "%s", err.message);
        cr_expect_leq(labs(signed_offset_s(f.server->requests[2]) - offsets_s[i]), 5);
        cr_expect_eq(scripted_requests(f.server), 3);
        cr_expect_leq(labs(aws_statistics(f.aws).clock_offset_ms / 1000 - offsets_s[i]), 5);
        fixture_close(&f);
    }
}

Test(client, a_wrong_signature_with_the_right_time_is_denied)
{
    auto_free char *refusal = skewed_refusal("SignatureDoesNotMatch", 60);
    const struct scripted_step steps[] = {{refusal, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_expect_str_eq(err.code, "SignatureDoesNotMatch");
    cr_expect_eq(scripted_requests(f.server), 1);
    fixture_close(&f);
}

struct reader {
    struct fixture *fixture;
    struct lambda_alias alias;
    struct error err;
    bool is_ok;
};

static void *read_in_a_thread(void *context)
{
    struct reader *r = context;
    r->is_ok = lambda_get_alias(r->fixture->aws, "fn", "live", NULL, &r->alias, &r->err);
    return NULL;
}

/* It was signed before another request learnt the time, and is refused after that. */
Test(client, a_request_that_is_refused_late_finds_the_time_learnt_already)
{
    auto_free char *refusal = skewed_refusal("RequestTimeTooSkewed", 3600);
    const struct scripted_step steps[] = {{NULL, SCRIPTED_HANG, 0},
                                          {refusal, SCRIPTED_KEEP, 0},
                                          {ALIAS, SCRIPTED_KEEP, 0},
                                          {ALIAS, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct reader late = {.fixture = &f};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, read_in_a_thread, &late), 0);
    cr_assert(scripted_wait(f.server, 1));
    cr_expect(read_alias(&f), "%s", err.message);
    scripted_write(f.server->connections[0].fd, refusal, 1);
    pthread_join(thread, NULL);
    cr_assert(late.is_ok, "%s", late.err.message);
    cr_expect_leq(labs(signed_offset_s(f.server->requests[3]) - 3600), 5);
    fixture_close(&f);
}

Test(client, does_not_chase_a_clock_that_keeps_jumping)
{
    auto_free char *first = skewed_refusal("RequestTimeTooSkewed", 3600);
    auto_free char *second = skewed_refusal("RequestTimeTooSkewed", -3600);
    const struct scripted_step steps[] = {{first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_expect_eq(scripted_requests(f.server), 2);
    fixture_close(&f);
}

/* --- answers --- */

Test(client, says_what_an_error_answer_says)
{
    static const struct {
        const char *status, *headers, *body;
        enum error_kind kind;
        const char *code, *message;
    } cases[] = {
        {"404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException:http://x/\r\n",
         "{\"Message\":\"no such alias\"}", ERROR_NOT_FOUND, "ResourceNotFoundException",
         "lambda GetAlias: no such alias"},
        {"400 Bad", "", "{\"__type\":\"com.amazon#ValidationException\",\"message\":\"m\"}",
         ERROR_REFUSED, "ValidationException", "lambda GetAlias: m"},
        {"400 Bad", "x-amzn-query-error: InvalidParameterValue;Sender\r\n",
         "{\"__type\":\"com.amazon#InvalidParameterValueException\"}", ERROR_REFUSED,
         "InvalidParameterValue", "lambda GetAlias: InvalidParameterValue"},
        {"403 No", "",
         "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not "
         "you</Message></Error></ErrorResponse>",
         ERROR_DENIED, "AccessDenied", "lambda GetAlias: not you"},
        {"404 Not Found", "Content-Type: text/html\r\n", "<!doctype html><h1>Not\nFound</h1>",
         ERROR_INTERNAL, "HTTP_404",
         "lambda GetAlias: status 404 with a body that is no AWS answer (text/html): <!doctype "
         "html><h1>Not Found</h1>"},
        {"302 Found", "Location: http://login/\r\n", "", ERROR_INTERNAL, "HTTP_302",
         "lambda GetAlias: status 302 with no body"},
        {"412 Changed", "x-amzn-ErrorType: PreconditionFailedException\r\n", "{}", ERROR_CONFLICT,
         "PreconditionFailedException", "lambda GetAlias: PreconditionFailedException"},
        {"403 No", "x-amzn-ErrorType: InvalidSignatureException\r\n",
         "{\"message\":\"wrong\\nThe Canonical String was\\nx-amz-security-token:" SESSION_TOKEN
         "\"}",
         ERROR_DENIED, "InvalidSignatureException", "lambda GetAlias: wrong"},
        {"418 Tea", "", "before " SESSION_TOKEN " \x1b[2J after", ERROR_INTERNAL, "HTTP_418",
         "lambda GetAlias: status 418 with a body that is no AWS answer (no content type): before "
         "[redacted] \\x1b[2J after"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *reply = fixture_reply(cases[i].status, cases[i].headers, cases[i].body);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        cr_expect_not(read_alias(&f));
        cr_expect_eq(err.kind, cases[i].kind, "%s: %s", cases[i].body, error_kind_name(err.kind));
        cr_expect_str_eq(err.code, cases[i].code);
        cr_expect_str_eq(err.message, cases[i].message, "%s", err.message);
        fixture_close(&f);
    }
}

Test(client, an_answer_that_cannot_be_read_is_our_problem_and_is_not_asked_for_again)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"Name\":\"live\"}",
        "{\"Name\":1,\"FunctionVersion\":2}",
        "<html>",
        "{\"Name\":\"live\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{"
        "\"AdditionalVersionWeights\":"
        "{\"2\":\"half\"}}}",
        "{\"Name\":\"live\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{"
        "\"AdditionalVersionWeights\":"
        "{\"2\":1.5}}}",
        "\xff\xfe",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        auto_free char *reply = fixture_reply("200 OK", "", bodies[i]);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        cr_expect_not(read_alias(&f), "%s", bodies[i]);
        cr_expect_eq(err.kind, ERROR_INTERNAL, "%s: %s", bodies[i], err.message);
        cr_expect_str_eq(err.code, "MALFORMED_ANSWER");
        cr_expect_eq(scripted_requests(f.server), 1);
        fixture_close(&f);
    }
}

Test(client, a_huge_answer_is_refused)
{
    static const struct scripted_step step = {
        "HTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123",
        SCRIPTED_CLOSE, 300000};
    struct fixture f = fixture_open(&step, 1, "1", "");
    cr_expect_not(read_alias(&f));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
    cr_expect_str_eq(err.code, "TOO_LARGE");
    fixture_close(&f);
}

/* --- ends --- */

Test(client, expired_keys_are_denied_before_anything_is_sent)
{
    setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z", 1);
    struct fixture f = fixture_open(NULL, 0, NULL, "");
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_expect_str_eq(err.code, "ExpiredToken");
    cr_expect_eq(f.server->connection_count, 0);
    fixture_close(&f);
}

Test(client, a_profile_that_appears_later_is_read_then_and_nothing_is_sent_before)
{
    static const char file[] = "client-later-credentials";
    bool is_new = false;
    (void)remove(file);
    struct fixture f = fixture_open(NULL, 0, NULL, "");
    setenv("AWS_SHARED_CREDENTIALS_FILE", file, 1);
    struct aws *own = f.aws;
    cr_expect(aws_has_keys(own));
    cr_expect_not(aws_has_keys(NULL));
    f.aws = aws_copy_unread(own, NULL, "narrow");
    cr_expect_not(aws_has_keys(f.aws));
    cr_expect_not(aws_renew(f.aws, &is_new, &err));
    cr_expect_not(write_alias(&f));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_expect_str_eq(err.message, "the AWS profile narrow has no keys");
    cr_expect_eq(f.server->connection_count, 0);
    FILE *out = fopen(file, "w");
    fputs("[narrow]\naws_access_key_id = AKIANARROW\naws_secret_access_key = s\n", out);
    (void)fclose(out);
    cr_expect(aws_renew(f.aws, &is_new, &err), "%s", err.message);
    cr_expect(is_new && aws_has_keys(f.aws));
    (void)remove(file);
    aws_close(own);
    fixture_close(&f);
}

static void *cancel_after_the_request(void *context)
{
    void **both = context;
    scripted_wait(both[0], 1);
    cancel_set(both[1]);
    return NULL;
}

Test(client, a_cancelled_wait_between_attempts_ends_at_once)
{
    static const struct scripted_step steps[] = {
        {"HTTP/1.1 429 Slow\r\nRetry-After: 15\r\nContent-Length: 0\r\n\r\n", SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct cancel *cancel = cancel_new();
    void *both[] = {f.server, cancel};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, cancel_after_the_request, both), 0);
    int64_t started_ms = clock_boot_ms();
    cr_expect_not(lambda_get_alias(f.aws, "fn", "live", cancel, &alias, &err));
    cr_expect_lt(clock_boot_ms() - started_ms, 5000);
    cr_expect_eq(err.kind, ERROR_CANCELLED, "%s", err.message);
    pthread_join(thread, NULL);
    cancel_unref(cancel);
    fixture_close(&f);
}

Test(client, names_where_each_service_is)
{
    static const struct {
        const char *region;
        enum aws_service service;
        const char *origin;
    } cases[] = {
        {"eu-central-1", AWS_LAMBDA, "https://lambda.eu-central-1.amazonaws.com"},
        {"eu-central-1", AWS_CLOUDWATCH, "https://monitoring.eu-central-1.amazonaws.com"},
        {"us-east-1", AWS_APIGATEWAY, "https://apigateway.us-east-1.amazonaws.com"},
        {"us-east-1", AWS_RDS, "https://rds.us-east-1.amazonaws.com"},
        {"cn-north-1", AWS_STS, "https://sts.cn-north-1.amazonaws.com.cn"},
    };
    struct fixture f = fixture_open(NULL, 0, NULL, "");
    unsetenv("AWS_ENDPOINT_URL");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct aws_options options = {.region = cases[i].region};
        struct aws *aws = NULL;
        cr_assert(aws_open(f.transport, &options, &aws, &err), "%s", err.message);
        cr_expect_str_eq(aws_origin(aws, cases[i].service), cases[i].origin);
        aws_close(aws);
    }
    static const char *const wrong[] = {"localhost:1", "ftp://x", "http://localhost/?x=1",
                                        "http://"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct aws_options options = {.region = "eu-central-1", .endpoint_url = wrong[i]};
        struct aws *aws = NULL;
        cr_expect_not(aws_open(f.transport, &options, &aws, &err), "%s", wrong[i]);
        cr_expect_eq(err.kind, ERROR_USAGE);
    }
    fixture_close(&f);
}
