/*
 * released.c - see released.h.
 */
#include "aws/released.h"

#include <string.h>

#include "core/mem.h"
#include "core/resource.h"

static const char *resource_of(const json_t *given)
{
    const char *name = json_string_value(json_object_get(given, "resource"));

    return name != NULL ? name : "";
}

const struct resource *released_function(const struct environment *environment, const json_t *given,
                                         struct error *err)
{
    const char *name = resource_of(given);
    const struct resource *found = NULL;
    size_t count = 0;

    if (name[0] != '\0') {
        found = config_resource(environment, name);
        if (found == NULL)
            error_set(err, ERROR_USAGE, "%s has no resource %s", environment->name, name);
        return found;
    }
    for (size_t i = 0; i < environment->resource_count; i++)
        if (strcmp(environment->resources[i].kind->name, "lambda") == 0 && ++count == 1)
            found = &environment->resources[i];
    if (count == 1)
        return found;
    error_set(err, ERROR_USAGE,
              count == 0 ? "%s has no function" : "%s has several functions, and none is named",
              environment->name);
    error_hint(err, "Name one with resource:");
    return NULL;
}

const struct plan_step *released_by(const struct environment *environment,
                                    const struct plan_step *step, const struct resource *function)
{
    for (size_t i = 0; i < environment->step_count; i++) {
        const struct plan_step *s = &environment->steps[i];
        if (strcmp(s->id, step->id) == 0)
            break;
        if (strcmp(s->kind->name, "deploy") == 0 &&
            strcmp(resource_of(s->params), function->name) == 0)
            return s;
    }
    return NULL;
}

char *released_version(struct step_ctx *ctx, const struct resource *function)
{
    const struct plan_step *by =
        released_by(step_environment(ctx), step_plan_context(ctx)->step, function);
    const json_t *version = by != NULL ? step_fact(ctx, by->id, "new_version") : NULL;

    return xstrdup(json_string_value(version));
}
