/*
 * config_params.c - parameters of steps, probes and resources: checked, expanded, defaults filled
 * in.
 */
#include "core/config_params.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config_reader.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_NAMES 64

/* ---- resources ------------------------------------------------------------------------------- */

static bool is_fit(const struct resource *resource, const struct param *param)
{
    return param->of == NULL || strcmp(resource->kind->name, param->of) == 0;
}

/* The names of the resources that fit, for errors. */
static void list_fitting(const struct environment *e, const struct param *param, struct buf *out)
{
    for (size_t i = 0; i < e->resource_count; i++)
        if (is_fit(&e->resources[i], param))
            buf_addf(out, "%s%s", out->len > 0 ? ", " : "", e->resources[i].name);
}

/* Without a word about it: the only resource that fits. */
static bool choose_resource(struct config_reader *r, const struct config_params *table,
                            const struct param *param, json_t *given, json_t **out,
                            struct error *err)
{
    const struct environment *e = r->scope.environment;
    const struct resource *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < e->resource_count; i++)
        if (is_fit(&e->resources[i], param)) {
            found = &e->resources[i];
            count++;
        }
    if (count == 1) {
        *out = json_string(found->name);
        return true;
    }
    auto_buf listed;
    buf_init(&listed, 150);
    list_fitting(e, param, &listed);
    const char *of = param->of != NULL ? param->of : "";
    const char *space = param->of != NULL ? " " : "";
    if (count == 0) {
        config_reader_fail(r, given, err, "%s needs a %s%sresource, and %s has none", table->kind,
                           of, space, e->name);
        return error_hint(err, "Add it to `resources:`");
    }
    config_reader_fail(r, given, err, "which %s%sresource of %s is it about?", of, space, e->name);
    return error_hint(err, "Write one of %s: `- %s: %s`", listed.ptr, table->kind, found->name);
}

static bool find_resource(struct config_reader *r, const struct param *param, json_t *value,
                          const char *name, struct error *err)
{
    const struct environment *e = r->scope.environment;
    const struct resource *resource = config_resource(e, name);
    const char *names[MOST_NAMES];
    size_t count = 0;

    for (size_t i = 0; i < e->resource_count && count < MOST_NAMES; i++)
        names[count++] = e->resources[i].name;
    if (resource == NULL) {
        auto_free char *what = xasprintf("resource of %s", e->name);
        return config_reader_unknown(r, value, what, name, names, count, err);
    }
    if (is_fit(resource, param))
        return true;
    auto_buf listed;
    buf_init(&listed, 150);
    list_fitting(e, param, &listed);
    config_reader_fail(r, value, err, "%s is of kind %s, not %s", name, resource->kind->name,
                       param->of);
    return listed.len == 0 ? false : error_hint(err, "Of that kind: %s", listed.ptr);
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool to_json(struct config_reader *r, const struct param *param, json_t *value,
                    const char *text, json_t **out, struct error *err)
{
    int64_t whole;
    double real;

    switch (param->type) {
    case PARAM_TEXT:
        *out = json_string(text);
        return true;
    case PARAM_RESOURCE:
        if (!find_resource(r, param, value, text, err))
            return false;
        *out = json_string(text);
        return true;
    case PARAM_INTEGER:
        if (!text_to_int64(text, &whole))
            return config_reader_fail(r, value, err, "\"%.60s\" is no whole number", text);
        *out = json_integer(whole);
        return true;
    case PARAM_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            config_reader_fail(r, value, err, "\"%.60s\" is neither true nor false", text);
            return error_hint(err, "Write true or false");
        }
        *out = json_boolean(text[0] == 't');
        return true;
    case PARAM_DURATION:
        if (!grammar_duration(text, &whole, err))
            return config_reader_locate(r, value, err);
        *out = json_integer(whole);
        return true;
    case PARAM_PERCENT:
        if (!grammar_percent(text, &real, err))
            return config_reader_locate(r, value, err);
        *out = json_real(real);
        return true;
    case PARAM_TEXT_LIST:
    case PARAM_JSON:
        break;
    }
    return config_reader_fail(r, value, err, "cannot be read");
}

static bool read_list(struct config_reader *r, json_t *value, json_t **out, struct error *err)
{
    size_t count;
    if (!config_reader_count(r, value, &count, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char *text;
        if (!config_reader_expanded(r, config_reader_at(value, i), &text, err)) {
            json_decref(list);
            return false;
        }
        json_array_append_new(list, json_string(text));
        free(text);
    }
    *out = list;
    return true;
}

static bool read_value(struct config_reader *r, const struct param *param, json_t *value,
                       json_t **out, struct error *err)
{
    if (param->type == PARAM_JSON) {
        *out = yaml_tree_typed(r->tree, value);
        return true;
    }
    if (param->type == PARAM_TEXT_LIST)
        return read_list(r, value, out, err);
    char *text;
    if (!config_reader_expanded(r, value, &text, err))
        return false;
    bool is_ok = to_json(r, param, value, text, out, err);
    free(text);
    return is_ok;
}

static bool is_empty_text(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == '\0';
}

static bool is_beside(const struct config_params *table, const char *name)
{
    for (size_t i = 0; table->beside != NULL && table->beside[i] != NULL; i++)
        if (strcmp(table->beside[i], name) == 0)
            return true;
    return false;
}

/* Each key is the kind's, a parameter (but the first: that is the kind's value) or stands beside.
 */
static bool check_keys(struct config_reader *r, const struct config_params *table, json_t *given,
                       struct error *err)
{
    const char *names[MOST_NAMES];
    size_t count = 0;
    const char *name;
    json_t *value;

    for (const struct param *p = table->params; p->name != NULL && count < MOST_NAMES / 2; p++)
        names[count++] = p->name;
    for (size_t i = 0; table->beside != NULL && table->beside[i] != NULL && count < MOST_NAMES; i++)
        names[count++] = table->beside[i];
    json_object_foreach(given, name, value)
    {
        bool is_known = strcmp(name, table->kind) == 0 || is_beside(table, name);
        for (const struct param *p = table->params; p->name != NULL && !is_known; p++)
            is_known = strcmp(name, p->name) == 0;
        if (is_known)
            continue;
        auto_free char *what = xasprintf("key of the %s %s", table->what, table->kind);
        return config_reader_unknown(r, value, what, name, names, count, err);
    }
    return true;
}

/* What was written for a parameter; NULL when nothing was. New reference. */
static bool find_given(struct config_reader *r, const struct config_params *table,
                       const struct param *param, json_t *given, json_t **out, struct error *err)
{
    json_t *by_kind = json_object_get(given, table->kind);
    json_t *by_name =
        strcmp(param->name, table->kind) == 0 ? NULL : json_object_get(given, param->name);
    bool is_first = param == table->params;

    if (!is_first || by_kind == NULL || is_empty_text(by_kind))
        by_kind = NULL;
    if (by_kind != NULL && by_name != NULL)
        return config_reader_fail_key(r, by_name, err, "says again what stands behind `%s:`",
                                      table->kind);
    *out = json_incref(by_kind != NULL ? by_kind : by_name);
    return true;
}

static bool read_param(struct config_reader *r, const struct config_params *table,
                       const struct param *param, json_t *given, json_t *out, json_t *shown,
                       struct error *err)
{
    json_t *value = NULL, *checked = NULL;

    if (!find_given(r, table, param, given, &value, err))
        return false;
    if (value == NULL && param->fallback != NULL)
        value = json_string(param->fallback);
    if (value == NULL && param->is_required && param->type == PARAM_RESOURCE &&
        !choose_resource(r, table, param, given, &value, err))
        return false;
    if (value == NULL && param->is_required) {
        config_reader_fail_key(r, given, err, "%s %s needs its %s", table->what, table->kind,
                               param->name);
        return error_hint(err, "%s", param->help);
    }
    if (value == NULL)
        return true;
    bool is_ok = read_value(r, param, value, &checked, err);
    if (is_ok) {
        json_object_set_new(out, param->name, checked);
        json_t *printed = value;
        if (table->shows_expanded && json_is_string(checked)) {
            yaml_tree_derive(r->tree, checked, value);
            printed = checked;
        }
        if (shown != NULL)
            json_object_set(shown, param == table->params ? table->kind : param->name, printed);
    }
    json_decref(value);
    return is_ok;
}

bool config_params_read(struct config_reader *r, const struct config_params *table, json_t *given,
                        json_t **out, json_t *shown, struct error *err)
{
    json_t *checked = json_object();
    json_t *by_kind = json_object_get(given, table->kind);
    bool is_ok = check_keys(r, table, given, err);

    if (is_ok && table->params->name == NULL && by_kind != NULL && !is_empty_text(by_kind))
        is_ok =
            config_reader_fail(r, by_kind, err, "%s %s takes no value", table->what, table->kind);
    if (shown != NULL) /* the kind stands first, also when nothing stands behind it */
        json_object_set_new(shown, table->kind, json_string(""));
    for (const struct param *p = table->params; is_ok && p->name != NULL; p++)
        is_ok = read_param(r, table, p, given, checked, shown, err);
    if (!is_ok) {
        json_decref(checked);
        return false;
    }
    *out = checked;
    return true;
}
