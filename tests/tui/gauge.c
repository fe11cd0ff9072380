/* gauge.c - tests of tui/gauge.c. */
#include "tui/gauge.h"

#include <criterion/criterion.h>
#include <math.h>

#include "core/mem.h"

static void expect_row(struct canvas *c, const char *wanted)
{
    auto_free char *row = canvas_row(c, 0);
    cr_expect_str_eq(row, wanted, "\"%s\", not \"%s\"", row, wanted);
    canvas_clear(c);
}

Test(gauge, progress_is_full_only_at_the_end)
{
    static const struct {
        int width;
        double share;
        const char *wanted;
    } cases[] = {
        {12, 0, "[----------]"},   {12, 0.001, "[#---------]"},
        {12, 0.5, "[#####-----]"}, {12, 0.999, "[#########-]"},
        {12, 1, "[##########]"},   {12, 7, "[##########]"},
        {12, -1, "[----------]"},  {12, NAN, "[-----?----]"},
        {3, 0.9, "[-]"},           {2, 1, ""},
    };
    struct canvas *c = canvas_new(1, 20);
    c->is_ascii = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int used =
            gauge_progress(c, canvas_all(c), 0, 0, cases[i].width, ROLE_ACTIVE, cases[i].share);
        cr_expect_eq(used, cases[i].width < 3 ? 0 : cases[i].width);
        expect_row(c, cases[i].wanted);
    }
    gauge_share(c, canvas_all(c), 0, 1, 10, ROLE_NEW_VERSION, 0.1);
    expect_row(c, " #---------");
    canvas_free(c);
}

Test(gauge, the_slider_keeps_its_marks_apart)
{
    static const struct {
        enum gauge_mark mark;
        double set, share;
        const char *wanted;
    } cases[] = {
        {GAUGE_ASKED, NAN, 0.2, "====>----------------"},
        {GAUGE_SET, NAN, 0.2, "====o----------------"},
        {GAUGE_SEEN, NAN, 0.2, "====^----------------"},
        {GAUGE_SEEN, NAN, 0, "^--------------------"},
        {GAUGE_SEEN, NAN, 1, "====================^"},
        {GAUGE_STAGED, 0.2, 0.5, "====......>----------"},
        {GAUGE_STAGED, 0.5, 0.2, "====<......----------"},
        {GAUGE_STAGED, 0.2, 0.2, "====>----------------"},
        {GAUGE_STAGED, NAN, 0.2, "====>----------------"},
        {GAUGE_STAGED, 0, 1, "....................>"},
        {GAUGE_SET, NAN, NAN, "---------------------"},
    };
    struct canvas *c = canvas_new(1, 21);
    c->is_ascii = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(
            gauge_slider(c, canvas_all(c), 0, 0, 21, cases[i].mark, cases[i].set, cases[i].share),
            21);
        expect_row(c, cases[i].wanted);
    }
    c->is_ascii = false;
    gauge_slider(c, canvas_all(c), 0, 0, 21, GAUGE_SET, NAN, 0.2);
    expect_row(c, "════o────────────────");
    canvas_free(c);
}

Test(gauge, the_scale_stands_below_its_columns)
{
    struct canvas *c = canvas_new(1, 60);
    gauge_scale(c, canvas_all(c), 0, 0, 41);
    expect_row(c, "0        25        50        75       100");
    gauge_scale(c, canvas_all(c), 0, 2, 21);
    expect_row(c, "  0        50       100");
    gauge_scale(c, canvas_all(c), 0, 0, 6);
    expect_row(c, "0  100");
    gauge_scale(c, canvas_all(c), 0, 0, 4);
    expect_row(c, "");
    canvas_free(c);
}

Test(gauge, a_column_is_the_share_that_it_shows)
{
    for (int width = 2; width < 200; width++)
        for (int column = 0; column < width; column++)
            cr_assert_eq(gauge_column(width, gauge_share_at(width, column)), column);
    cr_expect_eq(gauge_column(0, 0.5), 0);
    cr_expect_eq(gauge_column(1, 1), 0);
    cr_expect_eq(gauge_share_at(10, 99), 1);
    cr_expect_eq(gauge_share_at(10, -3), 0);
}

Test(gauge, the_newest_value_stands_at_the_right)
{
    static const double values[] = {1, NAN, 4, 8};
    struct canvas *c = canvas_new(1, 10);
    cr_expect_eq(gauge_spark(c, canvas_all(c), 0, 0, 6, ROLE_TEXT, values, 4), 6);
    expect_row(c, "  ▁ ▃▄");
    gauge_spark(c, canvas_all(c), 0, 0, 2, ROLE_TEXT, values, 4);
    expect_row(c, "▃▄");
    c->is_ascii = true;
    gauge_spark(c, canvas_all(c), 0, 0, 6, ROLE_TEXT, values, 4);
    expect_row(c, "  _ -=");
    cr_expect_eq(gauge_spark(c, canvas_all(c), 0, 0, 0, ROLE_TEXT, values, 4), 0);
    canvas_free(c);
}

Test(gauge, nothing_is_drawn_outside_of_the_area)
{
    for (int width = -1; width < 40; width++) {
        struct canvas *c = canvas_new(3, 30);
        struct area a = {.y = 1, .x = 5, .h = 1, .w = 12};
        gauge_progress(c, a, 0, 2, width, ROLE_ACTIVE, 0.4);
        gauge_slider(c, a, 0, 1, width, GAUGE_STAGED, 0.1, 0.9);
        gauge_slider(c, a, 0, 1, width, GAUGE_SEEN, 0.1, NAN);
        gauge_scale(c, a, 0, 0, width);
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 30; x++)
                cr_assert((y == 1 && x >= 5 && x < 17) || canvas_cell(c, y, x)->text[0] == L' ',
                          "%d, %d with %d", y, x, width);
        canvas_free(c);
    }
}
