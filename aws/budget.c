/* budget.c - token buckets per group of operations. */
#include "aws/budget.h"

#include <stddef.h>
#include <string.h>

#include "aws/client.h"

/* First match wins; operation NULL = every other one of the service. rate 0 = unlimited. */
static const struct {
    enum aws_service service;
    const char *operation;
    double rate_per_s;
} rows[] = {
    {AWS_LAMBDA, "GetFunction", 100},      {AWS_LAMBDA, "Invoke", 0},  {AWS_LAMBDA, NULL, 15},
    {AWS_CLOUDWATCH, "DescribeAlarms", 9}, {AWS_CLOUDWATCH, NULL, 50}, {AWS_APIGATEWAY, NULL, 10},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])
_Static_assert(ROW_COUNT <= BUDGET_MAX_ROWS, "every row has a state");

/* One second's worth may leave at once. */
void budget_init(struct budget *b, int64_t now_ms)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        b->states[i] = (struct budget_state){rows[i].rate_per_s, now_ms};
}

int64_t budget_take_ms(struct budget *b, int service, const char *operation, int64_t now_ms)
{
    size_t i = 0;
    while (i < ROW_COUNT && !(rows[i].service == (enum aws_service)service &&
                              (!rows[i].operation || strcmp(rows[i].operation, operation) == 0)))
        i++;
    if (i == ROW_COUNT || rows[i].rate_per_s <= 0)
        return 0;
    struct budget_state *state = &b->states[i];
    double rate = rows[i].rate_per_s;
    if (now_ms > state->at_ms) {
        state->allowance += rate * (double)(now_ms - state->at_ms) / 1000.0;
        if (state->allowance > rate)
            state->allowance = rate;
        state->at_ms = now_ms;
    }
    /* Below zero is a place in the queue: whoever comes later waits longer. */
    state->allowance -= 1;
    if (state->allowance >= 0)
        return 0;
    return (int64_t)(-state->allowance * 1000.0 / rate) + 1;
}
