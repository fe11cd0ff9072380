/*
 * own_calls.h - calls the new version by qualifier, ourselves: to warm it, and where there is too
 * little traffic to judge it.
 */
#ifndef AWS_OWN_CALLS_H
#define AWS_OWN_CALLS_H

#include "core/error.h"
#include "core/judge.h"
#include "core/step.h"

/*
 * So many calls, one after the other, with the first GET of the smoke checks. Counted: those that
 * got an answer; failed is a thrown error or a 5xx. False only when cancelled, or when none of them
 * got an answer. has_event false: there is no such check, and nothing was called.
 */
bool own_calls(struct step_ctx *ctx, const char *function, const char *version, int64_t count,
               struct judge_tally *out, bool *has_event, struct error *err) FD_MUST_USE;

#endif
