/*
 * desk_measure.c - the lane that reads the metrics of the environment on the screen.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/desk_callers.h"
#include "cli/desk_job.h"
#include "cli/desk_parts.h"
#include "cli/desk_seen.h"
#include "cli/limit.h"
#include "cli/measuring.h"
#include "core/clock.h"
#include "core/mem.h"

#define READ_EVERY_MS 15000    /* world */
#define IDLE_INTERVAL_MS 60000 /* wall: nobody asks */
#define LEAST_AGE_MS 1000      /* wall: what was read so lately is not read again for a look */
#define LIMIT_MS 10000         /* wall: then it could not be read */

struct metering {
    struct desk *desk;
    struct desk_job job;
    int64_t due_ms, begun_ms; /* boot clock */
    bool is_again;            /* asked for while it was read */
    json_t *asked;            /* requests that are answered when it was read */
    size_t wanted;            /* index of the environment */
    /* Of the job while it runs. */
    size_t environment;
    int64_t since_ms;
    char **troubles; /* per environment, as told; NULL = none */
};

/* ---- the job ---- */

static bool read_within(struct metering *m, struct measured_environment *out, struct error *err)
{
    struct limit limit;

    limit_begin_here(&limit, LIMIT_MS);
    bool ok = measuring_read(desk_watcher(m->desk), &m->desk->config->environments[m->environment],
                             m->since_ms, out, err);
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
        desk_tell_trouble(d, name, "metrics", &m->troubles[m->environment], ok ? NULL : &err);
}

/* ---- the lane ---- */

static void *metering_new(struct desk *d)
{
    struct metering *m = xcalloc(1, sizeof *m);
    *m = (struct metering){
        .desk = d,
        .asked = json_array(),
        .wanted = atomic_load(&d->on_screen),
        .troubles = xcalloc(d->config->environment_count, sizeof *m->troubles),
    };
    return m;
}

static void metering_free(void *state)
{
    struct metering *m = state;

    desk_job_end(&m->job);
    for (size_t i = 0; i < m->desk->config->environment_count; i++)
        free(m->troubles[i]);
    free(m->troubles);
    json_decref(m->asked);
    free(m);
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

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct metering *m = lane->state;
    int64_t now_ms = clock_boot_ms();

    *wait_ms = -1; /* "over" comes here again */
    if (desk_job_is_running(&m->job))
        return;
    if (!m->is_again)
        answer(m);
    if (!m->is_again && m->due_ms > now_ms) {
        *wait_ms = m->due_ms - now_ms;
        return;
    }
    m->is_again = false;
    m->begun_ms = now_ms;
    m->due_ms = now_ms + interval_ms(lane->desk);
    m->environment = m->wanted;
    m->since_ms = atomic_load(&lane->desk->since_ms);
    desk_job_start(&m->job, lane, read_metrics, m);
}

static void over(struct lane *lane, const struct environment *environment, const json_t *request)
{
    (void)environment;
    (void)request;
    lane->due_ms = 0;
}

/* What is read for another screen is not waited for. */
static void want(struct metering *m, const struct environment *environment)
{
    m->wanted = environment != NULL ? (size_t)(environment - m->desk->config->environments)
                                    : atomic_load(&m->desk->on_screen);
    if (desk_job_is_running(&m->job) &&
        (m->environment != m->wanted || m->since_ms != atomic_load(&m->desk->since_ms))) {
        desk_job_cancel(&m->job);
        m->is_again = true;
    }
}

static void look(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct metering *m = lane->state;

    (void)request;
    want(m, environment);
    if (m->environment != m->wanted || m->since_ms != atomic_load(&m->desk->since_ms) ||
        clock_boot_ms() - m->begun_ms >= LEAST_AGE_MS)
        m->due_ms = 0;
    lane->due_ms = 0;
}

static void refresh(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct metering *m = lane->state;

    want(m, environment);
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
    .state_new = metering_new,
    .state_free = metering_free,
};
