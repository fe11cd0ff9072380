/*
 * footer.h - the keys that work now, and below them the newest message.
 *
 * "? all keys" and "! ROLLBACK" are laid out first and never cut.
 */
#ifndef TUI_FOOTER_H
#define TUI_FOOTER_H

#include "tui/canvas.h"
#include "tui/layout.h"

struct app;

void footer_draw(const struct app *app, struct canvas *c, const struct layout *l);
/* The key that is written at a place, or 0. */
int footer_key_at(const struct app *app, const struct layout *l, int y, int x);

#endif
