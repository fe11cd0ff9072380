/*
 * steps.h - the step kinds of aws/: one line each. A new kind is a file in aws/steps/ and a line
 * here.
 */
#ifndef AWS_STEPS_H
#define AWS_STEPS_H

#include "core/step.h"

#define AWS_STEP_KINDS(X)                                                                          \
    X(snapshot)                                                                                    \
    X(deploy)                                                                                      \
    X(smoke)                                                                                       \
    X(shift)                                                                                       \
    X(watch)                                                                                       \
    X(set_weight)                                                                                  \
    X(set_version)

#define STEP_KIND_DECLARE(name) extern const struct step_kind step_##name;
AWS_STEP_KINDS(STEP_KIND_DECLARE)
#undef STEP_KIND_DECLARE

#endif
