/*
 * config_bindings.c - `checklists:`: which words of the guide's items are proved by what.
 *
 * Whether the words fit exactly one item is for checklist.c to see, which reads the guide.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_params.h"
#include "core/config_parts.h"
#include "core/grammar.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/probe.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_NAMES 64

static const char *const beside[] = {"for", "when", NULL};

bool config_bindings_read_when(struct config_reader *r, const json_t *value, char **out,
                               struct error *err)
{
    const struct config *c = r->config;
    const char *names[MOST_NAMES], *name;
    size_t count = 0;

    if (!config_reader_text(r, value, &name, err))
        return false;
    for (size_t i = 0; i < c->change_count; i++) {
        if (strcmp(c->changes[i].name, name) == 0) {
            *out = xstrdup(name);
            return true;
        }
        if (count < MOST_NAMES)
            names[count++] = c->changes[i].name;
    }
    config_reader_unknown(r, value, "class of changes", name, names, count, err);
    return count > 0 ? false : error_hint(err, "Define it: `changes: {%.40s: path/**}`", name);
}

static struct binding *add_binding(struct config_reader *r, const char *section, const char *words,
                                   const json_t *value)
{
    struct config *c = r->config;

    c->bindings = xrealloc(c->bindings, (c->binding_count + 1) * sizeof *c->bindings);
    struct binding *b = &c->bindings[c->binding_count++];
    *b = (struct binding){.section = xstrdup(section),
                          .words = xstrdup(words),
                          .place = config_reader_place(r, value)};
    return b;
}

static bool read_same(struct config_reader *r, json_t *value, char **out, struct error *err)
{
    const char *text;
    if (!config_reader_text(r, value, &text, err))
        return false;
    *out = xstrdup(text);
    return true;
}

/* ---- one item -------------------------------------------------------------------------------- */

static bool refuse_probe(struct config_reader *r, const json_t *value, const char *key,
                         struct error *err)
{
    const char *names[MOST_NAMES] = {"same"};
    size_t count = 1;

    for (size_t i = 0; r->house->probe_kinds[i] != NULL && count < MOST_NAMES; i++)
        names[count++] = r->house->probe_kinds[i]->name;
    return config_reader_unknown(r, value, "kind of proof", key, names, count, err);
}

/* The first key that is a kind of proof; else the first that could have been meant as one. */
static const char *proof_key(const struct config_reader *r, json_t *given)
{
    const char *key, *meant = NULL;
    json_t *value;

    json_object_foreach(given, key, value)
    {
        if (strcmp(key, "same") == 0 || house_probe_kind(r->house, key) != NULL)
            return key;
        if (meant == NULL && strcmp(key, "for") != 0 && strcmp(key, "when") != 0)
            meant = key;
    }
    return meant;
}

/* {same: SECTION/words}: at most `when` stands beside it. */
static bool read_twin(struct config_reader *r, json_t *given, struct binding *b, struct error *err)
{
    static const char *const names[] = {"same", "when"};
    const char *key;
    json_t *value;

    json_object_foreach(
        given, key, value) if (strcmp(key, "same") != 0 &&
                               strcmp(key, "when") !=
                                   0) return config_reader_unknown(r, value, "key beside `same:`",
                                                                   key, names, 2, err);
    return read_same(r, json_object_get(given, "same"), &b->same, err);
}

static bool read_lifetime(struct config_reader *r, json_t *value, struct binding *b,
                          struct error *err)
{
    const char *text;

    if (value == NULL)
        return true;
    if (!config_reader_text(r, value, &text, err))
        return false;
    if (!grammar_duration(text, &b->lifetime_ms, err))
        return config_reader_locate(r, value, err);
    return b->lifetime_ms > 0 || config_reader_fail(r, value, err,
                                                    "evidence that counts for no "
                                                    "time proves nothing");
}

static bool read_probe(struct config_reader *r, json_t *given, const char *key, struct binding *b,
                       json_t *shown, struct error *err)
{
    const struct probe_kind *kind = house_probe_kind(r->house, key);
    if (kind == NULL)
        return refuse_probe(r, json_object_get(given, key), key, err);
    const struct config_params table = {
        .params = kind->params, .kind = kind->name, .what = "probe", .beside = beside};
    if (!config_params_read(r, &table, given, &b->params, shown, err) ||
        !read_lifetime(r, json_object_get(given, "for"), b, err))
        return false;
    b->probe = kind;
    return true;
}

static bool read_item(struct config_reader *r, json_t *given, const char *section,
                      const char *words, json_t *shown, struct error *err)
{
    json_t *printed = json_object();
    struct binding *b = add_binding(r, section, words, given);
    bool is_ok = config_reader_is_object(r, given, err);
    const char *key = proof_key(r, given);

    if (is_ok && key == NULL) {
        is_ok = config_reader_fail(r, given, err, "says nothing that proves the item");
        error_hint(err, "Leave the item out, and a person ticks it; or write {ask: QUESTION}");
    }
    yaml_tree_derive(r->tree, printed, given);
    if (is_ok && strcmp(key, "same") == 0)
        is_ok = read_twin(r, given, b, err);
    else if (is_ok)
        is_ok = read_probe(r, given, key, b, printed, err);
    if (is_ok && json_object_get(given, "when") != NULL)
        is_ok = config_bindings_read_when(r, json_object_get(given, "when"), &b->when, err);
    json_object_update_missing(printed, given);
    json_object_set_new(shown, words, printed);
    return is_ok;
}

/* ---- sections -------------------------------------------------------------------------------- */

/* `when:` and `same:` of a whole section are a binding without words. */
static bool read_section_keys(struct config_reader *r, json_t *given, const char *section,
                              struct error *err)
{
    json_t *when = json_object_get(given, "when"), *same = json_object_get(given, "same");

    if (when == NULL && same == NULL)
        return true;
    struct binding *b = add_binding(r, section, "", given);
    return (when == NULL || config_bindings_read_when(r, when, &b->when, err)) &&
           (same == NULL || read_same(r, same, &b->same, err));
}

static bool read_section(struct config_reader *r, json_t *given, const char *section, json_t *shown,
                         struct error *err)
{
    json_t *printed = json_object();
    const char *words;
    json_t *value;

    json_object_set_new(shown, section, printed);
    if (!config_reader_is_object(r, given, err) || !read_section_keys(r, given, section, err))
        return false;
    yaml_tree_derive(r->tree, printed, given);
    json_object_foreach(given, words, value)
    {
        if (strcmp(words, "when") == 0 || strcmp(words, "same") == 0)
            json_object_set(printed, words, value);
        else if (!read_item(r, value, section, words, printed, err))
            return false;
    }
    return true;
}

bool config_bindings_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                          struct error *err)
{
    struct config *c = into;
    const char *section;
    json_t *value;

    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    if (c->guide[0] == '\0') {
        config_reader_fail_key(r, given, err, "there is no guide whose items could be proved");
        return error_hint(err, "Name it: `guide: DEPLOYMENT.md`");
    }
    *shown = json_object();
    r->scope.is_for_probe = true;
    bool is_ok = true;
    json_object_foreach(given, section, value)
    {
        is_ok = read_section(r, value, section, *shown, err);
        if (!is_ok)
            break;
    }
    r->scope.is_for_probe = false;
    return is_ok;
}

void config_bindings_clear(struct config *c)
{
    for (size_t i = 0; i < c->binding_count; i++) {
        struct binding *b = &c->bindings[i];
        free(b->section);
        free(b->words);
        free(b->when);
        free(b->same);
        json_decref(b->params);
    }
    free(c->bindings);
}
