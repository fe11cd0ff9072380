/* preflight.c - what is looked at before traffic moves; each thing that is wrong, alone. */
#define SCRIPTED_MAX_REQUESTS 64
#include "aws/preflight.h"

#include "aws/lambda.h"
#include "core/text.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define ALIAS(weights, description)                                                                \
    "{\"Name\":\"live\",\"FunctionVersion\":\"41\",\"RevisionId\":\"r\",\"Description\":"          \
    "\"" description "\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{" weights "}}}"
#define FUNCTION(version, role, queue)                                                             \
    "{\"Configuration\":{\"FunctionName\":\"f\",\"Version\":\"" version                            \
    "\",\"State\":\"Active\",\"Role\":\"" role "\",\"DeadLetterConfig\":{\"TargetArn\":\"" queue   \
    "\"}},\"Code\":{}}"
#define APIS "{\"items\":[{\"apiId\":\"a1b2c3d4e5\",\"name\":\"shop-prod-gateway\"}]}"
#define INTEGRATION(uri, role)                                                                     \
    "{\"items\":[{\"integrationId\":\"i\",\"credentialsArn\":\"" role                              \
    "\",\"integrationUri\":\"arn:aws:lambda:eu-central-1:1:function:" uri "\"}]}"
#define POLICY(service)                                                                            \
    "{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{"          \
    "\\\"Service\\\":\\\"" service "\\\"},\\\"Action\\\":\\\"lambda:InvokeFunction\\\"}]}\"}"
#define FAULT(code) "{\"__type\":\"" code "\",\"message\":\"m\"}"
/* Values of the two queries: of all versions and of v41; or of errors and invocations. */
#define SERIES(id, values)                                                                         \
    "{\"Id\":\"" id                                                                                \
    "\",\"StatusCode\":\"Complete\",\"Timestamps\":[1764000000],\"Values\":[" values "]}"
#define VALUES(first, second)                                                                      \
    "{\"MetricDataResults\":[" SERIES("q0", first) "," SERIES("q1", second) "]}"
#define NO_VALUES                                                                                  \
    "{\"MetricDataResults\":[{\"Id\":\"q0\",\"StatusCode\":\"Complete\",\"Timestamps\":[],"        \
    "\"Values\":[]},{\"Id\":\"q1\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]}]}"
#define NOT_COUNTED                                                                                \
    "{\"MetricDataResults\":[" SERIES("q0", "682") ",{\"Id\":\"q1\",\"StatusCode\":\"Complete\","  \
                                                   "\"Timestamps\":[],\"Values\":[]}]}"
#define ALARMS(state)                                                                              \
    "{\"MetricAlarms\":[{\"AlarmName\":\"shop-prod-5xx\",\"StateValue\":\"" state                  \
    "\",\"StateReason\":\"too many\"}],\"CompositeAlarms\":[]}"

/* Answers by what is asked. The last column of a case replaces one of them. */
enum asked {
    ALIAS_READ,
    LATEST,
    SERVING,
    API,
    INTEGRATIONS,
    THE_POLICY,
    METRICS,
    THE_ALARMS,
    WRITE,
    ASKED
};
struct answer {
    const char *when, *status, *body;
};
static const struct answer good[ASKED] = {
    [ALIAS_READ] = {"GET /2015-03-31/functions/shop-prod-api/aliases/live ", "200 OK",
                    ALIAS("", "the API calls this")},
    [LATEST] = {"GET /2015-03-31/functions/shop-prod-api?Qualifier=%24LATEST ", "200 OK",
                FUNCTION("$LATEST", "role", "")},
    [SERVING] = {"GET /2015-03-31/functions/shop-prod-api?Qualifier=41 ", "200 OK",
                 FUNCTION("41", "role", "")},
    [API] = {"GET /v2/apis?", "200 OK", APIS},
    [INTEGRATIONS] = {"/integrations?", "200 OK", INTEGRATION("shop-prod-api:live", "")},
    [THE_POLICY] = {"/policy?Qualifier=live ", "200 OK", POLICY("apigateway.amazonaws.com")},
    [METRICS] = {"GetMetricData", "200 OK", NO_VALUES},
    [THE_ALARMS] = {"DescribeAlarms", "200 OK", ALARMS("OK")},
    [WRITE] = {"PUT /2015-03-31/functions/shop-prod-api/aliases/live ", "412 No",
               FAULT("PreconditionFailedException")},
};

static const struct {
    const char *about;
    enum asked which;
    const char *status, *body;
    const char *finding; /* must be among the findings */
    const char *code;
} cases[] = {
    {"alias gone", ALIAS_READ, "404 No", FAULT("ResourceNotFoundException"),
     "fail: shop-prod-api:live could not be read", ""},
    {"alias split", ALIAS_READ, "200 OK", ALIAS("\"40\":0.5", ""),
     "fail: shop-prod-api:live is split already: v41 50 %, v40 50 %", ""},
    {"somebody moves it", ALIAS_READ, "200 OK",
     ALIAS("", "flightdeck r-0007 li@box 40>41 until 2999-01-01T00:00:00Z"),
     "fail: r-0007 of li@box moves v40 to v41 until 2999-01-01T00:00:00.000Z", "locked"},
    {"somebody left his mark", ALIAS_READ, "200 OK",
     ALIAS("", "flightdeck r-0007 li@box 40>41 until 2001-01-01T00:00:00Z"),
     "note: r-0007 of li@box left its mark", ""},
    {"roles", LATEST, "200 OK", FUNCTION("$LATEST", "other", ""),
     "fail: $LATEST and 41 of f have different roles", ""},
    {"queues", SERVING, "200 OK", FUNCTION("41", "role", "queue"),
     "fail: $LATEST and 41 of f have different dead letter targets", ""},
    {"a version that cannot be read", SERVING, "500 Oops", "{}", "unknown: shop-prod-api could not",
     ""},
    {"past the alias", INTEGRATIONS, "200 OK", INTEGRATION("shop-prod-api", ""),
     "fail: shop-prod-gateway does not call shop-prod-api:live", ""},
    {"no such API", API, "200 OK", "{\"items\":[]}",
     "fail: there is no HTTP API \"shop-prod-gateway\"", ""},
    {"may not look at the API", API, "403 No", FAULT("AccessDeniedException"),
     "note: shop-prod-gateway could not be read", ""},
    {"no policy", THE_POLICY, "404 No", FAULT("ResourceNotFoundException"),
     "fail: no policy lets API Gateway call shop-prod-api:live", ""},
    {"policy for somebody else", THE_POLICY, "200 OK", POLICY("s3.amazonaws.com"),
     "fail: no policy lets API Gateway call shop-prod-api:live", ""},
    {"may not read the policy", THE_POLICY, "403 No", FAULT("AccessDeniedException"),
     "note: the alias's policy could not be read", ""},
    {"no metrics", METRICS, "500 Oops", "{}", "unknown: the requests of v41 could not be read", ""},
    {"requests are counted per version", METRICS, "200 OK", VALUES("700", "682"),
     "pass: 682 requests of v41 were seen in the last 3 h", ""},
    {"requests are not counted per version", METRICS, "200 OK", NOT_COUNTED,
     "fail: 682 requests in the last 3 h, but none is counted for v41; counts come up to 3 minutes "
     "late",
     ""},
    {"an alarm fires", THE_ALARMS, "200 OK", ALARMS("ALARM"),
     "fail: alarm shop-prod-5xx fires: too many", ""},
    {"no alarms", THE_ALARMS, "200 OK", "{\"MetricAlarms\":[]}",
     "note: CloudWatch has no alarm whose name begins with shop-prod-", ""},
    {"may not go back", WRITE, "403 No", FAULT("AccessDeniedException"),
     "fail: a rollback would not be allowed", ""},
    {"cannot tell", WRITE, "500 Oops", "{}", "unknown: whether a rollback would be allowed", ""},
};

static struct step_ctx ctx;

static char written[2000]; /* the request that changes an alias, as it came */

static void keep_write(const struct scripted_server *server)
{
    for (size_t i = 0; i < server->request_count; i++)
        if (text_starts_with(server->requests[i], "PUT "))
            (void)snprintf(written, sizeof written, "%s", server->requests[i]);
}

/* Findings, "state: text" each. New array. */
static json_t *look_with(void (*preflight)(struct step_ctx *, struct preflight *),
                         const struct answer *answers, char *code)
{
    struct scripted_route routes[ASKED];
    char *replies[ASKED];
    struct preflight findings = {.findings = json_array()};

    for (size_t i = 0; i < ASKED; i++) {
        replies[i] = fixture_reply(answers[i].status, "", answers[i].body);
        routes[i] = (struct scripted_route){answers[i].when, replies[i]};
    }
    house_begin();
    struct fixture f = fixture_open(NULL, 0, "1", "");
    f.server->routes = routes;
    f.server->route_count = ASKED;
    fixture_ctx_begin(&ctx, &step_smoke, &house_config, "{\"resource\":\"api\"}");
    ctx.world.aws = f.aws;
    preflight(&ctx, &findings);
    keep_write(f.server);
    (void)snprintf(code, 32, "%s", findings.code);
    fixture_ctx_end(&ctx);
    fixture_close(&f);
    house_end();
    for (size_t i = 0; i < ASKED; i++)
        free(replies[i]);
    return findings.findings;
}

static json_t *look(const struct answer *answers, char *code)
{
    return look_with(preflight_traffic, answers, code);
}

static bool has(const json_t *findings, const char *beginning)
{
    size_t i;
    const json_t *finding;

    json_array_foreach(findings, i, finding) if (text_starts_with(json_string_value(finding),
                                                                  beginning)) return true;
    return false;
}

TestSuite(preflight, .timeout = 120);

Test(preflight, finds_nothing_wrong_where_nothing_is)
{
    static const char *const passes[] = {
        "pass: shop-prod-api:live serves v41 alone",
        "pass: shop-prod-gateway calls shop-prod-api:live",
        "pass: API Gateway may call shop-prod-api:live",
        "pass: $LATEST and v41 have the same role and dead letter target",
        "note: no requests in the last 3 h",
        "pass: no alarm of shop-prod-* fires; looked at: 1",
        "pass: these credentials have no known end",
        "pass: a rollback would be allowed now",
    };
    char code[32];
    json_t *findings = look(good, code);
    auto_free char *all = json_dumps(findings, JSON_INDENT(1));

    for (size_t i = 0; i < COUNT(passes); i++)
        cr_expect(has(findings, passes[i]), "%s: %s", passes[i], all);
    cr_expect_eq(json_array_size(findings), COUNT(passes), "%s", all);
    json_decref(findings);
}

Test(preflight, finds_what_is_wrong)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer answers[ASKED];
        char code[32];
        memcpy(answers, good, sizeof answers);
        answers[cases[i].which].status = cases[i].status;
        answers[cases[i].which].body = cases[i].body;
        json_t *findings = look(answers, code);
        auto_free char *all = json_dumps(findings, JSON_INDENT(1));
        cr_expect(has(findings, cases[i].finding), "%s: %s", cases[i].about, all);
        cr_expect_str_eq(code, cases[i].code, "%s", cases[i].about);
        json_decref(findings);
    }
}

Test(preflight, needs_no_policy_where_the_api_calls_with_a_role)
{
    struct answer answers[ASKED];
    char code[32];

    memcpy(answers, good, sizeof answers);
    answers[INTEGRATIONS].body = INTEGRATION("shop-prod-api:live", "arn:aws:iam::1:role/gateway");
    answers[THE_POLICY].status = "404 No";
    json_t *findings = look(answers, code);
    cr_expect(has(findings, "pass: shop-prod-gateway calls"));
    cr_expect_not(has(findings, "fail: "));
    json_decref(findings);
}

Test(preflight, looks_whether_the_alerts_of_the_configuration_hold_already)
{
    static struct condition condition = {.text = HOUSE_TEXT("api error rate > 5%"),
                                         .resource = HOUSE_TEXT("api"),
                                         .metric = HOUSE_TEXT("error rate"),
                                         .comparison = '>',
                                         .threshold = 0.05,
                                         .is_percent = true};
    static struct alert_rule rule = {
        .name = HOUSE_TEXT("critical"), .conditions = &condition, .condition_count = 1};
    static const struct {
        const char *values;
        bool rolls_back;
        const char *finding;
    } alerts[] = {
        {VALUES("10", "100"), true,
         "fail: alert critical holds before anything was changed: api error rate > 5% (10)"},
        {VALUES("10", "100"), false, "note: alert critical holds"},
        {VALUES("1", "100"), true,
         "pass: no alert of the configuration holds; conditions looked at: 1, without data: 0"},
        {NO_VALUES, true,
         "note: no alert of the configuration holds; conditions looked at: 1, without data: 1"},
    };

    house_config.alerts = &rule;
    house_config.alert_count = 1;
    for (size_t i = 0; i < COUNT(alerts); i++) {
        struct answer answers[ASKED];
        char code[32];
        memcpy(answers, good, sizeof answers);
        answers[METRICS].body = alerts[i].values;
        rule.rolls_back = alerts[i].rolls_back;
        json_t *findings = look(answers, code);
        auto_free char *all = json_dumps(findings, JSON_INDENT(1));
        cr_expect(has(findings, alerts[i].finding), "%zu: %s", i, all);
        json_decref(findings);
    }
    house_config.alert_count = 0;
}

/* Proving that a rollback is allowed must not change anything where a revision is not checked. */
Test(preflight, asks_for_what_the_alias_is_already)
{
    struct answer answers[ASKED];
    char code[32];

    memcpy(answers, good, sizeof answers);
    answers[WRITE].status = "200 OK";
    answers[WRITE].body = ALIAS("", "the API calls this");
    json_t *findings = look(answers, code);
    cr_expect(has(findings, "pass: a rollback would be allowed now"));
    cr_expect_not_null(strstr(written, "\"FunctionVersion\":\"41\""), "%s", written);
    cr_expect_not_null(strstr(written, "\"AdditionalVersionWeights\":{}"));
    cr_expect_not_null(strstr(written, "\"Description\":\"the API calls this\""));
    cr_expect_not_null(strstr(written, "\"RevisionId\":\"00000000-0000-0000-0000-000000000000\""));
    json_decref(findings);
}

/* A hand on the slider moves it on from where it is. */
Test(preflight, lets_a_hand_move_what_is_split)
{
    struct answer answers[ASKED];
    char code[32];

    memcpy(answers, good, sizeof answers);
    answers[ALIAS_READ].body = ALIAS("\"40\":0.5", "");
    answers[WRITE].status = "200 OK";
    answers[WRITE].body = ALIAS("\"40\":0.5", "");
    json_t *findings = look_with(preflight_by_hand, answers, code);
    auto_free char *all = json_dumps(findings, JSON_INDENT(1));
    cr_expect(has(findings, "note: shop-prod-api:live serves v41 50 %, v40 50 %"), "%s", all);
    cr_expect_not(has(findings, "fail:"), "%s", all);
    cr_expect_not_null(strstr(written, "\"AdditionalVersionWeights\":{\"40\":0.5}"), "%s", written);
    json_decref(findings);
}
