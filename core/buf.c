/* buf.c - a growing byte string with a ceiling. */
#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define FIRST_CAPACITY 64

/* What an unused buf points to, so ptr is never NULL; never written to, so threads may share it. */
static char nothing[1];

void buf_init(struct buf *b, size_t ceiling)
{
    *b = (struct buf){.ptr = nothing, .ceiling = ceiling};
}

void buf_clear(struct buf *b)
{
    if (!b)
        return;
    if (b->capacity > 0)
        free(b->ptr);
    buf_init(b, b->ceiling);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->is_full = false;
    if (b->capacity > 0)
        b->ptr[0] = '\0';
}

/* Room for `extra` bytes and the NUL; false when the ceiling forbids it. */
static bool reserve(struct buf *b, size_t extra)
{
    if (b->is_full || extra > b->ceiling || b->len > b->ceiling - extra) {
        b->is_full = true;
        return false;
    }
    size_t needed = b->len + extra + 1;
    if (needed <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > b->ceiling / 2 ? b->ceiling + 1 : capacity * 2;
    b->ptr = xrealloc(b->capacity ? b->ptr : NULL, capacity);
    b->ptr[b->len] = '\0';
    b->capacity = capacity;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(b, len))
        return;
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s) { buf_add(b, s, strlen(s)); }

void buf_addc(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len <= 0 || !reserve(b, (size_t)len))
        return;
    (void)vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
    b->len += (size_t)len;
}

char *buf_steal(struct buf *b)
{
    char *text = b->capacity > 0 ? b->ptr : xstrdup("");
    buf_init(b, b->ceiling);
    return text;
}

void buf_cleanup(struct buf *b) { buf_clear(b); }
