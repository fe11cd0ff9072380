/*
 * desk_shift.h - what the two lanes of the slider share: the one that looks, and the one that
 * moves.
 */
#ifndef CLI_DESK_SHIFT_H
#define CLI_DESK_SHIFT_H

#include <jansson.h>

#include "cli/sliding.h"
#include "core/error.h"
#include "core/run.h"

struct desk;
struct journal;
struct world;

struct desk_shift {
    /* set by the caller; borrowed */
    struct desk *desk;
    const struct environment *environment; /* NULL: the request names none */
    const json_t *request;
    /* filled in */
    const struct world *world;
    struct journal *journal;
    struct run *run; /* under way, or NULL */
    struct slide slide;
    const char *how;      /* "hand", "promote", "back" */
    struct error refused; /* kind ERROR_NONE = it may */
};

/* Reads the alias and the run, and decides what moving it would be. Clear it in any case. */
bool desk_shift_read(struct desk_shift *s, struct error *err) FD_MUST_USE;
void desk_shift_clear(struct desk_shift *s);

#endif
