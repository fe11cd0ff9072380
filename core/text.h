/*
 * text.h - views into text, and making text from outside safe to show.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* A borrowed piece of somebody else's string; not NUL-terminated. */
struct text {
    const char *ptr;
    size_t len;
};

struct text text_of(const char *s);
struct text text_trim(struct text t);
bool text_eq(struct text t, const char *s);
bool text_starts_with(const char *s, const char *prefix);
bool text_ends_with(const char *s, const char *suffix);
bool text_contains_nocase(const char *haystack, const char *needle); /* ASCII and UTF-8 bytes */
/* Cuts the piece before the next `sep` off *rest into *piece; false at the end. */
bool text_split(struct text *rest, char sep, struct text *piece);
char *text_dup(struct text t); /* yours */
/* What fits of s into size bytes, in whole UTF-8 characters; what is none becomes U+FFFD. JSON
 * refuses a text with as much as half a character in it. */
void text_copy(char *out, size_t size, const char *s);
/* Whole decimal numbers only; false (and *out untouched) on anything else or overflow. */
bool text_to_int64(const char *s, int64_t *out);
bool text_to_double(const char *s, double *out);

/* "Code Quality" -> "code-quality". ASCII letters and digits; runs of others become one '-'. Yours.
 */
char *text_slug(const char *s);
/* The candidate nearest to `word` by edit distance, or NULL when none is near. Borrowed. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

bool text_is_utf8(const char *s, size_t len);
/*
 * Appends s so that it cannot act on a terminal: C0/C1 controls, DEL, ESC, bidi controls,
 * zero-width and unassigned separators become a visible \xNN or U+NNNN form; invalid UTF-8 becomes
 * U+FFFD. Newlines and tabs are kept only when keep_lines is true.
 */
void text_sanitize(struct buf *out, const char *s, size_t len, bool keep_lines);
char *text_safe(const char *s); /* the same on one line; yours */

#endif
