/* judging.c - one call per look, and which minutes count where. */
#include "aws/judging.h"

#include "aws/resources.h"
#include "core/judge.h"
#include "core/text.h"
#include "tests/aws_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define T0 INT64_C(1795614360) /* a whole minute, epoch seconds */

static struct resource resources[] = {{.name = TEXT("api"), .kind = &resource_lambda},
                                      {.name = TEXT("gateway"), .kind = &resource_http_api}};
static struct environment environment = {
    .name = TEXT("production"), .resources = resources, .resource_count = 2};
static struct condition conditions[] = {{.text = TEXT("gateway 5xx rate > 1%"),
                                         .resource = TEXT("gateway"),
                                         .metric = TEXT("5xx rate"),
                                         .comparison = '>',
                                         .threshold = 0.01,
                                         .is_percent = true},
                                        {.text = TEXT("gateway latency p99 > 2s"),
                                         .resource = TEXT("gateway"),
                                         .metric = TEXT("latency p99"),
                                         .comparison = '>',
                                         .threshold = 2000,
                                         .unit = "ms"}};
static struct alert_rule alerts[] = {
    {.name = TEXT("critical"), .conditions = conditions, .condition_count = 1, .rolls_back = true},
    {.name = TEXT("warning"), .conditions = &conditions[1], .condition_count = 1, .holds = true}};
static struct config config = {.environments = &environment,
                               .environment_count = 1,
                               .alerts = alerts,
                               .alert_count = 2,
                               .judge = {.error_rate_normal = 0.005,
                                         .error_rate_bad = 0.02,
                                         .slow_limit_ms = 2000,
                                         .slow_share = 0.01,
                                         .worse_than_old = 0.2,
                                         .min_requests = 50,
                                         .min_minutes = 3,
                                         .interval_ms = 60000,
                                         .initial_delay_ms = 60000,
                                         .deadline_ms = 3600000,
                                         .confidence = 0.99}};
static struct error err;

/* One series: a value for each minute from T0 + 60 * first on; NAN ends it. */
static json_t *series(size_t id, int first, int step_s, const double *values, size_t count)
{
    json_t *times = json_array(), *numbers = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(times, json_integer(T0 + 60 * first + (int)i * step_s));
        json_array_append_new(numbers, json_real(values[i]));
    }
    return json_pack("{s:o, s:s, s:o, s:o}", "Id", json_sprintf("q%zu", id), "StatusCode",
                     "Complete", "Timestamps", times, "Values", numbers);
}

/* Requests, errors, throttles, percentile rank and samples of a version: minutes alike. */
static void add_version(json_t *results, size_t id, double requests, double errors, double within)
{
    const double each[] = {requests, errors, 0, within, requests};
    for (size_t k = 0; k < 5; k++) {
        double values[10];
        for (size_t i = 0; i < 10; i++)
            values[i] = each[k];
        json_array_append_new(results, series(id + k, 0, 60, values, 10));
    }
}

static char *reply_of(json_t *results)
{
    json_t *body = json_pack("{s:o}", "MetricDataResults", results);
    char *text = json_dumps(body, JSON_COMPACT);
    char *reply = fixture_reply("200 OK", "", text);
    free(text);
    json_decref(body);
    return reply;
}

static json_t *captured(void)
{
    return json_pack("{s:i, s:{s:s}, s:{s:i, s:i}, s:{s:{s:i, s:i}, s:{s:i, s:i}}}", "timeout_s",
                     30, "identities", "gateway", "a1", "old", "requests", 9000, "failed", 18,
                     "environment", "gateway 5xx rate > 1%", "part", 20, "whole", 9000,
                     "gateway 5xx rate", "part", 20, "whole", 9000);
}

static void look(char *reply, const struct judging_weight *weights, size_t count, int64_t now_s,
                 json_t **measurement, struct verdict *verdict, char **request)
{
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    resources[0].params = json_pack("{s:s, s:s}", "lambda", "fn", "alias", "live");
    resources[1].params = json_pack("{s:s}", "http-api", "gate");
    json_t *before = captured();
    const struct judging_subject subject = {.config = &config,
                                            .environment = &environment,
                                            .function = &resources[0],
                                            .old_version = "41",
                                            .new_version = "42",
                                            .captured = before,
                                            .weights = weights,
                                            .weight_count = count};
    cr_assert(judging_look(f.aws, &subject, now_s * 1000, NULL, measurement, verdict, &err), "%s",
              err.message);
    cr_assert_eq(scripted_requests(f.server), count > 0 ? 1 : 0);
    if (request != NULL)
        *request = xstrdup(f.server->requests[0]);
    json_decref(before);
    json_decref(resources[0].params);
    json_decref(resources[1].params);
    fixture_close(&f);
}

static json_int_t number(const json_t *measurement, const char *span, const char *who,
                         const char *aspect, const char *key)
{
    const json_t *at = json_object_get(json_object_get(measurement, "counts"), span);
    return json_integer_value(
        json_object_get(json_object_get(json_object_get(at, who), aspect), key));
}

TestSuite(judging, .timeout = 60);

Test(judging, before_the_first_shift_nothing_is_asked)
{
    struct verdict verdict;
    json_t *measurement;
    auto_free char *reply = fixture_reply("200 OK", "", "{}");
    look(reply, NULL, 0, T0, &measurement, &verdict, NULL);
    cr_expect_eq(verdict.kind, VERDICT_INCONCLUSIVE);
    json_decref(measurement);
}

/* v42 has 10 % since T0, and 25 % since T0 + 5 min; now is T0 + 10 min. */
Test(judging, minutes_count_where_they_belong)
{
    static const struct judging_weight weights[] = {{0.1, T0 * 1000, 0},
                                                    {0.25, (T0 + 300) * 1000, 0}};
    const double requests[] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    const double failures[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const double p99[] = {500}, samples[] = {1000};
    struct verdict verdict;
    json_t *measurement, *results = json_array();
    char *request = NULL;

    add_version(results, 0, 20, 0, 95);
    add_version(results, 5, 80, 1, 100);
    json_array_append_new(results, series(10, 0, 60, failures, 10));
    json_array_append_new(results, series(11, 0, 60, requests, 10));
    json_array_append_new(results, series(12, 0, 600, p99, 1));
    json_array_append_new(results, series(13, 0, 600, samples, 1));
    auto_free char *reply = reply_of(results);
    look(reply, weights, 2, T0 + 600, &measurement, &verdict, &request);

    cr_expect_eq(number(measurement, "run", "new", "failed", "of"), 200, "ten minutes");
    cr_expect_eq(number(measurement, "weight", "new", "failed", "of"), 100, "five minutes");
    cr_expect_eq(number(measurement, "weight", "old", "failed", "count"), 5);
    /* Not looked at: a minute after each change. One in twenty took longer. */
    cr_expect_eq(number(measurement, "run", "new", "slow", "of"), 160);
    cr_expect_eq(number(measurement, "run", "new", "slow", "count"), 8);
    cr_expect_eq(number(measurement, "weight", "new", "slow", "of"), 80);
    /* Settled: older than 150 s, so up to T0 + 7 min; from T0 + 6 min on. */
    cr_expect_eq(json_integer_value(json_object_get(measurement, "settled_minutes")), 1);
    cr_expect_eq(json_integer_value(json_object_get(measurement, "settled_requests")), 20);
    const json_t *gateway = json_array_get(json_object_get(measurement, "environment"), 0);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(gateway, "weight"), "of")),
                 500);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(gateway, "before"), "of")),
                 9000);

    cr_expect_not_null(strstr(request, "\"PR(:2000)\""));
    cr_expect_not_null(strstr(request, "{\"Name\":\"ExecutedVersion\",\"Value\":\"42\"}"));
    cr_expect_not_null(strstr(request, "{\"Name\":\"ExecutedVersion\",\"Value\":\"41\"}"));
    cr_expect_not_null(strstr(request, "{\"Name\":\"ApiId\",\"Value\":\"a1\"}"));
    free(request);
    json_decref(measurement);
}

/* Three minutes long enough ago, and CloudWatch has only one of them. */
Test(judging, a_minute_that_nobody_saw_clears_nothing)
{
    static const struct judging_weight weights[] = {{0.1, T0 * 1000, 0}};
    const double none[] = {0}, one[] = {500};
    struct verdict verdict;
    json_t *measurement, *results = json_array();
    for (size_t i = 0; i < 14; i++)
        json_array_append_new(results, series(i, 2, 60, i % 5 == 0 ? one : none, i % 5 == 0));
    auto_free char *reply = reply_of(results);
    look(reply, weights, 1, T0 + 420, &measurement, &verdict, NULL);
    cr_expect_eq(json_integer_value(json_object_get(measurement, "settled_requests")), 500);
    cr_expect_eq(json_integer_value(json_object_get(measurement, "settled_minutes")), 1);
    cr_expect_eq(verdict.kind, VERDICT_INCONCLUSIVE, "%s", verdict.sentence);
    json_decref(measurement);
}

Test(judging, a_dead_version_is_convicted_from_unsettled_minutes)
{
    static const struct judging_weight weights[] = {{0.01, T0 * 1000, 300000}};
    const double none[] = {0};
    struct verdict verdict;
    json_t *measurement, *results = json_array();
    add_version(results, 0, 1, 1, 100);
    add_version(results, 5, 240, 0, 100);
    for (size_t i = 10; i < 14; i++)
        json_array_append_new(results, series(i, 0, 60, none, 0));
    auto_free char *reply = reply_of(results);
    look(reply, weights, 1, T0 + 179, &measurement, &verdict, NULL);
    cr_expect_eq(verdict.kind, VERDICT_BAD, "%s", verdict.sentence);
    json_decref(measurement);
}

/* Ten minutes of 10 % at 4 %; the judge is told of no alert rule. */
Test(judging, the_answers_of_an_api_count_where_no_rule_is_about_them)
{
    static const struct judging_weight weights[] = {{0.1, T0 * 1000, 0}};
    double requests[10], failures[10];
    struct verdict verdict;
    json_t *measurement, *results = json_array();
    for (size_t i = 0; i < 10; i++) {
        requests[i] = 1000;
        failures[i] = 40;
    }
    add_version(results, 0, 100, 0, 100);
    add_version(results, 5, 900, 0, 100);
    json_array_append_new(results, series(10, 0, 60, failures, 10));
    json_array_append_new(results, series(11, 0, 60, requests, 10));
    auto_free char *reply = reply_of(results);
    config.alert_count = 0;
    look(reply, weights, 1, T0 + 600, &measurement, &verdict, NULL);
    config.alert_count = 2;
    cr_expect_eq(verdict.kind, VERDICT_HOLD, "%s", verdict.sentence);
    cr_expect(text_starts_with(verdict.sentence, "gateway 5xx rate: 400 of 10000"), "%s",
              verdict.sentence);
    json_decref(measurement);
}

Test(judging, when_cloudwatch_is_silent_there_is_no_data)
{
    static const struct judging_weight weights[] = {{0.1, T0 * 1000, 0}};
    const double none[] = {0};
    struct verdict verdict;
    json_t *measurement, *results = json_array();
    for (size_t i = 0; i < 14; i++)
        json_array_append_new(results, series(i, 0, 60, none, 0));
    auto_free char *reply = reply_of(results);
    look(reply, weights, 1, T0 + 1800, &measurement, &verdict, NULL);
    cr_expect_eq(verdict.kind, VERDICT_NO_DATA, "%s", verdict.sentence);
    json_decref(measurement);
}

Test(judging, a_share_of_a_limit_that_aws_does_not_tell_is_refused)
{
    static struct condition connections[] = {{.text = TEXT("database connections > 90%"),
                                              .resource = TEXT("database"),
                                              .metric = TEXT("connections"),
                                              .comparison = '>',
                                              .threshold = 0.9,
                                              .is_percent = true}};
    struct resource database = {.name = TEXT("database"), .kind = &resource_rds};
    struct environment place = {
        .name = TEXT("production"), .resources = &database, .resource_count = 1};
    struct alert_rule rule = {
        .name = TEXT("critical"), .conditions = connections, .condition_count = 1};
    const struct config wrong = {.path = TEXT("flightdeck.yaml"),
                                 .environments = &place,
                                 .environment_count = 1,
                                 .alerts = &rule,
                                 .alert_count = 1};
    cr_expect_not(judging_check(&wrong, &err));
    cr_expect_not_null(strstr(err.message, "connections"), "%s", err.message);
    connections[0].is_percent = false;
    cr_expect(judging_check(&wrong, &err));
}

Test(judging, the_quietest_hour_of_the_day_is_found)
{
    const double sums[] = {3600, 360, 7200};
    json_t *results = json_array();
    json_array_append_new(results, series(0, 0, 3600, sums, 3));
    auto_free char *reply = reply_of(results);
    const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct judging_rates rates;
    resources[0].params = json_pack("{s:s, s:s}", "lambda", "fn", "alias", "live");
    cr_assert(judging_read_rates(f.aws, &resources[0], (T0 + 4 * 3600) * 1000, NULL, &rates, &err),
              "%s", err.message);
    cr_expect(rates.is_known);
    cr_expect_float_eq(rates.now, 2, 1e-9);
    cr_expect_float_eq(rates.hours[rates.quietest_hour], 0.1, 1e-9);
    json_decref(resources[0].params);
    fixture_close(&f);
}
