/*
 * run.h - one execution of a plan as a pure fold over its events.
 *
 * run_apply(run, event) is the only way a run changes: engine, screen, report, history, resume and
 * tests replay the same events. Pure: no clock, no I/O. A struct run belongs to one thread;
 * run_copy makes a cheap snapshot (JSON values and events are shared, immutable, refcounted).
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"

enum run_status {
    RUN_PENDING,
    RUN_WAITING, /* for a person, a lock, a window */
    RUN_PROGRESSING,
    RUN_PAUSED,
    RUN_ABORTING,
    RUN_ABORTED,
    RUN_ROLLING_BACK,
    RUN_ROLLED_BACK,
    RUN_ROLLBACK_FAILED,
    RUN_SUCCEEDED,
    RUN_FAILED,
    RUN_INTERRUPTED, /* its process went away; resume reconciles */
};
enum step_state {
    STEP_PENDING,
    STEP_RUNNING,
    STEP_WAITING,
    STEP_SUCCEEDED,
    STEP_FAILED,  /* the world said no */
    STEP_ERRORED, /* could not tell */
    STEP_SKIPPED,
    STEP_ABORTED,
    STEP_UNKNOWN, /* a crash in flight, or a write without an answer */
    STEP_UNDONE,
};
enum effect_state { EFFECT_INTENT, EFFECT_DONE, EFFECT_FAILED, EFFECT_UNKNOWN };

struct run_effect {
    char *step, *key;
    int attempt;
    enum effect_state state;
    json_t *intent; /* {"what":{service,operation,params},"precondition":..,"token":..,"by_undo":bool}
                     */
    json_t *result; /* of the outcome; NULL before */
    int64_t intended_at_ms, ended_at_ms;
};

struct run_step {
    char *id, *kind;
    enum step_state state;
    int attempt;      /* from 1 once started */
    char *reason;     /* why failed, skipped, waiting: a sentence; "" */
    char *waiting_on; /* "" or "person", "time", "traffic" */
    json_t *facts;    /* object: what was decided, key -> value (step_decide, results) */
    int64_t started_at_ms, ended_at_ms;
};

struct run_item { /* checklist item of this run */
    char *id;
    char *state;   /* todo running pass fail stale waived na */
    char *summary; /* evidence or reason */
    char *by;
    int64_t at_ms, expires_at_ms; /* 0 = never */
    json_t *details;
};

struct run_prompt { /* an open question to a person */
    char *id, *step, *question;
    json_t *choices;                  /* array of text */
    int64_t asked_at_ms, deadline_ms; /* 0 = none */
};

struct run_wait { /* a deadline that was fixed once */
    char *step, *key;
    int64_t deadline_ms;
};

struct run_approval {
    char *by, *hash;
    int64_t at_ms;
};

struct run {
    char *id, *project, *environment, *plan_name;
    char *hash;   /* of the plan, "" before it started */
    json_t *plan; /* as printed by `plan --json`, NULL before */
    enum run_status status;
    char *reason;     /* why paused, aborted, rolled back, failed: a sentence */
    char *by;         /* who started it */
    json_t *actor;    /* {"arn","user","host","profile","account"} */
    bool needs_newer; /* an event type that this program does not know: shown, never driven */
    int64_t last_seq, opened_at_ms, started_at_ms, ended_at_ms;
    char last_hash[HASH_HEX_SIZE];
    struct run_step *steps;
    size_t step_count;
    struct run_effect *effects;
    size_t effect_count;
    struct run_item *items;
    size_t item_count;
    struct run_approval *approvals;
    size_t approval_count;
    struct run_prompt *prompts; /* open ones */
    size_t prompt_count;
    struct run_wait *waits;
    size_t wait_count;
    json_t *answers;         /* object: prompt id -> answer given */
    struct event **measured; /* every "measured" event, oldest first */
    size_t measured_count;
    double weight;    /* of the new version as last read back, 0..1 */
    char *guard_step; /* the step whose kind observes, "" before traffic is at risk */
    char *old_version, *new_version; /* "" until known */
    char *health;                    /* service health, apart from status: "healthy" ... */
};

struct run *run_new(void);
void run_free(struct run *r);
struct run *run_copy(const struct run *r);
/* False (ERROR_INTERNAL) only for an event that contradicts the run; unknown types set needs_newer.
 */
bool run_apply(struct run *r, struct event *e, struct error *err) FD_MUST_USE;

struct run_step *run_step(const struct run *r, const char *id); /* NULL = none */
struct run_item *run_item(const struct run *r, const char *id); /* NULL = none */
struct run_effect *run_effect(const struct run *r, const char *step,
                              const char *key); /* newest attempt */
bool run_is_over(const struct run *r);          /* a terminal status */
bool run_wrote(const struct run *r);            /* an effect was intended */
bool run_moved_traffic(const struct run *r);
const char *run_status_name(enum run_status s); /* "rolling_back" */
const char *run_step_state_name(enum step_state s);
const char *run_effect_state_name(enum effect_state s);
bool run_status_parse(const char *name, enum run_status *out);
int run_exit_code(const struct run *r); /* 0 1 3 4 6 by status and whether anything was written */
/* The table of known event types: what each means, and how it changes a run. Ends with {0}. */
struct run_event_type {
    const char *name, *help;
    bool (*apply)(struct run *r, const struct event *e, struct error *err);
};
extern const struct run_event_type run_event_types[];

#endif
