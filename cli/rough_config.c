/*
 * rough_config.c - see rough_config.h. As YAML where it is YAML; else line by line, as a hint.
 */
#include "cli/rough_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/config_expand.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

#define SHORT_SIZE 64

/* ---- what stands for something else ---- */

/* As the configuration itself would; emptied where it is not known what that is. */
static void expand(const struct config_scope *scope, char *text, size_t size)
{
    struct error ignored;
    char *made = NULL;
    bool is_known = config_expand(scope, text, &made, &ignored) && strlen(made) < size;

    text_copy(text, size, is_known ? made : "");
    free(made);
}

static void expand_place(const char *name, char *short_name, struct rough_place *out)
{
    struct environment environment = {.name = (char *)(uintptr_t)name,
                                      .short_name = short_name[0] != '\0' ? short_name
                                                                          : (char *)(uintptr_t)name,
                                      .region = out->region,
                                      .account = out->account};
    const struct config_scope scope = {.environment = &environment};

    expand(&scope, out->function, sizeof out->function);
    expand(&scope, out->alias, sizeof out->alias);
}

/* ---- as YAML ---- */

static void take(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL && strlen(text) < size)
        text_copy(out, size, text);
}

/* Only what is written plainly. */
static void take_plain(const json_t *object, const char *key, char *out, size_t size)
{
    take(object, key, out, size);
    if (strchr(out, '$') != NULL)
        out[0] = '\0';
}

/* *name: NULL becomes the only one. */
static json_t *find_environment(const json_t *root, const char **name)
{
    json_t *environments = json_object_get(root, "environments");
    if (*name == NULL && json_object_size(environments) == 1)
        *name = json_object_iter_key(json_object_iter(environments));
    return *name != NULL ? json_object_get(environments, *name) : NULL;
}

static void read_tree(const json_t *root, const char *name, struct rough_place *out)
{
    json_t *own = find_environment(root, &name), *all = json_object_get(root, "all");
    json_t *resource;
    const char *key;
    char short_name[SHORT_SIZE] = "";

    if (own == NULL)
        return;
    json_t *environment = json_is_object(all) ? json_deep_copy(all) : json_object();
    (void)json_object_update_recursive(environment, own);
    take_plain(environment, "region", out->region, sizeof out->region);
    take_plain(environment, "account", out->account, sizeof out->account);
    take_plain(environment, "short", short_name, sizeof short_name);
    json_object_foreach(json_object_get(environment, "resources"), key, resource)
    {
        if (out->function[0] != '\0' || json_object_get(resource, "lambda") == NULL)
            continue;
        take(resource, "lambda", out->function, sizeof out->function);
        take(resource, "alias", out->alias, sizeof out->alias);
    }
    json_decref(environment);
    expand_place(name, short_name, out);
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

/* The block under "NAME:", which begins a line or, where it is_nested, does not. False: none. */
static bool scan_block(FILE *file, const char *name, bool is_nested,
                       char short_name[static SHORT_SIZE], struct rough_place *out)
{
    auto_free char *line = NULL;
    auto_free char *header = xasprintf("%s:", name);
    size_t capacity = 0, outer = 0;
    bool is_inside = false;

    rewind(file);
    while (getline(&line, &capacity, file) >= 0) {
        size_t indent = strspn(line, " ");
        const char *text = line + indent;
        if (*text == '#' || *text == '\n')
            continue;
        if (is_inside && indent <= outer)
            break;
        if (is_inside) {
            scan(line, "lambda", out->function, sizeof out->function);
            scan(line, "alias", out->alias, sizeof out->alias);
            scan(line, "short", short_name, SHORT_SIZE);
        } else if ((indent > 0) == is_nested && text_starts_with(text, header)) {
            is_inside = true;
            outer = indent;
        }
    }
    return is_inside;
}

static void scan_file(FILE *file, const char *name, struct rough_place *out)
{
    char short_name[SHORT_SIZE] = "";

    if (scan_block(file, name, true, short_name, out))
        (void)scan_block(file, "all", false, short_name, out);
    expand_place(name, short_name, out);
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
