/*
 * undecided.h - who decides at a weight, where the judge does not or may not.
 *
 * Held (suspicious, warned): a person looks. Late (its deadline passed): first what the
 * configuration says to too little traffic, then a person. Where nobody comes in time, what
 * `on-undecided` says. All return SUCCEEDED only when a person said to go on.
 */
#ifndef AWS_UNDECIDED_H
#define AWS_UNDECIDED_H

#include "core/error.h"
#include "core/step.h"

struct undecided {
    struct step_ctx *ctx;
    const char *function, *version; /* the new one; borrowed */
    double weight;
};

enum step_outcome undecided_promote(const struct undecided *u, const char *question,
                                    struct error *err);
enum step_outcome undecided_held(const struct undecided *u, const char *sentence,
                                 struct error *err);
enum step_outcome undecided_late(const struct undecided *u, const char *sentence,
                                 struct error *err);

#endif
