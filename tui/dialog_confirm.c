/* dialog_confirm.c - the ladder of confirmations: y, or a typed name, a reason, and then y. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"

#define WISHED_COLS 76
#define FIELD_AT 14 /* column of the fields */
#define NARROW_COLS 32
#define AIRY_ROWS 6 /* from here on there are blank rows */

enum stage { STAGE_NAME, STAGE_REASON, STAGE_YES };

struct confirm {
    struct confirmation asked; /* its texts are owned */
    char *title, *environment, *yes;
    enum stage stage;
    struct field name, reason;
    const char *objection; /* to what was typed; static, NULL = none */
    int scroll;
};

static void free_state(void *state)
{
    struct confirm *s = state;

    if (s->asked.free_closure != NULL)
        s->asked.free_closure(s->asked.closure);
    json_decref(s->asked.lines);
    free(s->title);
    free(s->environment);
    free(s->yes);
    free(s);
}

/* ---- what y does ---- */

static const char *refusal(const struct app *app, const struct dialog *d, const struct confirm *s)
{
    const struct app_environment *e = app_environment(app);

    if (e == NULL || strcmp(e->name, s->environment) != 0)
        return "nothing was sent: another environment is on the screen now";
    return d->level == LEVEL_BACK ? NULL : app_write_refused(app);
}

static void confirmed(struct app *app, struct dialog *d, struct effects *effects)
{
    struct confirm *s = d->state;
    const char *refused = refusal(app, d, s);
    char reason[FIELD_SIZE];

    if (refused != NULL) {
        app_toast(app, true, "%s", refused);
        return;
    }
    struct confirmation asked = s->asked;
    s->asked.free_closure = NULL;
    text_copy(reason, sizeof reason, s->reason.text);
    dialog_remove(app, d);
    if (asked.act != NULL)
        asked.act(app, asked.closure, reason, effects);
    if (asked.free_closure != NULL)
        asked.free_closure(asked.closure);
}

/* ---- typing ---- */

static bool is_blank(const char *text) { return text_trim(text_of(text)).len == 0; }

static void go_on(struct app *app, struct dialog *d)
{
    struct confirm *s = d->state;

    s->objection = NULL;
    if (s->stage == STAGE_NAME) {
        if (strcmp(s->name.text, s->environment) == 0)
            s->stage = STAGE_REASON;
        else
            s->objection =
                s->name.length == 0 ? "type the name of the environment" : "that is not its name";
        return;
    }
    if (is_blank(s->reason.text)) {
        s->objection = "a reason is needed: it stands in the report";
        return;
    }
    s->stage = STAGE_YES;
    d->is_typing = false;
    dialog_arm(app, d);
}

static void go_back(struct dialog *d)
{
    struct confirm *s = d->state;

    s->objection = NULL;
    if (s->stage == STAGE_NAME)
        return;
    s->stage--;
    d->is_typing = true;
}

static bool typed(struct app *app, struct dialog *d, const struct input *input)
{
    struct confirm *s = d->state;

    d->expires_ms = app->wall_ms + DIALOG_EXPIRY_MS;
    if (input->kind == INPUT_PASTE && s->stage == STAGE_NAME) {
        s->objection = "the name is typed, not pasted";
        return true;
    }
    if (input->kind == INPUT_KEY) {
        switch (input->key) {
        case KEY_CODE_ENTER:
        case '\n':
        case KEY_CODE_TAB:
        case KEY_CODE_DOWN:
            go_on(app, d);
            return true;
        case KEY_CODE_SHIFT_TAB:
        case KEY_CODE_UP:
            go_back(d);
            return true;
        default:
            break;
        }
    }
    s->objection = NULL;
    return dialog_field_input(s->stage == STAGE_NAME ? &s->name : &s->reason, input);
}

static bool scrolled(struct confirm *s, int key)
{
    switch (key) {
    case KEY_CODE_DOWN:
    case 'j':
        s->scroll++;
        return true;
    case KEY_CODE_UP:
    case 'k':
        s->scroll -= s->scroll > 0;
        return true;
    default:
        return false;
    }
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct confirm *s = d->state;

    if (input->kind != INPUT_KEY && input->kind != INPUT_PASTE)
        return false;
    if (d->is_typing)
        return typed(app, d, input);
    if (input->kind != INPUT_KEY)
        return false;
    if (input->key == 'y') {
        confirmed(app, d, effects);
        return true;
    }
    if (d->level == LEVEL_GRAVE && input->key == KEY_CODE_SHIFT_TAB) {
        go_back(d);
        return true;
    }
    return scrolled(s, input->key);
}

static void changed(struct app *app, struct dialog *d, struct effects *effects)
{
    struct confirm *s = d->state;
    json_t *lines = s->asked.renewed != NULL ? s->asked.renewed(app, s->asked.closure) : NULL;

    (void)effects;
    if (lines == NULL)
        return;
    json_decref(s->asked.lines);
    s->asked.lines = lines;
    s->scroll = 0;
    d->expires_ms = app->wall_ms + DIALOG_EXPIRY_MS;
    dialog_arm(app, d);
}

/* ---- the picture ---- */

static bool is_grave(const struct dialog *d) { return d->level == LEVEL_GRAVE; }

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct confirm *s = d->state;

    (void)app;
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    /* frame, band, blank, lines, blank, fields, y, Esc */
    *rows = 2 + 2 + dialog_lines_height(*cols - 4, s->asked.lines) + 1 + (is_grave(d) ? 3 : 0) + 2;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct confirm *s = d->state;

    (void)app;
    text_copy(out, out_size, s->title);
}

static void draw_action(const struct app *app, const struct dialog *d, struct canvas *c,
                        struct area a, int y)
{
    const struct confirm *s = d->state;

    if (!is_grave(d) || s->stage == STAGE_YES)
        dialog_draw_yes(app, d, c, a, y, 'y', s->yes);
    else if (s->objection != NULL)
        canvas_put(c, a, y, 0, ROLE_BAD, s->objection);
    else
        canvas_putf(c, a, y, 0, ROLE_FAINT, "%sy = %s",
                    a.w < NARROW_COLS ? "" : "Enter goes on; then ", s->yes);
}

static void draw_field(struct canvas *c, struct area a, int y, const char *label,
                       const struct field *f, bool is_here)
{
    canvas_put(c, a, y, 0, is_here ? ROLE_STRONG : ROLE_FAINT, label);
    dialog_field_draw(f, c, a, y, FIELD_AT, a.w - FIELD_AT, is_here);
}

/* In a line or two: the field that has the keys, or what y does. */
static void draw_small(const struct app *app, const struct dialog *d, struct canvas *c,
                       struct area a)
{
    const struct confirm *s = d->state;
    int y = 0;

    if (a.h >= 2)
        dialog_draw_band(app, c, a, y++, s->environment);
    if (is_grave(d) && s->stage != STAGE_YES) {
        bool is_name = s->stage == STAGE_NAME;
        draw_field(c, a, y++, is_name ? "type its name" : "reason", is_name ? &s->name : &s->reason,
                   true);
        if (y < a.h)
            draw_action(app, d, c, a, y++);
    } else {
        draw_action(app, d, c, a, y++);
    }
    if (y < a.h)
        dialog_draw_cancel(c, a, y, "back, nothing is sent");
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct confirm *s = d->state;
    bool is_airy = a.h >= AIRY_ROWS + (is_grave(d) ? 3 : 0);
    int bottom = 2 + is_airy + (is_grave(d) ? 2 : 0);

    if (a.h < bottom + 2) {
        draw_small(app, d, c, a);
        return;
    }
    dialog_draw_band(app, c, a, 0, s->environment);
    int top = 1 + is_airy;
    dialog_draw_scrolled(c, canvas_rows(a, top, a.h - bottom - top), s->asked.lines, s->scroll);
    int y = a.h - bottom + (is_airy && !is_grave(d));
    if (is_grave(d)) {
        draw_field(c, a, y++, "type its name", &s->name, s->stage == STAGE_NAME);
        draw_field(c, a, y++, "reason", &s->reason, s->stage == STAGE_REASON);
        y += is_airy;
    }
    draw_action(app, d, c, a, y++);
    dialog_draw_cancel(c, a, y, "back, nothing is sent");
}

static size_t hints(const struct app *app, const struct dialog *d, struct dialog_hint *out,
                    size_t most)
{
    const struct confirm *s = d->state;

    (void)app;
    if (most == 0)
        return 0;
    out[0].key = d->is_typing ? KEY_CODE_ENTER : 'y';
    text_copy(out[0].text, sizeof out->text, d->is_typing ? "goes on" : s->yes);
    return 1;
}

static const struct dialog_kind dialog_confirm_kind = {
    .name = "confirm",
    .confirms = true,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .changed = changed,
    .hints = hints,
    .free_state = free_state,
};

void dialog_confirm(struct app *app, const struct confirmation *confirmation)
{
    struct confirm *s = xcalloc(1, sizeof *s);

    s->asked = *confirmation;
    s->title = xstrdup(confirmation->title);
    s->environment = xstrdup(confirmation->environment);
    s->yes = xstrdup(confirmation->yes);
    struct dialog *d = dialog_open(app, &dialog_confirm_kind, s, confirmation->level);
    d->is_typing = is_grave(d);
}
