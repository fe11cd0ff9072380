/*
 * probe.h - port: evidence for a checklist item.
 */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/house.h"
#include "core/param.h"

struct cancel;
struct config;
struct environment;
struct run;

struct probe_context {
    const struct config *config;
    const struct environment *environment;
    const struct world *world;
    const struct run *run;        /* the prepared or driven run; may be NULL */
    const char *output_directory; /* for command output; may be NULL */
    const char
        *state_directory; /* the project's: what other runs did is in its journal; may be NULL */
    struct cancel *cancel;
};

struct evidence {
    bool passed;
    char *summary;   /* "exit 0 in 2.1 s"; owned, redacted, safe */
    json_t *details; /* may be NULL */
};
void probe_evidence_clear(struct evidence *e);
/*
 * Bindings are the same for every environment, so what differs is filled in when a probe runs:
 * $env, $short, $url, $account, $region, $branch. Other `$` stay as they are (a shell's own).
 * Yours.
 */
char *probe_expand(const struct probe_context *context, const char *text);

struct probe_kind {
    const char *name; /* "run", "http", "git", "ask" */
    const char *summary;
    const struct param *params;
    int64_t lifetime_ms; /* how long its evidence counts; 0 = until the run ends */
    bool is_person;      /* only a person can tick it ("ask"): no probe then */
    /* Refuses parameters that cannot work; the place is added by the caller. May be NULL. */
    bool (*check)(const struct config *config, const json_t *params, struct error *err);
    /*
     * Error = could not tell (neither pass nor fail); ERROR_TRANSIENT: not yet, the item stays as
     * it is. Thread: a worker.
     */
    bool (*probe)(const struct probe_context *context, const json_t *params, struct evidence *out,
                  struct error *err);
};

#endif
