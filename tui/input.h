/*
 * input.h - what happens to the console: keys, paste, mouse, focus, size, time, news.
 *
 * Made by term.c and console.c, consumed by app_update(). No curses here.
 */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum input_kind {
    INPUT_KEY,
    INPUT_PASTE, /* bracketed: never a key */
    INPUT_MOUSE,
    INPUT_FOCUS,
    INPUT_RESIZE,
    INPUT_TICK, /* the time that was asked for has come */
    INPUT_NEWS, /* from the engine's side */
    INPUT_LOST, /* the engine's side is gone */
};

/* A key is a Unicode character (control characters as they come: 0x03 is Ctrl-C, '\r' is Enter,
 * 0x1b is Esc, 0x7f is Backspace) or one of these. */
enum key_code {
    KEY_CODE_NONE = 0,
    KEY_CODE_TAB = '\t',
    KEY_CODE_ENTER = '\r',
    KEY_CODE_ESCAPE = 0x1b,
    KEY_CODE_BACKSPACE = 0x7f,
    KEY_CODE_UP = 0x110000, /* beyond Unicode */
    KEY_CODE_DOWN,
    KEY_CODE_LEFT,
    KEY_CODE_RIGHT,
    KEY_CODE_SHIFT_LEFT,
    KEY_CODE_SHIFT_RIGHT,
    KEY_CODE_HOME,
    KEY_CODE_END,
    KEY_CODE_PAGE_UP,
    KEY_CODE_PAGE_DOWN,
    KEY_CODE_DELETE,
    KEY_CODE_INSERT,
    KEY_CODE_SHIFT_TAB,
    KEY_CODE_F1,
    KEY_CODE_F2,
    KEY_CODE_F3,
    KEY_CODE_F4,
    KEY_CODE_F5,
    KEY_CODE_F6,
    KEY_CODE_F7,
    KEY_CODE_F8,
    KEY_CODE_F9,
    KEY_CODE_F10,
    KEY_CODE_F11,
    KEY_CODE_F12,
};
#define KEY_CODE_CONTROL(letter) ((letter)&0x1f)

enum mouse_action { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct input {
    enum input_kind kind;
    int64_t wall_ms;  /* clock_boot_ms() when it came: dialogs, toasts, arming */
    int64_t world_ms; /* clock_world_ms() then: ages, T+ */
    int key;          /* of INPUT_KEY */
    enum mouse_action mouse;
    int y, x;           /* of INPUT_MOUSE */
    int rows, cols;     /* of INPUT_RESIZE */
    bool has_focus;     /* of INPUT_FOCUS */
    const char *pasted; /* of INPUT_PASTE; borrowed, UTF-8 */
    const json_t *news; /* of INPUT_NEWS; borrowed */
};

#endif
