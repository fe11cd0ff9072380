/* dialog_facts.c - a page of facts: rows of label and value, of which y copies one. */
#include "tui/dialog_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app.h"
#include "tui/copying.h"
#include "tui/dialog.h"
#include "tui/reading.h"
#include "tui/sheet.h"

#define LABEL_MOST 22
#define NARROW 50
#define WISHED_COLS 110
#define FRAME 2
#define WHEEL_ROWS 3

struct facts {
    char *about, *title;
    json_t *rows;
    struct sheet_cursor cursor;
};

static const struct dialog_kind facts_kind;

/* ---- rows ---- */

void dialog_facts_add(json_t *rows, const char *label, const char *text, const char *copy,
                      const char *more)
{
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s?}", "label", label, "text", text,
                                          "copy", copy != NULL ? copy : text, "more", more));
}

void dialog_facts_add_known(json_t *rows, const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0')
        dialog_facts_add(rows, label, text, NULL, NULL);
}

void dialog_facts_add_heading(json_t *rows, const char *text)
{
    json_array_append_new(rows, json_pack("{s:s}", "heading", text));
}

static int label_width(const json_t *rows, int width)
{
    int widest = 0;
    size_t i;
    json_t *row;

    if (width < NARROW)
        return 0;
    json_array_foreach(rows, i, row)
    {
        int w = canvas_width(reading_text(row, "label"));
        widest = w > widest ? w : widest;
    }
    return widest > LABEL_MOST ? LABEL_MOST : widest;
}

static void write_row(struct sheet *s, const json_t *row, size_t nth, int labels)
{
    char id[24];
    const char *label = reading_text(row, "label");

    if (json_object_get(row, "heading") != NULL) {
        if (nth > 0)
            (void)sheet_row(s, NULL);
        sheet_wrap(s, NULL, 1, 1, ROLE_STRONG, reading_text(row, "heading"));
        return;
    }
    (void)snprintf(id, sizeof id, "%zu", nth);
    if (labels == 0 && label[0] != '\0') {
        int y = sheet_row(s, id);
        canvas_put(s->page, sheet_area(s), y, 2, ROLE_FAINT, label);
    }
    int first = s->rows, x = labels > 0 ? labels + 4 : 3;
    sheet_wrap(s, id, x, 2, ROLE_TEXT, reading_text(row, "text"));
    if (labels > 0)
        canvas_put(s->page, (struct area){.h = s->rows, .w = x - 1}, first, 2, ROLE_FAINT, label);
}

static void write_page(struct sheet *s, const struct facts *facts, int width, bool is_ascii)
{
    size_t i;
    json_t *row;

    sheet_init(s, width, is_ascii);
    int labels = label_width(facts->rows, width);
    json_array_foreach(facts->rows, i, row) write_row(s, row, i, labels);
}

/* ---- the dialog ---- */

static void say_size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct facts *facts = d->state;
    struct sheet s;

    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    write_page(&s, facts, sheet_width((struct area){.w = *cols - FRAME}), app->options.is_ascii);
    int wished = s.rows + FRAME + 1;
    *rows = *rows < wished ? *rows : wished;
    sheet_clear(&s);
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t size)
{
    (void)app;
    (void)snprintf(out, size, "%s", ((const struct facts *)d->state)->title);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    struct facts *facts = d->state;
    struct sheet s;
    bool has_hint = a.h > 3;

    (void)app;
    write_page(&s, facts, sheet_width(a), c->is_ascii);
    sheet_show(&s, &facts->cursor, c, canvas_rows(a, 0, has_hint ? a.h - 1 : a.h), true);
    sheet_clear(&s);
    if (!has_hint)
        return;
    int x = 1;
    x += canvas_put(c, a, a.h - 1, x, ROLE_KEY, "y");
    x += canvas_put(c, a, a.h - 1, x, ROLE_FAINT, " copies the value  ");
    x += canvas_put(c, a, a.h - 1, x, ROLE_KEY, "Y");
    x += canvas_put(c, a, a.h - 1, x, ROLE_FAINT, " the id or the aws command  ");
    x += canvas_put(c, a, a.h - 1, x, ROLE_KEY, "Esc");
    canvas_put(c, a, a.h - 1, x, ROLE_FAINT, " back");
}

static void move(struct app *app, struct facts *facts, int by)
{
    struct sheet s;
    write_page(&s, facts, sheet_width((struct area){.w = facts->cursor.width}),
               app->options.is_ascii);
    sheet_move(&s, &facts->cursor, by);
    sheet_clear(&s);
    app->is_dirty = true;
}

static struct facts *facts_on_top(const struct app *app) { return app->dialog->state; }

static int page_of(const struct app *app)
{
    int height = facts_on_top(app)->cursor.height;
    return height > 2 ? height - 1 : 1;
}

#define MOVES(name, by)                                                                            \
    static void name(struct app *app, struct effects *effects)                                     \
    {                                                                                              \
        (void)effects;                                                                             \
        move(app, facts_on_top(app), (by));                                                        \
    }
MOVES(go_down, 1)
MOVES(go_up, -1)
MOVES(go_page_down, page_of(app))
MOVES(go_page_up, -page_of(app))
MOVES(go_first, -SHEET_FAR)
MOVES(go_last, SHEET_FAR)
#undef MOVES

static const json_t *selected_row(struct app *app)
{
    struct facts *facts = facts_on_top(app);
    struct sheet s;
    int64_t nth = -1;

    write_page(&s, facts, WISHED_COLS, false);
    const char *id = sheet_selected(&s, &facts->cursor);
    if (id != NULL)
        nth = strtol(id, NULL, 10);
    sheet_clear(&s);
    return nth >= 0 ? json_array_get(facts->rows, (size_t)nth) : NULL;
}

static void copy_value(struct app *app, struct effects *effects)
{
    copying_copy(app, effects, reading_text(selected_row(app), "copy"));
}

static void copy_more(struct app *app, struct effects *effects)
{
    const json_t *row = selected_row(app);
    const char *more = reading_text(row, "more");
    copying_copy(app, effects, more[0] != '\0' ? more : reading_text(row, "copy"));
}

static bool take_input(struct app *app, struct dialog *d, const struct input *input,
                       struct effects *effects)
{
    (void)effects;
    if (input->kind != INPUT_MOUSE)
        return false;
    if (input->mouse == MOUSE_WHEEL_DOWN)
        move(app, d->state, WHEEL_ROWS);
    else if (input->mouse == MOUSE_WHEEL_UP)
        move(app, d->state, -WHEEL_ROWS);
    return true;
}

static void free_facts(void *state)
{
    struct facts *facts = state;
    free(facts->about);
    free(facts->title);
    json_decref(facts->rows);
    sheet_cursor_clear(&facts->cursor);
    free(facts);
}

static const struct key keys[] = {
    {.code = KEY_CODE_DOWN, .other = 'j', .help = "The next fact.", .act = go_down},
    {.code = KEY_CODE_UP, .other = 'k', .help = "The fact before.", .act = go_up},
    {.code = KEY_CODE_PAGE_DOWN,
     .other = KEY_CODE_CONTROL('d'),
     .help = "A page on.",
     .act = go_page_down},
    {.code = KEY_CODE_PAGE_UP,
     .other = KEY_CODE_CONTROL('u'),
     .help = "A page back.",
     .act = go_page_up},
    {.code = KEY_CODE_HOME, .other = 'g', .help = "The first fact.", .act = go_first},
    {.code = KEY_CODE_END, .other = 'G', .help = "The last fact.", .act = go_last},
    {.code = 'y',
     .label = "copy",
     .name = "copy the value",
     .help = "Copies the value of the row.",
     .rank = 10,
     .act = copy_value},
    {.code = 'Y',
     .label = "copy id or command",
     .name = "copy the id or the aws command",
     .help = "Copies the ARN of the row, or the aws command that does the same.",
     .rank = 11,
     .act = copy_more},
    {0},
};

static const struct dialog_kind facts_kind = {
    .name = "facts",
    .keys = keys,
    .size = say_size,
    .title = say_title,
    .draw = draw,
    .input = take_input,
    .free_state = free_facts,
};

void dialog_open_facts(struct app *app, const char *about, const char *title, json_t *rows)
{
    struct facts *facts = xcalloc(1, sizeof *facts);
    facts->about = xstrdup(about);
    facts->title = xstrdup(title);
    facts->rows = rows;
    (void)dialog_open(app, &facts_kind, facts, LEVEL_READ);
}

void dialog_refill_facts(struct app *app, const char *about, json_t *rows)
{
    for (struct dialog *d = app->dialog; d != NULL; d = d->below) {
        struct facts *facts = d->state;
        if (d->kind != &facts_kind || strcmp(facts->about, about) != 0)
            continue;
        json_decref(facts->rows);
        facts->rows = json_incref(rows);
        app->is_dirty = true;
    }
    json_decref(rows);
}
