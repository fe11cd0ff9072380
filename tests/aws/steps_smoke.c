/* steps_smoke.c - a wrong answer is believed at once, a lost one is asked for again. */
#include "aws/steps.h"
#include "core/text.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define HEALTHY "{\"statusCode\":200,\"body\":\"{\\\"data\\\":{\\\"status\\\":\\\"healthy\\\"}}\"}"
#define SICK "{\"statusCode\":200,\"body\":\"{\\\"data\\\":{\\\"status\\\":\\\"sick\\\"}}\"}"
#define REFUSED "{\"statusCode\":401,\"body\":\"\"}"
#define FROM_42 "X-Amz-Executed-Version: 42\r\n"

struct answer {
    const char *status, *headers, *body;
};
#define V42(body)                                                                                  \
    {                                                                                              \
        "200 OK", FROM_42, body                                                                    \
    }
#define MOST_ANSWERS 5

static const struct {
    const char *about;
    struct answer answers[MOST_ANSWERS];
    enum step_outcome outcome, outcome_with_traffic;
    size_t requests;
    const char *says;
} cases[] = {
    {"both are right",
     {V42(HEALTHY), V42(REFUSED)},
     STEP_OUTCOME_SUCCEEDED,
     STEP_OUTCOME_SUCCEEDED,
     2,
     NULL},
    {"a wrong value, which is not asked for again; the other check is asked all the same",
     {V42(SICK), V42(REFUSED)},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_ROLL_BACK,
     2,
     "GET /health: data.status is \"sick\", expected \"healthy\""},
    {"a wrong status",
     {V42(HEALTHY), V42("{\"statusCode\":200}")},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_ROLL_BACK,
     2,
     "POST /users: 200, expected 401"},
    {"the function throws",
     {{"200 OK", FROM_42 "X-Amz-Function-Error: Unhandled\r\n", "{\"errorMessage\":\"boom\"}"},
      V42(REFUSED)},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_ROLL_BACK,
     2,
     "the function failed (Unhandled): {\"errorMessage\":\"boom\"}"},
    {"another version answers",
     {{"200 OK", "X-Amz-Executed-Version: 41\r\n", HEALTHY}, V42(REFUSED)},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_ROLL_BACK,
     2,
     "v41 answered instead of v42"},
    {"no JSON at all",
     {V42("<html>"), V42(REFUSED)},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_ROLL_BACK,
     2,
     "no JSON"},
    {"a GET whose answer got lost is asked again",
     {{"500 Oops", "", "{}"}, V42(HEALTHY), V42(REFUSED)},
     STEP_OUTCOME_SUCCEEDED,
     STEP_OUTCOME_SUCCEEDED,
     3,
     NULL},
    {"a POST whose answer got lost is not",
     {V42(HEALTHY), {"500 Oops", "", "{}"}},
     STEP_OUTCOME_ERRORED,
     STEP_OUTCOME_ERRORED,
     2,
     "POST /users"},
    {"three lost answers are enough",
     {{"500 Oops", "", "{}"}, {"500 Oops", "", "{}"}, {"500 Oops", "", "{}"}},
     STEP_OUTCOME_ERRORED,
     STEP_OUTCOME_ERRORED,
     3,
     "GET /health"},
    {"no permission to call it",
     {{"403 No", "", "{\"__type\":\"AccessDeniedException\",\"message\":\"m\"}"}},
     STEP_OUTCOME_FAILED,
     STEP_OUTCOME_FAILED,
     1,
     "GET /health"},
};

static struct step_ctx ctx;
static struct fixture fixture;
static char *replies[MOST_ANSWERS], guarded[] = "step", unguarded[] = "";
static struct scripted_step script[MOST_ANSWERS];
static size_t answer_count;
static json_t *deployed;

static void begin(const struct answer *answers, const char *params)
{
    for (answer_count = 0; answer_count < MOST_ANSWERS && answers[answer_count].body != NULL;
         answer_count++) {
        const struct answer *a = &answers[answer_count];
        replies[answer_count] = fixture_reply(a->status, a->headers, a->body);
        script[answer_count] =
            (struct scripted_step){.send = replies[answer_count], .then = SCRIPTED_KEEP};
    }
    clock_set((struct clock_setting){.speed = 5000, .epoch_ms = clock_wall_ms()});
    house_begin();
    house_config.smoke_checks = house_checks;
    house_config.smoke_count = 2;
    fixture = fixture_open(script, answer_count, "1", "");
    fixture_ctx_begin(&ctx, &step_smoke, &house_config, params);
    ctx.world = (struct world){.aws = fixture.aws, .transport = fixture.transport};
    deployed = json_pack("{s:{s:s}}", "deploy", "new_version", "42");
    ctx.facts_of_others = deployed;
    ctx.run.guard_step = unguarded;
}

static void end(void)
{
    json_decref(deployed);
    fixture_ctx_end(&ctx);
    fixture_close(&fixture);
    house_end();
    for (size_t i = 0; i < answer_count; i++)
        free(replies[i]);
}

/* An earlier step wrote while the judge was looking: traffic is on the new version. */
static void move_traffic(void)
{
    ctx.run.guard_step = guarded;
    ctx.effects[ctx.run.effect_count++] =
        (struct run_effect){.step = xstrdup("step"), .key = xstrdup("alias"), .state = EFFECT_DONE};
}

TestSuite(steps_smoke, .timeout = 60);

Test(steps_smoke, ends_as_the_new_version_answers)
{
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int traffic = 0; traffic < 2; traffic++) {
            struct error err = {0};
            begin(cases[i].answers, "{\"target\":\"new-version\"}");
            if (traffic)
                move_traffic();
            enum step_outcome outcome = step_smoke.run(&ctx, &err);
            cr_expect_eq(outcome, traffic ? cases[i].outcome_with_traffic : cases[i].outcome,
                         "%s: %d %s", cases[i].about, (int)outcome, err.message);
            cr_expect_eq(scripted_requests(fixture.server), cases[i].requests, "%s: %zu",
                         cases[i].about, scripted_requests(fixture.server));
            cr_expect(cases[i].says == NULL || strstr(err.message, cases[i].says) != NULL, "%s: %s",
                      cases[i].about, err.message);
            end();
        }
}

Test(steps_smoke, where_nobody_is_there_a_wrong_answer_is_not_waited_on)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        begin(cases[i].answers, "{\"target\":\"new-version\"}");
        ctx.is_unattended = true;
        cr_expect_eq(step_smoke.run(&ctx, &err), cases[i].outcome_with_traffic, "%s: %s",
                     cases[i].about, err.message);
        end();
    }
}

Test(steps_smoke, records_each_check)
{
    struct error err = {0};

    begin(cases[1].answers, "{\"target\":\"new-version\",\"resource\":\"api\"}");
    cr_expect_eq(step_smoke.run(&ctx, &err), STEP_OUTCOME_FAILED);
    const json_t *checks = json_object_get(ctx.step.facts, "checks");
    cr_assert_eq(json_array_size(checks), 2);
    cr_expect(json_is_false(json_object_get(json_array_get(checks, 0), "passed")));
    cr_expect(json_is_true(json_object_get(json_array_get(checks, 1), "passed")));
    cr_expect_not_null(strstr(fixture.server->requests[1], "\"method\":\"POST\""));
    cr_expect_not_null(strstr(fixture.server->requests[1], "?Qualifier=42 "));
    end();
}

Test(steps_smoke, skips_when_nothing_new_was_deployed)
{
    static const struct answer none[MOST_ANSWERS] = {{NULL, NULL, NULL}};
    struct error err = {0};

    begin(none, "{\"target\":\"new-version\"}");
    ctx.facts_of_others = NULL;
    cr_expect_eq(step_smoke.run(&ctx, &err), STEP_OUTCOME_SKIPPED);
    cr_expect_str_eq(err.message, "there is no new version to ask");
    end();
}

Test(steps_smoke, asks_through_the_address_of_everyone)
{
    static const struct {
        struct answer answers[MOST_ANSWERS];
        enum step_outcome outcome;
    } everyone[] = {
        {{{"200 OK", "", "{\"data\":{\"status\":\"healthy\"}}"}, {"401 No", "", ""}},
         STEP_OUTCOME_SUCCEEDED},
        {{{"503 No", "", ""}, {"401 No", "", ""}}, STEP_OUTCOME_ROLL_BACK},
    };

    for (size_t i = 0; i < COUNT(everyone); i++) {
        struct error err = {0};
        begin(everyone[i].answers, "{\"target\":\"everyone\"}");
        move_traffic();
        house_environment.url = fixture.server->url;
        cr_expect_eq(step_smoke.run(&ctx, &err), everyone[i].outcome, "%zu: %s", i, err.message);
        cr_assert_eq(scripted_requests(fixture.server), 2);
        cr_expect(text_starts_with(fixture.server->requests[0], "GET /health "));
        cr_expect(text_starts_with(fixture.server->requests[1], "POST /users "));
        house_environment.url = HOUSE_TEXT("");
        end();
    }
}

/* Nobody listens there: it said neither yes nor no. */
Test(steps_smoke, an_address_that_cannot_be_reached_is_no_answer)
{
    static const char *const nowhere[] = {"http://127.0.0.1:1", "http://no-such-host.invalid"};

    for (size_t i = 0; i < COUNT(nowhere); i++) {
        struct error err = {0};
        struct preflight findings = {.findings = json_array()};
        begin((const struct answer[MOST_ANSWERS]){{NULL, NULL, NULL}}, "{\"target\":\"everyone\"}");
        move_traffic();
        house_environment.url = HOUSE_TEXT(nowhere[i]);
        cr_expect_eq(step_smoke.run(&ctx, &err), STEP_OUTCOME_ERRORED, "%s", err.message);
        step_smoke.preflight(&ctx, &findings);
        const char *found = json_string_value(json_array_get(findings.findings, 0));
        cr_assert_not_null(found, "it is not asked before the first write");
        cr_expect(text_starts_with(found, "unknown: could not read GET /health"), "%s", found);
        json_decref(findings.findings);
        house_environment.url = HOUSE_TEXT("");
        end();
    }
}

static const struct {
    const char *params, *url;
    size_t checks, steps;
    const char *says; /* NULL = planned */
} plans[] = {
    {"{\"target\":\"new-version\"}", "", 2, 2, NULL},
    {"{\"target\":\"everyone\"}", "https://x.example", 2, 0, NULL},
    {"{\"target\":\"everyone\"}", "", 2, 2, "no address that everyone uses"},
    {"{\"target\":\"new-version\"}", "", 0, 2, "no smoke checks"},
    {"{\"target\":\"new-version\"}", "", 2, 0, "no step before it deploys"},
    {"{\"target\":\"somebody\"}", "", 2, 2, "\"somebody\" is neither"},
};

Test(steps_smoke, plans_only_what_can_be_asked)
{
    for (size_t i = 0; i < COUNT(plans); i++) {
        struct step_plan plan = {0};
        struct error err = {0};
        house_begin();
        house_config.smoke_checks = house_checks;
        house_config.smoke_count = plans[i].checks;
        house_environment.url = HOUSE_TEXT(plans[i].url);
        house_environment.step_count = plans[i].steps;
        fixture_ctx_begin(&ctx, &step_smoke, &house_config, plans[i].params);
        bool ok = step_smoke.plan(&ctx.plan_context, &plan, &err);
        cr_expect_eq(ok, plans[i].says == NULL, "%zu: %s", i, err.message);
        cr_expect(ok || strstr(err.message, plans[i].says) != NULL, "%zu: %s", i, err.message);
        cr_expect(!ok || json_array_size(plan.calls) == plans[i].checks);
        json_decref(plan.calls);
        free(plan.summary);
        fixture_ctx_end(&ctx);
        house_end();
    }
}
