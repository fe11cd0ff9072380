/*
 * judge.h - is the new version good? Decided on counts of requests, with exact bounds. Pure.
 *
 * Clearing a weight needs evidence: its bake, settled minutes, requests, and nothing suspicious.
 * Convicting needs only certainty: a limit is breached when the lower end of the exact one-sided
 * interval (Clopper-Pearson) of the rate lies above it. Since a release is looked at dozens of
 * times, three failed requests of which one is bad luck must not add up: a conviction also needs
 * that a version at its normal rate would practically never look like this, and that the old
 * version does not look like it too. No data is never success.
 */
#ifndef CORE_JUDGE_H
#define CORE_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/step.h"

/* ---- exact bounds ---- */

/* P(X >= k) of n trials that each hit with p. */
double judge_tail(int64_t k, int64_t n, double p);
/* One-sided: the rate lies above (below) it with that confidence. */
double judge_lower_bound(int64_t k, int64_t n, double confidence);
double judge_upper_bound(int64_t k, int64_t n, double confidence);
/*
 * Is the rate of k in n more than `factor` times that of k_old in n_old, beyond a chance of
 * `stray`? The conditional test: of all k + k_old hits, so many on this side.
 */
bool judge_is_worse(int64_t k, int64_t n, int64_t k_old, int64_t n_old, double factor,
                    double stray);

/* ---- what is judged ---- */

/* Sums over minutes, of one version. */
struct judge_tally {
    int64_t requests, failed;
    int64_t attempts, throttled; /* attempts = requests + throttled */
    int64_t timed, slow; /* of the minutes in which cold starts are over; slow = over the limit */
};

/* Over which minutes, all of them with late counts still coming in: errors only grow. */
enum judge_span {
    JUDGE_RUN,    /* since the first shift: evidence survives a weight change */
    JUDGE_WEIGHT, /* at this weight */
    JUDGE_RECENT, /* the last minutes: what begins late is not diluted */
    JUDGE_SPAN_COUNT
};

struct judge_rate {
    int64_t part, whole;
};

enum judge_measure { JUDGE_RATE, JUDGE_GAUGE, JUDGE_PERCENTILE };

/* One condition of `alerts:`, for the whole environment, and what was measured of it. */
struct judge_condition {
    const char *text; /* "gateway 5xx rate > 1%" */
    bool rolls_back;  /* else it holds */
    enum judge_measure measure;
    char comparison;  /* '>' or '<' */
    double threshold; /* rates 0..1, others in the metric's unit */
    const char *unit;
    struct judge_rate spans[JUDGE_SPAN_COUNT], rate_before; /* of JUDGE_RATE */
    const double *values; /* of the others, newest last: minutes, or the one percentile */
    size_t value_count;
    double value_before; /* before the first shift */
    bool has_before;
    int64_t requests, needed; /* of JUDGE_PERCENTILE: behind the value, and to believe it */
};

struct judge_input {
    const struct judge_settings *settings;
    const char *new_version, *old_version; /* numbers */
    double weight;                         /* of the new version now; 0 = before the first shift */
    int64_t now_ms, bake_until_ms;
    int64_t silent_since_ms; /* CloudWatch says nothing of anybody since then; 0 = it does */
    struct judge_tally fresh[JUDGE_SPAN_COUNT], old[JUDGE_SPAN_COUNT];
    struct judge_tally old_before;             /* of the old version, before the first shift */
    int64_t settled_minutes, settled_requests; /* of the new version at this weight */
    const struct judge_condition *conditions;
    size_t condition_count;
};

void judge_verdict(const struct judge_input *in, struct verdict *out);
/* The arithmetic of a verdict for the journal: counts, rates and bounds of each span. New
 * reference. */
json_t *judge_json(const struct judge_input *in);

/* Our own calls of the new version, when there is too little traffic. BAD, or GOOD for what they
 * are: they never clear a weight by themselves. */
void judge_probes(const struct judge_settings *settings, const char *version,
                  const struct judge_tally *calls, struct verdict *out);

/* ---- how long it takes ---- */

#define JUDGE_MINUTE_MS INT64_C(60000)
#define JUDGE_DELIVERY_MS INT64_C(120000) /* CloudWatch has a minute's numbers by then */

/* A minute is settled when it is older than this. */
int64_t judge_settling_ms(int timeout_s);
/* The first whole minute of a weight that is judged for clearing. */
int64_t judge_first_minute_ms(const struct judge_settings *s, int64_t weight_set_at_ms);
/* Too little traffic is said then. */
int64_t judge_deadline_ms(const struct judge_settings *s, int timeout_s, int64_t weight_set_at_ms);

struct judge_estimate {
    int64_t clear_ms;   /* from the change of weight; -1 = not before its deadline */
    int64_t convict_ms; /* a version that fails one request in ten; -1 = not before the deadline */
};
/* rate: requests per second of the whole alias. */
struct judge_estimate judge_ladder(const struct judge_settings *s, const struct rung *rung,
                                   int timeout_s, double rate);
/* The least that a weight takes, however many requests there are. */
int64_t judge_least_ms(const struct judge_settings *s, const struct rung *rung, int timeout_s);

#endif
