/*
 * world.h - the world of the sandbox: its time, its places, its functions, their traffic and what
 * was measured of it.
 *
 * Everything in it changes with world time (core/clock.h) and is brought up to now, under its one
 * lock, before it is looked at: world_enter ... world_leave. What happens depends on the seed and
 * on the world second in which things were asked for, not on how often anybody looks. Thread: any,
 * between world_enter and world_leave.
 */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/scenario.h"

struct databases; /* of whoever serves RDS */
struct function;  /* functions.h */
struct numbers;   /* numbers.h */
struct schedules; /* schedules.h */

#define WORLD_ACCOUNT "123456789012"
#define WORLD_REGION "eu-central-1"
#define WORLD_PLACE_COUNT 3
#define WORLD_ALARMS_PER_PLACE 4
#define WORLD_ALARM_COUNT (WORLD_PLACE_COUNT * WORLD_ALARMS_PER_PLACE)
#define WORLD_HISTORY_S (3 * 3600)
#define WORLD_UUID_SIZE 40

/* One environment of FinAlly: what there is in it. */
struct world_place {
    const char *environment; /* "production": /app/production/... */
    const char *function;    /* "finally-prod-api" */
    const char *alias;       /* "production", in each of them */
    const char *api_id, *api_name;
    const char *database; /* "finally-prod-postgres" */
    double rate_per_s;    /* of a usual hour */
    bool is_production;   /* what a scenario is about */
};

extern const struct world_place world_places[WORLD_PLACE_COUNT];
/* NULL when there is none. */
const struct world_place *world_place_of_environment(const char *environment);

struct world_setting {
    uint64_t seed;
    const struct scenario *scenario; /* NULL = healthy */
    double rate_per_s;               /* of production; negative = its own */
    double error_share;              /* of the new version, thrown; negative = the scenario's */
    double slow_share;               /* of the new version; negative = the scenario's */
};

/* alarms.h; all zero: OK since ever. */
struct world_alarm {
    size_t state;
    int64_t changed_ms; /* world; 0 = never */
};

struct world {
    pthread_mutex_t lock;
    struct world_setting setting; /* scenario is never NULL here */
    int64_t begun_ms;             /* world time of world_new; the hours before are history */
    int64_t now_ms;               /* world time it was brought up to */
    int64_t drawn_until_s;        /* seconds before this one have had their traffic */
    struct function *functions[WORLD_PLACE_COUNT]; /* by place; owned, never NULL */
    struct numbers *numbers;                       /* owned */
    struct schedules *schedules;                   /* owned */
    struct world_alarm alarms[WORLD_ALARM_COUNT];
    uint64_t ids;                /* handed out by world_uuid */
    struct databases *databases; /* not touched here: set, and freed before world_free, by who
                                    serves them */
};

/* A world that has been alive for some hours at `now_ms` (clock_world_ms()). */
struct world *world_new(const struct world_setting *setting, int64_t now_ms);
void world_free(struct world *w);

/* Takes the lock and brings the world up to clock_world_ms(). Call it now and then also when
 * nobody asks: a second that was never looked at is drawn later, all the same. */
void world_enter(struct world *w);
void world_leave(struct world *w);
/* What world_enter does, for tests; never back. */
void world_advance(struct world *w, int64_t now_ms);

struct function *world_function(const struct world *w, const char *name); /* NULL: none */
/* The next id of this seed's world, as AWS writes request and revision ids. */
void world_uuid(struct world *w, char out[static WORLD_UUID_SIZE]);
/* A number that depends on the seed and these two only. */
uint64_t world_hash(const struct world *w, uint64_t a, uint64_t b);
/* The same as 0 <= x < 1. */
double world_share(const struct world *w, uint64_t a, uint64_t b);

#endif
