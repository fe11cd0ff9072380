/*
 * markdown.h - writes Markdown around text from outside, which can neither format nor act.
 */
#ifndef CORE_MARKDOWN_H
#define CORE_MARKDOWN_H

#include <stddef.h>

struct buf;

/* The text on one line, with what Markdown would act on taken literally. */
void markdown_text(struct buf *out, const char *text);
/* The same as `code`. */
void markdown_code(struct buf *out, const char *text);
/* "## Title" with empty lines around it. */
void markdown_heading(struct buf *out, int level, const char *title);
/* First row of a table, with the line below it. Titles are ours. */
void markdown_table(struct buf *out, const char *const *titles, size_t count);
/* One row; cells are texts from outside, NULL is empty. */
void markdown_row(struct buf *out, const char *const *cells, size_t count);

#endif
