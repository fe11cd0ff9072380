/*
 * copying.h - text for the clipboard of who sits here, with a word about it.
 */
#ifndef TUI_COPYING_H
#define TUI_COPYING_H

struct app;
struct effects;

void copying_copy(struct app *app, struct effects *effects, const char *text);

#endif
