/* looks.c - every role of every theme, as a terminal shows it: in 256, 16 and 8 colours, in none,
 * and in ASCII. */
#include "tests/vterm_fixture.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "tui/gauge.h"
#include "tui/plot.h"

#define ROWS (ROLE_COUNT + 4)
#define COLS 60

static struct vterm v;
static struct term *term;
static struct canvas *canvas;

static const struct kind {
    const char *name, *type;
    enum term_colours colours;
    int count; /* of colours */
} kinds[] = {
    {"256 colours", "xterm-256color", TERM_COLOURS_256, 256},
    {"16 colours", "xterm-256color", TERM_COLOURS_16, 16},
    {"8 colours", "xterm", TERM_COLOURS_AUTO, 8},
    {"no colours", "xterm-256color", TERM_COLOURS_NONE, 0},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static void open_with(const struct kind *kind, const char *theme, bool wants_ascii)
{
    struct error err;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    vterm_open(&v, kind->type, ROWS, COLS);
    v.options.colours = kind->colours;
    v.options.theme = theme;
    v.options.wants_ascii = wants_ascii;
    cr_assert(term_open(&v.options, &term, &err), "%s", err.message);
    canvas = canvas_new(ROWS, COLS);
    canvas->is_ascii = term_is_ascii(term);
}

static void finish(void)
{
    term_close(term);
    canvas_free(canvas);
    vterm_close(&v);
}

static void show(void)
{
    term_show(term, canvas);
    vterm_pump(&v);
}

/* -1 = the terminal's own. */
static int index_of(const VTermColor *colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(colour) || VTERM_COLOR_IS_DEFAULT_BG(colour))
        return -1;
    cr_assert(VTERM_COLOR_IS_INDEXED(colour));
    return colour->indexed.idx;
}

static int of_8(int colour) { return colour < 8 ? colour : colour == 8 ? -1 : colour - 8; }

static struct style expected(const struct kind *kind, const struct style *style)
{
    struct style wanted = *style;
    if (kind->count < 256) {
        wanted.foreground = style->foreground_16;
        wanted.background = style->background_16;
    }
    if (kind->count == 8) { /* bright is bold; bright black is the terminal's own, dim */
        if (wanted.foreground > 8)
            wanted.attributes |= STYLE_BOLD;
        wanted.foreground = of_8(wanted.foreground);
        wanted.background = of_8(wanted.background);
    }
    if (kind->count == 0)
        wanted.foreground = wanted.background = -1;
    return wanted;
}

static void expect_look(const struct kind *kind, const struct theme *theme, enum role role)
{
    struct style wanted = expected(kind, &theme->styles[role]);
    VTermScreenCell cell = vterm_cell(&v, (int)role, 2);
    const char *name = canvas_role_name(role);
    cr_expect_eq(index_of(&cell.fg), wanted.foreground, "%s %s %s: foreground %d", theme->name,
                 kind->name, name, index_of(&cell.fg));
    cr_expect_eq(index_of(&cell.bg), wanted.background, "%s %s %s: background %d", theme->name,
                 kind->name, name, index_of(&cell.bg));
    cr_expect_eq(cell.attrs.bold, (wanted.attributes & STYLE_BOLD) != 0, "%s %s %s: bold",
                 theme->name, kind->name, name);
    cr_expect_eq(cell.attrs.reverse, (wanted.attributes & STYLE_REVERSE) != 0, "%s %s %s: reverse",
                 theme->name, kind->name, name);
    cr_expect_eq(cell.attrs.underline != 0, (wanted.attributes & STYLE_UNDERLINE) != 0,
                 "%s %s %s: underline", theme->name, kind->name, name);
}

Test(looks, every_role_of_every_theme_is_shown_as_the_theme_says)
{
    for (const char *const *name = theme_names(); *name; name++)
        for (size_t i = 0; i < KIND_COUNT; i++) {
            struct theme theme;
            struct error err;
            open_with(&kinds[i], *name, false);
            cr_assert(theme_load(*name, &theme, &err), "%s", err.message);
            for (int role = 0; role < ROLE_COUNT; role++)
                canvas_put(canvas, canvas_all(canvas), role, 2, (enum role)role,
                           canvas_role_name((enum role)role));
            show();
            for (int role = 0; role < ROLE_COUNT; role++) {
                const char *text = canvas_role_name((enum role)role);
                cr_expect_eq(strncmp(vterm_row(&v, role) + 2, text, strlen(text)), 0);
                expect_look(&kinds[i], &theme, (enum role)role);
            }
            finish();
        }
}

/* What a person sees of a cell, with everything but its colours left out. */
static unsigned shape_of(int row)
{
    VTermScreenCellAttrs a = vterm_cell(&v, row, 2).attrs;
    return a.bold * 1u + a.reverse * 2u + (a.underline != 0) * 4u + a.italic * 8u;
}

Test(looks, production_is_unmistakable_in_every_theme_and_without_colour)
{
    for (const char *const *name = theme_names(); *name; name++)
        for (size_t i = 0; i < KIND_COUNT; i++) {
            open_with(&kinds[i], *name, false);
            for (int role = 0; role < ROLE_COUNT; role++)
                canvas_put(canvas, canvas_all(canvas), role, 2, (enum role)role, "PROD");
            show();
            for (int role = 0; role < ROLE_COUNT; role++)
                cr_expect_eq((shape_of(role) & 3) == 3, role == ROLE_BAND_PRODUCTION, "%s, %s: %s",
                             *name, kinds[i].name, canvas_role_name((enum role)role));
            finish();
        }
}

Test(looks, a_selected_row_differs_from_the_others_on_every_terminal)
{
    for (const char *const *name = theme_names(); *name; name++)
        for (size_t i = 0; i < KIND_COUNT; i++) {
            open_with(&kinds[i], *name, false);
            for (int row = 0; row < 3; row++)
                canvas_put(canvas, canvas_all(canvas), row, 2, ROLE_TEXT, "orders-fn");
            canvas_select(canvas, canvas_all(canvas), 1);
            show();
            VTermColor plain = vterm_cell(&v, 0, 2).bg, chosen = vterm_cell(&v, 1, 2).bg;
            cr_expect_eq(shape_of(0), shape_of(2));
            cr_expect(shape_of(0) != shape_of(1) || index_of(&plain) != index_of(&chosen), "%s, %s",
                      *name, kinds[i].name);
            cr_expect_str_eq(vterm_row(&v, 1), "▸ orders-fn");
            finish();
        }
}

static double luminance(int colour)
{
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    int rgb[3];
    double sum = 0;
    theme_rgb(colour, rgb);
    for (int i = 0; i < 3; i++)
        sum += weights[i] * pow((rgb[i] / 255.0 + 0.055) / 1.055, 2.4); /* WCAG 2; 0 is not exact */
    return sum;
}

/* Less than elsewhere, where the line that the cursor is on is shaded. */
Test(looks, a_selected_row_can_be_read)
{
    for (const char *const *name = theme_names(); *name; name++) {
        open_with(&kinds[0], *name, false);
        for (int role = 0; role < ROLE_COUNT; role++) {
            canvas_put(canvas, canvas_all(canvas), role, 2, (enum role)role, "orders-fn");
            canvas_select(canvas, canvas_all(canvas), role);
        }
        show();
        for (int role = 0; role < ROLE_COUNT; role++) {
            VTermScreenCell cell = vterm_cell(&v, role, 2);
            int fg = index_of(&cell.fg), bg = index_of(&cell.bg);
            if (fg < 0 || bg < 0 || role == ROLE_BORDER)
                continue;
            double a = luminance(fg), b = luminance(bg);
            double contrast = (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
            cr_expect_geq(contrast, 4.0, "%s: %s has %.2f", *name,
                          canvas_role_name((enum role)role), contrast);
        }
        finish();
    }
}

static void draw_everything(void)
{
    static const struct plot_point points[] = {{0, 1, false}, {60, 5, false}, {120, 3, true}};
    static const double values[] = {1, 2, 3};
    struct plot_series series[] = {{points, 3, PLOT_DOTTED, ROLE_OLD_VERSION},
                                   {points, 3, PLOT_SOLID, ROLE_NEW_VERSION}};
    struct plot_marker marker = {60, "10 %"};
    struct plot plot = {.to_s = 240,
                        .period_s = 60,
                        .limits = {0, 6},
                        .series = series,
                        .series_count = 2,
                        .threshold = 4,
                        .markers = &marker,
                        .marker_count = 1,
                        .cursor_s = 120,
                        .gutter = PLOT_GUTTER};
    struct area a = canvas_all(canvas);
    canvas_box(canvas, canvas_rows(a, 0, 3), ROLE_BORDER);
    canvas_put(canvas, a, 1, 1, ROLE_TEXT, "v41 → v42 · 5 ≥ 3 … “ok” – é 日本 \x1b[2J \u202e");
    for (int i = 0; i < GLYPH_COUNT; i++)
        canvas_glyph(canvas, a, 3, i, ROLE_TEXT, (enum glyph)i);
    gauge_progress(canvas, a, 4, 0, 20, ROLE_ACTIVE, 0.3);
    gauge_slider(canvas, a, 5, 0, 40, GAUGE_STAGED, 0.1, 0.25);
    gauge_scale(canvas, a, 6, 0, 40);
    gauge_spark(canvas, a, 7, 0, 5, ROLE_TEXT, values, 3);
    plot_draw(&plot, canvas, canvas_rows(a, 8, 6));
    plot_axis(&plot, canvas, canvas_rows(a, 14, 1));
    canvas_select(canvas, a, 1);
}

Test(looks, in_ascii_no_other_byte_reaches_the_terminal)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        open_with(&kinds[i], "dark", true);
        vterm_pump(&v);
        vterm_forget(&v);
        draw_everything();
        show();
        for (size_t j = 0; j < v.raw.len; j++)
            cr_assert((unsigned char)v.raw.ptr[j] < 0x80, "byte %02x", (unsigned char)v.raw.ptr[j]);
        for (int y = 0; y < ROWS; y++) {
            auto_free char *row = canvas_row(canvas, y);
            cr_expect_str_eq(vterm_row(&v, y), row);
        }
        finish();
    }
}

Test(looks, what_the_canvas_holds_is_what_the_terminal_shows)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        open_with(&kinds[i], "light", false);
        draw_everything();
        show();
        for (int y = 0; y < ROWS; y++) {
            auto_free char *row = canvas_row(canvas, y);
            cr_expect_str_eq(vterm_row(&v, y), row);
        }
        vterm_pump(&v);
        vterm_forget(&v);
        canvas_clear(canvas);
        draw_everything();
        show();
        cr_expect_eq(v.raw.len, 0, "the same picture was sent again: %zu bytes", v.raw.len);
        finish();
    }
}
