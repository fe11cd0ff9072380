/*
 * plain_parts.h - what the files of the console as lines share; nobody else includes it.
 */
#ifndef TUI_PLAIN_PARTS_H
#define TUI_PLAIN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"
#include "tui/app.h"
#include "tui/console.h"

struct plain {
    const struct console_options *options;
    struct wire *wire;
    struct app *app;
    int signals_fd, in_fd;
    FILE *out;
    bool is_ascii;
    struct buf typed; /* of the input, not yet lines */
    bool is_ended;    /* there is no more input */
    bool is_over;
    enum console_end end;
    int exit_code;
    int64_t heard_ms;           /* boot clock: the newest news */
    int64_t first_id, next_id;  /* of what the last line asked the engine's side */
    bool is_greeted;            /* who and where was said */
    bool is_question_due;       /* something was done since the dialog was read out */
    const struct dialog *asked; /* the dialog that was read out */
    size_t log_told;            /* how many lines of the log there were then */
    size_t toasts_told;         /* of those that are kept */
    char *next_told;            /* what stood in the way; NULL = nothing was said yet. Owned */
    int64_t toast_ms;           /* when the last told one was shown */
};

/* One line, made fit for the terminal; closed output ends the console. */
void plain_say(struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Gives it to the model and does what it wants. */
void plain_update(struct plain *p, const struct input *input);
void plain_press(struct plain *p, int key);
/* A line that the person typed. */
void plain_command(struct plain *p, const char *line);
/* What the question that is open says, and its keys. */
void plain_read_dialog(struct plain *p);
void plain_read_pane(struct plain *p, enum pane_id id);

#endif
