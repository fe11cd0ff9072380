/*
 * house.c - looks kinds up by name.
 */
#include "core/house.h"

#include <stddef.h>
#include <string.h>

#include "core/probe.h"
#include "core/resource.h"
#include "core/step.h"

const struct step_kind *house_step_kind(const struct house *house, const char *name)
{
    for (size_t i = 0; house->step_kinds[i] != NULL; i++)
        if (strcmp(house->step_kinds[i]->name, name) == 0)
            return house->step_kinds[i];
    return NULL;
}

const struct probe_kind *house_probe_kind(const struct house *house, const char *name)
{
    for (size_t i = 0; house->probe_kinds[i] != NULL; i++)
        if (strcmp(house->probe_kinds[i]->name, name) == 0)
            return house->probe_kinds[i];
    return NULL;
}

const struct resource_kind *house_resource_kind(const struct house *house, const char *name)
{
    for (size_t i = 0; house->resource_kinds[i] != NULL; i++)
        if (strcmp(house->resource_kinds[i]->name, name) == 0)
            return house->resource_kinds[i];
    return NULL;
}
