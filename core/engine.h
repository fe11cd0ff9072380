/*
 * engine.h - drives one run: an engine thread (single writer of the journal), workers, a guard.
 *
 * Callers talk to it through engine_command (any thread) and see it through events and snapshots
 * only, so that a socket can stand between. In-process for now.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/house.h"
#include "core/run.h"

struct engine;
struct journal;
struct preflight;

struct actor {
    char name[200];      /* STS ARN where known, else "user@host (unverified)" */
    char user_host[128]; /* "ana@mbp" */
    char account[16], profile[64];
};
void engine_actor_local(struct actor *out); /* user@host (unverified) */

struct engine_options {
    const struct house *house;
    const struct config *config;
    const struct environment *environment;
    struct world world;
    const char *state_directory;
    struct journal **journal; /* one that is open there already: taken over when the engine opens,
                                 and *journal is NULL then; may be NULL, or *journal */
    struct actor actor;
    bool is_unattended;  /* nobody answers: gates that need a person end the run before the first
                            write */
    bool awaits_sign_in; /* the judge's way back is tried on where AWS denies it: keys may change,
                            and whoever asks brings theirs */
    int64_t lock_patience_ms; /* wall: so long is waited for whoever holds the lock */
    /* Called in the engine thread after each committed event; must not block. May be NULL. */
    void (*on_event)(void *closure, const struct event *event, const struct run *run);
    void *closure;
};

/*
 * Takes the lock of the environment (ERROR_CONFLICT with code "locked" naming the holder: exit 5).
 * One for each: a release of staging keeps nobody from rolling production back.
 */
bool engine_open(const struct engine_options *options, struct engine **out,
                 struct error *err) FD_MUST_USE;
/* Any process: does a living one hold the lock of this environment? */
bool engine_is_driven(const char *state_directory, const char *environment);
/* The same, and which one; 0 = it does not say. */
bool engine_is_driven_by(const char *state_directory, const char *environment, int64_t *pid);
/* Before engine_close: a run that is driven forward here is left to the next process on purpose,
 * and the journal says by whom. */
void engine_hand_over(struct engine *e, const char *by);
/* Stops driving (a run that is not over stays as it is, resumable) and joins every thread. */
void engine_close(struct engine *e);

/* Opens a pending run (prepare). Carries live ticks over from a run that did not ship. */
bool engine_prepare(struct engine *e, const char *plan_name, char run_id[static 32],
                    struct error *err) FD_MUST_USE;
/* Starts the pending run of the environment, or opens one. plan: of plan_make. */
bool engine_start(struct engine *e, const char *run_id, const json_t *plan,
                  struct error *err) FD_MUST_USE;
/*
 * Takes up a run whose process went away: reconciles, then the safe half by itself; `forward`
 * allows forward effects again. One that is over but at risk (run_is_at_risk) only waits for
 * COMMAND_ROLLBACK.
 */
bool engine_resume(struct engine *e, const char *run_id, bool forward,
                   struct error *err) FD_MUST_USE;

enum command_verb {
    COMMAND_APPROVE,
    COMMAND_PAUSE,
    COMMAND_RESUME,
    COMMAND_RETRY,
    COMMAND_SKIP,
    COMMAND_PROMOTE,
    COMMAND_ABORT,
    COMMAND_ROLLBACK,
    COMMAND_ANSWER,
    COMMAND_TICK,
    COMMAND_UNTICK,
    COMMAND_WAIVE,
    COMMAND_COUNT,
};
const char *engine_verb_name(enum command_verb verb);
bool engine_verb_parse(const char *name, enum command_verb *out);

struct command {
    enum command_verb verb;
    char step[200];  /* step id, prompt id or item id; "" = the current one */
    char answer[64]; /* of COMMAND_ANSWER. Of COMMAND_ROLLBACK: the revision of what somebody else
                        left there, as it was shown to who asks; "" = nothing was, nothing is gone
                        over */
    char reason[300];
    char by[200];
    int64_t seen_seq; /* the last seq the sender saw; 0 = not checked. rollback and abort are never
                         refused */
};
/* Refused with ERROR_CONFLICT when it does not fit the state now; the error says what changed. */
bool engine_command(struct engine *e, const struct command *command, struct error *err) FD_MUST_USE;

/* As whom its run acts from here on, by name as AWS gives it: recorded. No run, or one that is
 * over: nothing is. */
bool engine_signed_in(struct engine *e, const char *name, struct error *err) FD_MUST_USE;

/* Whoever asks for the way back: what the run's own sign-in may not do any more is done with that.
 * aws: borrowed until engine_close; NULL = nobody else asks. account: as AWS named it, "" = not
 * yet. */
void engine_ask_as(struct engine *e, struct aws *aws, const char *name, const char *account);

/* Whose numbers convict the new version while the run's own sign-in may not read them. aws:
 * borrowed until engine_close; NULL = nobody's. */
void engine_watch_as(struct engine *e, struct aws *aws, const char *name);

/*
 * Ends a way back that fails and is being tried again: the run ends as rollback_failed. False: none
 * fails, and one that does well is not ended.
 */
bool engine_give_up(struct engine *e);

/* Waits until the run is over or cannot go on without a person and nobody is there; wall ms, -1 =
 * for ever. False = time ran out. */
bool engine_wait(struct engine *e, int64_t wall_ms);
/* The run as of now: a snapshot, yours (run_free). NULL before start. */
struct run *engine_snapshot(struct engine *e);
/* Runs the preflight of every step of the environment's plan (reads only). New array of
 * {"state","step","text"}. */
bool engine_preflight(struct engine *e, json_t **out, bool *passed, struct error *err) FD_MUST_USE;
/* Any thread: ends one that is going on (ERROR_CANCELLED); what has begun goes on. */
void engine_stop_preflight(struct engine *e);

#endif
