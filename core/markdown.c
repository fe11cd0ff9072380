/*
 * markdown.c - see markdown.h.
 */
#include "core/markdown.h"

#include <stdbool.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

static const char special[] = "\\`*_<>[]|#";

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

void markdown_text(struct buf *out, const char *text)
{
    auto_free char *safe = text_safe(text != NULL ? text : "");
    for (const char *c = safe; *c != '\0'; c++) {
        /* Inside a word it formats nothing: names are full of _, and a mark of ours says 41>42. */
        bool is_inside = *c == '_' && c > safe && c[-1] != ' ' && c[1] != ' ' && c[1] != '\0';
        is_inside = is_inside || (*c == '>' && c > safe && is_digit(c[-1]) && is_digit(c[1]));
        if (strchr(special, *c) != NULL && !is_inside)
            buf_addc(out, '\\');
        buf_addc(out, *c);
    }
}

void markdown_code(struct buf *out, const char *text)
{
    auto_free char *safe = text_safe(text != NULL ? text : "");
    buf_addc(out, '`');
    for (const char *c = safe; *c != '\0'; c++)
        buf_addc(out, *c == '`' ? '\'' : *c);
    buf_addc(out, '`');
}

void markdown_heading(struct buf *out, int level, const char *title)
{
    buf_addf(out, "%s%.*s %s\n\n", out->len > 0 ? "\n" : "", level, "######", title);
}

void markdown_table(struct buf *out, const char *const *titles, size_t count)
{
    buf_addc(out, '|');
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %s |", titles[i]);
    buf_adds(out, "\n|");
    for (size_t i = 0; i < count; i++)
        buf_adds(out, "---|");
    buf_addc(out, '\n');
}

void markdown_row(struct buf *out, const char *const *cells, size_t count)
{
    buf_addc(out, '|');
    for (size_t i = 0; i < count; i++) {
        buf_addc(out, ' ');
        markdown_text(out, cells[i]);
        buf_adds(out, " |");
    }
    buf_addc(out, '\n');
}
