/*
 * desk_start.h - what beginning a run and taking one up have for the other acting lanes.
 */
#ifndef CLI_DESK_START_H
#define CLI_DESK_START_H

#include "core/engine.h"
#include "core/error.h"

struct desk;
struct journal;
struct session;

/* Says every finding. False: something is in the way; the error names the first. */
bool desk_start_preflight(struct desk *d, const struct environment *environment,
                          struct engine *engine, struct error *err) FD_MUST_USE;
/* Opens an engine for a run that nobody drives, tells the console the run, and takes it up with the
 * command. It stays open while the run is under way. request: of whoever asks; NULL = nobody does.
 */
bool desk_start_take_up(struct desk *d, const struct environment *environment,
                        struct journal *journal, const struct run *run,
                        const struct command *command, struct session *session,
                        const json_t *request, const struct actor *actor,
                        struct error *err) FD_MUST_USE;

#endif
