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

#include "aws/cloudwatch.h"
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

/* What a row of the tables is in CloudWatch. */
struct metrics_definition {
    const char *name, *metric;
    const char *statistic;   /* "Sum", "Average", "p99" */
    const char *denominator; /* of a rate: the metric that it is a share of; else NULL */
    double factor;           /* from CloudWatch's unit to ours */
};
const struct metrics_definition *metrics_definition(const struct resource_kind *kind,
                                                    const char *name); /* NULL = none */

#define METRICS_IDENTITY_SIZE 180

/*
 * What the first dimension of a resource's metrics says: the function's name, the API's id, the
 * instance's identifier. Only an HTTP API that is configured by its name is looked up (GetApis); a
 * caller that asks often keeps the answer.
 */
bool metrics_identity(struct aws *aws, const struct resource *resource, struct cancel *cancel,
                      char out[static METRICS_IDENTITY_SIZE], struct error *err) FD_MUST_USE;

/* The dimensions of one resource's metrics; a query borrows its text. */
struct metrics_source {
    const char *name_space; /* "AWS/Lambda" */
    const char *first;      /* name of the first dimension */
    char identity[METRICS_IDENTITY_SIZE];
    char alias[320]; /* of a Lambda alias: FUNCTION:ALIAS, the dimension Resource */
    char version[24];
};
/* identity NULL: as configured. version "": all versions. */
void metrics_source_init(struct metrics_source *s, const struct resource *resource,
                         const char *identity, const char *version);
/* Fills everything but the id. */
void metrics_source_query(const struct metrics_source *s, const char *metric, const char *statistic,
                          int period_s, struct metric_query *out);

struct metrics_question {
    const struct resource *resource; /* borrowed */
    const char *metric;              /* a name of its kind's table */
    const char *version;  /* of a Lambda alias: only this version, by ExecutedVersion; "" = all */
    int period_s;         /* 60, or a multiple of it that covers the whole window */
    const char *identity; /* of metrics_identity; NULL = it is looked up */
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
