/*
 * buf.h - a growing byte string with a ceiling.
 *
 * Always NUL-terminated. Appending past the ceiling sets `is_full`, drops the bytes, and every
 * later append is dropped too, so a caller checks once at the end. buf_steal() hands the string
 * over.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct buf {
    char *ptr; /* never NULL after init; owned */
    size_t len;
    size_t capacity;
    size_t ceiling; /* most bytes this may hold, without the NUL */
    bool is_full;   /* something did not fit and was dropped */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_clear(struct buf *b); /* frees; the buf may be appended to again */
void buf_reset(struct buf *b); /* empties, keeps the memory */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) FD_PRINTF(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) FD_PRINTF(2, 0);
char *buf_steal(struct buf *b); /* yours to free; the buf is empty afterwards */

void buf_cleanup(struct buf *b);
#define auto_buf __attribute__((cleanup(buf_cleanup))) struct buf

#endif
