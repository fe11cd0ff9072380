/*
 * journal.h - append-only events in SQLite, written before each effect.
 *
 * journal_mode=TRUNCATE, synchronous=FULL. Events carry the hash of the one before; triggers refuse
 * changes. The index of runs is a projection written in the same transaction. One struct journal
 * belongs to one thread; open another for another reader. Crash points before and after each
 * commit.
 */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"

struct journal;
struct run;

/*
 * Creates directory (0700) and file (0600) when absent; refuses network file systems. A journal
 * that is there is opened without a write. A full disk is ERROR_REFUSED; what is there can be read.
 */
bool journal_open(const char *state_directory, struct journal **out, struct error *err) FD_MUST_USE;
/* A folder of another user is refused: what sudo leaves there its owner could not open. True where
 * there is none. */
bool journal_own_directory(const char *directory, struct error *err) FD_MUST_USE;
/* Of its folder only: mkdir -p, 0700 for what is new; of this user. */
bool journal_make_directory(const char *directory, struct error *err) FD_MUST_USE;
void journal_close(struct journal *j);
#define JOURNAL_PATIENCE_MS 5000
/* Wall: so long is waited for somebody else's lock; JOURNAL_PATIENCE_MS at first. */
void journal_set_patience(struct journal *j, int wall_ms);
const char *journal_path(const struct journal *j);

/*
 * Gives e its seq, time (when 0) and hashes, and commits it durably. `fold` (may be NULL) is called
 * with the chained event before the commit: it refuses an event that does not fit, and sets *after
 * to the run as it then is (borrowed), whose row in the index is written in the same transaction.
 * False: nothing was written, also when it was the commit that failed: fold works on a copy of the
 * run, which the caller keeps only when this succeeds.
 */
typedef bool journal_fold(void *closure, struct event *e, const struct run **after,
                          struct error *err);
bool journal_append(struct journal *j, struct event *e, journal_fold *fold, void *closure,
                    struct error *err) FD_MUST_USE;
/*
 * What is appended in between is committed at once, or not at all. One that failed in it spoils the
 * group: is_good false takes back the others, and is no error.
 */
bool journal_group_begin(struct journal *j, struct error *err) FD_MUST_USE;
bool journal_group_end(struct journal *j, bool is_good, struct error *err) FD_MUST_USE;
/* Events of a stream after seq, ascending, chain checked (ERROR_INTERNAL when it is broken). *out:
 * array of refs. */
bool journal_read(struct journal *j, const char *stream, int64_t after_seq, struct event ***out,
                  size_t *count, struct error *err) FD_MUST_USE;
/*
 * All events of a stream for a first picture, in a fraction of the time: the chain is not checked,
 * and of all measurements but the newest only the verdict is there. *is_whole: nothing is left out.
 */
bool journal_sketch(struct journal *j, const char *stream, struct event ***out, size_t *count,
                    bool *is_whole, struct error *err) FD_MUST_USE;
void journal_events_free(struct event **events, size_t count);
/* Folds a run from its events. ERROR_NOT_FOUND when there is no such run. */
bool journal_read_run(struct journal *j, const char *run_id, struct run **out,
                      struct error *err) FD_MUST_USE;

/* The index: newest first. environment may be NULL. */
struct run_row {
    char id[32], environment[64], plan[64], status[24], by[200];
    int64_t opened_at_ms, started_at_ms, ended_at_ms; /* 0 = not yet */
};
bool journal_list_runs(struct journal *j, const char *environment, size_t most,
                       struct run_row **out, size_t *count, struct error *err) FD_MUST_USE;
/* The newest run whose row passes; *out is NULL when none does. environment may be NULL. */
typedef bool journal_row_test(const struct run_row *row, const void *closure);
bool journal_find_run(struct journal *j, const char *environment, journal_row_test *test,
                      const void *closure, struct run **out, struct error *err) FD_MUST_USE;
/* A new run id: "r-" and the next number, "r-0142". */
bool journal_next_run_id(struct journal *j, char out[static 32], struct error *err) FD_MUST_USE;
bool journal_verify(struct journal *j, size_t *event_count,
                    struct error *err) FD_MUST_USE; /* every chain */

/* Commands from other processes to the one that drives a run: an inbox beside the events. */
struct journal_command {
    int64_t id;
    int64_t at_ms;
    char run[32], verb[24], step[200], answer[64], by[200];
    char *reason; /* owned; "" when none */
    int64_t seen_seq;
};
bool journal_post_command(struct journal *j, const struct journal_command *command, int64_t *id,
                          struct error *err) FD_MUST_USE;
/* The oldest of a run. */
bool journal_peek_command(struct journal *j, const char *run_id, struct journal_command *out,
                          bool *found, struct error *err) FD_MUST_USE;
/* One that is gone already is no error. */
bool journal_remove_command(struct journal *j, int64_t id, struct error *err) FD_MUST_USE;
bool journal_command_is_taken(struct journal *j, int64_t id, bool *is_taken,
                              struct error *err) FD_MUST_USE;
void journal_command_clear(struct journal_command *command);

#endif
