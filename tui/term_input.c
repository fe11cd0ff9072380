/* term_input.c - the bytes that a terminal sends, read as keys, mouse, paste and answers. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tui/term_parts.h"

#define PASTE_END "\033[201~"

enum { SHIFT = 1, ALT = 2, CONTROL = 4 };

struct named {
    int name, key;
};

/* The last byte of ESC [ ... and ESC O ... */
static const struct named finals[] = {
    {'A', KEY_CODE_UP},   {'B', KEY_CODE_DOWN}, {'C', KEY_CODE_RIGHT}, {'D', KEY_CODE_LEFT},
    {'H', KEY_CODE_HOME}, {'F', KEY_CODE_END},  {'P', KEY_CODE_F1},    {'Q', KEY_CODE_F2},
    {'R', KEY_CODE_F3},   {'S', KEY_CODE_F4},   {'a', KEY_CODE_UP},    {'b', KEY_CODE_DOWN},
};

/* ESC [ NUMBER ~ */
static const struct named numbers[] = {
    {1, KEY_CODE_HOME},    {2, KEY_CODE_INSERT},    {3, KEY_CODE_DELETE}, {4, KEY_CODE_END},
    {5, KEY_CODE_PAGE_UP}, {6, KEY_CODE_PAGE_DOWN}, {7, KEY_CODE_HOME},   {8, KEY_CODE_END},
    {11, KEY_CODE_F1},     {12, KEY_CODE_F2},       {13, KEY_CODE_F3},    {14, KEY_CODE_F4},
    {15, KEY_CODE_F5},     {17, KEY_CODE_F6},       {18, KEY_CODE_F7},    {19, KEY_CODE_F8},
    {20, KEY_CODE_F9},     {21, KEY_CODE_F10},      {23, KEY_CODE_F11},   {24, KEY_CODE_F12},
};

/* The keypad in its application mode: ESC O letter. */
static const struct named keypad[] = {
    {'M', KEY_CODE_ENTER},
    {'X', '='},
    {'j', '*'},
    {'k', '+'},
    {'l', ','},
    {'m', '-'},
    {'n', '.'},
    {'o', '/'},
    {'p', '0'},
    {'q', '1'},
    {'r', '2'},
    {'s', '3'},
    {'t', '4'},
    {'u', '5'},
    {'v', '6'},
    {'w', '7'},
    {'x', '8'},
    {'y', '9'},
};

static int find(const struct named *table, size_t count, int name)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].name == name)
            return table[i].key;
    return KEY_CODE_NONE;
}
#define FIND(table, name) find(table, sizeof(table) / sizeof *(table), name)

void term_parser_init(struct parser *p)
{
    *p = (struct parser){.escape_ms = TERM_ESCAPE_MS};
    buf_init(&p->paste, TERM_PASTE_MOST);
    buf_init(&p->shown, (size_t)TERM_PASTE_MOST * 6);
}

void term_parser_clear(struct parser *p)
{
    buf_clear(&p->paste);
    buf_clear(&p->shown);
}

static bool key(struct input *out, int code)
{
    if (code == KEY_CODE_NONE)
        return false;
    *out = (struct input){.kind = INPUT_KEY, .key = code};
    return true;
}

static void begin(struct parser *p, enum parser_state state)
{
    p->state = state;
    p->len = 0;
    p->text[0] = '\0';
    p->is_too_long = false;
}

static void collect(struct parser *p, unsigned char byte)
{
    if (p->len + 1 < sizeof p->text)
        p->text[p->len++] = (char)byte;
    else
        p->is_too_long = true;
    p->text[p->len] = '\0';
}

/* ---- characters ---- */

static bool character(int code, struct input *out)
{
    if (code == '\n')
        code = KEY_CODE_ENTER;
    if (code == '\b')
        code = KEY_CODE_BACKSPACE;
    if (code >= 0x80 && code < 0xa0) /* controls of eight bits */
        return false;
    return key(out, code);
}

static bool start_utf8(struct parser *p, unsigned char byte)
{
    static const struct {
        unsigned char mask, head;
        int more;
        uint32_t least;
    } heads[] = {{0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if ((byte & heads[i].mask) == heads[i].head) {
            p->character = byte & (unsigned char)~heads[i].mask;
            p->bytes_left = heads[i].more;
            p->least = heads[i].least;
            p->state = PARSER_UTF8;
            break;
        }
    return false; /* no character yet, and none at all of other bytes */
}

static bool ground(struct parser *p, unsigned char byte, struct input *out)
{
    if (byte == KEY_CODE_ESCAPE) {
        begin(p, PARSER_ESCAPE);
        return false;
    }
    if (byte >= 0x80)
        return start_utf8(p, byte);
    return character(byte, out);
}

static bool utf8(struct parser *p, unsigned char byte, struct input *out)
{
    if ((byte & 0xc0) != 0x80) {
        p->state = PARSER_GROUND;
        return ground(p, byte, out);
    }
    p->character = p->character << 6 | (byte & 0x3f);
    if (--p->bytes_left > 0)
        return false;
    p->state = PARSER_GROUND;
    if (p->character < p->least || p->character > 0x10ffff ||
        (p->character >= 0xd800 && p->character < 0xe000))
        return false;
    return character((int)p->character, out);
}

/* ---- sequences ---- */

static bool escape(struct parser *p, unsigned char byte, struct input *out)
{
    switch (byte) {
    case KEY_CODE_ESCAPE: /* the first was a key */
        begin(p, PARSER_ESCAPE);
        return key(out, KEY_CODE_ESCAPE);
    case '[':
        begin(p, PARSER_CSI);
        return false;
    case 'O':
        begin(p, PARSER_SS3);
        return false;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        begin(p, PARSER_STRING);
        p->string_kind = (char)byte;
        return false;
    default: /* Alt with a key, or two that a slow line bunched: one after the other */
        p->state = PARSER_GROUND;
        if (byte >= 0x80)
            (void)start_utf8(p, byte);
        else
            p->held = byte;
        return key(out, KEY_CODE_ESCAPE);
    }
}

/* No terminal sends a ! in a sequence: it was typed, whatever Esc and another key before it look
 * like, and rollback is never lost. */
static bool is_typed(struct parser *p, unsigned char byte, struct input *out)
{
    if (byte != '!')
        return false;
    p->state = PARSER_GROUND;
    return key(out, byte);
}

static int numbers_of(const char *text, int *out, int most)
{
    int count = 0;
    for (const char *at = text; count < most;) {
        char *end;
        long value = strtol(at, &end, 10);
        out[count++] = value < 0 || value > 100000 ? 0 : (int)value;
        /* what follows a colon says more about the same number */
        while (*end != '\0' && *end != ';')
            end++;
        if (*end == '\0')
            break;
        at = end + 1;
    }
    return count;
}

static int with_modifiers(int code, int modifiers)
{
    if ((modifiers & ~SHIFT) != 0)
        return KEY_CODE_NONE;
    if (modifiers == SHIFT && code == KEY_CODE_LEFT)
        return KEY_CODE_SHIFT_LEFT;
    if (modifiers == SHIFT && code == KEY_CODE_RIGHT)
        return KEY_CODE_SHIFT_RIGHT;
    return code;
}

/* button is as in the protocols: two bits of which one, then what happened. */
static bool mouse(int button, int x, int y, bool is_release, struct input *out)
{
    enum { DRAG = 32, WHEEL = 64 };
    enum mouse_action action = is_release ? MOUSE_RELEASE : MOUSE_PRESS;

    button &= ~(4 | 8 | 16); /* Shift, Alt, Control */
    if (button == WHEEL || button == WHEEL + 1)
        action = button == WHEEL ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
    else if (button == DRAG && !is_release)
        action = MOUSE_DRAG;
    else if (button != 0 && !(is_release && button == 3))
        return false;
    if (x < 1 || y < 1)
        return false;
    *out = (struct input){.kind = INPUT_MOUSE, .mouse = action, .x = x - 1, .y = y - 1};
    return true;
}

static bool tilde(struct parser *p, const int *number, int count, struct input *out)
{
    if (number[0] == 200) {
        begin(p, PARSER_PASTE);
        buf_reset(&p->paste);
        p->ending = 0;
        return false;
    }
    return key(
        out, with_modifiers(FIND(numbers, number[0]), count > 1 && number[1] ? number[1] - 1 : 0));
}

static bool csi_end(struct parser *p, unsigned char final, struct input *out)
{
    int number[4] = {0};
    char first = p->text[0];

    p->state = PARSER_GROUND;
    if (p->is_too_long)
        return false;
    if (first == '<' && (final == 'M' || final == 'm'))
        return numbers_of(p->text + 1, number, 3) == 3 &&
               mouse(number[0], number[1], number[2], final == 'm', out);
    if (first == '?' && final == 'c') { /* DA1: everything that was asked is answered */
        p->asked_ms = 0;
        return false;
    }
    if (first != '\0' && (first < '0' || first > ';'))
        return false;
    int count = numbers_of(p->text, number, 4);
    if (final == '~')
        return tilde(p, number, count, out);
    if ((final == 'I' || final == 'O') && p->len == 0) {
        *out = (struct input){.kind = INPUT_FOCUS, .has_focus = final == 'I'};
        return true;
    }
    if (final == 'Z')
        return key(out, KEY_CODE_SHIFT_TAB);
    if (final == 'R') /* a place of the cursor, or F3 with a modifier */
        return false;
    if (final == 'c' || final == 'd') /* rxvt's Shift */
        return p->len == 0 && key(out, final == 'c' ? KEY_CODE_SHIFT_RIGHT : KEY_CODE_SHIFT_LEFT);
    return key(out,
               with_modifiers(FIND(finals, final), count > 1 && number[1] ? number[1] - 1 : 0));
}

static bool csi(struct parser *p, unsigned char byte, struct input *out)
{
    if (is_typed(p, byte, out))
        return true;
    if (p->len == 0 && byte == '[') {
        p->state = PARSER_LINUX;
        return false;
    }
    if (p->len == 0 && byte == 'M') {
        begin(p, PARSER_MOUSE);
        return false;
    }
    if (byte >= 0x40 && byte <= 0x7e)
        return csi_end(p, byte, out);
    if (byte == KEY_CODE_ESCAPE) { /* it was never ended */
        begin(p, PARSER_ESCAPE);
        return false;
    }
    if (byte < 0x20 || byte >= 0x7f)
        p->is_too_long = true; /* none of ours */
    collect(p, byte);
    return false;
}

static bool old_mouse(struct parser *p, unsigned char byte, struct input *out)
{
    collect(p, byte);
    if (p->len < 3)
        return false;
    p->state = PARSER_GROUND;
    int button = (unsigned char)p->text[0] - 32, x = (unsigned char)p->text[1] - 32,
        y = (unsigned char)p->text[2] - 32;
    return mouse(button, x, y, (button & 3) == 3 && button < 64, out);
}

/* "11;rgb:1111/2222/3333": is that a light colour? */
static void background(struct parser *p, int64_t now_ms)
{
    static const char prefix[] = "11;rgb:";
    if (p->is_too_long || strncmp(p->text, prefix, sizeof prefix - 1) != 0)
        return;
    double part[3], weight[3] = {0.2126, 0.7152, 0.0722}, lightness = 0;
    const char *at = p->text + sizeof prefix - 1;
    for (int i = 0; i < 3; i++) {
        char *end;
        unsigned long value = strtoul(at, &end, 16);
        size_t digits = (size_t)(end - at);
        if (digits == 0 || digits > 4 || (*end != '/') != (i == 2))
            return;
        part[i] = (double)value / (double)((1ul << (4 * digits)) - 1);
        lightness += part[i] * weight[i];
        at = end + 1;
    }
    p->has_background = true;
    p->is_background_light = lightness > 0.5;
    p->background_ms = p->asked_ms != 0 ? now_ms - p->asked_ms : INT64_MAX;
}

static bool string(struct parser *p, unsigned char byte, int64_t now_ms, struct input *out)
{
    bool is_end = byte == 0x07;
    if (p->len == 0 && p->state == PARSER_STRING && is_typed(p, byte, out))
        return true;
    if (p->state == PARSER_STRING_ESCAPE) {
        is_end = byte == '\\';
        if (!is_end) { /* it was never ended */
            begin(p, PARSER_ESCAPE);
            return escape(p, byte, out);
        }
    } else if (byte == KEY_CODE_ESCAPE) {
        p->state = PARSER_STRING_ESCAPE;
        return false;
    }
    if (!is_end) {
        collect(p, byte);
        return false;
    }
    if (p->string_kind == ']')
        background(p, now_ms);
    p->state = PARSER_GROUND;
    return false;
}

/* ---- paste ---- */

static bool paste_end(struct parser *p, struct input *out)
{
    auto_buf lines;
    buf_init(&lines, TERM_PASTE_MOST);
    for (size_t i = 0; i < p->paste.len; i++) {
        char c = p->paste.ptr[i];
        if (c == '\r') {
            c = '\n';
            i += i + 1 < p->paste.len && p->paste.ptr[i + 1] == '\n';
        }
        buf_addc(&lines, c);
    }
    buf_clear(&p->paste);
    buf_reset(&p->shown);
    text_sanitize(&p->shown, lines.ptr, lines.len, true);
    p->state = PARSER_GROUND;
    *out = (struct input){.kind = INPUT_PASTE, .pasted = p->shown.ptr};
    return true;
}

static bool paste(struct parser *p, unsigned char byte, struct input *out)
{
    if (byte == (unsigned char)PASTE_END[p->ending]) {
        p->ending++;
        return PASTE_END[p->ending] == '\0' && paste_end(p, out);
    }
    buf_add(&p->paste, PASTE_END, p->ending);
    p->ending = byte == KEY_CODE_ESCAPE;
    if (p->ending == 0)
        buf_addc(&p->paste, (char)byte);
    return false;
}

/* ---- all of it ---- */

bool term_parser_feed(struct parser *p, unsigned char byte, int64_t now_ms, struct input *out)
{
    p->since_ms = now_ms;
    switch (p->state) {
    case PARSER_GROUND:
        return ground(p, byte, out);
    case PARSER_UTF8:
        return utf8(p, byte, out);
    case PARSER_ESCAPE:
        return escape(p, byte, out);
    case PARSER_CSI:
        return csi(p, byte, out);
    case PARSER_SS3:
        p->state = PARSER_GROUND;
        if (byte == KEY_CODE_ESCAPE) {
            begin(p, PARSER_ESCAPE);
            return false;
        }
        return is_typed(p, byte, out) || key(out, FIND(finals, byte)) ||
               key(out, FIND(keypad, byte));
    case PARSER_LINUX:
        p->state = PARSER_GROUND;
        if (is_typed(p, byte, out))
            return true;
        return byte >= 'A' && byte <= 'E' && key(out, KEY_CODE_F1 + (byte - 'A'));
    case PARSER_MOUSE:
        return old_mouse(p, byte, out);
    case PARSER_STRING:
    case PARSER_STRING_ESCAPE:
        return string(p, byte, now_ms, out);
    case PARSER_PASTE:
        return paste(p, byte, out);
    }
    return false;
}

bool term_parser_held(struct parser *p, struct input *out)
{
    int held = p->held;
    p->held = 0;
    return held != 0 && character(held, out);
}

int64_t term_parser_deadline_ms(const struct parser *p)
{
    switch (p->state) {
    case PARSER_GROUND:
        return -1;
    case PARSER_ESCAPE:
        if (p->asked_ms != 0 && p->since_ms - p->asked_ms < TERM_SEQUENCE_MS)
            return p->since_ms + TERM_ESCAPE_ASKED_MS;
        return p->since_ms + p->escape_ms;
    case PARSER_PASTE:
        return p->since_ms + TERM_PASTE_MS;
    case PARSER_UTF8:
    case PARSER_CSI:
    case PARSER_SS3:
    case PARSER_LINUX:
    case PARSER_MOUSE:
    case PARSER_STRING:
    case PARSER_STRING_ESCAPE:
        return p->since_ms + TERM_SEQUENCE_MS;
    }
    return -1;
}

bool term_parser_expire(struct parser *p, int64_t now_ms, struct input *out)
{
    int64_t deadline_ms = term_parser_deadline_ms(p);
    if (deadline_ms < 0 || now_ms < deadline_ms)
        return false;
    if (p->state == PARSER_PASTE) {
        buf_add(&p->paste, PASTE_END, p->ending);
        return paste_end(p, out);
    }
    bool is_key = p->state == PARSER_ESCAPE,
         is_string = p->state == PARSER_STRING || p->state == PARSER_STRING_ESCAPE;
    p->state = PARSER_GROUND;
    if (is_string && memchr(p->text, '!', p->len) != NULL) /* Esc P ... was typed, and then that */
        return key(out, '!');
    return is_key && key(out, KEY_CODE_ESCAPE);
}
