/*
 * plot.h - values over time, drawn into an area of a canvas. Pure.
 *
 * A point stands for a whole period (a minute of CloudWatch), so it is drawn as a step from its
 * time to the next; where a column holds several the largest is shown. Missing is a gap, never a
 * zero. Plots that stand below each other share one axis: same from, to and gutter, and one
 * plot_axis() below them.
 */
#ifndef TUI_PLOT_H
#define TUI_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/canvas.h"

#define PLOT_GUTTER 6 /* what numbers need */

enum plot_mode { PLOT_BRAILLE, PLOT_BLOCK, PLOT_ASCII, PLOT_MODE_COUNT };
const char *plot_mode_name(enum plot_mode mode); /* "braille" */

/* Versions differ by glyph as well as by role. */
enum plot_stroke {
    PLOT_SOLID,  /* the new version: a line; "*" in ASCII */
    PLOT_DOTTED, /* the old version: one dot a column; "." in ASCII */
};

struct plot_point {
    int64_t at_s;      /* epoch, the period's beginning */
    double value;      /* NAN = missing */
    bool is_unsettled; /* may still change: hollow */
};
struct plot_series {
    const struct plot_point *points; /* by time; borrowed */
    size_t count;
    enum plot_stroke stroke;
    enum role role; /* ROLE_NEW_VERSION */
};
struct plot_marker { /* a weight change */
    int64_t at_s;
    const char *label; /* "10 %": on the axis; borrowed */
};
struct plot_limits { /* of y; high 0 and low 0 = not yet known */
    double low, high;
};

struct plot {
    int64_t from_s, to_s; /* what is shown: from <= t < to */
    int period_s;         /* of a point; 60 */
    struct plot_limits limits;
    const struct plot_series *series; /* later ones are drawn over former ones */
    size_t series_count;
    double threshold; /* NAN = none */
    const struct plot_marker *markers;
    size_t marker_count;
    int64_t cursor_s; /* -1 = none */
    enum plot_mode mode;
    int gutter; /* columns for the labels of y, left of the plot; 0 = none */
};

/* Round limits from 0 (or below) to what is in the range and the threshold. Hysteresis: they grow
 * at once, and shrink only when half the height would be empty. */
void plot_fit(const struct plot *p, struct plot_limits *limits);
/* The plot without its axis. "no data" where no point is in the range. */
void plot_draw(const struct plot *p, struct canvas *c, struct area a);
/* One row: times in UTC (the colon stands at its time), labels of markers ("^10 %"), the cursor's
 * time ("[14:02]"). */
void plot_axis(const struct plot *p, struct canvas *c, struct area a);

/* For the mouse (keys move the cursor by a period): columns are of the plot without its gutter;
 * `width` is of the area with it. */
int plot_column(const struct plot *p, int width, int64_t at_s); /* -1 = not in the range */
int64_t plot_time(const struct plot *p, int width, int column); /* where its period begins */
/* The point whose period holds the time, or NULL; its value may be missing all the same. */
const struct plot_point *plot_point_at(const struct plot *p, size_t series, int64_t at_s);
/* "0.08", "241", "1.2k": at most 5 columns for numbers below a million. */
const char *plot_number(double value, char out[static 16]);

#endif
