/* gauge.c - progress, shares, the slider of traffic, sparklines: bars of one row. */
#include "tui/gauge.h"

#include <math.h>

#define FULL_SCALE 30 /* columns from which on all five numbers fit */
#define HALF_SCALE 12
#define ENDS_ONLY 5
#define LOWEST_BLOCK 0x2581 /* an eighth of a row */
#define SPARK_LEVELS 4

/* How many of `width` columns are filled: all only at 1, none only at 0. */
static int filled_of(int width, double share)
{
    if (share >= 1)
        return width;
    if (!(share > 0))
        return 0;
    int filled = (int)lround(share * width);
    return filled < 1 ? (width > 1 ? 1 : 0) : filled >= width ? width - 1 : filled;
}

int gauge_share(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                double share)
{
    int filled = filled_of(width, share);
    if (width <= 0)
        return 0;
    canvas_hline(c, a, y, x, filled, role, GLYPH_BAR);
    canvas_hline(c, a, y, x + filled, width - filled, ROLE_FAINT, GLYPH_HLINE);
    if (isnan(share))
        canvas_char(c, a, y, x + width / 2, ROLE_WARN, L'?');
    return width;
}

int gauge_progress(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                   double share)
{
    if (width < 3)
        return 0;
    canvas_char(c, a, y, x, ROLE_FAINT, L'[');
    gauge_share(c, a, y, x + 1, width - 2, role, share);
    canvas_char(c, a, y, x + width - 1, ROLE_FAINT, L']');
    return width;
}

int gauge_column(int width, double share)
{
    if (width <= 1 || !(share > 0))
        return 0;
    return share >= 1 ? width - 1 : (int)lround(share * (width - 1));
}

double gauge_share_at(int width, int column)
{
    if (width <= 1 || column <= 0)
        return 0;
    return column >= width - 1 ? 1 : (double)column / (width - 1);
}

static void line(struct canvas *c, struct area a, int y, int from, int to, enum role role,
                 wchar_t character)
{
    for (int x = from; x < to; x++)
        canvas_char(c, a, y, x, role, character);
}

int gauge_slider(struct canvas *c, struct area a, int y, int x, int width, enum gauge_mark mark,
                 double set, double share)
{
    static const wchar_t marks[] = {
        [GAUGE_ASKED] = L'>', [GAUGE_SET] = L'o', [GAUGE_SEEN] = L'^', [GAUGE_STAGED] = L'>'};
    if (width <= 0)
        return 0;
    canvas_hline(c, a, y, x, width, ROLE_BORDER, GLYPH_HLINE);
    if (isnan(share)) /* who draws it says what is not known beside it */
        return width;
    bool is_staged = mark == GAUGE_STAGED;
    int at = gauge_column(width, share);
    int base = is_staged ? gauge_column(width, isnan(set) ? share : set) : at;
    int solid = at < base ? at : base;
    line(c, a, y, x, x + solid, ROLE_NEW_VERSION, L'═');
    line(c, a, y, x + solid, x + (at > base ? at : base + is_staged), ROLE_STAGED, L'.');
    canvas_char(c, a, y, x + at, is_staged ? ROLE_STAGED : ROLE_STRONG,
                is_staged && at < base ? L'<' : marks[mark]);
    return width;
}

void gauge_scale(struct canvas *c, struct area a, int y, int x, int width)
{
    static const struct {
        const char *text;
        double share;
        int columns, least;
    } numbers[] = {
        {"0", 0, 1, ENDS_ONLY},      {"25", 0.25, 2, FULL_SCALE}, {"50", 0.5, 2, HALF_SCALE},
        {"75", 0.75, 2, FULL_SCALE}, {"100", 1, 3, ENDS_ONLY},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int at = gauge_column(width, numbers[i].share) - numbers[i].columns / 2;
        if (width < numbers[i].least)
            continue;
        at = at + numbers[i].columns > width ? width - numbers[i].columns : at;
        canvas_put(c, a, y, x + at, ROLE_FAINT, numbers[i].text);
    }
}

/* Half of a row at most: rows below each other stay apart, and a steady value is a thin line. */
int gauge_spark(struct canvas *c, struct area a, int y, int x, int width, enum role role,
                const double *values, size_t count)
{
    double most = 0;
    size_t shown = width > 0 && count > (size_t)width ? (size_t)width : count;

    if (width <= 0)
        return 0;
    values += count - shown;
    for (size_t i = 0; i < shown; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < shown; i++) {
        long level = most > 0 && values[i] > 0 ? lround(values[i] / most * (SPARK_LEVELS - 1)) : 0;
        if (!isnan(values[i]))
            canvas_char(c, a, y, x + width - (int)shown + (int)i, role,
                        (wchar_t)(LOWEST_BLOCK + level));
    }
    return width;
}
