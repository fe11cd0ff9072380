/* budget.c - requests leave no faster than AWS's quotas. */
#include "aws/budget.h"

#include <criterion/criterion.h>

#include "aws/client.h"

/* How many of n requests asked for at once could leave within their first second. */
static int within_a_second(enum aws_service service, const char *operation, int n)
{
    struct budget budget;
    int count = 0;
    budget_init(&budget, 1000);
    for (int i = 0; i < n; i++)
        count += budget_take_ms(&budget, (int)service, operation, 1000) == 0;
    return count;
}

Test(budget, lets_one_second_of_quota_leave_at_once)
{
    cr_expect_eq(within_a_second(AWS_LAMBDA, "UpdateAlias", 200), 15);
    cr_expect_eq(within_a_second(AWS_LAMBDA, "GetFunction", 200), 100);
    cr_expect_eq(within_a_second(AWS_LAMBDA, "Invoke", 200), 200);
    cr_expect_eq(within_a_second(AWS_CLOUDWATCH, "GetMetricData", 200), 50);
    cr_expect_eq(within_a_second(AWS_CLOUDWATCH, "DescribeAlarms", 200), 9);
    cr_expect_eq(within_a_second(AWS_STS, "GetCallerIdentity", 200), 200);
}

Test(budget, queues_the_rest_and_fills_again)
{
    struct budget budget;
    budget_init(&budget, 0);
    for (int i = 0; i < 15; i++)
        cr_assert_eq(budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 0), 0);
    int64_t first = budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 0);
    int64_t second = budget_take_ms(&budget, AWS_LAMBDA, "UpdateAlias", 0);
    cr_expect_eq(first, 67);
    cr_expect_eq(second, 134);
    /* A second later both have left, and the rest of the second's worth is there. */
    for (int i = 0; i < 13; i++)
        cr_expect_eq(budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 1000), 0);
    cr_expect_gt(budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 1000), 0);
    /* A long pause does not save up more than one second's worth. */
    int count = 0;
    for (int i = 0; i < 40; i++)
        count += budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 1000000) == 0;
    cr_expect_eq(count, 15);
}

Test(budget, counts_operations_apart)
{
    struct budget budget;
    budget_init(&budget, 0);
    for (int i = 0; i < 20; i++)
        (void)budget_take_ms(&budget, AWS_LAMBDA, "GetAlias", 0);
    cr_expect_eq(budget_take_ms(&budget, AWS_LAMBDA, "GetFunction", 0), 0);
    cr_expect_eq(budget_take_ms(&budget, AWS_CLOUDWATCH, "GetMetricData", 0), 0);
}
