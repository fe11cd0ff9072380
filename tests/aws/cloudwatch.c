/* cloudwatch.c - series are merged over pages; silence about a query is not an idle minute. */
#include "aws/cloudwatch.h"

#include "tests/aws_fixture.h"

static struct error err;

static const struct metric_query queries[] = {
    {.id = "i",
     .name_space = "AWS/Lambda",
     .metric = "Invocations",
     .dimensions = {{"FunctionName", "fn"}, {"Resource", "fn:live"}, {"ExecutedVersion", "42"}},
     .statistic = "Sum",
     .period_s = 60},
    {.id = "slow",
     .name_space = "AWS/Lambda",
     .metric = "Duration",
     .dimensions = {{"FunctionName", "fn"}},
     .statistic = "PR(:2000)",
     .period_s = 300},
};

TestSuite(cloudwatch, .timeout = 60);

Test(cloudwatch, merges_pages_sorts_points_and_keeps_gaps)
{
    auto_free char *first = fixture_reply(
        "200 OK", "",
        "{\"NextToken\":\"t\",\"MetricDataResults\":[{\"Id\":\"slow\",\"StatusCode\":\"Complete\","
        "\"Timestamps\":[],\"Values\":[]},{\"Id\":\"i\",\"StatusCode\":\"PartialData\","
        "\"Timestamps\":[180,60],\"Values\":[3,1]}]}");
    auto_free char *second = fixture_reply(
        "200 OK", "",
        "{\"Messages\":[{\"Code\":\"c\",\"Value\":\"v\"}],\"MetricDataResults\":[{\"Id\":\"i\","
        "\"StatusCode\":\"Complete\",\"Timestamps\":[180.0,\"1970-01-01T00:05:00Z\"],"
        "\"Values\":[3,5.5]}]}");
    const struct scripted_step steps[] = {{first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct metric_result result;
    cr_assert(cloudwatch_get_metric_data(f.aws, queries, 2, 0, 600, NULL, &result, &err), "%s",
              err.message);
    cr_assert_eq(result.count, 2);
    cr_expect_str_eq(result.series[0].id, "i");
    static const struct metric_point expected[] = {{60, 1}, {180, 3}, {300, 5.5}};
    cr_assert_eq(result.series[0].count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(result.series[0].points[i].at_s, expected[i].at_s);
        cr_expect_float_eq(result.series[0].points[i].value, expected[i].value, 1e-9);
    }
    cr_expect_eq(result.series[1].count, 0);
    cloudwatch_result_clear(&result);
    const char *request = f.server->requests[0];
    cr_expect_not_null(
        strstr(request, "X-Amz-Target: GraniteServiceVersion20100801.GetMetricData\r\n"));
    cr_expect_not_null(strstr(request, "Content-Type: application/x-amz-json-1.0\r\n"));
    json_t *body = json_loads(strstr(request, "\r\n\r\n") + 4, 0, NULL);
    json_t *wanted = json_loads(
        "{\"StartTime\":0,\"EndTime\":600,\"ScanBy\":\"TimestampAscending\",\"MetricDataQueries\":["
        "{\"Id\":\"i\",\"ReturnData\":true,\"MetricStat\":{\"Period\":60,\"Stat\":\"Sum\","
        "\"Metric\":"
        "{\"Namespace\":\"AWS/Lambda\",\"MetricName\":\"Invocations\",\"Dimensions\":["
        "{\"Name\":\"FunctionName\",\"Value\":\"fn\"},{\"Name\":\"Resource\",\"Value\":\"fn:live\"}"
        ","
        "{\"Name\":\"ExecutedVersion\",\"Value\":\"42\"}]}}},"
        "{\"Id\":\"slow\",\"ReturnData\":true,\"MetricStat\":{\"Period\":300,\"Stat\":\"PR(:2000)"
        "\","
        "\"Metric\":{\"Namespace\":\"AWS/Lambda\",\"MetricName\":\"Duration\",\"Dimensions\":["
        "{\"Name\":\"FunctionName\",\"Value\":\"fn\"}]}}}]}",
        0, NULL);
    cr_expect(json_equal(body, wanted), "%s", request);
    cr_expect_not_null(strstr(f.server->requests[1], "\"NextToken\":\"t\""));
    json_decref(body);
    json_decref(wanted);
    fixture_close(&f);
}

Test(cloudwatch, an_answer_that_leaves_something_open_is_an_error)
{
    static const struct {
        const char *results;
        enum error_kind kind;
    } cases[] = {
        {"[]", ERROR_INTERNAL},
        {"7", ERROR_INTERNAL},
        {"[{\"Id\":\"i\",\"Timestamps\":[],\"Values\":[]}]", ERROR_INTERNAL},
        {"[{\"Id\":\"other\",\"Timestamps\":[],\"Values\":[]}]", ERROR_INTERNAL},
        {"[{\"Id\":\"i\",\"Timestamps\":[60],\"Values\":[]}]", ERROR_INTERNAL},
        {"[{\"Id\":\"i\",\"Timestamps\":[60],\"Values\":[\"1\"]}]", ERROR_INTERNAL},
        {"[{\"Id\":\"i\",\"Timestamps\":[\"noon\"],\"Values\":[1]}]", ERROR_INTERNAL},
        {"[{\"Id\":\"i\",\"StatusCode\":\"Forbidden\"}]", ERROR_DENIED},
        {"[{\"Id\":\"i\",\"StatusCode\":\"InternalError\"}]", ERROR_TRANSIENT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *body = xasprintf("{\"MetricDataResults\":%s}", cases[i].results);
        auto_free char *reply = fixture_reply("200 OK", "", body);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        struct metric_result result;
        cr_expect_not(cloudwatch_get_metric_data(f.aws, queries, 2, 0, 600, NULL, &result, &err),
                      "%s", body);
        cr_expect_eq(err.kind, cases[i].kind, "%s: %s", body, err.message);
        fixture_close(&f);
    }
}

Test(cloudwatch, asks_for_nothing_when_nothing_is_wanted_and_refuses_too_much)
{
    struct fixture f = fixture_open(NULL, 0, NULL, "");
    struct metric_result result;
    cr_expect(cloudwatch_get_metric_data(f.aws, queries, 0, 0, 60, NULL, &result, &err));
    cr_expect_eq(result.count, 0);
    cr_expect_not(cloudwatch_get_metric_data(f.aws, queries, CLOUDWATCH_MAX_QUERIES + 1, 0, 60,
                                             NULL, &result, &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect_eq(scripted_requests(f.server), 0);
    fixture_close(&f);
}

Test(cloudwatch, reads_alarms_of_both_types_over_pages)
{
    auto_free char *first = fixture_reply(
        "200 OK", "",
        "{\"NextToken\":\"t\",\"MetricAlarms\":[{\"AlarmName\":\"a\",\"StateValue\":\"ALARM\","
        "\"StateReason\":\"why\",\"ActionsEnabled\":true,\"AlarmActions\":[\"arn\"],"
        "\"StateUpdatedTimestamp\":1795515072.5}]}");
    auto_free char *second = fixture_reply(
        "200 OK", "",
        "{\"MetricAlarms\":[],\"CompositeAlarms\":[{\"AlarmName\":\"b\",\"StateValue\":\"OK\","
        "\"ActionsEnabled\":false,\"AlarmActions\":[\"arn\"]}]}");
    auto_free char *silent = fixture_reply("200 OK", "", "{}");
    const struct scripted_step steps[] = {
        {first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}, {silent, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    static const char *const names[] = {"a", "b"};
    struct alarm *alarms = NULL;
    size_t count = 0;
    cr_assert(cloudwatch_describe_alarms(f.aws, NULL, names, 2, NULL, &alarms, &count, &err), "%s",
              err.message);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(alarms[0].name, "a");
    cr_expect_str_eq(alarms[0].state, "ALARM");
    cr_expect_str_eq(alarms[0].reason, "why");
    cr_expect(alarms[0].has_actions);
    cr_expect_eq(alarms[0].changed_at_ms, 1795515072500);
    cr_expect_not(alarms[1].has_actions);
    free(alarms);
    cr_expect_not_null(strstr(f.server->requests[0], "\"AlarmNames\":[\"a\",\"b\"]"));
    cr_expect_not(cloudwatch_describe_alarms(f.aws, "p", NULL, 0, NULL, &alarms, &count, &err));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
    cr_expect_not_null(strstr(f.server->requests[2], "\"AlarmNamePrefix\":\"p\""));
    fixture_close(&f);
}
