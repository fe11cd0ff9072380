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
 * {"env","plan","hash","steps":[{"id","kind","summary","calls":[...],"undo":"...|irreversible:
 * ...", "expected_ms",...}]}. hash = SHA-256 over the canonical JSON of plan, resolved parameters,
 * --set values, image digest (`inputs`), and the environment's account and resources; no
 * observation, time or path. inputs: object of values resolved before ({"image":
 * "repo@sha256:..."}), may be NULL. New reference.
 */
bool plan_make(const struct house *house, const struct config *config,
               const struct environment *environment, const char *plan_name, const json_t *inputs,
               json_t **out, struct error *err) FD_MUST_USE;
/* RFC 8785-like: sorted keys, no spaces. Yours. */
char *plan_canonical_json(const json_t *value);

#endif
