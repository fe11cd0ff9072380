/*
 * connection.c - see connection.h. libpq in its non-blocking form: we wait for its socket and for
 * the caller's cancel at once.
 */
#include "db/connection.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"

#define DEFAULT_LIMIT_MS 5000
#define LATER_THAN_THE_SERVER_MS 2000 /* it ends the statement itself, with a better message */
#define MOST_KEYWORDS 40
#define MOST_NAME_PARTS 3
#define MESSAGE_BYTES 400

struct connection {
    PGconn *link;
    int64_t statement_limit_ms;
};

struct connection_result {
    PGresult *rows;
};

/* ---- errors ---- */

/* The first line of libpq's text, safe to show. */
static bool fail(struct error *err, enum error_kind kind, const char *text)
{
    auto_buf redacted;

    buf_init(&redacted, MESSAGE_BYTES);
    secret_redact(&redacted, text, strcspn(text, "\n"));
    auto_free char *safe = text_safe(redacted.ptr);
    return error_set(err, kind, "%s", safe);
}

/* What the caller can do, by the class of a SQLSTATE (PostgreSQL, appendix A). */
static const struct {
    const char *class;
    enum error_kind kind;
} kinds[] = {
    {"08", ERROR_TRANSIENT},    {"28", ERROR_DENIED},    {"3D", ERROR_NOT_FOUND},
    {"40", ERROR_TRANSIENT},    {"42501", ERROR_DENIED}, {"42P01", ERROR_NOT_FOUND},
    {"42703", ERROR_NOT_FOUND}, {"53", ERROR_TRANSIENT}, {"57P", ERROR_TRANSIENT},
};

static enum error_kind kind_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (text_starts_with(sqlstate, kinds[i].class))
            return kinds[i].kind;
    return ERROR_REFUSED;
}

static bool fail_result(struct error *err, const PGresult *rows)
{
    const char *state = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY);

    fail(err, state != NULL ? kind_of(state) : ERROR_TRANSIENT,
         text != NULL ? text : PQresultErrorMessage(rows));
    return error_code(err, state != NULL ? state : "");
}

/* ---- waiting ---- */

/* False: cancelled or too late. events are poll's, for the socket of the connection. */
static bool wait_socket(PGconn *link, short events, int64_t until_ms, struct cancel *cancel,
                        struct error *err)
{
    for (;;) {
        int64_t left_ms = until_ms - clock_boot_ms();
        struct pollfd fds[2] = {{.fd = PQsocket(link), .events = events},
                                {.fd = cancel_fd(cancel), .events = POLLIN}};
        if (left_ms <= 0)
            return error_set(err, ERROR_TRANSIENT, "the database does not answer");
        int ready = poll(fds, 2, left_ms > 60000 ? 60000 : (int)left_ms);
        if (cancel_is_set(cancel))
            return error_set(err, ERROR_CANCELLED, "cancelled");
        if (ready < 0 && errno != EINTR)
            return error_set(err, ERROR_INTERNAL, "poll: errno %d", errno);
        if (ready > 0 && fds[0].revents != 0)
            return true;
    }
}

/* ---- signing in ---- */

struct keywords {
    const char *names[MOST_KEYWORDS + 1], *values[MOST_KEYWORDS + 1];
    size_t count;
};

static void add_keyword(struct keywords *k, const char *name, const char *value)
{
    if (k->count == MOST_KEYWORDS)
        return;
    k->names[k->count] = name;
    k->values[k->count++] = value;
}

static bool parse_uri(const char *uri, PQconninfoOption **out, struct error *err)
{
    char *complaint = NULL;

    if (!text_starts_with(uri, "postgresql://") && !text_starts_with(uri, "postgres://")) {
        error_set(err, ERROR_USAGE, "the address of a database begins with postgresql://");
        return error_hint(err, "postgresql://USER@HOST:5432/DATABASE?sslmode=verify-full");
    }
    *out = PQconninfoParse(uri, &complaint);
    if (*out != NULL)
        return true;
    /* libpq quotes what it could not read, which may hold a password. */
    PQfreemem(complaint);
    return error_set(err, ERROR_USAGE, "the address of the database cannot be read");
}

/* The names of libpq's options, borrowed from `parsed`. Neither host nor user come from the
 * environment: the same file means the same database for everyone. */
static bool collect(const PQconninfoOption *parsed, struct keywords *k, struct error *err)
{
    bool has_host = false, has_user = false, has_database = false;

    for (const PQconninfoOption *o = parsed; o->keyword != NULL; o++) {
        if (o->val == NULL || o->val[0] == '\0')
            continue;
        if (strcmp(o->keyword, "password") == 0) {
            error_set(err, ERROR_USAGE, "a password stands in the address of a database");
            return error_hint(err, "Say where it is instead: password: env:NAME or file:PATH");
        }
        has_host =
            has_host || strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0;
        has_user = has_user || strcmp(o->keyword, "user") == 0;
        has_database = has_database || strcmp(o->keyword, "dbname") == 0;
        add_keyword(k, o->keyword, o->val);
    }
    if (has_host && has_user && has_database)
        return true;
    return error_set(err, ERROR_USAGE, "the address of a database needs a user, a host and a name");
}

bool connection_check_uri(const char *uri, struct error *err)
{
    PQconninfoOption *parsed = NULL;
    struct keywords ignored = {.count = 0};

    if (!parse_uri(uri, &parsed, err))
        return false;
    bool ok = collect(parsed, &ignored, err);
    PQconninfoFree(parsed);
    return ok;
}

static bool finish_sign_in(PGconn *link, int64_t until_ms, struct cancel *cancel, struct error *err)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING; /* as PQconnectPoll's page says */

    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) {
            bool is_denied = strstr(PQerrorMessage(link), "authentication failed") != NULL ||
                             PQconnectionNeedsPassword(link) != 0;
            return fail(err, is_denied ? ERROR_DENIED : ERROR_TRANSIENT, PQerrorMessage(link));
        }
        if (!wait_socket(link, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms, cancel,
                         err))
            return false;
        next = PQconnectPoll(link);
    }
    return true;
}

/* Notices are for people at a psql. */
static void drop_notice(void *closure, const char *message)
{
    (void)closure;
    (void)message;
}

static PGconn *start(const struct connection_options *options, const PQconninfoOption *parsed,
                     struct error *err)
{
    struct keywords k = {.count = 0};
    PGconn *link = NULL;

    if (!collect(parsed, &k, err))
        return NULL;
    add_keyword(&k, "application_name", "flightdeck");
    add_keyword(&k, "client_encoding", "UTF8");
    if (options->password != NULL && options->password->bytes != NULL)
        add_keyword(&k, "password", options->password->bytes);
    link = PQconnectStartParams(k.names, k.values, 0);
    if (link == NULL) {
        error_set(err, ERROR_INTERNAL, "libpq has no memory");
        return NULL;
    }
    (void)PQsetNoticeProcessor(link, drop_notice, NULL);
    if (PQstatus(link) != CONNECTION_BAD)
        return link;
    fail(err, ERROR_TRANSIENT, PQerrorMessage(link));
    PQfinish(link);
    return NULL;
}

/* The server keeps to the limits too: it must not work on for a client that is gone. */
static bool set_session(struct connection *c, bool may_write, struct cancel *cancel,
                        struct error *err)
{
    auto_free char *limit = xasprintf("%lld", (long long)c->statement_limit_ms);
    const char *const parameters[] = {limit, may_write ? "off" : "on"};
    struct connection_result *ignored = NULL;

    bool ok = connection_query(c,
                               "SELECT set_config('statement_timeout', $1, false), "
                               "set_config('lock_timeout', $1, false), "
                               "set_config('default_transaction_read_only', $2, false)",
                               parameters, 2, cancel, &ignored, err);
    if (ok)
        connection_result_free(ignored);
    return ok;
}

bool connection_open(const struct connection_options *options, struct cancel *cancel,
                     struct connection **out, struct error *err)
{
    int64_t limit_ms = options->connect_limit_ms > 0 ? options->connect_limit_ms : DEFAULT_LIMIT_MS;
    int64_t until_ms = clock_boot_ms() + limit_ms;
    PQconninfoOption *parsed = NULL;

    if (!parse_uri(options->uri, &parsed, err))
        return false;
    PGconn *link = start(options, parsed, err);
    PQconninfoFree(parsed);
    if (link == NULL)
        return false;
    struct connection *c = xcalloc(1, sizeof *c);
    c->link = link;
    c->statement_limit_ms =
        options->statement_limit_ms > 0 ? options->statement_limit_ms : DEFAULT_LIMIT_MS;
    if (finish_sign_in(link, until_ms, cancel, err) &&
        set_session(c, options->may_write, cancel, err)) {
        *out = c;
        return true;
    }
    connection_close(c);
    return false;
}

void connection_close(struct connection *c)
{
    if (c == NULL)
        return;
    PQfinish(c->link);
    free(c);
}

/* ---- asking ---- */

static bool read_rows(struct connection *c, int64_t until_ms, struct cancel *cancel, PGresult **out,
                      struct error *err)
{
    PGresult *rows, *newest = NULL;

    for (;;) {
        while (PQisBusy(c->link)) {
            if (!wait_socket(c->link, POLLIN, until_ms, cancel, err) ||
                (!PQconsumeInput(c->link) &&
                 !fail(err, ERROR_TRANSIENT, PQerrorMessage(c->link)))) {
                PQclear(newest);
                return false;
            }
        }
        rows = PQgetResult(c->link);
        if (rows == NULL)
            break;
        PQclear(newest);
        newest = rows;
    }
    *out = newest;
    return newest != NULL || fail(err, ERROR_TRANSIENT, PQerrorMessage(c->link));
}

bool connection_query(struct connection *c, const char *sql, const char *const *parameters,
                      int parameter_count, struct cancel *cancel, struct connection_result **out,
                      struct error *err)
{
    int64_t until_ms = clock_boot_ms() + c->statement_limit_ms + LATER_THAN_THE_SERVER_MS;
    PGresult *rows = NULL;

    if (!PQsendQueryParams(c->link, sql, parameter_count, NULL, parameters, NULL, NULL, 0))
        return fail(err, ERROR_TRANSIENT, PQerrorMessage(c->link));
    if (!read_rows(c, until_ms, cancel, &rows, err))
        return false;
    if (PQresultStatus(rows) != PGRES_TUPLES_OK && PQresultStatus(rows) != PGRES_COMMAND_OK) {
        fail_result(err, rows);
        PQclear(rows);
        return false;
    }
    struct connection_result *result = xcalloc(1, sizeof *result);
    result->rows = rows;
    *out = result;
    return true;
}

int connection_row_count(const struct connection_result *r) { return PQntuples(r->rows); }

const char *connection_value(const struct connection_result *r, int row, int column)
{
    return PQgetisnull(r->rows, row, column) ? NULL : PQgetvalue(r->rows, row, column);
}

void connection_result_free(struct connection_result *r)
{
    if (r == NULL)
        return;
    PQclear(r->rows);
    free(r);
}

bool connection_quote_name(struct connection *c, const char *name, char **out, struct error *err)
{
    auto_buf quoted;
    struct text rest = text_of(name), part;
    int parts = 0;

    buf_init(&quoted, 600);
    while (text_split(&rest, '.', &part)) {
        char *safe = PQescapeIdentifier(c->link, part.ptr, part.len);
        if (safe == NULL || part.len == 0 || ++parts > MOST_NAME_PARTS) {
            PQfreemem(safe);
            return error_set(err, ERROR_USAGE, "\"%.100s\" is no name of a table or column", name);
        }
        buf_addf(&quoted, "%s%s", parts > 1 ? "." : "", safe);
        PQfreemem(safe);
    }
    if (parts == 0)
        return error_set(err, ERROR_USAGE, "the name of a table or column is empty");
    *out = buf_steal(&quoted);
    return true;
}
