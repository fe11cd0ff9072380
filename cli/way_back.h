/*
 * way_back.h - what a way back of an environment rests on, without asking or telling anybody: which
 * run, which version, what it would do. For the verb and for the console.
 */
#ifndef CLI_WAY_BACK_H
#define CLI_WAY_BACK_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/by_hand.h"
#include "cli/put_back.h"
#include "core/engine.h"
#include "core/error.h"
#include "core/run.h"

struct aws;
struct journal;

/* What is under way, else what is at risk unless a version or run is named: *run. Else *run is NULL
 * and *latest is the last run that moved traffic, or NULL. Both yours. */
bool way_back_find(struct journal *journal, const char *environment, bool is_target_named,
                   struct run **run, struct run **latest, struct error *err) FD_MUST_USE;
/*
 * The function and alias that go back: those of the run (NULL = not known), else the first of the
 * environment. Fills nothing else of *p.
 */
bool way_back_alias(const struct environment *environment, const struct run *run,
                    const struct resource **api, struct put_back *p, struct error *err) FD_MUST_USE;
/* A run goes back to what it replaced, and nowhere else. version NULL = as it says. */
bool way_back_permits(const struct run *run, const char *version, struct error *err) FD_MUST_USE;
/* A rollback whose process died on the way: the next one brings it to its end. NULL: none. */
bool way_back_was_left(const struct run *latest);
/* Its own way back stopped at what somebody else had changed: who asks again means all the same. */
bool way_back_was_foreign(const struct run *run);
/* What the run found before its first write; NULL: it moved nothing yet. Borrowed. */
const json_t *way_back_before(const struct run *run);
/* Is what was read, p.before, neither what this run left there nor what it found? */
bool way_back_is_foreign(const struct run *run, const struct put_back *p);
/* over: the revision that was shown as somebody else's; "" = none was. */
struct command way_back_command(const char *by, const char *reason, const char *over);

/* Fills the target with what that run replaced. ERROR_USAGE, ERROR_NOT_FOUND: there is none; any
 * other error is the journal's. */
bool way_back_of_run(struct journal *journal, const struct environment *environment, const char *id,
                     struct put_back *p, struct error *err) FD_MUST_USE;
/* What the last run here says of the version that p.before serves. False: it does not know that
 * one. */
bool way_back_ask_latest(const struct run *latest, struct put_back *p);
/*
 * The run of one step that gives all traffic to p.target, and its plan. Both yours. p.before is
 * what was shown, or not read at all: nothing newer is gone over.
 */
bool way_back_plan(const struct config *config, const struct environment *environment,
                   const struct resource *api, const struct put_back *p, struct by_hand *hand,
                   json_t **plan, struct error *err) FD_MUST_USE;
/* Whoever releases next, a pipeline perhaps, is to know first that this one was taken back: of a
 * way back that is in no journal. A run locks by itself. */
bool way_back_lock_bare(struct journal *journal, const char *environment, const struct put_back *p,
                        const char *by, struct error *err) FD_MUST_USE;
/* Is it locked, by that run or by somebody before? False: *err says why not. */
bool way_back_has_locked(struct journal *journal, const char *environment,
                         struct error *err) FD_MUST_USE;

/* ---- what it would do ---- */

/* "v41 serves all traffic" once it went back; or its shares, where it found it split. Yours. */
char *way_back_serves_text(const struct run *run);
/* "v41 90 %, v42 10 % -> v41 100 %, in one write", or what stays. Yours. */
char *way_back_traffic_text(const struct run *run);
/*
 * The undo of every other step that wrote, newest first: {"step","text","fate"}, fate "undone",
 * "stays" (nothing to do) or "lost" (cannot be taken back). New reference.
 */
json_t *way_back_rest(const struct run *run);

#endif
