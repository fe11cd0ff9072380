/* world.c - see world.h. */
#include "sandbox/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "sandbox/functions.h"
#include "sandbox/numbers.h"
#include "sandbox/schedules.h"
#include "sandbox/traffic.h"

const struct world_place world_places[WORLD_PLACE_COUNT] = {
    {"dev", "finally-dev-api", "production", "d3v0a1b2c3", "finally-dev-gateway",
     "finally-dev-postgres", 1, false},
    {"staging", "finally-staging-api", "production", "s7g0d4e5f6", "finally-staging-gateway",
     "finally-staging-postgres", 5, false},
    {"production", "finally-prod-api", "production", "p9d0g7h8i9", "finally-prod-gateway",
     "finally-prod-postgres", 50, true},
};

const struct world_place *world_place_of_environment(const char *environment)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        if (strcmp(world_places[i].environment, environment) == 0)
            return &world_places[i];
    return NULL;
}

/* ---- chance ---- */

/* The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators"): every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t world_hash(const struct world *w, uint64_t a, uint64_t b)
{
    return mix(mix(mix(w->setting.seed) ^ a) ^ b);
}

double world_share(const struct world *w, uint64_t a, uint64_t b)
{
    return (double)(world_hash(w, a, b) >> 11) * 0x1p-53;
}

void world_uuid(struct world *w, char out[static WORLD_UUID_SIZE])
{
    uint64_t number = ++w->ids;
    uint64_t high = world_hash(w, number, 1), low = world_hash(w, number, 2);
    /* Version 4, variant 1 of RFC 4122. */
    (void)snprintf(out, WORLD_UUID_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
                   (unsigned)(high >> 16) & 0xffffu, (unsigned)high & 0xfffu,
                   ((unsigned)(low >> 48) & 0x3fffu) | 0x8000u,
                   (unsigned long long)(low & 0xffffffffffffu));
}

/* ---- life ---- */

struct world *world_new(const struct world_setting *setting, int64_t now_ms)
{
    struct world *w = xcalloc(1, sizeof *w);
    (void)pthread_mutex_init(&w->lock, NULL);
    w->setting = *setting;
    if (!w->setting.scenario)
        w->setting.scenario = &scenario_table[0];
    w->begun_ms = now_ms;
    w->drawn_until_s = now_ms / 1000 - WORLD_HISTORY_S;
    w->now_ms = w->drawn_until_s * 1000;
    w->numbers = numbers_new();
    w->schedules = schedules_new();
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        w->functions[i] = functions_new(w, &world_places[i]);
    world_advance(w, now_ms);
    return w;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        functions_free(w->functions[i]);
    schedules_free(w->schedules);
    numbers_free(w->numbers);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

static void settle(struct world *w)
{
    functions_settle(w);
    schedules_settle(w);
}

void world_advance(struct world *w, int64_t now_ms)
{
    for (; w->drawn_until_s < now_ms / 1000; w->drawn_until_s++) {
        /* A second is drawn as the world is at its end: with what was written during it. */
        w->now_ms = (w->drawn_until_s + 1) * 1000;
        settle(w);
        traffic_draw_second(w, w->drawn_until_s);
    }
    if (now_ms > w->now_ms)
        w->now_ms = now_ms;
    settle(w);
}

void world_enter(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock);
    world_advance(w, clock_world_ms());
}

void world_leave(struct world *w) { (void)pthread_mutex_unlock(&w->lock); }

struct function *world_function(const struct world *w, const char *name)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        if (strcmp(w->functions[i]->name, name) == 0)
            return w->functions[i];
    return NULL;
}
