/*
 * steps.h - the step kinds of core/: one line each. A new kind is a file in core/steps/ and a line
 * here.
 */
#ifndef CORE_STEPS_H
#define CORE_STEPS_H

#include "core/step.h"

#define CORE_STEP_KINDS(X)                                                                         \
    X(checklist)                                                                                   \
    X(approval)                                                                                    \
    X(command)                                                                                     \
    X(wait)                                                                                        \
    X(all_clear)

#define STEP_KIND_DECLARE(name) extern const struct step_kind step_##name;
CORE_STEP_KINDS(STEP_KIND_DECLARE)
#undef STEP_KIND_DECLARE

#endif
