/*
 * resource.c - what every resource kind shares.
 */
#include "core/resource.h"

#include <stdlib.h>

const char *resource_health_name(enum health health)
{
    switch (health) {
    case HEALTH_UNKNOWN:
        return "unknown";
    case HEALTH_HEALTHY:
        return "healthy";
    case HEALTH_PROGRESSING:
        return "progressing";
    case HEALTH_DEGRADED:
        return "degraded";
    }
    return "unknown";
}

void resource_observation_clear(struct observation *o)
{
    if (o == NULL)
        return;
    free(o->summary);
    json_decref(o->details);
    *o = (struct observation){0};
}
