/*
 * runs.h - finding runs in the journal, and whether a release may begin.
 */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/journal.h"

struct run;

/*
 * The newest run of the environment (NULL = of any) that is not over and was started; else the
 * newest pending one. *out is NULL when there is none. Yours (run_free).
 */
bool runs_find_open(struct journal *j, const char *environment, struct run **out,
                    struct error *err) FD_MUST_USE;
/* Still gathering ticks; *out is NULL when there is none. */
bool runs_find_pending(struct journal *j, const char *environment, struct run **out,
                       struct error *err) FD_MUST_USE;
/* The newest of all; *out is NULL when there is none. */
bool runs_find_newest(struct journal *j, const char *environment, struct run **out,
                      struct error *err) FD_MUST_USE;

/*
 * The newest run that is over and says what the traffic of the environment is: it shipped, went
 * back, or is at risk. Not a rollback by hand that failed: it changed nothing, or its own next one
 * looks again. *out is NULL when there is none.
 */
bool runs_find_last_moved(struct journal *j, const char *environment, struct run **out,
                          struct error *err) FD_MUST_USE;
/* The run at risk of this environment (NULL = of any), unless a later one put that right. */
bool runs_find_at_risk(struct journal *j, const char *environment, struct run **out,
                       struct error *err) FD_MUST_USE;
/* Refuses with code "locked" when the environment is locked. */
bool runs_require_unlocked(struct journal *j, const char *environment,
                           struct error *err) FD_MUST_USE;

#endif
