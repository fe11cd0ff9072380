/* sheet.c - a tall page of rows, of which the part around the cursor is shown. */
#include "tui/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define WHEEL_ROWS 3
#define FIRST_ROWS 64
#define BAR_LEAST_WIDTH 8
#define PIN_LEAST_BELOW 5
#define CONTEXT_ROWS 2
#define CONTEXT_LEAST_HEIGHT 8

void sheet_init(struct sheet *s, int width, bool is_ascii)
{
    *s = (struct sheet){.page = canvas_new(FIRST_ROWS, width > 1 ? width : 1)};
    s->page->is_ascii = is_ascii;
    s->ids = xcalloc(FIRST_ROWS, sizeof *s->ids);
}

void sheet_clear(struct sheet *s)
{
    for (int i = 0; i < s->rows; i++)
        free(s->ids[i]);
    free(s->ids);
    canvas_free(s->page);
    *s = (struct sheet){0};
}

static void grow(struct sheet *s)
{
    struct canvas *old = s->page;

    s->page = canvas_new(old->rows * 2, old->cols);
    s->page->is_ascii = old->is_ascii;
    memcpy(s->page->cells, old->cells, (size_t)old->rows * (size_t)old->cols * sizeof *old->cells);
    canvas_free(old);
    s->ids = xrealloc(s->ids, (size_t)s->page->rows * sizeof *s->ids);
}

int sheet_row(struct sheet *s, const char *id)
{
    if (s->rows == s->page->rows)
        grow(s);
    s->ids[s->rows] = id != NULL ? xstrdup(id) : NULL;
    return s->rows++;
}

struct area sheet_area(const struct sheet *s)
{
    return (struct area){.h = s->rows, .w = s->page->cols};
}

void sheet_wrap(struct sheet *s, const char *id, int x, int indent, enum role role,
                const char *text)
{
    int height = canvas_wrap_height(s->page->cols - x, indent, text);
    int y = sheet_row(s, id);

    for (int i = 1; i < height; i++)
        (void)sheet_row(s, id);
    (void)canvas_wrap(s->page, sheet_area(s), y, x, indent, role, text);
}

void sheet_pin(struct sheet *s) { s->pinned = s->rows; }

int sheet_put_key(struct sheet *s, int y, int x, const char *key, const char *does)
{
    struct area a = sheet_area(s);
    int used = canvas_put(s->page, a, y, x, ROLE_KEY, key);

    return used + 1 + canvas_put(s->page, a, y, x + used + 1, ROLE_FAINT, does);
}

/* ---- the cursor ---- */

void sheet_cursor_clear(struct sheet_cursor *cursor)
{
    free(cursor->id);
    *cursor = (struct sheet_cursor){0};
}

void sheet_select(struct sheet_cursor *cursor, const char *id)
{
    char *copy = xstrdup(id);
    free(cursor->id);
    cursor->id = copy;
}

static bool begins(const struct sheet *s, int y)
{
    return s->ids[y] != NULL &&
           (y == 0 || s->ids[y - 1] == NULL || strcmp(s->ids[y], s->ids[y - 1]) != 0);
}

static int count_ids(const struct sheet *s)
{
    int count = 0;
    for (int y = 0; y < s->rows; y++)
        count += begins(s, y);
    return count;
}

static int row_of_nth(const struct sheet *s, int nth)
{
    int last = -1;
    for (int y = 0; y < s->rows; y++) {
        if (!begins(s, y))
            continue;
        last = y;
        if (nth-- == 0)
            break;
    }
    return last;
}

/* The first row that the cursor stands on; -1 where there is none. */
static int find_row(const struct sheet *s, const struct sheet_cursor *cursor, int *nth)
{
    int count = 0;
    for (int y = 0; y < s->rows; y++) {
        if (!begins(s, y))
            continue;
        if (cursor->id != NULL && strcmp(cursor->id, s->ids[y]) == 0) {
            *nth = count;
            return y;
        }
        count++;
    }
    *nth = cursor->nth < count ? cursor->nth : count - 1;
    return count > 0 ? row_of_nth(s, *nth) : -1;
}

const char *sheet_selected(const struct sheet *s, const struct sheet_cursor *cursor)
{
    int nth, y = find_row(s, cursor, &nth);
    return y >= 0 ? s->ids[y] : NULL;
}

static int clamped(int value, int most)
{
    return value < 0 || most < 0 ? 0 : value > most ? most : value;
}

void sheet_move(const struct sheet *s, struct sheet_cursor *cursor, int by)
{
    int nth, y = find_row(s, cursor, &nth);

    if (y < 0) {
        cursor->top = cursor->pinned + clamped(cursor->top - cursor->pinned + by,
                                               s->rows - cursor->pinned - cursor->height);
        return;
    }
    nth = clamped(nth + by, count_ids(s) - 1);
    sheet_select(cursor, s->ids[row_of_nth(s, nth)]);
    cursor->nth = nth;
}

/* The row of the area that was clicked; false: nothing to select there. */
static bool sheet_click(const struct sheet *s, struct sheet_cursor *cursor, int y)
{
    int row = y < cursor->pinned ? y : cursor->top + y - cursor->pinned;
    if (y < 0 || row < 0 || row >= s->rows || s->ids[row] == NULL)
        return false;
    sheet_select(cursor, s->ids[row]);
    return true;
}

bool sheet_mouse(const struct sheet *s, struct sheet_cursor *cursor, const struct input *input,
                 struct area a)
{
    if (input->mouse == MOUSE_PRESS)
        return sheet_click(s, cursor, input->y - a.y);
    if (input->mouse == MOUSE_WHEEL_DOWN)
        sheet_move(s, cursor, WHEEL_ROWS);
    else if (input->mouse == MOUSE_WHEEL_UP)
        sheet_move(s, cursor, -WHEEL_ROWS);
    return true;
}

/* ---- showing ---- */

int sheet_width(struct area a) { return a.w >= BAR_LEAST_WIDTH ? a.w - 2 : a.w; }

static int last_row_of(const struct sheet *s, int first)
{
    int y = first;
    while (y + 1 < s->rows && s->ids[y + 1] != NULL && strcmp(s->ids[y + 1], s->ids[first]) == 0)
        y++;
    return y;
}

/* The row above is shown too, so that a heading is; above the first thing, everything is. */
static int wanted_top(const struct sheet *s, int first, int height)
{
    if (first == row_of_nth(s, 0))
        return 0;
    return height >= CONTEXT_LEAST_HEIGHT ? first - CONTEXT_ROWS : first - 1;
}

static int wanted_bottom(const struct sheet *s, int first, int last, int height)
{
    if (first == row_of_nth(s, count_ids(s) - 1))
        return s->rows - 1;
    return height >= CONTEXT_LEAST_HEIGHT ? last + CONTEXT_ROWS : last;
}

static void scroll(const struct sheet *s, struct sheet_cursor *cursor, int first, int height)
{
    if (first >= 0) {
        int last = last_row_of(s, first);
        int top = wanted_top(s, first, height), bottom = wanted_bottom(s, first, last, height);
        if (bottom >= cursor->top + height)
            cursor->top = bottom - height + 1;
        if (top < cursor->top)
            cursor->top = top;
        /* The thing itself matters most. */
        if (last >= cursor->top + height)
            cursor->top = last - height + 1;
        if (first < cursor->top)
            cursor->top = first;
    }
    cursor->top =
        cursor->pinned + clamped(cursor->top - cursor->pinned, s->rows - cursor->pinned - height);
}

static void copy_row(const struct sheet *s, int row, struct canvas *c, struct area a, int y)
{
    for (int x = 0; x < a.w && x < s->page->cols; x++) {
        struct cell *to = canvas_cell(c, a.y + y, a.x + x);
        if (to != NULL)
            *to = *canvas_cell(s->page, row, x);
    }
}

static void draw_bar(int rows, int top, struct canvas *c, struct area a)
{
    int size = a.h * a.h / rows, most = rows - a.h;
    int at;

    if (size < 1)
        size = 1;
    at = most > 0 ? top * (a.h - size) / most : 0;
    for (int y = 0; y < a.h; y++)
        canvas_glyph(c, a, y, a.w - 1, ROLE_BORDER,
                     y >= at && y < at + size ? GLYPH_BAR : GLYPH_VLINE);
}

static void mark(struct canvas *c, struct area a, int y, bool is_focused)
{
    canvas_glyph(c, a, y, 0, is_focused ? ROLE_STRONG : ROLE_FAINT, GLYPH_CURSOR);
    if (is_focused)
        canvas_select(c, a, y);
}

void sheet_show(const struct sheet *s, struct sheet_cursor *cursor, struct canvas *c, struct area a,
                bool is_focused)
{
    int nth, first = find_row(s, cursor, &nth);

    if (a.h <= 0 || a.w <= 0)
        return;
    cursor->pinned = a.h - s->pinned >= PIN_LEAST_BELOW ? s->pinned : 0;
    cursor->height = a.h - cursor->pinned;
    cursor->width = a.w;
    if (first >= 0) {
        cursor->nth = nth;
        if (cursor->id == NULL || strcmp(cursor->id, s->ids[first]) != 0)
            sheet_select(cursor, s->ids[first]);
    }
    struct area body = canvas_rows(a, cursor->pinned, -1);
    scroll(s, cursor, first, body.h);
    for (int y = 0; y < cursor->pinned; y++)
        copy_row(s, y, c, a, y);
    for (int y = 0; y < body.h && cursor->top + y < s->rows; y++)
        copy_row(s, cursor->top + y, c, body, y);
    if (first >= cursor->top && first < cursor->top + body.h)
        mark(c, body, first - cursor->top, is_focused);
    int rows = s->rows - cursor->pinned;
    if (rows > body.h && a.w >= BAR_LEAST_WIDTH)
        draw_bar(rows, cursor->top - cursor->pinned, c, body);
}
