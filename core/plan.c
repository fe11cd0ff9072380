/*
 * plan.c - see plan.h.
 */
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

/* ---- the hash ---- */

static json_t *resources_part(const struct environment *e)
{
    json_t *out = json_object();
    for (size_t i = 0; i < e->resource_count; i++)
        json_object_set_new(out, e->resources[i].name,
                            json_pack("{s:s, s:O}", "kind", e->resources[i].kind->name, "params",
                                      e->resources[i].params));
    return out;
}

static json_t *ladder_part(const struct environment *e)
{
    json_t *rungs = json_array();
    for (size_t i = 0; i < e->rung_count; i++)
        json_array_append_new(rungs, json_pack("{s:f, s:I}", "weight", e->ladder[i].weight,
                                               "bake_ms", (json_int_t)e->ladder[i].bake_ms));
    return json_pack("{s:o, s:b, s:b}", "rungs", rungs, "asks", e->advance == ADVANCE_ASK,
                     "rolls_back_undecided", e->on_undecided == ON_UNDECIDED_ROLLBACK);
}

static json_t *judge_part(const struct judge_settings *j)
{
    static const char *const too_little[] = {
        [TOO_LITTLE_HOLD] = "hold", [TOO_LITTLE_ASK] = "ask", [TOO_LITTLE_PROBE] = "probe"};
    return json_pack("{s:f, s:f, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:s, s:I}",
                     "error_rate_normal", j->error_rate_normal, "error_rate_bad", j->error_rate_bad,
                     "slow_limit_ms", (json_int_t)j->slow_limit_ms, "slow_share", j->slow_share,
                     "worse_than_old", j->worse_than_old, "min_requests",
                     (json_int_t)j->min_requests, "min_minutes", (json_int_t)j->min_minutes,
                     "interval_ms", (json_int_t)j->interval_ms, "initial_delay_ms",
                     (json_int_t)j->initial_delay_ms, "deadline_ms", (json_int_t)j->deadline_ms,
                     "confidence", j->confidence, "too_little", too_little[j->too_little],
                     "probe_count", (json_int_t)j->probe_count);
}

static json_t *alerts_part(const struct config *config)
{
    json_t *out = json_object();
    for (size_t i = 0; i < config->alert_count; i++) {
        const struct alert_rule *rule = &config->alerts[i];
        json_t *conditions = json_array();
        for (size_t k = 0; k < rule->condition_count; k++)
            json_array_append_new(conditions, json_string(rule->conditions[k].text));
        json_object_set_new(out, rule->name,
                            json_pack("{s:o, s:b, s:b}", "conditions", conditions, "rolls_back",
                                      rule->rolls_back, "holds", rule->holds));
    }
    return out;
}

static json_t *smoke_part(const struct config *config)
{
    json_t *out = json_array();
    for (size_t i = 0; i < config->smoke_count; i++) {
        const struct smoke_check *c = &config->smoke_checks[i];
        json_array_append_new(out,
                              json_pack("{s:s, s:s, s:i, s:O?}", "method", c->method, "path",
                                        c->path, "status", c->status, "expected", c->expected));
    }
    return out;
}

/* What decides which steps with `when` there are; what a release changes is an observation. */
static json_t *changes_part(const struct config *config)
{
    json_t *out = json_object();
    for (size_t i = 0; i < config->change_count; i++) {
        json_t *globs = json_array();
        for (size_t k = 0; k < config->changes[i].glob_count; k++)
            json_array_append_new(globs, json_string(config->changes[i].globs[k]));
        json_object_set_new(out, config->changes[i].name, globs);
    }
    return out;
}

/* The steps without the words about them and without estimates. */
static json_t *steps_part(const json_t *steps)
{
    json_t *out = json_array(), *step;
    size_t i;
    json_array_foreach(steps, i, step)
    {
        json_t *copy = json_copy(step);
        json_object_del(copy, "summary");
        json_object_del(copy, "expected_ms");
        json_array_append_new(out, copy);
    }
    return out;
}

static bool compute_hash(const struct config *config, const struct environment *environment,
                         const char *plan_name, const json_t *inputs, const json_t *steps,
                         char out[static HASH_HEX_SIZE], struct error *err)
{
    json_t *hashed = json_pack(
        "{s:s?, s:s, s:s?, s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O}", "project",
        config->project, "environment", environment->name, "account", environment->account,
        "region", environment->region, "plan", plan_name, "resources", resources_part(environment),
        "ladder", ladder_part(environment), "judge", judge_part(&config->judge), "alerts",
        alerts_part(config), "smoke", smoke_part(config), "changes", changes_part(config), "steps",
        steps_part(steps), "inputs", inputs);
    if (hashed == NULL)
        return error_set(err, ERROR_INTERNAL, "the plan of %s has no JSON", environment->name);
    auto_free char *canonical = plan_canonical_json(hashed);
    hash_sha256_hex(canonical, strlen(canonical), out);
    json_decref(hashed);
    return true;
}

/* ---- the plan ---- */

static bool describe_steps(const struct plan_context *common, json_t *steps, struct error *err)
{
    for (size_t i = 0; i < common->environment->step_count; i++) {
        const struct plan_step *step = &common->environment->steps[i];
        struct plan_context context = *common;
        struct step_plan described = {0};
        context.step = step;
        if (!step->kind->plan(&context, &described, err)) {
            if (err->at[0] == '\0' && step->place.line > 0)
                error_at(err, common->config->path, step->place.line, step->place.column);
            return error_wrap(err, "step %s", step->id);
        }
        json_array_append_new(steps, describe_step(step, &described));
        step_plan_clear(&described);
    }
    return true;
}

bool plan_make(const struct house *house, const struct config *config,
               const struct environment *environment, const char *plan_name, const json_t *inputs,
               json_t **out, struct error *err)
{
    const struct plan_context common = {
        .house = house, .config = config, .environment = environment};
    json_t *steps = json_array();
    char hash[HASH_HEX_SIZE];

    if (!describe_steps(&common, steps, err)) {
        json_decref(steps);
        return false;
    }
    json_t *known = inputs != NULL ? json_deep_copy(inputs) : json_object();
    if (!compute_hash(config, environment, plan_name, known, steps, hash, err)) {
        json_decref(known);
        json_decref(steps);
        return false;
    }
    *out = json_pack("{s:s, s:s, s:s, s:o, s:o}", "env", environment->name, "plan", plan_name,
                     "hash", hash, "inputs", known, "steps", steps);
    return true;
}

json_t *plan_hashed_inputs(const json_t *inputs)
{
    json_t *image = json_object_get(inputs, "image"), *hashed = json_object();

    if (image != NULL)
        json_object_set(hashed, "image", image);
    return hashed;
}

bool plan_require_same(const struct house *house, const struct config *config,
                       const struct environment *environment, const json_t *plan, struct error *err)
{
    const char *name = json_string_value(json_object_get(plan, "plan"));
    const char *hash = json_string_value(json_object_get(plan, "hash"));
    json_t *hashed = plan_hashed_inputs(json_object_get(plan, "inputs")), *now = NULL;
    bool ok = plan_make(house, config, environment, name, hashed, &now, err);

    json_decref(hashed);
    if (!ok)
        return false;
    const char *hash_now = json_string_value(json_object_get(now, "hash"));
    if (hash == NULL || strcmp(hash, hash_now) != 0) {
        error_set(err, ERROR_CONFLICT,
                  "the configuration is another one than the run was started with: its plan is "
                  "%.12s now, and was %.12s",
                  hash_now, hash != NULL ? hash : "?");
        ok = error_code(err, "plan-changed");
    }
    json_decref(now);
    return ok;
}
