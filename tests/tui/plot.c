/* plot.c - tests of tui/plot.c: what plots look like, as text. */
#include "tui/plot.h"

#include <criterion/criterion.h>
#include <math.h>

#include "core/mem.h"

#define MINUTE 60
#define NOON (1724500800 + 2 * 3600) /* 14:00 UTC */
#define POINTS 15

/* A quarter of an hour: a gap, a peak, and two minutes that are not settled. */
struct quarter {
    struct plot_point old[POINTS], new[POINTS];
    struct plot_series series[2];
    struct plot_marker markers[1];
    struct plot plot;
};

static void quarter_init(struct quarter *q, enum plot_mode mode)
{
    static const double old[] = {4, 4, 4, 4, NAN, NAN, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    static const double new[] = {NAN, NAN, NAN, NAN, NAN, 1, 1, 2, 2, 9, 2, 1, 1, 1, 2};
    for (int i = 0; i < POINTS; i++) {
        q->old[i] = (struct plot_point){NOON + i * MINUTE, old[i], i >= 13};
        q->new[i] = (struct plot_point){NOON + i * MINUTE, new[i], i >= 13};
    }
    q->series[0] = (struct plot_series){q->old, POINTS, PLOT_DOTTED, ROLE_OLD_VERSION};
    q->series[1] = (struct plot_series){q->new, POINTS, PLOT_SOLID, ROLE_NEW_VERSION};
    q->markers[0] = (struct plot_marker){NOON + 5 * MINUTE, "10 %"};
    q->plot = (struct plot){.from_s = NOON,
                            .to_s = NOON + POINTS * MINUTE,
                            .period_s = MINUTE,
                            .limits = {0, 10},
                            .series = q->series,
                            .series_count = 2,
                            .threshold = 7,
                            .markers = q->markers,
                            .marker_count = 1,
                            .cursor_s = -1,
                            .mode = mode,
                            .gutter = 4};
}

static void expect_text(const struct canvas *c, const char *wanted)
{
    auto_free char *text = canvas_text(c);
    cr_expect_str_eq(text, wanted, "\n%s", text);
}

static struct canvas *drawn(const struct plot *p, int rows, int cols, bool is_ascii)
{
    struct canvas *c = canvas_new(rows, cols);
    c->is_ascii = is_ascii;
    plot_draw(p, c, canvas_rows(canvas_all(c), 0, rows - 1));
    plot_axis(p, c, canvas_rows(canvas_all(c), rows - 1, 1));
    return c;
}

Test(plot, braille_is_a_line_over_dots)
{
    struct quarter q;
    quarter_init(&q, PLOT_BRAILLE);
    struct canvas *c = drawn(&q.plot, 7, 34, false);
    expect_text(c, " 10│          │       ⡤⠤⡄\n"
                   "  7│╌ ╌ ╌ ╌ ╌ │ ╌ ╌ ╌ ⡇ ⡇ ╌ ╌ ╌ ╌\n"
                   "   │          │       ⡇ ⡇\n"
                   "   │••••••••  │ ••••••⡇•⡇•••••◦◦◦◦\n"
                   "   │          │   ⡤⠤⠤⠤⠇ ⠧⠤⡄     ○○\n"
                   "  0│          ⠒⠒⠒⠒⠃       ⠓⠒⠒⠒○○\n"
                   "    14:00     ^10 %   14:10\n");
    canvas_free(c);
}

Test(plot, blocks_are_bars_with_the_dots_of_the_old_version)
{
    struct quarter q;
    quarter_init(&q, PLOT_BLOCK);
    struct canvas *c = drawn(&q.plot, 7, 34, false);
    expect_text(c, " 10│          │       ▃▃\n"
                   "  7│╌ ╌ ╌ ╌ ╌ │ ╌ ╌ ╌ ██╌ ╌ ╌ ╌ ╌\n"
                   "   │          │       ██\n"
                   "   │••••••••  │ ••••••••••••••◦◦◦◦\n"
                   "   │          │   ▂▂▂▂██▂▂      ○○\n"
                   "  0│          ▆▆▆▆████████▆▆▆▆○○░░\n"
                   "    14:00     ^10 %   14:10\n");
    canvas_free(c);
}

Test(plot, ascii_is_stars_and_dots)
{
    struct quarter q;
    quarter_init(&q, PLOT_BRAILLE);
    struct canvas *c = drawn(&q.plot, 7, 34, true);
    expect_text(c, " 10|          |       **\n"
                   "  7|- - - - - | - - - - - - - - -\n"
                   "   |          |\n"
                   "   |........  | ..............,,,,\n"
                   "   |          ********  ******oooo\n"
                   "  0|          |\n"
                   "    14:00     ^10 %   14:10\n");
    canvas_free(c);
}

Test(plot, a_cursor_is_a_column_with_its_time)
{
    struct quarter q;
    quarter_init(&q, PLOT_ASCII);
    q.plot.cursor_s = NOON + 10 * MINUTE;
    struct canvas *c = drawn(&q.plot, 7, 34, false);
    expect_text(c, " 10│          |       **|\n"
                   "  7│- - - - - | - - - - | - - - -\n"
                   "   │          |         |\n"
                   "   │........  | ..............,,,,\n"
                   "   │          ********  ******oooo\n"
                   "  0│          |         |\n"
                   "    14:00     ^10 %  [14:10]\n");
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 34; x++)
            cr_expect_eq(canvas_cell(c, y, x)->is_selected, y < 6 && x == 24, "%d, %d", y, x);
    canvas_free(c);
}

Test(plot, a_weight_that_changed_just_now_has_its_label_left_of_it)
{
    struct quarter q;
    quarter_init(&q, PLOT_ASCII);
    q.markers[0] = (struct plot_marker){NOON + 14 * MINUTE, "25 %"};
    struct canvas *c = canvas_new(1, 34);
    plot_axis(&q.plot, c, canvas_all(c));
    expect_text(c, "    14:00   14:05     14:10 25 %^\n");
    canvas_free(c);
}

Test(plot, versions_differ_by_glyph_in_every_mode)
{
    for (int mode = 0; mode < PLOT_MODE_COUNT; mode++) {
        struct quarter q;
        wchar_t seen[2][2]; /* by series, settled or not */
        for (size_t series = 0; series < 2; series++)
            for (int unsettled = 0; unsettled < 2; unsettled++) {
                quarter_init(&q, (enum plot_mode)mode);
                struct plot_point point = {NOON, 5, unsettled != 0};
                q.series[series].points = &point;
                q.series[series].count = 1;
                q.plot.series = &q.series[series];
                q.plot.series_count = 1;
                q.plot.gutter = 0;
                struct canvas *c = canvas_new(1, POINTS);
                plot_draw(&q.plot, c, canvas_all(c));
                seen[series][unsettled] = canvas_cell(c, 0, 0)->text[0];
                cr_expect_eq(canvas_cell(c, 0, 0)->role, q.series[series].role);
                canvas_free(c);
            }
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < i; j++)
                cr_expect_neq(seen[i / 2][i % 2], seen[j / 2][j % 2], "%s: %d and %d",
                              plot_mode_name((enum plot_mode)mode), i, j);
    }
}

Test(plot, what_is_missing_is_no_zero)
{
    struct quarter q;
    quarter_init(&q, PLOT_BLOCK);
    for (int i = 0; i < POINTS; i++)
        q.old[i].value = q.new[i].value = NAN;
    q.plot.threshold = NAN;
    q.plot.marker_count = 0;
    struct canvas *c = canvas_new(3, 23);
    plot_draw(&q.plot, c, canvas_all(c));
    expect_text(c, " 10│\n   │      no data\n  0│\n");
    canvas_free(c);
}

Test(plot, a_column_of_many_points_shows_the_largest)
{
    struct quarter q;
    quarter_init(&q, PLOT_ASCII);
    q.plot.gutter = 0;
    q.plot.marker_count = 0;
    q.plot.threshold = NAN;
    q.plot.series++;
    q.plot.series_count = 1;
    struct canvas *c = canvas_new(10, 3);
    plot_draw(&q.plot, c, canvas_all(c));
    expect_text(c, "\n *\n\n\n\n\n\n  o\n\n\n");
    canvas_free(c);
}

Test(plot, limits_grow_at_once_and_shrink_late)
{
    struct quarter q;
    struct plot_limits limits = {0, 0};
    quarter_init(&q, PLOT_BRAILLE);
    static const struct {
        double peak, threshold, high;
    } steps[] = {
        {9, NAN, 10},    {11, NAN, 12},   {9, NAN, 12},  {6.5, NAN, 12},
        {6, NAN, 6},     {NAN, NAN, 6},   {0, 0.5, 0.6}, {0, NAN, 0.6},
        {0.7, 0.5, 0.8}, {241, 400, 500}, {0, 400, 500},
    };
    for (int i = 0; i < POINTS; i++)
        q.old[i].value = q.new[i].value = NAN;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        q.new[3].value = steps[i].peak;
        q.plot.threshold = steps[i].threshold;
        plot_fit(&q.plot, &limits);
        cr_expect_float_eq(limits.high, steps[i].high, 1e-9, "step %zu: %g", i, limits.high);
        cr_expect_eq(limits.low, 0);
    }
    q.new[3].value = -3.2;
    plot_fit(&q.plot, &limits);
    cr_expect_float_eq(limits.low, -4, 1e-9);
    limits = (struct plot_limits){0, 0};
    q.new[3].value = 0;
    q.plot.threshold = NAN;
    plot_fit(&q.plot, &limits);
    cr_expect_eq(limits.high, 1);
}

Test(plot, columns_and_times_fit_each_other)
{
    struct quarter q;
    quarter_init(&q, PLOT_BRAILLE);
    for (int width = 5; width < 200; width++) {
        for (int i = 0; i < POINTS; i++) {
            int column = plot_column(&q.plot, width, NOON + i * MINUTE);
            cr_assert(column >= 0 && column < width - 4);
            int64_t at = plot_time(&q.plot, width, column);
            cr_assert(width - 4 < POINTS || at == NOON + i * MINUTE, "%d of %d", i, width);
            cr_assert_eq((at - NOON) % MINUTE, 0);
        }
        cr_assert_eq(plot_column(&q.plot, width, NOON - 1), -1);
        cr_assert_eq(plot_column(&q.plot, width, NOON + POINTS * MINUTE), -1);
        cr_assert_eq(plot_time(&q.plot, width, 9999), plot_time(&q.plot, width, width - 5));
        cr_assert_eq(plot_time(&q.plot, width, -5), NOON);
    }
    cr_expect_eq(plot_column(&q.plot, 3, NOON), -1);
}

Test(plot, the_point_under_the_cursor_is_found)
{
    struct quarter q;
    quarter_init(&q, PLOT_BRAILLE);
    cr_expect_eq(plot_point_at(&q.plot, 1, NOON + 9 * MINUTE + 59), &q.new[9]);
    cr_expect_eq(plot_point_at(&q.plot, 0, NOON), &q.old[0]);
    cr_expect_null(plot_point_at(&q.plot, 0, NOON - 1));
    cr_expect_null(plot_point_at(&q.plot, 0, NOON + POINTS * MINUTE));
    cr_expect_null(plot_point_at(&q.plot, 2, NOON));
    q.series[1].points = q.new + 1; /* a hole in the middle */
    q.series[1].count = 1;
    cr_expect_null(plot_point_at(&q.plot, 1, NOON + 3 * MINUTE));
}

Test(plot, numbers_take_at_most_five_columns)
{
    static const struct {
        double value;
        const char *wanted;
    } cases[] = {
        {0, "0"},         {0.004, "0.004"},  {0.08, "0.08"},
        {0.5, "0.5"},     {0.999, "1"},      {1, "1"},
        {2.5, "2.5"},     {9.96, "10"},      {241.3, "241"},
        {999.6, "1k"},    {1234, "1.2k"},    {12345, "12k"},
        {999999, "1M"},   {1234567, "1.2M"}, {NAN, "?"},
        {-0.25, "-0.25"}, {INFINITY, "?"},   {1e30, "1000000000000"},
    };
    char out[16];
    for (size_t i = 0; i + 1 < sizeof cases / sizeof cases[0]; i++)
        cr_expect_str_eq(plot_number(cases[i].value, out), cases[i].wanted, "%g is %s",
                         cases[i].value, out);
    for (double value = 0.001; value < 1e6; value *= 1.07)
        cr_assert_leq(canvas_width(plot_number(value, out)), 5, "%g: %s", value, out);
}

Test(plot, any_size_stays_in_its_area)
{
    for (int mode = 0; mode < PLOT_MODE_COUNT; mode++)
        for (int h = 0; h < 14; h++)
            for (int w = 0; w < 40; w += 1 + (h > 4)) {
                struct quarter q;
                quarter_init(&q, (enum plot_mode)mode);
                q.plot.cursor_s = NOON + w * 20;
                q.plot.gutter = w % 9;
                struct canvas *c = canvas_new(16, 44);
                struct area a = {.y = 1, .x = 2, .h = h, .w = w};
                canvas_fill(c, canvas_all(c), ROLE_DIALOG, L'~');
                canvas_fill(c, a, ROLE_TEXT, L' ');
                plot_draw(&q.plot, c, a);
                plot_axis(&q.plot, c, a);
                for (int y = 0; y < 16; y++)
                    for (int x = 0; x < 44; x++) {
                        bool is_inside = y >= 1 && y < 1 + h && x >= 2 && x < 2 + w;
                        const struct cell *cell = canvas_cell(c, y, x);
                        cr_assert(is_inside || (cell->text[0] == L'~' && !cell->is_selected),
                                  "%dx%d: %d, %d", h, w, y, x);
                    }
                canvas_free(c);
            }
}
