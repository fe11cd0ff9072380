/*
 * journal_open.c - the database of the journal: its folder, its tables, its statements, its errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/journal_database.h"
#include "core/mem.h"

#define SCHEMA_VERSION 1
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RUN_NUMBER "CAST(substr(id, 3) AS INTEGER)" /* of "r-0142" */
#define RUN_COLUMNS "id, environment, plan, status, actor, opened_ms, started_ms, ended_ms"

static const char *const statement_text[STATEMENT_COUNT] = {
    [STATEMENT_LAST] = "SELECT seq, hash FROM event WHERE stream = ?1 ORDER BY seq DESC LIMIT 1",
    [STATEMENT_INSERT] =
        "INSERT INTO event(stream, seq, at_ms, type, step, actor, body, previous_hash, hash)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [STATEMENT_INDEX] = "INSERT INTO run_index(" RUN_COLUMNS ")"
                        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET"
                        " environment = excluded.environment, plan = excluded.plan,"
                        " status = excluded.status, actor = excluded.actor,"
                        " opened_ms = excluded.opened_ms, started_ms = excluded.started_ms,"
                        " ended_ms = excluded.ended_ms",
    [STATEMENT_READ] = "SELECT seq, at_ms, type, step, actor, body, previous_hash, hash FROM event"
                       " WHERE stream = ?1 AND seq > ?2 ORDER BY seq",
    [STATEMENT_LIST] =
        "SELECT " RUN_COLUMNS " FROM run_index"
        " WHERE ?2 IS NULL OR environment = ?2 ORDER BY " RUN_NUMBER " DESC LIMIT ?1",
    [STATEMENT_NEXT_RUN] = "SELECT coalesce(max(" RUN_NUMBER "), 0) + 1 FROM run_index",
    /* From stream to stream: no event is looked at but the first of each. */
    [STATEMENT_UNINDEXED] =
        "WITH RECURSIVE streams(name) AS (SELECT min(stream) FROM event UNION ALL"
        " SELECT (SELECT min(stream) FROM event WHERE stream > name) FROM streams"
        " WHERE name IS NOT NULL) SELECT name FROM streams WHERE name LIKE 'r-%'"
        " AND NOT EXISTS (SELECT 1 FROM run_index WHERE id = name) LIMIT 1 OFFSET ?1",
    [STATEMENT_STREAMS] = "SELECT DISTINCT stream FROM event ORDER BY stream",
    [STATEMENT_POST] = "INSERT INTO inbox(at_ms, run, verb, step, answer, actor, reason, seen_seq)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STATEMENT_PEEK] =
        "SELECT id, at_ms, run, verb, step, answer, actor, reason, seen_seq FROM inbox"
        " WHERE run = ?1 ORDER BY id LIMIT 1",
    [STATEMENT_REMOVE] = "DELETE FROM inbox WHERE id = ?1",
    [STATEMENT_IS_WAITING] = "SELECT count(*) FROM inbox WHERE id = ?1",
};

/* Only the next event of a stream can be put in, which also keeps INSERT OR REPLACE out. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS event("
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT NULL,"
    " step TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL, previous_hash TEXT NOT NULL,"
    " hash TEXT NOT NULL, PRIMARY KEY(stream, seq));"
    "CREATE TRIGGER IF NOT EXISTS event_only_next BEFORE INSERT ON event"
    " WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM event WHERE stream = NEW.stream)"
    " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;"
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
    " reason TEXT NOT NULL, seen_seq INTEGER NOT NULL);"
    "PRAGMA user_version = 1;";
_Static_assert(SCHEMA_VERSION == 1, "the schema sets the version");

/* ---- errors ---- */

/* What a person can do about it; everything else may be tried again. */
static const struct {
    int code;
    enum error_kind kind;
    const char *hint;
} sqlite_errors[] = {
    {SQLITE_FULL, ERROR_REFUSED, "Free some space on the disk that holds it; it can still be read"},
    {SQLITE_READONLY, ERROR_USAGE,
     "The folder must be writable by you; FLIGHTDECK_STATE_DIR names another"},
    {SQLITE_CANTOPEN, ERROR_USAGE,
     "The folder must be writable by you; FLIGHTDECK_STATE_DIR names another"},
    {SQLITE_PERM, ERROR_USAGE,
     "The folder must be writable by you; FLIGHTDECK_STATE_DIR names another"},
    {SQLITE_IOERR, ERROR_REFUSED,
     "The disk refuses it: is it full, over a quota, or failing? What is there can still be read"},
    {SQLITE_CORRUPT, ERROR_INTERNAL, "Keep the file as it is, and start with another folder"},
    {SQLITE_NOTADB, ERROR_INTERNAL, "Keep the file as it is, and start with another folder"},
    {SQLITE_CONSTRAINT, ERROR_INTERNAL, ""},
    {SQLITE_BUSY, ERROR_TRANSIENT, "Another process writes to it and does not end"},
};

bool journal_error(const struct journal *j, struct error *err, const char *what)
{
    int code = sqlite3_errcode(j->database) & 0xff;
    size_t i = 0;

    while (i < COUNT(sqlite_errors) && sqlite_errors[i].code != code)
        i++;
    bool is_known = i < COUNT(sqlite_errors);
    error_set(err, is_known ? sqlite_errors[i].kind : ERROR_TRANSIENT,
              "could not %s the journal %s: %s", what, j->path, sqlite3_errmsg(j->database));
    if (is_known)
        error_hint(err, "%s", sqlite_errors[i].hint);
    return error_code(err, sqlite3_errstr(code));
}

/* ---- statements ---- */

bool journal_execute(struct journal *j, const char *sql, const char *what, struct error *err)
{
    return sqlite3_exec(j->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           journal_error(j, err, what);
}

bool journal_step(struct journal *j, sqlite3_stmt *s, struct error *err)
{
    bool ok = sqlite3_step(s) == SQLITE_DONE || journal_error(j, err, "write to");

    sqlite3_reset(s);
    return ok;
}

void journal_bind_text(sqlite3_stmt *s, int index, const char *text)
{
    sqlite3_bind_text(s, index, text != NULL ? text : "", -1, SQLITE_TRANSIENT);
}

const char *journal_column_text(sqlite3_stmt *s, int index)
{
    const unsigned char *text = sqlite3_column_text(s, index);
    return text != NULL ? (const char *)text : "";
}

static bool prepare_statements(struct journal *j, struct error *err)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(j->database, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &j->statements[i], NULL) != SQLITE_OK)
            return journal_error(j, err, "read");
    return true;
}

/* ---- the folder and the file ---- */

/* File systems on which locks cannot be trusted (linux/magic.h and friends). */
static const struct {
    unsigned magic;
    const char *name;
} network_file_systems[] = {
    {0x6969, "NFS"},     {0x517B, "SMB"},      {0xFE534D42, "SMB2"},   {0xFF534D42, "CIFS"},
    {0x5346414F, "AFS"}, {0x00C36400, "Ceph"}, {0x0BD00BD0, "Lustre"}, {0x01021997, "9p"},
};

static bool refuse_network_file_system(const char *directory, struct error *err)
{
    struct statfs fs;
    if (statfs(directory, &fs) != 0)
        return true;
    for (size_t i = 0; i < COUNT(network_file_systems); i++) {
        if ((unsigned)fs.f_type != network_file_systems[i].magic)
            continue;
        error_set(err, ERROR_USAGE, "the state folder %s is on %s, where locks cannot be trusted",
                  directory, network_file_systems[i].name);
        return error_hint(err, "Set FLIGHTDECK_STATE_DIR to a folder on a local disk");
    }
    return true;
}

/* What sudo leaves there its owner could not open any more. */
bool journal_own_directory(const char *directory, struct error *err)
{
    struct passwd entry, *owner = NULL;
    char buffer[4096];
    struct stat is;

    if (stat(directory, &is) != 0 || is.st_uid == geteuid())
        return true;
    const char *name =
        getpwuid_r(is.st_uid, &entry, buffer, sizeof buffer, &owner) == 0 && owner != NULL
            ? owner->pw_name
            : "another user";
    error_set(err, ERROR_USAGE, "the state folder %s is of %s", directory, name);
    return error_hint(
        err, "Work as %s (not with sudo), or set FLIGHTDECK_STATE_DIR to another folder", name);
}

bool journal_make_directory(const char *directory, struct error *err)
{
    auto_free char *path = xstrdup(directory);
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            error_set(err, ERROR_USAGE, "could not make the state folder %s: %s", path,
                      strerror(errno));
            return error_hint(err, "Set FLIGHTDECK_STATE_DIR to a folder that you can write to");
        }
        if (slash == NULL)
            return journal_own_directory(directory, err);
        *slash = '/';
    }
}

/*
 * SQLite gives its other files the mode of this one. Never opened by us when it is there: closing
 * it would drop the locks that this process holds on it. A failure is told by SQLite's own open.
 */
static void make_private_file(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
}

/* ---- opening ---- */

static bool read_schema_version(struct journal *j, int *version, struct error *err)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(j->database, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *version = sqlite3_column_int(s, 0);
    else
        journal_error(j, err, "read");
    sqlite3_finalize(s);
    return ok;
}

static bool make_tables(struct journal *j, struct error *err)
{
    int version = 0;

    if (!read_schema_version(j, &version, err))
        return false;
    if (version == SCHEMA_VERSION)
        return true;
    if (version > SCHEMA_VERSION) {
        error_set(err, ERROR_USAGE,
                  "the journal %s was written by a newer flightdeck (schema %d, this one knows %d)",
                  j->path, version, SCHEMA_VERSION);
        return error_hint(err,
                          "Use that version, or name another folder with FLIGHTDECK_STATE_DIR");
    }
    return journal_execute(j, "BEGIN IMMEDIATE", "set up", err) &&
           journal_execute(j, schema, "set up", err) && journal_execute(j, "COMMIT", "set up", err);
}

/*
 * TRUNCATE and FULL: a commit is durable or not there, and SQLite before 3.51.3 can corrupt a WAL.
 * Neither pragma writes anything: opening a journal that is there costs no fsync.
 */
static bool open_database(struct journal *j, struct error *err)
{
    static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    make_private_file(j->path);
    if (sqlite3_open_v2(j->path, &j->database, flags, NULL) != SQLITE_OK)
        return journal_error(j, err, "open");
    journal_set_patience(j, JOURNAL_PATIENCE_MS);
    return journal_execute(j, "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL", "open",
                           err) &&
           make_tables(j, err) && prepare_statements(j, err) && journal_restore_index(j, err);
}

bool journal_open(const char *state_directory, struct journal **out, struct error *err)
{
    if (!journal_make_directory(state_directory, err) ||
        !refuse_network_file_system(state_directory, err))
        return false;
    struct journal *j = xcalloc(1, sizeof *j);
    j->path = xasprintf("%s/journal.sqlite", state_directory);
    if (!open_database(j, err)) {
        journal_close(j);
        return false;
    }
    *out = j;
    return true;
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

void journal_set_patience(struct journal *j, int wall_ms)
{
    sqlite3_busy_timeout(j->database, wall_ms);
}

const char *journal_path(const struct journal *j) { return j->path; }
