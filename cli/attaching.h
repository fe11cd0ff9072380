/*
 * attaching.h - the console's end of an engine in another process: the same wire as of one in this
 * process, with a thread that carries its lines over the socket.
 *
 * Initialises neither curl nor SQLite. When the engine is lost it is started again, and attached to
 * as soon as it serves; until then whatever is asked is refused. Facts: docs/engine.md.
 */
#ifndef CLI_ATTACHING_H
#define CLI_ATTACHING_H

#include <stdbool.h>

#include "core/error.h"

struct attaching;
struct wire;

struct attaching_options {
    const char *state_directory, *project, *user_host;
    bool is_read_only;
    const char *const *restart; /* the command that starts an engine and ends once it serves;
                                   NULL-terminated; NULL = it is only waited for */
    struct wire *wire;          /* all borrowed until attaching_close */
};

/* Attaches to the engine that runs. ERROR_NOT_FOUND, code "not-running"; ERROR_USAGE, code "wire":
 * it speaks another version. */
bool attaching_open(const struct attaching_options *options, struct attaching **out,
                    struct error *err) FD_MUST_USE;
/* The environment whose run the engine drives, for whoever leaves; "" = none. False: the engine is
 * lost, and it was so then. */
bool attaching_driven(struct attaching *a, char out[static 128]);
void attaching_close(struct attaching *a);

/* Asks the engine that runs to end; with abort it stops what is under way first. ERROR_CONFLICT,
 * code "under-way": it does not, since a run would stand still. */
bool attaching_stop(const char *state_directory, bool abort, struct error *err) FD_MUST_USE;

#endif
