/*
 * dialog_facts.h - a page of facts: a label and a value in each row, a cursor, and y that copies.
 */
#ifndef TUI_DIALOG_FACTS_H
#define TUI_DIALOG_FACTS_H

#include <jansson.h>

struct app;

/*
 * about says which page it is ("item pre-deployment/x"), so that what is read later can be put
 * into it. rows: array, taken, of what dialog_facts_add makes.
 */
void dialog_open_facts(struct app *app, const char *about, const char *title, json_t *rows);
/* Puts other rows into that page where it is open; takes them. */
void dialog_refill_facts(struct app *app, const char *about, json_t *rows);

/* A row: copy NULL = the text is what y copies; more NULL = there is nothing for Y. */
void dialog_facts_add(json_t *rows, const char *label, const char *text, const char *copy,
                      const char *more);
/* The same where text is not "" only. */
void dialog_facts_add_known(json_t *rows, const char *label, const char *text);
void dialog_facts_add_heading(json_t *rows, const char *text);

#endif
