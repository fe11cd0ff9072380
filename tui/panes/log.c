/* log.c - the pane "Log": what happened, followed to its end; filter, search, wrap, save. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/panes.h"
#include "tui/panes/log_shown.h"

#define MOST_SAVED (4u << 20)
#define SIDE_STEP 8    /* columns that Left and Right move */
#define MOST_SIDE 4000 /* columns */
#define WIDE_COLS 90   /* from here on the whole time is shown */
#define MARGIN_COLS 30
#define WHOLE_COLS 56 /* from here on what people need is not cut off */
#define INTERVAL_MS 60000

struct log_state {
    struct log_shown shown;
    bool is_following, is_wrapped;
    size_t cursor, top; /* numbers of lines */
    int side;           /* columns that are hidden on the left */
    int height;         /* of the newest picture */
    char sought[300];
    char before[300]; /* the filter, while another is typed */
};

static void *new_state(void)
{
    struct log_state *s = xcalloc(1, sizeof *s);

    s->is_following = true;
    s->height = 10;
    return s;
}

static void free_state(void *state)
{
    struct log_state *s = state;

    if (s != NULL)
        log_shown_clear(&s->shown);
    free(s);
}

static struct log_state *state_of(const struct app *app) { return app->states[PANE_LOG]; }

/* Up to date; the cursor stands on a line that is shown. */
static struct log_state *current(const struct app *app)
{
    struct log_state *s = state_of(app);

    log_shown_update(&s->shown, app);
    size_t i = log_shown_index(&s->shown, s->cursor);
    if (s->shown.count > 0 && (s->is_following || i >= s->shown.count))
        i = s->shown.count - 1;
    s->cursor = log_shown_number(&s->shown, i);
    return s;
}

/* "1 204" */
static const char *count_text(size_t n, char out[static 32])
{
    if (n >= 1000000)
        snprintf(out, 32, "%zu %03zu %03zu", n / 1000000, n / 1000 % 1000, n % 1000);
    else if (n >= 1000)
        snprintf(out, 32, "%zu %03zu", n / 1000, n % 1000);
    else
        snprintf(out, 32, "%zu", n);
    return out;
}

/* ---- moving ---- */

static void go_to(struct log_state *s, size_t i)
{
    size_t last = s->shown.count == 0 ? 0 : s->shown.count - 1;

    s->is_following = i >= last;
    s->cursor = log_shown_number(&s->shown, i > last ? last : i);
}

static void move(struct app *app, long by)
{
    struct log_state *s = current(app);
    long to = (long)log_shown_index(&s->shown, s->cursor) + by;

    go_to(s, to < 0 ? 0 : (size_t)to);
    app->is_dirty = true;
}

static long page(const struct app *app)
{
    int height = state_of(app)->height;
    return height > 2 ? height - 1 : 1;
}

static void act_up(struct app *app, struct effects *e)
{
    (void)e;
    move(app, -1);
}

static void act_down(struct app *app, struct effects *e)
{
    (void)e;
    move(app, 1);
}

static void act_page_up(struct app *app, struct effects *e)
{
    (void)e;
    move(app, -page(app));
}

static void act_page_down(struct app *app, struct effects *e)
{
    (void)e;
    move(app, page(app));
}

static void act_home(struct app *app, struct effects *e)
{
    (void)e;
    go_to(current(app), 0);
}

static void act_end(struct app *app, struct effects *e)
{
    (void)e;
    struct log_state *s = current(app);
    go_to(s, s->shown.count);
}

static void act_left(struct app *app, struct effects *e)
{
    (void)e;
    struct log_state *s = state_of(app);
    s->side = s->side > SIDE_STEP ? s->side - SIDE_STEP : 0;
}

static void act_right(struct app *app, struct effects *e)
{
    (void)e;
    struct log_state *s = state_of(app);
    s->side += s->side < MOST_SIDE ? SIDE_STEP : 0;
}

/* ---- filter and level ---- */

static void set_filter(struct app *app, const char *text)
{
    struct log_state *s = state_of(app);

    log_shown_filter(&s->shown, app, text);
    app->is_dirty = true;
}

static void filter_typed(struct app *app, void *closure, const char *text, struct effects *e)
{
    (void)closure;
    (void)e;
    set_filter(app, text);
}

static void filter_cancelled(struct app *app, void *closure, struct effects *e)
{
    (void)closure;
    (void)e;
    set_filter(app, state_of(app)->before);
}

static void act_filter(struct app *app, struct effects *e)
{
    struct log_state *s = state_of(app);

    (void)e;
    memcpy(s->before, s->shown.filter, sizeof s->before);
    dialog_ask_text(app, &(struct text_question){.title = "filter",
                                                 .hint = "Enter keeps it, Esc as before",
                                                 .initial = s->shown.filter,
                                                 .may_be_empty = true,
                                                 .typed = filter_typed,
                                                 .done = filter_typed,
                                                 .cancelled = filter_cancelled});
}

static void act_level(struct app *app, struct effects *e)
{
    struct log_state *s = state_of(app);

    (void)e;
    s->shown.level = (enum log_level)((s->shown.level + 1) % LOG_LEVEL_COUNT);
    log_shown_reset(&s->shown);
}

/* ---- search ---- */

static void seek(struct app *app, long step)
{
    struct log_state *s = current(app);
    size_t count = s->shown.count, at = log_shown_index(&s->shown, s->cursor);

    for (size_t i = 1; i <= count; i++) {
        size_t to = (at + (step > 0 ? i : count - i)) % count;
        const struct log_line *line = log_shown_line(&s->shown, app, to);
        if (line == NULL || !log_shown_contains(line, s->sought))
            continue;
        go_to(s, to);
        app->is_dirty = true;
        return;
    }
    app_toast(app, false, "no line here holds \"%s\"", s->sought);
}

static void sought(struct app *app, void *closure, const char *text, struct effects *e)
{
    (void)closure;
    (void)e;
    text_copy(state_of(app)->sought, sizeof state_of(app)->sought, text);
    seek(app, -1);
}

static void ask_what(struct app *app)
{
    dialog_ask_text(app, &(struct text_question){
                             .title = "search", .hint = "n older, N newer", .done = sought});
}

static void act_older(struct app *app, struct effects *e)
{
    (void)e;
    if (state_of(app)->sought[0] == '\0')
        ask_what(app);
    else
        seek(app, -1);
}

static void act_newer(struct app *app, struct effects *e)
{
    (void)e;
    if (state_of(app)->sought[0] == '\0')
        ask_what(app);
    else
        seek(app, 1);
}

/* ---- the rest of the keys ---- */

static void act_wrap(struct app *app, struct effects *e)
{
    struct log_state *s = state_of(app);

    (void)e;
    s->is_wrapped = !s->is_wrapped;
    s->side = 0;
}

static void act_copy(struct app *app, struct effects *e)
{
    struct log_state *s = current(app);
    const struct log_line *line =
        log_shown_line(&s->shown, app, log_shown_index(&s->shown, s->cursor));

    if (line == NULL)
        return;
    free(e->copied);
    e->copied = xstrdup(line->text);
    app_toast(app, false, "copied the line");
}

static void act_save(struct app *app, struct effects *e)
{
    struct log_state *s = current(app);
    char stamp[CLOCK_STAMP_SIZE];
    struct buf out;

    buf_init(&out, MOST_SAVED);
    for (size_t i = 0; i < s->shown.count; i++) {
        const struct log_line *line = log_shown_line(&s->shown, app, i);
        if (line != NULL)
            buf_addf(&out, "%s\t%s\t%s\n", clock_stamp(line->at_ms, stamp), line->environment,
                     line->text);
    }
    free(e->saved_name);
    free(e->saved_text);
    e->saved_name = xstrdup("flightdeck-log.txt");
    e->saved_text = buf_steal(&out);
}

static const struct key keys[] = {
    {.code = '/',
     .label = "filter",
     .name = "filter the log",
     .help = "Show only the lines that hold a text; Esc shows all again.",
     .rank = 1,
     .act = act_filter},
    {.code = 'n',
     .other = 0,
     .label = "search",
     .name = "search the log",
     .help = "To the next older line that holds a text; asks for it at first.",
     .rank = 4,
     .act = act_older},
    {.code = 'N', .help = "To the next newer line with what was sought.", .act = act_newer},
    {.code = KEY_CODE_END,
     .other = 'G',
     .label = "follow",
     .name = "follow the log",
     .help = "To the end, and follow it; moving up stops that.",
     .rank = 2,
     .act = act_end},
    {.code = 'l',
     .label = "level",
     .name = "log: all lines, without the faint ones, or only trouble",
     .help = "All lines; without the faint ones; only trouble.",
     .rank = 5,
     .act = act_level},
    {.code = 'w',
     .label = "wrap",
     .name = "wrap long lines of the log",
     .help = "Wrap every long line, or cut the faint ones.",
     .rank = 6,
     .act = act_wrap},
    {.code = 'y',
     .label = "copy",
     .name = "copy the line",
     .help = "Copy the line of the cursor.",
     .rank = 7,
     .act = act_copy},
    {.code = 's',
     .label = "save",
     .name = "save the log as a file",
     .help = "Save the lines that are shown as a file.",
     .rank = 8,
     .act = act_save},
    {.code = KEY_CODE_UP, .other = 'k', .help = "One line up.", .act = act_up},
    {.code = KEY_CODE_DOWN, .other = 'j', .help = "One line down.", .act = act_down},
    {.code = KEY_CODE_PAGE_UP,
     .other = KEY_CODE_CONTROL('u'),
     .help = "A page up.",
     .act = act_page_up},
    {.code = KEY_CODE_PAGE_DOWN,
     .other = KEY_CODE_CONTROL('d'),
     .help = "A page down.",
     .act = act_page_down},
    {.code = KEY_CODE_HOME, .other = 'g', .help = "To the oldest line.", .act = act_home},
    {.code = KEY_CODE_LEFT, .other = 'h', .help = "To the left in long lines.", .act = act_left},
    {.code = KEY_CODE_RIGHT, .help = "To the right in long lines.", .act = act_right},
    {0}};

/* ---- input that is no key of the table ---- */

static bool is_inside(const struct input *input, struct area a)
{
    return input->y >= a.y && input->y < a.y + a.h && input->x >= a.x && input->x < a.x + a.w;
}

static bool take(struct app *app, const struct input *input, struct area a, struct effects *effects)
{
    struct log_state *s = state_of(app);

    (void)effects;
    if (input->kind == INPUT_KEY && input->key == KEY_CODE_ESCAPE) {
        bool has_any = s->shown.filter[0] != '\0' || s->sought[0] != '\0';
        s->sought[0] = '\0';
        if (has_any)
            set_filter(app, "");
        return has_any;
    }
    if (input->kind != INPUT_MOUSE || !is_inside(input, a))
        return false;
    if (input->mouse == MOUSE_WHEEL_UP)
        move(app, -3);
    else if (input->mouse == MOUSE_WHEEL_DOWN)
        move(app, 3);
    else
        return false;
    return true;
}

/* ---- the picture ---- */

static const char *level_text(enum log_level level)
{
    static const char *const texts[LOG_LEVEL_COUNT] = {[LOG_LEVEL_ALL] = "",
                                                       [LOG_LEVEL_NEWS] = ", without faint",
                                                       [LOG_LEVEL_TROUBLE] = ", trouble only"};
    return level < LOG_LEVEL_COUNT ? texts[level] : "";
}

static void say_about(const struct app *app, char *out, size_t size)
{
    const struct log_state *s = current(app);
    char shown[32], all[32], skipped[32] = "", age[32] = "";

    if (app->log_count == 0) {
        text_copy(out, size, "");
        return;
    }
    bool is_part = s->shown.count != app->log_count;
    auto_free char *count = is_part ? xasprintf("%s of %s lines", count_text(s->shown.count, shown),
                                                count_text(app->log_count, all))
                                    : xasprintf("%s lines", count_text(app->log_count, all));
    auto_free char *filter =
        s->shown.filter[0] == '\0' ? xstrdup("") : xasprintf(" with \"%s\"", s->shown.filter);
    auto_free char *more = app->log_dropped == 0 ? xstrdup("")
                                                 : xasprintf(", +%s lines skipped",
                                                             count_text(app->log_dropped, skipped));
    const char *old = app_age_text(app, app->log[app->log_count - 1].at_ms, INTERVAL_MS, age);
    snprintf(out, size, "%s, %s%s%s%s%s%s", s->is_following ? "follow" : "at rest, End follows",
             count, filter, level_text(s->shown.level), more, old[0] == '\0' ? "" : ", newest ",
             old);
}

static enum role role_of(enum event_mood mood)
{
    switch (mood) {
    case EVENT_MOOD_GOOD:
        return ROLE_GOOD;
    case EVENT_MOOD_BAD:
        return ROLE_BAD;
    case EVENT_MOOD_WARN:
        return ROLE_WARN;
    case EVENT_MOOD_FAINT:
        return ROLE_FAINT;
    case EVENT_MOOD_PLAIN:
        return ROLE_TEXT;
    }
    return ROLE_TEXT;
}

/* "14:01:55Z"; of another day than now with its date; short where there is no room. */
static int draw_time(const struct app *app, struct canvas *c, struct area a, int y,
                     const struct log_line *line)
{
    char stamp[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE];

    clock_stamp(line->at_ms, stamp);
    clock_stamp(app->world_ms, now);
    int x = 0;
    if (strncmp(stamp, now, 10) != 0 && a.w >= WIDE_COLS)
        x = canvas_putf(c, a, y, 0, ROLE_FAINT, "%.5s", stamp + 5) + 1;
    int length = a.w >= 60 ? 8 : 5;
    if (a.w < 24)
        return 0;
    return x + canvas_putf(c, a, y, x, ROLE_FAINT, "%.*sZ", length, stamp + 11) + 1;
}

static void draw_mark(struct canvas *c, struct area a, int y, int x, enum event_mood mood)
{
    if (mood == EVENT_MOOD_BAD)
        canvas_glyph(c, a, y, x, ROLE_BAD, GLYPH_FAIL);
    else if (mood == EVENT_MOOD_WARN)
        canvas_glyph(c, a, y, x, ROLE_WARN, GLYPH_BULLET);
    else if (mood == EVENT_MOOD_GOOD)
        canvas_glyph(c, a, y, x, ROLE_GOOD, GLYPH_CHECK);
}

/* Columns before the text: time, mark, and the environment where there are several. */
static int draw_head(const struct app *app, struct canvas *c, struct area a, int y,
                     const struct log_line *line)
{
    int margin = a.w >= MARGIN_COLS; /* of the cursor */
    int x = margin + draw_time(app, c, canvas_cols(a, margin, -1), y, line);

    draw_mark(c, a, y, x, line->mood);
    x += 2;
    if (app->environment_count < 2 || a.w < 60)
        return x;
    struct area column = canvas_cols(a, x, 10);
    canvas_put(c, column, y, 0, ROLE_FAINT, line->environment == NULL ? "" : line->environment);
    return x + 11;
}

static int head_width(const struct app *app, const struct log_line *line, struct area a)
{
    struct canvas nothing = {0};

    return draw_head(app, &nothing, a, 0, line);
}

/* Faint ones are details: what is sent, for the most part. */
static bool is_whole(const struct app *app, const struct log_state *s, struct area a, size_t i)
{
    const struct log_line *line = log_shown_line(&s->shown, app, i);
    bool is_looked_at =
        app->focus == PANE_LOG && !s->is_following && log_shown_number(&s->shown, i) == s->cursor;

    return s->is_wrapped ||
           (s->side == 0 && a.w >= WHOLE_COLS && (line->mood != EVENT_MOOD_FAINT || is_looked_at));
}

static int rows_of(const struct app *app, const struct log_state *s, struct area a, size_t i)
{
    const struct log_line *line = log_shown_line(&s->shown, app, i);

    if (line == NULL || !is_whole(app, s, a, i))
        return 1;
    int rows = canvas_wrap_height(a.w - head_width(app, line, a), 2, line->text);
    return rows < 1 ? 1 : rows > a.h ? a.h : rows;
}

/* The line at the top, so that the cursor's is seen; at rest it stays where it was. */
static size_t place_top(const struct app *app, struct log_state *s, struct area a)
{
    size_t cursor = log_shown_index(&s->shown, s->cursor);
    size_t top = log_shown_index(&s->shown, s->top);
    int used = 0;

    if (s->is_following)
        top = 0;
    if (cursor < top)
        top = cursor;
    for (size_t i = cursor + 1; i-- > top;) {
        used += rows_of(app, s, a, i);
        if (used <= a.h)
            continue;
        top = i < cursor ? i + 1 : i;
        break;
    }
    s->top = log_shown_number(&s->shown, top);
    return top;
}

static int draw_line(const struct app *app, const struct log_state *s, struct canvas *c,
                     struct area a, int y, size_t i)
{
    const struct log_line *line = log_shown_line(&s->shown, app, i);

    if (line == NULL)
        return 1;
    bool is_hit = s->sought[0] != '\0' && log_shown_contains(line, s->sought);
    enum role role = is_hit ? ROLE_STRONG : role_of(line->mood);
    int x = draw_head(app, c, a, y, line);
    struct area text = canvas_cols(a, x, -1);
    int rows = 1;
    if (is_whole(app, s, a, i))
        rows = canvas_wrap(c, text, y, 0, 2, role, line->text);
    else
        canvas_put(c, text, y, -s->side, role, line->text);
    if (app->focus == PANE_LOG && log_shown_number(&s->shown, i) == s->cursor)
        canvas_select(c, a, y);
    return rows < 1 ? 1 : rows;
}

static void draw_nothing(const struct app *app, const struct log_state *s, struct canvas *c,
                         struct area a)
{
    char all[32];

    if (app->log_count == 0)
        canvas_wrap(c, a, 0, 0, 0, ROLE_FAINT,
                    "Nothing has happened yet. What the engine does and says is told here.");
    else if (s->shown.filter[0] != '\0')
        canvas_putf(c, a, 0, 0, ROLE_FAINT, "None of %s lines holds \"%s\". Esc shows all.",
                    count_text(app->log_count, all), s->shown.filter);
    else
        canvas_putf(c, a, 0, 0, ROLE_FAINT, "No trouble in %s lines. l shows all.",
                    count_text(app->log_count, all));
}

static void draw(const struct app *app, struct canvas *c, struct area a)
{
    struct log_state *s = current(app);

    s->height = a.h;
    if (a.h < 1 || a.w < 1)
        return;
    if (s->shown.count == 0) {
        draw_nothing(app, s, c, a);
        return;
    }
    size_t i = place_top(app, s, a);
    int y = 0;
    if (i == 0 && app->log_dropped > 0 && a.h > 2 && !s->is_following) {
        char skipped[32];
        canvas_putf(c, a, y++, 0, ROLE_FAINT, "+%s lines skipped",
                    count_text(app->log_dropped, skipped));
    }
    for (; y < a.h && i < s->shown.count; i++)
        y += draw_line(app, s, c, a, y, i);
}

const struct pane pane_log = {
    .name = "log",
    .title = "Log",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = draw,
    .input = take,
};
