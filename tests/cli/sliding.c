/*
 * sliding.c - what a hand on the slider would write, and when there is no place for it.
 */
#include "cli/sliding.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct slide slide_of(const char *serving, const char *other, double share, int weights,
                             const char *version, double wanted)
{
    struct slide s = {.weight = wanted};

    (void)snprintf(s.alias.version, sizeof s.alias.version, "%s", serving);
    (void)snprintf(s.alias.additional_version, sizeof s.alias.additional_version, "%s", other);
    (void)snprintf(s.version, sizeof s.version, "%s", version);
    s.alias.additional_weight = share;
    s.alias.weight_count = weights;
    return s;
}

Test(sliding, knows_the_share_that_a_version_has)
{
    struct slide s = slide_of("41", "42", 0.1, 1, "42", 0);

    cr_expect_float_eq(sliding_share(&s), 0.1, 1e-9);
    s = slide_of("41", "42", 0.1, 1, "41", 0);
    cr_expect_float_eq(sliding_share(&s), 0.9, 1e-9);
    s = slide_of("41", "", 0, 0, "42", 0);
    cr_expect_float_eq(sliding_share(&s), 0, 1e-9);
}

Test(sliding, writes_both_versions_and_whole_ones_at_the_ends)
{
    static const struct {
        const char *serving, *other, *version;
        double wanted;
        const char *first, *second;
    } cases[] = {
        {"41", "", "42", 0.25, "41", "42"},   {"41", "42", "42", 0.5, "41", "42"},
        {"41", "42", "42", 0, "41", ""},      {"41", "42", "42", 1, "42", ""},
        {"41", "42", "41", 0.25, "42", "41"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slide s = slide_of(cases[i].serving, cases[i].other, 0.1, cases[i].other[0] != '\0',
                                  cases[i].version, cases[i].wanted);
        struct alias_layout layout;
        struct error err;
        cr_assert(sliding_layout(&s, &layout, &err), "%zu: %s", i, err.message);
        cr_expect_str_eq(layout.version, cases[i].first, "%zu", i);
        cr_expect_str_eq(layout.additional_version, cases[i].second, "%zu", i);
    }
}

Test(sliding, has_no_place_for_a_third_version_and_takes_not_the_last_share)
{
    struct slide third = slide_of("41", "42", 0.1, 1, "43", 0.2);
    struct slide alone = slide_of("41", "", 0, 0, "41", 0.5);
    struct alias_layout layout;
    struct error err;

    cr_assert_not(sliding_layout(&third, &layout, &err));
    cr_expect_str_eq(err.message, "it serves v41 90 %, v42 10 %: v43 has no place beside them");
    cr_assert_not(sliding_layout(&alone, &layout, &err));
    cr_expect_str_eq(err.message, "v41 serves all: nobody is there to take the rest");
}
