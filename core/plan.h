/*
 * plan.h - the ordered steps of an environment with their exact calls, undo map and hash.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <jansson.h>

#include "core/config.h"
#include "core/error.h"
#include "core/house.h"

/*
 * {"env","plan","hash","inputs","steps":[{"id","kind","summary","params","calls":[...],
 * "undo":"...|irreversible: ...","when"?,"begin"?,"gate"?,"moves_traffic"?,"expected_ms"}]}.
 *
 * hash = SHA-256 over the canonical JSON of what decides what is done: the steps with their
 * parameters, calls and undo, the ladder, the judge, the alerts, the smoke checks, the change
 * classes, the account and the resources (all with the values of --set in them), and `inputs`. No
 * observation, time or path: who calls hands over only inputs that are none (the image by digest),
 * and adds what was seen (what runs now, which commit, what has changed) to "inputs" afterwards.
 * inputs may be NULL. New reference.
 */
bool plan_make(const struct house *house, const struct config *config,
               const struct environment *environment, const char *plan_name, const json_t *inputs,
               json_t **out, struct error *err) FD_MUST_USE;
/*
 * Would the configuration make this very plan again? That is: has it the same hash, for the same
 * image. False with ERROR_CONFLICT and code "plan-changed".
 */
bool plan_require_same(const struct house *house, const struct config *config,
                       const struct environment *environment, const json_t *plan,
                       struct error *err) FD_MUST_USE;
/* Of what is known before a release only the image is part of the hash: the rest depends on who
 * looks, and from where. New reference. */
json_t *plan_hashed_inputs(const json_t *inputs);
/* RFC 8785-like: sorted keys, no spaces. Yours. */
char *plan_canonical_json(const json_t *value);

#endif
