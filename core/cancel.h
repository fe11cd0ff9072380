/*
 * cancel.h - one flag that ends waits, from any thread.
 *
 * Setting it is final and wakes everybody who polls cancel_fd(). Shared by reference count.
 */
#ifndef CORE_CANCEL_H
#define CORE_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

struct cancel;

struct cancel *cancel_new(void);
struct cancel *cancel_ref(struct cancel *c);
void cancel_unref(struct cancel *c);
void cancel_set(struct cancel *c);          /* async-signal-safe */
bool cancel_is_set(const struct cancel *c); /* false for NULL */
int cancel_fd(const struct cancel *c);      /* readable once set; -1 for NULL */
/* Sleeps on the wall clock; false as soon as it is cancelled. c may be NULL. */
bool cancel_sleep_ms(const struct cancel *c, int64_t wall_ms);

#endif
