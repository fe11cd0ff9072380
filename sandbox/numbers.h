/*
 * numbers.h - what was measured: a histogram per minute, and when it can be seen.
 *
 * CloudWatch is late: a minute is complete 90 to 150 s after its end, and a third of the minutes
 * can be seen in part before that. Durations are drawn from a fixed set of values
 * (numbers_duration_ms), so the histograms are exact. The last day is kept.
 */
#ifndef SANDBOX_NUMBERS_H
#define SANDBOX_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/statistic.h"

struct numbers;
struct numbers_series;
struct world;

#define NUMBERS_BUCKETS 256
#define NUMBERS_LONGEST_MS 30000.0
#define NUMBERS_MAX_DIMENSIONS 4

struct numbers *numbers_new(void);
void numbers_free(struct numbers *n);

/* ---- writing ---- */

/* The series of calls of function:qualifier that this version executed; "" = called without a
 * qualifier. Of an HTTP API: its id as owner, "" and 0. Made when it is new; lives as long as n. */
struct numbers_series *numbers_series(struct numbers *n, const char *owner, const char *qualifier,
                                      int version);

struct numbers_call {
    int bucket; /* of its duration */
    bool is_error, is_client_error;
};
void numbers_add(struct numbers_series *s, int64_t at_s, const struct numbers_call *call);
/* So many ran at the same time. */
void numbers_add_concurrency(struct numbers_series *s, int64_t at_s, double level);

double numbers_duration_ms(int bucket);
int numbers_bucket(double duration_ms); /* the nearest */

/* ---- reading ---- */

struct numbers_question {
    const char *name_space, *metric;
    struct {
        const char *name, *value;
    } dimensions[NUMBERS_MAX_DIMENSIONS];
    size_t dimension_count;
    int64_t start_s, end_s; /* start of the first period; exclusive */
    int period_s;           /* a multiple of 60 */
    int64_t seen_at_ms;     /* what could be seen at that world time; 0 = now */
};
struct numbers_point {
    int64_t at_s;
    struct samples samples; /* never empty */
};
struct numbers_answer {
    struct numbers_point *points; /* ascending; owned */
    size_t count, capacity;
    const char *unit; /* "Count", ...; NULL when nobody publishes such a metric */
};
/* Dimensions that nobody published give no points. */
void numbers_read(const struct world *w, const struct numbers_question *q,
                  struct numbers_answer *out);
void numbers_answer_clear(struct numbers_answer *a);

#endif
