/* journal.c - the append-only journal in SQLite. */
#include "core/journal.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/run.h"

#define JOURNAL_SCHEMA_VERSION 1
#define JOURNAL_BUSY_MS 5000
#define JOURNAL_MAX_BODY (1u << 20)

/* Prepared once, by row; the enum is the index. */
enum statement {
    STATEMENT_LAST,
    STATEMENT_INSERT,
    STATEMENT_INDEX,
    STATEMENT_READ,
    STATEMENT_LIST,
    STATEMENT_LIST_ENVIRONMENT,
    STATEMENT_NEXT_RUN,
    STATEMENT_STREAMS,
    STATEMENT_POST,
    STATEMENT_PEEK,
    STATEMENT_TAKE,
    STATEMENT_IS_TAKEN,
    STATEMENT_COUNT,
};

static const char *const statement_text[STATEMENT_COUNT] = {
    [STATEMENT_LAST] = "SELECT seq, hash FROM event WHERE stream = ?1 ORDER BY seq DESC LIMIT 1",
    [STATEMENT_INSERT] =
        "INSERT INTO event(stream, seq, at_ms, type, step, actor, body, previous_hash, hash)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [STATEMENT_INDEX] =
        "INSERT INTO run_index(id, environment, plan, status, actor, opened_ms, started_ms, "
        "ended_ms)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET plan = "
        "excluded.plan,"
        " status = excluded.status, actor = excluded.actor, started_ms = excluded.started_ms,"
        " ended_ms = excluded.ended_ms",
    [STATEMENT_READ] = "SELECT seq, at_ms, type, step, actor, body, previous_hash, hash FROM event"
                       " WHERE stream = ?1 AND seq > ?2 ORDER BY seq",
    [STATEMENT_LIST] =
        "SELECT id, environment, plan, status, actor, opened_ms, started_ms, ended_ms"
        " FROM run_index ORDER BY rowid DESC LIMIT ?1",
    [STATEMENT_LIST_ENVIRONMENT] =
        "SELECT id, environment, plan, status, actor, opened_ms, started_ms, ended_ms"
        " FROM run_index WHERE environment = ?2 ORDER BY rowid DESC LIMIT ?1",
    [STATEMENT_NEXT_RUN] = "SELECT coalesce(max(rowid), 0) + 1 FROM run_index",
    [STATEMENT_STREAMS] = "SELECT DISTINCT stream FROM event",
    [STATEMENT_POST] = "INSERT INTO inbox(at_ms, run, verb, step, answer, actor, reason, seen_seq)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STATEMENT_PEEK] =
        "SELECT id, at_ms, run, verb, step, answer, actor, reason, seen_seq FROM inbox"
        " WHERE run = ?1 ORDER BY id LIMIT 1",
    [STATEMENT_TAKE] = "DELETE FROM inbox WHERE id = ?1",
    [STATEMENT_IS_TAKEN] = "SELECT count(*) FROM inbox WHERE id = ?1",
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS event("
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT NULL,"
    " step TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL, previous_hash TEXT NOT NULL,"
    " hash TEXT NOT NULL, PRIMARY KEY(stream, seq));"
    "CREATE TRIGGER IF NOT EXISTS event_no_update BEFORE UPDATE ON event"
    " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;"
    "CREATE TRIGGER IF NOT EXISTS event_no_delete BEFORE DELETE ON event"
    " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;"
    "CREATE TABLE IF NOT EXISTS run_index("
    " id TEXT PRIMARY KEY, environment TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL,"
    " actor TEXT NOT NULL, opened_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS inbox("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, run TEXT NOT NULL,"
    " verb TEXT NOT NULL, step TEXT NOT NULL, answer TEXT NOT NULL, actor TEXT NOT NULL,"
    " reason TEXT NOT NULL, seen_seq INTEGER NOT NULL);";

struct journal {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* File systems on which POSIX locks cannot be trusted (linux/magic.h and friends). */
static const struct {
    unsigned long magic;
    const char *name;
} network_file_systems[] = {
    {0x6969, "NFS"},     {0x517B, "SMB"},      {0xFE534D42, "SMB2"},   {0xFF534D42, "CIFS"},
    {0x5346414F, "AFS"}, {0x00C36400, "Ceph"}, {0x0BD00BD0, "Lustre"}, {0x01021997, "9p"},
};

static bool sqlite_error(struct journal *j, struct error *err, const char *what)
{
    int code = sqlite3_extended_errcode(j->database);
    int primary = code & 0xff;
    error_set(err,
              primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? ERROR_INTERNAL
                                                                    : ERROR_TRANSIENT,
              "%s journal %s: %s", what, j->path, sqlite3_errmsg(j->database));
    if (primary == SQLITE_FULL)
        error_hint(err, "Free some space on the disk that holds %s.", j->path);
    if (primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN)
        error_hint(err, "The folder must be writable by you; FLIGHTDECK_STATE_DIR names another.");
    return error_code(err, sqlite3_errstr(primary));
}

static bool refuse_network_file_system(const char *directory, struct error *err)
{
    struct statfs fs;
    if (statfs(directory, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof network_file_systems / sizeof network_file_systems[0]; i++) {
        if ((unsigned long)fs.f_type != network_file_systems[i].magic)
            continue;
        error_set(err, ERROR_USAGE, "the state folder %s is on %s, where locks cannot be trusted",
                  directory, network_file_systems[i].name);
        return error_hint(err, "Set FLIGHTDECK_STATE_DIR to a folder on a local disk.");
    }
    return true;
}

/* mkdir -p with 0700 for what is new. */
static bool make_directory(const char *directory, struct error *err)
{
    auto_free char *path = xstrdup(directory);
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            error_set(err, ERROR_USAGE, "could not make the state folder %s: %s", path,
                      strerror(errno));
            return error_hint(err, "Set FLIGHTDECK_STATE_DIR to a folder that you can write to.");
        }
        if (slash == NULL)
            return true;
        *slash = '/';
    }
}

static bool execute(struct journal *j, const char *sql, struct error *err, const char *what)
{
    if (sqlite3_exec(j->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_error(j, err, what);
    return true;
}

static bool check_schema_version(struct journal *j, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int version = 0;
    if (sqlite3_prepare_v2(j->database, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
        return sqlite_error(j, err, "could not read");
    if (sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    if (version > JOURNAL_SCHEMA_VERSION) {
        error_set(err, ERROR_USAGE,
                  "the journal %s was written by a newer flightdeck (schema %d, this one knows %d)",
                  j->path, version, JOURNAL_SCHEMA_VERSION);
        return error_hint(err,
                          "Use that version, or name another folder with FLIGHTDECK_STATE_DIR.");
    }
    if (version == JOURNAL_SCHEMA_VERSION)
        return true;
    return execute(j, "BEGIN IMMEDIATE", err, "could not set up") &&
           execute(j, schema, err, "could not set up") &&
           execute(j, "PRAGMA user_version = 1", err, "could not set up") &&
           execute(j, "COMMIT", err, "could not set up");
}

bool journal_open(const char *state_directory, struct journal **out, struct error *err)
{
    if (!make_directory(state_directory, err) || !refuse_network_file_system(state_directory, err))
        return false;
    struct journal *j = xcalloc(1, sizeof *j);
    j->path = xasprintf("%s/journal.sqlite", state_directory);
    mode_t before = umask(077);
    int opened =
        sqlite3_open_v2(j->path, &j->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);
    umask(before);
    if (opened != SQLITE_OK) {
        sqlite_error(j, err, "could not open");
        goto fail;
    }
    sqlite3_busy_timeout(j->database, JOURNAL_BUSY_MS);
    /* TRUNCATE and FULL: SQLite below 3.51.3 can corrupt a WAL on reset; a commit is durable or not
     * there. */
    if (!execute(j, "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
                 err, "could not open") ||
        !check_schema_version(j, err))
        goto fail;
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(j->database, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &j->statements[i], NULL) != SQLITE_OK) {
            sqlite_error(j, err, "could not read");
            goto fail;
        }
    }
    *out = j;
    return true;
fail:
    journal_close(j);
    return false;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(j->statements[i]);
    sqlite3_close(j->database);
    free(j->path);
    free(j);
}

const char *journal_path(const struct journal *j) { return j->path; }

static void bind_text(sqlite3_stmt *s, int index, const char *text)
{
    sqlite3_bind_text(s, index, text != NULL ? text : "", -1, SQLITE_TRANSIENT);
}

static const char *column_text(sqlite3_stmt *s, int index)
{
    const unsigned char *text = sqlite3_column_text(s, index);
    return text != NULL ? (const char *)text : "";
}

/* Steps a statement that returns no rows. */
static bool step_done(struct journal *j, sqlite3_stmt *s, struct error *err, const char *what)
{
    int code = sqlite3_step(s);
    if (code == SQLITE_DONE) {
        sqlite3_reset(s);
        return true;
    }
    sqlite_error(j, err, what);
    sqlite3_reset(s);
    return false;
}

static bool chain_event(struct journal *j, struct event *e, struct error *err)
{
    sqlite3_stmt *last = j->statements[STATEMENT_LAST];
    bind_text(last, 1, e->stream);
    int code = sqlite3_step(last);
    if (code == SQLITE_ROW) {
        e->seq = sqlite3_column_int64(last, 0) + 1;
        (void)snprintf(e->previous_hash, sizeof e->previous_hash, "%s", column_text(last, 1));
    } else if (code == SQLITE_DONE) {
        e->seq = 1;
        memset(e->previous_hash, '0', HASH_HEX_SIZE - 1);
        e->previous_hash[HASH_HEX_SIZE - 1] = '\0';
    } else {
        sqlite_error(j, err, "could not read");
        sqlite3_reset(last);
        return false;
    }
    sqlite3_reset(last);
    if (e->at_ms == 0)
        e->at_ms = clock_world_ms();
    event_compute_hash(e, e->hash);
    return true;
}

static bool insert_event(struct journal *j, const struct event *e, struct error *err)
{
    auto_free char *body = plan_canonical_json(e->body);
    if (strlen(body) > JOURNAL_MAX_BODY)
        return error_set(err, ERROR_INTERNAL, "an event of type %s is too large for the journal",
                         e->type);
    sqlite3_stmt *s = j->statements[STATEMENT_INSERT];
    bind_text(s, 1, e->stream);
    sqlite3_bind_int64(s, 2, e->seq);
    sqlite3_bind_int64(s, 3, e->at_ms);
    bind_text(s, 4, e->type);
    bind_text(s, 5, e->step);
    bind_text(s, 6, e->by);
    bind_text(s, 7, body);
    bind_text(s, 8, e->previous_hash);
    bind_text(s, 9, e->hash);
    return step_done(j, s, err, "could not write");
}

static bool index_run(struct journal *j, const struct run *run, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_INDEX];
    bind_text(s, 1, run->id);
    bind_text(s, 2, run->environment);
    bind_text(s, 3, run->plan_name);
    bind_text(s, 4, run_status_name(run->status));
    bind_text(s, 5, run->by);
    sqlite3_bind_int64(s, 6, run->opened_at_ms);
    sqlite3_bind_int64(s, 7, run->started_at_ms);
    sqlite3_bind_int64(s, 8, run->ended_at_ms);
    return step_done(j, s, err, "could not write");
}

bool journal_append(struct journal *j, struct event *e, journal_fold *fold, void *closure,
                    struct error *err)
{
    if (!execute(j, "BEGIN IMMEDIATE", err, "could not write"))
        return false;
    const struct run *after = NULL;
    bool ok = chain_event(j, e, err) && (fold == NULL || fold(closure, e, &after, err)) &&
              insert_event(j, e, err) && (after == NULL || index_run(j, after, err));
    crash_point("commit.before");
    if (ok)
        ok = execute(j, "COMMIT", err, "could not write");
    if (!ok && !sqlite3_get_autocommit(j->database))
        (void)sqlite3_exec(j->database, "ROLLBACK", NULL, NULL, NULL);
    crash_point("commit.after");
    return ok;
}

static struct event *event_of_row(sqlite3_stmt *s, const char *stream, struct error *err)
{
    json_error_t parse;
    json_t *body = json_loads(column_text(s, 5), 0, &parse);
    if (body == NULL) {
        error_set(err, ERROR_INTERNAL, "event %lld of %s is not readable: %s",
                  (long long)sqlite3_column_int64(s, 0), stream, parse.text);
        return NULL;
    }
    struct event *e =
        event_new(stream, column_text(s, 2), column_text(s, 3), column_text(s, 4), body);
    e->seq = sqlite3_column_int64(s, 0);
    e->at_ms = sqlite3_column_int64(s, 1);
    (void)snprintf(e->previous_hash, sizeof e->previous_hash, "%s", column_text(s, 6));
    (void)snprintf(e->hash, sizeof e->hash, "%s", column_text(s, 7));
    return e;
}

static bool check_link(const struct event *e, const char *expected_previous, struct error *err)
{
    char hash[HASH_HEX_SIZE];
    event_compute_hash(e, hash);
    if (strcmp(hash, e->hash) == 0 &&
        (expected_previous[0] == '\0' || strcmp(expected_previous, e->previous_hash) == 0))
        return true;
    error_set(err, ERROR_INTERNAL,
              "the journal was changed: event %lld of %s does not fit its hash", (long long)e->seq,
              e->stream);
    return error_hint(err, "Keep the file as it is and look at who can write to its folder.");
}

bool journal_read(struct journal *j, const char *stream, int64_t after_seq, struct event ***out,
                  size_t *count, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_READ];
    struct event **events = NULL;
    size_t n = 0, capacity = 0;
    char previous[HASH_HEX_SIZE] = "";
    int code;
    bind_text(s, 1, stream);
    sqlite3_bind_int64(s, 2, after_seq);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        struct event *e = event_of_row(s, stream, err);
        if (e == NULL)
            goto fail;
        events = mem_grow(events, &capacity, n, sizeof *events);
        events[n++] = e;
        if (!check_link(e, previous, err))
            goto fail;
        memcpy(previous, e->hash, sizeof previous);
    }
    if (code != SQLITE_DONE) {
        sqlite_error(j, err, "could not read");
        goto fail;
    }
    sqlite3_reset(s);
    *out = events;
    *count = n;
    return true;
fail:
    sqlite3_reset(s);
    journal_events_free(events, n);
    return false;
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
        return error_hint(err, "`flightdeck history` lists the runs.");
    }
    struct run *run = run_new();
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = run_apply(run, events[i], err);
    journal_events_free(events, count);
    if (!ok) {
        run_free(run);
        return false;
    }
    *out = run;
    return true;
}

bool journal_list_runs(struct journal *j, const char *environment, size_t most,
                       struct run_row **out, size_t *count, struct error *err)
{
    sqlite3_stmt *s =
        j->statements[environment != NULL ? STATEMENT_LIST_ENVIRONMENT : STATEMENT_LIST];
    struct run_row *rows = NULL;
    size_t n = 0, capacity = 0;
    int code;
    sqlite3_bind_int64(s, 1, most > INT32_MAX ? INT32_MAX : (int64_t)most);
    if (environment != NULL)
        bind_text(s, 2, environment);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        rows = mem_grow(rows, &capacity, n, sizeof *rows);
        struct run_row *row = &rows[n++];
        (void)snprintf(row->id, sizeof row->id, "%s", column_text(s, 0));
        (void)snprintf(row->environment, sizeof row->environment, "%s", column_text(s, 1));
        (void)snprintf(row->plan, sizeof row->plan, "%s", column_text(s, 2));
        (void)snprintf(row->status, sizeof row->status, "%s", column_text(s, 3));
        (void)snprintf(row->by, sizeof row->by, "%s", column_text(s, 4));
        row->opened_at_ms = sqlite3_column_int64(s, 5);
        row->started_at_ms = sqlite3_column_int64(s, 6);
        row->ended_at_ms = sqlite3_column_int64(s, 7);
    }
    bool ok = code == SQLITE_DONE || sqlite_error(j, err, "could not read");
    sqlite3_reset(s);
    if (!ok) {
        free(rows);
        return false;
    }
    *out = rows;
    *count = n;
    return true;
}

bool journal_next_run_id(struct journal *j, char out[static 32], struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_NEXT_RUN];
    if (sqlite3_step(s) != SQLITE_ROW) {
        sqlite_error(j, err, "could not read");
        sqlite3_reset(s);
        return false;
    }
    (void)snprintf(out, 32, "r-%04lld", (long long)sqlite3_column_int64(s, 0));
    sqlite3_reset(s);
    return true;
}

bool journal_verify(struct journal *j, size_t *event_count, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_STREAMS];
    char **streams = NULL;
    size_t n = 0, capacity = 0, total = 0;
    while (sqlite3_step(s) == SQLITE_ROW) {
        streams = mem_grow(streams, &capacity, n, sizeof *streams);
        streams[n++] = xstrdup(column_text(s, 0));
    }
    sqlite3_reset(s);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        struct event **events = NULL;
        size_t count = 0;
        ok = ok && journal_read(j, streams[i], 0, &events, &count, err);
        total += count;
        journal_events_free(events, count);
        free(streams[i]);
    }
    free(streams);
    if (ok)
        *event_count = total;
    return ok;
}

bool journal_post_command(struct journal *j, const struct journal_command *command, int64_t *id,
                          struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_POST];
    sqlite3_bind_int64(s, 1, clock_world_ms());
    bind_text(s, 2, command->run);
    bind_text(s, 3, command->verb);
    bind_text(s, 4, command->step);
    bind_text(s, 5, command->answer);
    bind_text(s, 6, command->by);
    bind_text(s, 7, command->reason);
    sqlite3_bind_int64(s, 8, command->seen_seq);
    if (!step_done(j, s, err, "could not write"))
        return false;
    *id = sqlite3_last_insert_rowid(j->database);
    return true;
}

bool journal_take_command(struct journal *j, const char *run_id, struct journal_command *out,
                          bool *found, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_PEEK];
    bind_text(s, 1, run_id);
    int code = sqlite3_step(s);
    if (code != SQLITE_ROW) {
        bool ok = code == SQLITE_DONE || sqlite_error(j, err, "could not read");
        sqlite3_reset(s);
        if (ok)
            *found = false;
        return ok;
    }
    struct journal_command c = {.id = sqlite3_column_int64(s, 0),
                                .at_ms = sqlite3_column_int64(s, 1)};
    (void)snprintf(c.run, sizeof c.run, "%s", column_text(s, 2));
    (void)snprintf(c.verb, sizeof c.verb, "%s", column_text(s, 3));
    (void)snprintf(c.step, sizeof c.step, "%s", column_text(s, 4));
    (void)snprintf(c.answer, sizeof c.answer, "%s", column_text(s, 5));
    (void)snprintf(c.by, sizeof c.by, "%s", column_text(s, 6));
    c.reason = xstrdup(column_text(s, 7));
    c.seen_seq = sqlite3_column_int64(s, 8);
    sqlite3_reset(s);
    sqlite3_stmt *take = j->statements[STATEMENT_TAKE];
    sqlite3_bind_int64(take, 1, c.id);
    if (!step_done(j, take, err, "could not write")) {
        free(c.reason);
        return false;
    }
    *out = c;
    *found = true;
    return true;
}

bool journal_command_is_taken(struct journal *j, int64_t id, bool *is_taken, struct error *err)
{
    sqlite3_stmt *s = j->statements[STATEMENT_IS_TAKEN];
    sqlite3_bind_int64(s, 1, id);
    bool ok = sqlite3_step(s) == SQLITE_ROW || sqlite_error(j, err, "could not read");
    bool taken = ok && sqlite3_column_int64(s, 0) == 0;
    sqlite3_reset(s);
    if (ok)
        *is_taken = taken;
    return ok;
}

void journal_command_clear(struct journal_command *command)
{
    if (command == NULL)
        return;
    free(command->reason);
    command->reason = NULL;
}
