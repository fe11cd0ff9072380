/*
 * config_set.c - `--set KEY=VALUE`: written into the tree as if the file said so, before it is
 * read.
 *
 *   production.url=...     a key of one environment      production.resources.api.image=...
 *   url=...                of every environment          judge.min-requests=80
 *   image=...              a parameter of the only resource that takes it
 * Values are text; those that begin with [ or { are read as YAML. `_` goes for `-` in keys.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/param.h"
#include "core/resource.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_SEGMENTS 8
#define MOST_NAMES 128

struct setting {
    struct config_reader *r;
    char *origin; /* "--set KEY" */
    char *key;    /* cut into segments */
    char *segments[MOST_SEGMENTS];
    size_t count;
    const char *value;
};

static bool refuse(const struct setting *s, struct error *err, const char *why)
{
    return error_set(err, ERROR_USAGE, "%.100s: %s", s->origin, why);
}

static bool cut(struct setting *s, const char *override, struct error *err)
{
    const char *equals = strchr(override, '=');

    s->origin = xasprintf("--set %.*s", equals == NULL ? 80 : (int)(equals - override), override);
    if (equals == NULL || equals == override) {
        refuse(s, err, "no value is given");
        return error_hint(err, "Write --set KEY=VALUE");
    }
    s->value = equals + 1;
    s->key = xstrndup(override, (size_t)(equals - override));
    char *rest = s->key;
    while (rest != NULL) {
        if (s->count == MOST_SEGMENTS)
            return refuse(s, err, "there is nothing that deep");
        s->segments[s->count++] = strsep(&rest, ".");
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->segments[i][0] == '\0')
            return refuse(s, err, "a part of the key is empty");
    return true;
}

/* `_` for `-`, where nothing is called so. */
static void spell(char *segment, const json_t *object)
{
    if (json_object_get(object, segment) != NULL)
        return;
    for (char *c = segment; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
}

static bool write_value(struct setting *s, json_t *object, const char *key, struct error *err)
{
    struct yaml_tree *parsed;

    if (s->value[0] != '[' && s->value[0] != '{') {
        json_t *text = json_string(s->value);
        if (text == NULL)
            return refuse(s, err, "the value is not UTF-8");
        yaml_tree_set(s->r->tree, object, key, text, s->origin);
        return true;
    }
    if (!yaml_tree_parse(s->origin, s->value, strlen(s->value), &parsed, err)) {
        err->at[0] = '\0'; /* a line and column of a command line help nobody */
        return error_wrap(err, "%s", s->origin);
    }
    yaml_tree_take(s->r->tree, object, key, parsed, s->origin);
    return true;
}

/* Walks down from object, making maps that are not there, and writes the last segment. */
static bool write_below(struct setting *s, json_t *object, size_t first, struct error *err)
{
    for (size_t i = first; i + 1 < s->count; i++) {
        spell(s->segments[i], object);
        json_t *next = json_object_get(object, s->segments[i]);
        bool is_empty = json_is_string(next) && json_string_value(next)[0] == '\0';
        if (next == NULL || is_empty) {
            next = json_object();
            yaml_tree_set(s->r->tree, object, s->segments[i], json_incref(next), s->origin);
            json_decref(next);
        }
        if (!json_is_object(next))
            return refuse(s, err, "there is no map to write it into");
        object = next;
    }
    spell(s->segments[s->count - 1], object);
    return write_value(s, object, s->segments[s->count - 1], err);
}

static json_t *environment_object(struct setting *s, json_t *environments, const char *name)
{
    json_t *object = json_object_get(environments, name);
    if (json_is_object(object))
        return object;
    object = json_object(); /* `dev:` with nothing behind it */
    yaml_tree_set(s->r->tree, environments, name, json_incref(object), s->origin);
    json_decref(object);
    return object;
}

static bool is_key(const struct config_key *keys, const char *name)
{
    for (; keys->name != NULL; keys++)
        if (strcmp(keys->name, name) == 0)
            return true;
    return false;
}

/* ---- parameters of resources by their bare name ---------------------------------------------- */

static bool takes_param(const struct house *house, const json_t *all, const json_t *own,
                        const char *name)
{
    const char *kind_name = json_is_object(own) ? config_resources_kind_key(house, own) : NULL;
    if (kind_name == NULL && json_is_object(all))
        kind_name = config_resources_kind_key(house, all);
    const struct resource_kind *kind =
        kind_name == NULL ? NULL : house_resource_kind(house, kind_name);
    for (const struct param *p = kind == NULL ? NULL : kind->params; p != NULL && p->name != NULL;
         p++)
        if (strcmp(p->name, name) == 0)
            return true;
    return false;
}

/* The only resource of an environment that takes the parameter; NULL when none or several do. */
static const char *resource_with(struct setting *s, const json_t *environment, const char *param)
{
    json_t *all = json_object_get(json_object_get(yaml_tree_root(s->r->tree), "all"), "resources");
    json_t *own = json_object_get(environment, "resources"), *ignored;
    const char *name, *found = NULL;
    size_t count = 0;

    json_object_foreach(own, name, ignored) if (takes_param(s->r->house, json_object_get(all, name),
                                                            json_object_get(own, name), param))
    {
        found = name;
        count++;
    }
    json_object_foreach(all, name, ignored) if (json_object_get(own, name) == NULL &&
                                                takes_param(s->r->house, ignored, NULL, param))
    {
        found = name;
        count++;
    }
    return count == 1 ? found : NULL;
}

/* ---- one setting ----------------------------------------------------------------------------- */

static bool refuse_key(const struct setting *s, const json_t *environments, struct error *err)
{
    const char *names[MOST_NAMES], *name;
    size_t count = 0;
    json_t *ignored;

    json_object_foreach((json_t *)(uintptr_t)environments, name, ignored) if (count < MOST_NAMES)
        names[count++] = name;
    for (const struct config_key *k = config_environments_keys; k->name != NULL; k++)
        if (count < MOST_NAMES)
            names[count++] = k->name;
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        if (count < MOST_NAMES)
            names[count++] = k->name;
    refuse(s, err, "there is no such key");
    const char *near = text_nearest(s->segments[0], names, count);
    return near != NULL ? error_hint(err, "Did you mean %s?", near)
                        : error_hint(err, "Write ENVIRONMENT.KEY=VALUE: production.traffic=100%%");
}

/* A key of one environment, or a bare parameter of a resource of it. */
static bool set_in(struct setting *s, json_t *environment, size_t first, struct error *err)
{
    spell(s->segments[first], environment);
    if (is_key(config_environments_keys, s->segments[first]) || first + 1 < s->count)
        return write_below(s, environment, first, err);
    const char *resource = resource_with(s, environment, s->segments[first]);
    if (resource == NULL)
        return write_below(s, environment, first, err); /* refused later, as an unknown key */
    char name[128], param[128];
    if (strlen(resource) >= sizeof name || strlen(s->segments[first]) >= sizeof param)
        return refuse(s, err, "the name is too long");
    memcpy(name, resource, strlen(resource) + 1);
    memcpy(param, s->segments[first], strlen(s->segments[first]) + 1);
    char resources[] = "resources";
    struct setting below = *s;
    below.segments[0] = resources;
    below.segments[1] = name;
    below.segments[2] = param;
    below.count = 3;
    return write_below(&below, environment, 0, err);
}

static bool set_everywhere(struct setting *s, json_t *environments, struct error *err)
{
    const char *name;
    json_t *ignored;
    void *next;

    json_object_foreach_safe(
        environments, next, name,
        ignored) if (!set_in(s, environment_object(s, environments, name), 0, err)) return false;
    return true;
}

static bool apply(struct setting *s, struct error *err)
{
    json_t *root = yaml_tree_root(s->r->tree);
    json_t *environments = json_object_get(root, "environments");

    if (json_is_object(environments) && s->count > 1 &&
        json_object_get(environments, s->segments[0]) != NULL)
        return set_in(s, environment_object(s, environments, s->segments[0]), 1, err);
    spell(s->segments[0], root);
    if (json_is_object(environments) && !is_key(config_keys, s->segments[0])) {
        const char *first = json_object_iter_key(json_object_iter(environments));
        bool is_param = s->count == 1 && first != NULL &&
                        resource_with(s, json_object_get(environments, first), s->segments[0]);
        if (is_param || is_key(config_environments_keys, s->segments[0]))
            return set_everywhere(s, environments, err);
    }
    if (is_key(config_keys, s->segments[0]))
        return write_below(s, root, 0, err);
    return refuse_key(s, environments, err);
}

bool config_set_all(struct config_reader *r, const char *const *overrides, struct error *err)
{
    for (size_t i = 0; overrides != NULL && overrides[i] != NULL; i++) {
        struct setting setting = {.r = r};
        bool is_ok = cut(&setting, overrides[i], err) && apply(&setting, err);
        free(setting.origin);
        free(setting.key);
        if (!is_ok)
            return false;
    }
    return true;
}
