/*
 * event.h - one line of the journal: the only truth about a run.
 *
 * Immutable and shared by reference count; any thread. `body` must never be changed.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <jansson.h>
#include <stdint.h>

#include "core/hash.h"

struct event {
    int references; /* private: event_ref / event_unref (atomic) */
    char *stream;   /* a run's id, or "env/production" */
    int64_t seq;    /* counts from 1 within the stream */
    int64_t at_ms;  /* world */
    char *type;     /* "step_started": the table is in run.c */
    char *step;     /* "" when it is about no step */
    char *by;       /* actor, "" for the engine itself */
    json_t *body;   /* object */
    char previous_hash[HASH_HEX_SIZE], hash[HASH_HEX_SIZE];
};

/* Takes body. seq, at and hashes are set by the journal. */
struct event *event_new(const char *stream, const char *type, const char *step, const char *by,
                        json_t *body);
struct event *event_ref(struct event *e);
void event_unref(struct event *e);
/* SHA-256 over previous hash, stream, seq, at, type, step, by and the canonical body. */
void event_compute_hash(const struct event *e, char out[static HASH_HEX_SIZE]);
/* One object: {"seq","at","run","type","step",...body's keys}: a line of `run --json`. The body's
 * points in time are stamps: "deadline_ms" is "deadline". New reference. */
json_t *event_to_json(const struct event *e);

#endif
