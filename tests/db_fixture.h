/*
 * db_fixture.h - a real PostgreSQL of one's own: a fresh cluster on a Unix socket in a temporary
 * folder, as another user where we are root (it refuses root). All is static, and main is here:
 * include it in one test program. Where there is no PostgreSQL the program ends with 77, skipped.
 */
#ifndef TESTS_DB_FIXTURE_H
#define TESTS_DB_FIXTURE_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/secret.h"
#include "db/connection.h"

#define DB_PASSWORD "correct-horse-battery"
#define DB_START_LIMIT_MS 30000
#define SKIPPED 77

struct db_fixture {
    char directory[64]; /* holds data/ and the socket */
    char *binaries;     /* /usr/lib/postgresql/15/bin */
    const struct passwd *user;
    pid_t server;
};
static struct db_fixture db;

/* Criterion runs each test in a program of its own: only the environment reaches it. */
static char *db_uri(void)
{
    return xasprintf("postgresql://flightdeck@/postgres?host=%s", getenv("DB_FIXTURE"));
}

static void db_set_password(struct secret *s, const char *password)
{
    secret_init(s);
    secret_set(s, password, strlen(password));
}

static struct connection *db_open(bool may_write)
{
    auto_free char *uri = db_uri();
    struct secret password;
    struct connection *c = NULL;
    struct error err;

    db_set_password(&password, DB_PASSWORD);
    const struct connection_options options = {
        .uri = uri, .password = &password, .may_write = may_write};
    cr_assert(connection_open(&options, NULL, &c, &err), "%s", err.message);
    secret_clear(&password);
    return c;
}

/* ---- the server ---- */

static bool db_find_binaries(void)
{
    glob_t found;

    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0 && found.gl_pathc > 0) {
        char *path = found.gl_pathv[found.gl_pathc - 1];
        db.binaries = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    }
    globfree(&found);
    return db.binaries != NULL;
}

/* Starts a program of PostgreSQL in a child that may have given up being root. */
static pid_t db_start(const char *program, const char *const *arguments)
{
    auto_free char *path = xasprintf("%s/%s", db.binaries, program);
    pid_t child = fork();

    if (child != 0)
        return child;
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 ||
        chdir("/") != 0)
        _exit(126);
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(db.user->pw_gid) != 0 || setuid(db.user->pw_uid) != 0))
        _exit(126);
    execv(path, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static bool db_make_cluster(void)
{
    auto_free char *data = xasprintf("%s/data", db.directory);
    auto_free char *file = xasprintf("%s/password", db.directory);
    auto_free char *option = xasprintf("--pwfile=%s", file);
    const char *const arguments[] = {
        "initdb", "-D", data,   "-U",         "flightdeck", "-A", "scram-sha-256",
        "-N",     "-E", "UTF8", "--locale=C", option,       NULL};
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), status = -1;

    if (fd < 0 || write(fd, DB_PASSWORD, strlen(DB_PASSWORD)) < 0 || close(fd) != 0)
        return false;
    if (geteuid() == 0 && (chown(db.directory, db.user->pw_uid, db.user->pw_gid) != 0 ||
                           chown(file, db.user->pw_uid, db.user->pw_gid) != 0))
        return false;
    pid_t child = db_start("initdb", arguments);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* It is up when it lets us in. */
static bool db_await(void)
{
    auto_free char *uri = db_uri();
    int64_t until_ms = clock_boot_ms() + DB_START_LIMIT_MS;
    struct secret password;
    struct connection *c = NULL;
    struct error err;

    db_set_password(&password, DB_PASSWORD);
    const struct connection_options options = {.uri = uri, .password = &password};
    while (!connection_open(&options, NULL, &c, &err) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 20);
    secret_clear(&password);
    bool is_up = c != NULL;
    connection_close(c);
    return is_up;
}

static bool db_begin(void)
{
    auto_free char *data = NULL;

    (void)snprintf(db.directory, sizeof db.directory, "/tmp/flightdeck-db-XXXXXX");
    if (mkdtemp(db.directory) == NULL || setenv("DB_FIXTURE", db.directory, 1) != 0 ||
        !db_make_cluster())
        return false;
    data = xasprintf("%s/data", db.directory);
    const char *const arguments[] = {
        "postgres",          "-D", data,        "-k", db.directory, "-c",
        "listen_addresses=", "-c", "fsync=off", NULL};
    db.server = db_start("postgres", arguments);
    return db.server > 0 && db_await();
}

static int db_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void db_end(void)
{
    if (db.server > 0) {
        (void)kill(db.server, SIGINT); /* fast shutdown */
        (void)waitpid(db.server, NULL, 0);
    }
    (void)nftw(db.directory, db_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(db.binaries);
}

int main(int argc, char *argv[])
{
    struct criterion_test_set *tests = criterion_initialize();
    int code = 0;

    db.user = getpwnam("postgres");
    if (!db_find_binaries() || (geteuid() == 0 && db.user == NULL)) {
        puts("SKIPPED: there is no PostgreSQL server here, or no user to run it as");
        code = SKIPPED;
    } else if (!db_begin()) {
        puts("FAILED: PostgreSQL did not start");
        code = 1;
    } else if (criterion_handle_args(argc, argv, true)) {
        code = !criterion_run_all_tests(tests);
    }
    criterion_finalize(tests);
    db_end();
    return code;
}

#endif
