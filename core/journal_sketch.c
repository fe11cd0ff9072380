/*
 * journal_sketch.c - the events of a run without the bulk of its measurements, which are nine
 * tenths of a release.
 */
#include "core/journal_database.h"
#include "core/mem.h"

/* Column 8 is 1 where something was left out. */
static const char sketch_text[] =
    "WITH newest(seq) AS (SELECT coalesce(max(seq), 0) FROM event"
    " WHERE stream = ?1 AND type = 'measured')"
    " SELECT event.seq, at_ms, type, step, actor,"
    " CASE WHEN type = 'measured' AND event.seq < newest.seq"
    " THEN json_remove(body, '$.measurement') ELSE body END,"
    " previous_hash, hash, type = 'measured' AND event.seq < newest.seq"
    " FROM event, newest WHERE stream = ?1 ORDER BY event.seq";

static bool read_rows(struct journal *j, sqlite3_stmt *s, const char *stream, struct event ***out,
                      size_t *count, bool *is_whole, struct error *err)
{
    struct event **events = NULL, *e = NULL;
    size_t n = 0, capacity = 0;
    bool is_all = true;
    int code;

    while ((code = sqlite3_step(s)) == SQLITE_ROW &&
           (e = journal_event_of_row(s, stream, err)) != NULL) {
        events = mem_grow(events, &capacity, n, sizeof(struct event *));
        events[n++] = e;
        is_all = is_all && sqlite3_column_int(s, 8) == 0;
    }
    if (code == SQLITE_DONE) {
        *out = events;
        *count = n;
        *is_whole = is_all;
        return true;
    }
    if (code != SQLITE_ROW)
        journal_error(j, err, "read");
    journal_events_free(events, n);
    return false;
}

bool journal_sketch(struct journal *j, const char *stream, struct event ***out, size_t *count,
                    bool *is_whole, struct error *err)
{
    sqlite3_stmt *s = NULL;

    /* A SQLite without JSON functions reads all of it. */
    if (sqlite3_prepare_v2(j->database, sketch_text, -1, &s, NULL) != SQLITE_OK) {
        *is_whole = true;
        return journal_read(j, stream, 0, out, count, err);
    }
    journal_bind_text(s, 1, stream);
    bool ok = read_rows(j, s, stream, out, count, is_whole, err);
    sqlite3_finalize(s);
    return ok;
}
