/*
 * engine_parts.h - private to the engine: its state, and what its files call of each other.
 *
 * The engine thread owns the journal, the run and every decision. Other threads (workers, the
 * guard, callers of engine.h) send it requests and wait for the reply; they see the run through
 * views, which never change. What a field may be touched by stands beside it.
 */
#ifndef CORE_ENGINE_PARTS_H
#define CORE_ENGINE_PARTS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "core/cancel.h"
#include "core/engine.h"
#include "core/journal.h"
#include "core/mailbox.h"
#include "core/step.h"

#define ENGINE_DECISION_WAIT "decision" /* key of the deadline until which a failed step waits */
#define ENGINE_TRY_JOURNAL_EVERY_MS 500 /* wall; while it is broken */
#define ENGINE_GROUP_MS 3 /* wall: so long a way back's first words wait to be written together */
#define ENGINE_HASTE_MS 1000           /* wall: so long a lock may hold up a way back */
#define ENGINE_BROKEN_PATIENCE_MS 3000 /* wall: so long a broken journal is waited for */
#define CTX_VIEWS 4

/* The run after one event; immutable, any thread, shared by count. */
struct engine_view {
    atomic_int references;
    struct run *run;
    int64_t change_seq; /* of the newest event that a waiting step may care about */
};
struct engine_view *engine_view_ref(struct engine_view *v);
void engine_view_unref(struct engine_view *v);

enum engine_reply { ENGINE_REPLY_DONE, ENGINE_REPLY_ERROR, ENGINE_REPLY_LATER };

/* On the stack of the thread that asks; the engine thread answers through `done`. */
struct engine_request {
    /* Engine thread. LATER: asked again after the next change. */
    enum engine_reply (*handle)(struct engine *e, struct engine_request *r);
    struct step_ctx *ctx; /* the step that asks; NULL = a caller of engine.h */
    void *closure;
    struct error err;
    enum engine_reply reply;
    sem_t done;
    struct engine_request *next; /* while it is put off */
};
/* Any thread but the engine's: hands over, waits. False: *err. */
bool engine_ask(struct engine *e, struct engine_request *r, struct error *err) FD_MUST_USE;

enum worker_role { WORKER_STEP, WORKER_UNDO, WORKER_GUARD };

/* Belongs to the thread that executes the step, after the engine made it. */
struct step_ctx {
    struct engine *engine;
    struct plan_context plan;
    struct cancel *cancel;
    enum worker_role role;
    bool is_read_only;                    /* preflight, and the guard's own */
    struct engine_view *views[CTX_VIEWS]; /* the newest first; older ones may still be borrowed */
    char run_id[32];                      /* "" before there is one */
    char *output_directory;
    int64_t seen_change_seq; /* of the view that step_run() gave out last */
    bool waits_for_ever;     /* under engine->lock: only a person or the guard can end the wait */
    bool is_poked;           /* under engine->lock: the guard is to look now */
};
void engine_ctx_init(struct engine *e, struct step_ctx *ctx, const struct plan_step *step,
                     enum worker_role role);
void engine_ctx_clear(struct step_ctx *ctx);

struct worker {
    struct worker *next;
    struct engine *engine;
    struct step_ctx ctx;
    pthread_t thread;
    enum step_outcome outcome; /* written by its thread before it reports the end */
    struct error err;
    atomic_bool is_failing; /* an undo that is being tried again */
    atomic_int_fast64_t undo_began_ms;
    int64_t hands;   /* an undo: engine.hands when it was tried last */
    char over[64];   /* an undo: what a person had agreed to go over when it began */
    bool has_ended;  /* engine thread: its thread reported the end */
    bool is_settled; /* engine thread: what came of it is journalled */
};

struct engine {
    /* immutable after engine_open */
    struct engine_options options;
    char *state_directory;
    int lock_fd;
    struct mailbox *mailbox;  /* struct engine_request *, borrowed */
    char handed_over_by[200]; /* before it is closed; "" = it just ends */
    pthread_t thread;
    struct aws *asker_aws; /* under lock; NULL = nobody else asked for the way back */
    struct step_asker asker;
    int64_t hands;           /* another number when there is another sign-in to try */
    bool is_asked_back;      /* a person wants it back, and is told at once where it cannot be */
    struct aws *watcher_aws; /* under lock; NULL = none */
    char watcher[200];

    /* engine thread only */
    struct journal *journal;
    struct plan_step *steps; /* of the run's own plan, not of the configuration's */
    size_t step_count;
    struct worker *workers;
    struct engine_request *put_off;
    bool is_driving;   /* the run was started or taken up here */
    bool goes_forward; /* forward effects are allowed */
    /* boot; minutes before this were missed: an observation begun after it judges them before any
     * forward effect. 0 = none were */
    int64_t observe_after_ms;
    bool has_locked;    /* the environment, after users met what is taken back */
    int64_t lock_by_ms; /* boot; then it ends without its lock. 0 = nothing stands in the way */
    bool is_held;       /* nobody decided in time, and the environment says: hold */
    bool is_stopped;    /* an abort came before any run: none is begun */
    bool is_closing;
    char back_by[200];       /* who asked for the way back here; "" = nobody, or the judge */
    int64_t next_nag_ms;     /* world; when a person who is waited for is reminded; 0 = none is */
    int64_t next_inbox_ms;   /* boot */
    int64_t obeyed_id;       /* the newest command of the inbox that was carried out */
    int64_t broken_since_ms; /* boot; since when the journal cannot be written; 0 = it can */
    int64_t next_try_ms;     /* boot; when a broken journal is asked again */
    struct event *
        *unrecorded; /* of a way back: not written yet, or the journal could not take them */
    size_t unrecorded_count, unrecorded_capacity;
    size_t shouted_count; /* of them: said aloud, as nobody will find them in the journal */
    int64_t write_by_ms;  /* boot; what is not written yet waits for others no longer than that */

    /* under `lock`; `changed` tells of each */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct engine_view *view; /* NULL before a run; only the engine thread writes it */
    bool is_settled;          /* engine_wait ends */
    struct cancel *preflight; /* of a preflight that is going on */
};

/* ---- engine.c ---- */
/* Engine thread: the run as it is. NULL before. */
const struct run *engine_run(const struct engine *e);
/* Any thread: a reference, or NULL. */
struct engine_view *engine_current_view(struct engine *e);
/* Any thread: what is tried on with another sign-in is tried now. */
void engine_try_hands(struct engine *e, bool is_asked);
/* Any thread: wakes every wait on `changed`. */
void engine_wake(struct engine *e);
/* Any thread: waits on `changed` (lock held) until then at the latest. boot time. */
void engine_wait_changed(struct engine *e, int64_t until_boot_ms);

/* ---- engine_lock.c ---- */
bool engine_lock_take(const char *state_directory, const char *environment, int64_t patience_ms,
                      int *fd, struct error *err) FD_MUST_USE;
void engine_lock_release(int fd);

/* ---- engine_commit.c: engine thread ---- */
/* Commits one event of the run and publishes the run after it. Takes body. */
bool engine_commit(struct engine *e, const char *type, const char *step, const char *by,
                   json_t *body, struct error *err) FD_MUST_USE;
/* The first event of a run. */
bool engine_commit_first(struct engine *e, const char *run_id, json_t *body,
                         struct error *err) FD_MUST_USE;
/* Ends another run of this environment, which nobody drives: the lock is ours. */
bool engine_end_other(struct engine *e, const struct run *run, const char *reason,
                      struct error *err) FD_MUST_USE;
/* Takes up a run that was read from the journal. */
void engine_publish(struct engine *e, struct run *run, int64_t change_seq);
/* Writes down what is not written yet, or could not be. True when nothing is left. */
bool engine_commit_rest(struct engine *e);
/* Is something waiting to be written together with what comes next? */
bool engine_commit_is_due(const struct engine *e);
/* {"reason": ...}, or {} when there is none. */
json_t *engine_reason(const char *reason);

/* ---- engine_plan.c ---- */
/* The steps of a plan as it was journalled. False when this program lacks one of the kinds. */
bool engine_plan_load(struct engine *e, const json_t *plan, struct error *err) FD_MUST_USE;
void engine_plan_clear(struct engine *e);
/* Every step is a verb of a person at a shell. */
bool engine_plan_is_by_hand(const struct engine *e);
/* Its one step takes back what another run left. */
bool engine_plan_goes_back(const struct engine *e);
/* The run takes back what it or another one did: no journal stands in its way. */
bool engine_is_way_back(const struct engine *e);
/* Is what the run would go on with what it was started with? Going back never asks. */
bool engine_plan_may_go_on(const struct engine *e, struct error *err) FD_MUST_USE;
const struct plan_step *engine_plan_step(const struct engine *e, const char *id);

/* ---- engine_next.c: pure ---- */
enum engine_move {
    ENGINE_MOVE_NONE, /* somebody works, or a person is waited for */
    ENGINE_MOVE_START,
    ENGINE_MOVE_SKIP,    /* what it is for is not in this release */
    ENGINE_MOVE_ASK,     /* it failed: a person decides */
    ENGINE_MOVE_GIVE_UP, /* nobody works on it any more, and the run goes back */
    ENGINE_MOVE_STOP,    /* what a process that died left running is ended */
    ENGINE_MOVE_UNDO,
    ENGINE_MOVE_END,
};
struct engine_next {
    enum engine_move move;
    size_t step;            /* which; of END failed: the one that failed */
    enum run_status status; /* of END */
};
/* What the decision rests on. is_busy: one per step, somebody works on it. */
struct engine_situation {
    const struct run *run;
    const struct plan_step *steps;
    size_t step_count;
    const bool *is_busy;
    bool goes_forward, is_unattended;
};
/* Its process went away in the middle: it is gone into again, as the same attempt. */
bool engine_is_cut_off(const struct run_step *step);
/* It ended, and not well: a person may retry or skip it. */
bool engine_has_stopped(const struct run_step *step);
struct engine_next engine_next_move(const struct engine_situation *s);

/* ---- engine_drive.c: engine thread ---- */
/* Does every move that can be done now. */
void engine_advance(struct engine *e);
bool engine_end_run(struct engine *e, enum run_status status, const char *reason);
void engine_cancel_workers(struct engine *e, enum worker_role role);
/* Joins threads that reported their end. */
void engine_reap(struct engine *e);
bool engine_start_worker(struct engine *e, const struct plan_step *step, enum worker_role role,
                         struct error *err) FD_MUST_USE;
/* Until when a step that failed waits for a person. World; INT64_MAX = for ever. */
int64_t engine_decision_deadline(const struct run *run, const char *step);

/* ---- engine_back.c ---- */
/* Engine thread: abort_requested or rollback_started, and everything forward ends. over: the
 * revision that it may go over though it is somebody else's; "" = none. */
bool engine_go_back(struct engine *e, bool is_abort, const char *by, const char *reason,
                    const char *over, struct error *err) FD_MUST_USE;
/* Its own thread: tries on for as long as it may come right. */
void engine_undo(struct worker *w);
/* Engine thread: before the run ends so, where it moved traffic. */
/* False: the journal is busy or broken, and the end of the run waits for it. */
bool engine_lock_environment(struct engine *e, enum run_status end);
/* Of a rollback that succeeded: one whose process died on the way is ended with it. */
void engine_supersede(struct engine *e);

/* ---- engine_undecided.c: engine thread ---- */
/* Nobody decided about a failed step in time. */
void engine_check_deadline(struct engine *e);
/* Says again what a person is waited for. */
void engine_nag(struct engine *e);
bool engine_is_stuck(struct engine *e); /* cannot go on without a person, and nobody is there */

/* ---- engine_guard.c ---- */
void engine_guard_loop(struct step_ctx *ctx); /* its own thread, until it is cancelled */
bool engine_guard_start(struct engine *e, struct error *err) FD_MUST_USE; /* engine thread */
void engine_guard_poke(struct engine *e); /* engine thread: it looks now */
/* Engine thread: asked to sleep for asked_ms, it took took_ms. */
void engine_check_gap(struct engine *e, int64_t asked_ms, int64_t took_ms);

/* ---- engine_begin.c: engine thread ---- */
enum engine_reply engine_on_prepare(struct engine *e, struct engine_request *r);
enum engine_reply engine_on_start(struct engine *e, struct engine_request *r);
enum engine_reply engine_on_resume(struct engine *e, struct engine_request *r);
struct engine_prepare_request {
    const char *plan_name;
    char *run_id; /* out, 32 bytes */
};
struct engine_start_request {
    const char *run_id; /* NULL = open one */
    const json_t *plan;
};
struct engine_resume_request {
    const char *run_id;
    bool forward;
};

/* ---- engine_command.c: engine thread ---- */
enum engine_reply engine_on_command(struct engine *e, struct engine_request *r);
void engine_check_inbox(struct engine *e);

/* ---- preflight.c ---- */
struct preflight {
    json_t *findings;
    bool is_passed;
};

#endif
