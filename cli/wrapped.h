/*
 * wrapped.h - long lines of text on a terminal, broken between words.
 */
#ifndef CLI_WRAPPED_H
#define CLI_WRAPPED_H

#include <stddef.h>

#include "cli/answer.h"

/* Columns of the terminal on stdout; 0 = stdout is none: lines may be of any length. */
size_t wrapped_width(void);
/* Rows of it; 0 = stdout is none. */
size_t wrapped_height(void);
/* One line, or as many as the terminal needs; those after the first begin behind `indent` spaces.
 */
void wrapped_line(enum tone tone, size_t indent, const char *text);
void wrapped_linef(enum tone tone, size_t indent, const char *fmt, ...) FD_PRINTF(3, 4);
/* The same on stderr. */
void wrapped_note(size_t indent, const char *text);
/*
 * Bytes of the first line of `text` at that width, without the spaces at its end; *next is where
 * the second begins. A word that is longer than a line stays whole, so that it can be copied; so
 * does a command that ends the text ("...: flightdeck ..."), on a line of its own.
 * Pure.
 */
size_t wrapped_first(const char *text, size_t width, const char **next);

#endif
