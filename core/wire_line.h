/*
 * wire_line.h - the wire as JSON Lines: an object a line, over a stream that gives and takes as
 * much as it likes at a time.
 *
 * Neither side is trusted to be right: a line that is too long, no JSON or no object ends the
 * conversation. Thread: the one that holds it.
 */
#ifndef CORE_WIRE_LINE_H
#define CORE_WIRE_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"

struct wire_reader {
    struct buf bytes; /* what has come and is no whole line yet */
};

/* longest: bytes of one line. */
void wire_reader_init(struct wire_reader *r, size_t longest);
void wire_reader_clear(struct wire_reader *r);

/* After a large line: gives the room back where nothing waits in it. */
void wire_reader_trim(struct wire_reader *r);

enum wire_got {
    WIRE_GOT_ALL,  /* nothing more is there for now */
    WIRE_GOT_END,  /* the other side is gone */
    WIRE_GOT_WRONG /* *err: it does not speak this language */
};
/*
 * Reads what is there of a non-blocking descriptor and hands each object over, in order. take owns
 * it; false from take ends the reading (WIRE_GOT_END).
 */
enum wire_got wire_read(struct wire_reader *r, int fd, bool (*take)(void *closure, json_t *object),
                        void *closure, struct error *err);

struct wire_writer {
    struct buf bytes; /* what is still to be written begins at `at` */
    size_t at;
};

void wire_writer_init(struct wire_writer *w, size_t most);
void wire_writer_clear(struct wire_writer *w);
size_t wire_writer_waiting(const struct wire_writer *w); /* bytes */
/* False: it does not fit any more; nothing of it was added. text: a line without its end. */
bool wire_writer_add(struct wire_writer *w, const char *text, size_t len);
/* The same of an object, which stays the caller's. */
bool wire_writer_put(struct wire_writer *w, const json_t *object);
/* Writes what goes without waiting. False: the other side is gone. */
bool wire_write(struct wire_writer *w, int fd);

#endif
