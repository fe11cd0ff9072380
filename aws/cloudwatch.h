/*
 * cloudwatch.h - GetMetricData and DescribeAlarms over JSON 1.0.
 *
 * Facts: CloudWatch API reference; protocol awsJson1_0, X-Amz-Target
 * GraniteServiceVersion20100801.*
 */
#ifndef AWS_CLOUDWATCH_H
#define AWS_CLOUDWATCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct aws;
struct cancel;

#define CLOUDWATCH_MAX_QUERIES 500
#define CLOUDWATCH_MAX_DIMENSIONS 4

struct metric_query {
    char id[40];                     /* [a-z][a-zA-Z0-9_]* ; unique in the call */
    const char *name_space, *metric; /* borrowed */
    struct {
        const char *name, *value;
    } dimensions[CLOUDWATCH_MAX_DIMENSIONS]; /* unused rows NULL */
    const char *statistic;                   /* "Sum", "p99", "PR(:2000)", "Maximum" */
    int period_s;                            /* 60 or a multiple */
};

struct metric_point {
    int64_t at_s; /* start of the period, epoch seconds */
    double value;
};

/* Points ascend by time; a missing minute is missing, never zero. */
struct metric_series {
    char id[40];
    struct metric_point *points; /* owned */
    size_t count;
};

struct metric_result {
    struct metric_series *series; /* owned; one per query, same order */
    size_t count;
};

void cloudwatch_result_clear(struct metric_result *r);
/* All pages. start and end in epoch seconds, aligned by the caller; end exclusive. */
bool cloudwatch_get_metric_data(struct aws *a, const struct metric_query *queries, size_t count,
                                int64_t start_s, int64_t end_s, struct cancel *cancel,
                                struct metric_result *out, struct error *err) FD_MUST_USE;

struct alarm {
    char name[256];
    char state[24]; /* OK, ALARM, INSUFFICIENT_DATA */
    char reason[512];
    bool has_actions;
    int64_t changed_at_ms;
};
/* prefix or names may be NULL/0; all pages; *out yours to free() . */
bool cloudwatch_describe_alarms(struct aws *a, const char *prefix, const char *const *names,
                                size_t name_count, struct cancel *cancel, struct alarm **out,
                                size_t *count, struct error *err) FD_MUST_USE;

#endif
