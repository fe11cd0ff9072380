/*
 * numbers.c - see numbers.h.
 *
 * What CloudWatch knows is one table: a metric, how its values lie in the minutes of a series, and
 * with which dimensions it is published. Facts: "Metrics and dimensions" of AWS Lambda, API Gateway
 * (HTTP APIs) and Amazon RDS.
 */
#include "sandbox/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "sandbox/world.h"

#define KEPT_MINUTES 1440
#define LATE_S 90      /* after its end a minute can be seen, at first perhaps in part */
#define LATE_MORE_S 60 /* and is complete after so much more, at most */
#define PART_OF_MINUTES 3
#define PARTLY 0.7
#define GATEWAY_MS 9 /* what the API adds to its integration */
#define STAGE "$default"

struct minute {
    uint32_t calls, errors, client_errors;
    double concurrency;
    uint32_t durations[NUMBERS_BUCKETS];
};

struct numbers_series {
    char owner[80], qualifier[132];
    int version;
    int64_t first_minute;    /* number of minutes[0], since the epoch */
    struct minute **minutes; /* NULL where nothing happened */
    size_t count, capacity;
};

struct numbers {
    struct numbers_series **series;
    size_t count, capacity;
};

/* ---- writing ---- */

double numbers_duration_ms(int bucket)
{
    return round(100 * exp(bucket * log(NUMBERS_LONGEST_MS) / (NUMBERS_BUCKETS - 1))) / 100;
}

int numbers_bucket(double duration_ms)
{
    double at = log(fmax(duration_ms, 1)) * (NUMBERS_BUCKETS - 1) / log(NUMBERS_LONGEST_MS);
    return (int)fmin(round(at), NUMBERS_BUCKETS - 1);
}

struct numbers *numbers_new(void) { return xcalloc(1, sizeof(struct numbers)); }

void numbers_free(struct numbers *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->count; i++) {
        for (size_t m = 0; m < n->series[i]->count; m++)
            free(n->series[i]->minutes[m]);
        free(n->series[i]->minutes);
        free(n->series[i]);
    }
    free(n->series);
    free(n);
}

struct numbers_series *numbers_series(struct numbers *n, const char *owner, const char *qualifier,
                                      int version)
{
    for (size_t i = 0; i < n->count; i++) {
        struct numbers_series *s = n->series[i];
        if (s->version == version && strcmp(s->owner, owner) == 0 &&
            strcmp(s->qualifier, qualifier) == 0)
            return s;
    }
    struct numbers_series *s = xcalloc(1, sizeof *s);
    (void)snprintf(s->owner, sizeof s->owner, "%s", owner);
    (void)snprintf(s->qualifier, sizeof s->qualifier, "%s", qualifier);
    s->version = version;
    n->series = mem_grow(n->series, &n->capacity, n->count, sizeof(struct numbers_series *));
    n->series[n->count++] = s;
    return s;
}

static struct minute *minute_for(struct numbers_series *s, int64_t at_s)
{
    int64_t number = at_s / 60;
    if (s->count == 0)
        s->first_minute = number;
    while (s->first_minute + (int64_t)s->count <= number) {
        s->minutes = mem_grow(s->minutes, &s->capacity, s->count, sizeof(struct minute *));
        s->minutes[s->count++] = NULL;
        if (s->count > KEPT_MINUTES) {
            free(s->minutes[s->count - KEPT_MINUTES - 1]);
            s->minutes[s->count - KEPT_MINUTES - 1] = NULL;
        }
    }
    struct minute **m = &s->minutes[number - s->first_minute];
    if (!*m)
        *m = xcalloc(1, sizeof **m);
    return *m;
}

void numbers_add(struct numbers_series *s, int64_t at_s, const struct numbers_call *call)
{
    struct minute *m = minute_for(s, at_s);
    m->calls++;
    m->errors += call->is_error;
    m->client_errors += call->is_client_error;
    m->durations[call->bucket]++;
}

void numbers_add_concurrency(struct numbers_series *s, int64_t at_s, double level)
{
    struct minute *m = minute_for(s, at_s);
    m->concurrency = fmax(m->concurrency, level);
}

/* ---- how late ---- */

/* The share of a minute that can be seen: 0, PARTLY or 1. */
static double visible_share(const struct world *w, int64_t seen_at_ms, int64_t number)
{
    int64_t since_end_s = seen_at_ms / 1000 - (number + 1) * 60;
    uint64_t chance = world_hash(w, (uint64_t)number, 0x6c617465);
    int64_t more_s = (int64_t)(chance % (LATE_MORE_S + 1));
    bool is_in_part = (chance >> 32) % PART_OF_MINUTES == 0;
    if (since_end_s >= LATE_S + more_s)
        return 1;
    return since_end_s >= LATE_S && is_in_part ? PARTLY : 0;
}

static uint64_t part_of(uint64_t count, double share) { return (uint64_t)(share * (double)count); }

/* ---- what is published ---- */

enum source {
    OF_CALLS,
    OF_ERRORS,
    OF_CLIENT_ERRORS,
    OF_THROTTLES, /* none, for each call: nobody runs out of concurrency here */
    OF_CONCURRENCY,
    OF_DURATION,
    OF_LATENCY,
    OF_GAUGE, /* of a database: drawn, not measured */
};

struct metric {
    const char *name_space, *name, *unit;
    enum source source;
    double level, swing; /* of a gauge */
};
static const struct metric metrics[] = {
    {"AWS/Lambda", "Invocations", "Count", OF_CALLS, 0, 0},
    {"AWS/Lambda", "Errors", "Count", OF_ERRORS, 0, 0},
    {"AWS/Lambda", "Throttles", "Count", OF_THROTTLES, 0, 0},
    {"AWS/Lambda", "Duration", "Milliseconds", OF_DURATION, 0, 0},
    {"AWS/Lambda", "ConcurrentExecutions", "Count", OF_CONCURRENCY, 0, 0},
    {"AWS/ApiGateway", "Count", "Count", OF_CALLS, 0, 0},
    {"AWS/ApiGateway", "4xx", "Count", OF_CLIENT_ERRORS, 0, 0},
    {"AWS/ApiGateway", "5xx", "Count", OF_ERRORS, 0, 0},
    {"AWS/ApiGateway", "Latency", "Milliseconds", OF_LATENCY, 0, 0},
    {"AWS/ApiGateway", "IntegrationLatency", "Milliseconds", OF_DURATION, 0, 0},
    {"AWS/RDS", "CPUUtilization", "Percent", OF_GAUGE, 32, 6},
    {"AWS/RDS", "DatabaseConnections", "Count", OF_GAUGE, 48, 8},
    {"AWS/RDS", "FreeStorageSpace", "Bytes", OF_GAUGE, 64e9, 1e8},
    {"AWS/RDS", "ReadLatency", "Seconds", OF_GAUGE, 0.0008, 0.0002},
    {"AWS/RDS", "WriteLatency", "Seconds", OF_GAUGE, 0.0016, 0.0004},
};

static const struct metric *find_metric(const struct numbers_question *q)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (strcmp(metrics[i].name_space, q->name_space) == 0 &&
            strcmp(metrics[i].name, q->metric) == 0)
            return &metrics[i];
    return NULL;
}

/* What the dimensions of a question name; NULL where they do not. */
struct subject {
    const char *function, *resource, *version, *api, *stage, *database;
};

static bool read_subject(const struct numbers_question *q, struct subject *out)
{
    struct subject s = {0};
    const struct {
        const char *name, **value;
    } known[] = {{"FunctionName", &s.function},
                 {"Resource", &s.resource},
                 {"ExecutedVersion", &s.version},
                 {"ApiId", &s.api},
                 {"Stage", &s.stage},
                 {"DBInstanceIdentifier", &s.database}};
    for (size_t i = 0; i < q->dimension_count; i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof known[0] &&
               strcmp(known[k].name, q->dimensions[i].name) != 0)
            k++;
        if (k == sizeof known / sizeof known[0] || *known[k].value)
            return false;
        *known[k].value = q->dimensions[i].value;
    }
    *out = s;
    return true;
}

/* Only these sets are published: FunctionName; with Resource; with both and ExecutedVersion. */
static bool is_of_function(const struct numbers_series *s, const struct subject *of)
{
    char resource[sizeof s->owner + sizeof s->qualifier + 1], version[16];
    if (!of->function || of->api || of->stage || of->database ||
        strcmp(s->owner, of->function) != 0)
        return false;
    if (!of->resource)
        return !of->version;
    (void)snprintf(resource, sizeof resource, "%s%s%s", s->owner, s->qualifier[0] ? ":" : "",
                   s->qualifier);
    (void)snprintf(version, sizeof version, "%d", s->version);
    return strcmp(resource, of->resource) == 0 &&
           (!of->version || (s->qualifier[0] && strcmp(version, of->version) == 0));
}

static bool is_of_api(const struct numbers_series *s, const struct subject *of)
{
    return of->api && !of->function && !of->resource && !of->version && !of->database &&
           strcmp(s->owner, of->api) == 0 && (!of->stage || strcmp(of->stage, STAGE) == 0);
}

/* ---- reading ---- */

static void add_minute(struct samples *out, const struct minute *m, enum source source,
                       double share)
{
    uint64_t calls = part_of(m->calls, share);
    uint64_t ones = source == OF_ERRORS          ? part_of(m->errors, share)
                    : source == OF_CLIENT_ERRORS ? part_of(m->client_errors, share)
                    : source == OF_CALLS         ? calls
                                                 : 0;
    switch (source) {
    case OF_CALLS:
    case OF_ERRORS:
    case OF_CLIENT_ERRORS:
    case OF_THROTTLES:
        statistic_add(out, 1, ones);
        statistic_add(out, 0, calls - ones);
        break;
    case OF_CONCURRENCY:
        statistic_add(out, m->concurrency, 1);
        break;
    case OF_DURATION:
    case OF_LATENCY:
        for (int b = 0; b < NUMBERS_BUCKETS; b++)
            if (m->durations[b] > 0)
                statistic_add(out, numbers_duration_ms(b) + (source == OF_LATENCY ? GATEWAY_MS : 0),
                              part_of(m->durations[b], share));
        break;
    case OF_GAUGE:
        break;
    }
}

static void add_gauge(struct samples *out, const struct world *w, const struct metric *metric,
                      const char *database, int64_t number)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        if (strcmp(world_places[i].database, database) == 0) {
            uint64_t which = (uint64_t)(metric - metrics) * WORLD_PLACE_COUNT + i;
            double share = world_share(w, (uint64_t)number, which + 1000);
            double value = metric->level + metric->swing * (2 * share - 1);
            bool is_whole = strcmp(metric->unit, "Count") == 0;
            statistic_add(out, is_whole ? round(value) : value, 1);
        }
}

static void gather_minute(const struct world *w, const struct metric *metric,
                          const struct subject *of, int64_t seen_at_ms, int64_t number,
                          struct samples *out)
{
    double share = visible_share(w, seen_at_ms, number);
    bool is_api = strcmp(metric->name_space, "AWS/ApiGateway") == 0;
    if (share <= 0)
        return;
    if (metric->source == OF_GAUGE) {
        bool is_known = of->database && !of->function && !of->resource && !of->version && !of->api;
        if (is_known && number * 60 >= w->begun_ms / 1000 - WORLD_HISTORY_S)
            add_gauge(out, w, metric, of->database, number);
        return;
    }
    for (size_t i = 0; i < w->numbers->count; i++) {
        const struct numbers_series *s = w->numbers->series[i];
        int64_t index = number - s->first_minute;
        if (index >= 0 && index < (int64_t)s->count && s->minutes[index] &&
            (is_api ? is_of_api(s, of) : is_of_function(s, of)))
            add_minute(out, s->minutes[index], metric->source, share);
    }
}

void numbers_read(const struct world *w, const struct numbers_question *q,
                  struct numbers_answer *out)
{
    struct subject of;
    const struct metric *metric = find_metric(q);
    *out = (struct numbers_answer){.unit = metric ? metric->unit : NULL};
    if (!metric || !read_subject(q, &of))
        return;
    /* Nothing lies before the history or after now, however much is asked for. */
    int64_t oldest_s = w->begun_ms / 1000 - WORLD_HISTORY_S;
    int64_t seen_at_ms = q->seen_at_ms > 0 ? q->seen_at_ms : w->now_ms;
    int64_t end_s = q->end_s < seen_at_ms / 1000 ? q->end_s : seen_at_ms / 1000;
    int64_t at_s = q->start_s;
    if (at_s < oldest_s)
        at_s += (oldest_s - at_s) / q->period_s * q->period_s;
    for (; at_s < end_s; at_s += q->period_s) {
        struct numbers_point point = {.at_s = at_s};
        for (int64_t number = at_s / 60; number < (at_s + q->period_s) / 60; number++)
            gather_minute(w, metric, &of, seen_at_ms, number, &point.samples);
        if (point.samples.count == 0)
            continue;
        out->points = mem_grow(out->points, &out->capacity, out->count, sizeof *out->points);
        out->points[out->count++] = point;
    }
}

void numbers_answer_clear(struct numbers_answer *a)
{
    for (size_t i = 0; i < a->count; i++)
        statistic_clear(&a->points[i].samples);
    free(a->points);
    *a = (struct numbers_answer){0};
}
