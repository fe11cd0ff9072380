/* limits.c - see limits.h. */
#include "sandbox/limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "sandbox/operation.h"

#define SECONDS_SAVED 20

/* First match wins; operation NULL = every other one of the service; rate 0 = no limit. */
static const struct row {
    const char *service, *operation;
    double rate_per_s;
} rows[] = {
    {"lambda", "GetFunction", 100},
    {"lambda", "GetPolicy", 15},
    {"lambda", "Invoke", 0},
    {"lambda", NULL, 15},
    {"monitoring", "GetMetricData", 50},
    {"monitoring", "GetMetricStatistics", 400},
    {"monitoring", "DescribeAlarms", 9},
    {"monitoring", NULL, 25},
    {"apigateway", NULL, 10},
    {"rds", NULL, 20},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

struct limits {
    pthread_mutex_t lock;
    struct {
        double tokens;
        int64_t at_ms;
    } states[ROW_COUNT];
};

struct limits *limits_new(int64_t wall_now_ms)
{
    struct limits *l = xcalloc(1, sizeof *l);
    (void)pthread_mutex_init(&l->lock, NULL);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        l->states[i].tokens = rows[i].rate_per_s * SECONDS_SAVED;
        l->states[i].at_ms = wall_now_ms;
    }
    return l;
}

void limits_free(struct limits *l)
{
    if (l == NULL)
        return;
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

static bool is_row(const struct row *row, const char *service, const char *operation)
{
    return strcmp(row->service, service) == 0 &&
           (row->operation == NULL || strcmp(row->operation, operation) == 0);
}

bool limits_take(struct limits *l, const char *service, const char *operation, int64_t wall_now_ms,
                 int *retry_after_s)
{
    size_t i = 0;
    while (i < ROW_COUNT && !is_row(&rows[i], service, operation))
        i++;
    if (i == ROW_COUNT || rows[i].rate_per_s <= 0)
        return true;
    double rate = rows[i].rate_per_s;
    (void)pthread_mutex_lock(&l->lock);
    if (wall_now_ms > l->states[i].at_ms) {
        double saved =
            l->states[i].tokens + rate * (double)(wall_now_ms - l->states[i].at_ms) / 1000.0;
        l->states[i].tokens = saved > rate * SECONDS_SAVED ? rate * SECONDS_SAVED : saved;
        l->states[i].at_ms = wall_now_ms;
    }
    bool is_free = l->states[i].tokens >= 1;
    if (is_free)
        l->states[i].tokens -= 1;
    (void)pthread_mutex_unlock(&l->lock);
    if (!is_free)
        *retry_after_s = 1;
    return is_free;
}

bool limits_refuse(const struct request *r, struct reply *reply, int retry_after_s)
{
    char seconds[16];
    if (r->form != WIRE_REST_JSON)
        return operation_refuse(r, reply, 400, "Throttling", "Rate exceeded");
    (void)snprintf(seconds, sizeof seconds, "%d", retry_after_s);
    if (retry_after_s > 0)
        operation_header(reply, "Retry-After", seconds);
    return operation_refuse(r, reply, 429, "TooManyRequestsException", "Rate Exceeded.");
}
