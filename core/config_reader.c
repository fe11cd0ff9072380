/*
 * config_reader.c - see config_reader.h.
 */
#include "core/config_reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_KEYS 64

/* ---- errors ---------------------------------------------------------------------------------- */

/* "PATH: " before the message, file:line:column beside it; of --set only what was typed. */
static bool complete(struct config_reader *r, const json_t *value, bool is_about_key,
                     struct error *err)
{
    const struct yaml_node *node = value == NULL ? NULL : yaml_tree_node(r->tree, value);

    if (node != NULL && node->origin != NULL)
        return error_wrap(err, "%s", node->origin);
    auto_free char *path = value == NULL ? xstrdup("") : yaml_tree_path(r->tree, value);
    auto_free char *safe = text_safe(path);
    if (safe[0] != '\0')
        error_wrap(err, "%.120s", safe);
    int line = node == NULL ? 1 : is_about_key ? node->key_line : node->line;
    int column = node == NULL ? 1 : is_about_key ? node->key_column : node->column;
    return error_at(err, yaml_tree_file(r->tree), line, column);
}

FD_PRINTF(5, 0)
static bool fail(struct config_reader *r, const json_t *value, bool is_about_key, struct error *err,
                 const char *fmt, va_list ap)
{
    auto_free char *message = xvasprintf(fmt, ap);
    auto_free char *safe = text_safe(message);
    error_set(err, ERROR_USAGE, "%s", safe);
    return complete(r, value, is_about_key, err);
}

bool config_reader_fail(struct config_reader *r, const json_t *value, struct error *err,
                        const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fail(r, value, false, err, fmt, ap);
    va_end(ap);
    return false;
}

bool config_reader_fail_key(struct config_reader *r, const json_t *value, struct error *err,
                            const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fail(r, value, true, err, fmt, ap);
    va_end(ap);
    return false;
}

bool config_reader_locate(struct config_reader *r, const json_t *value, struct error *err)
{
    err->kind = ERROR_USAGE;
    return complete(r, value, false, err);
}

bool config_reader_unknown(struct config_reader *r, const json_t *value, const char *what,
                           const char *word, const char *const *names, size_t count,
                           struct error *err)
{
    const struct yaml_node *node = yaml_tree_node(r->tree, value);
    if (node != NULL && node->key != NULL && strcmp(node->key, word) == 0)
        config_reader_fail_key(r, value, err, "there is no %s \"%.60s\"", what, word);
    else
        config_reader_fail(r, value, err, "there is no %s \"%.60s\"", what, word);
    const char *near = text_nearest(word, names, count);
    if (near != NULL)
        return error_hint(err, "Did you mean %s?", near);
    auto_buf listed;
    buf_init(&listed, sizeof err->hint - 32);
    for (size_t i = 0; i < count && !listed.is_full; i++)
        buf_addf(&listed, "%s%s", i > 0 ? ", " : "", names[i]);
    if (count == 0)
        return error_hint(err, "None is defined");
    return error_hint(err, "There is: %s%s", listed.ptr, listed.is_full ? " ..." : "");
}

struct place config_reader_place(const struct config_reader *r, const json_t *value)
{
    const struct yaml_node *node = yaml_tree_node(r->tree, value);
    return node == NULL ? (struct place){0} : (struct place){node->key_line, node->key_column};
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static bool is_empty_scalar(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == '\0';
}

bool config_reader_text(struct config_reader *r, const json_t *value, const char **out,
                        struct error *err)
{
    if (!json_is_string(value))
        return config_reader_fail(r, value, err, "must be one text, not a %s",
                                  json_is_array(value) ? "list" : "map");
    if (is_empty_scalar(value)) {
        config_reader_fail_key(r, value, err, "has no value");
        return error_hint(err, "Write one behind the colon, or leave the key out");
    }
    *out = json_string_value(value);
    return true;
}

bool config_reader_expanded(struct config_reader *r, json_t *value, char **out, struct error *err)
{
    const char *text;
    return config_reader_text(r, value, &text, err) &&
           (config_expand(&r->scope, text, out, err) || config_reader_locate(r, value, err));
}

bool config_reader_is_object(struct config_reader *r, const json_t *value, struct error *err)
{
    if (json_is_object(value))
        return true;
    if (is_empty_scalar(value))
        return config_reader_fail_key(r, value, err, "has no value: a map belongs here");
    return config_reader_fail(r, value, err, "must be a map, not %s",
                              json_is_array(value) ? "a list" : "text");
}

bool config_reader_count(struct config_reader *r, const json_t *value, size_t *out,
                         struct error *err)
{
    if (json_is_object(value))
        return config_reader_fail(r, value, err, "must be a list, not a map");
    if (is_empty_scalar(value))
        return config_reader_fail_key(r, value, err, "has no value: a list belongs here");
    *out = json_is_array(value) ? json_array_size(value) : 1;
    return true;
}

json_t *config_reader_at(const json_t *value, size_t index)
{
    return json_is_array(value) ? json_array_get(value, index) : (json_t *)(uintptr_t)value;
}

bool config_reader_is_name(struct config_reader *r, const json_t *value, const char *name,
                           struct error *err)
{
    bool is_fit = isalnum((unsigned char)name[0]);
    for (const char *c = name; *c != '\0'; c++)
        is_fit = is_fit && (isalnum((unsigned char)*c) || *c == '-' || *c == '_');
    if (is_fit)
        return true;
    config_reader_fail_key(r, value, err, "\"%.60s\" is no name", name);
    return error_hint(err, "Names are letters, digits, - and _");
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool read_choice(const struct config_key *key, const char *text, void *member,
                        struct error *err)
{
    auto_buf listed;

    buf_init(&listed, 160);
    for (unsigned i = 0; key->choices[i] != NULL; i++) {
        if (strcmp(key->choices[i], text) == 0) {
            memcpy(member, &i, sizeof i); /* an enum without negative members is an unsigned int */
            return true;
        }
        buf_addf(&listed, "%s%s", i > 0 ? ", " : "", key->choices[i]);
    }
    error_set(err, ERROR_USAGE, "\"%.60s\" is none of the choices", text);
    return error_hint(err, "Write one of: %s", listed.ptr);
}

static bool read_whole(const char *text, int64_t *out, struct error *err)
{
    if (text_to_int64(text, out) && *out >= 0)
        return true;
    return error_set(err, ERROR_USAGE, "\"%.60s\" is no whole number", text);
}

static bool read_scalar(struct config_reader *r, const struct config_key *key, json_t *given,
                        void *member, json_t **shown, struct error *err)
{
    char *text = NULL;
    bool is_ok = false;

    if (!config_reader_expanded(r, given, &text, err))
        return false;
    switch (key->type) {
    case CONFIG_TEXT:
        is_ok = key->check == NULL || key->check(text, err);
        break;
    case CONFIG_INTEGER:
        is_ok = read_whole(text, member, err);
        break;
    case CONFIG_DURATION:
        is_ok = grammar_duration(text, member, err);
        break;
    case CONFIG_PERCENT:
        is_ok = grammar_percent(text, member, err);
        break;
    case CONFIG_CHOICE:
        is_ok = read_choice(key, text, member, err);
        break;
    case CONFIG_SECTION:
    case CONFIG_OWN:
        break;
    }
    if (!is_ok) {
        free(text);
        return config_reader_locate(r, given, err);
    }
    *shown = json_string(text);
    yaml_tree_derive(r->tree, *shown, given);
    if (key->type == CONFIG_TEXT)
        *(char **)member = text;
    else
        free(text);
    return true;
}

static bool read_section(struct config_reader *r, const struct config_key *key, json_t *given,
                         void *into, json_t **shown, struct error *err)
{
    if (given != NULL && !config_reader_is_object(r, given, err))
        return false;
    *shown = json_object();
    if (given != NULL)
        yaml_tree_derive(r->tree, *shown, given);
    return config_reader_keys(r, key->keys, given, into, *shown, err);
}

static bool read_key(struct config_reader *r, const struct config_key *key, json_t *given,
                     void *into, json_t **shown, struct error *err)
{
    void *member = (char *)into + key->offset;

    if (key->type == CONFIG_SECTION)
        return read_section(r, key, given, into, shown, err);
    if (key->type == CONFIG_OWN)
        return key->read(r, given, member, shown, err);
    if (given != NULL)
        return read_scalar(r, key, given, member, shown, err);
    if (key->type == CONFIG_TEXT)
        *(char **)member = xstrdup("");
    return true;
}

bool config_reader_names(struct config_reader *r, const struct config_key *keys, json_t *given,
                         struct error *err)
{
    const char *names[MOST_KEYS];
    size_t count = 0;
    const char *name;
    json_t *value;

    while (keys[count].name != NULL && count < MOST_KEYS) {
        names[count] = keys[count].name;
        count++;
    }
    json_object_foreach(given, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < count && !is_known; i++)
            is_known = strcmp(names[i], name) == 0;
        if (!is_known)
            return config_reader_unknown(r, value, "key", name, names, count, err);
    }
    return true;
}

bool config_reader_key(struct config_reader *r, const struct config_key *key, json_t *given,
                       void *into, json_t *shown, struct error *err)
{
    json_t *value = json_object_get(given, key->name), *printed = NULL;

    if (value == NULL && key->is_required) {
        config_reader_fail(r, given, err, "`%s:` is missing", key->name);
        return error_hint(err, "%s", key->help);
    }
    value = value != NULL           ? json_incref(value)
            : key->fallback != NULL ? json_string(key->fallback)
                                    : NULL;
    bool is_ok = read_key(r, key, value, into, &printed, err);
    if (printed == NULL)
        printed = json_incref(value);
    json_decref(value);
    if (printed != NULL)
        json_object_set_new(shown, key->name, printed);
    return is_ok;
}

bool config_reader_keys(struct config_reader *r, const struct config_key *keys, json_t *given,
                        void *into, json_t *shown, struct error *err)
{
    if (given != NULL && !config_reader_names(r, keys, given, err))
        return false;
    for (const struct config_key *key = keys; key->name != NULL; key++)
        if (!config_reader_key(r, key, given, into, shown, err))
            return false;
    return true;
}

bool config_reader_goes_on(struct config_reader *r, const struct error *err)
{
    if (r->mistakes != NULL)
        config_mistakes_add(r->mistakes, err);
    return r->mistakes != NULL;
}
