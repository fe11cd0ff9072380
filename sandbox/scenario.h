/*
 * scenario.h - what can go wrong in the world, by name.
 *
 * A scenario is a row of numbers: how the new version of production behaves, whether there is
 * traffic, what the control plane and other people do. Dev and staging stay healthy in all of them,
 * so that a release reaches production. "New version": every version that was published after the
 * world began.
 */
#ifndef SANDBOX_SCENARIO_H
#define SANDBOX_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

/* How a version answers. Shares are 0..1 of its requests. */
struct behaviour {
    double thrown;  /* the function throws: Lambda's Errors, and a 500 of the API */
    double handled; /* answers 500 itself: the API's 5xx only */
    double slow;    /* takes 2.0 to 3.2 s instead of its usual time */
};

struct scenario {
    const char *name, *help;
    struct behaviour new_version; /* in production */
    bool has_no_traffic;          /* nobody calls production */
    bool is_throttled;            /* the control plane answers 429 now and then */
    bool is_flaky;                /* answers get lost, connections break */
    bool has_foreign_change;      /* somebody else changes production's alias during a shift */
};

extern const struct scenario
    scenario_table[]; /* ends with a row without a name; the first is healthy */
extern const struct behaviour scenario_usual;           /* of every version that is not new */
const struct scenario *scenario_find(const char *name); /* NULL when there is none */

#endif
