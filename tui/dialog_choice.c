/* dialog_choice.c - one of several, each by its own key; Enter chooses nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"

#define WISHED_COLS 76
#define NOT_NOW "not now: "
#define HELP_AT 6 /* column of the help below a label */

struct choosing {
    struct choice_question question; /* its texts are owned */
    char *title;
    struct choice *choices;
    int scroll;
};

static void free_state(void *state)
{
    struct choosing *s = state;

    if (s->question.free_closure != NULL)
        s->question.free_closure(s->question.closure);
    for (size_t i = 0; i < s->question.count; i++) {
        free((char *)(uintptr_t)s->choices[i].label);
        free((char *)(uintptr_t)s->choices[i].help);
        free((char *)(uintptr_t)s->choices[i].refused);
    }
    free(s->choices);
    json_decref(s->question.lines);
    free(s->title);
    free(s);
}

static void choose(struct app *app, struct dialog *d, int key, struct effects *effects)
{
    struct choosing *s = d->state;
    struct choice_question q = s->question;

    s->question.free_closure = NULL;
    dialog_remove(app, d);
    q.chosen(app, q.closure, key, effects);
    if (q.free_closure != NULL)
        q.free_closure(q.closure);
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct choosing *s = d->state;

    if (input->kind != INPUT_KEY || input->key == KEY_CODE_ENTER || input->key == '\n')
        return false;
    for (size_t i = 0; i < s->question.count; i++) {
        const struct choice *choice = &s->choices[i];
        bool is_meant =
            choice->key == input->key || (choice->other != 0 && choice->other == input->key);
        if (!is_meant)
            continue;
        if (choice->refused != NULL)
            app_toast(app, true, "%s: %s", choice->label, choice->refused);
        else
            choose(app, d, choice->key, effects);
        return true;
    }
    if (input->key == KEY_CODE_DOWN)
        s->scroll++;
    else if (input->key == KEY_CODE_UP)
        s->scroll -= s->scroll > 0;
    else
        return false;
    return true;
}

/* ---- the picture ---- */

/* What they say now. Yours. */
static json_t *lines_now(const struct app *app, const struct choosing *s)
{
    return s->question.lines_now != NULL ? s->question.lines_now(app, s->question.closure)
                                         : json_incref(s->question.lines);
}

static int refused_height(int width, const char *refused)
{
    auto_free char *text = xasprintf(NOT_NOW "%s", refused);
    return canvas_wrap_height(width, 0, text);
}

static int rows_of_choices(const struct choosing *s, int width, bool has_help)
{
    int rows = 0;

    for (size_t i = 0; i < s->question.count; i++) {
        const struct choice *choice = &s->choices[i];
        rows++;
        if (choice->refused != NULL && has_help)
            rows += refused_height(width - HELP_AT, choice->refused);
        else if (choice->help != NULL && has_help)
            rows += canvas_wrap_height(width - HELP_AT, 0, choice->help);
    }
    return rows;
}

static int band_rows(const struct dialog *d) { return d->level == LEVEL_READ ? 0 : 2; }

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct choosing *s = d->state;
    json_t *said = lines_now(app, s);

    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    int lines = dialog_lines_height(*cols - 4, said);
    json_decref(said);
    *rows = 2 + band_rows(d) + lines + (lines > 0) + rows_of_choices(s, *cols - 4, true) + 2;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct choosing *s = d->state;

    (void)app;
    text_copy(out, out_size, s->title);
}

static int draw_refused(struct canvas *c, struct area a, int y, const char *refused)
{
    auto_free char *text = xasprintf(NOT_NOW "%s", refused);
    return canvas_wrap(c, a, y, 0, 0, ROLE_WARN, text);
}

static int draw_choice(const struct app *app, const struct dialog *d, struct canvas *c,
                       struct area a, int y, const struct choice *choice, bool has_help)
{
    bool is_live = choice->refused == NULL && dialog_is_armed(app, d);
    char shown[24];

    const char *name = keys_shown(choice->key, shown);
    int x = canvas_putf(c, a, y, 0, is_live ? ROLE_KEY : ROLE_FAINT, " %s ", name);
    x += 1 + canvas_put(c, a, y, x + 1, is_live ? ROLE_STRONG : ROLE_FAINT, choice->label);
    if (!has_help) {
        if (choice->refused != NULL)
            canvas_putf(c, a, y, x + 1, ROLE_WARN, NOT_NOW "%s", choice->refused);
        return y + 1;
    }
    struct area rest = canvas_cols(a, HELP_AT, -1);
    if (choice->refused != NULL)
        return y + 1 + draw_refused(c, rest, y + 1, choice->refused);
    if (choice->help != NULL)
        return y + 1 + canvas_wrap(c, rest, y + 1, 0, 0, ROLE_DIALOG, choice->help);
    return y + 1;
}

/* As many as there is room for, side by side: "r retry  s skip". Returns the rows; c NULL: only
 * counts. */
static int draw_packed(const struct app *app, const struct dialog *d, struct canvas *c,
                       struct area a, int y)
{
    const struct choosing *s = d->state;
    int from = y, x = 0;

    for (size_t i = 0; i < s->question.count; i++) {
        const struct choice *choice = &s->choices[i];
        bool is_live = choice->refused == NULL && dialog_is_armed(app, d);
        char shown[24];
        const char *key = keys_shown(choice->key, shown);
        int width = canvas_width(key) + 1 + canvas_width(choice->label);
        if (x > 0 && x + width > a.w) {
            x = 0;
            y++;
        }
        if (c != NULL) {
            canvas_put(c, a, y, x, is_live ? ROLE_KEY : ROLE_FAINT, key);
            canvas_put(c, a, y, x + canvas_width(key) + 1, is_live ? ROLE_STRONG : ROLE_FAINT,
                       choice->label);
        }
        x += width + 2;
    }
    return y - from + 1;
}

static void draw_small(const struct app *app, const struct dialog *d, struct canvas *c,
                       struct area a, const json_t *lines)
{
    int packed = draw_packed(app, d, NULL, a, 0);
    int y = 0;

    if (a.h > packed && d->level != LEVEL_READ)
        dialog_draw_band(app, c, a, y++, NULL);
    int room = a.h - y - packed - 1;
    if (room > 0) {
        dialog_draw_scrolled(c, canvas_rows(a, y, room), lines,
                             ((const struct choosing *)d->state)->scroll);
        y += room;
    }
    y += draw_packed(app, d, c, a, y);
    if (y < a.h)
        dialog_draw_cancel(c, a, y, "back");
}

static void draw_with(const struct app *app, const struct dialog *d, struct canvas *c,
                      struct area a, const json_t *lines)
{
    const struct choosing *s = d->state;
    int band = band_rows(d);
    bool has_help = a.h >= band + 1 + rows_of_choices(s, a.w, true) + 2;
    int bottom = rows_of_choices(s, a.w, has_help) + 1 + has_help;

    if (a.h < bottom + band) {
        draw_small(app, d, c, a, lines);
        return;
    }
    if (band > 0)
        dialog_draw_band(app, c, a, 0, NULL);
    int room = a.h - bottom - band;
    if (room > 0)
        dialog_draw_scrolled(c, canvas_rows(a, band, room), lines, s->scroll);
    int y = a.h - bottom;
    for (size_t i = 0; i < s->question.count; i++)
        y = draw_choice(app, d, c, a, y, &s->choices[i], has_help);
    dialog_draw_cancel(c, a, a.h - 1, "back, nothing is sent");
    dialog_draw_arming(app, d, c, a, a.h - 1);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    json_t *lines = lines_now(app, d->state);
    draw_with(app, d, c, a, lines);
    json_decref(lines);
}

static size_t hints(const struct app *app, const struct dialog *d, struct dialog_hint *out,
                    size_t most)
{
    const struct choosing *s = d->state;
    size_t count = 0;

    (void)app;
    for (size_t i = 0; i < s->question.count && count < most; i++) {
        if (s->choices[i].refused != NULL)
            continue;
        out[count].key = s->choices[i].key;
        text_copy(out[count].text, sizeof out->text, s->choices[i].label);
        count++;
    }
    return count;
}

static const struct dialog_kind dialog_choice_kind = {
    .name = "choice",
    .confirms = true,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .hints = hints,
    .free_state = free_state,
};

static char *copy_or_null(const char *text) { return text == NULL ? NULL : xstrdup(text); }

struct dialog *dialog_choose_opened(struct app *app, const struct choice_question *question)
{
    struct choosing *s = xcalloc(1, sizeof *s);

    s->question = *question;
    s->title = xstrdup(question->title);
    s->choices = xcalloc(question->count + 1, sizeof *s->choices);
    for (size_t i = 0; i < question->count; i++) {
        const struct choice *from = &question->choices[i];
        s->choices[i] = (struct choice){
            .key = from->key,
            .other = from->other,
            .label = xstrdup(from->label),
            .help = copy_or_null(from->help),
            .refused = copy_or_null(from->refused),
        };
    }
    return dialog_open(app, &dialog_choice_kind, s, question->level);
}

void *dialog_choice_closure(const struct dialog *d, dialog_chosen *chosen)
{
    const struct choosing *s = d->state;

    if (d->kind != &dialog_choice_kind || s->question.chosen != chosen)
        return NULL;
    return s->question.closure;
}

void dialog_choose(struct app *app, const struct choice_question *question)
{
    (void)dialog_choose_opened(app, question);
}
