/* app_report.c - a page in Markdown as lines for the screen: tables stand in columns. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app_parts.h"

#define MOST_CELLS 12
#define WIDEST_CELL 34 /* columns; what is longer moves only its own row */
#define LINE_CEILING 20000

struct row {
    char *cells[MOST_CELLS];
    size_t count;
};

struct table {
    struct row *rows;
    size_t count, capacity;
};

/* "**v42**" and "`v42`" are read as v42. Yours. */
static char *plain_text(struct text piece)
{
    char *out = xmalloc(piece.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < piece.len; i++) {
        bool is_strong = piece.ptr[i] == '*' && i + 1 < piece.len && piece.ptr[i + 1] == '*';
        bool is_escaped = piece.ptr[i] == '\\' && i + 1 < piece.len && piece.ptr[i + 1] == '|';
        if (is_strong)
            i++;
        else if (piece.ptr[i] != '`' && !is_escaped)
            out[len++] = piece.ptr[i];
    }
    out[len] = '\0';
    return out;
}

/* ---- tables ---- */

static void add_cell(struct row *row, struct text cell)
{
    if (row->count < MOST_CELLS)
        row->cells[row->count++] = plain_text(text_trim(cell));
}

/* Of "| a | b |". */
static void split_row(struct text line, struct row *out)
{
    size_t from = 1;

    *out = (struct row){.count = 0};
    for (size_t i = 1; i < line.len; i++) {
        if (line.ptr[i] != '|' || line.ptr[i - 1] == '\\')
            continue;
        add_cell(out, (struct text){.ptr = line.ptr + from, .len = i - from});
        from = i + 1;
    }
    if (text_trim((struct text){.ptr = line.ptr + from, .len = line.len - from}).len > 0)
        add_cell(out, (struct text){.ptr = line.ptr + from, .len = line.len - from});
}

static bool is_row(struct text line) { return line.len > 1 && line.ptr[0] == '|'; }

/* "|---|:--|" parts the head from the rest, and an empty head is none. */
static bool says_nothing(struct text line)
{
    for (size_t i = 0; i < line.len; i++)
        if (strchr("|-: ", line.ptr[i]) == NULL)
            return false;
    return true;
}

static int width_of_column(const struct table *t, size_t column)
{
    int widest = 0;
    for (size_t i = 0; i < t->count; i++) {
        int width = column < t->rows[i].count ? canvas_width(t->rows[i].cells[column]) : 0;
        widest = width > widest && width <= WIDEST_CELL ? width : widest;
    }
    return widest;
}

/* Names that are too long for a column have a line of their own, with the rest below it. */
static bool has_long_names(const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].count > 1 && canvas_width(t->rows[i].cells[0]) > WIDEST_CELL)
            return true;
    return false;
}

static void write_cells(const struct table *t, const struct row *row, size_t from, json_t *lines)
{
    auto_buf out;
    buf_init(&out, LINE_CEILING);
    buf_adds(&out, from > 0 ? "    " : "");
    for (size_t column = from; column < row->count; column++) {
        int pad = width_of_column(t, column) - canvas_width(row->cells[column]);
        bool is_last = column + 1 == row->count;
        buf_addf(&out, "%s%*s", row->cells[column], is_last || pad < 0 ? 0 : pad, "");
        if (!is_last)
            buf_adds(&out, "  ");
    }
    json_array_append_new(lines, json_string(out.ptr));
}

static void write_table(struct table *t, json_t *lines)
{
    bool is_folded = has_long_names(t);

    for (size_t i = 0; i < t->count; i++) {
        if (is_folded && t->rows[i].count > 0)
            json_array_append_new(lines, json_string(t->rows[i].cells[0]));
        write_cells(t, &t->rows[i], is_folded ? 1 : 0, lines);
    }
    for (size_t i = 0; i < t->count; i++)
        for (size_t column = 0; column < t->rows[i].count; column++)
            free(t->rows[i].cells[column]);
    free(t->rows);
    *t = (struct table){0};
}

/* ---- the page ---- */

static void write_line(struct text line, json_t *lines)
{
    size_t marks = 0;

    while (marks < line.len && line.ptr[marks] == '#')
        marks++;
    struct text rest = {.ptr = line.ptr + marks, .len = line.len - marks};
    auto_free char *text = plain_text(marks > 0 ? text_trim(rest) : line);
    json_array_append_new(lines, json_string(text));
}

json_t *app_report_lines(const char *markdown)
{
    json_t *lines = json_array();
    struct text rest = text_of(markdown), line;
    struct table table = {0};

    while (text_split(&rest, '\n', &line)) {
        if (is_row(line) && says_nothing(line))
            continue;
        if (is_row(line)) {
            table.rows = mem_grow(table.rows, &table.capacity, table.count, sizeof *table.rows);
            split_row(line, &table.rows[table.count++]);
            continue;
        }
        write_table(&table, lines);
        write_line(line, lines);
    }
    write_table(&table, lines);
    return lines;
}
