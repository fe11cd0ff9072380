/*
 * gauge.h - horizontal bars: progress, shares of traffic, the slider, sparklines. Pure.
 */
#ifndef TUI_GAUGE_H
#define TUI_GAUGE_H

#include <stddef.h>

#include "tui/canvas.h"

/* "[######------]" over `width` columns with its brackets; share 0..1, NAN = not known: "[  ?  ]".
 * It is full only at 1 and empty only at 0. Returns the columns used. */
int gauge_progress(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                   double share);
/* The same without brackets: how much of the traffic a version has. */
int gauge_share(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                double share);

/* A row of the slider of the traffic pane: "====o-------", "====^-------", "====.......>". */
enum gauge_mark {
    GAUGE_ASKED,  /* ">": what the plan asks for */
    GAUGE_SET,    /* "o": as read back */
    GAUGE_SEEN,   /* "^": as requests show it */
    GAUGE_STAGED, /* dots from `set` up or down to ">": not applied */
};
/* Shares 0..1. NAN of the mark: a bare line, and the caller says why. `set` is where the
 * solid part of the bar ends: the mark itself but for GAUGE_STAGED. Returns the columns used. */
int gauge_slider(struct canvas *c, struct area a, int y, int x, int width, enum gauge_mark mark,
                 double set, double share);
/* The scale that belongs below: "0        25        50        75       100", from x to x + width;
 * as many numbers as fit. */
void gauge_scale(struct canvas *c, struct area a, int y, int x, int width);
/* Column of the bar (0 to width - 1) of a share, and the share of a column: for the mouse. */
int gauge_column(int width, double share);
double gauge_share_at(int width, int column);

/* The newest values as at most `width` low blocks, newest at the right; NAN is a blank. Returns the
 * columns.
 */
int gauge_spark(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                const double *values, size_t count);

#endif
