/*
 * steps.h - the step kinds of net/: one line each.
 */
#ifndef NET_STEPS_H
#define NET_STEPS_H

#include "core/step.h"

#define NET_STEP_KINDS(X) X(http)

#define STEP_KIND_DECLARE(name) extern const struct step_kind step_##name;
NET_STEP_KINDS(STEP_KIND_DECLARE)
#undef STEP_KIND_DECLARE

#endif
