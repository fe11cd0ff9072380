/*
 * polling.h - waits in a step until AWS has finished something: asks again and again, in world
 * time, up to a deadline that survives a crash.
 */
#ifndef AWS_POLLING_H
#define AWS_POLLING_H

#include <stdint.h>

#include "core/error.h"

struct step_ctx;

#define POLLING_STATE_SIZE 120

struct polling {
    const char *key;            /* of the deadline: "available" */
    int64_t every_ms, limit_ms; /* world */
    void *closure;              /* borrowed */
    /*
     * Asks once. *is_over ends the wait; `state` says where it stands ("creating, 50 %") and is
     * told to people when it changes. False ends the wait too, but for ERROR_TRANSIENT: then it is
     * asked again.
     */
    bool (*look)(struct step_ctx *ctx, void *closure, bool *is_over,
                 char state[static POLLING_STATE_SIZE], struct error *err);
};

/* ERROR_REFUSED when the deadline passes; ERROR_CANCELLED. A retry of the step gets a new deadline.
 */
bool polling_wait(struct step_ctx *ctx, const struct polling *p, struct error *err) FD_MUST_USE;

#endif
