/*
 * mem.h - memory that cannot fail, and cleanup attributes for locals.
 *
 * The xmalloc family aborts with one line on stderr when memory is out (after mem_on_exhausted's
 * hook ran, which gives the terminal back). Everything in this program allocates through it.
 */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "core/error.h"

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *ptr, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull)); /* NULL gives "" */
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) FD_PRINTF(1, 2) __attribute__((malloc, returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap) FD_PRINTF(1, 0)
    __attribute__((malloc, returns_nonnull));
char *mem_dup_or_null(const char *s); /* yours; NULL gives NULL */
/* Grows *array (elements of `size`) so that index `count` is valid; doubles. Returns the array. */
void *mem_grow(void *array, size_t *capacity, size_t count, size_t size);
void mem_on_exhausted(void (*hook)(void));

/* `auto_free char *name = ...;` frees at the end of the scope. */
void mem_cleanup_free(void *ptr_to_ptr);
#define auto_free __attribute__((cleanup(mem_cleanup_free)))

/* For a program that stays: few heaps for many threads, before they start. */
void mem_share_heaps(int most);
/* Gives back to the system what was freed: after work that held much for a moment. */
void mem_trim(void);

#endif
