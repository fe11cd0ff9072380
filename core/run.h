/*
 * run.h - one execution of a plan as a pure fold over its events.
 *
 * run_apply(run, event) is the only way a run changes: engine, screen, report, history, resume and
 * tests replay the same events. Pure: no clock, no I/O. A struct run belongs to one thread;
 * run_copy makes a cheap snapshot (JSON values and events are shared, immutable, refcounted).
 *
 * The events of a run, with the keys of their bodies ("?" = may be absent). `step` and `by` are
 * fields of the event itself. A type that is not here sets needs_newer and changes nothing else.
 *
 *   run_opened       project environment plan_name actor?   first of all: pending; `by` opened it
 *   run_started      plan actor?             the plan of plan_make; `by` started it: progressing
 *   step_started     attempt?                step: running. A higher attempt forgets its deadlines;
 *                                            after interrupted it begins again with the same one
 *   step_waiting     on reason?              "person" "time" "traffic"; "" = it goes on. After the
 *                                            end of a step (failed: retry or skip?): only `on`
 *   step_ended       state reason?           succeeded failed errored skipped aborted unknown
 *   step_undone      reason?                 its undo has succeeded
 *   effect_intent    key attempt? intent     intent: {"what","precondition","token","by_undo"}
 *   effect_outcome   key state result? reason?   done failed unknown; of the newest attempt
 *   decided          key value               a fact, once: a second one contradicts
 *   noted            key value               a fact, the newest counts
 *   wait             key deadline_ms         a deadline, once per attempt of the step
 *   measured         verdict measurement?    verdict: {"kind","weight","sentence"}
 *   guard_begun                              from now the step's kind observes
 *   asked            id question choices? deadline_ms?   a prompt is open; id: once per question
 *   answered         id answer               closes it
 *   item_recorded    id state summary? expires_at_ms? at_ms? details?   at_ms: older evidence
 *   approved         hash                    of the plan that `by` has read
 *   paused           reason?                 by a person
 *   resumed          reason?                 after paused or interrupted
 *   abort_requested  reason?                 aborting
 *   rollback_started reason?                 rolling_back; allowed in every state that is not over,
 *                                            and while one that is over is at risk
 *   signed_in        new_keys?               acts as `by` from here on; new_keys: the same person's
 *   interrupted      reason?                 its process went away: what ran is unknown; `by`: left
 *                                            to the next one on purpose, between two effects
 *   command          verb reason? answer?    a person asked for it; step: of step, prompt or item
 *   said             text command? refused? hint?   a line for people; or why the posted command
 *                                            was refused
 *   drift_seen       reason?                 somebody else changed it
 *   gap_seen         reason?                 this computer was away
 *   run_ended        status reason? health? hint?   aborted rolled_back rollback_failed succeeded
 *                                            failed; hint: what a person does before it is tried
 * again
 *
 * While the run progresses it is `waiting` exactly as long as a step waits on a person or a prompt
 * is open: nobody says so, it follows. Three facts, of any step, are about the whole run:
 * "old_version" and "new_version" (text), and "weight", the share of the new version as last read
 * back (a number from 0 to 1; 0 again after traffic went back).
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
    json_t
        *intent; /* {"what":{service,operation,params},"precondition":..,"token":..,"by_undo":bool}
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
    bool moves_traffic, is_gate; /* as the plan says of its kind */
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
    enum run_status before; /* what it was when it was paused or interrupted */
    char *reason;           /* why paused, aborted, rolled back, failed: a sentence */
    char *hint;             /* what a person does before it is tried again; "" */
    char *by;               /* who started it */
    char *acts_as;          /* whose sign-in it has; "" before it started */
    char *handed_over_by;   /* while it is interrupted: on purpose; "" = its process went away */
    char *paused_by;        /* who last paused it; "" = nobody did */
    json_t *actor;          /* {"arn","user","host","profile","account"} */
    bool needs_newer;       /* an event type that this program does not know: shown, never driven */
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
    char *over;   /* the revision of the alias, somebody else's, that its way back may
                     go over; "" = none */
    char *health; /* service health, apart from status: "healthy" ... */
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
/* Of whoever began it, as AWS named it; "" = it did not. Borrowed. */
const char *run_account(const struct run *r);
bool run_is_over(const struct run *r); /* a terminal status */
/* Left to the next process on purpose: what its steps were at, nobody has to wonder about. */
bool run_is_handed_over(const struct run *r);
/* Of such a run: the step was going on, and goes on when somebody resumes it. */
bool run_is_left_step(const struct run *r, const struct run_step *s);
bool run_is_going_back(const struct run *r); /* aborting or rolling back */
bool run_wrote(const struct run *r);         /* an effect was intended */
bool run_moved_traffic(const struct run *r); /* or may have: a write of it did not fail */
/*
 * Over, but its traffic was not seen to be where it was: the way back failed, or nobody knows what
 * became of a write. It can be rolled back still.
 */
bool run_is_at_risk(const struct run *r);
const char *run_status_name(enum run_status s); /* "rolling_back" */
const char *run_step_state_name(enum step_state s);
const char *run_effect_state_name(enum effect_state s);
bool run_status_parse(const char *name, enum run_status *out);
/*
 * 0 succeeded; 3 a gate was closed before the first write; 4 rolled back or aborted and, as last
 * read back, no traffic on the new version; 1 failed; 6 could not tell, or not over.
 */
int run_exit_code(const struct run *r);
/* The table of known event types: what each means, and how it changes a run. Ends with {0}. */
struct run_event_type {
    const char *name, *help;
    bool (*apply)(struct run *r, struct event *e, struct error *err);
    unsigned in; /* the statuses in which it may come: bits 1 << enum run_status */
};
extern const struct run_event_type run_event_types[];

#endif
