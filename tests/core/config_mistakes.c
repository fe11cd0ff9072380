/* config_mistakes.c - every mistake that stands by itself is found, and none is said twice. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/mem.h"
#include "core/text.h"
#include "tests/core/config_house.h"
#include "tests/source_path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A file with one mistake has one, however far it is read on. */
static void expect_no_echo(const char *path)
{
    struct config_mistakes mistakes = {0};
    struct config *c = NULL;

    if (config_load_whole(path, &test_house, NULL, &c, &mistakes))
        cr_expect_eq(mistakes.count, 0, "%s", path);
    else
        cr_expect_eq(mistakes.count, 1, "%s: %zu: %s, %s", path, mistakes.count,
                     mistakes.errors[0].message, mistakes.errors[mistakes.count - 1].message);
    config_mistakes_clear(&mistakes);
    config_free(c);
}

Test(config_mistakes, one_mistake_has_no_echo)
{
    auto_free char *vectors = source_path("tests/vectors/config");
    DIR *folder = opendir(vectors);
    const struct dirent *entry;
    size_t count = 0;

    cr_assert_not_null(folder, "%s", vectors);
    while ((entry = readdir(folder)) != NULL) {
        if (!text_ends_with(entry->d_name, ".yaml"))
            continue;
        auto_free char *path = xasprintf("%s/%s", vectors, entry->d_name);
        expect_no_echo(path);
        count++;
    }
    closedir(folder);
    cr_expect_geq(count, 130);
}

static const char four[] = "project: x\n"
                           "poeple: {}\n"
                           "manual-lifetime: soon\n"
                           "environments:\n"
                           "  staging: {account: \"12\"}\n"
                           "  production: {account: \"123456789012\", traffic: [often]}\n"
                           "plan: [no-such-step]\n";

Test(config_mistakes, each_that_stands_by_itself_is_found)
{
    static const char *const said[] = {"there is no key \"poeple\"", "no duration", "account",
                                       "traffic"};
    struct config_mistakes mistakes = {0};
    struct config *c = NULL;
    char path[] = "/tmp/flightdeck-config-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, four, sizeof four - 1), (ssize_t)(sizeof four - 1));
    cr_assert_eq(close(fd), 0);
    cr_assert_not(config_load_whole(path, &test_house, NULL, &c, &mistakes));
    cr_expect_eq(mistakes.count, COUNT(said));
    for (size_t i = 0; i < COUNT(said); i++) {
        bool is_found = false;
        for (size_t k = 0; k < mistakes.count; k++)
            is_found = is_found || strstr(mistakes.errors[k].message, said[i]) != NULL;
        cr_expect(is_found, "nothing about %s", said[i]);
    }
    config_mistakes_clear(&mistakes);
    cr_assert_eq(unlink(path), 0);
}
