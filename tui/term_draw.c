/* term_draw.c - a canvas onto the screen of curses: only rows that changed, one update. */
#include <limits.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/mem.h"
#include "tui/term_parts.h"

#define SHADE_DARK 237 /* of 256: behind the line that the cursor is on */
#define SHADE_LIGHT 253
#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END "\033[?2026l"

struct look {
    attr_t attributes;
    short pair;
};

struct drawing {
    int colours; /* 0 8 16 256 */
    bool has_default;
    struct look looks[ROLE_COUNT], selected[ROLE_COUNT];
    int rows, cols; /* of what is shown */
    struct cell *shown;
    cchar_t *line;
    int cursor_y, cursor_x;
    bool is_stale, is_lost; /* draw everything; as if nothing were there */
};

static const struct {
    unsigned style;
    attr_t attribute;
} attributes[] = {
    {STYLE_BOLD, A_BOLD},       {STYLE_DIM, A_DIM},       {STYLE_UNDERLINE, A_UNDERLINE},
    {STYLE_REVERSE, A_REVERSE}, {STYLE_ITALIC, A_ITALIC},
};

/* One of the colours that there are; *more: what else makes up for it. */
static int fitting(const struct drawing *d, int colour, attr_t *more)
{
    enum { GREY = 8 }; /* "bright black" */
    if (d->colours != 8 || colour < 8)
        return colour;
    *more |= colour == GREY ? A_DIM : A_BOLD; /* bold black is often just black */
    return colour == GREY ? -1 : colour - 8;
}

static struct look look_of(const struct drawing *d, const struct style *s)
{
    struct look look = {0};
    attr_t ignored = 0;

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (s->attributes & attributes[i].style)
            look.attributes |= attributes[i].attribute;
    if (d->colours == 0)
        return look;
    bool is_256 = d->colours == 256;
    int front = fitting(d, is_256 ? s->foreground : s->foreground_16, &look.attributes);
    int back = fitting(d, is_256 ? s->background : s->background_16, &ignored);
    if (!d->has_default) {
        front = front < 0 ? COLOR_WHITE : front;
        back = back < 0 ? COLOR_BLACK : back;
    }
    int pair = alloc_pair(front, back);
    look.pair = pair > 0 && pair <= SHRT_MAX ? (short)pair : 0;
    return look;
}

/* A theme whose faint text is dark is for light backgrounds. */
static bool is_for_light(const struct theme *theme)
{
    int faint = theme->styles[ROLE_FAINT].foreground, rgb[3];
    if (faint < 0)
        return false;
    theme_rgb(faint, rgb);
    return rgb[0] + rgb[1] + rgb[2] < 3 * 128;
}

/* The line that the cursor is on: a shade where there are enough colours, else reversed. What is
 * bold does not stay so in reverse, which is how production's band looks. */
static struct look selected_look(const struct drawing *d, const struct theme *theme,
                                 const struct style *s)
{
    struct style chosen = *s;
    bool is_shaded = d->colours == 256 && s->background < 0 && !(s->attributes & STYLE_REVERSE) &&
                     strcmp(theme->name, "high-contrast") != 0 &&
                     strcmp(theme->name, THEME_MONO) != 0;

    if (is_shaded)
        chosen.background = is_for_light(theme) ? SHADE_LIGHT : SHADE_DARK;
    else
        chosen.attributes = (chosen.attributes & ~(unsigned)STYLE_BOLD) ^ STYLE_REVERSE;
    return look_of(d, &chosen);
}

void term_drawing_theme(struct drawing *d, const struct theme *theme)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        d->looks[i] = look_of(d, &theme->styles[i]);
        d->selected[i] = selected_look(d, theme, &theme->styles[i]);
    }
    d->is_stale = true;
}

struct drawing *term_drawing_new(const struct theme *theme, int colours)
{
    struct drawing *d = xcalloc(1, sizeof *d);
    d->colours = colours;
    if (colours > 0) {
        (void)start_color();
        d->has_default = use_default_colors() == OK;
    }
    d->cursor_y = d->cursor_x = -1;
    (void)curs_set(0);
    term_drawing_theme(d, theme);
    return d;
}

void term_drawing_free(struct drawing *d)
{
    if (d == NULL)
        return;
    free(d->shown);
    free(d->line);
    free(d);
}

void term_drawing_forget(struct drawing *d, bool is_screen_lost)
{
    d->is_stale = true;
    d->is_lost = d->is_lost || is_screen_lost;
}

bool term_drawing_is_stale(const struct drawing *d) { return d->is_stale; }

/* What curses thinks of its width must be what the canvas thought, or the row would shift. */
static void put_cell(struct drawing *d, const struct cell *cell, int columns, cchar_t *out)
{
    const struct look *look =
        &(cell->is_selected ? d->selected : d->looks)[cell->role < ROLE_COUNT ? cell->role : 0];
    wchar_t text[CELL_TEXT_SIZE + 1] = {0};

    memcpy(text, cell->text, sizeof cell->text);
    if (wcwidth(text[0]) != columns)
        wmemcpy(text, L"?", 2);
    if (setcchar(out, text, look->attributes, look->pair, NULL) == OK)
        return;
    text[1] = L'\0'; /* what cannot be combined is left out */
    (void)setcchar(out, text, look->attributes, look->pair, NULL);
}

static void put_row(struct drawing *d, const struct canvas *c, int y, int cols)
{
    const struct cell *cells = c->cells + (size_t)y * (size_t)c->cols;
    int count = 0;

    for (int x = 0; x < cols; x++) {
        struct cell cell = cells[x];
        bool is_wide = x + 1 < cols && cells[x + 1].text[0] == L'\0';
        if (cell.text[0] == L'\0') /* a right half without its left */
            wmemcpy(cell.text, L" ", 2);
        if (is_wide && wcwidth(cell.text[0]) != 2) { /* this locale has no such character */
            wmemcpy(cell.text, L"?", 2);
            put_cell(d, &cell, 1, &d->line[count++]);
            put_cell(d, &cell, 1, &d->line[count++]);
        } else {
            put_cell(d, &cell, is_wide ? 2 : 1, &d->line[count++]);
        }
        x += is_wide;
    }
    (void)mvwadd_wchnstr(stdscr, y, 0, d->line, count);
}

/* Room for what is shown; false: nothing of before can be compared. */
static bool fit(struct drawing *d, int rows, int cols)
{
    if (d->shown != NULL && d->rows == rows && d->cols == cols)
        return true;
    d->rows = rows;
    d->cols = cols;
    free(d->shown);
    free(d->line);
    d->shown = xcalloc((size_t)rows * (size_t)cols + 1, sizeof *d->shown);
    d->line = xcalloc((size_t)cols + 1, sizeof *d->line);
    return false;
}

static bool put_changes(struct drawing *d, const struct canvas *c)
{
    int rows = c->rows < LINES ? c->rows : LINES, cols = c->cols < COLS ? c->cols : COLS;
    bool is_all = !fit(d, rows, cols) || d->is_stale, is_changed = is_all;

    if (is_all)
        (void)werase(stdscr);
    for (int y = 0; y < rows; y++) {
        const struct cell *now = c->cells + (size_t)y * (size_t)c->cols;
        struct cell *before = d->shown + (size_t)y * (size_t)cols;
        size_t size = (size_t)cols * sizeof *now;
        if (!is_all && memcmp(now, before, size) == 0)
            continue;
        put_row(d, c, y, cols);
        memcpy(before, now, size);
        is_changed = true;
    }
    return is_changed;
}

void term_drawing_show(struct drawing *d, const struct canvas *c, int syncs_fd)
{
    bool is_changed = put_changes(d, c), had_cursor = d->cursor_y >= 0;
    bool has_cursor =
        c->cursor_y >= 0 && c->cursor_x >= 0 && c->cursor_y < d->rows && c->cursor_x < d->cols;
    int y = has_cursor ? c->cursor_y : -1, x = has_cursor ? c->cursor_x : -1;

    if (!is_changed && y == d->cursor_y && x == d->cursor_x)
        return;
    if (syncs_fd >= 0)
        FD_IGNORE(term_write(syncs_fd, SYNC_BEGIN, sizeof SYNC_BEGIN - 1));
    if (d->is_lost)
        (void)clearok(curscr, TRUE);
    (void)leaveok(stdscr, !has_cursor);
    if (has_cursor)
        (void)wmove(stdscr, y, x);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    if (had_cursor != has_cursor || d->is_stale)
        (void)curs_set(has_cursor);
    if (syncs_fd >= 0)
        FD_IGNORE(term_write(syncs_fd, SYNC_END, sizeof SYNC_END - 1));
    d->cursor_y = y;
    d->cursor_x = x;
    d->is_stale = d->is_lost = false;
}
