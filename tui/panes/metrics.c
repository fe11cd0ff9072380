/* metrics.c - the pane "Metrics": the numbers of CloudWatch on one axis of time. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/pane.h"
#include "tui/panes/metrics_draw.h"
#include "tui/panes/metrics_view.h"

#define USUAL_RANGE 3 /* an hour */
#define LARGE_STEP 10 /* periods */
#define READ_EVERY_MS 60000

static void *new_state(void)
{
    struct metrics_pane *pane = xcalloc(1, sizeof *pane);
    pane->range = USUAL_RANGE;
    pane->cursor_s = -1;
    return pane;
}

static void free_state(void *state) { free(state); }

static struct metrics_pane *state_of(const struct app *app) { return app->states[PANE_METRICS]; }

/* Behind the title: "1 h, 2 of 14, [02:43Z], 3 m ago". */
static void say_about(const struct app *app, char *out, size_t size)
{
    const struct metrics_pane *pane = state_of(app);
    char range[CLOCK_STAMP_SIZE], at[CLOCK_STAMP_SIZE], age[32] = "", cursor[24] = "";
    struct metrics_view v;

    metrics_view_of(app, &v);
    if (size == 0)
        return;
    out[0] = '\0';
    if (v.count == 0)
        return;
    app_age_text(app, v.read_ms, READ_EVERY_MS, age);
    if (pane->cursor_s >= 0)
        (void)snprintf(cursor, sizeof cursor, ", at %.5sZ",
                       clock_time_of_day(pane->cursor_s * 1000, at));
    (void)snprintf(out, size, "%s, %zu of %zu%s%s%s",
                   clock_duration_text(metrics_draw_ranges_s[pane->range] * INT64_C(1000), range),
                   metrics_draw_selected(pane, &v) + 1, v.count, cursor, age[0] != '\0' ? ", " : "",
                   age);
}

static void fit(struct app *app)
{
    struct metrics_view v;
    metrics_view_of(app, &v);
    metrics_draw_fit(app, state_of(app), &v);
}

static void changed(struct app *app, struct effects *effects)
{
    (void)effects;
    if (app->options.is_ascii && !state_of(app)->is_mode_chosen)
        state_of(app)->mode = PLOT_ASCII;
    fit(app);
}

/* ---- keys ---- */

static void select_by(struct app *app, int by)
{
    struct metrics_pane *pane = state_of(app);
    struct metrics_view v;

    metrics_view_of(app, &v);
    if (v.count == 0)
        return;
    int64_t at = (int64_t)metrics_draw_selected(pane, &v) + by;
    at = at < 0 ? 0 : at >= (int64_t)v.count ? (int64_t)v.count - 1 : at;
    text_copy(pane->selected, sizeof pane->selected, v.groups[at].label);
}

static void select_next(struct app *app, struct effects *effects)
{
    (void)effects;
    select_by(app, 1);
}

static void select_former(struct app *app, struct effects *effects)
{
    (void)effects;
    select_by(app, -1);
}

static void select_first(struct app *app, struct effects *effects)
{
    (void)effects;
    select_by(app, -METRICS_MOST);
}

static void select_last(struct app *app, struct effects *effects)
{
    (void)effects;
    select_by(app, METRICS_MOST);
}

/* The first press puts it on the newest settled value. */
static void move_cursor(struct app *app, int periods)
{
    struct metrics_pane *pane = state_of(app);
    struct metrics_view v;

    metrics_view_of(app, &v);
    if (v.count == 0 || v.end_s == 0)
        return;
    int64_t first_s = v.end_s - metrics_draw_ranges_s[pane->range], last_s = v.end_s - v.period_s;
    if (pane->cursor_s < 0) {
        int64_t settled_s = v.groups[metrics_draw_selected(pane, &v)].settled_s - v.period_s;
        pane->cursor_s = settled_s >= first_s && settled_s <= last_s ? settled_s : last_s;
        return;
    }
    pane->cursor_s += (int64_t)periods * v.period_s;
    pane->cursor_s = pane->cursor_s < first_s  ? first_s
                     : pane->cursor_s > last_s ? last_s
                                               : pane->cursor_s;
}

static void cursor_left(struct app *app, struct effects *effects)
{
    (void)effects;
    move_cursor(app, -1);
}

static void cursor_right(struct app *app, struct effects *effects)
{
    (void)effects;
    move_cursor(app, 1);
}

static void cursor_far_left(struct app *app, struct effects *effects)
{
    (void)effects;
    move_cursor(app, -LARGE_STEP);
}

static void cursor_far_right(struct app *app, struct effects *effects)
{
    (void)effects;
    move_cursor(app, LARGE_STEP);
}

static void change_range(struct app *app, struct effects *effects, int by)
{
    struct metrics_pane *pane = state_of(app);

    pane->range += by;
    pane->cursor_s = -1;
    pane->limit_count = 0;
    fit(app);
    app_ask(app, effects,
            json_pack("{s:s, s:I}", "verb", "look", "since_ms",
                      (json_int_t)metrics_draw_ranges_s[pane->range] * 1000),
            NULL, NULL, NULL, NULL);
}

static void shorter(struct app *app, struct effects *effects) { change_range(app, effects, -1); }

static void longer(struct app *app, struct effects *effects) { change_range(app, effects, 1); }

static const char *shorter_refused(const struct app *app)
{
    return state_of(app)->range == 0 ? "5 minutes are the shortest range" : NULL;
}

static const char *longer_refused(const struct app *app)
{
    return state_of(app)->range == METRICS_RANGES - 1 ? "a day is the longest range" : NULL;
}

static void change_mode(struct app *app, struct effects *effects)
{
    struct metrics_pane *pane = state_of(app);

    (void)effects;
    pane->is_mode_chosen = true;
    pane->mode = (enum plot_mode)((pane->mode + 1) % PLOT_MODE_COUNT);
    app_toast(app, false, "plots are drawn with %s", plot_mode_name(pane->mode));
}

static const char *mode_refused(const struct app *app)
{
    return app->options.is_ascii ? "this console draws ASCII only" : NULL;
}

static void toggle_large(struct app *app, struct effects *effects)
{
    (void)effects;
    state_of(app)->is_large = !state_of(app)->is_large;
}

static const struct key keys[] = {
    {.code = KEY_CODE_DOWN,
     .other = 'j',
     .label = "series",
     .name = "the next metric",
     .help = "The next metric",
     .rank = 10,
     .act = select_next},
    {.code = KEY_CODE_UP,
     .other = 'k',
     .name = "the metric before",
     .help = "The metric before",
     .act = select_former},
    {.code = KEY_CODE_ENTER,
     .label = "large",
     .name = "this metric large, and back",
     .help = "Shows this metric alone; again shows all",
     .rank = 20,
     .act = toggle_large},
    {.code = KEY_CODE_LEFT,
     .other = 'h',
     .label = "read out",
     .name = "the value a minute earlier",
     .help = "Reads the values out, minute by minute; Esc takes the cursor away",
     .rank = 30,
     .act = cursor_left},
    {.code = KEY_CODE_RIGHT,
     .other = 'l',
     .name = "the value a minute later",
     .help = "The values a minute later",
     .act = cursor_right},
    {.code = KEY_CODE_SHIFT_LEFT,
     .other = 'H',
     .help = "Ten minutes earlier",
     .act = cursor_far_left},
    {.code = KEY_CODE_SHIFT_RIGHT,
     .other = 'L',
     .help = "Ten minutes later",
     .act = cursor_far_right},
    {.code = '[',
     .label = "shorter",
     .name = "a shorter range of time",
     .help = "A shorter range: down to 5 minutes",
     .rank = 40,
     .refused = shorter_refused,
     .act = shorter},
    {.code = ']',
     .label = "longer",
     .name = "a longer range of time",
     .help = "A longer range: up to a day",
     .rank = 41,
     .refused = longer_refused,
     .act = longer},
    {.code = 'b',
     .label = "glyphs",
     .name = "draw plots with other characters",
     .help = "Braille, blocks or ASCII: whatever this terminal shows well",
     .rank = 60,
     .refused = mode_refused,
     .act = change_mode},
    {.code = KEY_CODE_HOME, .other = 'g', .help = "The first metric", .act = select_first},
    {.code = KEY_CODE_END, .other = 'G', .help = "The last metric", .act = select_last},
    {0},
};

static bool take(struct app *app, const struct input *input, struct area a, struct effects *effects)
{
    struct metrics_pane *pane = state_of(app);

    (void)a;
    (void)effects;
    if (input->kind != INPUT_KEY || input->key != KEY_CODE_ESCAPE)
        return false;
    if (pane->cursor_s < 0 && !pane->is_large)
        return false;
    if (pane->cursor_s >= 0)
        pane->cursor_s = -1;
    else
        pane->is_large = false;
    return true;
}

const struct pane pane_metrics = {
    .name = "metrics",
    .title = "Metrics",
    .legend = "Marks: a line is the new version, dots are the old one, a ring may still change, ^ "
              "is a weight "
              "change, the dashes are the limit",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = metrics_draw,
    .input = take,
    .changed = changed,
};
