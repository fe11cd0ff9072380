/*
 * step.h - port: one kind of step. A new kind is one file and one line in a table.
 *
 * `run` is straight-line, blocking code in a worker thread. After a crash it is called again from
 * its first line: it writes to the world only through effect_run(), keeps what it decided with
 * step_decide(), and waits with step_wait_until(). `undo` follows the same rules.
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/house.h"
#include "core/param.h"
#include "core/run.h"

struct buf;
struct cancel;

/* ---- what a step would do ---------------------------------------------------------------------
 */

struct plan_context {
    const struct house *house;
    const struct config *config;
    const struct environment *environment;
    const struct plan_step *step;
};

struct step_plan {
    json_t
        *calls; /* array of {"service","operation","params"}; `${step.key}` = known at run time */
    char *summary;       /* a sentence: "publish finally-prod-api from staging's digest"; owned */
    char *undo;          /* a sentence, or NULL: then kind->irreversible stands */
    int64_t expected_ms; /* world; a lower bound of how long; 0 = moments */
};

/* One finding of a preflight. */
enum finding_state { FINDING_PASS, FINDING_FAIL, FINDING_UNKNOWN, FINDING_NOTE };
struct preflight; /* findings of all steps, in order */
void preflight_add(struct preflight *p, enum finding_state state, const char *step, const char *fmt,
                   ...) FD_PRINTF(4, 5);
/* What the newest finding is to machines: "locked" (somebody else moves this traffic: exit 5). */
void preflight_code(struct preflight *p, const char *code);

/* ---- running ------------------------------------------------------------------------------------
 */

enum step_outcome {
    STEP_OUTCOME_SUCCEEDED,
    STEP_OUTCOME_SKIPPED,   /* nothing to do ("no change"); *err carries the reason */
    STEP_OUTCOME_FAILED,    /* the world said no; *err says what. Before any write: gate closed for
                               gates */
    STEP_OUTCOME_ERRORED,   /* could not tell */
    STEP_OUTCOME_ABORTED,   /* cancelled */
    STEP_OUTCOME_ROLL_BACK, /* the step asks for the way back by itself: bad verdict, failed smoke;
                             *err why */
    STEP_OUTCOME_UNKNOWN,   /* a write without an answer that verify could not settle, or foreign
                               drift */
};

enum verdict_kind {
    VERDICT_INCONCLUSIVE, /* not enough yet */
    VERDICT_GOOD,         /* this weight is cleared */
    VERDICT_BAD,          /* convicted: the engine rolls back in any state */
    VERDICT_HOLD,         /* suspicious or warned: never cleared by itself, not convicted */
    VERDICT_NO_DATA,
    VERDICT_ERROR, /* metrics could not be read */
};
const char *step_verdict_name(enum verdict_kind kind); /* measurement names of the JSON contract */

struct verdict {
    enum verdict_kind kind;
    double weight; /* the weight it is about */
    int64_t at_ms; /* world */
    /* "error rate: v42 6 of 76 failed (7.9 %), v41 3 of 682: bad", with its arithmetic */
    char sentence[400];
};

struct step_ctx; /* one attempt of one step; belongs to its worker thread */

const struct plan_context *step_plan_context(const struct step_ctx *ctx);
const struct environment *step_environment(const struct step_ctx *ctx);
const struct config *step_config(const struct step_ctx *ctx);
const struct world *step_world(const struct step_ctx *ctx);
struct step_asker {
    char name[200], account[16]; /* account: "" = AWS has not named it yet */
};
/* Of whoever asked for the way back, and who that is; NULL where that is nobody else. */
struct aws *step_asker_aws(const struct step_ctx *ctx, struct step_asker *out);
/* Nobody asked for the way back, and somebody may sign in: one that is denied is tried on. */
bool step_awaits_sign_in(const struct step_ctx *ctx);
/* For looking only, while the run's own sign-in has ended: of somebody who is here; NULL: nobody.
 */
struct aws *step_watcher_aws(const struct step_ctx *ctx, char name[static 200]);
const json_t *step_params(const struct step_ctx *ctx);
const char *step_param_text(const struct step_ctx *ctx, const char *name); /* "" when unset */
const char *step_id(const struct step_ctx *ctx);
const char *step_run_id(const struct step_ctx *ctx);
const char *step_actor(const struct step_ctx *ctx); /* "ana@mbp" or an ARN: for descriptions */
const char *
step_output_directory(const struct step_ctx *ctx); /* files of this run: command output */
struct cancel *step_cancel(const struct step_ctx *ctx);
bool step_is_cancelled(const struct step_ctx *ctx);
/* The run as of now; borrowed until the next call on ctx. */
const struct run *step_run(struct step_ctx *ctx);

/*
 * Journals `value` (taken) under key before it is acted on; after a crash or retry the value
 * decided first comes back in *out (borrowed from the run) and the new one is dropped.
 */
bool step_decide(struct step_ctx *ctx, const char *key, json_t *value, const json_t **out,
                 struct error *err) FD_MUST_USE;
/* A fact of this or another step ("deploy", "new_version"), NULL when not decided. The step may be
 * an id or a kind's name. */
const json_t *step_fact(struct step_ctx *ctx, const char *step, const char *key);
const char *step_fact_text(struct step_ctx *ctx, const char *step,
                           const char *key); /* "" when absent */
/* Journals a fact again and again (the newest counts): "weight", "asked". */
bool step_note_fact(struct step_ctx *ctx, const char *key, json_t *value,
                    struct error *err) FD_MUST_USE;
/* A line for people in the log of the run (an event). */
void step_say(struct step_ctx *ctx, const char *fmt, ...) FD_PRINTF(2, 3);

/* Waits in world time. The deadline is journalled under key and kept after a crash. False:
 * cancelled. */
bool step_wait_until(struct step_ctx *ctx, const char *key, int64_t deadline_ms,
                     struct error *err) FD_MUST_USE;
/* First call fixes now + duration under key; later calls (also after a crash) return the same
 * deadline. */
bool step_deadline(struct step_ctx *ctx, const char *key, int64_t duration_ms, int64_t *deadline_ms,
                   struct error *err) FD_MUST_USE;
/* A pause between two polls: world time, not journalled. False: cancelled. */
bool step_poll_pause(struct step_ctx *ctx, int64_t duration_ms, struct error *err) FD_MUST_USE;
/* Sleeps until the run changed (measurement, answer, command), the deadline passed or it is
 * cancelled (false). */
bool step_wait_change(struct step_ctx *ctx, int64_t deadline_ms, struct error *err) FD_MUST_USE;
/* What the step waits on now, shown as its state: "person", "traffic", "time"; "" = it runs again.
 */
bool step_waiting(struct step_ctx *ctx, const char *on, struct error *err, const char *fmt,
                  ...) FD_MUST_USE FD_PRINTF(4, 5);

/*
 * Asks a person and waits (run: waiting; it nags). choices: NULL-terminated. The answer is one of
 * them (borrowed until the next call). deadline_ms 0 = none; when it passes, false with
 * ERROR_CANCELLED and code "deadline". Survives a crash: an answer given once is returned again.
 */
bool step_ask(struct step_ctx *ctx, const char *key, const char *question,
              const char *const *choices, int64_t deadline_ms, const char **answer,
              struct error *err) FD_MUST_USE;

/*
 * From now until the run ends this kind's `observe` is called every judge interval, in any state of
 * the run (also paused, waiting, in later steps), and a VERDICT_BAD rolls back. Idempotent.
 */
bool step_guard_begin(struct step_ctx *ctx, struct error *err) FD_MUST_USE;
/* The newest verdict of the guard; false when there is none yet. */
bool step_latest_verdict(struct step_ctx *ctx, struct verdict *out);
/* Asks the guard to observe now rather than at its next interval. */
void step_guard_poke(struct step_ctx *ctx);

/* Evidence for a checklist item, journalled. state: "pass", "fail", "running"...; lifetime in world
 * ms, 0 = until the run ends. */
bool step_record_item(struct step_ctx *ctx, const char *item_id, const char *state,
                      const char *summary, const json_t *details, int64_t lifetime_ms,
                      struct error *err) FD_MUST_USE;
/* True when nobody answers prompts (headless, no terminal): gates before the first write fail
 * instead of waiting. */
bool step_is_unattended(const struct step_ctx *ctx);
const char *step_state_directory(const struct step_ctx *ctx);

/* ---- the port -----------------------------------------------------------------------------------
 */

struct step_kind {
    const char *name;           /* "deploy": the key in a plan */
    const char *summary;        /* one line for help and docs */
    const struct param *params; /* ends with {0} */
    /* No network: what would be done. Also refuses parameters that cannot work (place is added). */
    bool (*plan)(const struct plan_context *context, struct step_plan *out, struct error *err);
    /* Reads only, before the first write of the run, and from doctor; may be NULL. */
    void (*preflight)(struct step_ctx *ctx, struct preflight *findings);
    enum step_outcome (*run)(struct step_ctx *ctx, struct error *err);
    /* Judges while traffic is at risk; only with step_guard_begin. *measurement is journalled.
     * Reads only. */
    bool (*observe)(struct step_ctx *ctx, json_t **measurement, struct verdict *verdict,
                    struct error *err);
    enum step_outcome (*undo)(struct step_ctx *ctx,
                              struct error *err); /* exactly one of undo ... */
    const char *irreversible;                     /* ... or why not */
    bool moves_traffic;                           /* undone first; abort undoes only these */
    bool may_outlive; /* what it started may run on when this process has died: where the run goes
                         back, its `run` is called with the cancel set, and ends it */
    bool is_gate; /* writes nothing; before the first write its failure means "gate closed" (exit 3)
                   */
    bool is_internal; /* not for plans in a configuration (the verbs shift and rollback use it) */
    /* Takes back what another run left: goes on where the journal fails, and locks at its end. */
    bool goes_back;
};

/* For kinds that change nothing: succeeds. */
enum step_outcome step_undo_nothing(struct step_ctx *ctx, struct error *err);

#endif
