/* schema_version.c - the newest migration as a real database tells it. */
#include "core/config.h"
#include "core/text.h"
#include "db/resources.h"
#include "tests/db_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

TestSuite(schema_version, .timeout = 60);

static void write_sql(const char *sql)
{
    struct connection *c = db_open(true);
    struct connection_result *r = NULL;
    struct error err;

    cr_assert(connection_query(c, sql, NULL, 0, NULL, &r, &err), "%s: %s", sql, err.message);
    connection_result_free(r);
    connection_close(c);
}

static bool observe(const char *table, const char *column, const char *password,
                    struct observation *out, struct error *err)
{
    auto_free char *uri = db_uri();
    struct resource resource = {.name = TEXT("schema"), .kind = &resource_schema_version};

    resource.params = json_pack("{s:s, s:s, s:s, s:s}", "schema-version", table, "column", column,
                                "database", uri, "password", password);
    bool ok = resource_schema_version.observe(NULL, NULL, &resource, NULL, out, err);
    json_decref(resource.params);
    return ok;
}

Test(schema_version, is_the_highest_that_was_applied)
{
    static const char *const steps[][2] = {
        {"CREATE SCHEMA app", NULL},
        {"CREATE TABLE app.applied (version bigint PRIMARY KEY)", "no migration was applied yet"},
        {"INSERT INTO app.applied VALUES (9), (10)", "migration 10 is the newest of 2"},
        {"INSERT INTO app.applied VALUES (11)", "migration 11 is the newest of 3"},
    };

    setenv("DB_PASSWORD_OF_TEST", DB_PASSWORD, 1);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct observation seen = {0};
        struct error err = {0};
        write_sql(steps[i][0]);
        if (steps[i][1] == NULL)
            continue;
        cr_assert(observe("app.applied", "version", "env:DB_PASSWORD_OF_TEST", &seen, &err), "%s",
                  err.message);
        cr_expect_str_eq(seen.summary, steps[i][1]);
        cr_expect_eq(seen.health, HEALTH_HEALTHY);
        auto_free char *details = json_dumps(seen.details, 0);
        cr_expect_null(strstr(details, DB_PASSWORD));
        resource_observation_clear(&seen);
    }
}

Test(schema_version, takes_names_as_names)
{
    struct observation seen = {0};
    struct error err;

    setenv("DB_PASSWORD_OF_TEST", DB_PASSWORD, 1);
    write_sql("CREATE TABLE \"my\"\"table\" (\"the version\" text)");
    write_sql("INSERT INTO \"my\"\"table\" VALUES ('003_add_\x1b[31mstatus')");
    cr_assert(observe("my\"table", "the version", "env:DB_PASSWORD_OF_TEST", &seen, &err), "%s",
              err.message);
    cr_expect_str_eq(seen.summary, "migration 003_add_\\x1b[31mstatus is the newest of 1");
    resource_observation_clear(&seen);
}

static const struct {
    const char *table, *column, *password;
    enum error_kind kind;
} failures[] = {
    {"nowhere", "version", "env:DB_PASSWORD_OF_TEST", ERROR_NOT_FOUND},
    {"pg_class", "nothing", "env:DB_PASSWORD_OF_TEST", ERROR_NOT_FOUND},
    {"pg_class", "relname", "env:NOT_SET_ANYWHERE", ERROR_DENIED},
    {"pg_class", "relname", "env:DB_WRONG_PASSWORD", ERROR_DENIED},
    {"pg_class", "relname", DB_PASSWORD, ERROR_USAGE},
};

Test(schema_version, that_cannot_be_read_is_an_error)
{
    setenv("DB_PASSWORD_OF_TEST", DB_PASSWORD, 1);
    setenv("DB_WRONG_PASSWORD", "wrong-horse-battery", 1);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct observation seen = {0};
        struct error err = {0};
        cr_expect_not(
            observe(failures[i].table, failures[i].column, failures[i].password, &seen, &err));
        cr_expect_eq(err.kind, failures[i].kind, "%zu: %s", i, err.message);
        cr_expect_null(strstr(err.message, DB_PASSWORD), "%s", err.message);
    }
}
