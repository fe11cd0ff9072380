/* limits.c - a service takes so many requests and then says so. */
#include "sandbox/limits.h"

#include <criterion/criterion.h>

#include "sandbox/operation.h"

#define NOW_MS 1795514400000

/* How many come through at one instant. */
static int burst(struct limits *l, const char *service, const char *operation, int64_t now_ms)
{
    int count = 0, retry_after_s = 0;
    while (count < 100000 && limits_take(l, service, operation, now_ms, &retry_after_s))
        count++;
    return count;
}

Test(limits, are_those_of_each_service)
{
    static const struct {
        const char *service, *operation;
        int saved, per_s;
    } cases[] = {
        {"lambda", "GetFunction", 2000, 100},         {"lambda", "GetPolicy", 300, 15},
        {"lambda", "UpdateAlias", 300, 15},           {"monitoring", "DescribeAlarms", 180, 9},
        {"monitoring", "GetMetricData", 1000, 50},    {"lambda", "Invoke", 100000, 100000},
        {"sts", "GetCallerIdentity", 100000, 100000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct limits *l = limits_new(NOW_MS);
        cr_expect_eq(burst(l, cases[i].service, cases[i].operation, NOW_MS), cases[i].saved, "%s",
                     cases[i].operation);
        cr_expect_eq(burst(l, cases[i].service, cases[i].operation, NOW_MS + 1000), cases[i].per_s,
                     "%s", cases[i].operation);
        cr_expect_eq(burst(l, cases[i].service, cases[i].operation, NOW_MS + 3600000),
                     cases[i].saved, "%s", cases[i].operation);
        limits_free(l);
    }
}

Test(limits, count_what_a_service_counts_together)
{
    struct limits *l = limits_new(NOW_MS);
    cr_expect_eq(burst(l, "lambda", "UpdateAlias", NOW_MS), 300);
    cr_expect_eq(burst(l, "lambda", "PublishVersion", NOW_MS), 0);
    cr_expect_eq(burst(l, "lambda", "GetFunction", NOW_MS), 2000);
    limits_free(l);
}

Test(limits, refuse_in_the_words_of_the_service)
{
    struct reply reply;
    operation_reply_init(&reply);
    cr_expect_not(limits_refuse(&(struct request){.form = WIRE_REST_JSON}, &reply, 1));
    cr_expect_eq(reply.status, 429);
    cr_expect_str_eq(reply.headers[0].name, "Retry-After");
    cr_expect_str_eq(reply.headers[1].value, "TooManyRequestsException");
    operation_reply_clear(&reply);
    operation_reply_init(&reply);
    cr_expect_not(limits_refuse(&(struct request){.form = WIRE_JSON_1_0}, &reply, 1));
    cr_expect_eq(reply.status, 400);
    cr_expect_str_eq(reply.headers[0].value, "Throttling;Sender");
    operation_reply_clear(&reply);
}
