/*
 * plan_parts.h - what the files of the pane "Plan" share; nobody else includes it.
 */
#ifndef TUI_PANES_PLAN_PARTS_H
#define TUI_PANES_PLAN_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/run.h"
#include "tui/app.h"
#include "tui/sheet.h"

struct plan_state {
    struct sheet_cursor cursor;
    bool shows_undo; /* below each step what takes it back */
    bool shows_next; /* what R would start, though there is a run */
    char *run;       /* the one that is followed; owned */
    bool has_moved;  /* the cursor, by hand: it does not follow that run any more */
};

/* How long a plan is fresh. World time. */
int64_t plan_view_interval_ms(const struct app *app);

/* How a step's state is shown: never by colour alone. */
struct plan_look {
    const char *mark, *word; /* word "": its reason or summary says it */
    enum role role;
};
const struct plan_look *plan_view_look(const struct run *run, const struct run_step *done);

/* The run that is shown; NULL: what R would start. */
const struct run *plan_view_run(const struct app *app, const struct plan_state *state);
/* The plan of what is shown, `plan --json`; NULL = not known yet. */
const json_t *plan_view_document(const struct app *app, const struct plan_state *state);
const json_t *plan_view_step(const json_t *plan, const char *id);
bool plan_view_has_stopped(
    const struct run_step *step); /* failed, or nobody knows: a person chooses */
/* The step that the eye wants: the first that stopped, waits or runs; NULL = none. */
const struct run_step *plan_view_current(const struct run *run);
/* "taken back by ...", "cannot be taken back: ..."; "" where there is nothing to undo. run may be
 * NULL. Yours. */
char *plan_view_undo(const json_t *step, const struct run *run, const json_t *plan);
/* "waits for you: P": who is waited for, and the key that answers; "" where it is nobody. Yours. */
char *plan_wait_text(const struct app *app, const struct run *run, const struct run_step *done);
/* "ana" of "arn:...:user/ana@example.com"; "" of nobody. Returns out. */
const char *plan_wait_name(const char *by, char out[static 32]);
/* A row with the key that answers what the run waits for, or who else has to. */
void plan_wait_answer(struct sheet *s, const struct app *app, const struct run *run);
/* "it said no: the image is missing". Yours. */
char *plan_view_sentence(const struct app *app, const struct run *run, const struct run_step *done,
                         const json_t *step);

/* Rows whose ids are no steps: what ships. */
#define PLAN_ID_HASH "@hash"
#define PLAN_ID_IMAGE "@image"
#define PLAN_ID_COMMIT "@commit"
void plan_view_write(struct sheet *s, const struct app *app, const struct plan_state *state,
                     int width, bool is_ascii);
void plan_bill_write(struct sheet *s, const json_t *plan);
void plan_bill_write_ladder(struct sheet *s, const json_t *plan);

/* A page of dialog_facts.h about a step. */
json_t *plan_facts_rows(const struct app *app, const struct plan_state *state, const char *id);
/* Another: what ships, over what, from where. */
json_t *plan_facts_bill(const json_t *plan);
/* A line for a shell of each of its calls; "" = it calls nothing. Yours. */
char *plan_facts_commands(const struct app *app, const struct plan_state *state, const char *id);

#endif
