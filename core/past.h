/*
 * past.h - what the journal says about the runs of an environment: the facts that other releases
 * rest on.
 *
 * Each call opens the journal for itself, so any thread may ask.
 */
#ifndef CORE_PAST_H
#define CORE_PAST_H

#include <stdbool.h>

#include "core/error.h"

struct run;

/* The newest run that was started, rollbacks too but not shifts by hand; *out is NULL when there
 * was none. Yours (run_free). */
bool past_newest_run(const char *state_directory, const char *environment, struct run **out,
                     struct error *err) FD_MUST_USE;
/* The commit that the newest run that shipped was made from; "" when none is known. Yours. */
bool past_shipped_commit(const char *state_directory, const char *environment, char **out,
                         struct error *err) FD_MUST_USE;
/* The commit a run was made from: the fact `commit` of one of its steps; "" when it has none.
 * Borrowed. */
const char *past_commit(const struct run *run);

#endif
