/*
 * trusting.h - commands of a configuration run only after this user has seen and
 * trusted them.
 *
 * What is trusted is the hash of all its command lines: changed commands ask
 * again.
 */
#ifndef CLI_TRUSTING_H
#define CLI_TRUSTING_H

#include <jansson.h>

#include "core/error.h"

struct session;

/* Trusted before, nothing to trust, or CI=true with an explicit --config. */
bool trusting_is_given(struct session *s, bool *out, struct error *err) FD_MUST_USE;
/* Remembers that the commands of this configuration are trusted. */
bool trusting_give(struct session *s, struct error *err) FD_MUST_USE;
/* Passes when trusted; on a terminal shows the commands and asks; else an error
 * that names `config trust`. */
bool trusting_require(struct session *s, struct error *err) FD_MUST_USE;

#endif
