/*
 * dialog.h - what lies over the panes: confirmations, text fields, help, lists.
 *
 * A dialog takes every key but `!` (F9 inside a text field), which opens the way back over
 * anything. One that confirms ignores every key for DIALOG_ARMING_MS, the key that opened it until
 * another came, and always Enter; it closes by itself after DIALOG_EXPIRY_MS. A question of the
 * engine has no opening key: it takes none until the keyboard was silent for DIALOG_SILENCE_MS, and
 * where it came by itself over somebody's typing, until DIALOG_STARTLED_MS. One kind per file,
 * tui/dialog_NAME.c, each with a function that opens it.
 */
#ifndef TUI_DIALOG_H
#define TUI_DIALOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/canvas.h"
#include "tui/keys.h"

struct app;
struct effects;
struct input;

#define DIALOG_ARMING_MS 400
#define DIALOG_SILENCE_MS 500
#define DIALOG_STARTLED_MS 1000
#define DIALOG_EXPIRY_MS 60000

/* The ladder of confirmations. */
enum level {
    LEVEL_READ,    /* 0: nothing is asked */
    LEVEL_WRITE,   /* 1: outside production: y */
    LEVEL_TRAFFIC, /* 2: production, within the plan: preview and y */
    LEVEL_GRAVE,   /* 3: 100 % by hand, skip, waive: the environment's name and a reason */
    LEVEL_BACK,    /* R: rollback, abort, stop: y; allowed from every seat */
};

struct dialog;

struct dialog_hint {
    int key;
    char text[60]; /* "promote to 5 %" */
};

struct dialog_kind {
    const char *name;
    const struct key *keys; /* ends with {0}; may be NULL */
    bool is_text;           /* letters are typed into it: `!` too, F9 goes back instead */
    bool confirms;          /* arming, expiry and the rule about Enter */
    bool is_at_bottom;      /* a line above the footer: what it filters stays in sight */
    /* Rows and columns that it would like to have, frame included; it gets what there is, which is
     * what they hold at first. */
    void (*size)(const struct app *app, const struct dialog *d, int *rows, int *cols);
    void (*title)(const struct app *app, const struct dialog *d, char *out, size_t size);
    void (*draw)(const struct app *app, const struct dialog *d, struct canvas *c, struct area a);
    /* A key, paste or tick that no row of `keys` took. Optional. True: it was for the dialog. */
    bool (*input)(struct app *app, struct dialog *d, const struct input *input,
                  struct effects *effects);
    /* News came. Optional: a preview that no longer holds closes with its reason. */
    void (*changed)(struct app *app, struct dialog *d, struct effects *effects);
    /* What its keys do, for the footer. Optional. Returns how many of `most` were filled. */
    size_t (*hints)(const struct app *app, const struct dialog *d, struct dialog_hint *out,
                    size_t most);
    void (*free_state)(void *state);
};

struct dialog {
    const struct dialog_kind *kind;
    void *state;
    enum level level;
    int opened_by; /* key code */
    bool is_other_key_seen;
    bool waits_for_silence, is_by_itself;    /* see above */
    bool is_typing;                          /* a field has the keys now; is_text at first */
    int64_t opened_ms, armed_ms, expires_ms; /* boot clock; expires 0 = never */
    int wakes_ms;                            /* wants a tick so often; 0 = none */
    struct dialog *below;
};

/* Opens it over what is there; takes the state. */
struct dialog *dialog_open(struct app *app, const struct dialog_kind *kind, void *state,
                           enum level level);
void dialog_close(struct app *app); /* the top one */
void dialog_close_all(struct app *app);
bool dialog_is_armed(const struct app *app, const struct dialog *d);
/* What it asks changed under the finger: y waits anew for DIALOG_ARMING_MS. */
void dialog_arm(struct app *app, struct dialog *d);

/* ---- for app.c ---- */

/*
 * Every input, before the panes see it: arming, the rule about Enter, the rows of the top one's
 * keys, then its `input`; `!` and F9, where app.c did not look at them before. True: it was for a
 * dialog. Only Ctrl-L and Ctrl-Z go through; ticks, sizes, focus and news are never taken.
 */
bool dialog_input(struct app *app, const struct input *input, struct effects *effects);
/* The top dialog over what was drawn: last, header and footer stay in sight where they fit. */
void dialog_draw(const struct app *app, struct canvas *c);
/* After each news: dialogs that no longer hold close; a new question of the engine opens one. */
void dialog_changed(struct app *app, struct effects *effects);
/* Boot clock: when the top one wants INPUT_TICK; -1 = not at all. */
int64_t dialog_next_tick_ms(const struct app *app);
/* Frees every dialog and what was remembered of the questions: app_free. */
void dialog_clear(struct app *app);

/* ---- those that are used everywhere ---- */

/*
 * Asks on the ladder. title and lines (array of text, taken) say what would happen: the difference,
 * the exact call, the undo. On yes `act` is called with closure (and the reason that was typed for
 * LEVEL_GRAVE, else ""), then free_closure. env is named in the dialog and typed for LEVEL_GRAVE.
 */
struct confirmation {
    enum level level;
    const char *title;       /* copied */
    const char *environment; /* copied */
    json_t *lines;           /* array of text; taken */
    /* After each news. Optional: the new lines (yours to make) where it asks something else now,
     * which the closure holds from here on; it arms anew. NULL: it is as it was. */
    json_t *(*renewed)(const struct app *app, void *closure);
    const char *yes; /* what y does: "shift to 25 %"; copied */
    void (*act)(struct app *app, void *closure, const char *reason, struct effects *effects);
    void (*free_closure)(void *closure); /* may be NULL */
    void *closure;
};
void dialog_confirm(struct app *app, const struct confirmation *confirmation);

/* One line of text. `done` gets what was typed ("" allowed only if may_be_empty). */
struct text_question {
    const char *title, *hint, *initial; /* copied; initial may be NULL */
    bool may_be_empty;
    void (*typed)(struct app *app, void *closure, const char *text,
                  struct effects *effects); /* after each change; may be NULL */
    void (*done)(struct app *app, void *closure, const char *text, struct effects *effects);
    void (*cancelled)(struct app *app, void *closure, struct effects *effects); /* may be NULL */
    void (*free_closure)(void *closure);
    void *closure;
};
void dialog_ask_text(struct app *app, const struct text_question *question);

/* One of several: each has its own key. Never Enter. */
struct choice {
    int key;
    const char *label, *help; /* copied; help may be NULL */
    const char *refused;      /* why not now; copied, NULL = it works */
    int other;                /* a second key for the same; 0 = none */
};
struct choice_question {
    const char *title;
    json_t *lines; /* array of text; taken */
    /* What the lines say now, in place of `lines`, at each picture. Optional. Yours to make. */
    json_t *(*lines_now)(const struct app *app, const void *closure);
    const struct choice *choices;
    size_t count;
    enum level level;
    void (*chosen)(struct app *app, void *closure, int key, struct effects *effects);
    void (*free_closure)(void *closure);
    void *closure;
};
void dialog_choose(struct app *app, const struct choice_question *question);

/* A page to read and scroll: evidence, report, toasts, a step's calls. lines: array of text, taken.
 */
void dialog_page(struct app *app, const char *title, json_t *lines);

void dialog_open_help(struct app *app);
void dialog_open_palette(struct app *app);
/* The way back: previews at once, then y. From everywhere; nothing where it is open already. */
void dialog_open_rollback(struct app *app, struct effects *effects);
/* W: types the environment's name. */
void dialog_open_unlock(struct app *app);
/* A step that failed: retry, skip, roll back, stop; says first what production serves now. */
void dialog_open_step(struct app *app, const char *step, struct effects *effects);
/* The oldest open question of the engine (run->prompts). False: there is none. */
bool dialog_open_prompt(struct app *app, struct effects *effects);

#endif
