/*
 * schema_version.c - the newest migration that a database says was applied.
 */
#include <stdlib.h>

#include "core/clock.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"
#include "db/connection.h"
#include "db/password.h"
#include "db/resources.h"

static const struct param params[] = {
    {.name = "schema-version",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "the table that lists the applied migrations: schema_migrations"},
    {.name = "database",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "postgresql://USER@HOST:5432/DATABASE?sslmode=verify-full, without a password"},
    {.name = "password",
     .type = PARAM_TEXT,
     .help = "where the password is, env:NAME or file:PATH; PGPASSFILE when left out"},
    {.name = "column",
     .type = PARAM_TEXT,
     .fallback = "version",
     .help = "the column of that table that tells one migration from another"},
    {0},
};

static bool ask(struct connection *c, const struct resource *resource, struct cancel *cancel,
                struct connection_result **out, struct error *err)
{
    auto_free char *table = NULL, *column = NULL;

    if (!connection_quote_name(c, config_resource_text(resource, "schema-version"), &table, err) ||
        !connection_quote_name(c, config_resource_text(resource, "column"), &column, err))
        return false;
    auto_free char *sql = xasprintf("SELECT max(%s)::text, count(*)::text FROM %s", column, table);
    return connection_query(c, sql, NULL, 0, cancel, out, err);
}

static bool read_newest(const struct resource *resource, struct cancel *cancel,
                        struct connection_result **out, struct error *err)
{
    struct secret password;
    struct connection *c = NULL;

    secret_init(&password);
    const struct connection_options options = {.uri = config_resource_text(resource, "database"),
                                               .password = &password};
    bool ok = password_read(config_resource_text(resource, "password"), &password, err) &&
              connection_open(&options, cancel, &c, err);
    secret_clear(&password);
    ok = ok && ask(c, resource, cancel, out, err);
    connection_close(c);
    return ok;
}

static bool observe(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err)
{
    struct connection_result *result = NULL;
    int64_t count = 0;

    (void)world;
    (void)environment;
    if (!read_newest(resource, cancel, &result, err))
        return false;
    const char *newest = connection_value(result, 0, 0);
    (void)text_to_int64(connection_value(result, 0, 1), &count);
    auto_free char *safe = text_safe(newest != NULL ? newest : "");
    *out = (struct observation){
        .health = HEALTH_HEALTHY,
        .summary = newest != NULL
                       ? xasprintf("migration %s is the newest of %lld", safe, (long long)count)
                       : xstrdup("no migration was applied yet"),
        .details = json_pack("{s:s?, s:I}", "schema_version", newest != NULL ? safe : NULL,
                             "migrations", (json_int_t)count),
        .observed_at_ms = clock_world_ms(),
    };
    connection_result_free(result);
    return true;
}

const struct resource_kind resource_schema_version = {
    .name = "schema-version",
    .summary = "The newest migration that a PostgreSQL database has",
    .params = params,
    .observe = observe,
};
