/*
 * ladder.h - how long each weight takes at the traffic of now, of when a release may start, and of
 * the quietest hour: read from CloudWatch, said with the plan.
 *
 * Not part of the plan's hash: it is an observation.
 */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include <jansson.h>

#include "core/config.h"
#include "core/error.h"

struct session;

/*
 * Adds "ladder" to the plan of an environment that shifts traffic:
 * {"requests_per_s":{"now",...},"weights":[{"weight","now":{"clear_ms","convict_ms"},...}]}, null
 * where it never comes; or {"unknown": why} when the traffic cannot be read.
 */
void ladder_add(struct session *s, const struct environment *environment, json_t *plan);
void ladder_print(const json_t *plan);
/*
 * False (ERROR_USAGE) when a weight cannot be cleared before its deadline, at the traffic of when a
 * release may start or, where that is not known, of now.
 */
bool ladder_can_decide(const json_t *plan, struct error *err) FD_MUST_USE;

#endif
