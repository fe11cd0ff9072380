/*
 * columns.c - see columns.h.
 */
#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>

#include "cli/wrapped.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define LINE_CEILING (64u * 1024)

void columns_init(struct columns *c, size_t count)
{
    *c = (struct columns){.count = count < COLUMNS_MOST ? count : COLUMNS_MOST};
}

size_t columns_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void columns_add(struct columns *c, enum tone tone, const char *const *cells)
{
    c->rows = mem_grow(c->rows, &c->capacity, c->row_count, sizeof *c->rows);
    struct columns_row *row = &c->rows[c->row_count++];
    *row = (struct columns_row){.tone = tone};
    for (size_t i = 0; i < c->count; i++)
        row->cells[i] = text_safe(cells[i] != NULL ? cells[i] : "");
}

void columns_print(const struct columns *c, int indent)
{
    size_t widths[COLUMNS_MOST] = {0};

    for (size_t r = 0; r < c->row_count; r++)
        for (size_t i = 0; i + 1 < c->count; i++)
            if (columns_width(c->rows[r].cells[i]) > widths[i])
                widths[i] = columns_width(c->rows[r].cells[i]);
    for (size_t r = 0; r < c->row_count; r++) {
        auto_buf line;
        size_t at = (size_t)indent, last_column = at; /* where the last cell with text begins */
        buf_init(&line, LINE_CEILING);
        buf_addf(&line, "%*s", indent, "");
        for (size_t i = 0; i < c->count; i++) {
            const char *cell = c->rows[r].cells[i];
            size_t pad = i + 1 < c->count ? widths[i] - columns_width(cell) + 2 : 0;
            buf_addf(&line, "%s%*s", cell, (int)pad, "");
            if (cell[0] != '\0')
                last_column = at;
            at += widths[i] + 2;
        }
        while (line.len > 0 && line.ptr[line.len - 1] == ' ')
            line.ptr[--line.len] = '\0';
        wrapped_line(c->rows[r].tone, last_column, line.ptr);
    }
}

void columns_clear(struct columns *c)
{
    for (size_t r = 0; r < c->row_count; r++)
        for (size_t i = 0; i < c->count; i++)
            free(c->rows[r].cells[i]);
    free(c->rows);
    *c = (struct columns){0};
}
