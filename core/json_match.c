/*
 * json_match.c - see json_match.h.
 */
#include "core/json_match.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

#define DEEPEST 32
#define SHOWN_BYTES 60 /* of a value in the sentence */
#define PATH_BYTES                                                                                 \
    200 /* of the way to it; with both values that is less than JSON_MATCH_SENTENCE */

/* The way from the outermost value to the one that is looked at. */
struct trail {
    struct buf path; /* "data.items[2].status" */
    struct buf *difference;
    int depth;
};

static void add_value(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    size_t len = text == NULL ? 0 : strlen(text);

    if (len <= SHOWN_BYTES) {
        buf_add(out, text == NULL ? "" : text, len);
    } else {
        len = SHOWN_BYTES;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--; /* not in the middle of a character */
        buf_add(out, text, len);
        buf_adds(out, "...");
    }
    free(text);
}

static bool differs(struct trail *t, const json_t *expected, const json_t *actual)
{
    buf_adds(t->difference, t->path.len > 0 ? t->path.ptr : "it");
    buf_adds(t->difference, " is ");
    if (actual == NULL)
        buf_adds(t->difference, "missing");
    else
        add_value(t->difference, actual);
    buf_adds(t->difference, ", expected ");
    add_value(t->difference, expected);
    return false;
}

static bool matches(struct trail *t, const json_t *expected, const json_t *actual);

/* A step that did not fit is not in the path, and the next one may fit again. */
static void go_back_to(struct trail *t, size_t len)
{
    if (len == 0) {
        buf_reset(&t->path);
        return;
    }
    t->path.len = len;
    t->path.ptr[len] = '\0';
    t->path.is_full = false;
}

static bool object_matches(struct trail *t, const json_t *expected, const json_t *actual)
{
    size_t before = t->path.len;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)expected, key, value)
    {
        buf_addf(&t->path, "%s%s", before > 0 ? "." : "", key);
        if (!matches(t, value, json_object_get(actual, key)))
            return false;
        go_back_to(t, before);
    }
    return true;
}

static bool array_matches(struct trail *t, const json_t *expected, const json_t *actual)
{
    size_t before = t->path.len;

    if (json_array_size(expected) != json_array_size(actual))
        return differs(t, expected, actual);
    for (size_t i = 0; i < json_array_size(expected); i++) {
        buf_addf(&t->path, "[%zu]", i);
        if (!matches(t, json_array_get(expected, i), json_array_get(actual, i)))
            return false;
        go_back_to(t, before);
    }
    return true;
}

/* Recursion follows the expectation, which a configuration wrote, to a fixed depth. */
static bool matches(struct trail *t, const json_t *expected, const json_t *actual)
{
    bool is_equal;

    if (actual == NULL || t->depth == DEEPEST)
        return differs(t, expected, actual);
    if (json_is_number(expected) && json_is_number(actual)) {
        is_equal = json_is_integer(expected) && json_is_integer(actual)
                       ? json_integer_value(expected) == json_integer_value(actual)
                       : json_number_value(expected) == json_number_value(actual);
        return is_equal || differs(t, expected, actual);
    }
    if (json_typeof(expected) != json_typeof(actual))
        return differs(t, expected, actual);
    t->depth++;
    if (json_is_object(expected))
        is_equal = object_matches(t, expected, actual);
    else if (json_is_array(expected))
        is_equal = array_matches(t, expected, actual);
    else
        is_equal = json_equal(expected, actual) || differs(t, expected, actual);
    t->depth--;
    return is_equal;
}

bool json_match_contains(const json_t *expected, const json_t *actual, struct buf *difference)
{
    struct trail trail = {.difference = difference};

    buf_init(&trail.path, PATH_BYTES);
    bool is_equal = matches(&trail, expected, actual);
    buf_clear(&trail.path);
    return is_equal;
}
