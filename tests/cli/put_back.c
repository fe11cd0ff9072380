/*
 * put_back.c - an alias goes back with nothing but AWS, also while others change it and answers get
 * lost.
 */
#include "cli/put_back.h"

#include "aws/alias.h"
#include "tests/aws_fixture.h"

#define ALIAS(version, weights, description, revision)                                             \
    "{\"AliasArn\":\"arn:aws:lambda:eu-central-1:1:function:fn:live\",\"Name\":\"live\","          \
    "\"FunctionVersion\":\"" version "\",\"Description\":\"" description                           \
    "\",\"RevisionId\":\"" revision "\",\"RoutingConfig\":{\"AdditionalVersionWeights\":" weights  \
    "}}"
#define MOVING                                                                                     \
    ALIAS("41", "{\"42\":0.1}", "flightdeck r-0142 ana@mbp 41>42 until 2026-11-24T14:46:00Z", "one")
#define FULL ALIAS("42", "{}", "FinAlly API 2.5.0", "two")
#define BACK ALIAS("41", "{}", "put back", "three")
#define V41 "{\"Configuration\":{\"FunctionName\":\"fn\",\"Version\":\"41\"},\"Code\":{}}"
#define CONFLICT                                                                                   \
    "{\"Type\":\"User\",\"Message\":\"The RevisionId provided does not match the latest "          \
    "RevisionId.\"}"
#define MOST_REPLIES 8

struct scripted_reply {
    const char *status, *headers, *body;
    enum scripted_then then;
};

struct scripted_aws {
    struct fixture f;
    char *replies[MOST_REPLIES];
    struct scripted_step steps[MOST_REPLIES];
};

static void open_world(struct scripted_aws *w, const struct scripted_reply *replies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        w->replies[i] = replies[i].status != NULL
                            ? fixture_reply(replies[i].status,
                                            replies[i].headers != NULL ? replies[i].headers : "",
                                            replies[i].body)
                            : NULL;
        w->steps[i] = (struct scripted_step){w->replies[i], replies[i].then, 0};
    }
    w->f = fixture_open(w->steps, count, "1", "");
}

static void close_world(struct scripted_aws *w)
{
    fixture_close(&w->f);
    for (size_t i = 0; i < MOST_REPLIES; i++)
        free(w->replies[i]);
}

TestSuite(put_back, .timeout = 60);

Test(put_back, needs_a_function_and_an_alias)
{
    static const char *const wrong[] = {"fn", "fn:", ":live", ""};
    struct put_back p;
    struct error err;
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect_not(put_back_parse(wrong[i], &p, &err), "%s was accepted", wrong[i]);
    cr_assert(put_back_parse("arn:aws:lambda:eu-central-1:1:function:fn:live", &p, &err));
    cr_expect_str_eq(p.function, "arn:aws:lambda:eu-central-1:1:function:fn");
    cr_expect_str_eq(p.alias, "live");
}

Test(put_back, goes_to_what_the_alias_names_while_another_has_a_share)
{
    static const struct scripted_reply replies[] = {{"200 OK", NULL, MOVING, SCRIPTED_KEEP},
                                                    {"200 OK", NULL, BACK, SCRIPTED_KEEP},
                                                    {"200 OK", NULL, BACK, SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct lambda_alias after;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, NULL, "li@jump", &err), "%s", err.message);
    cr_expect_str_eq(p.target, "41");
    cr_expect(put_back_is_needed(&p));
    cr_assert(put_back_carry_out(&p, w.f.aws, &after, &err), "%s", err.message);
    cr_expect_str_eq(after.version, "41");
    cr_assert_eq(scripted_requests(w.f.server), 3);
    const char *write = w.f.server->requests[1];
    cr_expect(strstr(write, "PUT /2015-03-31/functions/fn/aliases/live") == write);
    cr_expect_not_null(strstr(write, "\"FunctionVersion\":\"41\""));
    cr_expect_not_null(strstr(write, "\"AdditionalVersionWeights\":{}"),
                       "the weights must be sent empty: %s", write);
    cr_expect_not_null(strstr(write, "\"RevisionId\":\"one\""));
    cr_expect_not_null(strstr(write, "\"Description\":\"flightdeck rollback li@jump 42>41 until "),
                       "it says what was taken away: %s", write);
    close_world(&w);
}

Test(put_back, keeps_the_owners_description)
{
    static const struct scripted_reply replies[] = {{"200 OK", NULL, FULL, SCRIPTED_KEEP},
                                                    {"200 OK", NULL, V41, SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, "v41", "li@jump", &err), "%s", err.message);
    cr_expect_str_eq(p.target, "41");
    auto_free char *former = alias_former(p.description);
    cr_expect_str_eq(former, "FinAlly API 2.5.0", "%s", p.description);
    close_world(&w);
}

/* Only the mark of a run goes; what merely begins like one is the owner's. */
Test(put_back, takes_no_description_for_a_mark_that_is_none)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL,
         "{\"Name\":\"live\",\"FunctionVersion\":\"42\",\"RevisionId\":\"one\","
         "\"Description\":\"flightdeck moves this one\"}",
         SCRIPTED_KEEP},
        {"200 OK", NULL, V41, SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, "41", "li@jump", &err), "%s", err.message);
    auto_free char *former = alias_former(p.description);
    cr_expect_str_eq(former, "flightdeck moves this one", "%s", p.description);
    close_world(&w);
}

Test(put_back, finds_the_target_in_what_the_version_says_it_replaced)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL, FULL, SCRIPTED_KEEP},
        {"200 OK", NULL,
         "{\"Configuration\":{\"FunctionName\":\"fn\",\"Version\":\"42\",\"Description\":"
         "\"flightdeck r-0142 replaces 40\"},"
         "\"Code\":{}}",
         SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, NULL, "li@jump", &err), "%s", err.message);
    cr_expect_str_eq(p.target, "40");
    close_world(&w);
}

Test(put_back, guesses_nothing)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL, FULL, SCRIPTED_KEEP},
        {"200 OK", NULL,
         "{\"Configuration\":{\"FunctionName\":\"fn\",\"Version\":\"42\",\"Description\":\"2.5.0\"}"
         ",\"Code\":{}}",
         SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert_not(put_back_prepare(&p, w.f.aws, NULL, "li@jump", &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect_not_null(strstr(err.hint, "--version"));
    cr_assert_not(put_back_prepare(&p, w.f.aws, "latest", "li@jump", &err));
    close_world(&w);
}

Test(put_back, reads_again_when_somebody_changed_the_alias)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL, MOVING, SCRIPTED_KEEP},
        {"412 Precondition Failed", "x-amzn-ErrorType: PreconditionFailedException\r\n", CONFLICT,
         SCRIPTED_KEEP},
        {"200 OK", NULL, FULL, SCRIPTED_KEEP},
        {"200 OK", NULL, BACK, SCRIPTED_KEEP},
        {"200 OK", NULL, BACK, SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct lambda_alias after;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, "41", "li@jump", &err), "%s", err.message);
    cr_assert(put_back_carry_out(&p, w.f.aws, &after, &err), "%s", err.message);
    cr_expect_not_null(strstr(w.f.server->requests[3], "\"RevisionId\":\"two\""),
                       "with the revision of now");
    close_world(&w);
}

Test(put_back, looks_when_the_answer_was_lost_and_does_not_send_twice)
{
    static const struct scripted_reply replies[] = {{"200 OK", NULL, MOVING, SCRIPTED_KEEP},
                                                    {NULL, NULL, NULL, SCRIPTED_RESET},
                                                    {"200 OK", NULL, BACK, SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct lambda_alias after;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, "41", "li@jump", &err), "%s", err.message);
    cr_assert(put_back_carry_out(&p, w.f.aws, &after, &err), "%s", err.message);
    cr_expect_eq(scripted_requests(w.f.server), 3);
    close_world(&w);
}

Test(put_back, a_version_that_does_not_exist_is_said_and_not_tried)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL, MOVING, SCRIPTED_KEEP},
        {"404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n",
         "{\"Type\":\"User\",\"Message\":\"Function not found: fn:7\"}", SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert_not(put_back_prepare(&p, w.f.aws, "7", "li@jump", &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect_str_eq(err.code, "which-version");
    cr_expect_eq(scripted_requests(w.f.server), 2);
    close_world(&w);
}

/* Said twice in haste it must not bring the bad version back. */
Test(put_back, what_was_taken_back_does_not_return_by_itself)
{
    static const struct scripted_reply replies[] = {
        {"200 OK", NULL,
         ALIAS("41", "{}",
               "flightdeck rollback ana@mbp 42>41 until 2026-11-24T14:46:00.000Z | ours", "one"),
         SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, NULL, "li@jump", &err), "%s", err.message);
    cr_expect_not(put_back_is_needed(&p));
    cr_expect_not_null(strstr(p.why, "ana@mbp took v42 back"), "%s", p.why);
    close_world(&w);
}

Test(put_back, an_answer_without_a_read_back_is_no_success)
{
    static const struct scripted_reply replies[] = {{"200 OK", NULL, MOVING, SCRIPTED_KEEP},
                                                    {"200 OK", NULL, BACK, SCRIPTED_KEEP},
                                                    {"403 Forbidden",
                                                     "x-amzn-ErrorType: AccessDeniedException\r\n",
                                                     "{\"Message\":\"no\"}", SCRIPTED_KEEP}};
    struct scripted_aws w = {0};
    struct put_back p;
    struct lambda_alias after;
    struct error err;
    open_world(&w, replies, COUNT(replies));
    cr_assert(put_back_parse("fn:live", &p, &err));
    cr_assert(put_back_prepare(&p, w.f.aws, "41", "li@jump", &err), "%s", err.message);
    cr_assert_not(put_back_carry_out(&p, w.f.aws, &after, &err));
    cr_expect_eq(err.kind, ERROR_UNKNOWN);
    close_world(&w);
}
