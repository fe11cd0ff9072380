/* dialog_palette.c - `:`: what the keys do, found by name; unknown text is an error, no shell. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"

#define WISHED_COLS 72
#define MOST_KEYS 200
#define KEY_COLS 12
#define REASON_AT 4

struct match {
    const struct key *key;
    int score;
};

struct palette {
    struct match all[MOST_KEYS]; /* in the order of the table */
    size_t count;
    struct match found[MOST_KEYS]; /* best first */
    size_t found_count;
    struct field field;
    size_t cursor;
    bool is_unknown; /* Enter was pressed and nothing fits */
};

static void free_state(void *state) { free(state); }

static int lower(char c) { return tolower((unsigned char)c); }

/* All letters in their order; whole beginnings and beginnings of words count more. 0: no. */
static int score_of(const char *name, const char *sought)
{
    int score = 1;
    bool was_hit = false;
    const char *at = name;

    for (const char *p = sought; *p != '\0'; p++) {
        if (*p == ' ')
            continue;
        while (*at != '\0' && lower(*at) != lower(*p)) {
            at++;
            was_hit = false;
        }
        if (*at == '\0')
            return 0;
        bool is_begin = at == name || at[-1] == ' ' || at[-1] == '-';
        score += 1 + 3 * was_hit + 4 * is_begin;
        was_hit = true;
        at++;
    }
    return score * 100 - (int)strlen(name);
}

static void find(struct palette *s)
{
    s->found_count = 0;
    s->cursor = 0;
    s->is_unknown = false;
    for (size_t i = 0; i < s->count; i++) {
        int score = s->field.length == 0 ? 1 : score_of(s->all[i].key->name, s->field.text);
        if (s->field.length > 0 && score == 0)
            continue;
        size_t at = s->found_count++;
        for (; at > 0 && s->found[at - 1].score < score; at--)
            s->found[at] = s->found[at - 1];
        s->found[at] = (struct match){s->all[i].key, score};
    }
}

static void run(struct app *app, struct dialog *d, struct effects *effects)
{
    struct palette *s = d->state;
    bool is_empty = text_trim(text_of(s->field.text)).len == 0;

    s->is_unknown = s->found_count == 0;
    /* An Enter that was typed ahead chooses nothing. */
    if (s->is_unknown || (is_empty && s->cursor == 0))
        return;
    const struct key *key = s->found[s->cursor].key;
    dialog_remove(app, d);
    dialog_run_key(app, key, effects);
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct palette *s = d->state;

    if (input->kind != INPUT_KEY && input->kind != INPUT_PASTE)
        return false;
    if (input->kind == INPUT_KEY) {
        switch (input->key) {
        case KEY_CODE_ENTER:
        case '\n':
            run(app, d, effects);
            return true;
        case KEY_CODE_DOWN:
        case KEY_CODE_TAB:
            s->cursor += s->cursor + 1 < s->found_count;
            return true;
        case KEY_CODE_UP:
        case KEY_CODE_SHIFT_TAB:
            s->cursor -= s->cursor > 0;
            return true;
        default:
            break;
        }
    }
    if (!dialog_field_input(&s->field, input))
        return false;
    find(s);
    return true;
}

/* ---- the picture ---- */

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct palette *s = d->state;

    (void)app;
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    *rows = 2 + 2 + (int)s->count + 1;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct palette *s = d->state;

    (void)app;
    snprintf(out, out_size, "do: %zu of %zu", s->found_count, s->count);
}

static void draw_match(const struct app *app, struct canvas *c, struct area a, int y,
                       const struct key *key, bool is_chosen)
{
    const char *refused = keys_refused(app, key);
    char shown[24];

    if (is_chosen)
        canvas_glyph(c, a, y, 0, ROLE_STRONG, GLYPH_CURSOR);
    canvas_put_right(c, a, y, a.w, refused == NULL ? ROLE_KEY : ROLE_FAINT,
                     keys_shown(key->code, shown));
    int key_cols = a.w / 3 < KEY_COLS ? a.w / 3 : KEY_COLS;
    struct area name = canvas_cols(a, 2, a.w - 2 - key_cols);
    int x = canvas_put(c, name, y, 0,
                       refused != NULL ? ROLE_FAINT
                       : is_chosen     ? ROLE_STRONG
                                       : ROLE_DIALOG,
                       key->name);
    if (refused != NULL && !is_chosen && name.w - x > 12)
        canvas_putf(c, name, y, x + 1, ROLE_WARN, "- not now: %s", refused);
}

static int reason_height(int width, const char *refused)
{
    auto_free char *text = xasprintf("not now: %s", refused);
    return canvas_wrap_height(width - REASON_AT, 0, text);
}

static int draw_reason(struct canvas *c, struct area a, int y, const char *refused)
{
    auto_free char *text = xasprintf("not now: %s", refused);
    return canvas_wrap(c, canvas_cols(a, REASON_AT, -1), y, 0, 0, ROLE_WARN, text);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct palette *s = d->state;

    canvas_put(c, a, 0, 0, ROLE_STRONG, ":");
    dialog_field_draw(&s->field, c, a, 0, 2, a.w - 2, true);
    struct area list = canvas_rows(a, a.h > 8 ? 2 : 1, -1);
    if (s->found_count == 0) {
        canvas_put(c, list, 0, 0, s->is_unknown ? ROLE_BAD : ROLE_FAINT,
                   s->is_unknown ? "no such command: nothing was run" : "no such command");
        return;
    }
    size_t first = s->cursor >= (size_t)list.h && list.h > 0 ? s->cursor - (size_t)list.h + 1 : 0;
    /* Below the chosen row: why it does nothing now, whole. */
    const char *refused = keys_refused(app, s->found[s->cursor].key);
    int more = refused == NULL ? 0 : reason_height(list.w, refused);
    if ((int)(s->cursor - first) + more >= list.h && first < s->cursor)
        first += (size_t)((int)(s->cursor - first) + more - list.h + 1);
    first = first > s->cursor ? s->cursor : first;
    for (int y = 0; y < list.h && first < s->found_count; y++, first++) {
        draw_match(app, c, list, y, s->found[first].key, first == s->cursor);
        if (first == s->cursor && refused != NULL)
            y += draw_reason(c, list, y + 1, refused);
    }
}

static const struct dialog_kind dialog_palette_kind = {
    .name = "palette",
    .is_text = true,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .free_state = free_state,
};

void dialog_open_palette(struct app *app)
{
    const struct key *keys[MOST_KEYS];
    size_t count = dialog_all_keys(app, keys, MOST_KEYS);
    struct palette *s = xcalloc(1, sizeof *s);

    for (size_t i = 0; i < count && i < MOST_KEYS; i++) {
        if (keys[i]->name != NULL)
            s->all[s->count++] = (struct match){keys[i], 0};
    }
    find(s);
    dialog_open(app, &dialog_palette_kind, s, LEVEL_READ);
}
