/* metrics_draw.c - see metrics_draw.h: one plot large, or as many as fit, on one axis of time. */
#include "tui/panes/metrics_draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/event.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/gauge.h"

#define CELL_COLS 32 /* of a small plot */
#define CELL_ROWS 6
#define GRID_ROWS 19 /* three small plots below each other, and their axis */
#define LIST_MOST 7
#define ROW_VALUES 28 /* "v42 82.0 ms  v41 78.7 ms", and a blank */
#define GUTTER 6
#define MOST_MARKERS 24
#define FAR_ABOVE 8 /* a limit so many times above the values is only named */
#define SPARK_MOST 200
#define SPARK_LEAST 8
#define GIB 0x1p30

const int metrics_draw_ranges_s[METRICS_RANGES] = {300,      900,      1800,      3600,
                                                   3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600};

struct scene {
    const struct app *app;
    const struct metrics_pane *pane;
    const struct metrics_view *v;
    struct canvas *c;
    int64_t from_s, to_s;
    struct plot_marker markers[MOST_MARKERS];
    char labels[MOST_MARKERS][24];
    size_t marker_count;
};

static const struct {
    enum glyph glyph;
    enum role role;
} looks[METRICS_STATE_COUNT] = {
    [METRICS_NO_LIMIT] = {GLYPH_BULLET, ROLE_FAINT}, [METRICS_WITHIN] = {GLYPH_CHECK, ROLE_GOOD},
    [METRICS_WAS_OVER] = {GLYPH_HOLLOW, ROLE_WARN},  [METRICS_UNSURE] = {GLYPH_HOLLOW, ROLE_WARN},
    [METRICS_NO_DATA] = {GLYPH_HOLLOW, ROLE_WARN},   [METRICS_OVER] = {GLYPH_FAIL, ROLE_BAD},
    [METRICS_UNREAD] = {GLYPH_FAIL, ROLE_WARN},
};

size_t metrics_draw_selected(const struct metrics_pane *pane, const struct metrics_view *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->groups[i].label, pane->selected) == 0)
            return i;
    return 0;
}

static enum role role_of(const struct metrics_line *line)
{
    return line->is_old               ? ROLE_OLD_VERSION
           : line->version[0] != '\0' ? ROLE_NEW_VERSION
                                      : ROLE_TEXT;
}

/* ---- one plot ---- */

struct drawn { /* what a plot borrows while it is drawn */
    struct plot_point *points[METRICS_LINES];
    struct plot_series series[METRICS_LINES];
    struct plot plot;
};

static double highest(const struct plot *p)
{
    double most = 0;
    for (size_t s = 0; s < p->series_count; s++)
        for (size_t i = 0; i < p->series[s].count; i++) {
            const struct plot_point *point = &p->series[s].points[i];
            if (point->at_s >= p->from_s && point->at_s < p->to_s && point->value > most)
                most = point->value;
        }
    return most;
}

/* Bytes would not fit beside the plot. */
static void scale(struct drawn *d, const char *unit)
{
    if (strcmp(unit, "bytes") != 0)
        return;
    for (size_t s = 0; s < d->plot.series_count; s++)
        for (size_t i = 0; i < d->series[s].count; i++)
            d->points[s][i].value /= GIB;
    d->plot.threshold /= GIB;
}

static void prepare(const struct metrics_pane *pane, const struct metrics_view *v,
                    const struct metrics_group *g, int64_t from_s, int64_t to_s, struct drawn *out)
{
    *out = (struct drawn){0};
    for (size_t i = 0; i < g->line_count; i++) {
        const struct metrics_line *line = &g->lines[g->line_count - 1 - i]; /* the new one on top */
        size_t count = metrics_view_points(line, &out->points[i]);
        out->series[i] = (struct plot_series){.points = out->points[i],
                                              .count = count,
                                              .stroke = line->is_old ? PLOT_DOTTED : PLOT_SOLID,
                                              .role = role_of(line)};
    }
    out->plot = (struct plot){.from_s = from_s,
                              .to_s = to_s,
                              .period_s = v->period_s,
                              .series = out->series,
                              .series_count = g->line_count,
                              .threshold = g->threshold,
                              .cursor_s = pane->cursor_s,
                              .mode = pane->mode,
                              .gutter = GUTTER};
    scale(out, g->unit);
    double most = highest(&out->plot);
    if (most > 0 && !g->is_floor && out->plot.threshold > most * FAR_ABOVE)
        out->plot.threshold = NAN;
}

static void release(struct drawn *d)
{
    for (size_t i = 0; i < METRICS_LINES; i++)
        free(d->points[i]);
}

static struct metrics_limits *limits_of(struct metrics_pane *pane, const char *label)
{
    for (size_t i = 0; i < pane->limit_count; i++)
        if (strcmp(pane->limits[i].label, label) == 0)
            return &pane->limits[i];
    if (pane->limit_count == METRICS_MOST)
        pane->limit_count = 0;
    struct metrics_limits *l = &pane->limits[pane->limit_count++];
    *l = (struct metrics_limits){.limits = {0, 0}};
    text_copy(l->label, sizeof l->label, label);
    return l;
}

static int64_t range_end(const struct app *app, const struct metrics_view *v)
{
    int64_t now_s = app->world_ms / 1000;
    return v->end_s > 0 ? v->end_s : now_s - now_s % v->period_s + v->period_s;
}

void metrics_draw_fit(const struct app *app, struct metrics_pane *pane,
                      const struct metrics_view *v)
{
    int64_t to_s = range_end(app, v), from_s = to_s - metrics_draw_ranges_s[pane->range];

    for (size_t i = 0; i < v->count; i++) {
        struct drawn d;
        prepare(pane, v, &v->groups[i], from_s, to_s, &d);
        plot_fit(&d.plot, &limits_of(pane, v->groups[i].label)->limits);
        release(&d);
    }
}

static void draw_plot(const struct scene *s, const struct metrics_group *g, struct area a,
                      bool has_axis)
{
    struct drawn d;
    int rows = has_axis && a.h > 1 ? a.h - 1 : a.h;

    prepare(s->pane, s->v, g, s->from_s, s->to_s, &d);
    d.plot.gutter = a.w > 4 * GUTTER ? GUTTER : 0;
    d.plot.markers = s->markers;
    d.plot.marker_count = s->marker_count;
    for (size_t i = 0; i < s->pane->limit_count; i++)
        if (strcmp(s->pane->limits[i].label, g->label) == 0)
            d.plot.limits = s->pane->limits[i].limits;
    if (d.plot.limits.high <= d.plot.limits.low)
        plot_fit(&d.plot, &d.plot.limits);
    plot_draw(&d.plot, s->c, canvas_rows(a, 0, rows));
    if (isnan(d.plot.threshold) && !isnan(g->threshold) && g->line_count > 0 && a.w > 30) {
        char limit[METRICS_VALUE_SIZE];
        char said[METRICS_VALUE_SIZE + 16];
        (void)snprintf(said, sizeof said, "limit above: %s",
                       metrics_view_value(g->threshold, g->unit, limit));
        canvas_put_right(s->c, a, 0, a.w, ROLE_LIMIT, said);
    }
    if (has_axis && a.h > 1)
        plot_axis(&d.plot, s->c, canvas_rows(a, rows, 1));
    release(&d);
}

/* ---- in words ---- */

/* At the cursor, else as it stands now. */
static double value_of(const struct scene *s, const struct metrics_line *line)
{
    if (s->pane->cursor_s < 0)
        return line->now;
    const json_t *values = json_object_get(line->series, "values"), *point;
    size_t i;
    json_array_foreach(values, i, point)
    {
        int64_t at_s = wire_whole(json_array_get(point, 0));
        const json_t *value = json_array_get(point, 1);
        if (at_s <= s->pane->cursor_s && s->pane->cursor_s < at_s + s->v->period_s)
            return json_is_number(value) ? json_number_value(value) : NAN;
    }
    return NAN;
}

static const char *legend_of(const struct scene *s, const struct metrics_line *line)
{
    bool is_plain = s->pane->mode == PLOT_ASCII || s->c->is_ascii;
    return line->version[0] == '\0' ? ""
           : line->is_old           ? is_plain ? ".. " : "•• "
           : is_plain               ? "** "
                                    : "── ";
}

/* "── v42 0.12 %": columns used; 0 where there is no room for all of it. */
static int put_line(const struct scene *s, struct area a, int y, int x,
                    const struct metrics_group *g, const struct metrics_line *line)
{
    enum role role = role_of(line);
    char value[METRICS_VALUE_SIZE], version[32], name[48] = "";
    const char *legend = legend_of(s, line);
    double number = value_of(s, line);

    metrics_view_value(number, g->unit, value);
    if (line->version[0] != '\0')
        (void)snprintf(name, sizeof name, "%s ", app_version_text(line->version, version));
    int needed = canvas_width(name) + canvas_width(value);
    if (x + needed + canvas_width(legend) > a.w)
        legend = "";
    if (x > 2 && x + needed > a.w)
        return 0;
    int used = canvas_put(s->c, a, y, x, role, legend);
    used += canvas_put(s->c, a, y, x + used, role, name);
    return used + canvas_put(s->c, a, y, x + used, isnan(number) ? ROLE_FAINT : role, value);
}

/* The lines one behind the other, and how far the new one is from the old one. */
static int put_lines(const struct scene *s, struct area a, int y, int x,
                     const struct metrics_group *g)
{
    int from = x;
    char delta[METRICS_VALUE_SIZE];

    for (size_t i = 0; i < g->line_count; i++)
        x += put_line(s, a, y, x, g, &g->lines[i]) + 2;
    if (g->line_count == METRICS_LINES && g->lines[1].is_old) {
        double gap = value_of(s, &g->lines[0]) - value_of(s, &g->lines[1]);
        metrics_view_value(gap, g->unit, delta);
        if (!isnan(gap) && x + 1 + canvas_width(delta) <= a.w)
            x += canvas_putf(s->c, a, y, x, ROLE_FAINT, "%s%s", gap >= 0 ? "+" : "", delta) + 2;
    }
    return x - from;
}

static int put_title(const struct scene *s, struct area a, const struct metrics_group *g,
                     bool is_selected)
{
    if (is_selected)
        canvas_glyph(s->c, a, 0, 0, ROLE_TITLE_FOCUS, GLYPH_CURSOR);
    return 2 + canvas_put(s->c, a, 0, 2, is_selected ? ROLE_STRONG : ROLE_TEXT, g->label);
}

static void put_standing(const struct scene *s, struct area a, int y, const struct metrics_group *g)
{
    auto_free char *said = metrics_view_standing(g);

    canvas_glyph(s->c, a, y, 0, looks[g->state].role, looks[g->state].glyph);
    canvas_put(s->c, a, y, 2, looks[g->state].role, said);
}

/* ---- large: title, standing, plot, axis ---- */

/* "v42 7 of 6286, v41 253 of 130651; a point each 60 s, settled to 02:48Z", or what fits of it. */
static void put_counts(const struct scene *s, struct area a, int y, const struct metrics_group *g)
{
    char at[CLOCK_STAMP_SIZE], version[32], rest[80];
    int x = 2;

    for (size_t i = 0; i < g->line_count; i++) {
        const struct metrics_line *line = &g->lines[i];
        const json_t *of = json_object_get(line->series, "of");
        if (!json_is_integer(of))
            continue;
        if (line->version[0] != '\0')
            x += canvas_putf(s->c, a, y, x, ROLE_FAINT, "%s ",
                             app_version_text(line->version, version));
        x += canvas_putf(s->c, a, y, x, ROLE_FAINT, "%lld of %lld%s",
                         (long long)wire_whole(json_object_get(line->series, "count")),
                         (long long)wire_whole(of), i + 1 < g->line_count ? ", " : "; ");
    }
    (void)snprintf(rest, sizeof rest, "a point each %d s, settled to %.5sZ", s->v->period_s,
                   clock_time_of_day(g->settled_s * 1000, at));
    const char *last = x + canvas_width(rest) <= a.w ? rest : strstr(rest, "settled");
    if (x + canvas_width(last) <= a.w)
        canvas_put(s->c, a, y, x, ROLE_FAINT, last);
}

static void draw_large(const struct scene *s, const struct metrics_group *g, struct area a)
{
    char at[CLOCK_STAMP_SIZE];
    int head = a.h >= 9 ? 3 : 2;

    int x = put_title(s, a, g, true);
    if (s->pane->cursor_s >= 0)
        x += 2 + canvas_putf(s->c, a, 0, x + 2, ROLE_KEY, "at %.5sZ",
                             clock_time_of_day(s->pane->cursor_s * 1000, at));
    if (a.h < 4) {
        put_lines(s, a, a.h > 1 ? 1 : 0, a.h > 1 ? 2 : x + 2, g);
        if (a.h > 2)
            put_standing(s, a, 2, g);
        return;
    }
    put_lines(s, a, 0, x + 2, g);
    put_standing(s, a, 1, g);
    if (head > 2)
        put_counts(s, a, 2, g);
    draw_plot(s, g, canvas_rows(a, head, -1), true);
}

/* ---- the others, a line each ---- */

static void draw_spark(const struct scene *s, struct area a, const struct metrics_line *line)
{
    struct plot_point *points;
    size_t count = metrics_view_points(line, &points), filled = 0;
    double values[SPARK_MOST];
    size_t first = 0, most = a.w < SPARK_MOST ? (size_t)a.w : SPARK_MOST;

    while (first < count && points[first].at_s < s->from_s)
        first++;
    size_t each = (count - first + most - 1) / (most > 0 ? most : 1);
    for (size_t i = first; i < count && each > 0; i += each) {
        double highest_of = NAN;
        for (size_t k = i; k < i + each && k < count; k++)
            if (!isnan(points[k].value) && !(points[k].value <= highest_of))
                highest_of = points[k].value;
        values[filled++] = highest_of;
    }
    free(points);
    gauge_spark(s->c, a, 0, 0, a.w, line->version[0] != '\0' ? role_of(line) : ROLE_FAINT, values,
                filled);
}

/* "v42 0.11 %  v41 0.19 %"; the old one is left out where there is no room for all of it. */
static void put_values(const struct scene *s, const struct metrics_group *g, struct area a)
{
    bool is_split = g->line_count > 1;
    char value[METRICS_VALUE_SIZE], version[32];
    int x = 0;

    for (size_t i = 0; i < g->line_count; i++) {
        const struct metrics_line *line = &g->lines[i];
        auto_free char *said = xasprintf(
            "%s%s%s%s", i > 0 ? "  " : "", is_split ? app_version_text(line->version, version) : "",
            is_split ? " " : "", metrics_view_value(value_of(s, line), g->unit, value));
        if (i == 0 || x + canvas_width(said) <= a.w)
            x += canvas_put(s->c, a, 0, x, role_of(line), said);
    }
}

static void draw_row(const struct scene *s, const struct metrics_group *g, struct area a,
                     bool is_selected)
{
    int label = a.w >= 60 ? 22 : a.w / 2;
    int values = a.w >= 64 ? ROW_VALUES : a.w >= 60 ? ROW_VALUES - 4 : a.w - label;

    canvas_glyph(s->c, a, 0, 0, looks[g->state].role, looks[g->state].glyph);
    canvas_put(s->c, canvas_cols(a, 0, label), 0, 2, ROLE_TEXT, g->label);
    put_values(s, g, canvas_cols(a, label + 1, values - 1));
    if (a.w >= 60) {
        char limit[METRICS_VALUE_SIZE];
        struct area rest = canvas_cols(a, label + values + 1, -1);
        if (g->error[0] != '\0') {
            auto_free char *said = metrics_view_standing(g);
            canvas_put(s->c, rest, 0, 0, ROLE_WARN, said);
            return;
        }
        if (!isnan(g->threshold))
            canvas_putf(s->c, canvas_cols(rest, 0, 11), 0, 0, ROLE_LIMIT, "limit %s",
                        metrics_view_value(g->threshold, g->unit, limit));
        if (g->line_count > 0 && rest.w >= 12 + SPARK_LEAST)
            draw_spark(s, canvas_cols(rest, 12, -1), &g->lines[0]);
    }
    if (is_selected)
        canvas_select(s->c, a, 0);
}

/* From where on `rows` of `count` are shown so that `at` is among them. */
static size_t first_shown(size_t at, size_t count, size_t rows)
{
    size_t half = rows / 2;
    if (rows >= count || at < half)
        return 0;
    return at - half + rows > count ? count - rows : at - half;
}

static void draw_list(const struct scene *s, struct area a, size_t selected)
{
    size_t rows = a.h > 0 ? (size_t)a.h : 0, from = first_shown(selected, s->v->count, rows);

    for (size_t i = 0; i < rows && from + i < s->v->count; i++)
        draw_row(s, &s->v->groups[from + i], canvas_rows(a, (int)i, 1), from + i == selected);
}

/* ---- as many small ones as fit ---- */

static void draw_cell(const struct scene *s, const struct metrics_group *g, struct area a,
                      bool is_selected, bool has_axis)
{
    int x = put_title(s, a, g, is_selected);
    auto_free char *standing = metrics_view_short(g);

    if (standing[0] != '\0' && x + 3 + canvas_width(standing) <= a.w) {
        int used = canvas_put_right(s->c, a, 0, a.w, looks[g->state].role, standing);
        canvas_glyph(s->c, a, 0, a.w - used - 2, looks[g->state].role, looks[g->state].glyph);
    } else if (standing[0] != '\0' && x < a.w - 1) {
        canvas_glyph(s->c, a, 0, a.w - 1, looks[g->state].role, looks[g->state].glyph);
    }
    if (g->error[0] != '\0')
        put_standing(s, a, 1, g);
    else
        put_lines(s, a, 1, 2, g);
    draw_plot(s, g, canvas_rows(a, 2, -1), has_axis);
}

static void draw_grid(const struct scene *s, struct area a, size_t selected)
{
    int cols = a.w / CELL_COLS > 3 ? 3 : a.w / CELL_COLS, rows = (a.h - 1) / CELL_ROWS;
    int fitting = cols * rows;

    while (rows > 1 && (rows - 1) * cols >= (int)s->v->count)
        rows--;
    fitting = cols * rows;
    size_t page = selected / (size_t)fitting * (size_t)fitting;
    int width = a.w / cols;
    for (int i = 0; i < fitting && page + (size_t)i < s->v->count; i++) {
        int row = i / cols, y = row * (a.h - 1) / rows, x = i % cols * width;
        bool is_last = row == rows - 1;
        int height = (row + 1) * (a.h - 1) / rows - y + (is_last ? 1 : 0);
        struct area cell = {a.y + y, a.x + x, height, width - (i % cols < cols - 1 ? 2 : 0)};
        draw_cell(s, &s->v->groups[page + (size_t)i], cell, page + (size_t)i == selected, is_last);
    }
}

/* ---- the whole ---- */

static double share_at(const struct event *e)
{
    return json_number_value(json_object_get(e->body, "value"));
}

static void find_markers(struct scene *s)
{
    const struct app_environment *e = app_environment(s->app);
    bool is_backward = e->run != NULL && strcmp(e->run->plan_name, "rollback") == 0;
    double before = is_backward ? 1 : 0;

    for (size_t i = 0; i < e->event_count; i++) {
        const struct event *event = e->events[i];
        const char *key = json_string_value(json_object_get(event->body, "key"));
        if (strcmp(event->type, "noted") != 0 || key == NULL || strcmp(key, "weight") != 0)
            continue;
        double share = is_backward ? 1 - share_at(event) : share_at(event);
        if (share != before && s->marker_count < MOST_MARKERS) {
            char *label = s->labels[s->marker_count];
            (void)snprintf(label, sizeof s->labels[0], "%.4g>%.4g %%", before * 100, share * 100);
            s->markers[s->marker_count++] = (struct plot_marker){event->at_ms / 1000, label};
        }
        before = share;
    }
}

static void draw_empty(const struct scene *s, struct area a)
{
    int y = a.h > 2 ? a.h / 2 - 1 : 0;

    canvas_put_center(s->c, a, y, ROLE_FAINT,
                      app_environment(s->app) == NULL ? "no environment yet"
                      : s->v->is_loaded
                          ? "no metrics here: `metrics` in the configuration names them"
                          : "no numbers yet: the first ones are being read");
    if (s->v->trouble != NULL)
        canvas_put_center(s->c, a, y + 1, ROLE_BAD, s->v->trouble);
}

/* What is wrong with all of it, in the first row. True when it took one. */
static bool draw_warning(const struct scene *s, struct area a)
{
    char at[CLOCK_STAMP_SIZE];

    clock_time_of_day(s->v->read_ms, at);
    if (s->v->trouble != NULL)
        canvas_putf(s->c, a, 0, 0, ROLE_BAD,
                    "numbers are from %.5sZ; could not read them again: %s", at, s->v->trouble);
    else if (s->v->is_cached)
        canvas_putf(s->c, a, 0, 0, ROLE_WARN, "remembered: these numbers are from %.5sZ", at);
    return s->v->trouble != NULL || s->v->is_cached;
}

static struct scene scene_of(const struct app *app, const struct metrics_view *v, struct canvas *c)
{
    struct scene s = {.app = app, .pane = app->states[PANE_METRICS], .v = v, .c = c};

    s.to_s = range_end(app, v);
    s.from_s = s.to_s - metrics_draw_ranges_s[s.pane->range];
    return s;
}

static const struct metrics_group *named(const struct metrics_view *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (text_ends_with(v->groups[i].label, name))
            return &v->groups[i];
    return NULL;
}

bool metrics_draw_has(const struct app *app, const char *name)
{
    struct metrics_view v;
    metrics_view_of(app, &v);
    return named(&v, name) != NULL;
}

void metrics_draw_named(const struct app *app, struct canvas *c, struct area a, const char *name)
{
    struct metrics_view v;

    metrics_view_of(app, &v);
    struct scene s = scene_of(app, &v, c);
    const struct metrics_group *g = named(&v, name);
    if (g == NULL)
        return;
    find_markers(&s);
    draw_plot(&s, g, a, true);
}

void metrics_draw(const struct app *app, struct canvas *c, struct area a)
{
    struct metrics_view v;

    metrics_view_of(app, &v);
    struct scene s = scene_of(app, &v, c);
    if (v.count == 0) {
        draw_empty(&s, a);
        return;
    }
    find_markers(&s);
    if (a.h > 3 && draw_warning(&s, a))
        a = canvas_rows(a, 1, -1);
    size_t selected = metrics_draw_selected(s.pane, &v);
    if (s.pane->is_large || a.h < 8) {
        draw_large(&s, &v.groups[selected], a);
    } else if (a.h >= GRID_ROWS && a.w >= 2 * CELL_COLS && v.count > 1) {
        draw_grid(&s, a, selected);
    } else {
        int list = a.h / 3 < LIST_MOST ? a.h / 3 : LIST_MOST;
        draw_large(&s, &v.groups[selected], canvas_rows(a, 0, a.h - list));
        draw_list(&s, canvas_rows(a, a.h - list, -1), selected);
    }
}
