/*
 * opening.h - may a release begin now? The window and the freezes of an environment.
 */
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include <stdint.h>

#include "core/error.h"

struct environment;

/*
 * False with ERROR_REFUSED, code "gate-closed", outside of the window or in a freeze. now_ms:
 * world. Going back never asks this. Thread: main, before others that read the environment (it
 * looks into a time zone).
 */
bool opening_check(const struct environment *environment, int64_t now_ms,
                   struct error *err) FD_MUST_USE;

#endif
