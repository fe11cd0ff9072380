/*
 * canvas_parts.h - what the files of the canvas share; nobody else includes it.
 */
#ifndef TUI_CANVAS_PARTS_H
#define TUI_CANVAS_PARTS_H

#include "tui/canvas.h"

/* What one cell, or two, will hold. */
struct canvas_cluster {
    wchar_t text[CELL_TEXT_SIZE]; /* ends with L'\0' */
    int width;                    /* 1 or 2 */
};

/* Columns of a character: 0 combines, -1 cannot be shown. Does not depend on the locale. */
int canvas_char_width(wchar_t character);
/* The part of an area that lies on the canvas. */
struct area canvas_visible(const struct canvas *c, struct area a);
/* Puts a cluster at a place of the canvas when all of it lies inside of `visible`. */
void canvas_put_cluster(struct canvas *c, struct area visible, int y, int x, enum role role,
                        const struct canvas_cluster *cluster);
wchar_t canvas_glyph_of(const struct canvas *c, enum glyph glyph);
/* One ASCII character in the place of another one. */
wchar_t canvas_ascii_of(wchar_t character);

#endif
