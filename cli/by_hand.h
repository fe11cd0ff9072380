/*
 * by_hand.h - a run of one step that no configuration names: a hand on the slider, or a rollback.
 */
#ifndef CLI_BY_HAND_H
#define CLI_BY_HAND_H

#include <jansson.h>

#include "core/config.h"
#include "core/error.h"
#include "core/house.h"

#define BY_HAND_SHIFT "shift"
#define BY_HAND_ROLLBACK "rollback"

/* A copy of an environment whose plan is that one step; everything else is borrowed from the
 * original. */
struct by_hand {
    struct environment environment;
    struct plan_step step;
};

/* kind: a step kind of the house; params: taken, with every parameter of the kind. */
bool by_hand_init(struct by_hand *h, const struct house *house,
                  const struct environment *environment, const char *kind, json_t *params,
                  struct error *err) FD_MUST_USE;
/* Is it a plan that was made so? Then a run of it is taken up with by_hand_of_plan. */
bool by_hand_is(const char *plan_name);
/* The same environment again from the plan that a run keeps. */
bool by_hand_of_plan(struct by_hand *h, const struct house *house,
                     const struct environment *environment, const json_t *plan,
                     struct error *err) FD_MUST_USE;
void by_hand_clear(struct by_hand *h);

#endif
