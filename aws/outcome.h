/*
 * outcome.h - how a step ends when a call to AWS did not do what it should.
 */
#ifndef AWS_OUTCOME_H
#define AWS_OUTCOME_H

#include "core/error.h"
#include "core/step.h"

/*
 * AWS said no: failed, a person may retry. No answer that could be trusted: errored. A write that
 * nobody can account for, or a revision that somebody else made (PreconditionFailedException):
 * unknown.
 */
enum step_outcome outcome_of_error(const struct error *err);

/*
 * The new version itself is not fit. Where users may be on it they are taken off it, and where
 * nobody is there who could choose, nothing is waited for: the release goes back. Else a person
 * chooses.
 */
enum step_outcome outcome_of_unfit(struct step_ctx *ctx);

#endif
