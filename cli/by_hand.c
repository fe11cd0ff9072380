/*
 * by_hand.c - see by_hand.h.
 */
#include "cli/by_hand.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/step.h"

bool by_hand_init(struct by_hand *h, const struct house *house,
                  const struct environment *environment, const char *kind, json_t *params,
                  struct error *err)
{
    const struct step_kind *found = house_step_kind(house, kind);
    if (found == NULL) {
        json_decref(params);
        return error_set(err, ERROR_INTERNAL, "this program has no step \"%s\"", kind);
    }
    *h = (struct by_hand){
        .environment = *environment,
        .step = {.id = xstrdup(found->name), .kind = found, .params = params},
    };
    h->environment.steps = &h->step;
    h->environment.step_count = 1;
    return true;
}

bool by_hand_is(const char *plan_name)
{
    return strcmp(plan_name, BY_HAND_SHIFT) == 0 || strcmp(plan_name, BY_HAND_ROLLBACK) == 0;
}

bool by_hand_of_plan(struct by_hand *h, const struct house *house,
                     const struct environment *environment, const json_t *plan, struct error *err)
{
    const json_t *step = json_array_get(json_object_get(plan, "steps"), 0);
    const char *kind = json_string_value(json_object_get(step, "kind"));
    json_t *params = json_object_get(step, "params");
    if (kind == NULL || params == NULL)
        return error_set(err, ERROR_INTERNAL, "the plan of the run has no step");
    return by_hand_init(h, house, environment, kind, json_deep_copy(params), err);
}

void by_hand_clear(struct by_hand *h)
{
    free(h->step.id);
    json_decref(h->step.params);
    *h = (struct by_hand){.step = {0}};
}
