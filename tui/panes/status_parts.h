/*
 * status_parts.h - what the files of the pane "Status" share; nobody else includes it.
 */
#ifndef TUI_PANES_STATUS_PARTS_H
#define TUI_PANES_STATUS_PARTS_H

#include <jansson.h>

#include "tui/app.h"
#include "tui/sheet.h"

struct status_state {
    struct sheet_cursor cursor;
    char *shown; /* the environment that was on the screen when it was drawn last; owned */
};

struct status_place { /* what the cursor is on; NULL = nothing */
    const struct app_environment *environment;
    const json_t *resource; /* its element of `status --json`; NULL: the environment itself */
};

/* How a health is shown: never by colour alone. */
struct status_look {
    const char *name; /* as in `status --json` */
    const char *word;
    enum role role;
    enum glyph glyph;
    char letter; /* instead of the glyph; 0 */
};
const struct status_look *status_view_look(const char *health);

/* All rows, as wide as that. */
void status_view_write(struct sheet *s, const struct app *app, int width, bool is_ascii);
struct status_place status_view_place(const struct app *app, const char *id);
/* "v17 90 %, v18 10 %" of a Lambda resource: as the run of its environment read it back, where that
 * is newer than the look. */
const char *status_view_weights(const struct app_environment *e, const json_t *resource,
                                char out[static 96]);
/* "healthy", or what moves: "traffic moving: v42 5 %". */
const char *status_view_word(const struct app_environment *e, char out[static 64]);
const struct status_look *status_view_look_of(const struct app_environment *e);

/* "arn:aws:lambda:..."; "" where its kind has none that is known here. */
const char *status_facts_arn(const struct status_place *place, char out[static 400]);
/* The page of a resource: rows of dialog_facts.h. */
json_t *status_facts_rows(const struct app *app, const struct status_place *place);

#endif
