/*
 * term.h - the terminal: the only file that starts curses.
 *
 * newterm with fall-backs, raw mode, resize, suspend, synchronised output, paste, mouse and focus
 * events; the terminal is given back on every death. One per process. Thread: the one that opened
 * it, except for the fatal signals' handler, which only writes and restores.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/error.h"
#include "tui/canvas.h"
#include "tui/input.h"
#include "tui/theme.h"

enum term_colours { TERM_COLOURS_AUTO, TERM_COLOURS_NONE, TERM_COLOURS_16, TERM_COLOURS_256 };

struct term_options {
    FILE *in, *out;            /* stdin, stdout; a test gives the slave of a pty */
    const char *term;          /* $TERM */
    bool wants_ascii;          /* else by the locale */
    enum term_colours colours; /* AUTO: NO_COLOR, then what the terminal has */
    bool wants_mouse;
    const char *theme;  /* NULL: light or dark by the terminal's background, where it says so */
    bool keeps_signals; /* a test: no handlers are installed */
};

struct term;

/* Would term_open find what it needs? Nothing is written and nothing changed. */
bool term_can(const struct term_options *options, struct error *err) FD_MUST_USE;
/* ERROR_USAGE: it is no terminal, or it cannot move its cursor; the hint names --plain. */
bool term_open(const struct term_options *options, struct term **out,
               struct error *err) FD_MUST_USE;
void term_close(struct term *t);               /* gives the terminal back; NULL is fine */
const char *term_notice(const struct term *t); /* "TERM ... is not known here: ..."; "" */
bool term_is_ascii(const struct term *t);
/* Does this program's locale have all characters? Asks the environment for it first. */
bool term_locale_is_utf8(void);
int term_fd(const struct term *t); /* of input */
void term_size(const struct term *t, int *rows, int *cols);
/* The next input that is there; false: none. Text of a paste is the terminal's until the next call.
 */
bool term_read(struct term *t, struct input *out);
/* Boot clock: when term_read has something to say without a further byte (an Esc that nothing
 * followed); -1 = never. */
int64_t term_deadline_ms(const struct term *t);
/* After SIGWINCH: asks for the size, tells curses. */
void term_resized(struct term *t);
/* Shows it: only what changed is sent, in one synchronised update; nothing when nothing did. */
void term_show(struct term *t, const struct canvas *c);
/* The same canvas would look different now: the terminal said that its background is light. */
bool term_is_stale(const struct term *t);
/* Does the terminal take bytes, or would term_show wait (Ctrl-S, a dead link)? */
bool term_has_room(const struct term *t);
int term_out_fd(const struct term *t); /* POLLOUT: it has room again */
void term_redraw(struct term *t);      /* Ctrl-L: everything anew with the next term_show */
void term_suspend(struct term *t);     /* Ctrl-Z: returns when the job goes on */
void term_lend(struct term *t);        /* another program has it until term_continued */
void term_continued(struct term *t);   /* ours again: after term_lend, or SIGCONT */
/* From the next term_show on, with the theme of that name; no answer of the terminal changes it. */
bool term_set_theme(struct term *t, const char *name, struct error *err) FD_MUST_USE;
void term_set_mouse(struct term *t, bool is_on);
void term_bell(struct term *t);
/* OSC 9 and OSC 777, made safe. */
void term_notify(struct term *t, const char *text);
/* OSC 52, through tmux where it is one. False: this terminal has none, or it is too long. */
bool term_copy(struct term *t, const char *text);
/* The signal that ended a term_show which the terminal did not take; 0 = none. */
int term_interrupted(const struct term *t);
bool term_is_gone(const struct term *t); /* hang-up */

#endif
