/*
 * password.h - where a database password is: a reference in the configuration, never the value.
 */
#ifndef DB_PASSWORD_H
#define DB_PASSWORD_H

#include "core/error.h"

struct secret;

/*
 * "env:NAME", or "file:PATH" (without its last newline). "" leaves the secret unset. Errors name
 * the reference, never what it held.
 */
bool password_read(const char *reference, struct secret *out, struct error *err) FD_MUST_USE;

#endif
