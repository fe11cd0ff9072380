/*
 * trust.h - which commands of which configurations this user has seen and trusted.
 *
 * A configuration can start programs; a clone of somebody's repository must not do so unasked. What
 * is trusted is the list of command lines of one configuration file: changed commands, or the same
 * ones in another folder, are asked about again. Kept in the state folder, in the file `trusted`.
 * Whether somebody may skip the question (CI, the demo) is decided by the caller.
 */
#ifndef CORE_TRUST_H
#define CORE_TRUST_H

#include <stdbool.h>

#include "core/error.h"

struct config;

/* True in *is_trusted also when the configuration starts nothing. */
bool trust_check(const char *state_directory, const struct config *config, bool *is_trusted,
                 struct error *err) FD_MUST_USE;
/* From now on trusted; what was trusted of this file before is not any more. The folder must exist.
 */
bool trust_add(const char *state_directory, const struct config *config,
               struct error *err) FD_MUST_USE;

#endif
