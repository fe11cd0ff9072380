/*
 * demo_world.h - a private world for a demo: a folder, a sandbox process, the example as a git
 * repository.
 *
 * Nothing of the caller's AWS set-up is used: every AWS_* variable is dropped before the sandbox
 * starts. Everything is gone after demo_world_end, and the sandbox also when this process dies in
 * any way. Thread: main, before other threads start (it changes the environment).
 */
#ifndef CLI_DEMO_WORLD_H
#define CLI_DEMO_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/process.h"

#define DEMO_MOST_EXPORTS 32

struct demo_world {
    char *directory;   /* everything is in it */
    char *project;     /* the example, a git repository of its own */
    char *config_path; /* project/flightdeck.yaml */
    char *state;       /* FLIGHTDECK_STATE_DIR */
    char *sandbox_url;
    char *exports[DEMO_MOST_EXPORTS]; /* "NAME=VALUE" as the sandbox said, and ours */
    size_t export_count;
    char *second_key_id, *second_secret_key; /* of Li, who approves; NULL until they are said */
    struct process *sandbox;
    int lifeline; /* the sandbox's stdin: closed when we end */
    bool is_kept; /* --keep: the folder stays */
};

struct demo_wishes {  /* each NULL where not given; handed on to the sandbox */
    const char *keep; /* folder to use, and to leave behind */
    const char *scenario, *speed, *seed, *rate, *errors, *slow;
    const char **faults; /* NULL-terminated */
};

bool demo_world_begin(struct demo_world *w, const struct demo_wishes *wishes,
                      struct error *err) FD_MUST_USE;
void demo_world_end(struct demo_world *w);

#endif
