/*
 * term_type.h - what the database says of a type of terminal, before anything is written to one.
 *
 * Apart from term_parts.h, because the header of terminfo has a struct term too.
 */
#ifndef TUI_TERM_TYPE_H
#define TUI_TERM_TYPE_H

#include <stdbool.h>

struct term_type {
    bool can_move_cursor, has_mouse;
    int colours; /* 0 8 16 256 */
};

/* False: this machine's database does not know it. */
bool term_type_look(const char *name, int fd, struct term_type *out);

#endif
