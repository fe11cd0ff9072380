/*
 * config_smoke.c - `smoke:`: what is asked of a version to see whether it lives.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

static bool set_path(struct config_reader *r, json_t *given, const char *method,
                     struct smoke_check *check, struct error *err)
{
    if (given == NULL)
        return true;
    if (check->path != NULL)
        return config_reader_fail_key(r, given, err, "one check asks once: get or post");
    if (!config_reader_expanded(r, given, &check->path, err))
        return false;
    if (check->path[0] != '/') {
        config_reader_fail(r, given, err, "\"%.60s\" is no path", check->path);
        return error_hint(err, "Paths begin with a slash: /health");
    }
    check->method = xstrdup(method);
    check->name = xasprintf("%s %s", method, check->path);
    return true;
}

static bool read_get(struct config_reader *r, json_t *given, void *into, json_t **shown,
                     struct error *err)
{
    (void)shown;
    return set_path(r, given, "GET", into, err);
}

static bool read_post(struct config_reader *r, json_t *given, void *into, json_t **shown,
                      struct error *err)
{
    (void)shown;
    return set_path(r, given, "POST", into, err);
}

static bool read_expected(struct config_reader *r, json_t *given, void *into, json_t **shown,
                          struct error *err)
{
    struct smoke_check *check = into;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    check->expected = yaml_tree_typed(r->tree, given);
    return true;
}

static bool read_status(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct smoke_check *check = into;
    const char *text;
    int64_t status;

    (void)shown;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (!text_to_int64(text, &status) || status < 100 || status > 599) {
        config_reader_fail(r, given, err, "\"%.60s\" is no HTTP status", text);
        return error_hint(err, "They go from 100 to 599");
    }
    check->status = (int)status;
    return true;
}

const struct config_key config_smoke_keys[] = {
    {.name = "get", .type = CONFIG_OWN, .read = read_get, .help = "path that is asked with GET"},
    {.name = "post",
     .type = CONFIG_OWN,
     .read = read_post,
     .help = "path that is asked with POST and an empty body"},
    {.name = "json",
     .type = CONFIG_OWN,
     .read = read_expected,
     .help = "every key of it must be in the reply, with that value"},
    {.name = "status",
     .type = CONFIG_OWN,
     .read = read_status,
     .fallback = "200",
     .help = "the HTTP status that is expected"},
    {0},
};

static bool read_check(struct config_reader *r, json_t *given, json_t *shown, struct error *err)
{
    struct config *c = r->config;
    struct smoke_check *check = &c->smoke_checks[c->smoke_count++];
    json_t *printed = json_object();

    *check = (struct smoke_check){.place = config_reader_place(r, given)};
    json_array_append_new(shown, printed);
    yaml_tree_derive(r->tree, printed, given);
    if (!config_reader_is_object(r, given, err) ||
        !config_reader_keys(r, config_smoke_keys, given, check, printed, err))
        return false;
    if (check->path != NULL)
        return true;
    config_reader_fail(r, given, err, "asks nothing");
    return error_hint(err, "Write {get: /health}");
}

bool config_smoke_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                       struct error *err)
{
    struct config *c = into;
    size_t count = 0;

    if (given == NULL)
        return true;
    if (!config_reader_count(r, given, &count, err))
        return false;
    *shown = json_array();
    c->smoke_checks = xcalloc(count + 1, sizeof *c->smoke_checks);
    for (size_t i = 0; i < count; i++)
        if (!read_check(r, config_reader_at(given, i), *shown, err))
            return false;
    return true;
}

void config_smoke_clear(struct config *c)
{
    for (size_t i = 0; i < c->smoke_count; i++) {
        free(c->smoke_checks[i].name);
        free(c->smoke_checks[i].method);
        free(c->smoke_checks[i].path);
        json_decref(c->smoke_checks[i].expected);
    }
    free(c->smoke_checks);
}
