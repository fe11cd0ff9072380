/* desk_seen.c - the cache of what was seen last: kept over a restart, and never in the way. */
#include "cli/desk_seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

static char folder[64], path[96];

static void begin(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/flightdeck-seen-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/seen.json", folder);
}

static void end(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

TestSuite(desk_seen, .init = begin, .fini = end);

static void keep(struct desk_seen *s, const char *environment, int value)
{
    json_t *document = json_pack("{s:i}", "value", value);
    desk_seen_keep(s, "status", environment, document, 1000);
    json_decref(document);
}

static int value_of(struct desk_seen *s, const char *environment)
{
    json_t *document = desk_seen_document(s, "status", environment);
    int value = document != NULL ? (int)json_integer_value(json_object_get(document, "value")) : -1;
    json_decref(document);
    return value;
}

Test(desk_seen, is_there_again_after_a_restart)
{
    struct stat status;
    struct desk_seen *s = desk_seen_open(folder);
    keep(s, "production", 1);
    keep(s, "staging", 2);
    keep(s, "production", 3);
    desk_seen_close(s);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);

    s = desk_seen_open(folder);
    cr_expect_eq(value_of(s, "production"), 3);
    cr_expect_eq(value_of(s, "staging"), 2);
    cr_expect_eq(value_of(s, "dev"), -1);
    desk_seen_close(s);
}

Test(desk_seen, makes_no_folder_and_writes_nothing_when_nothing_is_new)
{
    struct stat status;
    auto_free char *missing = xasprintf("%s/not-there", folder);
    struct desk_seen *s = desk_seen_open(missing);
    keep(s, "production", 1);
    cr_expect_eq(value_of(s, "production"), 1);
    desk_seen_close(s);
    cr_expect_neq(stat(missing, &status), 0);
    desk_seen_close(desk_seen_open(folder));
    cr_expect_neq(stat(path, &status), 0);
}

Test(desk_seen, begins_anew_with_what_it_cannot_read)
{
    static const char *const broken[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"version\":2,\"seen\":{\"status\":{\"production\":{}}}}",
        "{\"version\":1,\"seen\":[]}",
        "{\"version\":1,\"seen\":{\"status\":{\"production\":5}}}",
        "{\"version\":1,\"seen\":{\"status\":7}}",
        "{\"version\":1,\"seen\":{\"status\":{\"production\":{\"document\":[]}}}}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        FILE *file = fopen(path, "we");
        cr_assert_not_null(file);
        (void)fputs(broken[i], file);
        (void)fclose(file);
        struct desk_seen *s = desk_seen_open(folder);
        cr_expect_eq(value_of(s, "production"), -1, "%s", broken[i]);
        keep(s, "production", 4);
        desk_seen_close(s);
        s = desk_seen_open(folder);
        cr_expect_eq(value_of(s, "production"), 4, "after %s", broken[i]);
        desk_seen_close(s);
    }
}
