/*
 * probe.c - what every probe shares.
 */
#include "core/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config.h"

#define EXPANDED_BYTES 65536

void probe_evidence_clear(struct evidence *e)
{
    if (e == NULL)
        return;
    free(e->summary);
    json_decref(e->details);
    *e = (struct evidence){0};
}

static const struct name {
    const char *name;
    size_t offset; /* of the text in struct environment */
} names[] = {
    {"env", offsetof(struct environment, name)},
    {"short", offsetof(struct environment, short_name)},
    {"url", offsetof(struct environment, url)},
    {"account", offsetof(struct environment, account)},
    {"region", offsetof(struct environment, region)},
    {"branch", offsetof(struct environment, branch)},
};

static const char *value_of(const struct environment *environment, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
            return *(char *const *)((const char *)environment + names[i].offset);
    return NULL;
}

char *probe_expand(const struct probe_context *context, const char *text)
{
    auto_buf out;

    buf_init(&out, EXPANDED_BYTES);
    while (*text != '\0') {
        size_t len = 0;
        while (*text == '$' && (isalnum((unsigned char)text[1 + len]) || text[1 + len] == '_'))
            len++;
        const char *value = len > 0 && context->environment != NULL
                                ? value_of(context->environment, text + 1, len)
                                : NULL;
        if (value == NULL) {
            buf_addc(&out, *text++);
            continue;
        }
        buf_adds(&out, value);
        text += len + 1;
    }
    return buf_steal(&out);
}
