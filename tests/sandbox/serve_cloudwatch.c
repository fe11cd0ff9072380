/* serve_cloudwatch.c - metrics and alarms as clients see them: values, pages, refusals. */
#include "sandbox/services.h"
#include "tests/world_fixture.h"

#include <math.h>

#define FROM "1795512600" /* half an hour before the world began */
#define TO "1795514100"   /* and five minutes: all can be seen */
#define METRIC(metric)                                                                             \
    "\"Metric\":{\"Namespace\":\"AWS/Lambda\",\"MetricName\":\"" metric "\",\"Dimensions\":"       \
    "[{\"Name\":\"FunctionName\",\"Value\":\"" PROD "\"}]}"
#define QUERY(id, metric, stat, period)                                                            \
    "{\"Id\":\"" id "\",\"MetricStat\":{" METRIC(metric) ",\"Stat\":\"" stat                       \
                                                         "\",\"Period\":" period "}}"
#define DATA(from, to, rest, queries)                                                              \
    "{\"StartTime\":" from ",\"EndTime\":" to rest ",\"MetricDataQueries\":[" queries "]}"

static struct answered call(struct world *w, const char *operation, const char *body)
{
    return fixture_call(w, &serve_cloudwatch_service, "POST", operation, body);
}

static json_t *result(const struct answered *a, size_t index)
{
    return json_array_get(json_object_get(a->json, "MetricDataResults"), index);
}

static double number_at(const json_t *object, const char *list, size_t index)
{
    return json_number_value(json_array_get(json_object_get(object, list), index));
}

Test(serve_cloudwatch, gives_series_in_the_order_that_was_asked_for)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered up = call(
        w, "GetMetricData",
        DATA(FROM, TO, ",\"ScanBy\":\"TimestampAscending\"",
             QUERY("calls", "Invocations", "Sum", "60") "," QUERY("e", "Errors", "Sum", "60")));
    struct answered down =
        call(w, "GetMetricData", DATA(FROM, TO, "", QUERY("calls", "Invocations", "Sum", "60")));
    json_t *calls = result(&up, 0), *back = result(&down, 0);
    size_t count = json_array_size(json_object_get(calls, "Values"));
    cr_assert_eq(count, 25, "%s", up.text);
    cr_expect_eq(json_array_size(json_object_get(back, "Values")), count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(number_at(calls, "Timestamps", i), 1795512600 + 60.0 * (double)i);
        cr_expect_eq(number_at(calls, "Values", i), number_at(back, "Values", count - 1 - i));
    }
    cr_expect_str_eq(json_string_value(json_object_get(calls, "StatusCode")), "Complete");
    cr_expect_str_eq(json_string_value(json_object_get(result(&up, 1), "Id")), "e");
    answered_clear(&up);
    answered_clear(&down);
    world_free(w);
}

Test(serve_cloudwatch, one_period_covers_a_window_and_rank_agrees_with_percentile)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered a = call(
        w, "GetMetricData",
        DATA(FROM, TO, "",
             QUERY("n", "Duration", "SampleCount", "1500") "," QUERY(
                 "i", "Invocations", "Sum", "1500") "," QUERY("p", "Duration", "p99", "1500")));
    cr_expect_eq(number_at(result(&a, 0), "Values", 0), number_at(result(&a, 1), "Values", 0));
    double p99 = number_at(result(&a, 2), "Values", 0);
    cr_expect(p99 > 300 && p99 < 500, "%g", p99);
    auto_free char *body =
        xasprintf(DATA(FROM, TO, "",
                       "{\"Id\":\"r\",\"MetricStat\":{" METRIC(
                           "Duration") ",\"Stat\":\"PR(:%.2f)\",\"Period\":1500}}"),
                  p99);
    struct answered rank = call(w, "GetMetricData", body);
    cr_expect_geq(number_at(result(&rank, 0), "Values", 0), 99);
    cr_expect_lt(number_at(result(&rank, 0), "Values", 0), 99.9);
    answered_clear(&a);
    answered_clear(&rank);
    world_free(w);
}

Test(serve_cloudwatch, pages_hold_all_points_once)
{
    struct world *w = fixture_world(1, "healthy");
    char token[64] = "";
    size_t points = 0, pages = 0, partial = 0;
    double sum = 0;
    do {
        auto_free char *body =
            xasprintf(DATA(FROM, TO, ",\"MaxDatapoints\":7%s%s%s",
                           QUERY("a", "Invocations", "Sum", "60") "," QUERY("b", "Invocations",
                                                                            "SampleCount", "300")),
                      token[0] ? ",\"NextToken\":\"" : "", token, token[0] ? "\"" : "");
        struct answered a = call(w, "GetMetricData", body);
        cr_assert_eq(a.status, 200, "%s", a.text);
        for (size_t q = 0; q < 2; q++) {
            size_t count = json_array_size(json_object_get(result(&a, q), "Values"));
            for (size_t i = 0; i < count; i++)
                sum += (q == 0 ? 1 : -1) * number_at(result(&a, q), "Values", i);
            points += count;
            partial += strcmp(json_string_value(json_object_get(result(&a, q), "StatusCode")),
                              "PartialData") == 0;
        }
        snprintf(token, sizeof token, "%s",
                 json_object_get(a.json, "NextToken") ? fixture_text(&a, "NextToken") : "");
        answered_clear(&a);
        fixture_wait(w, 60);
    } while (token[0] && ++pages < 20);
    cr_expect_eq(points, 25 + 5);
    cr_expect_eq(pages, 4);
    cr_expect_gt(partial, 3);
    cr_expect_float_eq(sum, 0, 1e-6, "minutes and five minutes add up to the same: %g", sum);
    world_free(w);
}

Test(serve_cloudwatch, nobody_s_metric_is_empty_and_not_an_error)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered a =
        call(w, "GetMetricData", DATA(FROM, TO, "", QUERY("a", "Sorrows", "Sum", "60")));
    cr_expect_eq(a.status, 200);
    cr_expect_eq(json_array_size(json_object_get(result(&a, 0), "Values")), 0);
    cr_expect_str_eq(json_string_value(json_object_get(result(&a, 0), "StatusCode")), "Complete");
    answered_clear(&a);
    world_free(w);
}

Test(serve_cloudwatch, refuses_what_cannot_be_asked)
{
#define GOOD QUERY("a", "Errors", "Sum", "60")
#define STATISTICS(rest)                                                                           \
    "{\"Namespace\":\"AWS/"                                                                        \
    "Lambda\",\"MetricName\":\"Errors\",\"StartTime\":0,\"EndTime\":86400" rest "}"
    static const struct {
        const char *operation, *body, *code;
    } cases[] = {
        {"GetMetricData", "{}", "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", ""), "ValidationError"},
        {"GetMetricData", DATA(TO, FROM, "", GOOD), "ValidationError"},
        {"GetMetricData", DATA("\"soon\"", TO, "", GOOD), "ValidationError"},
        {"GetMetricData", DATA("0", TO, "", GOOD), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", GOOD "," GOOD), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", QUERY("A", "Errors", "Sum", "60")), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", QUERY("a", "Errors", "Sum", "61")), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", QUERY("a", "Errors", "Sum", "0")), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", QUERY("a", "Errors", "p101", "60")),
         "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, "", "{\"Id\":\"a\",\"Expression\":\"1\"}"),
         "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, ",\"ScanBy\":\"Sideways\"", GOOD), "ValidationError"},
        {"GetMetricData", DATA(FROM, TO, ",\"NextToken\":\"x\"", GOOD), "InvalidNextToken"},
        {"GetMetricStatistics", STATISTICS(",\"Period\":600"), "InvalidParameterCombination"},
        {"GetMetricStatistics",
         STATISTICS(",\"Period\":600,\"Statistics\":[\"Sum\"],\"ExtendedStatistics\":[\"p99\"]"),
         "InvalidParameterCombination"},
        {"GetMetricStatistics", STATISTICS(",\"Period\":600,\"Statistics\":[\"p99\"]"),
         "InvalidParameterValue"},
        {"GetMetricStatistics", STATISTICS(",\"Period\":600,\"ExtendedStatistics\":[\"Sum\"]"),
         "InvalidParameterValue"},
        {"GetMetricStatistics",
         "{\"Namespace\":\"AWS/"
         "Lambda\",\"MetricName\":\"Errors\",\"StartTime\":0,\"EndTime\":86460,"
         "\"Period\":60,\"Statistics\":[\"Sum\"]}",
         "InvalidParameterCombination"},
        {"DescribeAlarms", "{\"AlarmNames\":[\"a\"],\"AlarmNamePrefix\":\"b\"}", "ValidationError"},
        {"DescribeAlarms", "{\"MaxRecords\":101}", "ValidationError"},
        {"DescribeAlarms", "{\"NextToken\":\"99\"}", "InvalidNextToken"},
    };
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answered a = call(w, cases[i].operation, cases[i].body);
        cr_expect_eq(a.status, 400, "case %zu: %s", i, a.text);
        cr_expect_str_eq(a.code, cases[i].code, "case %zu: %s", i, a.text);
        answered_clear(&a);
    }
    world_free(w);
}

Test(serve_cloudwatch, statistics_are_given_plain_or_extended)
{
    struct world *w = fixture_world(1, "healthy");
#define ASK(rest)                                                                                  \
    "{\"Namespace\":\"AWS/Lambda\",\"MetricName\":\"Duration\",\"Dimensions\":[{\"Name\":"         \
    "\"FunctionName\",\"Value\":\"" PROD "\"}],\"StartTime\":" FROM ",\"EndTime\":" TO             \
    ",\"Period\":300," rest "}"
    struct answered plain = call(w, "GetMetricStatistics",
                                 ASK("\"Statistics\":[\"Average\",\"Maximum\",\"SampleCount\"]"));
    struct answered extended =
        call(w, "GetMetricStatistics", ASK("\"ExtendedStatistics\":[\"p50\",\"p99\"]"));
    struct answered other_unit =
        call(w, "GetMetricStatistics", ASK("\"Statistics\":[\"Sum\"],\"Unit\":\"Bytes\""));
    json_t *points = json_object_get(plain.json, "Datapoints");
    cr_assert_eq(json_array_size(points), 5, "%s", plain.text);
    json_t *point = json_array_get(points, 0);
    cr_expect_str_eq(json_string_value(json_object_get(point, "Unit")), "Milliseconds");
    cr_expect_lt(json_number_value(json_object_get(point, "Average")),
                 json_number_value(json_object_get(point, "Maximum")));
    json_t *values = json_object_get(
        json_array_get(json_object_get(extended.json, "Datapoints"), 0), "ExtendedStatistics");
    cr_expect_lt(json_number_value(json_object_get(values, "p50")),
                 json_number_value(json_object_get(values, "p99")));
    cr_expect_eq(json_array_size(json_object_get(other_unit.json, "Datapoints")), 0);
    answered_clear(&plain);
    answered_clear(&extended);
    answered_clear(&other_unit);
    world_free(w);
}

Test(serve_cloudwatch, describes_alarms_by_prefix_name_and_page)
{
    static const struct {
        const char *body;
        size_t count;
        bool has_more;
    } cases[] = {
        {"{}", 4, true},
        {"{\"MaxRecords\":2}", 2, true},
        {"{\"NextToken\":\"10\"}", 2, false},
        {"{\"AlarmNamePrefix\":\"finally-prod-\"}", 4, false},
        {"{\"AlarmNames\":[\"finally-prod-api-errors\",\"nothing\"]}", 1, false},
        {"{\"StateValue\":\"ALARM\"}", 0, false},
        {"{\"AlarmTypes\":[\"CompositeAlarm\"]}", 0, false},
    };
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answered a = call(w, "DescribeAlarms", cases[i].body);
        json_t *alarms = json_object_get(a.json, "MetricAlarms");
        cr_expect_eq(json_array_size(alarms), cases[i].count, "%s: %s", cases[i].body, a.text);
        cr_expect_eq(json_object_get(a.json, "NextToken") != NULL, cases[i].has_more, "%s",
                     cases[i].body);
        json_t *first = json_array_get(alarms, 0);
        if (first) {
            cr_expect_str_eq(json_string_value(json_object_get(first, "StateValue")), "OK");
            cr_expect_eq(json_array_size(json_object_get(first, "AlarmActions")), 1);
        }
        answered_clear(&a);
    }
    world_free(w);
}

Test(serve_cloudwatch, speaks_the_query_protocol_of_older_clients)
{
    struct world *w = fixture_world(1, "healthy");
    struct answered a =
        call(w, "",
             "Action=GetMetricStatistics&Version=2010-08-01&Namespace=AWS%2FLambda&MetricName="
             "Invocations&Dimensions.member.1.Name=FunctionName&Dimensions.member.1.Value=" PROD
             "&StartTime=2026-11-24T09%3A30%3A00Z&EndTime=2026-11-24T09%3A55%3A00Z&Period=1500&"
             "Statistics.member.1=Sum&Statistics.member.2=SampleCount");
    cr_expect_eq(a.status, 200);
    static const char *const parts[] = {
        "<GetMetricStatisticsResult><Label>Invocations</Label><Datapoints><member>",
        "<Timestamp>2026-11-24T09:30:00.000Z</Timestamp>", "<Unit>Count</Unit>", "<Sum>",
        "</GetMetricStatisticsResponse>"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_neq(strstr(a.text, parts[i]), NULL, "%s is not in %s", parts[i], a.text);
    answered_clear(&a);
    a = call(w, "", "Action=GetMetricData&Version=2010-08-01");
    cr_expect_eq(a.status, 400);
    cr_expect_neq(strstr(a.text, "<Code>ValidationError</Code>"), NULL, "%s", a.text);
    answered_clear(&a);
    world_free(w);
}
