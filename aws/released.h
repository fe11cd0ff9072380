/*
 * released.h - which version a run releases: the way from a later step back to its deploy step.
 */
#ifndef AWS_RELEASED_H
#define AWS_RELEASED_H

#include "core/step.h"

/* The function that the parameter `resource` names, else the only one. */
const struct resource *released_function(const struct environment *environment, const json_t *given,
                                         struct error *err);
/* The step before `step` that deploys it, or NULL. */
const struct plan_step *released_by(const struct environment *environment,
                                    const struct plan_step *step, const struct resource *function);
/* "" when nothing new was deployed: no such step, skipped, or no change. Yours. */
char *released_version(struct step_ctx *ctx, const struct resource *function);

#endif
