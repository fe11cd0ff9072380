/*
 * sheet.h - a tall page of rows, of which a pane or dialog shows the part around its cursor. Pure.
 *
 * All rows are written at once, as wide as they will be shown; a row may belong to something that
 * has an id. The cursor stands on an id and stays on it while rows come and go; on a page without
 * ids it scrolls. What was drawn last is kept for pages and the mouse.
 */
#ifndef TUI_SHEET_H
#define TUI_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/canvas.h"
#include "tui/input.h"

struct sheet {
    struct canvas *page; /* as high as the rows so far, and some */
    char **ids;          /* of each row; NULL = the cursor passes over it */
    int rows;
    int pinned; /* the first rows, which do not scroll */
};

struct sheet_cursor {          /* starts as {0} */
    char *id;                  /* owned; NULL = the first */
    int nth;                   /* which it was, for when it is gone */
    int top;                   /* first row that is shown below those that do not scroll */
    int height, width, pinned; /* as drawn last; height without the pinned rows */
};

void sheet_init(struct sheet *s, int width, bool is_ascii);
void sheet_clear(struct sheet *s);
/* One more blank row; returns where it is. id is copied, NULL = nobody's. */
int sheet_row(struct sheet *s, const char *id);
/* The whole page, for canvas_put and its kin on s->page. */
struct area sheet_area(const struct sheet *s);
/* Wrapped text in as many new rows as it takes (at least one), from column x on. */
void sheet_wrap(struct sheet *s, const char *id, int x, int indent, enum role role,
                const char *text);
/* What was written so far does not scroll, where there is room below it. */
void sheet_pin(struct sheet *s);
/* A key and what it does: "a approves", at the end of a row. Returns the columns used. */
int sheet_put_key(struct sheet *s, int y, int x, const char *key, const char *does);

void sheet_cursor_clear(struct sheet_cursor *cursor);
/* The id that the cursor stands on; NULL where no row has one. Borrowed from the sheet. */
const char *sheet_selected(const struct sheet *s, const struct sheet_cursor *cursor);
void sheet_select(struct sheet_cursor *cursor, const char *id);
/* By so many ids; beyond the ends it stops there. */
void sheet_move(const struct sheet *s, struct sheet_cursor *cursor, int by);
#define SHEET_FAR (1 << 20)
/* A click, or the wheel; a: where the sheet is shown. False: a click on nothing. */
bool sheet_mouse(const struct sheet *s, struct sheet_cursor *cursor, const struct input *input,
                 struct area a);
/* How wide a page for this area is: room is left for the bar that says where in it one is. */
int sheet_width(struct area a);
/* Scrolls so that the cursor is seen, which takes what is there for its own, and draws. The mark of
 * the cursor is in column 0. */
void sheet_show(const struct sheet *s, struct sheet_cursor *cursor, struct canvas *c, struct area a,
                bool is_focused);

#endif
