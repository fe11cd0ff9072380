/*
 * metrics.h - what a metric of the configuration ("error rate", "cpu") is in CloudWatch.
 *
 * One table per resource kind. A rate is computed by us from Sum series (numerator over
 * denominator); a percentile over a window is asked with one Period that covers it, never averaged
 * from minutes. Missing minutes are missing, never zero. All calls of one question go in one
 * GetMetricData.
 */
#ifndef AWS_METRICS_H
#define AWS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/resource.h"

struct aws;
struct cancel;
struct environment;
struct resource;

/* The tables that the resource kinds show as their metrics; each ends with {0}. */
extern const struct metric_name metrics_of_lambda[];
extern const struct metric_name metrics_of_http_api[];
extern const struct metric_name metrics_of_rds[];

struct metrics_question {
    const struct resource *resource; /* borrowed */
    const char *metric;              /* a name of its kind's table */
    const char *version; /* of a Lambda alias: only this version, by ExecutedVersion; "" = all */
    int period_s;        /* 60, or a multiple of it that covers the whole window */
};

struct metrics_value {
    int64_t at_s; /* start of the period, epoch seconds */
    double value; /* in the metric's unit: percent as 0..100, ms, counts per period */
};

struct metrics_answer {
    struct metrics_value *values; /* ascending; owned */
    size_t count;
    bool is_rate;                  /* then the sums below are those it was computed from */
    double numerator, denominator; /* over the whole window */
};

/* Epoch seconds, aligned to minutes by the caller; end exclusive. answers[count] is the caller's.
 */
bool metrics_read(struct aws *aws, const struct environment *environment,
                  const struct metrics_question *questions, size_t count, int64_t start_s,
                  int64_t end_s, struct cancel *cancel, struct metrics_answer *answers,
                  struct error *err) FD_MUST_USE;
void metrics_answers_clear(struct metrics_answer *answers, size_t count);

#endif
