/* glob.c - what each pattern fits, and that no pattern is slow. */
#include "core/glob.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct glob_case {
    const char *pattern, *path;
    bool fits;
} cases[] = {
    {"CHANGELOG.md", "CHANGELOG.md", true},
    {"CHANGELOG.md", "docs/CHANGELOG.md", false},
    {"", "", true},
    {"", "a", false},
    {"*", "a.c", true},
    {"*", "a/b", false},
    {"*.c", "a.c", true},
    {"*.c", "a.h", false},
    {"docs/*", "docs/a", true},
    {"docs/*", "docs/a/b", false},
    {"docs/**", "docs/a/b", true},
    {"docs/**", "docs/a", true},
    {"docs/**", "doc/a", false},
    {"docs/**", "docs2/a", false},
    {"**", "a/b/c", true},
    {"**/x.sql", "x.sql", true},
    {"**/x.sql", "a/b/x.sql", true},
    {"**/x.sql", "a/bx.sql", false},
    {"a/**/z", "a/z", true},
    {"a/**/z", "a/b/c/z", true},
    {"a/**/z", "ab/z", false},
    {"a/**/z", "az", false},
    {"**/**/z", "z", true},
    {"a**z", "a/b/z", true},
    {"a?c", "abc", true},
    {"a?c", "a/c", false},
    {"[ab]", "a", false}, /* brackets stand for themselves */
    {"[ab]", "[ab]", true},
};

Test(glob, fits_as_documented)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(glob_matches(cases[i].pattern, cases[i].path), cases[i].fits, "%s %s",
                     cases[i].pattern, cases[i].path);
}

Test(glob, is_not_slow_for_many_stars, .timeout = 5)
{
    char pattern[201], path[2001];
    memset(pattern, '*', 200);
    for (int i = 1; i < 200; i += 2)
        pattern[i] = 'a';
    pattern[199] = 'b';
    pattern[200] = '\0';
    memset(path, 'a', 2000);
    path[2000] = '\0';
    cr_expect_not(glob_matches(pattern, path));
}
