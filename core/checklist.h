/*
 * checklist.h - items of the guide joined with the configuration's bindings and a run's evidence.
 *
 * Pure but for checklist_probe, which runs one probe. Item states: todo running pass fail stale
 * waived na.
 */
#ifndef CORE_CHECKLIST_H
#define CORE_CHECKLIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/guide.h"

struct binding;
struct config;
struct environment;
struct evidence;
struct probe_context;
struct run;

enum item_state { ITEM_TODO, ITEM_RUNNING, ITEM_PASS, ITEM_FAIL, ITEM_STALE, ITEM_WAIVED, ITEM_NA };
const char *checklist_state_name(enum item_state state);
bool checklist_state_parse(const char *name, enum item_state *out);

struct checklist_item {
    const struct guide_item *guide;
    const struct binding *binding;        /* NULL: a person ticks it */
    const struct checklist_item *same_as; /* asked there, shown here too; never a chain; NULL */
    const char *when[2]; /* change classes that must hold: the item's, its section's; NULL */
    enum item_state state;
    char *summary, *by; /* owned; "" */
    int64_t at_ms, expires_at_ms;
    bool is_person; /* no probe can tick it */
};

struct checklist {
    struct guide guide;
    struct checklist_item *items; /* in the guide's order */
    size_t count;
};

/*
 * config may be NULL (a guide alone: every item a person's); guide_path may be NULL (the
 * configuration's). A binding that fits no item or two is an error with its place. A binding
 * without words is its section's: its `when` holds for every item there, its `same` for those that
 * are not bound by themselves.
 */
bool checklist_load(const struct config *config, const char *guide_path, struct checklist **out,
                    struct error *err) FD_MUST_USE;
void checklist_free(struct checklist *c);
/*
 * Sets each item's state from the run's items (run may be NULL), `when:` classes and the time.
 * changes: name -> true/false; absent = not known, then the items apply; may be NULL. Twins share
 * the newest answer of both.
 */
void checklist_evaluate(struct checklist *c, const struct run *run, const json_t *changes,
                        int64_t now_ms);
/* The item by id, by unique words, or by SECTION/words; of twins the one that is asked. The error
 * names the nearest. */
bool checklist_find(const struct checklist *c, const char *wanted,
                    const struct checklist_item **out, struct error *err) FD_MUST_USE;
/*
 * True when `section` names the section of the item or one above it: its parts, in order, are parts
 * of the path. Case does not matter; a part "Pre-Deployment (24h before)" goes by that name,
 * "Pre-Deployment" or "24h before".
 */
bool checklist_section_matches(const char *item_section, const char *section);
/* Every section must select an item; the error names the nearest. sections NULL-terminated. */
bool checklist_check_sections(const struct checklist *c, const char *const *sections,
                              struct error *err) FD_MUST_USE;
/*
 * Items of these sections that stop a gate (not pass, waived or na). sections NULL-terminated; NULL
 * = all. Twins are named once. Array of pointers, yours to free.
 */
size_t checklist_blocking(const struct checklist *c, const char *const *sections,
                          const struct checklist_item ***out);
/* Runs the item's probe. False: could not tell. */
bool checklist_probe(const struct checklist_item *item, const struct probe_context *context,
                     struct evidence *out, int64_t *lifetime_ms, struct error *err) FD_MUST_USE;
/* {"id","section","text","kind","state","evidence":{...}|null,"by","reason"}; of a twin also
 * "same_as" */
json_t *checklist_item_json(const struct checklist_item *item);
/* {"name","state":"open"|"closed","blocking":[id]} of one gate; sections as above. New object. */
json_t *checklist_gate_json(const struct checklist *c, const char *name,
                            const char *const *sections);
/* "person", or the name of the probe that proves it. */
const char *checklist_item_kind(const struct checklist_item *item);
/* Which change classes hold between two commits in directory (git diff --name-only), name -> bool.
 * base_commit "" = not known: {}. New object. */
bool checklist_changes(const struct config *config, const char *base_commit, json_t **out,
                       struct error *err) FD_MUST_USE;

#endif
