/*
 * secret.h - a value that must never be seen, and the list of all such values of this process.
 *
 * The bytes are wiped when cleared. Every secret that is set is also remembered (as a keyed hash
 * window is not enough, the bytes are kept in one locked table) so that secret_redact() can strike
 * it out of text that is about to be logged, journalled or shown, as a last line of defence.
 * Thread: secret_redact and the registry are safe from any thread; one struct secret belongs to one
 * owner.
 */
#ifndef CORE_SECRET_H
#define CORE_SECRET_H

#include <stddef.h>

struct buf;

struct secret {
    char *bytes; /* NUL-terminated, owned; NULL when unset */
    size_t len;
};

void secret_init(struct secret *s);
void secret_set(struct secret *s, const char *bytes,
                size_t len);         /* copies and registers (if >= 8 bytes) */
void secret_clear(struct secret *s); /* wipes */
/* Appends s with every registered secret replaced by "[redacted]". */
void secret_redact(struct buf *out, const char *s, size_t len);
/* Core files off, not dumpable: call first in main. */
void secret_protect_process(void);

#endif
