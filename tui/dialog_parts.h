/*
 * dialog_parts.h - what the files of the dialogs share; nobody else includes it.
 */
#ifndef TUI_DIALOG_PARTS_H
#define TUI_DIALOG_PARTS_H

#include "tui/app.h"
#include "tui/dialog.h"

extern const struct dialog_kind dialog_rollback_kind, dialog_page_kind;

/* dialog_choose(), and which dialog it is. */
struct dialog *dialog_choose_opened(struct app *app, const struct choice_question *question);

/* No key opened it: it waits for silence. */
void dialog_wait_for_silence(struct app *app, struct dialog *d, bool is_by_itself);
void dialog_remove(struct app *app, struct dialog *d); /* wherever it lies */
struct dialog *dialog_find(const struct app *app, const struct dialog_kind *kind);
/* Runs the row, or tells what refuses it. */
void dialog_run_key(struct app *app, const struct key *key, struct effects *effects);
/* As keys_now(), with those that do nothing now. */
size_t dialog_all_keys(const struct app *app, const struct key **out, size_t most);
/* A question of the engine that was not shown yet: a dialog, or a toast where one is open. */
void dialog_offer_prompts(struct app *app, struct effects *effects);

/* The closure of a dialog that chooses, where it is one that `chosen` answers; else NULL. */
typedef void dialog_chosen(struct app *app, void *closure, int key, struct effects *effects);
void *dialog_choice_closure(const struct dialog *d, dialog_chosen *chosen);

/* ---- parts of the picture ---- */

/* The environment as band and word, its account and region: one row. name NULL: of the screen. */
void dialog_draw_band(const struct app *app, struct canvas *c, struct area a, int y,
                      const char *name);
/* "y = shift to 25 %", with the bar while it does not count yet. key: 'y'. */
void dialog_draw_yes(const struct app *app, const struct dialog *d, struct canvas *c, struct area a,
                     int y, int key, const char *does);
/* The bar while nothing counts yet, at the right of a row. */
void dialog_draw_arming(const struct app *app, const struct dialog *d, struct canvas *c,
                        struct area a, int y);
/* "Esc back", where the focus is. */
void dialog_draw_cancel(struct canvas *c, struct area a, int y, const char *does);
/* Lines of text, wrapped; returns the rows used. */
int dialog_draw_lines(struct canvas *c, struct area a, int y, const json_t *lines);
/* The same in an area of their own, from row `from` on; says how many rows are not seen. */
void dialog_draw_scrolled(struct canvas *c, struct area a, const json_t *lines, int from);
int dialog_lines_height(int width, const json_t *lines);

/* ---- one line of text being typed ---- */

#define FIELD_SIZE 300
struct field {
    char text[FIELD_SIZE]; /* UTF-8 */
    size_t length, cursor; /* bytes */
};
void dialog_field_set(struct field *f, const char *text);
/* A key or a paste. True: it was for the field. */
bool dialog_field_input(struct field *f, const struct input *input);
/* In one row of w columns, with the cursor of the terminal where has_cursor. */
void dialog_field_draw(const struct field *f, struct canvas *c, struct area a, int y, int x, int w,
                       bool has_cursor);

#endif
