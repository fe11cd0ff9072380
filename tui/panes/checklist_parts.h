/*
 * checklist_parts.h - what the files of the pane "Checklist" share; nobody else includes it.
 */
#ifndef TUI_PANES_CHECKLIST_PARTS_H
#define TUI_PANES_CHECKLIST_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "tui/app.h"
#include "tui/sheet.h"

struct checklist_state {
    struct sheet_cursor cursor;
    char *filter;      /* owned; NULL = all are shown */
    bool shows_na;     /* also what does not apply to this release */
    json_t *in_flight; /* object: id of an item -> what is being done with it */
    bool shows_next; /* the list of the next release, though that of the run which ended is here */
    json_t *ended;   /* the list as it stood when the run on the screen ended; NULL = none */
    char *ended_run; /* which, and of what it was made; owned */
    int64_t ended_at_ms;
};

/* How a state is shown: never by colour alone. */
struct checklist_look {
    const char *name; /* as in `check --json` */
    const char *mark, *word;
    enum role role;
};
const struct checklist_look *checklist_view_look(const char *state);

/* The list that is shown: of the run that ended, else of what is next or goes on. Borrowed. */
const json_t *checklist_view_document(const struct app *app);
/* Is it of a run that is over? Nothing of it can be changed. */
bool checklist_view_is_ended(const struct app *app);
/* News came: keeps the list of a run that ended, drops that of another one. */
void checklist_ended_keep(const struct app *app);

/* An item of the list that is shown; NULL = there is none (any more). */
const json_t *checklist_view_item(const struct app *app, const char *id);
bool checklist_view_is_persons(const json_t *item);
bool checklist_view_is_before_writes(const json_t *gate);
/* Asked somewhere else, too: counted and shown there. */
bool checklist_view_is_twin(const json_t *item);

/* The document turned round, for as long as it stays. */
struct checklist_index {
    json_t *gates; /* id as shown -> the gate that it stops; those before the first write win */
    json_t *twins; /* id as shown -> the section where it is asked, too */
    json_t *items; /* id -> item */
    /* How many stop the start, or the run now: for a person, that do not hold, that a probe proves
     * by itself then; how many are to be looked at while the run goes on; how many later. */
    size_t yours, failing, proved, now, later;
    const char *next;      /* name of the gate that the run comes to next; NULL. Borrowed */
    const struct run *run; /* under way; NULL = none. Borrowed */
    bool has_gates;        /* the plan asks for any of it */
    bool is_locked;        /* the environment: nothing may start, whatever holds */
};
/* What an item is for the run: in the words of its line. */
enum checklist_when {
    CHECKLIST_NOT_ASKED,
    CHECKLIST_YOURS,
    CHECKLIST_FAILING,
    CHECKLIST_PROVED,
    CHECKLIST_NOW,
    CHECKLIST_LATER
};
enum checklist_when checklist_view_when(const struct checklist_index *index, const json_t *item);
size_t checklist_view_stop(const struct checklist_index *index); /* of the first three */
/* "4 for you, 3 proved at the start"; "" = nothing stops it. Yours. */
char *checklist_view_open(const struct checklist_index *index, bool is_brief);
/* How many hold, and of how many: those that apply, each asked once. */
void checklist_view_count(const struct app *app, size_t *done, size_t *all);
void checklist_view_index(const struct app *app, struct checklist_index *out);
void checklist_view_clear_index(struct checklist_index *index);
/* The gate that an item stops; NULL = none. Borrowed from the index. */
const json_t *checklist_view_gate(const struct checklist_index *index, const json_t *item);
/* Does the gate stop the start, or the run that is under way where it is now? */
bool checklist_view_is_now(const struct checklist_index *index, const json_t *gate);
/* Is it shown, by the filter and by whether it applies? */
bool checklist_view_shows(const struct checklist_state *state, const json_t *item);
/* World time at which its line says something else by itself; -1 = never. */
int64_t checklist_view_next_ms(const struct app *app, const json_t *item);
void checklist_view_write(struct sheet *s, const struct app *app,
                          const struct checklist_state *state, int width, bool is_ascii);

/* Pages of dialog_facts.h. lines: of the request `evidence`; NULL = not there yet. */
json_t *checklist_facts_item(const struct app *app, const json_t *item, const json_t *lines);
json_t *checklist_facts_gates(const struct app *app);

#endif
