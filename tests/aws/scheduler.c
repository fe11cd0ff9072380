/* scheduler.c - what is sent to EventBridge Scheduler, and what its answers mean. */
#include "aws/scheduler.h"

#include "core/clock.h"
#include "tests/aws_fixture.h"

static struct error err;

static json_t *body_at(int64_t at_ms)
{
    json_t *input = json_pack("{s:s}", "FunctionName", "fn");
    const struct scheduler_once once = {.name = "flightdeck-r-1",
                                        .description = "gives it back",
                                        .at_ms = at_ms,
                                        .target = "arn:aws:scheduler:::aws-sdk:lambda:updateAlias",
                                        .role = "arn:aws:iam::123456789012:role/r",
                                        .input = input};
    json_t *body = scheduler_once_json(&once);

    json_decref(input);
    return body;
}

TestSuite(scheduler, .timeout = 60);

Test(scheduler, a_schedule_fires_once_to_the_second_and_is_gone)
{
    int64_t at_ms;
    cr_assert(clock_parse_stamp("2026-11-24T10:57:02.900Z", &at_ms));
    json_t *body = body_at(at_ms);
    json_t *wanted =
        json_loads("{\"ActionAfterCompletion\":\"DELETE\",\"Description\":\"gives it back\","
                   "\"FlexibleTimeWindow\":{\"Mode\":\"OFF\"},\"State\":\"ENABLED\","
                   "\"ScheduleExpression\":\"at(2026-11-24T10:57:02)\",\"Target\":{"
                   "\"Arn\":\"arn:aws:scheduler:::aws-sdk:lambda:updateAlias\","
                   "\"RoleArn\":\"arn:aws:iam::123456789012:role/r\","
                   "\"Input\":\"{\\\"FunctionName\\\":\\\"fn\\\"}\","
                   "\"RetryPolicy\":{\"MaximumEventAgeInSeconds\":900,"
                   "\"MaximumRetryAttempts\":10}}}",
                   0, NULL);
    auto_free char *found = json_dumps(body, JSON_SORT_KEYS);
    cr_expect(json_equal(body, wanted), "%s", found);
    json_decref(body);
    json_decref(wanted);
}

Test(scheduler, each_operation_as_AWS_takes_it)
{
    auto_free char *arn = fixture_reply("200 OK", "", "{\"ScheduleArn\":\"arn\"}");
    auto_free char *there = fixture_reply("200 OK", "", "{\"Name\":\"n\"}");
    auto_free char *empty = fixture_reply("200 OK", "", "{}");
    auto_free char *gone =
        fixture_reply("404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n",
                      "{\"Message\":\"Schedule n does not exist.\"}");
    const struct scripted_step steps[] = {{arn, SCRIPTED_KEEP, 0},   {arn, SCRIPTED_KEEP, 0},
                                          {there, SCRIPTED_KEEP, 0}, {empty, SCRIPTED_KEEP, 0},
                                          {gone, SCRIPTED_KEEP, 0},  {gone, SCRIPTED_KEEP, 0},
                                          {gone, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    json_t *body = body_at(1000);
    bool is_there = false;

    cr_expect(scheduler_create(f.aws, "n", body, "token", NULL, &err), "%s", err.message);
    cr_expect(scheduler_update(f.aws, "n", body, NULL, &err), "%s", err.message);
    cr_expect(scheduler_find(f.aws, "n", NULL, &is_there, &err) && is_there, "%s", err.message);
    cr_expect(scheduler_delete(f.aws, "n", NULL, &err), "%s", err.message);
    cr_expect(scheduler_find(f.aws, "n", NULL, &is_there, &err) && !is_there, "%s", err.message);
    cr_expect_not(scheduler_delete(f.aws, "n", NULL, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect_not(scheduler_update(f.aws, "n", body, NULL, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    static const char *const expected[] = {
        "POST /schedules/n HTTP/1.1\r\n", "PUT /schedules/n HTTP/1.1\r\n",
        "GET /schedules/n HTTP/1.1\r\n",  "DELETE /schedules/n HTTP/1.1\r\n",
        "GET /schedules/n HTTP/1.1\r\n",  "DELETE /schedules/n HTTP/1.1\r\n",
        "PUT /schedules/n HTTP/1.1\r\n"};
    cr_assert_eq(scripted_requests(f.server), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        cr_expect_eq(strstr(f.server->requests[i], expected[i]), f.server->requests[i], "%s",
                     f.server->requests[i]);
    cr_expect_not_null(strstr(f.server->requests[0], "\"ClientToken\":\"token\""));
    cr_expect_null(strstr(f.server->requests[1], "ClientToken"));
    cr_expect_not_null(strstr(f.server->requests[0], "/scheduler/aws4_request"));
    json_decref(body);
    fixture_close(&f);
}
