/*
 * judging_parts.h - what the files of judging share: the series of one call, and what is asked of
 * an environment.
 */
#ifndef AWS_JUDGING_PARTS_H
#define AWS_JUDGING_PARTS_H

#include "aws/cloudwatch.h"
#include "aws/judging.h"
#include "aws/metrics.h"
#include "core/judge.h"

#define JUDGING_MINUTE_S 60
#define JUDGING_BEFORE_S (30 * 60)
/* A percentile is asked over one period of this length, never averaged from minutes. */
#define JUDGING_PERCENTILE_S (10 * 60)

/* ---- one call ---- */

struct judging_call {
    struct metric_query *queries;
    size_t count, capacity;
    struct metric_result result;
};
/* The index of its series. The source must outlive the call. */
size_t judging_add(struct judging_call *call, const struct metrics_source *source,
                   const char *metric, const char *statistic, int period_s);
bool judging_ask(struct judging_call *call, struct aws *aws, int64_t start_s, int64_t end_s,
                 struct cancel *cancel, struct error *err) FD_MUST_USE;
void judging_call_clear(struct judging_call *call);
/* NAN where that minute is missing. */
double judging_at(const struct judging_call *call, size_t series, int64_t at_s);

/* ---- one version ---- */

struct judging_series {
    struct metrics_source source;
    char slow_statistic[32]; /* "PR(:2000)" */
    size_t requests, errors, throttles, rank, timed;
};
/* version "" = all of the alias. */
void judging_ask_version(struct judging_call *call, struct judging_series *s,
                         const struct resource *function, const char *version,
                         const struct judge_settings *settings);
/* Adds one minute; durations only when is_timed. */
void judging_fold_minute(const struct judging_call *call, const struct judging_series *s,
                         int64_t at_s, bool is_timed, struct judge_tally *into);

/* ---- the environment: every condition of the alert rules whose resource it has, and the server
 * errors of its APIs ---- */

struct judging_condition {
    const struct condition *condition;
    struct condition *own; /* it, where no alert rule has it; owned */
    const struct resource *resource;
    const struct metrics_definition *definition;
    bool rolls_back;
    enum judge_measure measure;
    struct metrics_source source;
    size_t value, whole; /* of a rate; of a percentile how many requests are behind it */
    double *values;      /* room for the judge's */
};
struct judging_conditions {
    struct judging_condition *rows;
    size_t count;
};
/* identities: of the captured; NULL = as configured. */
void judging_conditions_init(struct judging_conditions *c, const struct config *config,
                             const struct environment *environment, const json_t *identities);
void judging_conditions_clear(struct judging_conditions *c);
void judging_ask_conditions(struct judging_call *call, struct judging_conditions *c,
                            int percentile_s);
/* In the unit that the judge compares in: rates 0..1, others as the metric's table says. */
double judging_threshold(const struct judging_condition *c);

#endif
