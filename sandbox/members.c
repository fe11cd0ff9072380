/* members.c - see members.h. Depth is bounded by what the services ask for and answer. */
#include "sandbox/members.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/operation.h"

#define LIST_WORD "member"
#define MOST_MEMBERS 1000

/* ---- reading ---- */

/* The element of a list, 1 for the first; made when it is the next one. */
static json_t *element(json_t *list, const char *number, json_t *fresh)
{
    int64_t n;
    size_t size = json_array_size(list);
    if (text_to_int64(number, &n) && n >= 1 && n <= MOST_MEMBERS && (size_t)n <= size + 1) {
        if ((size_t)n == size + 1)
            json_array_append(list, fresh);
        return json_array_get(list, (size_t)n - 1);
    }
    return NULL;
}

/* The value below a key: what is there, or `fresh`. */
static json_t *below(json_t *object, const char *key, json_t *fresh)
{
    if (!json_object_get(object, key))
        json_object_set(object, key, fresh);
    return json_object_get(object, key);
}

/* "A.member.1.B" = value: walks down, makes what is missing. */
static bool put(json_t *root, const char *name, const char *value)
{
    struct text rest = text_of(name), piece;
    json_t *at = root;
    bool has_more = text_split(&rest, '.', &piece);
    while (has_more && at) {
        auto_free char *key = text_dup(piece);
        has_more = text_split(&rest, '.', &piece);
        bool is_list = has_more && text_eq(piece, LIST_WORD);
        if (is_list)
            has_more = text_split(&rest, '.', &piece);
        json_t *fresh = is_list ? json_array() : has_more ? json_object() : json_string(value);
        if (json_is_array(at))
            at = element(at, key, fresh);
        else
            at = json_is_object(at) ? below(at, key, fresh) : NULL;
        json_decref(fresh);
    }
    return at && json_is_string(at);
}

json_t *members_read(const struct request *r)
{
    json_t *root = json_object();
    const char *name, *value;
    for (size_t i = 0; operation_argument_at(r, i, &name, &value); i++)
        if (!put(root, name, value)) {
            json_decref(root);
            return NULL;
        }
    return root;
}

/* ---- writing ---- */

static void write_value(struct buf *out, json_t *value, bool is_time)
{
    char stamp[CLOCK_STAMP_SIZE];
    if (json_is_object(value))
        members_write(out, value);
    else if (json_is_string(value))
        operation_xml_text(out, json_string_value(value));
    else if (json_is_boolean(value))
        buf_adds(out, json_is_true(value) ? "true" : "false");
    else if (is_time)
        buf_adds(out, clock_stamp((int64_t)(json_number_value(value) * 1000), stamp));
    else if (json_is_number(value))
        buf_addf(out, "%.17g", json_number_value(value));
}

void members_write(struct buf *out, json_t *object)
{
    const char *key;
    json_t *value, *item;
    size_t index;
    json_object_foreach(object, key, value)
    {
        bool is_time = text_ends_with(key, "Timestamp") || text_ends_with(key, "Timestamps");
        buf_addf(out, "<%s>", key);
        if (!json_is_array(value))
            write_value(out, value, is_time);
        json_array_foreach(value, index, item)
        {
            buf_adds(out, "<" LIST_WORD ">");
            write_value(out, item, is_time);
            buf_adds(out, "</" LIST_WORD ">");
        }
        buf_addf(out, "</%s>", key);
    }
}
