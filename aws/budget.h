/*
 * budget.h - how many requests per second AWS allows, so that we never are the ones who get
 * throttled.
 *
 * Quotas: Lambda control plane 15/s together, GetFunction 100/s, CloudWatch GetMetricData 50/s,
 * DescribeAlarms 9/s, API Gateway 10/s. They are the account's, so we plan with less than all of
 * it. Pure arithmetic on wall milliseconds that the caller hands in. Thread: the owner holds a
 * lock.
 */
#ifndef AWS_BUDGET_H
#define AWS_BUDGET_H

#include <stdint.h>

#define BUDGET_MAX_ROWS 8

struct budget_state {
    double allowance; /* requests that may leave now */
    int64_t at_ms;    /* when it was counted */
};

struct budget {
    struct budget_state states[BUDGET_MAX_ROWS];
};

void budget_init(struct budget *b, int64_t now_ms);
/* Takes one request out of the budget of the operation; 0 = send now, else wait so long first. */
int64_t budget_take_ms(struct budget *b, int service, const char *operation, int64_t now_ms);

#endif
