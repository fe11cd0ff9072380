/*
 * checklist.c - see checklist.h. Who proves what is joined in binding.c.
 */
#include "core/checklist.h"

#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/git.h"
#include "core/glob.h"
#include "core/mem.h"
#include "core/probe.h"
#include "core/run.h"
#include "core/section.h"
#include "core/text.h"

#define LISTED_ITEMS 4

static const char *const state_names[] = {
    [ITEM_TODO] = "todo",   [ITEM_RUNNING] = "running", [ITEM_PASS] = "pass", [ITEM_FAIL] = "fail",
    [ITEM_STALE] = "stale", [ITEM_WAIVED] = "waived",   [ITEM_NA] = "na",
};
#define STATE_COUNT (sizeof state_names / sizeof state_names[0])

const char *checklist_state_name(enum item_state state) { return state_names[state]; }

bool checklist_state_parse(const char *name, enum item_state *out)
{
    for (size_t i = 0; i < STATE_COUNT; i++)
        if (strcmp(state_names[i], name) == 0) {
            *out = (enum item_state)i;
            return true;
        }
    return false;
}

/* ---- loading -----------------------------------------------------------------------------------
 */

/* Where the item's state comes from: itself, or the twin that is asked. */
static const struct checklist_item *source_of(const struct checklist_item *item)
{
    return item->same_as == NULL ? item : item->same_as;
}

static bool needs_person(const struct checklist_item *item)
{
    const struct binding *b = source_of(item)->binding;

    return b == NULL || b->probe == NULL || b->probe->is_person;
}

bool checklist_load(const struct config *config, const char *guide_path, struct checklist **out,
                    struct error *err)
{
    struct checklist *c = xcalloc(1, sizeof *c);

    if (guide_path == NULL)
        guide_path = config == NULL ? "" : config->guide;
    if (guide_path[0] == '\0') {
        free(c);
        error_set(err, ERROR_USAGE, "the configuration names no guide");
        return error_hint(err, "add `guide: DEPLOYMENT.md`: its task lists are the checklists");
    }
    if (!guide_load(guide_path, &c->guide, err)) {
        free(c);
        return false;
    }
    c->count = c->guide.count;
    c->items = xcalloc(c->count + 1, sizeof *c->items);
    for (size_t i = 0; i < c->count; i++)
        c->items[i].guide = &c->guide.items[i];
    if (config != NULL && !binding_join(config, c, err)) {
        checklist_free(c);
        return false;
    }
    for (size_t i = 0; i < c->count; i++) {
        c->items[i].is_person = needs_person(&c->items[i]);
        c->items[i].summary = xstrdup("");
        c->items[i].by = xstrdup("");
    }
    *out = c;
    return true;
}

void checklist_free(struct checklist *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++) {
        free(c->items[i].summary);
        free(c->items[i].by);
    }
    free(c->items);
    guide_clear(&c->guide);
    free(c);
}

/* ---- evaluating --------------------------------------------------------------------------------
 */

static void set_state(struct checklist_item *item, enum item_state state, const char *summary,
                      const char *by)
{
    free(item->summary);
    free(item->by);
    item->state = state;
    item->summary = xstrdup(summary);
    item->by = xstrdup(by);
    item->at_ms = item->expires_at_ms = 0;
}

/* The class that does not hold, NULL when the item applies. */
static const char *missing_class(const struct checklist_item *item, const json_t *changes)
{
    for (size_t i = 0; i < 2; i++)
        if (item->when[i] != NULL && json_is_false(json_object_get(changes, item->when[i])))
            return item->when[i];
    return NULL;
}

/* The newest answer that was given to the question, under the id of either twin. */
static const struct run_item *
newest_answer(const struct checklist *c, const struct checklist_item *source, const struct run *run)
{
    const struct run_item *newest = run == NULL ? NULL : run_item(run, source->guide->id);

    for (size_t i = 0; run != NULL && i < c->count; i++) {
        if (c->items[i].same_as != source)
            continue;
        const struct run_item *other = run_item(run, c->items[i].guide->id);
        if (other != NULL && (newest == NULL || other->at_ms > newest->at_ms))
            newest = other;
    }
    return newest;
}

static void evaluate_answer(struct checklist_item *item, const struct run_item *answer,
                            int64_t now_ms)
{
    enum item_state state;

    if (answer == NULL || !checklist_state_parse(answer->state, &state)) {
        set_state(item, ITEM_TODO, "", "");
        return;
    }
    bool is_old = answer->expires_at_ms > 0 && answer->expires_at_ms <= now_ms;
    if (is_old && (state == ITEM_PASS || state == ITEM_WAIVED))
        state = ITEM_STALE;
    set_state(item, state, answer->summary, answer->by);
    item->at_ms = answer->at_ms;
    item->expires_at_ms = answer->expires_at_ms;
}

static void evaluate_item(const struct checklist *c, struct checklist_item *item,
                          const struct run *run, const json_t *changes, int64_t now_ms)
{
    const struct checklist_item *source = source_of(item);
    const char *missing = missing_class(item, changes);

    if (missing == NULL && source != item)
        missing = missing_class(source, changes);
    if (missing != NULL) {
        auto_free char *why = xasprintf("no %s in this release", missing);
        set_state(item, ITEM_NA, why, "");
        return;
    }
    evaluate_answer(item, newest_answer(c, source, run), now_ms);
}

void checklist_evaluate(struct checklist *c, const struct run *run, const json_t *changes,
                        int64_t now_ms)
{
    for (size_t i = 0; i < c->count; i++)
        evaluate_item(c, &c->items[i], run, changes, now_ms);
}

/* ---- finding -----------------------------------------------------------------------------------
 */

bool checklist_section_matches(const char *item_section, const char *section)
{
    return section_matches(item_section, section);
}

bool checklist_check_sections(const struct checklist *c, const char *const *sections,
                              struct error *err)
{
    for (; *sections != NULL; sections++) {
        bool is_found = false;
        for (size_t i = 0; i < c->count && !is_found; i++)
            is_found = section_matches(c->items[i].guide->section, *sections);
        if (!is_found)
            return binding_no_section(c, *sections, err);
    }
    return true;
}

/* True when the item answers to the words, or to SECTION/words. */
static bool answers_to(const struct guide_item *item, const char *wanted)
{
    if (text_contains_nocase(item->text, wanted))
        return true;
    for (const char *slash = strchr(wanted, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        auto_free char *section = xstrndup(wanted, (size_t)(slash - wanted));
        if (slash[1] != '\0' && section_matches(item->section, section) &&
            text_contains_nocase(item->text, slash + 1))
            return true;
    }
    return false;
}

static bool refuse_several(const struct checklist *c, const char *wanted, struct error *err)
{
    auto_buf ids;
    size_t count = 0;

    buf_init(&ids, 230);
    for (size_t i = 0; i < c->count; i++)
        if (answers_to(c->items[i].guide, wanted) && count++ < LISTED_ITEMS)
            buf_addf(&ids, "%s%s", ids.len > 0 ? ", " : "", c->items[i].guide->id);
    error_set(err, ERROR_USAGE, "\"%s\" fits %zu items", wanted, count);
    return error_hint(err, "one of %s%s", ids.ptr, count > LISTED_ITEMS ? ", ..." : "");
}

bool checklist_find(const struct checklist *c, const char *wanted,
                    const struct checklist_item **out, struct error *err)
{
    const struct checklist_item *found = NULL;

    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->items[i].guide->id, wanted) == 0) {
            *out = source_of(&c->items[i]);
            return true;
        }
    for (size_t i = 0; i < c->count && wanted[0] != '\0'; i++) {
        const struct checklist_item *item = source_of(&c->items[i]);
        if (!answers_to(c->items[i].guide, wanted) || item == found)
            continue;
        if (found != NULL)
            return refuse_several(c, wanted, err);
        found = item;
    }
    if (found == NULL) {
        error_set(err, ERROR_NOT_FOUND, "no item of the checklist contains \"%s\"", wanted);
        return binding_suggest(c, "", wanted, err);
    }
    *out = found;
    return true;
}

/* ---- gates -------------------------------------------------------------------------------------
 */

static bool is_selected(const struct checklist_item *item, const char *const *sections)
{
    if (sections == NULL)
        return true;
    for (; *sections != NULL; sections++)
        if (section_matches(item->guide->section, *sections))
            return true;
    return false;
}

static bool blocks(const struct checklist_item *item, const char *const *sections)
{
    return is_selected(item, sections) && item->state != ITEM_PASS && item->state != ITEM_WAIVED &&
           item->state != ITEM_NA;
}

size_t checklist_blocking(const struct checklist *c, const char *const *sections,
                          const struct checklist_item ***out)
{
    const struct checklist_item **found = xcalloc(c->count + 1, sizeof *found);
    size_t count = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct checklist_item *item = &c->items[i];
        bool is_named = item->same_as != NULL && blocks(item->same_as, sections);
        for (size_t k = 0; k < count && item->same_as != NULL && !is_named; k++)
            is_named = found[k]->same_as == item->same_as;
        if (blocks(item, sections) && !is_named)
            found[count++] = item;
    }
    *out = found;
    return count;
}

bool checklist_probe(const struct checklist_item *item, const struct probe_context *context,
                     struct evidence *out, int64_t *lifetime_ms, struct error *err)
{
    const struct binding *b = source_of(item)->binding;

    if (needs_person(item))
        return error_set(err, ERROR_USAGE, "only a person can tick \"%s\"", item->guide->text);
    if (!b->probe->probe(context, b->params, out, err))
        return false;
    *lifetime_ms = b->lifetime_ms > 0 ? b->lifetime_ms : b->probe->lifetime_ms;
    return true;
}

/* ---- as JSON -----------------------------------------------------------------------------------
 */

const char *checklist_item_kind(const struct checklist_item *item)
{
    const struct binding *b = source_of(item)->binding;

    return b == NULL || b->probe == NULL ? "person" : b->probe->name;
}

static json_t *stamp_or_null(int64_t at_ms)
{
    char stamp[CLOCK_STAMP_SIZE];

    return at_ms == 0 ? json_null() : json_string(clock_stamp(at_ms, stamp));
}

json_t *checklist_item_json(const struct checklist_item *item)
{
    bool has_evidence = item->at_ms != 0;
    bool has_reason = item->state == ITEM_WAIVED || item->state == ITEM_NA;
    json_t *evidence = has_evidence ? json_pack("{s:s, s:o, s:o}", "summary", item->summary, "at",
                                                stamp_or_null(item->at_ms), "expires_at",
                                                stamp_or_null(item->expires_at_ms))
                                    : json_null();
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "id", item->guide->id, "section",
                  item->guide->section, "text", item->guide->text, "kind",
                  checklist_item_kind(item), "state", checklist_state_name(item->state), "evidence",
                  evidence, "by", item->by, "reason", has_reason ? item->summary : "");

    if (item->same_as != NULL)
        json_object_set_new(made, "same_as", json_string(item->same_as->guide->id));
    return made;
}

json_t *checklist_gate_json(const struct checklist *c, const char *name,
                            const char *const *sections)
{
    const struct checklist_item **blocking;
    size_t count = checklist_blocking(c, sections, &blocking);
    json_t *ids = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(ids, json_string(blocking[i]->guide->id));
    free(blocking);
    return json_pack("{s:s, s:s, s:o}", "name", name, "state", count == 0 ? "open" : "closed",
                     "blocking", ids);
}

/* ---- what kind of release
 * ------------------------------------------------------------------------ */

static bool is_touched(const struct change_class *class, const json_t *files)
{
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *path = json_string_value(json_array_get(files, i));
        for (size_t k = 0; k < class->glob_count; k++)
            if (glob_matches(class->globs[k], path))
                return true;
    }
    return false;
}

bool checklist_changes(const struct config *config, const char *base_commit, json_t **out,
                       struct error *err)
{
    const struct git git = {.directory = config->directory};
    json_t *files = NULL;

    if (config->change_count == 0 || base_commit == NULL || base_commit[0] == '\0') {
        *out = json_object();
        return true;
    }
    if (!git_changed_files(&git, base_commit, &files, err))
        return error_wrap(err, "what this release changes");
    json_t *classes = json_object();
    for (size_t i = 0; i < config->change_count; i++)
        json_object_set_new(classes, config->changes[i].name,
                            json_boolean(is_touched(&config->changes[i], files)));
    json_decref(files);
    *out = classes;
    return true;
}
