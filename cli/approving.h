/*
 * approving.h - an approval that comes before the run is started: for exactly the plan as it is
 * now.
 */
#ifndef CLI_APPROVING_H
#define CLI_APPROVING_H

#include <jansson.h>

#include "core/error.h"

struct journal;
struct run;
struct session;

/*
 * Makes the plan of the pending run's environment, holds it against --expect, shows it and asks on
 * a terminal, and journals that `by` approved its hash. *run is changed with it.
 */
bool approving_pending(struct session *s, struct journal *journal, struct run *run, const char *by,
                       struct error *err) FD_MUST_USE;

/* Journals it; whoever approves has seen the plan. */
bool approving_record(struct journal *journal, struct run *run, const json_t *plan, const char *by,
                      struct error *err) FD_MUST_USE;

#endif
