/*
 * layout.h - where everything is on the screen: a pure function of its size.
 *
 * Full from 80x24 on: one pane and a strip of tabs; from 110x34 two by two and the log; from 180x50
 * three columns. Below 80x24 header, one pane and footer; below 40x10 one line that says the
 * environment, the weight and how to go back.
 */
#ifndef TUI_LAYOUT_H
#define TUI_LAYOUT_H

#include <stdbool.h>

#include "tui/canvas.h"
#include "tui/pane.h"

enum layout_size { LAYOUT_LINE, LAYOUT_SMALL, LAYOUT_TABS, LAYOUT_GRID, LAYOUT_WIDE };

struct layout {
    enum layout_size size;
    struct area header;            /* one or two rows */
    struct area tabs;              /* h 0 where all panes are seen */
    struct area panes[PANE_COUNT]; /* frames included; h 0 = not seen */
    struct area footer;            /* keys that work now */
    struct area toast;             /* one row; the newest message */
    struct area all;
};

/* Every area lies inside the screen, and no two overlap. Any size from 1x1 on. */
struct layout layout_of(int rows, int cols, enum pane_id focus, bool is_zoomed);
/* The pane at a place, or PANE_COUNT. */
enum pane_id layout_pane_at(const struct layout *l, int y, int x);

#endif
