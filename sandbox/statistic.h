/*
 * statistic.h - CloudWatch's statistics over a set of values. Pure.
 *
 * Facts: "CloudWatch statistics definitions". A percentile is the smallest value that at least so
 * many percent of the values do not exceed.
 */
#ifndef SANDBOX_STATISTIC_H
#define SANDBOX_STATISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
    double value;
    uint64_t count; /* how often; never 0 */
};
struct samples {
    struct sample *items; /* owned */
    size_t count, capacity;
};
void statistic_add(struct samples *s, double value, uint64_t count);
void statistic_clear(struct samples *s);

enum statistic_kind {
    STATISTIC_SUM,
    STATISTIC_SAMPLE_COUNT,
    STATISTIC_AVERAGE,
    STATISTIC_MINIMUM,
    STATISTIC_MAXIMUM,
    STATISTIC_PERCENTILE,      /* p99.9: low = 99.9 */
    STATISTIC_PERCENTILE_RANK, /* PR(low:high): percent of values above low and not above high */
};
struct statistic {
    enum statistic_kind kind;
    double low, high; /* an open end is infinite */
};

/* "Sum", "p99.9", "PR(:2000)"; false on anything else. */
bool statistic_parse(const char *text, struct statistic *out);
/* Sorts the samples by value; there is at least one. */
double statistic_of(const struct statistic *s, struct samples *samples);

#endif
