/*
 * desk_callers.h - as whom the consoles of one engine act: each sign-in has a number, which their
 * requests carry ("caller"), and a session of its own until the desk closes. Thread: any.
 */
#ifndef CLI_DESK_CALLERS_H
#define CLI_DESK_CALLERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define DESK_MOST_CALLERS 64 /* consoles at once, too */

struct desk;
struct session;
struct sign_in;

void desk_callers_init(struct desk *d); /* for desk_open */
void desk_callers_free(struct desk *d); /* for desk_close, after the lanes and the flights */

/* As whom a request is carried out; without a number as whom the engine itself looks on. */
struct session *desk_session(struct desk *d, const json_t *request);
struct session *desk_caller_session(struct desk *d, int number); /* 0: the engine's own */
/* With the variables of the console that asks ("screen"): for what a run is started with. Yours
 * (sign_in_unref); NULL = the session's. */
struct sign_in *desk_sign_in(struct desk *d, const json_t *request);
/* Those that have a console now: newest first, and how many. */
size_t desk_callers_here(struct desk *d, int numbers[static DESK_MOST_CALLERS]);

/* ---- whether AWS takes them, by environment: each may be of another account ---- */

/* AWS said that the sign-in is good there, or that it is over or of another account. True: it said
 * something else before. */
bool desk_caller_says(struct desk *d, int number, size_t environment, bool is_good);
/* Is it known to be over, or of another account, there? */
bool desk_caller_is_bad(struct desk *d, int number, size_t environment);
/* As whom what is shown is read: the engine itself, or where that has ended somebody who is here.
 */
struct session *desk_watcher(struct desk *d, size_t environment);

#endif
