/*
 * metrics_draw.h - the picture of the metrics pane, and the state that it is drawn with.
 */
#ifndef TUI_PANES_METRICS_DRAW_H
#define TUI_PANES_METRICS_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/canvas.h"
#include "tui/panes/metrics_view.h"
#include "tui/plot.h"

struct app;

#define METRICS_RANGES 8
extern const int metrics_draw_ranges_s[METRICS_RANGES];

struct metrics_pane {
    char selected[METRICS_LABEL_SIZE]; /* "" = the first */
    bool is_large;
    int64_t cursor_s; /* -1 = none */
    int range;        /* of metrics_draw_ranges_s */
    enum plot_mode mode;
    bool is_mode_chosen;
    struct metrics_limits { /* of y, kept so that they do not jump */
        char label[METRICS_LABEL_SIZE];
        struct plot_limits limits;
    } limits[METRICS_MOST];
    size_t limit_count;
};

void metrics_draw(const struct app *app, struct canvas *c, struct area a);
/* The plot alone, with its axis, of the first metric whose name ends so ("error rate"): for panes
 * beside it. */
bool metrics_draw_has(const struct app *app, const char *name);
void metrics_draw_named(const struct app *app, struct canvas *c, struct area a, const char *name);
/* The limits of y of every metric, after news or another range. */
void metrics_draw_fit(const struct app *app, struct metrics_pane *pane,
                      const struct metrics_view *v);
size_t metrics_draw_selected(const struct metrics_pane *pane, const struct metrics_view *v);

#endif
