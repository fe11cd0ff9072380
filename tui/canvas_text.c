/* canvas_text.c - text on a canvas: made safe, cut by columns, wrapped at words. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/canvas_parts.h"

#define REPLACEMENT 0xFFFD
/* Bytes that are looked at per column of room: more combines with a character than can be seen. */
#define BYTES_PER_COLUMN 16

/* Text that can be drawn: valid UTF-8 without what acts on a terminal. */
struct line {
    const char *at, *end;
    char *made; /* what text_sanitize made of it, or NULL; owned */
};

static bool is_plain(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] < 0x20 || s[i] == 0x7F)
            return false;
    return true;
}

static struct line line_of(const char *s, size_t len, bool keeps_lines)
{
    if (is_plain(s, len))
        return (struct line){.at = s, .end = s + len};
    struct buf out;
    buf_init(&out, len * 4 + 1);
    text_sanitize(&out, s, len, keeps_lines);
    len = out.len;
    char *made = buf_steal(&out);
    return (struct line){.at = made, .end = made + len, .made = made};
}

/* Of valid UTF-8. */
static wchar_t decode(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    int more = s[0] < 0xC0 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    unsigned point = more == 0 ? s[0] : s[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++)
        point = point << 6 | (s[i] & 0x3Fu);
    *at += more + 1;
    return (wchar_t)point;
}

/* Takes the next character and what combines with it off the line; false at the end. */
static bool next_cluster(const char **at, const char *end, struct canvas_cluster *out)
{
    if (*at >= end)
        return false;
    *out = (struct canvas_cluster){0};
    size_t count = 1;
    const char *before = *at;
    out->text[0] = decode(at);
    if (out->text[0] == L'\t' || out->text[0] == L'\n')
        out->text[0] = L' ';
    out->width = canvas_char_width(out->text[0]);
    if (out->width < 0) {
        out->text[0] = REPLACEMENT;
        out->width = 1;
    } else if (out->width == 0) { /* a mark with nothing to stand on */
        out->text[0] = L' ';
        out->width = 1;
        *at = before;
    }
    for (const char *next = *at; next < end; *at = next) {
        wchar_t mark = decode(&next);
        if (mark < 0x80 || canvas_char_width(mark) != 0)
            break;
        if (count < CELL_TEXT_SIZE - 1)
            out->text[count++] = mark;
    }
    return true;
}

/* Up to `most` columns; more than that is told as most + 1. */
static int width_of(const char *at, const char *end, int most)
{
    struct canvas_cluster cluster;
    int width = 0;
    while (width <= most && next_cluster(&at, end, &cluster))
        width += cluster.width;
    return width <= most ? width : most + 1;
}

int canvas_width(const char *utf8)
{
    struct line line = line_of(utf8, strlen(utf8), false);
    int width = width_of(line.at, line.end, INT32_MAX - 1);
    free(line.made);
    return width;
}

/* Draws a piece from x on to the area's right edge, with an ellipsis when there is more of it. */
static int put_piece(struct canvas *c, struct area a, int y, int x, enum role role, const char *at,
                     const char *end, bool has_more)
{
    struct area visible = canvas_visible(c, a);
    struct canvas_cluster cluster;
    int room = a.w - x;
    int used = 0;
    if (room <= 0 || at >= end)
        return 0;
    bool is_cut = has_more || width_of(at, end, room) > room;
    int limit = is_cut ? room - 1 : room;
    while (next_cluster(&at, end, &cluster) && used + cluster.width <= limit) {
        canvas_put_cluster(c, visible, a.y + y, a.x + x + used, role, &cluster);
        used += cluster.width;
    }
    if (!is_cut)
        return used;
    canvas_glyph(c, a, y, x + used, role, GLYPH_ELLIPSIS);
    return used + 1;
}

int canvas_put(struct canvas *c, struct area a, int y, int x, enum role role, const char *utf8)
{
    int room = a.w - x;
    if (room <= 0)
        return 0;
    size_t most = ((size_t)room + 1) * BYTES_PER_COLUMN;
    size_t len = strnlen(utf8, most);
    bool has_more = len == most && utf8[len] != '\0';
    for (int back = 0; has_more && back < 3 && ((unsigned char)utf8[len] & 0xC0) == 0x80; back++)
        len--;
    struct line line = line_of(utf8, len, false);
    int used = put_piece(c, a, y, x, role, line.at, line.end, has_more);
    free(line.made);
    return used;
}

int canvas_putf(struct canvas *c, struct area a, int y, int x, enum role role, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = xvasprintf(fmt, ap);
    va_end(ap);
    int used = canvas_put(c, a, y, x, role, text);
    free(text);
    return used;
}

int canvas_put_right(struct canvas *c, struct area a, int y, int end, enum role role,
                     const char *utf8)
{
    struct area left = canvas_cols(a, 0, end > 0 ? end : 0);
    int x = left.w - canvas_width(utf8);
    return canvas_put(c, left, y, x > 0 ? x : 0, role, utf8);
}

int canvas_put_center(struct canvas *c, struct area a, int y, enum role role, const char *utf8)
{
    int x = (a.w - canvas_width(utf8)) / 2;
    return canvas_put(c, a, y, x > 0 ? x : 0, role, utf8);
}

/* ---- wrapping ---- */

/*
 * Finds where a row of `width` columns ends that begins at `at`, and where the next one begins:
 * after the last blank that fits, after a newline, else in the middle of a word.
 */
static const char *row_end(const char *at, const char *end, int width, const char **next)
{
    const char *blank = NULL, *after_blank = NULL, *begin = at;
    struct canvas_cluster cluster;
    int used = 0;
    while (at < end) {
        const char *here = at;
        if (*here == '\n') {
            *next = here + 1;
            return used > width && blank && after_blank == here ? blank : here;
        }
        next_cluster(&at, end, &cluster);
        bool is_blank = *here == ' ' || *here == '\t';
        if (is_blank && (blank == NULL || after_blank != here))
            blank = here;
        if (is_blank)
            after_blank = at;
        used += cluster.width;
        if (used <= width || is_blank)
            continue;
        if (blank && blank > begin) {
            *next = after_blank;
            return blank;
        }
        *next = here > begin ? here : at;
        return *next;
    }
    *next = end;
    return used > width && blank && after_blank == end ? blank : end;
}

static int wrap(struct canvas *c, struct area a, int y, int x, int indent, enum role role,
                const char *utf8)
{
    struct line line = line_of(utf8, strlen(utf8), true);
    const char *at = line.at;
    int rows = 0;
    int left = x;
    if (a.w - x <= 0)
        at = line.end;
    while (at < line.end) {
        const char *next;
        const char *end = row_end(at, line.end, a.w - left, &next);
        bool is_last = y + rows == a.h - 1;
        if (c && y + rows >= 0 && y + rows < a.h)
            put_piece(c, a, y + rows, left, role, at, end, is_last && next < line.end);
        rows++;
        at = next;
        left = a.w - x - indent > 0 ? x + indent : x;
    }
    free(line.made);
    return rows;
}

int canvas_wrap(struct canvas *c, struct area a, int y, int x, int indent, enum role role,
                const char *utf8)
{
    return wrap(c, a, y, x, indent, role, utf8);
}

int canvas_wrap_height(int width, int indent, const char *utf8)
{
    return wrap(NULL, (struct area){.w = width}, 0, 0, indent, ROLE_TEXT, utf8);
}
