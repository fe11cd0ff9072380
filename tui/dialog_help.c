/* dialog_help.c - `?`: every key that does something here, why it does not now, and Enter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"
#include "tui/panes.h"

#define WISHED_COLS 92
#define MOST_KEYS 200
#define KEY_COLS 14
#define KEY_COLS_NARROW 8
#define WIDE_COLS 50
#define LEGEND_ROWS 2
#define WRAP_ROWS 8 /* from here on sentences are shown whole */

struct help {
    const struct key *keys[MOST_KEYS];
    size_t count;
    struct field filter;
    size_t cursor;   /* of those that pass the filter */
    bool is_reading; /* over a dialog that confirms: nothing is run from here */
};

static void free_state(void *state) { free(state); }

static const char *sentence_of(const struct key *key)
{
    const char *sentence = key->help != NULL ? key->help : key->name;
    return sentence != NULL ? sentence : key->label != NULL ? key->label : "";
}

static bool passes(const struct help *s, const struct key *key)
{
    char shown[24];

    if (s->filter.length == 0)
        return true;
    return text_contains_nocase(sentence_of(key), s->filter.text) ||
           (key->name != NULL && text_contains_nocase(key->name, s->filter.text)) ||
           strcmp(keys_shown(key->code, shown), s->filter.text) == 0;
}

static size_t passing(const struct help *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += passes(s, s->keys[i]);
    return n;
}

static const struct key *chosen(const struct help *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (passes(s, s->keys[i]) && n++ == s->cursor)
            return s->keys[i];
    }
    return NULL;
}

static bool is_in(const struct key *table, const struct key *key)
{
    for (const struct key *row = table; row != NULL && row->code != 0; row++) {
        if (row == key)
            return true;
    }
    return false;
}

static const char *group_of(const struct app *app, const struct key *key)
{
    if (is_in(panes[app->focus]->keys, key))
        return panes[app->focus]->title;
    if (key->code == KEY_CODE_UNBOUND)
        return "Commands: after :";
    return is_in(keys_global, key) ? "Everywhere" : "Here";
}

/* ---- keys ---- */

void dialog_run_key(struct app *app, const struct key *key, struct effects *effects)
{
    const char *refused = keys_refused(app, key);

    if (refused != NULL)
        app_toast(app, true, "%s: %s", key->name != NULL ? key->name : key->help, refused);
    else
        key->act(app, effects);
}

static bool has_code(const struct key *const *out, size_t count, int code)
{
    for (size_t i = 0; i < count; i++) {
        if (code != KEY_CODE_UNBOUND && out[i]->code == code)
            return true;
    }
    return false;
}

/* Of several rows for a key the first that works, or the first. */
static size_t add_rows(const struct app *app, const struct key *table, const struct key **out,
                       size_t count, size_t most)
{
    for (const struct key *row = table; row != NULL && row->code != 0 && count < most; row++) {
        if (has_code(out, count, row->code))
            continue;
        const struct key *best = row;
        for (const struct key *other = row; other->code != 0; other++) {
            if (other->code == row->code && row->code != KEY_CODE_UNBOUND &&
                keys_refused(app, best) != NULL && keys_refused(app, other) == NULL)
                best = other;
        }
        out[count++] = best;
    }
    return count;
}

size_t dialog_all_keys(const struct app *app, const struct key **out, size_t most)
{
    size_t count = 0;

    if (app->dialog != NULL)
        return add_rows(app, app->dialog->kind->keys, out, count, most);
    count = add_rows(app, panes[app->focus]->keys, out, count, most);
    return add_rows(app, keys_global, out, count, most);
}

static void run(struct app *app, struct dialog *d, struct effects *effects)
{
    const struct help *s = d->state;
    const struct key *key = chosen(s);

    if (key == NULL)
        return;
    if (s->is_reading) {
        app_toast(app, false, "press the key itself: nothing is run from this list now");
        return;
    }
    dialog_remove(app, d);
    dialog_run_key(app, key, effects);
}

static void move(struct help *s, long by)
{
    long last = (long)passing(s) - 1;
    long to = (long)s->cursor + by;

    s->cursor = (size_t)(to < 0 || last < 0 ? 0 : to > last ? last : to);
}

static bool typed(struct dialog *d, const struct input *input)
{
    struct help *s = d->state;

    if (input->kind == INPUT_KEY &&
        (input->key == KEY_CODE_ESCAPE || input->key == KEY_CODE_CONTROL('c'))) {
        dialog_field_set(&s->filter, "");
        d->is_typing = false;
        return true;
    }
    if (!dialog_field_input(&s->filter, input))
        return false;
    s->cursor = 0;
    return true;
}

static bool moved(struct help *s, const struct input *input, bool is_typing)
{
    if (input->kind == INPUT_MOUSE) {
        move(s, input->mouse == MOUSE_WHEEL_DOWN ? 3 : input->mouse == MOUSE_WHEEL_UP ? -3 : 0);
        return true;
    }
    if (input->kind != INPUT_KEY)
        return false;
    if (input->key == KEY_CODE_DOWN || (input->key == 'j' && !is_typing))
        move(s, 1);
    else if (input->key == KEY_CODE_UP || (input->key == 'k' && !is_typing))
        move(s, -1);
    else if (input->key == KEY_CODE_PAGE_DOWN)
        move(s, 10);
    else if (input->key == KEY_CODE_PAGE_UP)
        move(s, -10);
    else
        return false;
    return true;
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct help *s = d->state;

    if (moved(s, input, d->is_typing))
        return true;
    if (input->kind == INPUT_KEY && (input->key == KEY_CODE_ENTER || input->key == '\n')) {
        run(app, d, effects);
        return true;
    }
    if (d->is_typing)
        return typed(d, input);
    if (input->kind != INPUT_KEY)
        return false;
    if (input->key == '/') {
        d->is_typing = true;
        return true;
    }
    if (input->key == '?')
        dialog_remove(app, d);
    return input->key == '?';
}

static size_t hints(const struct app *app, const struct dialog *d, struct dialog_hint *out,
                    size_t most)
{
    size_t count = 0;

    (void)app;
    if (count < most)
        out[count++] = (struct dialog_hint){KEY_CODE_ENTER, "run it"};
    if (count < most && !d->is_typing)
        out[count++] = (struct dialog_hint){'/', "search"};
    return count;
}

/* ---- the picture ---- */

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct help *s = d->state;

    (void)app;
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    *rows = 2 + (int)s->count + 3 + 2 + LEGEND_ROWS;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct help *s = d->state;

    if (s->filter.length > 0)
        snprintf(out, out_size, "keys: %zu of %zu", passing(s), s->count);
    else
        snprintf(out, out_size, "keys in %s", panes[app->focus]->title);
}

/* What stands beside the key: its sentence, or its name and why it does nothing now. Yours. */
static char *text_of_row(const struct app *app, const struct key *key)
{
    const char *refused = keys_refused(app, key);
    const char *name = key->name != NULL ? key->name : sentence_of(key);

    if (refused != NULL)
        return xasprintf("%s - not now: %s", name, refused);
    if (key->code == KEY_CODE_UNBOUND)
        return xasprintf("%s - %s", name, sentence_of(key));
    return xstrdup(sentence_of(key));
}

/* Commands that have no key stand in a group of their own, but for those of a pane. */
static int key_cols(const struct key *key, struct area a)
{
    if (key->code == KEY_CODE_UNBOUND && is_in(keys_global, key))
        return 4;
    return a.w >= WIDE_COLS ? KEY_COLS : KEY_COLS_NARROW;
}

/* Returns the rows that it takes; c NULL: only counts. */
static int draw_key(const struct app *app, struct canvas *c, struct area a, int y,
                    const struct key *key, bool is_chosen)
{
    bool works = keys_refused(app, key) == NULL;
    int column = key_cols(key, a);
    bool wraps = a.h >= WRAP_ROWS;
    struct area rest = canvas_cols(a, column, -1);
    auto_free char *text = text_of_row(app, key);
    char shown[24], other[24], both[52];

    if (c == NULL) {
        int rows = wraps ? canvas_wrap_height(rest.w, 0, text) : 1;
        return rows < 1 ? 1 : rows;
    }
    bool has_other = key->other != 0 && column == KEY_COLS;
    snprintf(both, sizeof both, "%s%s%s",
             key->code == KEY_CODE_UNBOUND ? ":" : keys_shown(key->code, shown),
             has_other ? " " : "", has_other ? keys_shown(key->other, other) : "");
    if (is_chosen && y >= 0)
        canvas_glyph(c, a, y, 0, ROLE_STRONG, GLYPH_CURSOR);
    if (y >= 0)
        canvas_put(c, canvas_cols(a, 2, column - 3), y, 0, works ? ROLE_KEY : ROLE_FAINT, both);
    if (wraps)
        return canvas_wrap(c, rest, y, 0, 0, works ? ROLE_DIALOG : ROLE_FAINT, text);
    canvas_put(c, rest, y, 0, works ? ROLE_DIALOG : ROLE_FAINT, text);
    return 1;
}

/* What the marks of the pane mean. Returns the rows that it takes. */
static int put_legend(struct canvas *c, struct area a, int y, const char *legend)
{
    struct area rest = canvas_cols(a, 2, -1);

    if (legend == NULL || rest.w < 1)
        return 0;
    if (c != NULL && y >= 0)
        canvas_wrap(c, rest, y, 0, 0, ROLE_FAINT, legend);
    return canvas_wrap_height(rest.w, 0, legend);
}

/* Rows with their headings; draws those from `first` on. Returns the row after the cursor's. */
static int draw_list(const struct app *app, const struct help *s, struct canvas *c, struct area a,
                     int first)
{
    const char *group = "";
    int y = -first, after = 0;
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (!passes(s, s->keys[i]))
            continue;
        const char *its = group_of(app, s->keys[i]);
        if (strcmp(its, group) != 0) {
            group = its;
            if (c != NULL && y >= 0)
                canvas_put(c, a, y, 0, ROLE_TITLE_FOCUS, group);
            y++;
            if (is_in(panes[app->focus]->keys, s->keys[i]))
                y += put_legend(c, a, y, panes[app->focus]->legend);
        }
        int rows = draw_key(app, NULL, a, y, s->keys[i], false);
        if (c != NULL && y < a.h && y + rows > 0)
            draw_key(app, c, a, y, s->keys[i], n == s->cursor);
        y += rows;
        if (n++ == s->cursor)
            after = y + first;
    }
    if (n == 0 && c != NULL)
        canvas_putf(c, a, 0, 0, ROLE_FAINT, "no key here has to do with \"%s\"", s->filter.text);
    return after;
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct help *s = d->state;
    bool has_foot = a.h >= 3;
    struct area body = canvas_rows(a, 0, a.h - has_foot);
    int after = draw_list(app, s, NULL, body, 0);

    draw_list(app, s, c, body, after <= body.h ? 0 : after - body.h);
    if (!has_foot)
        return;
    if (!d->is_typing) {
        canvas_put(c, a, a.h - 1, 0, ROLE_FAINT,
                   s->is_reading ? "Esc back  / filter" : "Esc back  / filter  Enter does it");
        return;
    }
    int x = canvas_put(c, a, a.h - 1, 0, ROLE_STRONG, "filter") + 1;
    dialog_field_draw(&s->filter, c, a, a.h - 1, x, a.w - x, true);
}

static const struct dialog_kind dialog_help_kind = {
    .name = "help",
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .hints = hints,
    .free_state = free_state,
};

void dialog_open_help(struct app *app)
{
    struct help *s = xcalloc(1, sizeof *s);

    s->is_reading = app->dialog != NULL && app->dialog->kind->confirms;
    s->count = dialog_all_keys(app, s->keys, MOST_KEYS);
    dialog_open(app, &dialog_help_kind, s, LEVEL_READ);
}
