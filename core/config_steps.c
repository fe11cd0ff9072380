/*
 * config_steps.c - `plan:`: one list of steps for all environments, each of which takes those that
 * are not for another one only.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_params.h"
#include "core/config_parts.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/step.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_NAMES 64
#define MOST_STEPS 200
#define LONGEST_ID 60

static const char *const beside[] = {"only", "when", "begin", "id", NULL};
static const char with_the_run[] = "with-the-run";

/* One entry of the plan, before it is read for an environment. */
struct entry {
    json_t *given; /* a map; borrowed from the tree */
    const struct step_kind *kind;
    char *id;
    char *when; /* NULL: always */
    const char *only[MOST_NAMES];
    size_t only_count; /* 0: everywhere */
    bool begins_with_run;
};

struct plan {
    struct entry *entries;
    size_t count;
};

static void clear_plan(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->entries[i].id);
        free(plan->entries[i].when);
    }
    free(plan->entries);
}

/* ---- kinds and ids --------------------------------------------------------------------------- */

static bool is_beside(const char *key)
{
    for (size_t i = 0; beside[i] != NULL; i++)
        if (strcmp(beside[i], key) == 0)
            return true;
    return false;
}

static bool refuse_kind(struct config_reader *r, const json_t *value, const char *key,
                        struct error *err)
{
    const char *names[MOST_NAMES];
    size_t count = 0;

    for (size_t i = 0; r->house->step_kinds[i] != NULL && count < MOST_NAMES; i++)
        if (!r->house->step_kinds[i]->is_internal)
            names[count++] = r->house->step_kinds[i]->name;
    return config_reader_unknown(r, value, "kind of step", key, names, count, err);
}

/* The first key that is a kind; else the first that could have been meant as one. */
static const char *kind_key(struct config_reader *r, json_t *given)
{
    const char *key, *meant = NULL;
    json_t *value;

    json_object_foreach(given, key, value)
    {
        const struct step_kind *kind = house_step_kind(r->house, key);
        if (kind != NULL && !kind->is_internal)
            return key;
        if (meant == NULL && !is_beside(key))
            meant = key;
    }
    return meant;
}

static bool read_kind(struct config_reader *r, json_t *given, struct entry *entry,
                      struct error *err)
{
    const char *key = kind_key(r, given);
    json_t *value = key == NULL ? NULL : json_object_get(given, key);
    const struct step_kind *kind = key == NULL ? NULL : house_step_kind(r->house, key);

    if (key != NULL && (kind == NULL || kind->is_internal))
        return refuse_kind(r, value, key, err);
    if (json_is_object(value) && kind->params[0].type != PARAM_JSON) {
        config_reader_fail(r, value, err, "a map cannot stand behind `%s:`", key);
        return error_hint(err, "Its parameters stand beside it, in the same map");
    }
    entry->kind = kind;
    if (kind != NULL)
        return true;
    config_reader_fail(r, given, err, "names no kind of step");
    return error_hint(err, "Write `- deploy: api`, for example");
}

static bool is_id(const char *id)
{
    size_t len = strlen(id);
    return len > 0 && len <= LONGEST_ID && id[0] != '-' &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool has_id(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].id != NULL && strcmp(plan->entries[i].id, id) == 0)
            return true;
    return false;
}

static bool read_id(struct config_reader *r, const struct plan *plan, struct entry *entry,
                    struct error *err)
{
    const json_t *value = json_object_get(entry->given, "id");
    const char *id;

    if (value == NULL)
        return true;
    if (!config_reader_text(r, value, &id, err))
        return false;
    if (!is_id(id)) {
        config_reader_fail(r, value, err, "\"%.60s\" is no id", id);
        return error_hint(err, "Ids are lower-case letters, digits and dashes, at most %d",
                          LONGEST_ID);
    }
    if (has_id(plan, id))
        return config_reader_fail(r, value, err, "another step has the id %s", id);
    entry->id = xstrdup(id);
    return true;
}

/* "smoke", "smoke-2": counted over the whole plan, so that a name means the same step everywhere.
 */
static void number_steps(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct entry *entry = &plan->entries[i];
        if (entry->id != NULL)
            continue;
        size_t number = 1;
        for (size_t k = 0; k < i; k++)
            number += plan->entries[k].kind == entry->kind;
        char *id = number == 1 ? xstrdup(entry->kind->name)
                               : xasprintf("%s-%zu", entry->kind->name, number);
        while (has_id(plan, id)) {
            free(id);
            id = xasprintf("%s-%zu", entry->kind->name, ++number);
        }
        entry->id = id;
    }
}

/* ---- what stands beside the kind ------------------------------------------------------------- */

static bool read_only(struct config_reader *r, struct entry *entry, struct error *err)
{
    const json_t *value = json_object_get(entry->given, "only");
    const struct config *c = r->config;
    const char *names[MOST_NAMES];
    size_t count;

    if (value == NULL)
        return true;
    if (!config_reader_count(r, value, &count, err))
        return false;
    if (count == 0)
        return config_reader_fail(r, value, err, "names no environment");
    for (size_t i = 0; i < c->environment_count; i++)
        names[i] = c->environments[i].name;
    for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
        const json_t *one = config_reader_at(value, i);
        const char *name;
        struct error ignored;
        if (!config_reader_text(r, one, &name, err))
            return false;
        if (config_environment(c, name, &ignored) == NULL)
            return config_reader_unknown(r, one, "environment", name, names, c->environment_count,
                                         err);
        entry->only[entry->only_count++] = name;
    }
    return true;
}

static bool read_when(struct config_reader *r, struct entry *entry, struct error *err)
{
    json_t *value = json_object_get(entry->given, "when");
    return value == NULL || config_bindings_read_when(r, value, &entry->when, err);
}

static bool read_begin(struct config_reader *r, struct entry *entry, struct error *err)
{
    const json_t *value = json_object_get(entry->given, "begin");
    const char *text;

    if (value == NULL)
        return true;
    if (!config_reader_text(r, value, &text, err))
        return false;
    if (strcmp(text, with_the_run) != 0) {
        config_reader_fail(r, value, err, "\"%.60s\" is no moment to begin at", text);
        return error_hint(err, "Write %s, or leave the key out", with_the_run);
    }
    if (entry->kind->is_gate || entry->kind->moves_traffic)
        return config_reader_fail(r, value, err, "%s cannot begin with the run: it waits its turn",
                                  entry->kind->name);
    entry->begins_with_run = true;
    return true;
}

/* A bare word is a kind without a value. */
static json_t *entry_object(struct config_reader *r, json_t *given)
{
    if (!json_is_string(given) || json_string_value(given)[0] == '\0')
        return json_incref(given);
    json_t *object = json_object();
    json_t *nothing = json_string("");
    yaml_tree_derive(r->tree, object, given);
    yaml_tree_derive(r->tree, nothing, given);
    json_object_set_new(object, json_string_value(given), nothing);
    return object;
}

static bool read_entry(struct config_reader *r, struct plan *plan, json_t *given, struct error *err)
{
    struct entry *entry = &plan->entries[plan->count];

    *entry = (struct entry){.given = given};
    if (!config_reader_is_object(r, given, err) || !read_kind(r, given, entry, err))
        return false;
    bool is_ok = read_id(r, plan, entry, err) && read_only(r, entry, err) &&
                 read_when(r, entry, err) && read_begin(r, entry, err);
    plan->count++;
    return is_ok;
}

/* ---- for each environment -------------------------------------------------------------------- */

static bool is_for(const struct entry *entry, const struct environment *e)
{
    for (size_t i = 0; i < entry->only_count; i++)
        if (strcmp(entry->only[i], e->name) == 0)
            return true;
    return entry->only_count == 0;
}

static const char *resource_of(const json_t *params)
{
    const char *name = json_string_value(json_object_get(params, "resource"));
    return name != NULL ? name : "";
}

/* A run has one old and one new version, and one way back. */
static bool moves_one_traffic(struct config_reader *r, const struct entry *entry,
                              const struct environment *e, const json_t *params, struct error *err)
{
    for (size_t i = 0; i < e->step_count; i++) {
        const char *first = resource_of(e->steps[i].params), *other = resource_of(params);
        if (!entry->kind->moves_traffic || !e->steps[i].kind->moves_traffic ||
            strcmp(first, other) == 0)
            continue;
        config_reader_fail(r, entry->given, err,
                           "the plan moves the traffic of %s already, and now of %s: a plan moves "
                           "that of one function, so that its way back is one",
                           first, other);
        return error_hint(err, "Give %s a flightdeck.yaml of its own, with another `project:`",
                          other);
    }
    return true;
}

static bool read_step(struct config_reader *r, const struct entry *entry, struct environment *e,
                      json_t *shown, struct error *err)
{
    const struct config_params table = {
        .params = entry->kind->params, .kind = entry->kind->name, .what = "step", .beside = beside};
    json_t *params;

    r->scope.environment = e;
    bool is_ok = config_params_read(r, &table, entry->given, &params, shown, err);
    r->scope.environment = NULL;
    if (is_ok && !moves_one_traffic(r, entry, e, params, err)) {
        json_decref(params);
        is_ok = false;
    }
    if (!is_ok)
        return false;
    e->steps[e->step_count++] =
        (struct plan_step){.id = xstrdup(entry->id),
                           .kind = entry->kind,
                           .params = params,
                           .when = entry->when == NULL ? NULL : xstrdup(entry->when),
                           .begins_with_run = entry->begins_with_run,
                           .place = config_reader_place(r, entry->given)};
    return true;
}

/* What --explain prints of an entry: what was written, its id, and its defaults. */
static void show_entry(struct config_reader *r, const struct entry *entry, json_t *printed,
                       json_t *shown)
{
    json_t *id = json_string(entry->id);

    yaml_tree_derive(r->tree, printed, entry->given);
    for (size_t i = 0; beside[i] != NULL; i++) {
        json_t *value = json_object_get(entry->given, beside[i]);
        if (value != NULL)
            json_object_set(printed, beside[i], value);
    }
    if (json_object_get(printed, "id") == NULL)
        json_object_set(printed, "id", id);
    json_decref(id);
    json_array_append(shown, printed);
}

static bool read_for_all(struct config_reader *r, const struct plan *plan, json_t *shown,
                         struct error *err)
{
    struct config *c = r->config;

    for (size_t i = 0; i < c->environment_count; i++)
        c->environments[i].steps = xcalloc(plan->count + 1, sizeof *c->environments[i].steps);
    for (size_t i = 0; i < plan->count; i++) {
        json_t *printed = json_object();
        bool is_ok = true;
        for (size_t k = 0; is_ok && k < c->environment_count; k++)
            if (is_for(&plan->entries[i], &c->environments[k]))
                is_ok = read_step(r, &plan->entries[i], &c->environments[k], printed, err);
        if (is_ok)
            show_entry(r, &plan->entries[i], printed, shown);
        json_decref(printed);
        if (!is_ok)
            return false;
    }
    return true;
}

static bool read_plan(struct config_reader *r, json_t *entries, json_t *shown, struct error *err)
{
    struct plan plan = {.entries = xcalloc(json_array_size(entries) + 1, sizeof *plan.entries)};
    bool is_ok = true;
    size_t i;
    json_t *entry;

    json_array_foreach(entries, i, entry) is_ok = is_ok && read_entry(r, &plan, entry, err);
    if (is_ok) {
        number_steps(&plan);
        is_ok = read_for_all(r, &plan, shown, err);
    }
    clear_plan(&plan);
    return is_ok;
}

bool config_steps_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                       struct error *err)
{
    static const char *const standard[] = {"deploy", "shift", "all-clear"};
    json_t *entries = json_array();
    size_t count = 0;

    (void)into;
    if (given != NULL && !config_reader_count(r, given, &count, err)) {
        json_decref(entries);
        return false;
    }
    if (given != NULL && (count == 0 || count > MOST_STEPS)) {
        json_decref(entries);
        return config_reader_fail(r, given, err, "%zu steps; a plan has 1 to %d", count,
                                  MOST_STEPS);
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(entries, entry_object(r, config_reader_at(given, i)));
    for (size_t i = 0; given == NULL && i < sizeof standard / sizeof standard[0]; i++)
        json_array_append_new(entries, json_pack("{s:s}", standard[i], ""));
    *shown = json_array();
    bool is_ok = read_plan(r, entries, *shown, err);
    json_decref(entries);
    return is_ok;
}

void config_steps_clear(struct environment *e)
{
    for (size_t i = 0; i < e->step_count; i++) {
        free(e->steps[i].id);
        free(e->steps[i].when);
        json_decref(e->steps[i].params);
    }
    free(e->steps);
}
