/*
 * resource.h - port: how one thing of an environment is observed.
 */
#ifndef CORE_RESOURCE_H
#define CORE_RESOURCE_H

#include <jansson.h>
#include <stdint.h>

#include "core/error.h"
#include "core/param.h"

struct cancel;
struct environment;
struct resource;
struct world;

enum health { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_PROGRESSING, HEALTH_DEGRADED };
const char *resource_health_name(enum health health);

struct observation {
    enum health health;
    char *summary;          /* one sentence for people: "v41 90 %, v42 10 %"; owned */
    json_t *details;        /* keys of `status --json` beside kind, name, health, summary; owned */
    int64_t observed_at_ms; /* world */
};
void resource_observation_clear(struct observation *o);

struct metric_name {
    const char *name; /* "error rate" */
    const char *unit; /* "%", "ms", "1", "/min", "bytes" */
    const char *help;
};

struct resource_kind {
    const char *name; /* the key that names it: "lambda", "http-api", "rds" */
    const char *summary;
    const struct param *params;        /* the first is the value of that key */
    const struct metric_name *metrics; /* may be NULL; ends with {0} */
    /* Reads only; an error means "could not read it", never "unhealthy". Thread: a poller. */
    bool (*observe)(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err);
};

#endif
