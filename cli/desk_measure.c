/*
 * desk_measure.c - the lane that reads the metrics of the environments that are looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/desk_asked.h"
#include "cli/desk_callers.h"
#include "cli/desk_job.h"
#include "cli/desk_parts.h"
#include "cli/desk_screens.h"
#include "cli/desk_seen.h"
#include "cli/limit.h"
#include "cli/measuring.h"
#include "core/clock.h"
#include "core/mem.h"

#define READ_EVERY_MS 15000    /* world */
#define IDLE_INTERVAL_MS 60000 /* wall: nobody asks */
#define LEAST_AGE_MS 1000      /* wall: what was read so lately is not read again for a look */
#define LIMIT_MS 10000         /* wall: then it could not be read */

struct metering { /* one environment */
    struct desk *desk;
    size_t environment;
    struct desk_job job;
    int64_t due_ms, begun_ms; /* boot clock */
    bool is_again;            /* asked for while it was read */
    json_t *asked;            /* requests that are answered when it was read */
    /* Of the job while it runs. */
    int64_t since_ms;
    char *trouble; /* as told; NULL = none */
};

/* ---- the job ---- */

static bool read_within(struct metering *m, struct measured_environment *out, struct error *err)
{
    struct limit limit;

    limit_begin_here(&limit, LIMIT_MS);
    bool ok = measuring_read(desk_watcher(m->desk, m->environment),
                             &m->desk->config->environments[m->environment], m->since_ms, out, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "no answer within %d s", LIMIT_MS / 1000);
    return ok;
}

static void read_metrics(void *closure)
{
    struct metering *m = closure;
    struct desk *d = m->desk;
    const char *name = d->config->environments[m->environment].name;
    struct measured_environment measured;
    struct error err;
    bool ok = read_within(m, &measured, &err);

    if (ok) {
        json_t *document = measuring_json(&measured);
        int64_t at_ms = clock_world_ms();
        measuring_clear(&measured);
        desk_seen_keep(d->seen, "metrics", name, document, at_ms);
        desk_tell(d, "metrics", name,
                  json_pack("{s:o, s:I}", "document", document, "at_ms", (json_int_t)at_ms));
    }
    if (!cancel_is_set(m->job.cancel))
        desk_tell_trouble(d, name, "metrics", &m->trouble, ok ? NULL : &err);
}

/* ---- the lane ---- */

static void *meters_new(struct desk *d)
{
    struct metering *all = xcalloc(d->config->environment_count, sizeof *all);

    for (size_t i = 0; i < d->config->environment_count; i++)
        all[i] = (struct metering){.desk = d, .environment = i, .asked = json_array()};
    return all;
}

static void meters_free(void *state)
{
    struct metering *all = state;
    size_t count = all[0].desk->config->environment_count;

    for (size_t i = 0; i < count; i++)
        desk_job_cancel(&all[i].job);
    for (size_t i = 0; i < count; i++) {
        desk_job_end(&all[i].job);
        free(all[i].trouble);
        json_decref(all[i].asked);
    }
    free(all);
}

static void answer(struct metering *m)
{
    size_t i;
    json_t *request;
    json_array_foreach(m->asked, i, request) desk_answer(m->desk, request, NULL);
    json_array_clear(m->asked);
}

static int64_t interval_ms(const struct desk *d)
{
    return clock_boot_ms() - atomic_load(&d->asked_ms) < DESK_IDLE_MS
               ? desk_interval_ms(READ_EVERY_MS)
               : IDLE_INTERVAL_MS;
}

static void start(struct lane *lane, struct metering *m)
{
    m->is_again = false;
    m->begun_ms = clock_boot_ms();
    m->due_ms = m->begun_ms + interval_ms(lane->desk);
    m->since_ms = desk_since_ms(lane->desk, m->environment);
    desk_job_start(&m->job, lane, read_metrics, m);
}

/* Wall: until it is to be read; 0 = now, INT64_MAX = when somebody asks. */
static int64_t left_ms(const struct metering *m)
{
    int64_t left_ms = m->due_ms - clock_boot_ms();

    if (m->is_again)
        return 0;
    if (!desk_is_shown(m->desk, m->environment))
        return INT64_MAX;
    return left_ms > 0 ? left_ms : 0;
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct metering *all = lane->state;
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < lane->desk->config->environment_count; i++) {
        struct metering *m = &all[i];
        if (desk_job_is_running(&m->job))
            continue; /* DESK_OVER comes here again */
        if (!m->is_again)
            answer(m);
        int64_t left = left_ms(m);
        if (left == 0)
            start(lane, m);
        else if (left < next_ms)
            next_ms = left;
    }
    *wait_ms = next_ms == INT64_MAX ? -1 : next_ms;
}

static void over(struct lane *lane, const struct environment *environment, const json_t *request)
{
    (void)environment;
    (void)request;
    lane->due_ms = 0;
}

static struct metering *find(struct lane *lane, const struct environment *environment)
{
    return (struct metering *)lane->state + (environment - lane->desk->config->environments);
}

/* What nobody looks at any more is not waited for, and read at once for whoever looks next. */
static void let_go(struct lane *lane)
{
    struct metering *all = lane->state;

    for (size_t i = 0; i < lane->desk->config->environment_count; i++) {
        struct metering *m = &all[i];
        if (desk_is_shown(lane->desk, i) || m->is_again || json_array_size(m->asked) > 0)
            continue;
        desk_job_cancel(&m->job);
        m->begun_ms = 0;
    }
}

/* What is read over another time is read again. */
static bool has_window(struct metering *m)
{
    bool is = m->since_ms == desk_since_ms(m->desk, m->environment);

    if (!is && desk_job_is_running(&m->job)) {
        desk_job_cancel(&m->job);
        m->is_again = true;
    }
    return is;
}

static void look(struct lane *lane, const struct environment *environment, const json_t *request)
{
    (void)request;
    let_go(lane);
    if (environment == NULL)
        return;
    struct metering *m = find(lane, environment);
    if (!has_window(m) || clock_boot_ms() - m->begun_ms >= LEAST_AGE_MS)
        m->due_ms = 0;
    lane->due_ms = 0;
}

static void refresh(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct error err;

    if (!desk_asked_environment(environment, &err)) {
        desk_refuse(lane->desk, request, &err);
        return;
    }
    struct metering *m = find(lane, environment);
    (void)has_window(m);
    m->is_again = true;
    json_array_append(m->asked, (json_t *)(uintptr_t)request);
    lane->due_ms = 0;
}

static const struct desk_verb verbs[] = {
    {"look", look}, {"refresh", refresh}, {DESK_OVER, over}, {0}};

const struct lane_kind lane_measure = {
    .name = "measure",
    .verbs = verbs,
    .tick = tick,
    .state_new = meters_new,
    .state_free = meters_free,
};
