/*
 * connection.h - one connection to PostgreSQL over libpq: never blocks past its limits, never knows
 * a password longer than it takes to sign in.
 *
 * The address is a URI without a password; the password stands alone in a struct secret. Sessions
 * are read-only unless asked otherwise, and the server itself ends a statement that runs too long
 * or whose client went away. Thread: a connection belongs to one thread.
 */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct cancel;
struct connection;
struct secret;

struct connection_options {
    const char *uri;               /* postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full */
    const struct secret *password; /* NULL or unset: as PGPASSFILE or the server says */
    int64_t connect_limit_ms;      /* wall; 0 = 5 s */
    int64_t statement_limit_ms;    /* wall; 0 = 5 s */
    bool may_write;
};

/* The address can work and carries no password. */
bool connection_check_uri(const char *uri, struct error *err) FD_MUST_USE;
bool connection_open(const struct connection_options *options, struct cancel *cancel,
                     struct connection **out, struct error *err) FD_MUST_USE;
void connection_close(struct connection *c);

/* Values as text; NULL is a null. Rows and columns from 0. Borrowed from the result. */
struct connection_result;
/* One statement with its parameters ($1 ...) as text. Errors carry the SQLSTATE as their code. */
bool connection_query(struct connection *c, const char *sql, const char *const *parameters,
                      int parameter_count, struct cancel *cancel, struct connection_result **out,
                      struct error *err) FD_MUST_USE;
int connection_row_count(const struct connection_result *r);
const char *connection_value(const struct connection_result *r, int row, int column);
void connection_result_free(struct connection_result *r);

/* "public.schema_migrations" as `"public"."schema_migrations"`. Yours. */
bool connection_quote_name(struct connection *c, const char *name, char **out,
                           struct error *err) FD_MUST_USE;

#endif
