/*
 * canvas.h - a grid of cells that panes draw on; the terminal shows it, tests read it.
 *
 * Everything is clipped by columns to an area, and nothing can act on the terminal: text passes
 * text_sanitize's rules, a control character becomes visible. One cell holds one character with its
 * combining marks and a role; a wide character fills two cells. No curses here. Thread: one.
 */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* What a cell means. A theme says how each looks; a state is never told by colour alone. */
enum role {
    ROLE_TEXT,
    ROLE_FAINT,
    ROLE_STRONG,
    ROLE_BORDER,
    ROLE_BORDER_FOCUS, /* of the focused pane */
    ROLE_TITLE,
    ROLE_TITLE_FOCUS,
    ROLE_GOOD,
    ROLE_BAD,
    ROLE_WARN,
    ROLE_ACTIVE,          /* under way */
    ROLE_BAND,            /* header of an environment that is not production */
    ROLE_BAND_PRODUCTION, /* unmistakable, also without colour */
    ROLE_KEY,             /* a key in footer and help */
    ROLE_OLD_VERSION,     /* in traffic and plots */
    ROLE_NEW_VERSION,
    ROLE_LIMIT,  /* threshold */
    ROLE_MARKER, /* a weight change in a plot */
    ROLE_STAGED, /* not applied */
    ROLE_DIALOG,
    ROLE_DIALOG_DANGER, /* frame and title of level 3 and of rollback */
    ROLE_TOAST,
    ROLE_TOAST_BAD,
    ROLE_ROLLBACK, /* "! ROLLBACK" */
    ROLE_FIELD,    /* what is being typed */
    ROLE_COUNT
};
const char *canvas_role_name(enum role role); /* "band-production": the key in a theme */
bool canvas_role_parse(const char *name, enum role *out);

#define CELL_TEXT_SIZE 4 /* a character, what combines with it, L'\0' */
struct cell {
    wchar_t text[CELL_TEXT_SIZE]; /* L"" = the right half of a wide character */
    uint8_t role;
    uint8_t is_selected; /* the line that the cursor is on */
};

struct area { /* of a canvas; may be empty */
    int y, x, h, w;
};

enum glyph { /* what chrome and plots are made of; a plain ASCII form for each */
             GLYPH_HLINE,
             GLYPH_VLINE,
             GLYPH_TOP_LEFT,
             GLYPH_TOP_RIGHT,
             GLYPH_BOTTOM_LEFT,
             GLYPH_BOTTOM_RIGHT,
             GLYPH_TEE_LEFT,
             GLYPH_TEE_RIGHT,
             GLYPH_TEE_TOP,
             GLYPH_TEE_BOTTOM,
             GLYPH_CROSS,
             GLYPH_ELLIPSIS,
             GLYPH_ARROW, /* "→" or ">" */
             GLYPH_BULLET,
             GLYPH_CURSOR, /* of the selected line, "▸" or ">" */
             GLYPH_BAR,    /* a filled part of a bar */
             GLYPH_BAR_REST,
             GLYPH_SET,    /* the share as read back: "o" */
             GLYPH_SEEN,   /* the share as requests show it: "^" */
             GLYPH_ASKED,  /* ">" */
             GLYPH_HOLLOW, /* an unsettled minute */
             GLYPH_DOT,    /* running */
             GLYPH_CHECK,
             GLYPH_FAIL,
             GLYPH_COUNT
};

struct canvas {
    int rows, cols;
    struct cell *cells;     /* rows * cols, row by row */
    bool is_ascii;          /* no other characters are drawn */
    int cursor_y, cursor_x; /* of a text field; -1 = hidden */
};

struct canvas *canvas_new(int rows, int cols);
void canvas_free(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int cols); /* cleared */
void canvas_clear(struct canvas *c);
struct area canvas_all(const struct canvas *c);
struct cell *canvas_cell(const struct canvas *c, int y, int x); /* NULL outside */
/* A row as text without trailing blanks, for tests and :screenshot. Yours. */
char *canvas_row(const struct canvas *c, int y);
char *canvas_text(const struct canvas *c); /* all rows, a line each; yours */

/* Parts of areas; never outside of the given one. */
struct area canvas_inner(struct area a, int margin_y, int margin_x);
struct area canvas_rows(struct area a, int from, int count); /* count < 0: to the end */
struct area canvas_cols(struct area a, int from, int count);

/* Columns that a text takes. Control characters count as they will be shown. */
int canvas_width(const char *utf8);
/* Drawing at (y, x) of the area. Returns the columns used; what does not fit is cut with an
 * ellipsis. */
int canvas_put(struct canvas *c, struct area a, int y, int x, enum role role, const char *utf8);
int canvas_putf(struct canvas *c, struct area a, int y, int x, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Ends at column `end` of the area (exclusive). */
int canvas_put_right(struct canvas *c, struct area a, int y, int end, enum role role,
                     const char *utf8);
int canvas_put_center(struct canvas *c, struct area a, int y, enum role role, const char *utf8);
/* Wraps at words and at newlines, further rows begin at column x + indent. Returns the rows that
 * the text takes; draws none below the area, its last row then ends with an ellipsis. */
int canvas_wrap(struct canvas *c, struct area a, int y, int x, int indent, enum role role,
                const char *utf8);
int canvas_wrap_height(int width, int indent, const char *utf8); /* rows that it would use */
void canvas_glyph(struct canvas *c, struct area a, int y, int x, enum role role, enum glyph glyph);
void canvas_char(struct canvas *c, struct area a, int y, int x, enum role role, wchar_t character);
void canvas_fill(struct canvas *c, struct area a, enum role role, wchar_t character);
void canvas_hline(struct canvas *c, struct area a, int y, int x, int count, enum role role,
                  enum glyph glyph);
void canvas_box(struct canvas *c, struct area a, enum role role);
/* Marks a row of the area as selected; where its first column is blank the cursor's mark stands in
 * it. canvas_fill takes it back. */
void canvas_select(struct canvas *c, struct area a, int y);

#endif
