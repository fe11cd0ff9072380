/*
 * journal.c - see journal.h: events are chained, written and read. The database is made in
 * journal_open.c; what lies beside the events is in journal_index.c.
 */
#include "core/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crash.h"
#include "core/journal_database.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/run.h"

#define MOST_BODY (1u << 20)

/* What the first event of a stream says that came before it. */
static const char no_hash[HASH_HEX_SIZE] =
    "0000000000000000000000000000000000000000000000000000000000000000";

/* ---- writing ---- */

static bool chain_event(struct journal *j, struct event *e, struct error *err)
{
    sqlite3_stmt *last = j->statements[STATEMENT_LAST];

    journal_bind_text(last, 1, e->stream);
    int code = sqlite3_step(last);
    bool is_first = code == SQLITE_DONE;
    bool ok = code == SQLITE_ROW || is_first || journal_error(j, err, "read");
    if (ok) {
        e->seq = is_first ? 1 : sqlite3_column_int64(last, 0) + 1;
        (void)snprintf(e->previous_hash, sizeof e->previous_hash, "%s",
                       is_first ? no_hash : journal_column_text(last, 1));
    }
    sqlite3_reset(last);
    if (!ok)
        return false;
    if (e->at_ms == 0)
        e->at_ms = clock_world_ms();
    event_compute_hash(e, e->hash);
    return true;
}

static bool insert_event(struct journal *j, const struct event *e, struct error *err)
{
    auto_free char *body = plan_canonical_json(e->body);
    sqlite3_stmt *s = j->statements[STATEMENT_INSERT];

    if (strlen(body) > MOST_BODY)
        return error_set(err, ERROR_INTERNAL, "an event of type %s is too large for the journal",
                         e->type);
    journal_bind_text(s, 1, e->stream);
    sqlite3_bind_int64(s, 2, e->seq);
    sqlite3_bind_int64(s, 3, e->at_ms);
    journal_bind_text(s, 4, e->type);
    journal_bind_text(s, 5, e->step);
    journal_bind_text(s, 6, e->by);
    journal_bind_text(s, 7, body);
    journal_bind_text(s, 8, e->previous_hash);
    journal_bind_text(s, 9, e->hash);
    return journal_step(j, s, err);
}

bool journal_group_begin(struct journal *j, struct error *err)
{
    j->is_grouped = journal_execute(j, "BEGIN IMMEDIATE", "write to", err);
    return j->is_grouped;
}

bool journal_group_end(struct journal *j, bool is_good, struct error *err)
{
    j->is_grouped = false;
    crash_point("commit.before");
    bool ok = !is_good || journal_execute(j, "COMMIT", "write to", err);
    if (!sqlite3_get_autocommit(j->database))
        (void)sqlite3_exec(j->database, "ROLLBACK", NULL, NULL, NULL);
    crash_point("commit.after");
    return ok;
}

static bool append(struct journal *j, struct event *e, journal_fold *fold, void *closure,
                   struct error *err)
{
    const struct run *after = NULL;

    return chain_event(j, e, err) && (fold == NULL || fold(closure, e, &after, err)) &&
           insert_event(j, e, err) && (after == NULL || journal_index_run(j, after, err));
}

bool journal_append(struct journal *j, struct event *e, journal_fold *fold, void *closure,
                    struct error *err)
{
    struct error ignored;

    if (j->is_grouped)
        return append(j, e, fold, closure, err);
    if (!journal_group_begin(j, err))
        return false;
    bool ok = append(j, e, fold, closure, err);
    return journal_group_end(j, ok, ok ? err : &ignored) && ok;
}

/* ---- reading ---- */

struct event *journal_event_of_row(sqlite3_stmt *s, const char *stream, struct error *err)
{
    json_error_t parse;
    json_t *body = json_loads(journal_column_text(s, 5), 0, &parse);

    if (body == NULL) {
        error_set(err, ERROR_INTERNAL, "event %lld of %s is not readable: %s",
                  (long long)sqlite3_column_int64(s, 0), stream, parse.text);
        return NULL;
    }
    struct event *e = event_new(stream, journal_column_text(s, 2), journal_column_text(s, 3),
                                journal_column_text(s, 4), body);
    e->seq = sqlite3_column_int64(s, 0);
    e->at_ms = sqlite3_column_int64(s, 1);
    (void)snprintf(e->previous_hash, sizeof e->previous_hash, "%s", journal_column_text(s, 6));
    (void)snprintf(e->hash, sizeof e->hash, "%s", journal_column_text(s, 7));
    return e;
}

/* before: the event that was read before it, NULL when it is the first that is read. */
static bool check_link(const struct event *e, const struct event *before, int64_t after_seq,
                       struct error *err)
{
    char hash[HASH_HEX_SIZE];
    const char *previous = before != NULL ? before->hash : after_seq == 0 ? no_hash : NULL;
    int64_t seq = (before != NULL ? before->seq : after_seq) + 1;

    event_compute_hash(e, hash);
    if (e->seq == seq && strcmp(hash, e->hash) == 0 &&
        (previous == NULL || strcmp(previous, e->previous_hash) == 0))
        return true;
    error_set(err, ERROR_INTERNAL,
              "the journal was changed: event %lld of %s does not fit its hash", (long long)e->seq,
              e->stream);
    error_code(err, "journal-changed");
    return error_hint(err, "Keep the file as it is and look at who can write to its folder");
}

bool journal_read(struct journal *j, const char *stream, int64_t after_seq, struct event ***out,
                  size_t *count, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_READ];
    struct event **events = NULL;
    size_t n = 0, capacity = 0;
    bool ok = true;
    int code;

    journal_bind_text(s, 1, stream);
    sqlite3_bind_int64(s, 2, after_seq);
    while ((code = sqlite3_step(s)) == SQLITE_ROW && ok) {
        struct event *e = journal_event_of_row(s, stream, err);
        ok = e != NULL && check_link(e, n > 0 ? events[n - 1] : NULL, after_seq, err);
        if (e == NULL)
            break;
        events = mem_grow(events, &capacity, n, sizeof(struct event *));
        events[n++] = e;
    }
    ok = ok && (code == SQLITE_DONE || journal_error(j, err, "read"));
    sqlite3_reset(s);
    if (!ok) {
        journal_events_free(events, n);
        return false;
    }
    *out = events;
    *count = n;
    return true;
}

void journal_events_free(struct event **events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        event_unref(events[i]);
    free(events);
}

bool journal_read_run(struct journal *j, const char *run_id, struct run **out, struct error *err)
{
    struct event **events = NULL;
    size_t count = 0;

    if (!journal_read(j, run_id, 0, &events, &count, err))
        return false;
    if (count == 0) {
        error_set(err, ERROR_NOT_FOUND, "there is no run %s", run_id);
        return error_hint(err, "`flightdeck history` lists the runs");
    }
    struct run *run = run_new();
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = run_apply(run, events[i], err);
    journal_events_free(events, count);
    if (ok)
        *out = run;
    else
        run_free(run);
    return ok;
}

/* ---- every chain ---- */

static bool list_streams(struct journal *j, char ***out, size_t *count, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_STREAMS];
    char **streams = NULL;
    size_t n = 0, capacity = 0;
    int code;

    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        streams = mem_grow(streams, &capacity, n, sizeof(char *));
        streams[n++] = xstrdup(journal_column_text(s, 0));
    }
    bool ok = code == SQLITE_DONE || journal_error(j, err, "read");
    sqlite3_reset(s);
    *out = streams;
    *count = n;
    return ok;
}

bool journal_verify(struct journal *j, size_t *event_count, struct error *err)
{
    char **streams;
    size_t stream_count, total = 0;
    bool ok = list_streams(j, &streams, &stream_count, err);

    for (size_t i = 0; i < stream_count; i++) {
        struct event **events = NULL;
        size_t count = 0;
        ok = ok && journal_read(j, streams[i], 0, &events, &count, err);
        journal_events_free(events, count);
        total += count;
        free(streams[i]);
    }
    free(streams);
    if (ok)
        *event_count = total;
    return ok;
}
