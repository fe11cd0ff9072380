/*
 * console_parts.h - what the two forms of the console share; nobody else includes it.
 */
#ifndef TUI_CONSOLE_PARTS_H
#define TUI_CONSOLE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/wire.h"
#include "tui/app.h"

/* Signals as they came, one after the other; -1: none. */
int console_signals_open(void);
int console_signal_take(int signals_fd);
/* Hands the requests over to the wire. */
void console_send(struct wire *wire, const struct effects *effects);
/* A new file that only its owner reads; never over one that is there ("report-2.md"). *path: yours.
 */
bool console_save(const char *directory, const char *name, const char *text, char **path,
                  struct error *err) FD_MUST_USE;
/* An input of that kind, now. */
struct input console_input(enum input_kind kind);

#endif
