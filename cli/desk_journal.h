/*
 * desk_journal.h - a journal that a lane and its jobs read, one after the other, and whether it
 * changed.
 *
 * Looking makes no folder: without one there is no journal, and no error. Thread: any.
 */
#ifndef CLI_DESK_JOURNAL_H
#define CLI_DESK_JOURNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/error.h"

struct journal;

struct journal_stamp { /* of its file */
    bool is_there;
    struct timespec changed;
    int64_t size_bytes;
    uint64_t file;
};

struct desk_journal {
    pthread_mutex_t lock;
    const char *state_directory;
    struct journal *journal; /* NULL until it is there */
};

void desk_journal_init(struct desk_journal *j, const char *state_directory);
void desk_journal_clear(struct desk_journal *j);
/*
 * For one reader until desk_journal_leave. *out NULL: there is none; err->kind is ERROR_NONE then,
 * or why it could not be opened. Who waits for a writer waits for no longer than a moment.
 */
void desk_journal_enter(struct desk_journal *j, struct journal **out, struct error *err);
/* Looking makes no folder: where there is none, nothing was written. */
bool desk_journal_is_there(const char *state_directory);
void desk_journal_leave(struct desk_journal *j);

struct journal_stamp desk_journal_stamp(const char *state_directory);
/* False also while the change is so young that its time may stand for another one. */
bool desk_journal_is_same(const struct journal_stamp *before, const struct journal_stamp *now);

#endif
