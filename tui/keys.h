/*
 * keys.h - the one key table: input, footer, `?` and the palette all read these rows.
 *
 * Rows of the top dialog are asked first, then those of the focused pane, then the global ones. A
 * key that does nothing now says why; no key but `!` goes back.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/input.h"

struct app;
struct effects;

/* Beyond every key: such a row is reached through the palette only. */
#define KEY_CODE_UNBOUND 0x120000

struct key {
    int code;          /* enum key_code, a character, KEY_CODE_UNBOUND; 0 ends a table */
    int other;         /* a second key for the same, 0 = none */
    const char *label; /* in the footer: "re-run"; NULL = not there */
    const char *name;  /* in the palette: "run the probe again"; NULL = not there */
    const char *help;  /* a sentence of `?` */
    int rank;          /* in the footer: the smallest first; 0 = 100 */
    /* Why it does nothing now; NULL = it works. Optional. Static text. */
    const char *(*refused)(const struct app *app);
    void (*act)(struct app *app, struct effects *effects);
    bool is_write; /* changes the world: needs an unlocked console (the law of going back excepted)
                    */
};

extern const struct key keys_global[];
/* "Shift-Left", "Ctrl-L", "!", "Space", "Enter"; static or in out. */
const char *keys_shown(int code, char out[static 24]);
/* The row that `code` would run now, or NULL. *refused: why not, or NULL. Of several rows of one
 * table for a key the first that works counts. */
const struct key *keys_find(const struct app *app, int code, const char **refused);
/* Why the row does nothing now, its seat included; NULL = it works. */
const char *keys_refused(const struct app *app, const struct key *key);
/* All rows that could be asked now, most specific first. Returns how many of `most` were filled. */
size_t keys_now(const struct app *app, const struct key **out, size_t most);

#endif
