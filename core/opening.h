/*
 * opening.h - may a release begin now? The window and the freezes of an environment.
 */
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include <stdint.h>

#include "core/error.h"

struct environment;

/* Takes the variable TZ over, whose value stays: first of all, before threads are started. */
void opening_begin(void);
/*
 * False with ERROR_REFUSED, code "gate-closed", outside of the window or in a freeze. now_ms:
 * world. Going back never asks this. Thread: any, after opening_begin().
 */
bool opening_check(const struct environment *environment, int64_t now_ms,
                   struct error *err) FD_MUST_USE;

#endif
