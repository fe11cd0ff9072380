/*
 * journal_index.c - beside the events: the index of runs, a projection of them, and the inbox.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/journal_database.h"
#include "core/mem.h"
#include "core/run.h"

#define COPY_COLUMN(out, s, column)                                                                \
    ((void)snprintf(out, sizeof(out), "%s", journal_column_text(s, column)))

/* ---- the index ---- */

bool journal_index_run(struct journal *j, const struct run *run, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_INDEX];

    journal_bind_text(s, 1, run->id);
    journal_bind_text(s, 2, run->environment);
    journal_bind_text(s, 3, run->plan_name);
    journal_bind_text(s, 4, run_status_name(run->status));
    journal_bind_text(s, 5, run->by);
    sqlite3_bind_int64(s, 6, run->opened_at_ms);
    sqlite3_bind_int64(s, 7, run->started_at_ms);
    sqlite3_bind_int64(s, 8, run->ended_at_ms);
    return journal_step(j, s, err);
}

static void read_row(sqlite3_stmt *s, struct run_row *row)
{
    COPY_COLUMN(row->id, s, 0);
    COPY_COLUMN(row->environment, s, 1);
    COPY_COLUMN(row->plan, s, 2);
    COPY_COLUMN(row->status, s, 3);
    COPY_COLUMN(row->by, s, 4);
    row->opened_at_ms = sqlite3_column_int64(s, 5);
    row->started_at_ms = sqlite3_column_int64(s, 6);
    row->ended_at_ms = sqlite3_column_int64(s, 7);
}

bool journal_list_runs(struct journal *j, const char *environment, size_t most,
                       struct run_row **out, size_t *count, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_LIST];
    struct run_row *rows = NULL;
    size_t n = 0, capacity = 0;
    int code;

    sqlite3_bind_int64(s, 1, most > INT32_MAX ? INT32_MAX : (int64_t)most);
    if (environment != NULL)
        journal_bind_text(s, 2, environment);
    else
        sqlite3_bind_null(s, 2);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        rows = mem_grow(rows, &capacity, n, sizeof *rows);
        read_row(s, &rows[n++]);
    }
    bool ok = code == SQLITE_DONE || journal_error(j, err, "read");
    sqlite3_reset(s);
    if (!ok) {
        free(rows);
        return false;
    }
    *out = rows;
    *count = n;
    return true;
}

bool journal_find_run(struct journal *j, const char *environment, journal_row_test *test,
                      const void *closure, struct run **out, struct error *err)
{
    struct run_row *rows;
    size_t count;
    struct run *run = NULL;
    bool ok = true;

    if (!journal_list_runs(j, environment, SIZE_MAX, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count && ok && run == NULL; i++)
        if (test(&rows[i], closure))
            ok = journal_read_run(j, rows[i].id, &run, err);
    free(rows);
    if (ok)
        *out = run;
    return ok;
}

bool journal_next_run_id(struct journal *j, char out[static 32], struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_NEXT_RUN];
    bool ok = sqlite3_step(s) == SQLITE_ROW || journal_error(j, err, "read");

    if (ok)
        (void)snprintf(out, 32, "r-%04lld", (long long)sqlite3_column_int64(s, 0));
    sqlite3_reset(s);
    return ok;
}

/* *id is "" when there is none after so many others. */
static bool find_unindexed(struct journal *j, int64_t after, char id[static 32], struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_UNINDEXED];

    sqlite3_bind_int64(s, 1, after);
    int code = sqlite3_step(s);
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || journal_error(j, err, "read");
    (void)snprintf(id, 32, "%s", code == SQLITE_ROW ? journal_column_text(s, 0) : "");
    sqlite3_reset(s);
    return ok;
}

bool journal_restore_index(struct journal *j, struct error *err)
{
    int64_t beyond_repair = 0; /* whose events make no run, or that cannot be written now */
    char id[32];
    struct error ignored;

    while (find_unindexed(j, beyond_repair, id, err)) {
        struct run *run = NULL;
        if (id[0] == '\0')
            return true;
        if (!journal_read_run(j, id, &run, &ignored) || !journal_index_run(j, run, &ignored))
            beyond_repair++;
        run_free(run);
    }
    return false;
}

/* ---- the inbox ---- */

bool journal_post_command(struct journal *j, const struct journal_command *command, int64_t *id,
                          struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_POST];

    sqlite3_bind_int64(s, 1, clock_world_ms());
    journal_bind_text(s, 2, command->run);
    journal_bind_text(s, 3, command->verb);
    journal_bind_text(s, 4, command->step);
    journal_bind_text(s, 5, command->answer);
    journal_bind_text(s, 6, command->by);
    journal_bind_text(s, 7, command->reason);
    sqlite3_bind_int64(s, 8, command->seen_seq);
    if (!journal_step(j, s, err))
        return false;
    *id = sqlite3_last_insert_rowid(j->database);
    return true;
}

static void read_command(sqlite3_stmt *s, struct journal_command *out)
{
    *out = (struct journal_command){.id = sqlite3_column_int64(s, 0),
                                    .at_ms = sqlite3_column_int64(s, 1),
                                    .reason = xstrdup(journal_column_text(s, 7)),
                                    .seen_seq = sqlite3_column_int64(s, 8)};
    COPY_COLUMN(out->run, s, 2);
    COPY_COLUMN(out->verb, s, 3);
    COPY_COLUMN(out->step, s, 4);
    COPY_COLUMN(out->answer, s, 5);
    COPY_COLUMN(out->by, s, 6);
}

bool journal_peek_command(struct journal *j, const char *run_id, struct journal_command *out,
                          bool *found, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_PEEK];

    journal_bind_text(s, 1, run_id);
    int code = sqlite3_step(s);
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || journal_error(j, err, "read");
    if (code == SQLITE_ROW)
        read_command(s, out);
    sqlite3_reset(s);
    if (ok)
        *found = code == SQLITE_ROW;
    return ok;
}

bool journal_remove_command(struct journal *j, int64_t id, struct error *err)
{
    sqlite3_bind_int64(j->statements[STATEMENT_REMOVE], 1, id);
    return journal_step(j, j->statements[STATEMENT_REMOVE], err);
}

bool journal_command_is_taken(struct journal *j, int64_t id, bool *is_taken, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_IS_WAITING];

    sqlite3_bind_int64(s, 1, id);
    bool ok = sqlite3_step(s) == SQLITE_ROW || journal_error(j, err, "read");
    if (ok)
        *is_taken = sqlite3_column_int64(s, 0) == 0;
    sqlite3_reset(s);
    return ok;
}

void journal_command_clear(struct journal_command *command)
{
    if (command == NULL)
        return;
    free(command->reason);
    command->reason = NULL;
}
