/*
 * guide.c - loads a Markdown guide, repairs its encoding and names its items.
 */
#include "core/guide.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/guide_reader.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/mojibake.h"
#include "core/text.h"

#define GUIDE_BYTES ((size_t)1 << 20)

/* text_slug knows ASCII only: a text without any gets a name from its hash. */
static char *slug(const char *text)
{
    char *made = text_slug(text);
    char digest[HASH_HEX_SIZE];

    if (made[0] != '\0')
        return made;
    free(made);
    hash_sha256_hex(text, strlen(text), digest);
    return xasprintf("item-%.8s", digest);
}

/*
 * slug(section)/slug(text), numbered from -2 when two items read the same. Yours. `taken` maps each
 * id in use to the last number that was tried for it.
 */
static char *make_id(json_t *taken, const struct guide_item *item)
{
    auto_free char *text = slug(item->text);
    auto_free char *section = item->section[0] == '\0' ? xstrdup("") : slug(item->section);
    auto_free char *wanted = xasprintf("%s%s%s", section, section[0] != '\0' ? "/" : "", text);
    char *id = xstrdup(wanted);
    json_int_t n = json_integer_value(json_object_get(taken, wanted));

    while (json_object_get(taken, id) != NULL) {
        free(id);
        id = xasprintf("%s-%lld", wanted, (long long)++n);
    }
    if (strcmp(id, wanted) != 0)
        json_object_set_new(taken, wanted, json_integer(n));
    json_object_set_new(taken, id, json_integer(1));
    return id;
}

static bool refuse_twice(const struct guide *g, const struct guide_item *item, struct error *err)
{
    int first = 0;

    for (size_t i = 0; i < g->count && first == 0; i++)
        if (strcmp(g->items[i].id, item->id) == 0)
            first = g->items[i].line;
    error_set(err, ERROR_USAGE, "the id \"%s\" is given to two items: lines %d and %d", item->id,
              first, item->line);
    error_hint(err, "give one of them another <!-- id: ... -->");
    return error_at(err, g->path, item->line, 1);
}

/* Explicit ids were set by the reader and win; two equal ones are the author's mistake. */
static bool name_items(struct guide *g, struct error *err)
{
    json_t *taken = json_object();
    bool is_ok = true;

    for (size_t i = 0; i < g->count && is_ok; i++) {
        if (g->items[i].id[0] == '\0')
            continue;
        if (json_object_get(taken, g->items[i].id) != NULL)
            is_ok = refuse_twice(g, &g->items[i], err);
        json_object_set_new(taken, g->items[i].id, json_integer(1));
    }
    for (size_t i = 0; i < g->count && is_ok; i++)
        if (g->items[i].id[0] == '\0') {
            char *id = make_id(taken, &g->items[i]);
            free(g->items[i].id);
            g->items[i].id = id;
        }
    json_decref(taken);
    return is_ok;
}

/* An item without words ("- [ ]" and a comment) asks nobody anything. */
static void drop_empty(struct guide *g)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->count; i++) {
        if (g->items[i].text[0] != '\0') {
            g->items[kept++] = g->items[i];
            continue;
        }
        free(g->items[i].id);
        free(g->items[i].section);
        free(g->items[i].text);
    }
    g->count = kept;
}

bool guide_parse(const char *path, const char *bytes, size_t len, struct guide *out,
                 struct error *err)
{
    auto_buf text;
    struct guide g = {.path = xstrdup(path)};

    buf_init(&text, len * 3 + 1);
    g.repair = mojibake_repair(bytes, len, &text);
    if (!guide_reader_read(path, text.ptr, text.len, &g, err)) {
        guide_clear(&g);
        return false;
    }
    drop_empty(&g);
    if (!name_items(&g, err)) {
        guide_clear(&g);
        return false;
    }
    *out = g;
    return true;
}

bool guide_load(const char *path, struct guide *out, struct error *err)
{
    auto_buf bytes;
    char chunk[16384];
    size_t got;

    buf_init(&bytes, GUIDE_BYTES);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        enum error_kind kind = errno == EACCES ? ERROR_DENIED : ERROR_NOT_FOUND;
        return error_set(err, kind, "could not open the guide %s: %s", path, strerror(errno));
    }
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(&bytes, chunk, got);
    bool is_ok = ferror(file) == 0;
    int cause = errno;
    fclose(file);
    if (!is_ok)
        return error_set(err, ERROR_USAGE, "could not read the guide %s: %s", path,
                         strerror(cause));
    if (bytes.is_full)
        return error_set(err, ERROR_USAGE, "the guide %s is larger than 1 MiB", path);
    return guide_parse(path, bytes.ptr, bytes.len, out, err);
}

void guide_clear(struct guide *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->count; i++) {
        free(g->items[i].id);
        free(g->items[i].section);
        free(g->items[i].text);
    }
    free(g->items);
    free(g->path);
    free(g->repair);
    *g = (struct guide){0};
}
