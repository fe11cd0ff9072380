/* screens.c - every pane in every moment that was recorded, as a terminal shows it: in 256 colours,
 * in 16 and in none, in UTF-8 and in ASCII. */
#include "tests/vterm_fixture.h"

#include <dirent.h>

#include "core/mem.h"
#include "tests/tui/screen.h"
#include "tui/theme.h"

#define MOST_PICTURES 512
#define SHADE 237 /* behind the line that the cursor is on, where there are enough colours */

static const struct kind {
    const char *name, *theme;
    enum term_colours colours;
    int count;
} kinds[] = {
    {"256 colours", THEME_DARK, TERM_COLOURS_256, 256},
    {"16 colours", THEME_DARK, TERM_COLOURS_16, 16},
    {"no colours", THEME_MONO, TERM_COLOURS_NONE, 0},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

struct picture {
    char name[80];
    struct canvas *canvas;
};
static struct picture pictures[MOST_PICTURES];
static size_t picture_count;
static struct vterm v;
static struct term *term;

/* ---- the pictures ---- */

static int is_moment(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 6 && strcmp(entry->d_name + length - 6, ".jsonl") == 0 &&
           strncmp(entry->d_name, "events-", 7) != 0;
}

static struct canvas *copy_of(const struct canvas *c)
{
    struct canvas *copy = canvas_new(c->rows, c->cols);
    memcpy(copy->cells, c->cells, (size_t)c->rows * (size_t)c->cols * sizeof *c->cells);
    copy->is_ascii = c->is_ascii;
    copy->cursor_y = c->cursor_y;
    copy->cursor_x = c->cursor_x;
    return copy;
}

static void keep(struct screen *s, const char *moment, const char *what, const char *more)
{
    cr_assert_lt(picture_count, MOST_PICTURES);
    struct picture *p = &pictures[picture_count++];
    (void)snprintf(p->name, sizeof p->name, "%s, %s%s", moment, what, more);
    canvas_clear(s->canvas);
    app_draw(s->app, s->canvas);
    p->canvas = copy_of(s->canvas);
}

/* What lies over the panes: what a key opens, or a question of the run. */
static void keep_dialog(struct screen *s, const char *moment, const char *what, int key)
{
    if (key != KEY_CODE_NONE)
        screen_key(s, key);
    if (s->app->dialog != NULL)
        keep(s, moment, what, "");
    for (int i = 0; i < 9 && s->app->dialog != NULL; i++)
        screen_key(s, KEY_CODE_ESCAPE);
    cr_assert_null(s->app->dialog, "%s: %s stays", moment, what);
}

static void take_moment(const char *moment, int rows, int cols, bool is_ascii)
{
    const struct app_options options = {
        .utc_offset_minutes = 60, .zone = "CET", .is_ascii = is_ascii};
    struct screen s;

    screen_open_with(&s, moment, rows, cols, &options);
    s.canvas->is_ascii = is_ascii;
    keep_dialog(&s, moment, "its question", KEY_CODE_NONE);
    keep_dialog(&s, moment, "the keys", '?');
    keep_dialog(&s, moment, "the way back", '!');
    screen_key(&s, 'z');
    for (int i = 0; i < PANE_COUNT; i++) {
        screen_key(&s, '1' + i);
        keep(&s, moment, panes[i]->name, "");
        screen_key(&s, KEY_CODE_DOWN);
        screen_key(&s, KEY_CODE_DOWN);
        keep(&s, moment, panes[i]->name, ", two lines down");
    }
    cr_assert(s.app->is_zoomed, "%s", moment);
    screen_close(&s);
}

static void take_all(int rows, int cols, bool is_ascii)
{
    auto_free char *folder = source_path("tests/vectors/console");
    struct dirent **found;
    int count = scandir(folder, &found, is_moment, alphasort);

    cr_assert_geq(count, 13, "%d moments in %s", count, folder);
    for (int i = 0; i < count; i++) {
        found[i]->d_name[strlen(found[i]->d_name) - 6] = '\0';
        take_moment(found[i]->d_name, rows, cols, is_ascii);
        free(found[i]);
    }
    free(found);
}

static void drop_all(void)
{
    while (picture_count > 0)
        canvas_free(pictures[--picture_count].canvas);
}

/* ---- what a terminal makes of them ---- */

static struct style expected(const struct kind *kind, const struct theme *theme,
                             const struct cell *cell)
{
    struct style style = theme->styles[cell->role];
    if (kind->count < 256) {
        style.foreground = style.foreground_16;
        style.background = style.background_16;
    }
    if (kind->count == 0)
        style.foreground = style.background = -1;
    if (!cell->is_selected)
        return style;
    if (kind->count == 256 && style.background < 0 && (style.attributes & STYLE_REVERSE) == 0)
        style.background = SHADE;
    else
        style.attributes = (style.attributes & ~(unsigned)STYLE_BOLD) ^ STYLE_REVERSE;
    return style;
}

/* -1 = the terminal's own, -2 = one that is in no theme. */
static int index_of(const VTermColor *colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(colour) || VTERM_COLOR_IS_DEFAULT_BG(colour))
        return -1;
    return VTERM_COLOR_IS_INDEXED(colour) ? colour->indexed.idx : -2;
}

/* Nobody sees whether a blank is bold, or which colour its character would have. */
static bool looks_as(const VTermScreenCell *seen, const struct style *wanted, bool is_blank)
{
    bool is_reverse = (wanted->attributes & STYLE_REVERSE) != 0,
         is_underlined = (wanted->attributes & STYLE_UNDERLINE) != 0,
         is_bold = (wanted->attributes & STYLE_BOLD) != 0,
         is_italic = (wanted->attributes & STYLE_ITALIC) != 0;

    if (index_of(&seen->bg) != wanted->background || seen->attrs.reverse != is_reverse ||
        (seen->attrs.underline != 0) != is_underlined)
        return false;
    if (is_blank && !is_reverse && !is_underlined)
        return true;
    return index_of(&seen->fg) == wanted->foreground &&
           (is_blank || (seen->attrs.bold == is_bold && seen->attrs.italic == is_italic));
}

struct tally {
    size_t roles[ROLE_COUNT], selected, wrong;
};

static void check_cells(const struct kind *kind, const struct theme *theme, const struct picture *p,
                        struct tally *tally)
{
    const struct canvas *c = p->canvas;

    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++) {
            const struct cell *cell = canvas_cell(c, y, x);
            if (cell->text[0] == L'\0') /* the right half of a wide character */
                continue;
            struct style wanted = expected(kind, theme, cell);
            VTermScreenCell seen = vterm_cell(&v, y, x);
            tally->roles[cell->role]++;
            tally->selected += cell->is_selected;
            if (looks_as(&seen, &wanted, cell->text[0] == L' '))
                continue;
            if (tally->wrong++ < 10)
                cr_expect(false,
                          "%s, %s: row %d, column %d, %s%s: colours %d on %d, wanted %d on "
                          "%d; bold %d, reverse %d, underline %d, italic %d, wanted %x",
                          p->name, kind->name, y, x, canvas_role_name((enum role)cell->role),
                          cell->is_selected ? " selected" : "", index_of(&seen.fg),
                          index_of(&seen.bg), wanted.foreground, wanted.background, seen.attrs.bold,
                          seen.attrs.reverse, seen.attrs.underline, seen.attrs.italic,
                          wanted.attributes);
        }
}

static void check_rows(const struct kind *kind, const struct picture *p)
{
    for (int y = 0; y < p->canvas->rows; y++) {
        auto_free char *row = canvas_row(p->canvas, y);
        const char *seen = vterm_row(&v, y);
        if (strcmp(seen, row) != 0)
            cr_expect(false, "%s, %s, row %d:\n%s\nwanted:\n%s", p->name, kind->name, y, seen, row);
    }
}

static void check_bytes(const struct kind *kind, const struct picture *p)
{
    for (size_t i = 0; i < v.raw.len; i++)
        cr_assert_lt((unsigned char)v.raw.ptr[i], 0x80, "%s, %s: byte %02x", p->name, kind->name,
                     (unsigned char)v.raw.ptr[i]);
}

/* One terminal, one picture after the other: what changed is all that is sent. */
static void show_all(const struct kind *kind, int rows, int cols, bool is_ascii)
{
    struct tally tally = {0};
    struct theme theme;
    struct error err;

    /* A column more: libvterm wraps a repeated character too early in the last one. */
    vterm_open(&v, "xterm-256color", rows, cols + 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    v.options.colours = kind->colours;
    v.options.theme = kind->theme;
    v.options.wants_ascii = is_ascii;
    cr_assert(theme_load(kind->theme, &theme, &err), "%s", err.message);
    cr_assert(term_open(&v.options, &term, &err), "%s", err.message);
    for (size_t i = 0; i < picture_count; i++) {
        const struct picture *p = &pictures[i];
        term_show(term, p->canvas);
        vterm_pump(&v);
        if (is_ascii)
            check_bytes(kind, p);
        check_rows(kind, p);
        check_cells(kind, &theme, p, &tally);
        vterm_forget(&v);
    }
    cr_expect_eq(tally.wrong, 0, "%s: %zu cells look otherwise", kind->name, tally.wrong);
    cr_expect_gt(tally.selected, 0, "no line was selected");
    for (int role = ROLE_TEXT; role <= ROLE_ACTIVE; role++)
        cr_expect_gt(tally.roles[role], 0, "nothing was %s", canvas_role_name((enum role)role));
    term_close(term);
    vterm_close(&v);
}

static void check_all(int rows, int cols, bool is_ascii)
{
    take_all(rows, cols, is_ascii);
    cr_assert_geq(picture_count, 13 * 2 * PANE_COUNT);
    for (size_t i = 0; i < KIND_COUNT; i++)
        show_all(&kinds[i], rows, cols, is_ascii);
    drop_all();
}

Test(screens, every_pane_is_shown_as_it_was_drawn) { check_all(24, 80, false); }

Test(screens, every_pane_is_shown_in_ascii_and_no_other_byte_is_sent) { check_all(24, 80, true); }
