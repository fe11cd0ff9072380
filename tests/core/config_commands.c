/* config_commands.c - what is shown and trusted is what each environment would run. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/mem.h"
#include "tests/core/config_house.h"
#include "tests/source_path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TEXT                                                                                       \
    "project: shop\n"                                                                              \
    "guide: %s\n"                                                                                  \
    "environments:\n"                                                                              \
    "  dev: {branch: dev}\n"                                                                       \
    "  production: {branch: main; touch /tmp/x}\n"                                                 \
    "checklists:\n"                                                                                \
    "  Shop: {Unit tests: {run: ./test $branch, in: [a, b]}}\n"                                    \
    "  Afterwards: {Nobody: {run: ./count}}\n"                                                     \
    "plan: [wait: 5m]\n"

static struct config *load(void)
{
    char path[] = "/tmp/flightdeck-commands-XXXXXX";
    auto_free char *here = source_path("tests/vectors/config/GUIDE.md");
    auto_free char *guide = realpath(here, NULL);
    struct config *c = NULL;
    struct error err = {0};
    FILE *file = fdopen(mkstemp(path), "w");

    cr_assert_not_null(file);
    cr_assert_not_null(guide, "%s", here);
    cr_assert_gt(fprintf(file, TEXT, guide), 0);
    cr_assert_eq(fclose(file), 0);
    bool is_ok = config_load(path, &test_house, NULL, &c, &err);
    cr_assert_eq(unlink(path), 0);
    cr_assert(is_ok, "%s: %s", err.at, err.message);
    return c;
}

Test(config_commands, lists_a_checks_command_as_each_environment_would_run_it)
{
    static const char *const expected[] = {"./test dev  (in a, b)",
                                           "./test main; touch /tmp/x  (in a, b)", "./count"};
    struct config *c = load();
    json_t *commands = config_commands(c);

    cr_assert_eq(json_array_size(commands), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        cr_expect_str_eq(json_string_value(json_array_get(commands, i)), expected[i]);
    json_decref(commands);
    config_free(c);
}
