/* log.c - lines of the log file: whole, redacted, safe to show. */
#include "core/log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"

static char path[] = P_tmpdir "/flightdeck-test-log-XXXXXX";

static void open_log(void)
{
    struct error err;
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    (void)close(fd);
    cr_assert_eq(unlink(path), 0);
    unsetenv("FLIGHTDECK_LOG");
    unsetenv("FLIGHTDECK_LOG_LEVEL");
    cr_assert(log_open(path, &err), "%s", err.message);
}

static void remove_log(void)
{
    log_close();
    (void)unlink(path);
}

/* The whole log; yours. */
static char *read_log(void)
{
    char *content = xcalloc(1, 1 << 20);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    size_t got = fread(content, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    content[got] = '\0';
    return content;
}

TestSuite(log, .init = open_log, .fini = remove_log);

Test(log, writes_a_stamp_a_level_and_an_area)
{
    struct stat status;
    log_line(LOG_LEVEL_WARN, "engine", "step %d waits", 3);
    auto_free char *content = read_log();
    int64_t at_ms;
    char *rest = strchr(content, ' ');
    cr_assert_not_null(rest);
    cr_assert_str_eq(rest, " warn engine: step 3 waits\n");
    *rest = '\0';
    cr_assert(clock_parse_stamp(content, &at_ms));
    cr_assert_leq(clock_wall_ms() - at_ms, 60000);
    cr_assert_str_eq(log_path(), path);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600u);
}

Test(log, neither_secrets_nor_escape_codes_nor_line_breaks_get_in)
{
    struct secret s;
    secret_init(&s);
    secret_set(&s, "hunter2hunter2", 14);
    log_line(LOG_LEVEL_INFO, "aws", "key %s \x1b[2J\nforged line", s.bytes);
    secret_clear(&s);
    auto_free char *content = read_log();
    cr_assert_str_eq(strchr(content, ' '), " info aws: key [redacted] \\x1b[2J\\x0aforged line\n");
}

Test(log, cuts_a_line_that_is_too_long_and_still_ends_it)
{
    auto_free char *text = xcalloc(1, 100001);
    memset(text, 'x', 100000);
    log_line(LOG_LEVEL_INFO, "a", "%s", text);
    log_line(LOG_LEVEL_INFO, "a", "next");
    auto_free char *content = read_log();
    cr_assert_lt(strlen(content), 20000u);
    cr_assert_not_null(strstr(content, "...\n"));
    cr_assert_not_null(strstr(content, " info a: next\n"));
}

Test(log, holds_debug_lines_back_until_they_are_asked_for)
{
    log_line(LOG_LEVEL_DEBUG, "a", "first");
    setenv("FLIGHTDECK_LOG_LEVEL", "debug", 1);
    log_line(LOG_LEVEL_DEBUG, "a", "second");
    setenv("FLIGHTDECK_LOG_LEVEL", "error", 1);
    log_line(LOG_LEVEL_WARN, "a", "third");
    auto_free char *content = read_log();
    cr_assert_null(strstr(content, "first"));
    cr_assert_not_null(strstr(content, " debug a: second\n"));
    cr_assert_null(strstr(content, "third"));
}

Test(log, says_all_that_an_error_knows)
{
    struct error err;
    error_set(&err, ERROR_USAGE, "unknown key");
    error_code(&err, "E7");
    error_hint(&err, "did you mean alias?");
    error_at(&err, "f.yaml", 1, 2);
    log_error("config", &err);
    error_set(&err, ERROR_TRANSIENT, "no answer");
    log_error("aws", &err);
    auto_free char *content = read_log();
    cr_assert_not_null(
        strstr(content, " error config: usage E7: f.yaml:1:2: unknown key; did you mean alias?\n"));
    cr_assert_not_null(strstr(content, " error aws: transient: no answer\n"));
}

Test(log, appends_and_writes_nothing_when_closed)
{
    struct error err;
    log_line(LOG_LEVEL_INFO, "a", "one");
    log_close();
    cr_assert_str_empty(log_path());
    log_line(LOG_LEVEL_INFO, "a", "lost");
    cr_assert(log_open(path, &err));
    log_line(LOG_LEVEL_INFO, "a", "two");
    auto_free char *content = read_log();
    cr_assert_not_null(strstr(content, "one\n"));
    cr_assert_not_null(strstr(content, "two\n"));
    cr_assert_null(strstr(content, "lost"));
}

Test(log, says_when_it_cannot_be_opened_and_keeps_the_one_before)
{
    struct error err;
    cr_assert_not(log_open("/nowhere/at/all", &err));
    cr_assert_not_null(strstr(err.message, "/nowhere/at/all"));
    log_line(LOG_LEVEL_INFO, "a", "still here");
    auto_free char *content = read_log();
    cr_assert_not_null(strstr(content, "still here\n"));
}

Test(log, goes_to_stderr_when_told, .init = cr_redirect_stderr)
{
    setenv("FLIGHTDECK_LOG", "-", 1);
    setenv("FLIGHTDECK_LOG_LEVEL", "info", 1);
    log_line(LOG_LEVEL_INFO, "a", "hello");
    (void)fflush(stderr);
    FILE *file = cr_get_redirected_stderr();
    char line[200] = "";
    cr_assert_not_null(fgets(line, sizeof(line), file));
    cr_assert_str_eq(strchr(line, ' '), " info a: hello\n");
}

static void *write_many(void *context)
{
    for (int i = 0; i < 500; i++)
        log_line(LOG_LEVEL_INFO, "thread", "%s says line %d of many and it is whole",
                 (char *)context, i);
    return NULL;
}

Test(log, lines_of_several_threads_stay_whole)
{
    pthread_t threads[2];
    static char names[2][2] = {"a", "b"};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, write_many, names[i]), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    auto_free char *content = read_log();
    struct text rest = text_of(content);
    struct text line;
    int lines = 0;
    while (text_split(&rest, '\n', &line) && line.len > 0) {
        auto_free char *copy = text_dup(line);
        cr_assert(text_ends_with(copy, " of many and it is whole"), "%s", copy);
        cr_assert_eq(strspn(copy, "0123456789-T:.Z"), strlen("2026-11-24T10:11:00.000Z"));
        lines++;
    }
    cr_assert_eq(lines, 1000);
}
