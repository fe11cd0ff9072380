/*
 * journal_database.h - private to the files of journal.h: the open database and its statements.
 */
#ifndef CORE_JOURNAL_DATABASE_H
#define CORE_JOURNAL_DATABASE_H

#include <sqlite3.h>

#include "core/journal.h"

/* Prepared once; their text is in journal_open.c. */
enum journal_statement {
    STATEMENT_LAST,
    STATEMENT_INSERT,
    STATEMENT_INDEX,
    STATEMENT_READ,
    STATEMENT_LIST,
    STATEMENT_NEXT_RUN,
    STATEMENT_UNINDEXED,
    STATEMENT_STREAMS,
    STATEMENT_POST,
    STATEMENT_PEEK,
    STATEMENT_REMOVE,
    STATEMENT_IS_WAITING,
    STATEMENT_COUNT,
};

struct journal {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    bool is_grouped; /* between journal_group_begin and _end */
};

/* Fills *err from what the database said last. Always false. */
bool journal_error(const struct journal *j, struct error *err, const char *what);
/* Runs statements without rows or parameters. */
bool journal_execute(struct journal *j, const char *sql, const char *what,
                     struct error *err) FD_MUST_USE;
/* Carries out a bound statement that gives no rows, and resets it. */
bool journal_step(struct journal *j, sqlite3_stmt *s, struct error *err) FD_MUST_USE;
/* NULL is bound as "". */
void journal_bind_text(sqlite3_stmt *s, int index, const char *text);
/* "" for NULL; borrowed until the next step. */
const char *journal_column_text(sqlite3_stmt *s, int index);
/* Of columns seq, at_ms, type, step, actor, body, previous_hash, hash. NULL: not readable. */
struct event *journal_event_of_row(sqlite3_stmt *s, const char *stream, struct error *err);
/* The row of a run in the index becomes what the run now is. */
bool journal_index_run(struct journal *j, const struct run *run, struct error *err) FD_MUST_USE;
/* Runs that the index lacks are folded from their events again. Writes nothing when none is. */
bool journal_restore_index(struct journal *j, struct error *err) FD_MUST_USE;

#endif
