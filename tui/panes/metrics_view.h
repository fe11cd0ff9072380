/*
 * metrics_view.h - the series of the metrics document as metrics: each with one line per version.
 * Pure; what is borrowed lives as long as the document.
 */
#ifndef TUI_PANES_METRICS_VIEW_H
#define TUI_PANES_METRICS_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/plot.h"

struct app;

#define METRICS_MOST 64
#define METRICS_LABEL_SIZE 96
#define METRICS_VALUE_SIZE 32
#define METRICS_LINES 2

enum metrics_state { /* as it stands to its limit; the worst of its lines */
                     METRICS_NO_LIMIT,
                     METRICS_WITHIN,
                     METRICS_WAS_OVER, /* within it now, and over it in what is shown */
                     METRICS_UNSURE,   /* over, on too few requests to be sure */
                     METRICS_NO_DATA,
                     METRICS_OVER,
                     METRICS_UNREAD, /* it could not be read */
                     METRICS_STATE_COUNT
};

struct metrics_line {
    const json_t *series;
    const char *version; /* "" = of all versions together */
    bool is_old;
    double now; /* a rate over the range, else the newest; NAN = none */
};
struct metrics_group {
    char label[METRICS_LABEL_SIZE];           /* "api error rate" */
    const char *unit, *alert, *error;         /* "" = none */
    struct metrics_line lines[METRICS_LINES]; /* the new version first */
    size_t line_count;
    double threshold; /* NAN = no limit */
    bool is_floor;    /* bad is below it */
    enum metrics_state state;
    int64_t settled_s; /* values that began later may still change */
};
struct metrics_view {
    struct metrics_group groups[METRICS_MOST]; /* those with a limit first */
    size_t count;
    int period_s;
    int64_t end_s; /* of the newest period; 0 = none */
    bool is_loaded, is_cached;
    int64_t read_ms;
    const char *trouble;
};

void metrics_view_of(const struct app *app, struct metrics_view *out);
/* The values as points; *out is yours. */
size_t metrics_view_points(const struct metrics_line *line, struct plot_point **out);
/* "0.12 %", "1.2 s", "61 GiB"; "no data". */
const char *metrics_view_value(double value, const char *unit, char out[static METRICS_VALUE_SIZE]);
/* "within its limit 5 % (alert critical)". Yours. */
char *metrics_view_standing(const struct metrics_group *g);
/* "within 5 %"; "" without a limit. Yours. */
char *metrics_view_short(const struct metrics_group *g);

#endif
