/* dialog_unlock.c - W: who types production's name may write to it from this seat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/dialog_parts.h"

#define WISHED_COLS 72
#define FIELD_AT 14

static const char explanation[] =
    "It is read-only at this seat. Its name, typed, unlocks it until W locks it again or you "
    "leave. Going back needs no unlocking.";

struct unlocking {
    char *environment;
    struct field field;
    const char *objection; /* static; NULL = none */
};

static void free_state(void *state)
{
    struct unlocking *s = state;

    free(s->environment);
    free(s);
}

static void try_it(struct app *app, struct dialog *d)
{
    struct unlocking *s = d->state;
    const struct app_environment *e = app_environment(app);

    if (e == NULL || strcmp(e->name, s->environment) != 0) {
        s->objection = "another environment is on the screen now: Esc";
        return;
    }
    if (strcmp(s->field.text, s->environment) != 0) {
        s->objection = s->field.length == 0 ? "type its name, then Enter" : "that is not its name";
        return;
    }
    app->is_unlocked = true;
    app_toast(app, false, "%s is unlocked at this seat; W locks it again", s->environment);
    dialog_remove(app, d);
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct unlocking *s = d->state;

    (void)effects;
    if (input->kind == INPUT_PASTE) {
        s->objection = "the name is typed, not pasted";
        return true;
    }
    if (input->kind != INPUT_KEY)
        return false;
    if (input->key == KEY_CODE_ENTER || input->key == '\n') {
        try_it(app, d);
        return true;
    }
    s->objection = NULL;
    return dialog_field_input(&s->field, input);
}

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    (void)app;
    (void)d;
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    *rows = 2 + 2 + canvas_wrap_height(*cols - 4, 0, explanation) + 1 + 3;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct unlocking *s = d->state;

    (void)app;
    snprintf(out, out_size, "unlock %s", s->environment);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct unlocking *s = d->state;
    int y = 0;

    if (a.h >= 2)
        dialog_draw_band(app, c, a, y++, s->environment);
    int text = canvas_wrap_height(a.w, 0, explanation);
    if (a.h >= text + 5) {
        canvas_wrap(c, a, y + 1, 0, 0, ROLE_DIALOG, explanation);
        y = a.h - 3;
    }
    canvas_put(c, a, y, 0, ROLE_STRONG, "type its name");
    dialog_field_draw(&s->field, c, a, y, FIELD_AT, a.w - FIELD_AT, true);
    if (++y < a.h && s->objection != NULL)
        canvas_put(c, a, y, 0, ROLE_BAD, s->objection);
    else if (y < a.h)
        canvas_put(c, a, y, 0, ROLE_FAINT, "Enter unlocks when the name is right");
    if (++y < a.h)
        dialog_draw_cancel(c, a, y, "back, stays read-only");
}

static const struct dialog_kind dialog_unlock_kind = {
    .name = "unlock",
    .is_text = true,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .free_state = free_state,
};

void dialog_open_unlock(struct app *app)
{
    const struct app_environment *e = app_environment(app);

    if (app->options.is_read_only) {
        app_toast(app, true, "started with --read-only: this seat cannot be unlocked; ! works");
        return;
    }
    if (e == NULL) {
        app_toast(app, true, "not connected yet");
        return;
    }
    if (app->is_unlocked) {
        app->is_unlocked = false;
        app->is_dirty = true;
        app_toast(app, false, "production is read-only again at this seat");
        return;
    }
    if (!e->is_production) {
        app_toast(app, false, "%s is not production: it needs no unlocking", e->name);
        return;
    }
    struct unlocking *s = xcalloc(1, sizeof *s);
    s->environment = xstrdup(e->name);
    dialog_open(app, &dialog_unlock_kind, s, LEVEL_GRAVE);
}
