/*
 * app.h - the model of the console, and the one function that changes it. Pure: no curses, no
 * clock, no I/O.
 *
 * app_update(app, input, effects) takes what happened and says what is to be done outside: requests
 * to send, the bell, a copy, a wish to be woken. app_draw(app, canvas) draws what the model says.
 * Everything that is known of the world came as news (core/wire.h) and is kept with its time.
 * Thread: the console's.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event_text.h"
#include "core/run.h"
#include "core/story.h"
#include "tui/canvas.h"
#include "tui/dialog.h"
#include "tui/input.h"
#include "tui/layout.h"
#include "tui/pane.h"

#define APP_ID_SIZE 32
#define APP_POLL_MS INT64_C(15000) /* world; where `hello` does not say how often is read */

/* A document that the engine's side sent, with its age. */
struct app_document {
    json_t *document; /* NULL = nothing yet */
    int64_t at_ms;    /* world, when it was read */
    bool is_cached;   /* of an earlier time: marked so */
    char *trouble;    /* why it could not be read since; NULL = it could */
};

enum driver { DRIVER_NONE, DRIVER_HERE, DRIVER_OTHER, DRIVER_NOBODY };

struct app_environment {
    char *name, *account, *region, *alias; /* alias: "FUNCTION:ALIAS" */
    bool is_production;
    json_t *about; /* its element of `hello` */
    struct app_document status, check, metrics, plan;
    char *plan_error;
    /* would a rollback be allowed now */
    char ready_state[12]; /* "yes" "no" "unknown" */
    char *ready_text;
    char *run_sign_in; /* who is to sign in again, so that the run can go on; NULL = nobody */
    int64_t ready_at_ms;
    char *nowhere_at; /* the revision of the alias from which there is no way back; NULL */
    json_t *identity; /* news `identity`; NULL = not yet */
    /* the run on the screen: the open one, else the newest */
    struct run *run; /* NULL = none */
    struct event **events;
    size_t event_count, event_capacity;
    struct story story;
    enum driver driver;
};

struct log_line {
    int64_t at_ms; /* world */
    enum event_mood mood;
    char *environment; /* "" = the project */
    char *text;        /* one line, safe */
    bool is_told;      /* said as a line already: the console as lines */
};
#define LOG_MOST_BYTES (1u << 20) /* the oldest lines go first */

struct toast {
    char *text;
    bool is_bad, is_of_event; /* of an event: the log says it too */
    bool is_settled;          /* what it called a person for was done */
    int64_t shown_ms;         /* boot clock */
    int64_t at_ms;            /* world */
};
#define TOAST_LIFE_MS 5000
#define TOAST_HISTORY 100

/* What the outside is to do after app_update. */
struct effects {
    json_t *requests; /* array, in order; always there */
    bool is_quit, is_suspend, is_redraw, is_bell;
    bool is_mouse_changed;         /* app.is_mouse_on */
    char *copied;                  /* for the clipboard; NULL = nothing */
    char *notice;                  /* to a terminal that has no focus; NULL = nothing */
    char *saved_name, *saved_text; /* a file for the person; NULL = nothing */
    char *sign_in; /* the profile that a person wants to sign in with; NULL = none */
    char *theme;   /* the name of one to show everything with; NULL = as it is */
    int exit_code; /* with is_quit */
};
void effects_init(struct effects *e);
void effects_clear(struct effects *e);

typedef void app_replied(struct app *app, void *closure, bool ok, const json_t *result_or_error,
                         struct effects *effects);
struct app_asked { /* a request that is not answered yet */
    int64_t id, asked_ms;
    char *what; /* "rolling back"; for people, NULL = of no interest */
    app_replied *replied;
    void *closure;
    void (*free_closure)(void *closure);
    struct app_asked *next;
};

struct app_options {
    const char *environment; /* on the screen first; NULL = the production one, else the first */
    bool is_read_only;       /* --read-only: no unlocking; `!` works all the same */
    bool is_ascii;
    bool is_demo;
    bool can_sign_in;       /* effects.sign_in is carried out */
    const char *profile;    /* of the AWS CLI: what this console was started with; NULL = none */
    bool is_attached;       /* what is driven goes on without this console: leaving asks nothing */
    int utc_offset_minutes; /* local time beside UTC */
    const char *zone;       /* its name, "CET"; copied */
};

struct app {
    struct app_options options;
    char zone[16];
    int rows, cols;
    int64_t wall_ms, world_ms; /* of the newest input */
    double speed;              /* of world time */
    bool has_focus, is_lost, is_mouse_on;
    char *
        stopped; /* owned; while it is lost: on purpose, and by whom, in words; NULL = it is gone */
    /* the project */
    json_t *hello; /* NULL = not yet */
    struct app_environment *environments;
    size_t environment_count, current;
    /* the seat */
    bool is_unlocked; /* writes to production are allowed; everything else always is */
    /* the screen */
    enum pane_id focus;
    bool is_sized; /* a size came: before it, keys are typed into the dark and dropped */
    bool is_zoomed, is_frozen;
    int64_t frozen_at_ms;  /* world; world_ms stays there while it is frozen */
    int64_t live_world_ms; /* of the newest input, frozen or not */
    json_t *held;          /* array: news that came while it is frozen; NULL = none */
    bool is_thawing;       /* they are let in: people were called for them when they came */
    void *states[PANE_COUNT];
    struct dialog *dialog; /* the top one; NULL = none */
    json_t *prompts_seen;  /* questions of the engine that were shown: dialog.c's */
    int last_key;          /* the one that is being answered, or was last */
    int64_t last_key_ms;
    int64_t interrupted_ms; /* boot: of the last Ctrl-C that had nothing to cancel; 0 = none */
    struct log_line *log;   /* oldest first */
    size_t log_count, log_capacity, log_bytes, log_dropped;
    struct toast *toasts; /* newest last */
    size_t toast_count;
    struct app_asked *asked;
    int64_t next_id;
    bool is_dirty; /* something that may be seen changed */
};

struct app *app_new(const struct app_options *options);
void app_free(struct app *app);
void app_update(struct app *app, const struct input *input, struct effects *effects);
void app_draw(const struct app *app, struct canvas *c);
/* Boot clock: when a dialog, an age or a clock on the screen changes by itself and INPUT_TICK is
 * wanted; -1 = not at all. */
int64_t app_next_tick_ms(const struct app *app);

/* ---- for panes and dialogs ---- */

const struct app_environment *app_environment(const struct app *app); /* on the screen, or NULL */
void app_show_environment(struct app *app, size_t index, struct effects *effects);
struct app_environment *app_environment_of(struct app *app, const char *name); /* NULL = none */
const struct run *app_run(const struct app *app);                              /* or NULL */
/* What came of effects.sign_in: keys (taken), or NULL and why not. */
void app_signed_in(struct app *app, json_t *keys, const struct error *err, struct effects *effects);
/* Sends a request ("verb", and "env" of the screen's where the object has none). Takes it. what is
 * for people while it goes on; replied may be NULL: an error becomes a toast. */
void app_ask(struct app *app, struct effects *effects, json_t *request, const char *what,
             app_replied *replied, void *closure, void (*free_closure)(void *closure));
/* The same for an engine_verb_name() on the run of the screen, with the seq that it has seen. */
void app_command(struct app *app, struct effects *effects, const char *verb, const char *step,
                 const char *answer, const char *reason, const char *what);
/* Is this run still the one on the screen? Else it says that nothing was sent. */
bool app_is_still(struct app *app, const char *run);
void app_toast(struct app *app, bool is_bad, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void app_log(struct app *app, const char *environment, enum event_mood mood, int64_t at_ms,
             const char *text);
/* May this seat write to the environment on the screen? NULL, or why not ("read-only: W unlocks").
 */
const char *app_write_refused(const struct app *app);
/* "" while it is fresh, else "41 s ago": an age appears when it is older than twice its interval.
 */
const char *app_age_text(const struct app *app, int64_t at_ms, int64_t interval_ms,
                         char out[static 32]);
/* "14:02" in UTC, and with the local time behind it where that differs: "14:02Z 15:02". */
const char *app_time_text(const struct app *app, int64_t at_ms, char out[static 48]);
/* The version part of weights as people write it: "v42". */
const char *app_version_text(const char *version, char out[static 32]);
/* "10 %", "0.5 %" of a share from 0 to 1. */
const char *app_percent_text(double share, char out[static 16]);
/* How the traffic of the environment on the screen stands by its status: NULL = not known. The
 * element of resources with "alias" in it; borrowed. */
const json_t *app_alias_status(const struct app *app);
/* The weight that the plan goes to after the one that is set; 0 = none, or not known. */
double app_next_weight(const struct app *app);
/* "promote to 5 %", the one word for that. Yours. */
char *app_promote_text(const struct app *app);
/* The status of the run in words that people read: "waits for approval", "rolled back to v41".
 * Yours.
 */
char *app_outcome_text(const struct run *run);
/* "Production serves v41 100 %, as read back 3 s ago". What is true of the world now. Yours. */
char *app_serving_text(const struct app *app);

#endif
