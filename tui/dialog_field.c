/* dialog_field.c - one line of text being typed: editing keys, paste, and how it is shown. */
#include <string.h>
#include <wchar.h>

#include "core/text.h"
#include "tui/dialog_parts.h"

static bool is_tail(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

static size_t left_of(const struct field *f, size_t at)
{
    if (at == 0)
        return 0;
    for (at--; at > 0 && is_tail(f->text[at]); at--)
        continue;
    return at;
}

static size_t right_of(const struct field *f, size_t at)
{
    if (at >= f->length)
        return f->length;
    for (at++; at < f->length && is_tail(f->text[at]); at++)
        continue;
    return at;
}

static void cut(struct field *f, size_t from, size_t to)
{
    memmove(f->text + from, f->text + to, f->length - to + 1);
    f->length -= to - from;
    f->cursor = from;
}

static void insert(struct field *f, const char *bytes, size_t length)
{
    if (f->length + length >= sizeof f->text)
        return;
    memmove(f->text + f->cursor + length, f->text + f->cursor, f->length - f->cursor + 1);
    memcpy(f->text + f->cursor, bytes, length);
    f->length += length;
    f->cursor += length;
}

static size_t encode(int key, char out[static 4])
{
    unsigned c = (unsigned)key;

    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static void paste(struct field *f, const char *text)
{
    /* One line: what would end it becomes a blank; other controls are left out. */
    for (const char *p = text; p != NULL && *p != '\0'; p++) {
        unsigned char byte = (unsigned char)*p;
        char blank = ' ';
        if (byte == '\n' || byte == '\r' || byte == '\t')
            insert(f, &blank, 1);
        else if (byte >= 0x20 && byte != 0x7f)
            insert(f, p, 1);
    }
    if (!text_is_utf8(f->text, f->length))
        dialog_field_set(f, "");
}

static void cut_word(struct field *f)
{
    size_t from = f->cursor;

    while (from > 0 && f->text[from - 1] == ' ')
        from--;
    while (from > 0 && f->text[from - 1] != ' ')
        from--;
    cut(f, from, f->cursor);
}

void dialog_field_set(struct field *f, const char *text)
{
    text_copy(f->text, sizeof f->text, text == NULL ? "" : text);
    f->length = f->cursor = strlen(f->text);
}

static bool edit(struct field *f, int key)
{
    switch (key) {
    case KEY_CODE_BACKSPACE:
    case KEY_CODE_CONTROL('h'):
        cut(f, left_of(f, f->cursor), f->cursor);
        return true;
    case KEY_CODE_DELETE:
        cut(f, f->cursor, right_of(f, f->cursor));
        return true;
    case KEY_CODE_LEFT:
        f->cursor = left_of(f, f->cursor);
        return true;
    case KEY_CODE_RIGHT:
        f->cursor = right_of(f, f->cursor);
        return true;
    case KEY_CODE_HOME:
    case KEY_CODE_CONTROL('a'):
        f->cursor = 0;
        return true;
    case KEY_CODE_END:
    case KEY_CODE_CONTROL('e'):
        f->cursor = f->length;
        return true;
    case KEY_CODE_CONTROL('u'):
        cut(f, 0, f->cursor);
        return true;
    case KEY_CODE_CONTROL('w'):
        cut_word(f);
        return true;
    default:
        return false;
    }
}

bool dialog_field_input(struct field *f, const struct input *input)
{
    if (input->kind == INPUT_PASTE) {
        paste(f, input->pasted);
        return true;
    }
    if (input->kind != INPUT_KEY)
        return false;
    if (edit(f, input->key))
        return true;
    bool is_control = input->key < 0x20 || (input->key >= 0x7f && input->key < 0xa0);
    bool is_surrogate = input->key >= 0xd800 && input->key < 0xe000;
    if (is_control || is_surrogate || input->key >= 0x110000)
        return false;
    char bytes[4];
    insert(f, bytes, encode(input->key, bytes));
    return true;
}

void dialog_field_draw(const struct field *f, struct canvas *c, struct area a, int y, int x, int w,
                       bool has_cursor)
{
    struct area row = {.y = a.y + y, .x = a.x + x, .h = 1, .w = w};

    if (y < 0 || y >= a.h || w < 1)
        return;
    canvas_fill(c, row, ROLE_FIELD, L' ');
    /* The part with the cursor is in sight: what is left of it goes first. */
    size_t from = 0;
    char before[FIELD_SIZE];
    for (;; from = right_of(f, from)) {
        size_t length = f->cursor - from;
        memcpy(before, f->text + from, length);
        before[length] = '\0';
        if (from >= f->cursor || canvas_width(before) < w)
            break;
    }
    canvas_put(c, row, 0, 0, ROLE_FIELD, f->text + from);
    if (!has_cursor)
        return;
    c->cursor_y = row.y;
    c->cursor_x = row.x + canvas_width(before);
}
