/*
 * under_way.h - commands to a run that another process drives, or that nobody drives any more.
 */
#ifndef CLI_UNDER_WAY_H
#define CLI_UNDER_WAY_H

#include <stdbool.h>

#include "core/engine.h"

struct cli;
struct journal;
struct run;

/* The verbs of `flightdeck run ACTION`. */
bool under_way_verb(const char *word, enum command_verb *out);
/* `flightdeck run ACTION [RUN] [STEP]`: posts it to the driving process, or takes the run up
 * itself. */
int under_way_command(struct cli *cli, enum command_verb verb);

/*
 * Puts the command into the inbox of the run and waits until the driving process took it. False
 * with ERROR_TRANSIENT when nobody takes it: then nobody drives the run.
 */
bool under_way_post(struct journal *journal, const char *run_id, const struct command *command,
                    struct error *err) FD_MUST_USE;
/* True when a living process drives runs of this state folder. */
bool under_way_is_driven(const char *state_directory);

#endif
