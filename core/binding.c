/*
 * binding.c - see binding.h. The rules are in checklist.h and docs/checklists.md.
 */
#include "core/binding.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/checklist.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/probe.h"
#include "core/section.h"
#include "core/text.h"

#define LISTED_ITEMS 4

/* ---- suggestions -------------------------------------------------------------------------------
 */

static size_t count_words(const char *s)
{
    size_t count = 0;

    for (; *s != '\0'; s += strcspn(s, " ")) {
        s += strspn(s, " ");
        count += *s != '\0';
    }
    return count;
}

/* Every run of `words` words in the text, in lower case; appended to the array. */
static void add_windows(const char *text, size_t words, json_t *windows, size_t item)
{
    for (const char *from = text; *from != '\0';) {
        const char *to = from;
        for (size_t i = 0; i < words && *to != '\0'; i++) {
            to += strspn(to, " ");
            to += strcspn(to, " ");
        }
        char *window = xstrndup(from, (size_t)(to - from));
        for (char *p = window; *p != '\0'; p++)
            *p = (char)tolower((unsigned char)*p);
        json_object_set_new(windows, window, json_integer((json_int_t)item));
        free(window);
        from += strcspn(from, " ");
        from += strspn(from, " ");
    }
}

static const struct guide_item *nearest_item(const struct checklist *c, const char *section,
                                             const char *words)
{
    json_t *windows = json_object();
    const struct guide_item *found = NULL;
    auto_free char *lower = xstrdup(words);

    for (char *p = lower; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    for (size_t i = 0; i < c->count; i++)
        if (section[0] == '\0' || section_matches(c->items[i].guide->section, section))
            add_windows(c->items[i].guide->text, count_words(words), windows, i);
    size_t count = json_object_size(windows), n = 0;
    auto_free const char **candidates = xcalloc(count + 1, sizeof *candidates);
    const char *key;
    json_t *value;
    json_object_foreach(windows, key, value) candidates[n++] = key;
    const char *near = text_nearest(lower, candidates, count);
    if (near != NULL)
        found = c->items[json_integer_value(json_object_get(windows, near))].guide;
    json_decref(windows);
    return found;
}

bool binding_suggest(const struct checklist *c, const char *section, const char *words,
                     struct error *err)
{
    const struct guide_item *near = nearest_item(c, section, words);
    auto_buf listed;
    size_t count = 0;

    buf_init(&listed, 200);
    if (near != NULL)
        return error_hint(err, "the nearest is \"%s\"", near->text);
    for (size_t i = 0; i < c->count && section[0] != '\0'; i++)
        if (section_matches(c->items[i].guide->section, section) && count++ < LISTED_ITEMS)
            buf_addf(&listed, "%s\"%s\"", listed.len > 0 ? ", " : "", c->items[i].guide->text);
    if (listed.len == 0)
        return false;
    return error_hint(err, "it has %s%s", listed.ptr, count > LISTED_ITEMS ? ", ..." : "");
}

bool binding_no_section(const struct checklist *c, const char *section, struct error *err)
{
    size_t count = 0;
    auto_free const char **names = xcalloc(c->count * 2 + 1, sizeof *names);

    for (size_t i = 0; i < c->count; i++) {
        const char *path = c->items[i].guide->section;
        const char *last = strrchr(path, '/');
        names[count++] = path;
        names[count++] = last == NULL ? path : last + 1;
    }
    error_set(err, ERROR_USAGE, "the guide has no section \"%s\" with items", section);
    const char *near = text_nearest(section, names, count);
    return near == NULL ? false : error_hint(err, "the nearest is \"%s\"", near);
}

/* ---- which item --------------------------------------------------------------------------------
 */

static bool has_section(const struct checklist *c, const char *section)
{
    for (size_t i = 0; i < c->count; i++)
        if (section_matches(c->items[i].guide->section, section))
            return true;
    return false;
}

/* The only item of the section with these words. */
static bool find_item(const struct checklist *c, const char *section, const char *words,
                      struct checklist_item **out, struct error *err)
{
    struct checklist_item *found = NULL;

    if (!has_section(c, section))
        return binding_no_section(c, section, err);
    for (size_t i = 0; i < c->count; i++) {
        struct checklist_item *item = &c->items[i];
        if (!section_matches(item->guide->section, section) ||
            !text_contains_nocase(item->guide->text, words))
            continue;
        if (found != NULL) {
            error_set(err, ERROR_USAGE, "\"%s\" fits two items of \"%s\": \"%s\" and \"%s\"", words,
                      section, found->guide->text, item->guide->text);
            return error_hint(err, "use more of the item's words");
        }
        found = item;
    }
    if (found == NULL) {
        error_set(err, ERROR_USAGE, "no item of \"%s\" contains \"%s\"", section, words);
        return binding_suggest(c, section, words, err);
    }
    *out = found;
    return true;
}

/* SECTION/words: the section may have slashes, so may the words; the longest section that exists
 * counts. */
static bool find_by_path(const struct checklist *c, const char *path, struct checklist_item **out,
                         struct error *err)
{
    for (const char *slash = path + strlen(path); slash > path; slash--) {
        if (*slash != '/')
            continue;
        auto_free char *section = xstrndup(path, (size_t)(slash - path));
        if (has_section(c, section))
            return find_item(c, section, slash + 1, out, err);
    }
    error_set(err, ERROR_USAGE, "\"%s\" names no item of another section", path);
    return error_hint(err, "write SECTION/words of the item");
}

/* The next word before any parenthesis; false at the end. */
static bool next_word(const char **rest, struct text *word)
{
    for (;;) {
        *rest += strspn(*rest, " ");
        if (**rest != '(')
            break;
        *rest += strcspn(*rest, ")");
        *rest += **rest == ')';
    }
    size_t len = strcspn(*rest, " (");
    *word = (struct text){*rest, len};
    *rest += len;
    return len > 0;
}

int binding_likeness(const char *a, const char *b)
{
    struct text word_a, word_b;
    int common = 0;

    for (;;) {
        bool more_a = next_word(&a, &word_a), more_b = next_word(&b, &word_b);
        if (!more_a && !more_b)
            return INT_MAX;
        if (!more_a || !more_b || word_a.len != word_b.len ||
            strncasecmp(word_a.ptr, word_b.ptr, word_a.len) != 0)
            return common;
        common++;
    }
}

/* ---- joining -----------------------------------------------------------------------------------
 */

static bool has_words(const struct binding *b) { return b->words != NULL && b->words[0] != '\0'; }

static bool check_probe(const struct config *config, const struct binding *b, struct error *err)
{
    return b->probe == NULL || b->probe->check == NULL || b->probe->check(config, b->params, err);
}

static bool bind_item(const struct config *config, struct checklist *c, const struct binding *b,
                      struct error *err)
{
    struct checklist_item *item;

    if (!find_item(c, b->section, b->words, &item, err) || !check_probe(config, b, err))
        return false;
    if (item->binding != NULL)
        return error_set(err, ERROR_USAGE, "\"%s\" and \"%s\" bind the same item: \"%s\"",
                         item->binding->words, b->words, item->guide->text);
    item->binding = b;
    item->when[0] = b->when;
    return true;
}

static bool join_twin(struct checklist *c, struct checklist_item *item, struct error *err)
{
    struct checklist_item *source;

    if (!find_by_path(c, item->binding->same, &source, err))
        return false;
    if (source == item)
        return error_set(err, ERROR_USAGE, "\"%s\" is the same as itself", item->guide->text);
    item->same_as = source;
    return true;
}

/* The item of the other section that asks the same; NULL when none does. */
static bool find_twin(const struct checklist *c, const struct checklist_item *item,
                      const char *section, const struct checklist_item **out, struct error *err)
{
    const struct checklist_item *best = NULL, *second = NULL;
    int most = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct checklist_item *other = &c->items[i];
        if (other == item || !section_matches(other->guide->section, section))
            continue;
        int likeness = binding_likeness(item->guide->text, other->guide->text);
        if (likeness > most) {
            best = other;
            second = NULL;
            most = likeness;
        } else if (likeness == most && most > 0) {
            second = other;
        }
    }
    if (second != NULL) {
        error_set(err, ERROR_USAGE, "\"%s\" is like two items of \"%s\": \"%s\" and \"%s\"",
                  item->guide->text, section, best->guide->text, second->guide->text);
        return error_hint(err, "bind it by itself with {same: %s/...}", section);
    }
    *out = best;
    return true;
}

/* Sections lie in one another: what is said of the outer one holds in the inner one too. */
static bool set_section_class(struct checklist_item *item, const char *class, struct error *err)
{
    if (class == NULL)
        return true;
    if (item->when[1] != NULL && strcmp(item->when[1], class) != 0) {
        error_set(err, ERROR_USAGE, "\"%s\" depends on both %s and %s by its sections",
                  item->guide->text, item->when[1], class);
        return error_hint(err, "write `when:` beside the inner section's items instead");
    }
    item->when[1] = class;
    return true;
}

/* `Section: {same: OTHER}` and `Section: {when: CLASS}`. */
static bool bind_section(struct checklist *c, const struct binding *b, struct error *err)
{
    size_t twins = 0;

    if (!has_section(c, b->section))
        return binding_no_section(c, b->section, err);
    if (b->same != NULL && !has_section(c, b->same))
        return binding_no_section(c, b->same, err);
    for (size_t i = 0; i < c->count; i++) {
        struct checklist_item *item = &c->items[i];
        if (!section_matches(item->guide->section, b->section))
            continue;
        if (!set_section_class(item, b->when, err))
            return false;
        if (b->same == NULL || item->binding != NULL)
            continue;
        if (!find_twin(c, item, b->same, &item->same_as, err))
            return false;
        twins += item->same_as != NULL;
    }
    if (b->same != NULL && twins == 0)
        return error_set(err, ERROR_USAGE, "no item of \"%s\" is like one of \"%s\"", b->section,
                         b->same);
    return true;
}

/* Twins of twins are asked where the chain ends. */
static bool shorten_chains(struct checklist *c, struct error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        size_t steps = 0;
        while (c->items[i].same_as != NULL && c->items[i].same_as->same_as != NULL) {
            if (++steps > c->count)
                return error_set(err, ERROR_USAGE, "\"%s\" is the same as itself",
                                 c->items[i].guide->text);
            c->items[i].same_as = c->items[i].same_as->same_as;
        }
        if (c->items[i].same_as == &c->items[i])
            return error_set(err, ERROR_USAGE, "\"%s\" is the same as itself",
                             c->items[i].guide->text);
    }
    return true;
}

static bool place(const struct config *config, const struct binding *b, struct error *err)
{
    return error_at(err, config->path, b->place.line, b->place.column);
}

bool binding_join(const struct config *config, struct checklist *c, struct error *err)
{
    for (size_t i = 0; i < config->binding_count; i++) {
        const struct binding *b = &config->bindings[i];
        if (has_words(b) && !bind_item(config, c, b, err))
            return place(config, b, err);
    }
    for (size_t i = 0; i < config->binding_count; i++) {
        const struct binding *b = &config->bindings[i];
        if (!has_words(b) && !bind_section(c, b, err))
            return place(config, b, err);
    }
    for (size_t i = 0; i < c->count; i++) {
        struct checklist_item *item = &c->items[i];
        if (item->binding != NULL && item->binding->same != NULL && !join_twin(c, item, err))
            return place(config, item->binding, err);
    }
    if (!shorten_chains(c, err))
        return error_at(err, config->path, 1, 1);
    return true;
}
