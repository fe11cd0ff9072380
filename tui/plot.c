/* plot.c - values over time in cells: steps of a line in braille, bars in blocks, stars in ASCII.
 */
#include "tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define BRAILLE 0x2800
#define LIGHT_SHADE 0x2591
#define FULL_BLOCK 0x2588
#define LOWER_BLOCK 0x2580 /* + 1 to 8 eighths from below */
#define NEXT_LABEL 9       /* columns from a time to the next one, at least */

/* How finely a mode divides a cell, and what it draws. */
static const struct look {
    const char *name;
    int dots_x, dots_y;
    wchar_t solid, hollow, dotted, dotted_hollow, limit, cursor;
} looks[PLOT_MODE_COUNT] = {
    [PLOT_BRAILLE] = {"braille", 2, 4, BRAILLE, 0x25CB, 0x2022, 0x25E6, 0x254C, 0x2502},
    [PLOT_BLOCK] = {"block", 1, 8, FULL_BLOCK, 0x25CB, 0x2022, 0x25E6, 0x254C, 0x2502},
    [PLOT_ASCII] = {"ascii", 1, 1, L'*', L'o', L'.', L',', L'-', L'|'},
};

/* One plot being drawn. */
struct frame {
    const struct plot *plot;
    const struct look *look;
    struct canvas *canvas;
    struct area area; /* without the gutter */
};

struct sample {
    double value; /* NAN = gap */
    bool is_unsettled;
};

const char *plot_mode_name(enum plot_mode mode)
{
    return (unsigned)mode < PLOT_MODE_COUNT ? looks[mode].name : "";
}

/* ---- numbers ---- */

static void strip_zeros(char *text)
{
    size_t len = strlen(text);
    if (!strchr(text, '.'))
        return;
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[len - 1] = '\0';
}

const char *plot_number(double value, char out[static 16])
{
    static const struct {
        double below, by;
        int digits;
        const char *unit;
    } scales[] = {
        {0.00995, 1, 3, ""}, {0.995, 1, 2, ""},     {9.95, 1, 1, ""},      {999.5, 1, 0, ""},
        {9950, 1e3, 1, "k"}, {999500, 1e3, 0, "k"}, {9.95e6, 1e6, 1, "M"}, {1e15, 1e6, 0, "M"},
    };
    size_t i = 0, last = sizeof scales / sizeof scales[0] - 1;
    if (!isfinite(value))
        return memcpy(out, "?", 2);
    while (i < last && fabs(value) >= scales[i].below)
        i++;
    char number[64];
    snprintf(number, sizeof number, "%.*f", scales[i].digits, value / scales[i].by);
    strip_zeros(number);
    snprintf(out, 16, "%.12s%s", number, scales[i].unit);
    return out;
}

/* The next round number from value on. */
static double round_up(double value)
{
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    if (!(value > 0))
        return 0;
    double power = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i] * power >= value * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

/* ---- points ---- */

/* The first point at or after a time. */
static size_t first_from(const struct plot_series *s, int64_t at_s)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->points[middle].at_s < at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct plot_point *point_over(const struct plot *p, const struct plot_series *s,
                                           int64_t at_s)
{
    size_t next = first_from(s, at_s + 1);
    if (next == 0 || s->points[next - 1].at_s + p->period_s <= at_s)
        return NULL;
    return &s->points[next - 1];
}

const struct plot_point *plot_point_at(const struct plot *p, size_t series, int64_t at_s)
{
    return series < p->series_count ? point_over(p, &p->series[series], at_s) : NULL;
}

/* The largest of the points that begin in [from, to), else the one that reaches into it. */
static struct sample sample_of(const struct plot *p, const struct plot_series *s, int64_t from_s,
                               int64_t to_s)
{
    struct sample sample = {.value = NAN};
    size_t i = first_from(s, from_s);
    if (i == s->count || s->points[i].at_s >= to_s) {
        const struct plot_point *over = point_over(p, s, from_s);
        if (over)
            sample = (struct sample){over->value, over->is_unsettled};
        return sample;
    }
    for (; i < s->count && s->points[i].at_s < to_s; i++) {
        if (isnan(s->points[i].value))
            continue;
        sample.value = fmax(s->points[i].value, sample.value);
        sample.is_unsettled = sample.is_unsettled || s->points[i].is_unsettled;
    }
    return sample;
}

/* The range of what is shown; false: nothing is. */
static bool range_of(const struct plot *p, double *low, double *high)
{
    bool is_found = false;
    for (size_t i = 0; i < p->series_count; i++) {
        const struct plot_series *s = &p->series[i];
        size_t j = first_from(s, p->from_s - p->period_s + 1);
        for (; j < s->count && s->points[j].at_s < p->to_s; j++) {
            double value = s->points[j].value;
            if (!isfinite(value))
                continue;
            *low = is_found ? fmin(*low, value) : value;
            *high = is_found ? fmax(*high, value) : value;
            is_found = true;
        }
    }
    return is_found;
}

void plot_fit(const struct plot *p, struct plot_limits *limits)
{
    double low = 0, high = 0;
    bool is_known = range_of(p, &low, &high);
    if (isfinite(p->threshold))
        high = is_known ? fmax(high, p->threshold * 1.05) : p->threshold * 1.05;
    struct plot_limits wanted = {.low = low < 0 ? -round_up(-low) : 0, .high = round_up(high)};
    if (!(wanted.high > wanted.low))
        wanted.high = wanted.low + 1;
    double height = limits->high - limits->low;
    if (!(height > 0)) {
        *limits = wanted;
        return;
    }
    if (!(high > 0) && !(low < 0)) /* nothing, or only zeros */
        return;
    if (wanted.high - wanted.low <= height / 2) {
        *limits = wanted;
        return;
    }
    limits->high = fmax(limits->high, wanted.high);
    limits->low = fmin(limits->low, wanted.low);
}

/* ---- places ---- */

static int columns_of(const struct plot *p, int width)
{
    return width > p->gutter ? width - p->gutter : 0;
}

int plot_column(const struct plot *p, int width, int64_t at_s)
{
    int columns = columns_of(p, width);
    if (columns == 0 || at_s < p->from_s || at_s >= p->to_s)
        return -1;
    return (int)((at_s - p->from_s) * columns / (p->to_s - p->from_s));
}

/* Where the i-th of n parts of the range begins. */
static int64_t part_of(const struct plot *p, int i, int n)
{
    int64_t span = p->to_s - p->from_s;
    return p->from_s + (span * i + n - 1) / n;
}

int64_t plot_time(const struct plot *p, int width, int column)
{
    int columns = columns_of(p, width);
    if (columns == 0 || p->period_s <= 0)
        return p->from_s;
    column = column < 0 ? 0 : column >= columns ? columns - 1 : column;
    int64_t begin = part_of(p, column, columns), end = part_of(p, column + 1, columns);
    int64_t next = (begin + p->period_s - 1) / p->period_s * p->period_s;
    int64_t at = next < end ? next : begin / p->period_s * p->period_s;
    return at < p->from_s ? p->from_s : at;
}

/* Dots from below; -1 for none. */
static int dot_of(const struct frame *f, double value)
{
    double low = f->plot->limits.low, high = f->plot->limits.high;
    int most = f->area.h * f->look->dots_y - 1;
    if (!isfinite(value) || !(high > low))
        return -1;
    double part = (value - low) / (high - low);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return (int)lround(part * most);
}

static int row_of(const struct frame *f, int dot) { return f->area.h - 1 - dot / f->look->dots_y; }

static void draw(const struct frame *f, int row, int column, enum role role, wchar_t character)
{
    canvas_char(f->canvas, f->area, row, column, role, character);
}

static struct sample column_sample(const struct frame *f, const struct plot_series *s, int column)
{
    int64_t begin = part_of(f->plot, column, f->area.w);
    return sample_of(f->plot, s, begin, part_of(f->plot, column + 1, f->area.w));
}

/* ---- series ---- */

static void draw_dotted(const struct frame *f, const struct plot_series *s)
{
    for (int column = 0; column < f->area.w; column++) {
        struct sample sample = column_sample(f, s, column);
        int dot = dot_of(f, sample.value);
        if (dot >= 0)
            draw(f, row_of(f, dot), column, s->role,
                 sample.is_unsettled ? f->look->dotted_hollow : f->look->dotted);
    }
}

static void draw_stars(const struct frame *f, const struct plot_series *s)
{
    for (int column = 0; column < f->area.w; column++) {
        struct sample sample = column_sample(f, s, column);
        int dot = dot_of(f, sample.value);
        if (dot >= 0)
            draw(f, row_of(f, dot), column, s->role,
                 sample.is_unsettled ? f->look->hollow : f->look->solid);
    }
}

/* Is there a dot of the old version, which a bar leaves seen? */
static bool holds_dot(const struct frame *f, int row, int column)
{
    const struct cell *cell = canvas_cell(f->canvas, f->area.y + row, f->area.x + column);
    return cell && cell->text[0] == f->look->dotted;
}

static void draw_bars(const struct frame *f, const struct plot_series *s)
{
    for (int column = 0; column < f->area.w; column++) {
        struct sample sample = column_sample(f, s, column);
        int dot = dot_of(f, sample.value);
        if (dot < 0)
            continue;
        int top = row_of(f, dot);
        draw(f, top, column, s->role,
             sample.is_unsettled ? f->look->hollow : LOWER_BLOCK + 1 + dot % f->look->dots_y);
        for (int row = top + 1; row < f->area.h; row++)
            if (!holds_dot(f, row, column))
                draw(f, row, column, s->role, sample.is_unsettled ? LIGHT_SHADE : FULL_BLOCK);
    }
}

/* Sets dots `from` to `to` (either order) of a column of dots; bits holds a byte for each cell. */
static void add_dots(const struct frame *f, unsigned char *bits, int x, int from, int to)
{
    /* ISO/TR 11548-1: dots 1 2 3 7 on the left and 4 5 6 8 on the right, from above. */
    static const unsigned char dot_bits[2][4] = {{0x40, 0x04, 0x02, 0x01},
                                                 {0x80, 0x20, 0x10, 0x08}};
    int step = from < to ? 1 : -1;
    for (int dot = from;; dot += step) {
        bits[row_of(f, dot) * f->area.w + x / 2] |= dot_bits[x % 2][dot % 4];
        if (dot == to)
            break;
    }
}

static void draw_line(const struct frame *f, const struct plot_series *s)
{
    auto_free unsigned char *bits = xcalloc((size_t)f->area.h * (size_t)f->area.w, 1);
    int before = -1;
    for (int x = 0; x < f->area.w * 2; x++) {
        struct sample sample = sample_of(f->plot, s, part_of(f->plot, x, f->area.w * 2),
                                         part_of(f->plot, x + 1, f->area.w * 2));
        int dot = dot_of(f, sample.value);
        if (dot >= 0 && !sample.is_unsettled)
            add_dots(f, bits, x, before >= 0 ? before : dot, dot);
        before = sample.is_unsettled ? -1 : dot;
    }
    for (int row = 0; row < f->area.h; row++)
        for (int column = 0; column < f->area.w; column++)
            if (bits[row * f->area.w + column])
                draw(f, row, column, s->role, BRAILLE + bits[row * f->area.w + column]);
    for (int column = 0; column < f->area.w; column++) {
        struct sample sample = column_sample(f, s, column);
        int dot = dot_of(f, sample.value);
        if (dot >= 0 && sample.is_unsettled)
            draw(f, row_of(f, dot), column, s->role, f->look->hollow);
    }
}

static void draw_series(const struct frame *f, enum plot_stroke stroke)
{
    static void (*const solid[PLOT_MODE_COUNT])(const struct frame *,
                                                const struct plot_series *) = {
        [PLOT_BRAILLE] = draw_line, [PLOT_BLOCK] = draw_bars, [PLOT_ASCII] = draw_stars};
    for (size_t i = 0; i < f->plot->series_count; i++) {
        const struct plot_series *s = &f->plot->series[i];
        if (s->stroke != stroke)
            continue;
        if (stroke == PLOT_DOTTED)
            draw_dotted(f, s);
        else
            solid[f->look - looks](f, s);
    }
}

/* ---- what stands behind them ---- */

static void draw_threshold(const struct frame *f)
{
    double threshold = f->plot->threshold;
    if (!isfinite(threshold) || threshold < f->plot->limits.low || threshold > f->plot->limits.high)
        return;
    int row = row_of(f, dot_of(f, threshold));
    for (int column = 0; column < f->area.w; column += 2)
        draw(f, row, column, ROLE_LIMIT, f->look->limit);
}

static void draw_column(const struct frame *f, int64_t at_s, enum role role, wchar_t character)
{
    int column = plot_column(f->plot, f->area.w + f->plot->gutter, at_s);
    for (int row = 0; column >= 0 && row < f->area.h; row++)
        draw(f, row, column, role, character);
}

static void draw_markers(const struct frame *f)
{
    wchar_t line = f->look == &looks[PLOT_ASCII] ? L'|' : 0x2502;
    for (size_t i = 0; i < f->plot->marker_count; i++)
        draw_column(f, f->plot->markers[i].at_s, ROLE_MARKER, line);
}

static void select_cursor(const struct frame *f)
{
    int column = plot_column(f->plot, f->area.w + f->plot->gutter, f->plot->cursor_s);
    for (int row = 0; column >= 0 && row < f->area.h; row++) {
        struct cell *cell = canvas_cell(f->canvas, f->area.y + row, f->area.x + column);
        if (cell)
            cell->is_selected = 1;
    }
}

static void put_limit(const struct frame *f, struct area gutter, int row, enum role role,
                      double value)
{
    char number[16];
    canvas_fill(f->canvas, canvas_rows(gutter, row, 1), ROLE_FAINT, L' ');
    canvas_put_right(f->canvas, gutter, row, gutter.w, role, plot_number(value, number));
}

static void draw_gutter(const struct frame *f, struct area whole)
{
    const struct plot *p = f->plot;
    struct area gutter = canvas_cols(whole, 0, p->gutter - 1);
    if (p->gutter < 1)
        return;
    for (int row = 0; row < whole.h; row++)
        canvas_glyph(f->canvas, whole, row, p->gutter - 1, ROLE_BORDER, GLYPH_VLINE);
    if (whole.h > 1)
        put_limit(f, gutter, whole.h - 1, ROLE_FAINT, p->limits.low);
    put_limit(f, gutter, 0, ROLE_FAINT, p->limits.high);
    if (isfinite(p->threshold) && p->threshold >= p->limits.low && p->threshold <= p->limits.high)
        put_limit(f, gutter, row_of(f, dot_of(f, p->threshold)), ROLE_LIMIT, p->threshold);
}

static struct frame frame_of(const struct plot *p, struct canvas *c, struct area a)
{
    enum plot_mode mode = c->is_ascii ? PLOT_ASCII : p->mode;
    return (struct frame){
        .plot = p, .look = &looks[mode], .canvas = c, .area = canvas_cols(a, p->gutter, -1)};
}

void plot_draw(const struct plot *p, struct canvas *c, struct area a)
{
    struct frame f = frame_of(p, c, a);
    double low, high;
    if (a.h <= 0 || f.area.w <= 0 || p->to_s <= p->from_s || !(p->limits.high > p->limits.low))
        return;
    draw_gutter(&f, a);
    draw_threshold(&f);
    draw_markers(&f);
    if (p->cursor_s >= 0)
        draw_column(&f, p->cursor_s, ROLE_STRONG, f.look->cursor);
    if (range_of(p, &low, &high)) {
        draw_series(&f, PLOT_DOTTED);
        draw_series(&f, PLOT_SOLID);
    } else {
        canvas_put_center(c, f.area, (a.h - 1) / 2, ROLE_FAINT, "no data");
    }
    if (p->cursor_s >= 0)
        select_cursor(&f);
}

/* ---- the axis ---- */

static void time_text(int64_t at_s, char out[static 16])
{
    int minutes = (int)(((at_s / 60) % 1440 + 1440) % 1440);
    snprintf(out, 16, "%02d:%02d", minutes / 60, minutes % 60);
}

/* Puts a label where nothing is yet, with a blank on both sides. */
static void put_label(const struct frame *f, int column, enum role role, const char *label)
{
    int width = canvas_width(label);
    if (column < 0 || column + width > f->area.w)
        return;
    for (int x = column - 1; x <= column + width; x++) {
        const struct cell *cell = canvas_cell(f->canvas, f->area.y, f->area.x + x);
        if (x >= 0 && x < f->area.w && cell && cell->text[0] != L' ')
            return;
    }
    canvas_put(f->canvas, f->area, 0, column, role, label);
}

static int64_t seconds_between_labels(const struct plot *p, int columns)
{
    static const int minutes[] = {1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720};
    size_t last = sizeof minutes / sizeof minutes[0];
    for (size_t i = 0; i < last; i++)
        if (minutes[i] * 60LL * columns / (p->to_s - p->from_s) >= NEXT_LABEL)
            return minutes[i] * 60LL;
    return 86400;
}

static void put_cursor_label(const struct frame *f)
{
    char time[16], label[32];
    int column = plot_column(f->plot, f->area.w + f->plot->gutter, f->plot->cursor_s);
    if (column < 0 || f->area.w < 7)
        return;
    time_text(f->plot->cursor_s, time);
    snprintf(label, sizeof label, "[%s]", time);
    int x = column - 3;
    x = x < 0 ? 0 : x > f->area.w - 7 ? f->area.w - 7 : x;
    put_label(f, x, ROLE_STRONG, label);
}

/* "^10 %", and "10 %^" at the right edge. */
static void put_marker_label(const struct frame *f, const struct plot_marker *marker)
{
    const char *text = marker->label ? marker->label : "";
    int width = canvas_width(text) + 1;
    int column = plot_column(f->plot, f->area.w + f->plot->gutter, marker->at_s);
    bool is_left = column + width > f->area.w;
    auto_free char *label = is_left ? xasprintf("%s^", text) : xasprintf("^%s", text);
    if (column >= 0)
        put_label(f, is_left ? column + 1 - width : column, ROLE_MARKER, label);
}

void plot_axis(const struct plot *p, struct canvas *c, struct area a)
{
    struct frame f = frame_of(p, c, a);
    if (a.h <= 0 || f.area.w <= 0 || p->to_s <= p->from_s)
        return;
    if (p->cursor_s >= 0)
        put_cursor_label(&f);
    for (size_t i = 0; i < p->marker_count; i++)
        put_marker_label(&f, &p->markers[i]);
    int64_t every = seconds_between_labels(p, f.area.w);
    for (int64_t at = (p->from_s + every - 1) / every * every; at < p->to_s; at += every) {
        char label[16];
        int column = plot_column(p, a.w, at);
        time_text(at, label);
        put_label(&f, column < 2 ? 0 : column - 2, ROLE_FAINT, label);
    }
}
