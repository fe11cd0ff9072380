/*
 * desk_flight.h - the engines that are open in this process: at most one per environment.
 *
 * An engine holds its environment's lock, so it is open only while there is something to drive: a
 * run from its start to its end, or for the moment that a tick or a preflight takes. Whoever uses
 * one holds it between enter (or begin) and leave; it is closed when its run is over, or nothing
 * was begun, and nobody holds it. Its events are told as news by themselves. Thread: any.
 */
#ifndef CLI_DESK_FLIGHT_H
#define CLI_DESK_FLIGHT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/by_hand.h"
#include "core/engine.h"
#include "core/error.h"

struct desk;
struct aws;
struct flight;
struct journal;
struct session;
struct sign_in;

void desk_flight_init(struct desk *d); /* for desk_open, before the lanes */
/* For desk_close, between setting its cancel and joining the lanes: ends what they wait for. */
void desk_flight_stop(struct desk *d);
void desk_flight_free(struct desk *d); /* after them: closes every engine; runs stay resumable */

/* The engine that is open here; NULL: none. To be left again. */
struct engine *desk_flight_enter(struct desk *d, const struct environment *environment);
void desk_flight_leave(struct desk *d, const struct environment *environment);

/* The same of one that could not be taken up: it drives nothing, whatever its run's state. */
void desk_flight_give_up(struct desk *d, const struct environment *environment);

struct flight_wish {
    const struct environment *environment;
    struct by_hand *hand;    /* taken over (moved out) when it is a run of one step; NULL = no */
    struct session *session; /* as whom AWS is asked; NULL = it is not: a tick */
    struct sign_in *sign_in; /* whose variables its programs have; NULL = the session's */
    bool is_named;           /* AWS has to have named the account of the keys */
    const char *account;     /* that the run was begun in; NULL = the actor's */
    struct actor actor;
    struct journal **journal; /* as of struct engine_options */
    int64_t patience_ms;      /* wall: so long is waited for whoever has it */
    bool is_brief;            /* for a moment, and nothing is begun: a tick */
    bool is_scenery;          /* nobody here asked for it: not what was flown */
};
/*
 * Opens one, and holds it. Code "locked" (ERROR_CONFLICT): another process has it, or it is open
 * here (also after waiting): then use enter.
 */
bool desk_flight_begin(struct desk *d, const struct flight_wish *wish, struct engine **out,
                       struct error *err) FD_MUST_USE;
/* Before an engine takes a run up: news `run` with what is in the journal of it, so that the
 * events that follow have a beginning. A run that is opened by the engine tells itself. */
void desk_flight_show(struct desk *d, const struct environment *environment,
                      struct journal *journal, const char *run_id);
/* ---- as whom its run acts ---- */

struct flight_actor {
    char name[200], account[16];
    int64_t hands; /* another number after each change, of hands or of runs */
};
/* Another client with the keys that its run has: yours (aws_close). NULL: it has none. */
struct aws *desk_flight_keys(struct desk *d, const struct environment *environment,
                             struct flight_actor *actor);
/*
 * From now on with these keys, which AWS has named, and what else signs in of that sign-in. Refused
 * (false, code "account") where its run is of another account, or has changed hands since `seen`.
 * *former: for desk_flight_restore; NULL where nothing has changed.
 */
struct flight_hands;
bool desk_flight_sign_in(struct desk *d, const struct environment *environment, struct aws *keys,
                         struct sign_in *sign_in, const struct flight_actor *seen,
                         const struct actor *actor, struct flight_hands **former,
                         struct error *err) FD_MUST_USE;
/* Back to what it was; or not. Frees. former may be NULL. */
void desk_flight_restore(struct desk *d, const struct environment *environment,
                         struct flight_hands *former, bool is_back);
/* What `rollback.as` has in its files by now. */
void desk_flight_renew_narrow(struct desk *d, const struct environment *environment);
/* Its sign-in has ended, or has not, as of `seen`. True: that is news. */
bool desk_flight_say_ended(struct desk *d, const struct environment *environment,
                           const struct flight_actor *seen, bool has_ended);
bool desk_flight_has_ended(struct desk *d, const struct environment *environment);

/* Waits until something happened since *seen (-1 = at once), or the desk closes. False: time ran
 * out. wall ms. */
bool desk_flight_await(struct desk *d, const struct environment *environment, int64_t *seen,
                       int64_t wall_ms);
/* Is a run of it driven here and not over? */
bool desk_flight_is_flying(struct desk *d, const struct environment *environment);
/* What begin would say then. Always false. */
bool desk_flight_refuse(const struct environment *environment, struct error *err);
/* Is it open for a moment only? */
bool desk_flight_is_brief(struct desk *d, const struct environment *environment);

/* Is an engine open here? Then its news are told already. */
bool desk_flight_is_here(struct desk *d, const struct environment *environment);
/* How often flights of it have told something. */
int64_t desk_flight_told(struct desk *d, const struct environment *environment);
/*
 * For whoever follows runs of other processes in the journal: tells it, unless an engine is open
 * here by now, or one told something since told was asked for; then body is freed and the answer is
 * false. In one: what was read before must not be told after that engine's news.
 */
bool desk_flight_tell_others(struct desk *d, const struct environment *environment, int64_t told,
                             const char *news, json_t *body);
/* The name of an environment whose run is driven here, is not over and is no scenery; NULL: none.
 * Borrowed. */
const char *desk_flight_driving(struct desk *d);

#endif
