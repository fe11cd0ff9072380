/*
 * measuring.h - the metrics of an environment as series of minutes, with the limits that the alerts
 * set on them.
 *
 * One series per metric; of a Lambda alias that splits its traffic one per version, and so of the
 * two versions that a run of the window moved it between. A minute without data is missing, never
 * zero. Thread: any.
 */
#ifndef CLI_MEASURING_H
#define CLI_MEASURING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct condition;
struct environment;
struct metric_name;
struct resource;
struct session;

/* How a series stands to its limit; spelled as measurements are. */
enum measured_state {
    MEASURED_NO_LIMIT, /* null in JSON */
    MEASURED_SUCCESSFUL,
    MEASURED_INCONCLUSIVE, /* a rate beyond its limit, on too few requests to be sure */
    MEASURED_FAILED,
    MEASURED_NO_DATA,
};
const char *measuring_state_name(enum measured_state state);

struct measured_series {
    const struct resource *resource; /* borrowed, as metric, alert and limit */
    const struct metric_name *metric;
    char version[24];    /* "" = of all versions together */
    bool is_former;      /* has no traffic any more: its limit is shown, and breaks nothing */
    char *why;           /* it could not be read; NULL = it could; owned */
    double *values;      /* one per period; NaN = missing; owned */
    int64_t part, whole; /* of a rate, over the whole window */
    double newest;       /* the last settled period's value; NaN = none */
    double total; /* over all settled periods: of counts their sum, of a rate the rate; else NaN */
    double now;   /* a rate over all settled periods, else the last settled value; NaN = none */
    const char *alert;             /* name of the rule; NULL = no limit */
    const struct condition *limit; /* NULL = none */
    double threshold;              /* of limit, in the metric's unit */
    enum measured_state state;
    int64_t settled_until_s; /* periods that end later may still change */
};

struct measured_environment {
    const struct environment *environment;
    int64_t start_s, end_s; /* epoch seconds, aligned; end exclusive */
    int period_s;
    size_t period_count;
    struct measured_series *series;
    size_t count;
};

/* The last `since_ms` of world time. *out: measuring_clear. */
bool measuring_read(struct session *s, const struct environment *environment, int64_t since_ms,
                    struct measured_environment *out, struct error *err) FD_MUST_USE;
void measuring_clear(struct measured_environment *m);
/* "api error rate v42"; yours. */
char *measuring_label(const struct measured_series *series);
/* Values that cannot change any more. */
size_t measuring_settled_count(const struct measured_environment *m,
                               const struct measured_series *series);
json_t *measuring_json(const struct measured_environment *m);

#endif
