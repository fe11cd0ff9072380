/*
 * past_runs.h - the runs of before as `history --json` lists them.
 */
#ifndef CLI_PAST_RUNS_H
#define CLI_PAST_RUNS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct journal;
struct run;
struct run_row;

/* One row with the steps of its run. New object. */
json_t *past_runs_row(const struct run_row *row, const struct run *run, bool is_undriven);
/* {"runs":[...]}, newest first; environment may be NULL. New object. */
bool past_runs_list(struct journal *journal, const char *state_directory, const char *environment,
                    size_t most, json_t **out, struct error *err) FD_MUST_USE;

#endif
