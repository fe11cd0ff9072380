/*
 * locked.h - the lock of an environment: nothing is released into it until somebody opens it.
 *
 * Kept in the journal, in the stream "env/NAME": `locked` {reason, run?} and `unlocked` {reason}.
 * A run that was taken back locks its environment by itself, but never over a person's lock.
 */
#ifndef CORE_LOCKED_H
#define CORE_LOCKED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct journal;

struct environment_lock {
    bool is_locked;
    char by[200], reason[400];
    char run[32]; /* whose end locked it; "" = a person did */
    int64_t at_ms;
};

bool locked_read(struct journal *j, const char *environment, struct environment_lock *out,
                 struct error *err) FD_MUST_USE;
/* A person locks or opens it. */
bool locked_write(struct journal *j, const char *environment, bool is_locked, const char *by,
                  const char *reason, struct error *err) FD_MUST_USE;
/* The end of a run locks it; by "": nobody asked for that end. A lock of anybody else stays. */
bool locked_after_run(struct journal *j, const char *environment, const char *run, const char *by,
                      const char *reason, struct error *err) FD_MUST_USE;
/* "flightdeck" where nobody is named. Borrowed. */
const char *locked_by(const struct environment_lock *lock);

#endif
