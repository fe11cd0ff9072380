/*
 * header.h - the two lines at the top: where we are and who; what is shipped and how it stands.
 *
 * Where the screen is narrow the least important part goes first: it becomes short, then it is left
 * out. Two parts are never glued together.
 */
#ifndef TUI_HEADER_H
#define TUI_HEADER_H

#include <stddef.h>

#include "tui/canvas.h"

struct app;

void header_draw(const struct app *app, struct canvas *c, struct area a);
/* The whole console in one row, where there is no room for more. */
void header_draw_line(const struct app *app, struct canvas *c, struct area a);
/* "PRODUCTION", in capitals; at most `columns` of it, never less than a letter. "" where nothing is
 * known. */
void header_word(const struct app *app, char *out, size_t size, int columns);

#endif
