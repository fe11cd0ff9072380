/*
 * event.c - see event.h.
 */
#include "core/event.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/plan.h"

#define MOST_BYTES (16u << 20) /* the journal refuses events long before */

struct event *event_new(const char *stream, const char *type, const char *step, const char *by,
                        json_t *body)
{
    struct event *e = xcalloc(1, sizeof *e);
    e->references = 1;
    e->stream = xstrdup(stream);
    e->type = xstrdup(type);
    e->step = xstrdup(step);
    e->by = xstrdup(by);
    e->body = body != NULL ? body : json_object();
    return e;
}

struct event *event_ref(struct event *e)
{
    __atomic_add_fetch(&e->references, 1, __ATOMIC_RELAXED);
    return e;
}

void event_unref(struct event *e)
{
    if (e == NULL || __atomic_sub_fetch(&e->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free(e->stream);
    free(e->type);
    free(e->step);
    free(e->by);
    json_decref(e->body);
    free(e);
}

/* With its length before it, no text can pass for the end of one field and the next. */
static void add_field(struct buf *out, const char *text)
{
    buf_addf(out, "%zu:", strlen(text));
    buf_adds(out, text);
}

void event_compute_hash(const struct event *e, char out[static HASH_HEX_SIZE])
{
    auto_free char *body = plan_canonical_json(e->body);
    const char *const fields[] = {e->previous_hash, e->stream, e->type, e->step, e->by, body};
    auto_buf text;

    buf_init(&text, MOST_BYTES);
    buf_addf(&text, "%lld %lld ", (long long)e->seq, (long long)e->at_ms);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        add_field(&text, fields[i]);
    hash_sha256_hex(text.ptr, text.len, out);
}

/* ---- a line of JSON ---- */

/* Of the body's keys that end in _ms: points in time. All others last: "took_ms", "expected_ms". */
static const struct {
    const char *key, *stamped;
} times[] = {
    {"at_ms", "at"},
    {"bake_until_ms", "bake_until"},
    {"deadline_ms", "deadline"},
    {"expires_at_ms", "expires_at"},
    {"from_ms", "from"},
    {"recorded_at_ms", "recorded_at"},
    {"settled_until_ms", "settled_until"},
    {"since_ms", "since"},
    {"until_ms", "until"},
};

static const char *stamped_key(const char *key)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (strcmp(times[i].key, key) == 0)
            return times[i].stamped;
    return NULL;
}

static json_t *stamp_or_null(int64_t at_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    return at_ms > 0 ? json_string(clock_stamp(at_ms, stamp)) : json_null();
}

/* A copy in which every point in time is a stamp. New reference. */
static json_t *with_stamps(const json_t *value)
{
    json_t *out, *member;
    const char *key;
    size_t i;

    if (json_is_array(value)) {
        out = json_array();
        json_array_foreach(value, i, member) json_array_append_new(out, with_stamps(member));
        return out;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    out = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const char *stamped = json_is_integer(member) ? stamped_key(key) : NULL;
        if (stamped != NULL)
            json_object_set_new(out, stamped, stamp_or_null(json_integer_value(member)));
        else
            json_object_set_new(out, key, with_stamps(member));
    }
    return out;
}

json_t *event_to_json(const struct event *e)
{
    char stamp[CLOCK_STAMP_SIZE];
    json_t *out = json_object();
    json_object_set_new(out, "seq", json_integer(e->seq));
    json_object_set_new(out, "at", json_string(clock_stamp(e->at_ms, stamp)));
    json_object_set_new(out, "run", json_string(e->stream));
    json_object_set_new(out, "type", json_string(e->type));
    json_object_set_new(out, "step", e->step[0] != '\0' ? json_string(e->step) : json_null());
    if (e->by[0] != '\0')
        json_object_set_new(out, "by", json_string(e->by));
    json_t *body = with_stamps(e->body);
    json_object_update_missing(out, body);
    json_decref(body);
    return out;
}
