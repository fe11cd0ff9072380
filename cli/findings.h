/*
 * findings.h - what a preflight found, as one refusal.
 */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

/* findings: of engine_preflight. Not passed: ERROR_REFUSED that names the first, with code
 * "gate-closed", or "locked" where somebody else moves the traffic. */
bool findings_permit(const json_t *findings, bool is_passed, struct error *err) FD_MUST_USE;

#endif
