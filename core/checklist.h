/*
 * checklist.h - items of the guide joined with the configuration's bindings and a run's evidence.
 *
 * Pure but for checklist_probe, which runs one probe. Item states: todo running pass fail stale waived na.
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
    const struct binding *binding; /* NULL: a person ticks it */
    const struct checklist_item *same_as; /* asked once, shown twice; NULL */
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

/* Which change classes hold: name -> true/false; absent = not known (then items apply). May be NULL. */
/* config may be NULL (a guide alone: every item a person's). A binding that fits no item or two is an error. */
bool checklist_load(const struct config *config, const char *guide_path, struct checklist **out, struct error *err) FD_MUST_USE;
void checklist_free(struct checklist *c);
/* Sets each item's state from the run's items (run may be NULL), `when:` classes and the time. */
void checklist_evaluate(struct checklist *c, const struct run *run, const json_t *changes, int64_t now_ms);
/* The item by id, or by unique words; error names the nearest. */
bool checklist_find(const struct checklist *c, const char *wanted, const struct checklist_item **out, struct error *err) FD_MUST_USE;
/* True when the section of the item is `section` or ends with it on a '/' boundary (case-insensitive; text in parentheses ignored). */
bool checklist_section_matches(const char *item_section, const char *section);
/* Items of these sections that stop a gate (not pass, waived or na). sections NULL-terminated; NULL = all. Array of pointers, yours to free. */
size_t checklist_blocking(const struct checklist *c, const char *const *sections, const struct checklist_item ***out);
/* Runs the item's probe. False: could not tell. */
bool checklist_probe(const struct checklist_item *item, const struct probe_context *context, struct evidence *out,
                     int64_t *lifetime_ms, struct error *err) FD_MUST_USE;
/* {"id","section","text","kind","state","evidence":{...}|null,"by","reason"} */
json_t *checklist_item_json(const struct checklist_item *item);
/* Which change classes hold between two commits in directory (git diff --name-only), name -> bool. New object. */
bool checklist_changes(const struct config *config, const char *base_commit, json_t **out, struct error *err) FD_MUST_USE;

#endif
