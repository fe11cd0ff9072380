/*
 * checking.h - a checklist with what is known about it now: recorded answers, and probes that are
 * run.
 */
#ifndef CLI_CHECKING_H
#define CLI_CHECKING_H

#include <jansson.h>

#include "core/checklist.h"
#include "core/error.h"

struct cancel;
struct environment;
struct journal;
struct plan_step;
struct run;
struct session;

struct checking {
    struct session *session;               /* borrowed */
    const struct environment *environment; /* NULL: a guide alone */
    struct checklist *checklist;
    struct journal *journal; /* NULL for a guide alone, and where nothing is recorded yet */
    struct run *
        run; /* whose answers count: the open one, else the newest that did not ship; NULL = none */
    bool is_run_open;
    json_t *changes;
};

struct gate_state {
    const char *step;      /* borrowed from the configuration */
    bool is_before_writes; /* its being closed refuses a run */
    bool is_open;
    json_t *json; /* {"name","state","blocking"} */
};

/* Reads guide, bindings and recorded answers. guide_path NULL = the configuration's; environment
 * NULL = none. */
bool checking_open(struct checking *c, struct session *s, const struct environment *environment,
                   const char *guide_path, struct error *err) FD_MUST_USE;
/* Runs the probe of every item that has one and applies, a few at a time; answers go into the
 * items. */
void checking_probe(struct checking *c, struct cancel *cancel);
/* Has it a probe of its own that would say something now? */
bool checking_is_probed(const struct checklist_item *item);
/* Would its probe start a program of the configuration? */
bool checking_starts_program(const struct checklist_item *item);
/*
 * The same for some: wanted[i] of item i, each is checking_is_probed. `answered` (may be NULL) is
 * called after the answer of an item went into it and its twins: by one thread at a time, any of
 * them; nobody else reads the items meanwhile. details: borrowed, may be NULL. An answer that was
 * cut short by the cancel is dropped.
 */
typedef void checking_answered(void *closure, size_t index, const json_t *details);
void checking_probe_some(struct checking *c, const bool *wanted, struct cancel *cancel,
                         checking_answered *answered, void *closure);
/* What is known of an item, and of its twins, from elsewhere. 0 expires_at_ms = never. */
void checking_set(struct checking *c, size_t index, enum item_state state, const char *summary,
                  int64_t at_ms, int64_t expires_at_ms);
/* One per checklist step of the plan, in its order. Yours: checking_free_gates. */
size_t checking_gates(const struct checking *c, struct gate_state **out);
void checking_free_gates(struct gate_state *gates, size_t count);
/* No gate before the first write is closed. */
bool checking_is_open(const struct gate_state *gates, size_t count);
/* `check --json`. New object. */
json_t *checking_json(const struct checking *c, const struct gate_state *gates, size_t count);
/* Of a checklist step, NULL-terminated; NULL = all. Yours to free; the texts are borrowed. */
const char **checking_sections(const struct plan_step *step);
void checking_close(struct checking *c);

#endif
