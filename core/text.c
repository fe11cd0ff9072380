/* text.c - views into text, numbers, slugs, the nearest word, and text that cannot act on a
 * terminal. */
#include "core/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

#define NEAREST_MAX_LENGTH 64

/* The C library's versions depend on the locale; these mean ASCII. */
static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

struct text text_of(const char *s)
{
    return (struct text){.ptr = s ? s : "", .len = s ? strlen(s) : 0};
}

struct text text_trim(struct text t)
{
    while (t.len > 0 && is_space(t.ptr[0])) {
        t.ptr++;
        t.len--;
    }
    while (t.len > 0 && is_space(t.ptr[t.len - 1]))
        t.len--;
    return t;
}

bool text_eq(struct text t, const char *s)
{
    return strlen(s) == t.len && (t.len == 0 || memcmp(t.ptr, s, t.len) == 0);
}

bool text_starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *s, const char *suffix)
{
    size_t len = strlen(s);
    size_t suffix_len = strlen(suffix);
    return len >= suffix_len && memcmp(s + len - suffix_len, suffix, suffix_len) == 0;
}

bool text_contains_nocase(const char *haystack, const char *needle)
{
    size_t needle_len = strlen(needle);
    for (size_t left = strlen(haystack); left >= needle_len; left--, haystack++) {
        size_t same = 0;
        while (same < needle_len && lower(haystack[same]) == lower(needle[same]))
            same++;
        if (same == needle_len)
            return true;
    }
    return false;
}

bool text_split(struct text *rest, char sep, struct text *piece)
{
    if (!rest->ptr)
        return false;
    const char *end = rest->len > 0 ? memchr(rest->ptr, sep, rest->len) : NULL;
    if (!end) {
        *piece = *rest;
        *rest = (struct text){.ptr = NULL, .len = 0};
        return true;
    }
    size_t len = (size_t)(end - rest->ptr);
    *piece = (struct text){.ptr = rest->ptr, .len = len};
    rest->ptr += len + 1;
    rest->len -= len + 1;
    return true;
}

char *text_dup(struct text t)
{
    char *copy = xmalloc(t.len + 1);
    if (t.len > 0)
        memcpy(copy, t.ptr, t.len);
    copy[t.len] = '\0';
    return copy;
}

bool text_to_int64(const char *s, int64_t *out)
{
    const char *digits = s && s[0] == '-' ? s + 1 : s;
    if (!digits || !digits[0])
        return false;
    for (const char *c = digits; *c; c++)
        if (!is_digit(*c))
            return false;
    errno = 0;
    long long value = strtoll(s, NULL, 10);
    if (errno != 0)
        return false;
    *out = value;
    return true;
}

/* [-] digits [. digits] [e [+-] digits], where one side of the point may be missing. */
static bool is_decimal(const char *s)
{
    size_t digits = 0;
    if (*s == '-')
        s++;
    for (; is_digit(*s); s++)
        digits++;
    if (*s == '.')
        for (s++; is_digit(*s); s++)
            digits++;
    if (digits == 0)
        return false;
    if (*s != 'e' && *s != 'E')
        return *s == '\0';
    s++;
    if (*s == '+' || *s == '-')
        s++;
    if (!is_digit(*s))
        return false;
    while (is_digit(*s))
        s++;
    return *s == '\0';
}

bool text_to_double(const char *s, double *out)
{
    if (!s || !is_decimal(s))
        return false;
    double value = strtod(s, NULL);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

char *text_slug(const char *s)
{
    char *slug = xmalloc(strlen(s) + 1);
    size_t len = 0;
    for (; *s; s++) {
        char c = lower(*s);
        if (is_digit(c) || (c >= 'a' && c <= 'z'))
            slug[len++] = c;
        else if (len > 0 && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    if (len > 0 && slug[len - 1] == '-')
        len--;
    slug[len] = '\0';
    return slug;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions, replacements and swaps of neighbours, each one step; case does not count.
 */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_MAX_LENGTH + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_len; j++) {
        before[j] = 0;
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + change);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[b_len];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t len = strlen(word);
    if (len == 0 || len > NEAREST_MAX_LENGTH)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = len < 3 ? 1 : len / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_len = strlen(candidates[i]);
        if (candidate_len > NEAREST_MAX_LENGTH)
            continue;
        size_t distance = edit_distance(word, len, candidates[i], candidate_len);
        /* A word of which nothing is left is not near. */
        if (distance >= candidate_len || distance > nearest_distance ||
            (nearest && distance == nearest_distance))
            continue;
        nearest = candidates[i];
        nearest_distance = distance;
    }
    return nearest;
}

static bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

/*
 * Reads one character at the start of s (len > 0) and says in *used how many bytes it took. Returns
 * false for what is not UTF-8 (overlong, surrogate, beyond U+10FFFF, cut off); *used is then the
 * longest start of a character, which the Unicode standard (chapter 3, D93b) replaces as one.
 */
static bool decode(const unsigned char *s, size_t len, size_t *used, uint32_t *point)
{
    unsigned char first = s[0];
    size_t wanted = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    *used = 1;
    if (wanted == 0 || first > 0xF4)
        return false;
    uint32_t value = wanted == 1 ? first : first & (0x7Fu >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if (i >= len || !is_continuation(s[i]))
            return false;
        /* The second byte's range is what rules out overlong forms, surrogates and too much. */
        if (i == 1 && ((first == 0xE0 && s[1] < 0xA0) || (first == 0xED && s[1] > 0x9F) ||
                       (first == 0xF0 && s[1] < 0x90) || (first == 0xF4 && s[1] > 0x8F)))
            return false;
        value = value << 6 | (s[i] & 0x3Fu);
        *used = i + 1;
    }
    *point = value;
    return true;
}

void text_copy(char *out, size_t size, const char *s)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t used;
    size_t done = 0;
    uint32_t point;
    for (size_t len = strlen(s); len > 0; s += used, len -= used) {
        bool is_valid = decode((const unsigned char *)s, len, &used, &point);
        const char *piece = is_valid ? s : replacement;
        size_t piece_len = is_valid ? used : sizeof replacement - 1;
        if (piece_len >= size - done)
            break;
        memcpy(out + done, piece, piece_len);
        done += piece_len;
    }
    out[done] = '\0';
}

bool text_is_utf8(const char *s, size_t len)
{
    const unsigned char *at = (const unsigned char *)s;
    size_t used;
    uint32_t point;
    for (; len > 0; at += used, len -= used)
        if (!decode(at, len, &used, &point))
            return false;
    return true;
}

/* Characters that are not seen but change what is seen around them, in order. */
static const struct {
    uint32_t first, last;
} invisible[] = {
    {0x00AD, 0x00AD},   /* soft hyphen */
    {0x034F, 0x034F},   /* grapheme joiner */
    {0x061C, 0x061C},   /* Arabic letter mark (bidi) */
    {0x115F, 0x1160},   /* Hangul fillers */
    {0x17B4, 0x17B5},   /* Khmer inherent vowels */
    {0x180B, 0x180F},   /* Mongolian selectors and vowel separator */
    {0x200B, 0x200F},   /* zero-width space, joiners, directional marks (bidi) */
    {0x2028, 0x202E},   /* line and paragraph separator, embeddings and overrides (bidi) */
    {0x2060, 0x206F},   /* word joiner, invisible operators, isolates (bidi), deprecated controls */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xFEFF, 0xFEFF},   /* zero-width no-break space, byte order mark */
    {0xFFA0, 0xFFA0},   /* half-width Hangul filler */
    {0xFFF0, 0xFFFB},   /* unassigned specials and interlinear annotation */
    {0x1D173, 0x1D17A}, /* musical formatting */
    {0xE0000, 0xE0FFF}, /* tags and other default-ignorable characters */
};

static bool is_invisible(uint32_t point)
{
    for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
        if (point >= invisible[i].first && point <= invisible[i].last)
            return true;
    return (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF); /* not characters */
}

static bool is_control(uint32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

/* So many bytes that are harmless ASCII: most text is nothing else. */
static size_t plain_length(const unsigned char *s, size_t len)
{
    size_t n = 0;
    while (n < len && s[n] >= 0x20 && s[n] < 0x7F)
        n++;
    return n;
}

void text_sanitize(struct buf *out, const char *s, size_t len, bool keep_lines)
{
    const unsigned char *at = (const unsigned char *)s;
    size_t used;
    for (; len > 0; at += used, len -= used) {
        uint32_t point = 0;
        used = plain_length(at, len);
        if (used > 0)
            buf_add(out, at, used);
        else if (!decode(at, len, &used, &point))
            buf_adds(out, "\xEF\xBF\xBD");
        else if (keep_lines && (point == '\n' || point == '\t'))
            buf_addc(out, (char)point);
        else if (keep_lines && point == '\r' && len > 1 && at[1] == '\n')
            continue; /* the line ends all the same */
        else if (is_control(point))
            buf_addf(out, "\\x%02x", (unsigned)point);
        else if (is_invisible(point))
            buf_addf(out, "<U+%04X>", (unsigned)point);
        else
            buf_add(out, at, used);
    }
}

char *text_safe(const char *s)
{
    /* The longest form, <U+00AD>, is four times what it replaces. */
    size_t len = strlen(s);
    struct buf out;
    buf_init(&out, len * 4 + 1);
    text_sanitize(&out, s, len, false);
    return buf_steal(&out);
}
