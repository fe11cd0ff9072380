/*
 * wrapped.c - lines break between words.
 */
#include "cli/wrapped.h"

#include <criterion/criterion.h>

Test(wrapped, breaks_between_words)
{
    static const struct {
        const char *text;
        size_t width, first;
        const char *rest;
    } cases[] = {
        {"", 10, 0, ""},
        {"all of it", 9, 9, ""},
        {"critical version", 10, 8, "version"},
        {"critical version", 8, 8, "version"},
        {"two  spaces", 5, 3, "spaces"},
        {"unbreakable word", 4, 11, "word"},
        {"é é é", 3, 5, "é"},
        {"Name it: flightdeck rollback --lambda fn:live", 30, 8,
         "flightdeck rollback --lambda fn:live"},
        {"Name it: flightdeck rollback dev", 40, 32, ""},
        {"flightdeck rollback --lambda fn:live", 20, 36, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *rest;
        cr_expect_eq(wrapped_first(cases[i].text, cases[i].width, &rest), cases[i].first, "%zu", i);
        cr_expect_str_eq(rest, cases[i].rest, "%zu", i);
    }
}
