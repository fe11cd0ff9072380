/* metrics.c - what is asked of CloudWatch, and what is computed from its answer. */
#include "aws/metrics.h"

#include "core/config.h"
#include "tests/aws_fixture.h"

static struct error err;

static const struct resource_kind lambda = {.name = "lambda", .metrics = metrics_of_lambda};
static const struct resource_kind http_api = {.name = "http-api", .metrics = metrics_of_http_api};
static const struct resource_kind rds = {.name = "rds", .metrics = metrics_of_rds};

static struct resource resource(const struct resource_kind *kind, const char *params)
{
    static char name[] = "thing";
    return (struct resource){.name = name, .kind = kind, .params = json_loads(params, 0, NULL)};
}

TestSuite(metrics, .timeout = 60);

Test(metrics, a_rate_is_computed_from_sums_and_idle_minutes_are_missing)
{
    auto_free char *reply = fixture_reply(
        "200 OK", "",
        "{\"MetricDataResults\":["
        "{\"Id\":\"q0\",\"StatusCode\":\"Complete\",\"Timestamps\":[120,300],\"Values\":[3,1]},"
        "{\"Id\":\"q1\",\"StatusCode\":\"Complete\",\"Timestamps\":[60,120,240],"
        "\"Values\":[100,50,0]},"
        "{\"Id\":\"q2\",\"StatusCode\":\"Complete\",\"Timestamps\":[60],\"Values\":[0.004]}]}");
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct resource api = resource(
        &lambda, "{\"lambda\":\"arn:aws:lambda:eu-central-1:1:function:fn\",\"alias\":\"live\"}");
    struct resource database = resource(&rds, "{\"rds\":\"db\"}");
    const struct metrics_question questions[] = {
        {.resource = &api, .metric = "error rate", .version = "42", .period_s = 60},
        {.resource = &database, .metric = "read latency", .version = "", .period_s = 60}};
    struct metrics_answer answers[2];

    cr_assert(metrics_read(f.aws, NULL, questions, 2, 0, 600, NULL, answers, &err), "%s",
              err.message);
    cr_assert(answers[0].is_rate);
    cr_assert_eq(answers[0].count, 2);
    cr_expect_eq(answers[0].values[0].at_s, 60);
    cr_expect_float_eq(answers[0].values[0].value, 0, 1e-9);
    cr_expect_float_eq(answers[0].values[1].value, 6, 1e-9);
    cr_expect_float_eq(answers[0].numerator, 3, 1e-9);
    cr_expect_float_eq(answers[0].denominator, 150, 1e-9);
    cr_assert_eq(answers[1].count, 1);
    cr_expect_float_eq(answers[1].values[0].value, 4, 1e-9, "seconds are shown as milliseconds");

    cr_assert_eq(scripted_requests(f.server), 1, "one call for all");
    const char *request = f.server->requests[0];
    cr_expect_not_null(strstr(request, "\"Value\":\"fn\""));
    cr_expect_not_null(strstr(request, "\"Value\":\"fn:live\""));
    cr_expect_not_null(strstr(request, "{\"Name\":\"ExecutedVersion\",\"Value\":\"42\"}"));
    cr_expect_not_null(strstr(request, "{\"Name\":\"DBInstanceIdentifier\",\"Value\":\"db\"}"));
    metrics_answers_clear(answers, 2);
    json_decref(api.params);
    json_decref(database.params);
    fixture_close(&f);
}

Test(metrics, an_api_known_by_its_name_is_looked_up_once)
{
    auto_free char *apis = fixture_reply("200 OK", "Content-Type: application/json\r\n",
                                         "{\"items\":[{\"apiId\":\"a1\",\"name\":\"other\"},"
                                         "{\"apiId\":\"a2\",\"name\":\"gate\"}]}");
    auto_free char *reply = fixture_reply(
        "200 OK", "",
        "{\"MetricDataResults\":["
        "{\"Id\":\"q0\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]},"
        "{\"Id\":\"q1\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]},"
        "{\"Id\":\"q2\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]}]}");
    const struct scripted_step steps[] = {{apis, SCRIPTED_KEEP, 0}, {reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct resource gateway = resource(&http_api, "{\"http-api\":\"gate\"}");
    const struct metrics_question questions[] = {
        {.resource = &gateway, .metric = "5xx rate", .version = "", .period_s = 60},
        {.resource = &gateway, .metric = "latency p99", .version = "", .period_s = 600}};
    struct metrics_answer answers[2];

    cr_assert(metrics_read(f.aws, NULL, questions, 2, 0, 600, NULL, answers, &err), "%s",
              err.message);
    cr_expect_eq(answers[0].count + answers[1].count, 0);
    cr_expect_eq(scripted_requests(f.server), 2);
    cr_expect_not_null(strstr(f.server->requests[1], "{\"Name\":\"ApiId\",\"Value\":\"a2\"}"));
    cr_expect_not_null(strstr(f.server->requests[1], "\"Period\":600,\"Stat\":\"p99\""));
    metrics_answers_clear(answers, 2);
    json_decref(gateway.params);
    fixture_close(&f);
}

Test(metrics, a_name_that_no_api_or_two_apis_have_is_refused)
{
    static const struct {
        const char *name, *message;
    } cases[] = {{"nobody", "there is no HTTP API \"nobody\""},
                 {"twin", "2 HTTP APIs are called \"twin\""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *apis = fixture_reply("200 OK", "Content-Type: application/json\r\n",
                                             "{\"items\":[{\"apiId\":\"a1\",\"name\":\"twin\"},"
                                             "{\"apiId\":\"a2\",\"name\":\"twin\"}]}");
        const struct scripted_step steps[] = {{apis, SCRIPTED_KEEP, 0}};
        struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
        struct resource gateway = resource(&http_api, "{}");
        char identity[METRICS_IDENTITY_SIZE];
        json_object_set_new(gateway.params, "http-api", json_string(cases[i].name));
        cr_assert_not(metrics_identity(f.aws, &gateway, NULL, identity, &err));
        cr_expect_str_eq(err.message, cases[i].message);
        json_decref(gateway.params);
        fixture_close(&f);
    }
}
