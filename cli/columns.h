/*
 * columns.h - rows of text, printed so that the columns line up.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stddef.h>

#include "cli/answer.h"

#define COLUMNS_MOST 8

struct columns_row {
    char *cells[COLUMNS_MOST];
    enum tone tone;
};

struct columns {
    size_t count; /* of columns */
    struct columns_row *rows;
    size_t row_count, capacity;
};

void columns_init(struct columns *c, size_t count);
/* count texts; they are copied and made safe. The last column may be of any
 * length: on a terminal it is broken between words. */
void columns_add(struct columns *c, enum tone tone, const char *const *cells);
/* Prints on stdout, each line behind `indent` spaces. */
void columns_print(const struct columns *c, int indent);
void columns_clear(struct columns *c);
/* Characters (not bytes) of UTF-8 text. */
size_t columns_width(const char *text);

#endif
