/*
 * judging.h - reads the numbers of one look and has core/judge decide.
 *
 * One GetMetricData per look carries everything: both versions by the minute since the first shift,
 * and the environment of the alert rules. What was before the first shift is captured once and
 * journalled. Thread: any; blocks.
 */
#ifndef AWS_JUDGING_H
#define AWS_JUDGING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/step.h"

struct aws;
struct cancel;

/* Refuses alert rules that nothing can be measured against: a share of a limit that AWS does not
 * tell. */
bool judging_check(const struct config *config, struct error *err) FD_MUST_USE;

/*
 * Before the first write of traffic: the function's timeout, the ids of its APIs, and the numbers
 * of the half hour before. New reference; to be journalled as it is.
 */
bool judging_capture(struct aws *aws, const struct config *config,
                     const struct environment *environment, const struct resource *function,
                     int64_t now_ms, struct cancel *cancel, json_t **out,
                     struct error *err) FD_MUST_USE;
int judging_timeout_s(const json_t *captured); /* of the function */

struct judging_weight { /* one change of weight, in order */
    double weight;
    int64_t since_ms, bake_ms;
};

struct judging_subject {
    const struct config *config;
    const struct environment *environment;
    const struct resource *function;
    const char *old_version, *new_version; /* numbers */
    const json_t *captured;                /* of judging_capture */
    const struct judging_weight *weights;  /* the last one is now */
    size_t weight_count;                   /* 0: no traffic was moved yet, nothing is read */
};

/* *measurement (new reference): counts, bounds, windows, as they are to be journalled. */
bool judging_look(struct aws *aws, const struct judging_subject *subject, int64_t now_ms,
                  struct cancel *cancel, json_t **measurement, struct verdict *verdict,
                  struct error *err) FD_MUST_USE;

/* Requests per second of an alias over the last day, by hour of UTC. */
struct judging_rates {
    bool is_known;     /* CloudWatch had numbers */
    double now;        /* of the last whole hour */
    double hours[24];  /* by hour of UTC; 0 = none seen */
    int quietest_hour; /* among those that had a whole hour to be seen */
};
bool judging_read_rates(struct aws *aws, const struct resource *function, int64_t now_ms,
                        struct cancel *cancel, struct judging_rates *out,
                        struct error *err) FD_MUST_USE;

#endif
