/* wire_line.c - see wire_line.h. */
#include "core/wire_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/mem.h"

#define AT_ONCE 65536
#define SPARE AT_ONCE

void wire_reader_init(struct wire_reader *r, size_t longest)
{
    buf_init(&r->bytes, longest + SPARE);
}

void wire_reader_clear(struct wire_reader *r) { buf_clear(&r->bytes); }

void wire_reader_trim(struct wire_reader *r)
{
    if (r->bytes.len == 0)
        buf_clear(&r->bytes);
}

static bool refuse(struct error *err, const char *why)
{
    error_set(err, ERROR_USAGE, "the other side does not speak the wire: %s", why);
    return error_code(err, "wire");
}

/* False: taken no further, or *err. */
static bool take_lines(struct wire_reader *r, bool (*take)(void *closure, json_t *object),
                       void *closure, bool *is_wrong, struct error *err)
{
    char *line = r->bytes.ptr, *end;
    bool goes_on = true;

    while (goes_on &&
           (end = memchr(line, '\n', r->bytes.len - (size_t)(line - r->bytes.ptr))) != NULL) {
        json_error_t why;
        json_t *object = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, &why);
        *is_wrong = !json_is_object(object);
        goes_on = !*is_wrong;
        if (*is_wrong)
            (void)refuse(err, object == NULL ? why.text : "a line is no object");
        if (goes_on)
            goes_on = take(closure, object);
        else
            json_decref(object);
        line = end + 1;
    }
    size_t left = r->bytes.len - (size_t)(line - r->bytes.ptr);
    memmove(r->bytes.ptr, line, left);
    r->bytes.len = left;
    r->bytes.ptr[left] = '\0';
    return goes_on;
}

enum wire_got wire_read(struct wire_reader *r, int fd, bool (*take)(void *closure, json_t *object),
                        void *closure, struct error *err)
{
    char bytes[AT_ONCE];
    bool is_wrong = false;

    if (!take_lines(r, take, closure, &is_wrong, err)) /* what an earlier take left there */
        return is_wrong ? WIRE_GOT_WRONG : WIRE_GOT_END;
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return WIRE_GOT_ALL;
        if (got <= 0)
            return WIRE_GOT_END;
        buf_add(&r->bytes, bytes, (size_t)got);
        if (!take_lines(r, take, closure, &is_wrong, err))
            return is_wrong ? WIRE_GOT_WRONG : WIRE_GOT_END;
        if (r->bytes.is_full || r->bytes.len + SPARE > r->bytes.ceiling) {
            (void)refuse(err, "a line is too long");
            return WIRE_GOT_WRONG;
        }
    }
}

void wire_writer_init(struct wire_writer *w, size_t most)
{
    buf_init(&w->bytes, most);
    w->at = 0;
}

void wire_writer_clear(struct wire_writer *w) { buf_clear(&w->bytes); }

size_t wire_writer_waiting(const struct wire_writer *w) { return w->bytes.len - w->at; }

/* What was written is forgotten before more is put behind it. */
static void shrink(struct wire_writer *w)
{
    size_t left = wire_writer_waiting(w);

    memmove(w->bytes.ptr, w->bytes.ptr + w->at, left);
    w->bytes.len = left;
    w->bytes.ptr[left] = '\0';
    w->at = 0;
}

bool wire_writer_add(struct wire_writer *w, const char *text, size_t len)
{
    if (w->at > 0)
        shrink(w);
    if (w->bytes.len + len + 1 > w->bytes.ceiling)
        return false;
    buf_add(&w->bytes, text, len);
    buf_addc(&w->bytes, '\n');
    return true;
}

bool wire_writer_put(struct wire_writer *w, const json_t *object)
{
    auto_free char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));

    return text != NULL && wire_writer_add(w, text, strlen(text));
}

bool wire_write(struct wire_writer *w, int fd)
{
    while (w->at < w->bytes.len) {
        ssize_t put =
            send(fd, w->bytes.ptr + w->at, w->bytes.len - w->at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno == EAGAIN;
        w->at += (size_t)put;
    }
    buf_reset(&w->bytes);
    w->at = 0;
    return true;
}
