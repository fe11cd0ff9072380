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

#define UNDER_WAY_GONE "gone" /* code: its process went away before it took the command */
/*
 * Puts the command into the inbox of the run and waits until the driving process has carried it
 * out. False with ERROR_TRANSIENT when nobody does.
 */
bool under_way_post(struct journal *journal, const char *state_directory, const struct run *run,
                    const struct command *command, struct error *err) FD_MUST_USE;

/* Of the account that it was begun in: nobody goes on with it in another. account "" = not known.
 */
bool under_way_is_of_account(const struct run *run, const char *account,
                             struct error *err) FD_MUST_USE;
/* Whether a run that nobody drives can be given this command at all. */
bool under_way_permits(const struct run *run, enum command_verb verb,
                       struct error *err) FD_MUST_USE;
/*
 * A run that nobody drives is taken up by an engine that was opened for it, and told: first what
 * was decided, then to go on. Only COMMAND_RESUME allows forward effects by itself; command NULL:
 * it is only observed, judged and taken back. *is_driven: the engine drives it, also where the
 * command was refused.
 */
bool under_way_take_up(struct engine *engine, const struct run *run, const struct command *command,
                       bool *is_driven, struct error *err) FD_MUST_USE;

#endif
