/*
 * past.h - what the journal says about the runs of an environment: the facts that other releases
 * rest on.
 *
 * Each call opens the journal for itself, so any thread may ask.
 */
#ifndef CORE_PAST_H
#define CORE_PAST_H

#include <jansson.h>
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
#define PAST_LEAST_TIMES 3
/*
 * How long each step usually takes: "p50_ms" (world) into those steps of the plan that at least
 * PAST_LEAST_TIMES of the newest releases of this environment brought to their end. An observation:
 * no part of the plan's hash. A journal that cannot be read adds nothing.
 */
void past_add_times(const char *state_directory, json_t *plan);
/* The commit a run was made from: the fact `commit` of one of its steps; "" when it has none.
 * Borrowed. */
const char *past_commit(const struct run *run);

#endif
