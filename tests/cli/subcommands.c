/*
 * subcommands.c - every verb explains itself, and the documents name them all.
 */
#include "cli/subcommands.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "core/mem.h"

static char *read_source(const char *path)
{
    const char *root = getenv("SOURCE_DIR");
    auto_free char *whole = xasprintf("%s/%s", root != NULL ? root : ".", path);
    FILE *file = fopen(whole, "re");
    cr_assert_not_null(file, "no %s", whole);
    char *text = xcalloc(1, 1u << 18);
    cr_assert_gt(fread(text, 1, (1u << 18) - 1, file), 0);
    (void)fclose(file);
    return text;
}

static void check_option(const struct subcommand *verb, const struct cli_option *option)
{
    cr_expect(strspn(option->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(option->name),
              "%s --%s", verb->name, option->name);
    cr_expect(option->help != NULL && option->help[0] != '\0', "%s --%s has no help", verb->name,
              option->name);
    for (const struct cli_option *other = arguments_everybody; other->name != NULL; other++)
        cr_expect_str_neq(other->name, option->name, "%s --%s is everybody's", verb->name,
                          option->name);
    for (const struct cli_option *other = verb->options; other != option; other++)
        cr_expect_str_neq(other->name, option->name, "%s --%s is there twice", verb->name,
                          option->name);
}

Test(subcommands, explain_themselves)
{
    for (const struct subcommand *const *s = cli_subcommands(); *s != NULL; s++) {
        const struct subcommand *verb = *s;
        cr_expect(strspn(verb->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(verb->name), "%s",
                  verb->name);
        cr_expect_not_null(verb->run, "%s does nothing", verb->name);
        cr_expect_not_null(verb->arguments, "%s", verb->name);
        cr_expect(isupper((unsigned char)verb->summary[0]), "%s: %s", verb->name, verb->summary);
        cr_expect_neq(verb->summary[strlen(verb->summary) - 1], '.', "%s: %s", verb->name,
                      verb->summary);
        for (const struct cli_option *o = verb->options; o != NULL && o->name != NULL; o++)
            check_option(verb, o);
    }
}

Test(subcommands, teach_with_examples)
{
    static const char *const self_evident[] = {"version", "help"};
    for (const struct subcommand *const *s = cli_subcommands(); *s != NULL; s++) {
        bool is_evident = false;
        for (size_t i = 0; i < sizeof self_evident / sizeof self_evident[0]; i++)
            is_evident = is_evident || strcmp(self_evident[i], (*s)->name) == 0;
        if (is_evident)
            continue;
        auto_free char *command = xasprintf("flightdeck %s", (*s)->name);
        cr_expect((*s)->details != NULL && strstr((*s)->details, "Examples:") != NULL,
                  "%s has no examples", (*s)->name);
        cr_expect((*s)->details != NULL && strstr((*s)->details, command) != NULL, "%s: no \"%s\"",
                  (*s)->name, command);
    }
}

Test(subcommands, are_all_in_the_readme_and_the_manual_page)
{
    auto_free char *readme = read_source("README.md");
    auto_free char *manual = read_source("docs/flightdeck.1");
    for (const struct subcommand *const *s = cli_subcommands(); *s != NULL; s++) {
        auto_free char *word = xasprintf("`%s", (*s)->name);
        cr_expect(strstr(readme, word) != NULL, "README.md does not name %s", (*s)->name);
        cr_expect(strstr(manual, (*s)->name) != NULL, "the manual page does not name %s",
                  (*s)->name);
    }
}

Test(subcommands, go_by_one_name_each)
{
    const struct subcommand *const *all = cli_subcommands();
    for (size_t i = 0; all[i] != NULL; i++)
        cr_expect_eq(arguments_subcommand(all, all[i]->name), all[i], "%s is there twice",
                     all[i]->name);
}
