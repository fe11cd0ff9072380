/* plan.c - turns an environment's steps into exact calls, an undo map and a hash. */
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/step.h"

#define CANONICAL_FLAGS (JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

char *plan_canonical_json(const json_t *value)
{
    char *text = json_dumps(value, CANONICAL_FLAGS);
    return text != NULL ? text : xstrdup("null");
}

static void step_plan_clear(struct step_plan *p)
{
    json_decref(p->calls);
    free(p->summary);
    free(p->undo);
    *p = (struct step_plan){0};
}

static json_t *describe_step(const struct plan_step *step, const struct step_plan *p)
{
    json_t *out = json_object();
    json_object_set_new(out, "id", json_string(step->id));
    json_object_set_new(out, "kind", json_string(step->kind->name));
    json_object_set_new(out, "summary",
                        json_string(p->summary != NULL ? p->summary : step->kind->summary));
    json_object_set(out, "params", step->params);
    json_object_set_new(out, "calls", p->calls != NULL ? json_incref(p->calls) : json_array());
    if (p->undo != NULL)
        json_object_set_new(out, "undo", json_string(p->undo));
    else if (step->kind->irreversible != NULL)
        json_object_set_new(out, "undo",
                            json_sprintf("irreversible: %s", step->kind->irreversible));
    else
        json_object_set_new(out, "undo", json_string("nothing to undo"));
    if (step->when != NULL)
        json_object_set_new(out, "when", json_string(step->when));
    if (step->kind->is_gate)
        json_object_set_new(out, "gate", json_true());
    if (step->kind->moves_traffic)
        json_object_set_new(out, "moves_traffic", json_true());
    if (step->begins_with_run)
        json_object_set_new(out, "begin", json_string("with-the-run"));
    json_object_set_new(out, "expected_ms", json_integer(p->expected_ms));
    return out;
}

/* What approvals are bound to: never an observation, a time or a path. */
static json_t *hashed_part(const struct config *config, const struct environment *environment,
                           const char *plan_name, const json_t *inputs, json_t *steps)
{
    json_t *resources = json_object(), *ladder = json_array(), *bound = json_array();
    for (size_t i = 0; i < environment->resource_count; i++) {
        const struct resource *r = &environment->resources[i];
        json_object_set_new(resources, r->name,
                            json_pack("{s:s, s:O}", "kind", r->kind->name, "params", r->params));
    }
    for (size_t i = 0; i < environment->rung_count; i++)
        json_array_append_new(ladder,
                              json_pack("{s:f, s:I}", "weight", environment->ladder[i].weight,
                                        "bake_ms", (json_int_t)environment->ladder[i].bake_ms));
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        json_t *copy = json_copy(step);
        json_object_del(copy, "expected_ms");
        json_array_append_new(bound, copy);
    }
    json_t *out = json_object();
    json_object_set_new(out, "project", json_string(config->project));
    json_object_set_new(out, "environment", json_string(environment->name));
    json_object_set_new(out, "account", json_string(environment->account));
    json_object_set_new(out, "region", json_string(environment->region));
    json_object_set_new(out, "plan", json_string(plan_name));
    json_object_set_new(out, "resources", resources);
    json_object_set_new(out, "ladder", ladder);
    json_object_set_new(out, "advance", json_integer((json_int_t)environment->advance));
    json_object_set_new(out, "on_undecided", json_integer((json_int_t)environment->on_undecided));
    json_object_set_new(out, "steps", bound);
    json_object_set_new(out, "inputs", inputs != NULL ? json_deep_copy(inputs) : json_object());
    return out;
}

bool plan_make(const struct house *house, const struct config *config,
               const struct environment *environment, const char *plan_name, const json_t *inputs,
               json_t **out, struct error *err)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < environment->step_count; i++) {
        const struct plan_step *step = &environment->steps[i];
        struct plan_context context = {house, config, environment, step};
        struct step_plan described = {0};
        if (!step->kind->plan(&context, &described, err)) {
            if (err->at[0] == '\0' && step->place.line > 0)
                error_at(err, config->path, step->place.line, step->place.column);
            error_wrap(err, "step %s", step->id);
            json_decref(steps);
            return false;
        }
        json_array_append_new(steps, describe_step(step, &described));
        step_plan_clear(&described);
    }
    json_t *hashed = hashed_part(config, environment, plan_name, inputs, steps);
    auto_free char *canonical = plan_canonical_json(hashed);
    json_decref(hashed);
    char hash[HASH_HEX_SIZE];
    hash_sha256_hex(canonical, strlen(canonical), hash);
    *out = json_pack("{s:s, s:s, s:s, s:o, s:o}", "env", environment->name, "plan", plan_name,
                     "hash", hash, "inputs",
                     inputs != NULL ? json_deep_copy(inputs) : json_object(), "steps", steps);
    return true;
}
