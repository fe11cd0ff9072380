/* dialog_text.c - one line of text is asked for, above the footer. */
#include <stdlib.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"

struct asking {
    struct text_question question; /* its texts are owned */
    char *title, *hint;
    struct field field;
};

static void free_state(void *state)
{
    struct asking *s = state;

    if (s->question.free_closure != NULL)
        s->question.free_closure(s->question.closure);
    free(s->title);
    free(s->hint);
    free(s);
}

typedef void ended(struct app *app, void *closure, const char *text, struct effects *effects);

/* Closes first: what is called may open the next one. */
static void end(struct app *app, struct dialog *d, bool is_done, struct effects *effects)
{
    struct asking *s = d->state;
    struct text_question q = s->question;
    char text[FIELD_SIZE];

    text_copy(text, sizeof text, s->field.text);
    s->question.free_closure = NULL;
    dialog_remove(app, d);
    if (is_done && q.done != NULL)
        q.done(app, q.closure, text, effects);
    if (!is_done && q.cancelled != NULL)
        q.cancelled(app, q.closure, effects);
    if (q.free_closure != NULL)
        q.free_closure(q.closure);
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct asking *s = d->state;
    bool is_key = input->kind == INPUT_KEY;

    if (is_key && (input->key == KEY_CODE_ESCAPE || input->key == KEY_CODE_CONTROL('c'))) {
        end(app, d, false, effects);
        return true;
    }
    if (is_key && (input->key == KEY_CODE_ENTER || input->key == '\n')) {
        if (!s->question.may_be_empty && text_trim(text_of(s->field.text)).len == 0)
            app_toast(app, true, "%s: nothing is typed yet; Esc goes back", s->title);
        else
            end(app, d, true, effects);
        return true;
    }
    if (!dialog_field_input(&s->field, input))
        return false;
    if (s->question.typed != NULL)
        s->question.typed(app, s->question.closure, s->field.text, effects);
    return true;
}

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    (void)app;
    (void)d;
    (void)cols; /* as wide as the screen */
    *rows = *rows >= 12 ? 3 : 1;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct asking *s = d->state;

    (void)app;
    text_copy(out, out_size, s->title);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct asking *s = d->state;
    int x = 0;

    (void)app;
    /* Without a frame the title stands before the field. */
    if (a.w == c->cols && a.w >= 24) {
        x = canvas_put(c, canvas_cols(a, 0, a.w / 3), 0, 0, ROLE_TITLE_FOCUS, s->title) + 1;
    }
    int hint = canvas_width(s->hint);
    bool has_room = s->hint[0] != '\0' && a.w - x - hint - 2 > 20;
    dialog_field_draw(&s->field, c, a, 0, x, a.w - x - (has_room ? hint + 2 : 0), true);
    if (has_room)
        canvas_put_right(c, a, 0, a.w, ROLE_FAINT, s->hint);
}

static const struct dialog_kind dialog_text_kind = {
    .name = "text",
    .is_text = true,
    .is_at_bottom = true,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .free_state = free_state,
};

void dialog_ask_text(struct app *app, const struct text_question *question)
{
    struct asking *s = xcalloc(1, sizeof *s);

    s->question = *question;
    s->title = xstrdup(question->title);
    s->hint = xstrdup(question->hint);
    dialog_field_set(&s->field, question->initial);
    dialog_open(app, &dialog_text_kind, s, LEVEL_READ);
}
