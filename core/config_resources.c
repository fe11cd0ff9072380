/*
 * config_resources.c - what an environment consists of: `api: {lambda: NAME, alias: live}`.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_params.h"
#include "core/config_parts.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/yaml.h"

#define MOST_KINDS 64

const char *config_resources_kind_key(const struct house *house, const json_t *given)
{
    const char *key, *found = NULL;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)given, key, value)
    {
        if (house_resource_kind(house, key) == NULL)
            continue;
        if (found != NULL)
            return NULL;
        found = key;
    }
    return found;
}

/* No key is a kind, or two are. */
static bool refuse_kind(struct config_reader *r, json_t *given, struct error *err)
{
    const char *names[MOST_KINDS], *key, *first = NULL;
    size_t count = 0;
    json_t *value;

    while (r->house->resource_kinds[count] != NULL && count < MOST_KINDS) {
        names[count] = r->house->resource_kinds[count]->name;
        count++;
    }
    json_object_foreach(given, key, value)
    {
        if (house_resource_kind(r->house, key) == NULL)
            continue;
        if (first != NULL)
            return config_reader_fail_key(r, value, err, "is of two kinds, %s and %s", first, key);
        first = key;
    }
    json_object_foreach(given, key, value) return config_reader_unknown(
        r, value, "kind of resource", key, names, count, err);
    config_reader_fail_key(r, given, err, "names no kind of resource");
    return error_hint(err, "Write {lambda: FUNCTION}, for example");
}

static bool read_resource(struct config_reader *r, json_t *given, const char *name,
                          struct resource *out, json_t *shown, struct error *err)
{
    if (!config_reader_is_object(r, given, err) || !config_reader_is_name(r, given, name, err))
        return false;
    const char *key = config_resources_kind_key(r->house, given);
    if (key == NULL)
        return refuse_kind(r, given, err);
    const struct resource_kind *kind = house_resource_kind(r->house, key);
    const struct config_params table = {
        .params = kind->params, .kind = kind->name, .what = "resource", .shows_expanded = true};
    json_t *printed = json_object(), *params;
    yaml_tree_derive(r->tree, printed, given);
    if (!config_params_read(r, &table, given, &params, printed, err)) {
        json_decref(printed);
        return false;
    }
    json_object_set_new(shown, name, printed);
    *out = (struct resource){.name = xstrdup(name),
                             .kind = kind,
                             .params = params,
                             .place = config_reader_place(r, given)};
    return true;
}

bool config_resources_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                           struct error *err)
{
    struct environment *e = into;
    const char *name;
    json_t *value;

    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    *shown = json_object();
    e->resources = xcalloc(json_object_size(given) + 1, sizeof *e->resources);
    json_object_foreach(given, name, value)
    {
        if (!read_resource(r, value, name, &e->resources[e->resource_count], *shown, err))
            return false;
        e->resource_count++;
    }
    return true;
}

void config_resources_clear(struct environment *e)
{
    for (size_t i = 0; i < e->resource_count; i++) {
        free(e->resources[i].name);
        json_decref(e->resources[i].params);
    }
    free(e->resources);
}
