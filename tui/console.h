/*
 * console.h - the loop: terminal and wire in, app_update, one picture out.
 *
 * poll over terminal, wire, signalfd; nothing else blocks. Initialises neither curl nor SQLite.
 */
#ifndef TUI_CONSOLE_H
#define TUI_CONSOLE_H

#include "core/error.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/term.h"

struct console_options {
    struct app_options app;
    struct term_options term;
    bool is_plain;              /* one line per event, no cursor motion; commands as lines */
    bool is_quiet;              /* --notify off: no bell and no notices */
    const char *save_directory; /* what is saved goes there, it is made; NULL = the current one */
    /* Signs in while it has the terminal. *keys: a new reference, secrets. NULL: it cannot. */
    bool (*sign_in)(const char *profile, json_t **keys, struct error *err);
    void (*on_shown)(
        void *closure); /* optional: the first picture is there, or the first line may be */
    void *closure;
};

enum console_end {
    CONSOLE_LEFT,       /* the person quit */
    CONSOLE_HUNG_UP,    /* the terminal is gone, or SIGHUP: what was begun goes on */
    CONSOLE_TERMINATED, /* SIGTERM: stop, traffic goes back */
};

/*
 * Until the person leaves or the terminal is gone; *exit_code: of the process, where the person
 * left. False: the terminal could not be had. The terminal is given back before it returns.
 */
bool console_run(struct wire *wire, const struct console_options *options, enum console_end *end,
                 int *exit_code, struct error *err) FD_MUST_USE;
/* SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP and SIGCONT come to the loop, and characters are those
 * of the environment's locale: first of all, before any thread starts. */
void console_block_signals(void);

#endif
