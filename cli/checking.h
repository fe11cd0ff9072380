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
    struct journal *journal; /* NULL for a guide alone */
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
/* One per checklist step of the plan, in its order. Yours: checking_free_gates. */
size_t checking_gates(const struct checking *c, struct gate_state **out);
void checking_free_gates(struct gate_state *gates, size_t count);
/* Of a checklist step, NULL-terminated; NULL = all. Yours to free; the texts are borrowed. */
const char **checking_sections(const struct plan_step *step);
void checking_close(struct checking *c);

#endif
