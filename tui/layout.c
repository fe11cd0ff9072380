/* layout.c - see layout.h. */
#include "tui/layout.h"

#include <string.h>

#define FULL_ROWS 24
#define FULL_COLS 80
#define GRID_ROWS 34
#define GRID_COLS 110
#define WIDE_ROWS 50
#define WIDE_COLS 180
#define SMALL_ROWS 10
#define SMALL_COLS 40
#define SMALL_ROWS_FOR_TWO 14 /* from here on a small screen has both lines of the header */

static enum layout_size size_of(int rows, int cols)
{
    if (rows < SMALL_ROWS || cols < SMALL_COLS)
        return LAYOUT_LINE;
    if (rows < FULL_ROWS || cols < FULL_COLS)
        return LAYOUT_SMALL;
    if (rows < GRID_ROWS || cols < GRID_COLS)
        return LAYOUT_TABS;
    if (rows < WIDE_ROWS || cols < WIDE_COLS)
        return LAYOUT_GRID;
    return LAYOUT_WIDE;
}

/* Cuts `h` rows off the top (the bottom) of *a. */
static struct area cut_top(struct area *a, int h)
{
    struct area cut = *a;
    if (h > a->h)
        h = a->h;
    cut.h = h;
    a->y += h;
    a->h -= h;
    return cut;
}

static struct area cut_bottom(struct area *a, int h)
{
    struct area cut = *a;
    if (h > a->h)
        h = a->h;
    cut.y = a->y + a->h - h;
    cut.h = h;
    a->h -= h;
    return cut;
}

static struct area cut_left(struct area *a, int w)
{
    struct area cut = *a;
    if (w > a->w)
        w = a->w;
    cut.w = w;
    a->x += w;
    a->w -= w;
    return cut;
}

/* Every pane is seen: what people work in has more rows while they do. */
static void lay_grid(struct layout *l, struct area rest, enum pane_id focus)
{
    int status_rows = 7 + (rest.h - 30) / 5;
    l->panes[PANE_LOG] = cut_bottom(&rest, 7 + (rest.h - 30) / 4);
    struct area left = cut_left(&rest, rest.w / 2);

    l->panes[PANE_STATUS] = cut_top(&left, status_rows < 7 ? 7 : status_rows);
    int share = focus == PANE_CHECKLIST ? 60 : focus == PANE_PLAN ? 40 : 50;
    l->panes[PANE_CHECKLIST] = cut_top(&left, left.h * share / 100);
    l->panes[PANE_PLAN] = left;
    l->panes[PANE_TRAFFIC] = cut_top(&rest, rest.h / 2);
    l->panes[PANE_METRICS] = rest;
}

static void lay_wide(struct layout *l, struct area rest)
{
    l->panes[PANE_LOG] = cut_bottom(&rest, rest.h / 4);
    struct area first = cut_left(&rest, rest.w * 3 / 10), second = cut_left(&rest, rest.w / 2);

    l->panes[PANE_STATUS] = cut_top(&first, first.h / 2);
    l->panes[PANE_PLAN] = first;
    l->panes[PANE_CHECKLIST] = second;
    l->panes[PANE_TRAFFIC] = cut_top(&rest, rest.h / 2);
    l->panes[PANE_METRICS] = rest;
}

struct layout layout_of(int rows, int cols, enum pane_id focus, bool is_zoomed)
{
    struct layout l;
    memset(&l, 0, sizeof l);
    struct area rest = {.h = rows < 1 ? 1 : rows, .w = cols < 1 ? 1 : cols};

    l.all = rest;
    l.size = size_of(rows, cols);
    if (l.size == LAYOUT_LINE) {
        l.header = cut_top(&rest, 1);
        l.toast = cut_top(&rest, 1);
        return l;
    }
    bool is_short = l.size == LAYOUT_SMALL && rows < SMALL_ROWS_FOR_TWO;
    bool is_one = l.size <= LAYOUT_TABS || is_zoomed;
    l.header = cut_top(&rest, is_short ? 1 : 2);
    l.toast = cut_bottom(&rest, 1);
    l.footer = cut_bottom(&rest, 1);
    if (is_one && l.size != LAYOUT_SMALL)
        l.tabs = cut_top(&rest, 1);
    if (is_one)
        l.panes[focus < PANE_COUNT ? focus : PANE_STATUS] = rest;
    else if (l.size == LAYOUT_GRID)
        lay_grid(&l, rest, focus);
    else
        lay_wide(&l, rest);
    return l;
}

enum pane_id layout_pane_at(const struct layout *l, int y, int x)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        const struct area *a = &l->panes[i];
        if (y >= a->y && y < a->y + a->h && x >= a->x && x < a->x + a->w)
            return (enum pane_id)i;
    }
    return PANE_COUNT;
}
