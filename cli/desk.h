/*
 * desk.h - the engine's side of a console: answers its requests, reads the world for it, drives its
 * runs.
 *
 * Everything that blocks is done on a lane: a thread with a queue of its own and a clock. What must
 * never wait (going back) has a lane to itself. They share the session (which is safe for threads),
 * the wire and nothing else. In this process for now; a socket can stand between (core/wire.h).
 */
#ifndef CLI_DESK_H
#define CLI_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/wire.h"

struct cli;
struct desk;
struct session;
struct sign_in;

struct desk_options {
    const struct cli *cli;
    struct session *session; /* loaded; borrowed until desk_close */
    struct wire *wire;
    bool is_demo;
    const char *second; /* the demo's Li, who approves; NULL = nobody is played */
    bool adopts; /* runs that nobody drives are taken up: observed, judged, taken back; nothing
                    goes forward before somebody says resume */
    bool begins_later; /* nothing is started before desk_begin: the first picture comes first */
};

/* Sends hello, the runs of the journal and what was seen last at once, before any answer of the
 * network; then starts the lanes. */
bool desk_open(const struct desk_options *options, struct desk **out,
               struct error *err) FD_MUST_USE;
/* Starts the lanes, where `begins_later` held them back; once. */
bool desk_begin(struct desk *d, struct error *err) FD_MUST_USE;
/* Is a run driven here that is not over, or a way back asked for that is not? Its environment, or
 * NULL. Borrowed. Knows of every request that was put on the wire before. */
const char *desk_is_driving(struct desk *d);
/* The same of ways back only. */
const char *desk_is_going_back(struct desk *d);
/* Does anything that is driven here go back, whoever asked for it, or does a program of a plan run?
 * Neither is left to another engine in the middle. */
bool desk_may_not_hand_over(struct desk *d);
/* Everything that is known, once more: another console took the place of the first. */
void desk_greet(struct desk *d);
/* The run that was driven here and ended last. False: none was. *environment: borrowed. */
bool desk_flown(struct desk *d, const char **environment, char run_id[static 32]);
/*
 * A console is there that acts with that sign-in: its number, for "caller" of its requests. key:
 * the same for the same sign-in. screen: that of its requests. 0: there are too many. For each:
 * desk_caller_leave.
 */
#define DESK_ATTACHED "attached" /* verb of a request that says so once it has its first news */
#define DESK_LOOKED "looked" /* verb: "screen", as of its requests to look, is there no longer */
int desk_caller_enter(struct desk *d, const char *key, struct sign_in *sign_in, int64_t screen);
/* As AWS names them, in any environment; "" = it has not. */
void desk_caller_name(struct desk *d, int number, char out[static 200]);
void desk_caller_leave(struct desk *d, int number, int64_t screen);
/* Before desk_close: what is driven here is left to the next engine on purpose, and the journal
 * says by whom. */
void desk_hand_over(struct desk *d, const char *by);
/* Ends the reading, joins every thread. A run that is driven here stays as it is (resumable). */
void desk_close(struct desk *d);

#endif
