/*
 * engine_plan.c - the steps of a run, made from the plan in its journal. Going back undoes what was
 * approved, whatever the configuration says by then; going forward needs the same configuration:
 * ladder, judge and checks are read from it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/plan.h"

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* Where the step stands in the configuration, when it still does: for messages. */
static struct place place_of(const struct environment *environment, const char *id)
{
    for (size_t i = 0; i < environment->step_count; i++)
        if (strcmp(environment->steps[i].id, id) == 0)
            return environment->steps[i].place;
    return (struct place){0};
}

bool engine_plan_load(struct engine *e, const json_t *plan, struct error *err)
{
    const json_t *listed = json_object_get(plan, "steps");
    size_t i;
    json_t *step;

    engine_plan_clear(e);
    e->steps = xcalloc(json_array_size(listed) + 1, sizeof *e->steps);
    json_array_foreach(listed, i, step)
    {
        const char *when = key_text(step, "when"), *kind = key_text(step, "kind");
        json_t *params = json_object_get(step, "params");
        struct plan_step *out = &e->steps[e->step_count++];
        *out = (struct plan_step){
            .id = xstrdup(key_text(step, "id")),
            .kind = house_step_kind(e->options.house, kind),
            .params = params != NULL ? json_incref(params) : json_object(),
            .when = when[0] != '\0' ? xstrdup(when) : NULL,
            .begins_with_run = strcmp(key_text(step, "begin"), "with-the-run") == 0,
            .place = place_of(e->options.environment, key_text(step, "id")),
        };
        if (out->kind == NULL)
            return error_set(err, ERROR_USAGE,
                             "the plan has a step \"%s\", which this flightdeck "
                             "does not know",
                             kind);
    }
    return true;
}

void engine_plan_clear(struct engine *e)
{
    for (size_t i = 0; i < e->step_count; i++) {
        free(e->steps[i].id);
        free(e->steps[i].when);
        json_decref(e->steps[i].params);
    }
    free(e->steps);
    e->steps = NULL;
    e->step_count = 0;
}

const struct plan_step *engine_plan_step(const struct engine *e, const char *id)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (strcmp(e->steps[i].id, id) == 0)
            return &e->steps[i];
    return NULL;
}

bool engine_plan_is_by_hand(const struct engine *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (!e->steps[i].kind->is_internal)
            return false;
    return e->step_count > 0;
}

bool engine_plan_goes_back(const struct engine *e)
{
    return e->step_count == 1 && e->steps[0].kind->goes_back;
}

bool engine_is_way_back(const struct engine *e)
{
    return run_is_going_back(engine_run(e)) || engine_plan_goes_back(e);
}

bool engine_plan_may_go_on(const struct engine *e, struct error *err)
{
    const struct run *run = engine_run(e);
    const struct engine_options *o = &e->options;

    if (engine_plan_is_by_hand(e) ||
        plan_require_same(o->house, o->config, o->environment, run->plan, err))
        return true;
    return error_hint(err,
                      "Put it back as it was (with the same --set) and resume, or go back: "
                      "flightdeck rollback %s",
                      run->environment);
}
