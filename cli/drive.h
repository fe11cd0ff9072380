/*
 * drive.h - a run driven in this process: the engine is opened, followed to its end, and closed.
 *
 * The first SIGINT or SIGTERM aborts (traffic goes back); later ones only say that it is being
 * done, and give up a way back that fails. Thread: main.
 */
#ifndef CLI_DRIVE_H
#define CLI_DRIVE_H

#include <stdbool.h>

#include "core/engine.h"
#include "core/error.h"
#include "core/story.h"

struct cli;
struct mailbox;
struct no_answer;
struct session;
struct signed_in;

/* Called in the main thread after an event was printed: the scripted person of the demo acts here.
 */
typedef void drive_watch(void *closure, struct engine *engine, const struct event *event);

struct drive {
    const struct cli *cli;
    struct engine *engine;
    struct mailbox *events; /* from the engine thread */
    struct actor actor;
    drive_watch *watch; /* NULL = none */
    void *closure;
    const struct config *config;
    bool takes_typing;         /* lines typed into the terminal are commands to the run */
    int64_t lock_patience_ms;  /* wall: so long is waited for whoever holds the lock */
    bool is_quiet;             /* events and findings are not printed */
    struct story story;        /* what people were told so far */
    struct no_answer *silence; /* told of every event; NULL = none */
    const bool *has_left;      /* becomes true when nobody is there any more; NULL = never */
};

/* Takes the lock of the environment. world: of session_connect; actor: as far as known. */
bool drive_open(struct drive *d, struct session *s, const struct environment *environment,
                const struct world *world, const struct actor *actor, bool is_unattended,
                struct error *err) FD_MUST_USE;
/* Reads of every step before the first write; prints what was found. False with code "gate-closed"
 * or "locked". */
bool drive_preflight(struct drive *d, struct error *err) FD_MUST_USE;
/* Prints events until the run is over or waits for somebody who is not there. *out: yours
 * (run_free). */
bool drive_follow(struct drive *d, struct run **out, struct error *err) FD_MUST_USE;
/* What the process ends with, by the run as it is; says it to people. */
int drive_end(struct drive *d, const struct run *run);
void drive_close(struct drive *d);

#endif
