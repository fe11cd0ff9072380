/*
 * plain.h - the console as lines: for pipes, small screens and screen readers.
 *
 * One line for each thing that happens, no cursor motion, no escapes. Lines from the input are
 * commands: the names of the palette, the names of panes (they are read out), keys; a question is
 * answered by a line. When the input has ended and no run is going on, it ends with the outcome.
 * Thread: one.
 */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include "tui/console.h"

/* signals_fd: of console_signals_fd(). exit_code: as the newest run ended, 0 done, 1 failed, 4 it
 * went back, 6 it is open and nobody drives it. */
void plain_run(struct wire *wire, const struct console_options *options, int signals_fd,
               enum console_end *end, int *exit_code);

#endif
