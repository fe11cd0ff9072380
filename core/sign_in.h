/*
 * sign_in.h - as whom something is done: a profile and the variables of whoever asked for it.
 *
 * What acts with it looks into it each time it needs keys, so that a run whose sign-in has ended
 * goes on when it becomes that of somebody who signed in again. Thread: any. References are
 * counted.
 */
#ifndef CORE_SIGN_IN_H
#define CORE_SIGN_IN_H

#include "core/variables.h"

struct sign_in;

/* profile: NULL = as the variables say. v: referenced; NULL = this process's. */
struct sign_in *sign_in_new(const char *profile, struct variables *v);
struct sign_in *sign_in_copy(struct sign_in *s); /* goes its own way from here on */
struct sign_in *sign_in_ref(struct sign_in *s);  /* NULL stays NULL */
void sign_in_unref(struct sign_in *s);
/* From now on as the other; the variables that do not sign in stay. */
void sign_in_become(struct sign_in *s, struct sign_in *other);

/* Of NULL: none, and this process's. Yours. */
char *sign_in_profile(struct sign_in *s); /* NULL = as the variables say */
struct variables *sign_in_variables(struct sign_in *s);

#endif
