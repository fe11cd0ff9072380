/* wire.c - two queues of JSON objects; see wire.h. */
#include "core/wire.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mailbox.h"
#include "core/mem.h"
#include "core/secret.h"

struct wire {
    struct mailbox *requests, *news;
    atomic_size_t waiting; /* news that were not heard yet */
};

static void free_message(void *message) { json_decref(message); }

struct wire *wire_new(void)
{
    struct wire *w = xcalloc(1, sizeof *w);
    w->requests = mailbox_new(free_message);
    w->news = mailbox_new(free_message);
    return w;
}

void wire_free(struct wire *w)
{
    if (w == NULL)
        return;
    mailbox_free(w->requests);
    mailbox_free(w->news);
    free(w);
}

void wire_ask(struct wire *w, json_t *request) { mailbox_send(w->requests, request); }

json_t *wire_hear(struct wire *w)
{
    json_t *news = mailbox_receive(w->news);
    if (news != NULL)
        atomic_fetch_sub(&w->waiting, 1);
    return news;
}

int wire_news_fd(const struct wire *w) { return mailbox_fd(w->news); }

static bool is_told_again(const json_t *news)
{
    const char *kind = json_string_value(json_object_get(news, "news"));
    return kind != NULL && (strcmp(kind, "status") == 0 || strcmp(kind, "metrics") == 0);
}

void wire_tell(struct wire *w, json_t *news)
{
    if (atomic_load(&w->waiting) >= WIRE_MOST_WAITING && is_told_again(news)) {
        json_decref(news);
        return;
    }
    atomic_fetch_add(&w->waiting, 1);
    mailbox_send(w->news, news);
}

json_t *wire_take(struct wire *w) { return mailbox_receive(w->requests); }

json_t *wire_await(struct wire *w, int64_t wall_ms) { return mailbox_wait(w->requests, wall_ms); }

int wire_requests_fd(const struct wire *w) { return mailbox_fd(w->requests); }

/* Takes body. */
static json_t *with_body(const struct event *event, json_t *body)
{
    return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "seq", (json_int_t)event->seq,
                     "at_ms", (json_int_t)event->at_ms, "stream", event->stream, "type",
                     event->type, "step", event->step, "by", event->by, "body", body,
                     "previous_hash", event->previous_hash, "hash", event->hash);
}

json_t *wire_event(const struct event *event)
{
    return with_body(event, json_deep_copy(event->body));
}

json_t *wire_event_steal(struct event *event)
{
    json_t *out = with_body(event, event->body);
    event->body = NULL;
    event_unref(event);
    return out;
}

struct event *wire_read_event(const json_t *event, struct error *err)
{
    json_int_t seq, at_ms;
    const char *stream, *type, *step, *by, *previous_hash, *hash;
    json_t *body;

    if (json_unpack((json_t *)(uintptr_t)event, "{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:s}",
                    "seq", &seq, "at_ms", &at_ms, "stream", &stream, "type", &type, "step", &step,
                    "by", &by, "body", &body, "previous_hash", &previous_hash, "hash",
                    &hash) != 0 ||
        !json_is_object(body) || at_ms < 0 || at_ms > WIRE_MOST || strlen(hash) >= HASH_HEX_SIZE ||
        strlen(previous_hash) >= HASH_HEX_SIZE) {
        (void)error_set(err, ERROR_INTERNAL, "this is no event");
        return NULL;
    }
    struct event *e = event_new(stream, type, step, by, json_incref(body));
    e->seq = seq;
    e->at_ms = at_ms;
    memcpy(e->previous_hash, previous_hash, strlen(previous_hash) + 1);
    memcpy(e->hash, hash, strlen(hash) + 1);
    return e;
}

int64_t wire_whole(const json_t *value)
{
    double number = json_number_value(value);

    if (number >= (double)WIRE_MOST)
        return WIRE_MOST;
    if (number <= -(double)WIRE_MOST)
        return -WIRE_MOST;
    return json_is_integer(value) ? json_integer_value(value) : (int64_t)number;
}

static json_t *redacted(const char *text)
{
    struct buf out;
    buf_init(&out, 1u << 16);
    secret_redact(&out, text, strlen(text));
    auto_free char *safe = buf_steal(&out);
    return json_string(safe);
}

json_t *wire_error(const struct error *err)
{
    json_t *out = json_object();
    json_object_set_new(out, "kind", json_string(error_kind_name(err->kind)));
    json_object_set_new(out, "code", json_string(err->code));
    json_object_set_new(out, "message", redacted(err->message));
    json_object_set_new(out, "hint", redacted(err->hint));
    json_object_set_new(out, "at", err->at[0] != '\0' ? json_string(err->at) : json_null());
    return out;
}
