/* mem.c - the xmalloc family: out of memory ends the program with one line. */
#include "core/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*exhausted_hook)(void);

static _Noreturn void exhausted(void)
{
    static const char line[] = "flightdeck: out of memory\n";
    if (exhausted_hook)
        exhausted_hook();
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);
    (void)ignored;
    abort();
}

void mem_on_exhausted(void (*hook)(void)) { exhausted_hook = hook; }

void *xmalloc(size_t size)
{
    void *ptr = malloc(size ? size : 1);
    if (!ptr)
        exhausted();
    return ptr;
}

void *xcalloc(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);
    if (!ptr)
        exhausted();
    return ptr;
}

void *xrealloc(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size ? size : 1);
    if (!grown)
        exhausted();
    return grown;
}

char *xstrdup(const char *s) { return xstrndup(s ? s : "", s ? strlen(s) : 0); }

char *mem_dup_or_null(const char *s) { return s != NULL ? xstrdup(s) : NULL; }

char *xstrndup(const char *s, size_t n)
{
    size_t len = s ? strnlen(s, n) : 0;
    char *copy = xmalloc(len + 1);
    if (len > 0)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = xvasprintf(fmt, ap);
    va_end(ap);
    return text;
}

char *xvasprintf(const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0)
        exhausted();
    char *text = xmalloc((size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, fmt, ap);
    return text;
}

void *mem_grow(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity ? *capacity : 8;
    while (wanted <= count) {
        if (wanted > SIZE_MAX / 2)
            exhausted();
        wanted *= 2;
    }
    if (size > 0 && wanted > SIZE_MAX / size)
        exhausted();
    array = xrealloc(array, wanted * size);
    *capacity = wanted;
    return array;
}

void mem_cleanup_free(void *ptr_to_ptr)
{
    /* The attribute passes the address of a pointer of any type. */
    void *ptr;
    memcpy(&ptr, ptr_to_ptr, sizeof(ptr));
    free(ptr);
}

/* A sanitizer brings a heap of its own; the C library's is not set up then, and two threads that
 * trim it at the same time crash in it. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HAS_GLIBC_HEAP 1
#endif

void mem_share_heaps(int most)
{
#ifdef HAS_GLIBC_HEAP
    (void)mallopt(M_ARENA_MAX, most);
#else
    (void)most;
#endif
}

void mem_trim(void)
{
#ifdef HAS_GLIBC_HEAP
    (void)malloc_trim(0);
#endif
}
