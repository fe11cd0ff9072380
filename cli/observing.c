/*
 * observing.c - see observing.h.
 */
#include "cli/observing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/limit.h"
#include "cli/session.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"

#define LIMIT_MS 6000 /* wall: what did not answer by then could not be read */

struct reading { /* one resource; the thread owns it until it is joined */
    pthread_t thread;
    bool is_started;
    const struct world *world;
    const struct environment *environment;
    struct cancel *cancel;
    struct observed_resource *out;
};

static void *read_one(void *closure)
{
    struct reading *r = closure;
    const struct resource *resource = r->out->resource;
    struct observation seen = {0};
    struct error err;

    if (resource->kind->observe(r->world, r->environment, resource, r->cancel, &seen, &err)) {
        r->out->observation = seen;
        return NULL;
    }
    r->out->observation = (struct observation){
        .health = HEALTH_UNKNOWN,
        .summary = cancel_is_set(r->cancel) && err.kind == ERROR_CANCELLED
                       ? xasprintf("could not read it: no answer within %d s", LIMIT_MS / 1000)
                       : xasprintf("could not read it: %s", err.message),
        .details = json_pack("{s:{s:s, s:s, s:s}}", "error", "kind", error_kind_name(err.kind),
                             "code", err.code, "message", err.message),
        .observed_at_ms = clock_world_ms(),
    };
    return NULL;
}

static enum health worse(enum health a, enum health b)
{
    static const int rank[] = {[HEALTH_HEALTHY] = 0,
                               [HEALTH_PROGRESSING] = 1,
                               [HEALTH_UNKNOWN] = 2,
                               [HEALTH_DEGRADED] = 3};
    return rank[a] >= rank[b] ? a : b;
}

/* Threads of one environment; returns how many rows of `readings` were used. */
static size_t start_reading(struct session *s, struct observed_environment *o,
                            struct cancel *cancel, struct reading *readings)
{
    const struct world *world;

    if (!session_connect(s, o->environment, &world, &o->error))
        return 0;
    for (size_t i = 0; i < o->count; i++) {
        readings[i] = (struct reading){.world = world,
                                       .environment = o->environment,
                                       .cancel = cancel,
                                       .out = &o->resources[i]};
        readings[i].is_started =
            pthread_create(&readings[i].thread, NULL, read_one, &readings[i]) == 0;
        if (!readings[i].is_started)
            (void)read_one(&readings[i]);
    }
    return o->count;
}

static void forget_resources(struct observed_environment *o)
{
    for (size_t i = 0; i < o->count; i++)
        resource_observation_clear(&o->resources[i].observation);
    o->count = 0;
}

static struct observed_environment *prepare(const struct environment *const *environments,
                                            size_t count, size_t *total)
{
    struct observed_environment *out = xcalloc(count + 1, sizeof *out);
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        out[i].environment = environments[i];
        out[i].count = environments[i]->resource_count;
        out[i].resources = xcalloc(out[i].count + 1, sizeof *out[i].resources);
        for (size_t k = 0; k < out[i].count; k++)
            out[i].resources[k].resource = &environments[i]->resources[k];
        *total += out[i].count;
    }
    return out;
}

struct observed_environment *
observing_read(struct session *s, const struct environment *const *environments, size_t count)
{
    size_t total, started = 0;
    struct observed_environment *out = prepare(environments, count, &total);
    struct reading *readings = xcalloc(total + 1, sizeof *readings);
    const struct signed_in *who;
    struct limit limit;
    struct error err;

    limit_begin(&limit, LIMIT_MS);
    for (size_t i = 0; i < count; i++)
        started += start_reading(s, &out[i], limit.cancel, &readings[started]);
    /* While they read: is this the account that the configuration means? */
    for (size_t i = 0; i < count; i++)
        if (out[i].error.kind == ERROR_NONE &&
            !session_sign_in_within(s, environments[i], LIMIT_MS, &who, &err) &&
            strcmp(err.code, "account") == 0)
            out[i].error = err;
    for (size_t i = 0; i < started; i++)
        if (readings[i].is_started)
            pthread_join(readings[i].thread, NULL);
    (void)limit_end(&limit);
    free(readings);
    for (size_t i = 0; i < count; i++) {
        if (out[i].error.kind != ERROR_NONE)
            forget_resources(&out[i]);
        out[i].health = out[i].count > 0 ? HEALTH_HEALTHY : HEALTH_UNKNOWN;
        for (size_t k = 0; k < out[i].count; k++)
            out[i].health = worse(out[i].resources[k].observation.health, out[i].health);
    }
    return out;
}

void observing_clear(struct observed_environment *o)
{
    forget_resources(o);
    free(o->resources);
    o->resources = NULL;
}

static json_t *resource_json(const struct observed_resource *r)
{
    char at[CLOCK_STAMP_SIZE];
    const struct observation *seen = &r->observation;
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", r->resource->kind->name, "name",
                            r->resource->name, "health", resource_health_name(seen->health),
                            "summary", seen->summary != NULL ? seen->summary : "", "observed_at",
                            clock_stamp(seen->observed_at_ms, at));
    if (seen->details != NULL)
        json_object_update_missing(out, seen->details);
    return out;
}

json_t *observing_json(const struct observed_environment *o)
{
    json_t *resources = json_array();
    for (size_t i = 0; i < o->count; i++)
        json_array_append_new(resources, resource_json(&o->resources[i]));
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", o->environment->name, "account",
                            o->environment->account, "region", o->environment->region, "health",
                            resource_health_name(o->health), "resources", resources);
    if (o->error.kind != ERROR_NONE)
        json_object_set_new(out, "error",
                            json_pack("{s:s, s:s, s:s, s:s}", "kind",
                                      error_kind_name(o->error.kind), "code", o->error.code,
                                      "message", o->error.message, "hint", o->error.hint));
    return out;
}
