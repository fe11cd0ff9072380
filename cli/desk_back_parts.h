/*
 * desk_back_parts.h - what the files of the way back share; nobody else includes it.
 */
#ifndef CLI_DESK_BACK_PARTS_H
#define CLI_DESK_BACK_PARTS_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "cli/put_back.h"
#include "core/engine.h"

struct desk;
struct journal;
struct session;

/* One way back of one environment; belongs to its thread. */
struct going {
    struct desk *desk;
    const struct environment *environment;
    json_t *request;         /* owned */
    struct session *session; /* of whoever asks */
    struct sign_in *sign_in; /* with the variables of their console; NULL = the session's. Owned */
    pthread_t thread;
    bool is_started;
    atomic_bool is_over; /* its thread may be joined */

    int64_t began_boot_ms;
    const struct resource *api;
    struct put_back alias;     /* target: of the request, "" = to be found */
    struct journal *journal;   /* NULL = not opened, or the engine has taken it over */
    const struct world *world; /* NULL = not reached yet */
    struct actor actor;
    bool is_unrecordable; /* the journal, or who drives, failed before anything was begun */
    bool is_answered;
    bool was_back; /* the run had put its traffic back before this was asked */
    bool is_fresh; /* alias is what was previewed, and was not read again */
};

/* ---- desk_back.c ---- */

bool desk_back_reach(struct going *g, struct error *err) FD_MUST_USE;
/* The traffic was read back where it was to go. run_id NULL: there is none. */
void desk_back_answer(struct going *g, const char *run_id, const char *text);
struct command desk_back_command(struct going *g);
/* Until it is back, and answers that. Holds the engine. */
bool desk_back_await(struct going *g, struct engine *engine, struct error *err) FD_MUST_USE;
/* Once: what is done next is another preview's. shown: the revision that the asker saw. */
bool desk_back_take_kept(struct going *g, const char *target, const char *shown);

/* ---- desk_back_hand.c ---- */

/* With no run under way: by one of a single step. latest: the last that moved traffic, or NULL. */
bool desk_back_to_version(struct going *g, const struct run *latest, struct error *err) FD_MUST_USE;
/* With AWS alone; *err says why it cannot be in the journal, and then what went wrong. */
bool desk_back_bare(struct going *g, struct error *err) FD_MUST_USE;

#endif
