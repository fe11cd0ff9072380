/*
 * term_parts.h - what the files of the terminal share; nobody else includes it, except tests.
 */
#ifndef TUI_TERM_PARTS_H
#define TUI_TERM_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "tui/input.h"
#include "tui/term.h"

/* ---- term_input.c: bytes of a terminal to input. Pure; no descriptor and no clock. ---- */

#define TERM_ESCAPE_MS 25        /* an Esc that nothing follows in this time is the key */
#define TERM_SLOW_ESCAPE_MS 100  /* over ssh */
#define TERM_ANSWER_MS 100       /* a terminal's answer that changes the theme comes so soon */
#define TERM_ESCAPE_ASKED_MS 400 /* an Esc may be the first byte of an answer so long */
#define TERM_SEQUENCE_MS 1000    /* of a longer sequence that nobody ended */
#define TERM_PASTE_MS 2000       /* of a paste whose end does not come */
#define TERM_PASTE_MOST (64u << 10)

enum parser_state {
    PARSER_GROUND,
    PARSER_UTF8,
    PARSER_ESCAPE,
    PARSER_CSI,
    PARSER_SS3,
    PARSER_LINUX, /* a function key of Linux' console, ESC [ [ A */
    PARSER_MOUSE, /* the three bytes of the old report, ESC [ M */
    PARSER_STRING,
    PARSER_STRING_ESCAPE,
    PARSER_PASTE,
};

struct parser {
    enum parser_state state;
    int64_t since_ms; /* of the last byte, while a sequence is open */
    int held;         /* the key that came right after an Esc; 0 = none */
    int64_t escape_ms;
    int64_t asked_ms; /* when queries were sent that are not answered; 0 = none are */
    char text[256];   /* of the sequence so far */
    size_t len;
    bool is_too_long;
    char string_kind; /* ']' OSC, 'P' DCS, ... */
    uint32_t character;
    int bytes_left;
    uint32_t least; /* no shorter encoding would have done */
    struct buf paste, shown;
    size_t ending; /* bytes of the end of a paste that were seen */
    /* the answer to OSC 11 */
    bool has_background, is_background_light;
    int64_t background_ms; /* after the question */
};

void term_parser_init(struct parser *p);
void term_parser_clear(struct parser *p);
/* True: *out was made (kind and what belongs to it; a paste is the parser's until it is fed again).
 */
bool term_parser_feed(struct parser *p, unsigned char byte, int64_t now_ms, struct input *out);
/* Asked before each further byte: an Esc and a key at once, as Alt sends it, are two keys. */
bool term_parser_held(struct parser *p, struct input *out);
/* When something is to be decided without a further byte; -1: nothing is open. */
int64_t term_parser_deadline_ms(const struct parser *p);
bool term_parser_expire(struct parser *p, int64_t now_ms, struct input *out);

/* ---- term_death.c: the terminal is given back, whatever happens ---- */

struct termios;
/* undo: what is written to out_fd; saved: what in_fd gets. One at a time; undo is copied. */
void term_death_arm(int in_fd, int out_fd, const struct termios *saved, const char *undo);
void term_death_disarm(void);
/* Whether a death has to give the terminal back now: not while it is suspended. */
void term_death_hold(bool is_ours);
void term_death_install(void); /* handlers of the fatal signals */
/* What libraries write to fd 2 would land on the screen: it is kept back, if fd 2 is a terminal. */
void term_death_keep_stderr(void);
void term_death_show_stderr(void); /* what was kept, made safe; and fd 2 is itself again */
/*
 * Between the two a signal that wants us to end is not for the signalfd: it frees a write to out_fd
 * that the terminal does not take. unguard says which came, 0 = none, and makes out_fd again what
 * real_fd is.
 */
void term_death_guard(int out_fd);
int term_death_unguard(int real_fd);
/* The terminal takes nothing: what there is room for of the undoing, and out_fd leads nowhere. */
void term_death_leave_stalled(int out_fd);

/* ---- term_draw.c ---- */

struct drawing; /* what is on the screen */
/* has_colours: how many, 0 8 16 256. */
struct drawing *term_drawing_new(const struct theme *theme, int colours);
void term_drawing_free(struct drawing *d);
void term_drawing_theme(struct drawing *d, const struct theme *theme);
void term_drawing_forget(struct drawing *d, bool is_screen_lost);
bool term_drawing_is_stale(const struct drawing *d);
/* syncs_fd: where an update begins and ends synchronised; -1 = not. */
void term_drawing_show(struct drawing *d, const struct canvas *c, int syncs_fd);

/* ---- term_say.c: what goes to the terminal beside pictures. Pure text. ---- */

enum multiplexer { MULTIPLEXER_NONE, MULTIPLEXER_TMUX, MULTIPLEXER_SCREEN };
enum multiplexer term_say_through(const char *term);
void term_say_notice(struct buf *out, const char *text, enum multiplexer through);
/* False: it is longer than terminals take. */
bool term_say_copy(struct buf *out, const char *text, enum multiplexer through);
#define TERM_COPY_MOST 74994u /* of base64 */

/* Writes all of it; false: the terminal is gone. */
bool term_write(int fd, const char *bytes, size_t len);

#endif
