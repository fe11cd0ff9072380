/*
 * attaching.h - the console's end of an engine in another process: the same wire as of one in this
 * process, with a thread that carries its lines over the socket.
 *
 * Initialises neither curl nor SQLite. When the engine is lost it is started again, and attached to
 * as soon as it serves; until then whatever is asked is refused. One that was stopped on purpose is
 * only waited for, and one that is restarted is not missed meanwhile. Facts: docs/engine.md.
 */
#ifndef CLI_ATTACHING_H
#define CLI_ATTACHING_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct attaching;
struct caller;
struct wire;

struct attaching_options {
    const char *state_directory, *project, *user_host;
    const struct caller *caller;
    bool is_read_only;
    const char *const *restart; /* the command that starts an engine and ends once it serves;
                                   NULL-terminated; NULL = it is only waited for */
    struct wire *wire;          /* all borrowed until attaching_close */
};

/* Starts an engine with that command, and returns once it serves. */
bool attaching_start(const char *const *command, struct error *err) FD_MUST_USE;

#define ATTACHING_OTHER_PLACE "other-place"
#define ATTACHING_OTHER_CONFIGURATION "other-configuration"
#define ATTACHING_OTHER_WIRE "wire"

/* Attaches to the engine that runs. ERROR_NOT_FOUND, code "not-running"; ERROR_USAGE with one of
 * the codes above: it reaches another AWS, reads another configuration, or speaks another version
 * of the wire. */
bool attaching_open(const struct attaching_options *options, struct attaching **out,
                    struct error *err) FD_MUST_USE;
/* The environment whose run the engine drives, for whoever leaves; "" = none. False: the engine is
 * lost, and it was so then. */
bool attaching_driven(struct attaching *a, char out[static 128]);
void attaching_close(struct attaching *a);

/*
 * One request of a verb to the engine that runs, as whoever calls it; takes it. options: as for
 * attaching_open, without a wire. Errors as there; else what the engine refused it with.
 */
bool attaching_tell(const struct attaching_options *options, json_t *request,
                    struct error *err) FD_MUST_USE;

enum attaching_stop {
    ATTACHING_STOP_IDLE,    /* where nothing is under way */
    ATTACHING_STOP_UNUSED,  /* and no console is attached */
    ATTACHING_STOP_ABORT,   /* what is under way is stopped first */
    ATTACHING_STOP_HANDOVER /* what is under way is left to the next engine, between two effects */
};

/* Asks the engine that runs to end; by: who asks, for its consoles. ERROR_CONFLICT, code
 * "under-way": it does not, since a run would stand still; "in-use": a console is attached.
 * *is_supervised (may be NULL): what started it starts the next one. */
bool attaching_stop(const char *state_directory, enum attaching_stop how, const char *by,
                    bool *is_supervised, struct error *err) FD_MUST_USE;

#define ATTACHING_ASK "engine" /* the verb of the request */
/*
 * What the engine that runs says of itself, within a few seconds: {"consoles":[{"who", "arn",
 * "read_only"}]}. Yours. ERROR_TRANSIENT, code "not-answering"; ERROR_USAGE: it is of a version
 * that says nothing.
 */
bool attaching_ask(const char *state_directory, json_t **out, struct error *err) FD_MUST_USE;

#endif
