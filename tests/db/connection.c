/* connection.c - against a real PostgreSQL: signing in, limits, cancel, and what errors mean. */
#include "db/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "core/text.h"
#include "tests/db_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define WRONG_PASSWORD "wrong-horse-battery"

TestSuite(connection, .timeout = 60);

static const struct {
    const char *uri;
    const char *says; /* NULL = good */
} addresses[] = {
    {"postgresql://reader@db.example.com:5432/shop?sslmode=verify-full", NULL},
    {"postgres://reader@db.example.com/shop", NULL},
    {"postgresql://reader@/shop?host=/run/postgresql", NULL},
    {"postgresql://reader:hunter2hunter2@db.example.com/shop", "a password stands in"},
    {"postgresql://reader@db.example.com/shop?password=hunter2hunter2", "a password stands in"},
    {"host=db.example.com user=reader dbname=shop", "begins with postgresql://"},
    {"postgresql://reader@/shop", "needs a user, a host and a name"},
    {"postgresql://db.example.com/shop", "needs a user, a host and a name"},
    {"postgresql://reader@db.example.com", "needs a user, a host and a name"},
    {"postgresql://reader:hunter2hunter2@[db/shop", "cannot be read"},
    {"postgresql://reader@db/shop?nonsense=1", "cannot be read"},
    {"", "begins with postgresql://"},
};

Test(connection, takes_an_address_that_says_where_and_holds_no_password)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct error err = {0};
        bool ok = connection_check_uri(addresses[i].uri, &err);
        cr_expect_eq(ok, addresses[i].says == NULL, "%s: %s", addresses[i].uri, err.message);
        cr_expect(ok || strstr(err.message, addresses[i].says) != NULL, "%s: %s", addresses[i].uri,
                  err.message);
        cr_expect_null(strstr(err.message, "hunter2"));
    }
}

Test(connection, refuses_a_wrong_password_without_repeating_it)
{
    auto_free char *uri = db_uri();
    struct connection *c = NULL;
    struct secret password;

    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        db_set_password(&password, WRONG_PASSWORD);
        const struct connection_options options = {.uri = uri,
                                                   .password = i == 0 ? &password : NULL};
        setenv("PGPASSFILE", "/nowhere", 1);
        cr_expect_not(connection_open(&options, NULL, &c, &err));
        cr_expect_eq(err.kind, ERROR_DENIED, "%s", err.message);
        cr_expect_null(strstr(err.message, WRONG_PASSWORD), "%s", err.message);
        secret_clear(&password);
    }
}

Test(connection, asks_with_parameters)
{
    struct connection *c = db_open(false);
    struct connection_result *r = NULL;
    struct error err;
    const char *const given[] = {"it's; DROP TABLE x", NULL};

    cr_assert(connection_query(c, "SELECT $1::text, $2::text UNION ALL SELECT 'b', 'c'", given, 2,
                               NULL, &r, &err),
              "%s", err.message);
    cr_assert_eq(connection_row_count(r), 2);
    cr_expect_str_eq(connection_value(r, 0, 0), "it's; DROP TABLE x");
    cr_expect_null(connection_value(r, 0, 1));
    cr_expect_str_eq(connection_value(r, 1, 1), "c");
    connection_result_free(r);
    connection_close(c);
}

static const struct {
    const char *sql;
    enum error_kind kind;
    const char *code;
} failures[] = {
    {"SELECT * FROM nowhere", ERROR_NOT_FOUND, "42P01"},
    {"SELECT nothing FROM pg_class", ERROR_NOT_FOUND, "42703"},
    {"SELEC 1", ERROR_REFUSED, "42601"},
    {"CREATE TABLE x (a int)", ERROR_REFUSED, "25006"}, /* the session is read-only */
    {"SELECT 1/0", ERROR_REFUSED, "22012"},
};

Test(connection, says_what_an_error_means_and_goes_on)
{
    struct connection *c = db_open(false);

    for (size_t i = 0; i < COUNT(failures); i++) {
        struct connection_result *r = NULL;
        struct error err = {0};
        cr_expect_not(connection_query(c, failures[i].sql, NULL, 0, NULL, &r, &err));
        cr_expect_eq(err.kind, failures[i].kind, "%s: %s", failures[i].sql, err.message);
        cr_expect_str_eq(err.code, failures[i].code, "%s", failures[i].sql);
    }
    connection_close(c);
}

Test(connection, ends_a_statement_that_takes_too_long)
{
    auto_free char *uri = db_uri();
    struct secret password;
    struct connection *c = NULL;
    struct connection_result *r = NULL;
    struct error err;

    db_set_password(&password, DB_PASSWORD);
    const struct connection_options options = {
        .uri = uri, .password = &password, .statement_limit_ms = 100};
    cr_assert(connection_open(&options, NULL, &c, &err), "%s", err.message);
    int64_t begun_ms = clock_boot_ms();
    cr_expect_not(connection_query(c, "SELECT pg_sleep(30)", NULL, 0, NULL, &r, &err));
    cr_expect_str_eq(err.code, "57014", "%s", err.message);
    cr_expect_lt(clock_boot_ms() - begun_ms, 2000);
    connection_close(c);
    secret_clear(&password);
}

/* Sets the cancel when the server says that the statement runs. */
static void *cancel_when_running(void *closure)
{
    struct connection *c = db_open(false);
    bool is_running = false;

    while (!is_running) {
        struct connection_result *r = NULL;
        struct error err;
        if (!connection_query(c,
                              "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND "
                              "query = 'SELECT pg_sleep(20)'",
                              NULL, 0, NULL, &r, &err))
            break;
        is_running = connection_row_count(r) > 0;
        connection_result_free(r);
    }
    connection_close(c);
    cancel_set(closure);
    return NULL;
}

Test(connection, ends_a_wait_at_once_when_cancelled)
{
    auto_free char *uri = db_uri();
    struct secret password;
    struct connection *c = NULL;
    struct connection_result *r = NULL;
    struct cancel *cancel = cancel_new();
    pthread_t thread;
    struct error err;

    db_set_password(&password, DB_PASSWORD);
    const struct connection_options options = {
        .uri = uri, .password = &password, .statement_limit_ms = 30000};
    cr_assert(connection_open(&options, cancel, &c, &err), "%s", err.message);
    cr_assert_eq(pthread_create(&thread, NULL, cancel_when_running, cancel), 0);
    int64_t begun_ms = clock_boot_ms();
    cr_expect_not(connection_query(c, "SELECT pg_sleep(20)", NULL, 0, cancel, &r, &err));
    cr_expect_eq(err.kind, ERROR_CANCELLED, "%s", err.message);
    cr_expect_lt(clock_boot_ms() - begun_ms, 10000);
    pthread_join(thread, NULL);
    cr_expect_not(connection_open(&options, cancel, &c, &err));
    cr_expect_eq(err.kind, ERROR_CANCELLED);
    connection_close(c);
    cancel_unref(cancel);
    secret_clear(&password);
}

Test(connection, does_not_wait_for_a_server_that_says_nothing)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct connection *c = NULL;
    struct error err;

    cr_assert_eq(bind(silent, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(silent, 1), 0);
    cr_assert_eq(getsockname(silent, (struct sockaddr *)&address, &size), 0);
    auto_free char *uri =
        xasprintf("postgresql://reader@127.0.0.1:%d/shop?sslmode=disable", ntohs(address.sin_port));
    const struct connection_options options = {.uri = uri, .connect_limit_ms = 100};
    int64_t begun_ms = clock_boot_ms();
    cr_expect_not(connection_open(&options, NULL, &c, &err));
    cr_expect_eq(err.kind, ERROR_TRANSIENT, "%s", err.message);
    cr_expect_lt(clock_boot_ms() - begun_ms, 2000);
    close(silent);
    cr_expect_not(connection_open(&options, NULL, &c, &err)); /* and nobody is there at all */
    cr_expect_eq(err.kind, ERROR_TRANSIENT, "%s", err.message);
}

static const struct {
    const char *name, *quoted; /* NULL = refused */
} names[] = {
    {"schema_migrations", "\"schema_migrations\""},
    {"public.schema_migrations", "\"public\".\"schema_migrations\""},
    {"Select", "\"Select\""},
    {"a\"; DROP TABLE x; --", "\"a\"\"; DROP TABLE x; --\""},
    {"a.b.c.d", NULL},
    {"a..b", NULL},
    {"", NULL},
};

Test(connection, quotes_names)
{
    struct connection *c = db_open(false);

    for (size_t i = 0; i < COUNT(names); i++) {
        char *quoted = NULL;
        struct error err;
        bool ok = connection_quote_name(c, names[i].name, &quoted, &err);
        cr_expect_eq(ok, names[i].quoted != NULL, "%s", names[i].name);
        if (ok)
            cr_expect_str_eq(quoted, names[i].quoted);
        free(quoted);
    }
    connection_close(c);
}
