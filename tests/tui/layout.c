/* layout.c - tests of tui/layout.c: for every size everything has its place. */
#include "tui/layout.h"

#include <criterion/criterion.h>
#include <string.h>

#define MOST_ROWS 100
#define MOST_COLS 300
#define AREAS (PANE_COUNT + 4)

static size_t areas_of(const struct layout *l, struct area out[static AREAS])
{
    size_t count = 0;
    out[count++] = l->header;
    out[count++] = l->tabs;
    out[count++] = l->footer;
    out[count++] = l->toast;
    for (int i = 0; i < PANE_COUNT; i++)
        out[count++] = l->panes[i];
    return count;
}

static bool is_inside(struct area a, int rows, int cols)
{
    return a.h >= 0 && a.w >= 0 && a.y >= 0 && a.x >= 0 && a.y + a.h <= rows && a.x + a.w <= cols;
}

static bool is_apart(struct area a, struct area b)
{
    bool is_empty = a.h == 0 || a.w == 0 || b.h == 0 || b.w == 0;
    return is_empty || a.y + a.h <= b.y || b.y + b.h <= a.y || a.x + a.w <= b.x || b.x + b.w <= a.x;
}

static void check_areas(int rows, int cols, enum pane_id focus, bool is_zoomed)
{
    struct layout l = layout_of(rows, cols, focus, is_zoomed);
    struct area areas[AREAS];
    size_t count = areas_of(&l, areas);
    int cells = 0;

    for (size_t i = 0; i < count; i++) {
        cr_assert(is_inside(areas[i], rows, cols), "area %zu at %dx%d", i, cols, rows);
        cells += areas[i].h * areas[i].w;
        for (size_t k = i + 1; k < count; k++)
            cr_assert(is_apart(areas[i], areas[k]), "areas %zu and %zu at %dx%d", i, k, cols, rows);
    }
    cr_assert_geq(l.header.h, 1);
    if (l.size == LAYOUT_LINE)
        return;
    cr_assert_eq(cells, rows * cols, "nothing is left over at %dx%d", cols, rows);
    cr_assert_eq(l.footer.h, 1);
    cr_assert_gt(l.panes[focus].h, 2, "what has the focus is seen at %dx%d", cols, rows);
    cr_assert_gt(l.panes[focus].w, 2);
}

Test(layout, every_area_is_inside_and_none_overlap_at_every_size)
{
    for (int rows = 1; rows <= MOST_ROWS; rows++)
        for (int cols = 1; cols <= MOST_COLS; cols++)
            for (int focus = 0; focus < PANE_COUNT; focus++)
                for (int is_zoomed = 0; is_zoomed < 2; is_zoomed++)
                    check_areas(rows, cols, (enum pane_id)focus, is_zoomed != 0);
}

Test(layout, a_screen_shows_as_much_as_it_has_room_for)
{
    static const struct {
        int rows, cols;
        enum layout_size size;
    } cases[] = {{1, 1, LAYOUT_LINE},    {9, 200, LAYOUT_LINE},  {100, 39, LAYOUT_LINE},
                 {10, 40, LAYOUT_SMALL}, {23, 80, LAYOUT_SMALL}, {24, 79, LAYOUT_SMALL},
                 {24, 80, LAYOUT_TABS},  {33, 200, LAYOUT_TABS}, {34, 110, LAYOUT_GRID},
                 {40, 120, LAYOUT_GRID}, {49, 300, LAYOUT_GRID}, {50, 180, LAYOUT_WIDE},
                 {60, 200, LAYOUT_WIDE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layout l = layout_of(cases[i].rows, cases[i].cols, PANE_PLAN, false);
        cr_expect_eq(l.size, cases[i].size, "%dx%d", cases[i].cols, cases[i].rows);
        bool sees_all = true;
        for (int pane = 0; pane < PANE_COUNT; pane++)
            sees_all = sees_all && l.panes[pane].h > 0;
        cr_expect_eq(sees_all, cases[i].size >= LAYOUT_GRID);
        cr_expect_eq(l.tabs.h, cases[i].size == LAYOUT_TABS ? 1 : 0);
    }
}

Test(layout, a_zoomed_pane_is_alone_and_the_others_are_tabs)
{
    struct layout l = layout_of(60, 200, PANE_METRICS, true);
    cr_expect_eq(l.tabs.h, 1);
    for (int i = 0; i < PANE_COUNT; i++)
        cr_expect_eq(l.panes[i].h > 0, i == PANE_METRICS);
    cr_expect_eq(l.panes[PANE_METRICS].w, 200);
}

Test(layout, a_place_belongs_to_the_pane_that_is_there)
{
    struct layout l = layout_of(40, 120, PANE_STATUS, false);
    for (int i = 0; i < PANE_COUNT; i++) {
        struct area a = l.panes[i];
        cr_expect_eq(layout_pane_at(&l, a.y, a.x), i);
        cr_expect_eq(layout_pane_at(&l, a.y + a.h - 1, a.x + a.w - 1), i);
    }
    cr_expect_eq(layout_pane_at(&l, 0, 0), PANE_COUNT);
    cr_expect_eq(layout_pane_at(&l, 39, 119), PANE_COUNT);
}
