/* canvas.c - a grid of cells that panes draw on: cells, glyphs, areas. */
#include "tui/canvas.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tui/canvas_parts.h"

#define REPLACEMENT 0xFFFD

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_TEXT] = "text",
    [ROLE_FAINT] = "faint",
    [ROLE_STRONG] = "strong",
    [ROLE_BORDER] = "border",
    [ROLE_BORDER_FOCUS] = "border-focus",
    [ROLE_TITLE] = "title",
    [ROLE_TITLE_FOCUS] = "title-focus",
    [ROLE_GOOD] = "good",
    [ROLE_BAD] = "bad",
    [ROLE_WARN] = "warn",
    [ROLE_ACTIVE] = "active",
    [ROLE_BAND] = "band",
    [ROLE_BAND_PRODUCTION] = "band-production",
    [ROLE_KEY] = "key",
    [ROLE_OLD_VERSION] = "old-version",
    [ROLE_NEW_VERSION] = "new-version",
    [ROLE_LIMIT] = "limit",
    [ROLE_MARKER] = "marker",
    [ROLE_STAGED] = "staged",
    [ROLE_DIALOG] = "dialog",
    [ROLE_DIALOG_DANGER] = "dialog-danger",
    [ROLE_TOAST] = "toast",
    [ROLE_TOAST_BAD] = "toast-bad",
    [ROLE_ROLLBACK] = "rollback",
    [ROLE_FIELD] = "field",
};

static const struct {
    wchar_t character;
    char ascii;
} glyphs[GLYPH_COUNT] = {
    [GLYPH_HLINE] = {L'─', '-'},       [GLYPH_VLINE] = {L'│', '|'},
    [GLYPH_TOP_LEFT] = {L'┌', '+'},    [GLYPH_TOP_RIGHT] = {L'┐', '+'},
    [GLYPH_BOTTOM_LEFT] = {L'└', '+'}, [GLYPH_BOTTOM_RIGHT] = {L'┘', '+'},
    [GLYPH_TEE_LEFT] = {L'├', '+'},    [GLYPH_TEE_RIGHT] = {L'┤', '+'},
    [GLYPH_TEE_TOP] = {L'┬', '+'},     [GLYPH_TEE_BOTTOM] = {L'┴', '+'},
    [GLYPH_CROSS] = {L'┼', '+'},       [GLYPH_ELLIPSIS] = {L'…', '~'},
    [GLYPH_ARROW] = {L'→', '>'},       [GLYPH_BULLET] = {L'•', '*'},
    [GLYPH_CURSOR] = {L'▸', '>'},      [GLYPH_BAR] = {L'█', '#'},
    [GLYPH_BAR_REST] = {L'░', '-'},    [GLYPH_SET] = {L'o', 'o'},
    [GLYPH_SEEN] = {L'^', '^'},        [GLYPH_ASKED] = {L'>', '>'},
    [GLYPH_HOLLOW] = {L'○', 'o'},      [GLYPH_DOT] = {L'●', '*'},
    [GLYPH_CHECK] = {L'✓', '+'},       [GLYPH_FAIL] = {L'✗', 'x'},
};

static int least(int a, int b) { return a < b ? a : b; }

static int most(int a, int b) { return a > b ? a : b; }

const char *canvas_role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? role_names[role] : "";
}

bool canvas_role_parse(const char *name, enum role *out)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strcmp(role_names[i], name) == 0) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

struct canvas *canvas_new(int rows, int cols)
{
    struct canvas *c = xcalloc(1, sizeof *c);
    canvas_resize(c, rows, cols);
    return c;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    free(c->cells);
    free(c);
}

void canvas_resize(struct canvas *c, int rows, int cols)
{
    c->rows = most(rows, 0);
    c->cols = most(cols, 0);
    free(c->cells);
    c->cells = xcalloc((size_t)c->rows * (size_t)c->cols + 1, sizeof *c->cells);
    canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
    size_t count = (size_t)c->rows * (size_t)c->cols;
    memset(c->cells, 0, count * sizeof *c->cells); /* cells that are alike are so byte by byte */
    for (size_t i = 0; i < count; i++) {
        c->cells[i].text[0] = L' ';
        c->cells[i].role = ROLE_TEXT;
    }
    c->cursor_y = -1;
    c->cursor_x = -1;
}

struct area canvas_all(const struct canvas *c)
{
    return (struct area){.y = 0, .x = 0, .h = c->rows, .w = c->cols};
}

struct cell *canvas_cell(const struct canvas *c, int y, int x)
{
    if (y < 0 || x < 0 || y >= c->rows || x >= c->cols)
        return NULL;
    return &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
}

struct area canvas_visible(const struct canvas *c, struct area a)
{
    int top = most(a.y, 0), left = most(a.x, 0);
    int bottom = least(a.y + most(a.h, 0), c->rows);
    int right = least(a.x + most(a.w, 0), c->cols);
    return (struct area){
        .y = top, .x = left, .h = most(bottom - top, 0), .w = most(right - left, 0)};
}

/* wcwidth() knows only the characters of the locale that is set, so that of UTF-8 is, meanwhile. */
static int asked_width(wchar_t character)
{
    static locale_t utf8;
    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!utf8)
        return wcwidth(character);
    locale_t before = uselocale(utf8);
    int width = wcwidth(character);
    uselocale(before);
    return width;
}

int canvas_char_width(wchar_t character)
{
    static signed char known[0x10000]; /* width + 2; 0 = not asked yet */
    if (character >= 0x20 && character < 0x7F)
        return 1;
    if (character < 0 || character >= (wchar_t)sizeof known)
        return asked_width(character);
    if (known[character] == 0)
        known[character] = (signed char)(asked_width(character) + 2);
    return known[character] - 2;
}

/* ---- text of rows ---- */

static void add_utf8(struct buf *out, wchar_t character)
{
    unsigned point = (unsigned)character;
    if (point < 0x80) {
        buf_addc(out, (char)point);
    } else if (point < 0x800) {
        buf_addc(out, (char)(0xC0 | point >> 6));
        buf_addc(out, (char)(0x80 | (point & 0x3F)));
    } else if (point < 0x10000) {
        buf_addc(out, (char)(0xE0 | point >> 12));
        buf_addc(out, (char)(0x80 | (point >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (point & 0x3F)));
    } else {
        buf_addc(out, (char)(0xF0 | point >> 18));
        buf_addc(out, (char)(0x80 | (point >> 12 & 0x3F)));
        buf_addc(out, (char)(0x80 | (point >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (point & 0x3F)));
    }
}

static void add_row(struct buf *out, const struct canvas *c, int y)
{
    int end = c->cols;
    while (end > 0 && wcscmp(canvas_cell(c, y, end - 1)->text, L" ") == 0)
        end--;
    for (int x = 0; x < end; x++)
        for (const wchar_t *at = canvas_cell(c, y, x)->text; *at; at++)
            add_utf8(out, *at);
}

static size_t most_bytes(const struct canvas *c)
{
    return (size_t)c->rows * ((size_t)c->cols * CELL_TEXT_SIZE * 4 + 1) + 1;
}

char *canvas_row(const struct canvas *c, int y)
{
    struct buf out;
    buf_init(&out, most_bytes(c));
    if (y >= 0 && y < c->rows)
        add_row(&out, c, y);
    return buf_steal(&out);
}

char *canvas_text(const struct canvas *c)
{
    struct buf out;
    buf_init(&out, most_bytes(c));
    for (int y = 0; y < c->rows; y++) {
        add_row(&out, c, y);
        buf_addc(&out, '\n');
    }
    return buf_steal(&out);
}

/* ---- areas ---- */

struct area canvas_inner(struct area a, int margin_y, int margin_x)
{
    struct area rows = canvas_rows(a, margin_y, most(a.h - 2 * margin_y, 0));
    return canvas_cols(rows, margin_x, most(a.w - 2 * margin_x, 0));
}

struct area canvas_rows(struct area a, int from, int count)
{
    int begin = least(most(from, 0), most(a.h, 0));
    int end = count < 0 ? a.h : least(from + count, a.h);
    return (struct area){.y = a.y + begin, .x = a.x, .h = most(end - begin, 0), .w = a.w};
}

struct area canvas_cols(struct area a, int from, int count)
{
    int begin = least(most(from, 0), most(a.w, 0));
    int end = count < 0 ? a.w : least(from + count, a.w);
    return (struct area){.y = a.y, .x = a.x + begin, .h = a.h, .w = most(end - begin, 0)};
}

/* ---- cells ---- */

static void set_text(struct cell *cell, wchar_t character)
{
    memset(cell->text, 0, sizeof cell->text);
    cell->text[0] = character;
}

/* What is written at x may have been half of a wide character: the other half becomes a blank. */
static void part_from_neighbours(struct canvas *c, int y, int x)
{
    struct cell *cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
    if (cell->text[0] == L'\0' && x > 0)
        set_text(cell - 1, L' ');
    if (x + 1 < c->cols && cell[1].text[0] == L'\0')
        set_text(cell + 1, L' ');
}

void canvas_put_cluster(struct canvas *c, struct area visible, int y, int x, enum role role,
                        const struct canvas_cluster *cluster)
{
    if (y < visible.y || y >= visible.y + visible.h || x < visible.x ||
        x + cluster->width > visible.x + visible.w)
        return;
    for (int i = 0; i < cluster->width; i++)
        part_from_neighbours(c, y, x + i);
    struct cell *cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
    cell->role = (uint8_t)role;
    memcpy(cell->text, cluster->text, sizeof cell->text);
    if (c->is_ascii)
        set_text(cell, canvas_ascii_of(cluster->text[0]));
    if (cluster->width < 2)
        return;
    cell[1].role = (uint8_t)role;
    set_text(cell + 1, c->is_ascii ? L' ' : L'\0');
}

wchar_t canvas_glyph_of(const struct canvas *c, enum glyph glyph)
{
    return c->is_ascii ? (wchar_t)glyphs[glyph].ascii : glyphs[glyph].character;
}

void canvas_glyph(struct canvas *c, struct area a, int y, int x, enum role role, enum glyph glyph)
{
    canvas_char(c, a, y, x, role, canvas_glyph_of(c, glyph));
}

void canvas_char(struct canvas *c, struct area a, int y, int x, enum role role, wchar_t character)
{
    struct canvas_cluster cluster = {.text = {character}, .width = canvas_char_width(character)};
    if (cluster.width < 1) {
        cluster.text[0] = REPLACEMENT;
        cluster.width = 1;
    }
    canvas_put_cluster(c, canvas_visible(c, a), a.y + y, a.x + x, role, &cluster);
}

void canvas_fill(struct canvas *c, struct area a, enum role role, wchar_t character)
{
    struct area visible = canvas_visible(c, a);
    struct canvas_cluster cluster = {.text = {character}, .width = 1};
    if (canvas_char_width(character) != 1)
        cluster.text[0] = L' ';
    for (int y = visible.y; y < visible.y + visible.h; y++)
        for (int x = visible.x; x < visible.x + visible.w; x++) {
            canvas_put_cluster(c, visible, y, x, role, &cluster);
            canvas_cell(c, y, x)->is_selected = 0;
        }
}

void canvas_hline(struct canvas *c, struct area a, int y, int x, int count, enum role role,
                  enum glyph glyph)
{
    int end = least(x + most(count, 0), a.w);
    for (int at = most(x, 0); at < end; at++)
        canvas_glyph(c, a, y, at, role, glyph);
}

void canvas_box(struct canvas *c, struct area a, enum role role)
{
    int bottom = a.h - 1, right = a.w - 1;
    canvas_hline(c, a, 0, 0, a.w, role, GLYPH_HLINE);
    canvas_hline(c, a, bottom, 0, a.w, role, GLYPH_HLINE);
    for (int y = 1; y < bottom; y++) {
        canvas_glyph(c, a, y, 0, role, GLYPH_VLINE);
        canvas_glyph(c, a, y, right, role, GLYPH_VLINE);
    }
    canvas_glyph(c, a, bottom, 0, role, GLYPH_BOTTOM_LEFT);
    canvas_glyph(c, a, bottom, right, role, GLYPH_BOTTOM_RIGHT);
    canvas_glyph(c, a, 0, 0, role, GLYPH_TOP_LEFT);
    canvas_glyph(c, a, 0, right, role, GLYPH_TOP_RIGHT);
}

void canvas_select(struct canvas *c, struct area a, int y)
{
    struct area row = canvas_visible(c, canvas_rows(a, y, 1));
    if (row.h == 0 || row.w == 0)
        return;
    for (int x = row.x; x < row.x + row.w; x++)
        canvas_cell(c, row.y, x)->is_selected = 1;
    if (row.x == a.x && wcscmp(canvas_cell(c, row.y, row.x)->text, L" ") == 0)
        canvas_glyph(c, a, y, 0, ROLE_STRONG, GLYPH_CURSOR);
}
