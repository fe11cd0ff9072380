/* dialog_page.c - a page to read: scroll, search, copy, save. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_parts.h"

#define WISHED_COLS 100
#define MOST_BYTES (4u << 20)
#define INDENT 2

struct page {
    char *title;
    json_t *lines;
    size_t cursor; /* what y copies, and where a search begins */
    char *sought;  /* NULL = nothing */
};

static void free_state(void *state)
{
    struct page *s = state;

    json_decref(s->lines);
    free(s->title);
    free(s->sought);
    free(s);
}

static size_t count_of(const struct page *s) { return json_array_size(s->lines); }

static const char *line_of(const struct page *s, size_t i)
{
    const char *text = json_string_value(json_array_get(s->lines, i));
    return text == NULL ? "" : text;
}

static int height_of(const struct page *s, size_t i, int width)
{
    int rows = canvas_wrap_height(width, INDENT, line_of(s, i));
    return rows < 1 ? 1 : rows;
}

/* ---- moving ---- */

static void move(struct page *s, long by)
{
    long last = (long)count_of(s) - 1;
    long to = (long)s->cursor + by;

    s->cursor = (size_t)(to < 0 || last < 0 ? 0 : to > last ? last : to);
}

static bool moved(struct page *s, int key)
{
    switch (key) {
    case KEY_CODE_DOWN:
    case 'j':
        move(s, 1);
        return true;
    case KEY_CODE_UP:
    case 'k':
        move(s, -1);
        return true;
    case KEY_CODE_PAGE_DOWN:
    case KEY_CODE_CONTROL('d'):
    case ' ':
        move(s, 10);
        return true;
    case KEY_CODE_PAGE_UP:
    case KEY_CODE_CONTROL('u'):
        move(s, -10);
        return true;
    case KEY_CODE_HOME:
    case 'g':
        s->cursor = 0;
        return true;
    case KEY_CODE_END:
    case 'G':
        move(s, (long)count_of(s));
        return true;
    default:
        return false;
    }
}

/* ---- searching ---- */

static void seek(struct app *app, struct page *s, long step)
{
    size_t count = count_of(s);

    if (s->sought == NULL || count == 0)
        return;
    for (size_t i = 1; i <= count; i++) {
        size_t at = (s->cursor + (step > 0 ? i : count - i)) % count;
        if (!text_contains_nocase(line_of(s, at), s->sought))
            continue;
        s->cursor = at;
        return;
    }
    app_toast(app, false, "\"%s\" is not on this page", s->sought);
}

static void sought(struct app *app, void *closure, const char *text, struct effects *effects)
{
    (void)closure;
    (void)effects;
    struct dialog *d = app->dialog;
    if (d == NULL || d->kind != &dialog_page_kind)
        return;
    struct page *s = d->state;
    free(s->sought);
    s->sought = text[0] == '\0' ? NULL : xstrdup(text);
    seek(app, s, 1);
}

/* ---- keys ---- */

static struct page *top(struct app *app) { return app->dialog->state; }

static void act_search(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_ask_text(app, &(struct text_question){.title = "search",
                                                 .hint = "n and p: next and previous",
                                                 .initial = top(app)->sought,
                                                 .may_be_empty = true,
                                                 .done = sought});
}

static void act_next(struct app *app, struct effects *effects)
{
    (void)effects;
    seek(app, top(app), 1);
}

static void act_previous(struct app *app, struct effects *effects)
{
    (void)effects;
    seek(app, top(app), -1);
}

static void act_copy(struct app *app, struct effects *effects)
{
    free(effects->copied);
    effects->copied = xstrdup(line_of(top(app), top(app)->cursor));
    app_toast(app, false, "copied the line");
}

static void act_save(struct app *app, struct effects *effects)
{
    struct page *s = top(app);
    auto_free char *slug = text_slug(s->title);
    struct buf out;

    buf_init(&out, MOST_BYTES);
    for (size_t i = 0; i < count_of(s); i++) {
        buf_adds(&out, line_of(s, i));
        buf_addc(&out, '\n');
    }
    free(effects->saved_name);
    free(effects->saved_text);
    effects->saved_name = xasprintf("%s.txt", slug);
    effects->saved_text = buf_steal(&out);
}

static const struct key keys[] = {
    {.code = '/', .label = "search", .help = "Search on this page.", .act = act_search},
    {.code = 'n', .help = "To the next line with what was sought.", .act = act_next},
    {.code = 'p', .other = 'N', .help = "To the one before.", .act = act_previous},
    {.code = 'y', .label = "copy", .help = "Copy the line of the cursor.", .act = act_copy},
    {.code = 's', .label = "save", .help = "Save the page as a file.", .act = act_save},
    {0}};

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct page *s = d->state;

    (void)app;
    (void)effects;
    if (input->kind == INPUT_MOUSE && input->mouse == MOUSE_WHEEL_DOWN)
        move(s, 3);
    else if (input->kind == INPUT_MOUSE && input->mouse == MOUSE_WHEEL_UP)
        move(s, -3);
    else
        return input->kind == INPUT_KEY && moved(s, input->key);
    return true;
}

/* ---- the picture ---- */

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    const struct page *s = d->state;
    int most = *rows, used = 3;

    (void)app;
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    for (size_t i = 0; i < count_of(s) && used < most; i++)
        used += height_of(s, i, *cols - 6);
    *rows = used < most ? used : most;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct page *s = d->state;

    (void)app;
    text_copy(out, out_size, s->title);
}

/* The first line to draw, so that the cursor's line is seen whole. */
static size_t first_line(const struct page *s, int rows, int width)
{
    size_t first = s->cursor;
    int used = height_of(s, first, width);
    int wish = rows - rows / 4;

    while (first > 0) {
        int more = height_of(s, first - 1, width);
        if (used + more > wish)
            break;
        used += more;
        first--;
    }
    /* Where the end would leave rows empty, more of what is before fits. */
    int below = 0;
    for (size_t i = s->cursor + 1; i < count_of(s) && below < rows; i++)
        below += height_of(s, i, width);
    while (first > 0 && used + below + height_of(s, first - 1, width) <= rows)
        used += height_of(s, --first, width);
    return first;
}

static void draw_foot(const struct page *s, struct canvas *c, struct area a, int y)
{
    canvas_put(c, a, y, 0, ROLE_FAINT, "Esc back  / search  y copy the line  s save");
    char place[48];
    snprintf(place, sizeof place, "  %zu of %zu", count_of(s) == 0 ? 0 : s->cursor + 1,
             count_of(s));
    canvas_put_right(c, a, y, a.w, ROLE_FAINT, place);
}

static void draw(const struct app *app, const struct dialog *d, struct canvas *c, struct area a)
{
    const struct page *s = d->state;
    bool has_foot = a.h >= 3;
    struct area body = canvas_rows(a, 0, a.h - has_foot);

    (void)app;
    if (count_of(s) == 0) {
        canvas_put(c, body, 0, 0, ROLE_FAINT, "nothing here yet");
        return;
    }
    int width = body.w - 2;
    size_t i = first_line(s, body.h, width);
    for (int y = 0; y < body.h && i < count_of(s); i++) {
        const char *line = line_of(s, i);
        bool is_hit = s->sought != NULL && text_contains_nocase(line, s->sought);
        struct area rest = canvas_cols(body, 2, -1);
        if (i == s->cursor)
            canvas_glyph(c, body, y, 0, ROLE_STRONG, GLYPH_CURSOR);
        canvas_wrap(c, rest, y, 0, INDENT, is_hit ? ROLE_STRONG : ROLE_DIALOG, line);
        y += height_of(s, i, width);
    }
    if (has_foot)
        draw_foot(s, c, a, a.h - 1);
}

const struct dialog_kind dialog_page_kind = {
    .name = "page",
    .keys = keys,
    .size = size,
    .title = say_title,
    .draw = draw,
    .input = take,
    .free_state = free_state,
};

void dialog_page(struct app *app, const char *title, json_t *lines)
{
    struct page *s = xcalloc(1, sizeof *s);

    s->title = xstrdup(title);
    s->lines = lines == NULL ? json_array() : lines;
    dialog_open(app, &dialog_page_kind, s, LEVEL_READ);
}
