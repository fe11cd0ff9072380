/*
 * sheet_keys.h - the keys that move the cursor of a sheet: the same rows in every pane that has
 * one.
 */
#ifndef TUI_SHEET_KEYS_H
#define TUI_SHEET_KEYS_H

#include "tui/keys.h"
#include "tui/sheet.h"

/* What the rows below do; the pane has `void move(struct app *, int by)` and
 * `int page_of(const struct app *)`. */
#define SHEET_MOVE(name, by)                                                                       \
    static void name(struct app *app, struct effects *effects)                                     \
    {                                                                                              \
        (void)effects;                                                                             \
        move(app, (by));                                                                           \
    }
#define SHEET_MOVES                                                                                \
    SHEET_MOVE(go_down, 1)                                                                         \
    SHEET_MOVE(go_up, -1)                                                                          \
    SHEET_MOVE(go_page_down, page_of(app))                                                         \
    SHEET_MOVE(go_page_up, -page_of(app))                                                          \
    SHEET_MOVE(go_first, -SHEET_FAR)                                                               \
    SHEET_MOVE(go_last, SHEET_FAR)

/* what: "item"; last: a second key for the last one, 0 = none. */
#define SHEET_KEYS(what, last)                                                                     \
    {.code = KEY_CODE_DOWN,                                                                        \
     .other = 'j',                                                                                 \
     .help = "The next " what ".",                                                                 \
     .rank = 90,                                                                                   \
     .act = go_down},                                                                              \
        {.code = KEY_CODE_UP,                                                                      \
         .other = 'k',                                                                             \
         .help = "The " what " before.",                                                           \
         .rank = 91,                                                                               \
         .act = go_up},                                                                            \
        {.code = KEY_CODE_PAGE_DOWN,                                                               \
         .other = KEY_CODE_CONTROL('d'),                                                           \
         .help = "A page on.",                                                                     \
         .rank = 92,                                                                               \
         .act = go_page_down},                                                                     \
        {.code = KEY_CODE_PAGE_UP,                                                                 \
         .other = KEY_CODE_CONTROL('u'),                                                           \
         .help = "A page back.",                                                                   \
         .rank = 93,                                                                               \
         .act = go_page_up},                                                                       \
        {.code = KEY_CODE_HOME,                                                                    \
         .other = 'g',                                                                             \
         .help = "The first " what ".",                                                            \
         .rank = 94,                                                                               \
         .act = go_first},                                                                         \
    {                                                                                              \
        .code = KEY_CODE_END, .other = (last), .help = "The last " what ".", .rank = 95,           \
        .act = go_last                                                                             \
    }

#endif
