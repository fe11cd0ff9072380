/*
 * standing.h - what the journal says about an environment now: its lock, its open run, a run at
 * risk.
 */
#ifndef CLI_STANDING_H
#define CLI_STANDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/locked.h"

struct journal;
struct run;
struct session;

struct standing {
    struct environment_lock lock;
    struct run *run;     /* open one, or NULL */
    struct run *at_risk; /* over, and not put back; or NULL */
    struct error unread; /* kind ERROR_NONE, or why locks and runs are not known */
    bool is_undriven;
    int64_t undriven_since_ms;
};

/* Without a journal (NULL) there is nothing to say, and `unread` says why it is not there where
 * that is an error. *out: standing_clear. */
void standing_read(struct session *session, struct journal *journal, const struct error *unread,
                   const char *environment, struct standing *out);
/* Only whether somebody drives the open run, which changes without a word in the journal. */
void standing_read_driver(struct session *session, struct journal *journal,
                          struct standing *standing);
void standing_clear(struct standing *standing);
/* Under the line of a run: why it is held, what it waits for, and the command that answers it. */
void standing_say_waiting(const struct run *run, size_t indent);
/* The keys "lock", "run", "at_risk" and "journal_error" of an element of `status --json`. */
void standing_add_json(const struct standing *standing, json_t *document);

#endif
