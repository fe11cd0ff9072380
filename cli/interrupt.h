/*
 * interrupt.h - SIGINT and SIGTERM as something that verbs can wait for.
 *
 * A thread of its own takes the signals, so that they act also while the main thread is stuck in a
 * write to a terminal or pipe. Begin before other threads start: they inherit the blocked signals.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

#include "core/error.h"

struct cancel;

bool interrupt_begin(struct error *err) FD_MUST_USE;
/* What the n-th signal does, in the thread of the signals; from 1. NULL: only the flag is set. */
void interrupt_on_signal(void (*handler)(void *closure, int count), void *closure);
/* Set by the first signal, or what interrupt_here named for this thread. Borrowed; NULL before. */
struct cancel *interrupt_cancel(void);
/* On the calling thread something else ends the waits: a lane's desk, a time limit. Borrowed until
 * another one is named; NULL = the signals again. */
void interrupt_here(struct cancel *cancel);
int interrupt_count(void);
void interrupt_end(void);

#endif
