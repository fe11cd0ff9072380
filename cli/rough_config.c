/*
 * rough_config.c - see rough_config.h. As YAML where it is YAML; else line by line, as a hint.
 */
#include "cli/rough_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

/* ---- as YAML ---- */

/* "$name" would have to be expanded: then it is not known. */
static void take(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL && strchr(text, '$') == NULL)
        text_copy(out, size, text);
}

static const json_t *find_environment(const json_t *root, const char *name)
{
    const json_t *environments = json_object_get(root, "environments");
    if (name != NULL)
        return json_object_get(environments, name);
    return json_object_size(environments) == 1
               ? json_object_iter_value(json_object_iter((json_t *)(uintptr_t)environments))
               : NULL;
}

static void read_tree(const json_t *root, const char *name, struct rough_place *out)
{
    const json_t *environment = find_environment(root, name);
    json_t *resources = json_object_get(environment, "resources");
    const char *key;
    json_t *resource;

    take(environment, "region", out->region, sizeof out->region);
    take(environment, "account", out->account, sizeof out->account);
    json_object_foreach(resources, key, resource)
    {
        if (out->function[0] != '\0' || json_object_get(resource, "lambda") == NULL)
            continue;
        take(resource, "lambda", out->function, sizeof out->function);
        take(resource, "alias", out->alias, sizeof out->alias);
    }
    out->is_sure = out->function[0] != '\0' && out->alias[0] != '\0';
}

/* ---- line by line ---- */

/* The value behind "KEY:" in the line, also within {}. */
static void scan(const char *line, const char *key, char *out, size_t size)
{
    auto_free char *wanted = xasprintf("%s:", key);
    const char *at = strstr(line, wanted);

    if (at == NULL || out[0] != '\0' || (at > line && strchr(" {,", at[-1]) == NULL))
        return;
    at += strlen(wanted);
    at += strspn(at, " \"'");
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, " ,}\"'#\r\n"), at);
}

static void scan_file(FILE *file, const char *name, struct rough_place *out)
{
    auto_free char *line = NULL;
    auto_free char *header = xasprintf("%s:", name);
    size_t capacity = 0, outer = 0;
    bool is_inside = false;

    while (getline(&line, &capacity, file) >= 0) {
        size_t indent = strspn(line, " ");
        const char *text = line + indent;
        if (*text == '#' || *text == '\n')
            continue;
        if (is_inside && indent <= outer)
            return;
        if (is_inside) {
            scan(line, "lambda", out->function, sizeof out->function);
            scan(line, "alias", out->alias, sizeof out->alias);
        } else if (indent > 0 && text_starts_with(text, header)) {
            is_inside = true;
            outer = indent;
        }
    }
}

void rough_config_read(const char *path, const char *name, struct rough_place *out)
{
    struct yaml_tree *tree = NULL;
    struct error ignored;

    *out = (struct rough_place){0};
    if (yaml_tree_load(path, &tree, &ignored)) {
        read_tree(yaml_tree_root(tree), name, out);
        yaml_tree_free(tree);
    }
    if (out->is_sure || name == NULL)
        return;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    *out = (struct rough_place){0};
    scan_file(file, name, out);
    (void)fclose(file);
}
