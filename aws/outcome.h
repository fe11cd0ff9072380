/*
 * outcome.h - how a step ends when a call to AWS did not do what it should. Pure.
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

#endif
