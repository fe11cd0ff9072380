/*
 * section.c - see section.h and checklist.h.
 */
#include "core/section.h"

#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/text.h"

#define PART_BYTES 4096

static bool same_words(struct text a, struct text b)
{
    a = text_trim(a);
    b = text_trim(b);
    return a.len > 0 && a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* "Pre-Deployment (24h before)" without what stands in parentheses. */
static void add_without_parentheses(struct buf *out, struct text part)
{
    int depth = 0;

    for (size_t i = 0; i < part.len; i++) {
        depth += part.ptr[i] == '(';
        if (depth == 0)
            buf_addc(out, part.ptr[i]);
        depth -= part.ptr[i] == ')' && depth > 0;
    }
}

/* True when one of the part's parentheses holds just these words. */
static bool has_in_parentheses(struct text part, struct text wanted)
{
    size_t from = 0;
    bool is_open = false;

    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '(') {
            from = i + 1;
            is_open = true;
        } else if (part.ptr[i] == ')' && is_open) {
            if (same_words((struct text){part.ptr + from, i - from}, wanted))
                return true;
            is_open = false;
        }
    }
    return false;
}

static bool part_matches(struct text part, struct text wanted)
{
    auto_buf plain_part;
    auto_buf plain_wanted;

    buf_init(&plain_part, PART_BYTES);
    buf_init(&plain_wanted, PART_BYTES);
    if (same_words(part, wanted) || has_in_parentheses(part, wanted))
        return true;
    add_without_parentheses(&plain_part, part);
    add_without_parentheses(&plain_wanted, wanted);
    return same_words((struct text){plain_part.ptr, plain_part.len},
                      (struct text){plain_wanted.ptr, plain_wanted.len});
}

/* Cuts the part before the next '/' off; false when nothing is left. */
static bool next_part(const char **rest, struct text *part)
{
    if (*rest == NULL)
        return false;
    size_t len = strcspn(*rest, "/");
    *part = (struct text){*rest, len};
    *rest = (*rest)[len] == '/' ? *rest + len + 1 : NULL;
    return true;
}

/* The wanted parts fit the path's first ones. */
static bool begins_with(const char *path, const char *wanted)
{
    struct text part, wanted_part;

    while (next_part(&wanted, &wanted_part))
        if (!next_part(&path, &part) || !part_matches(part, wanted_part))
            return false;
    return true;
}

bool section_matches(const char *path, const char *wanted)
{
    struct text part;

    for (const char *rest = path; rest != NULL; (void)next_part(&rest, &part))
        if (begins_with(rest, wanted))
            return true;
    return false;
}
