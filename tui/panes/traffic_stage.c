/* traffic_stage.c - see traffic_stage.h. */
#include "tui/panes/traffic_stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tui/app.h"
#include "tui/gauge.h"
#include "tui/panes/traffic_preview.h"
#include "tui/panes/traffic_view.h"
#include "tui/reading.h"

#define NEAR 1e-6
#define LABEL_COLS 10
#define SAID_COLS 27
#define SAID_COLS_LESS 19 /* the shortest form of everything beside the bars */
#define ROOMY 70
#define LEAST_BAR 20
#define SECOND_MS 1000

struct traffic_stage *traffic_stage_of(const struct app *app) { return app->states[PANE_TRAFFIC]; }

void traffic_stage_view(const struct app *app, struct traffic_view *out)
{
    const struct traffic_stage *s = traffic_stage_of(app);

    traffic_view_of(app, s->alias_at, out);
    if (s->is_asked) {
        out->asked = (struct traffic_mark){true, s->asked, s->asked_ms};
        out->state = TRAFFIC_ASKED;
    } else if (s->dialog != NULL) {
        out->state = TRAFFIC_PREVIEWED;
    } else if (s->is_staged && out->state != TRAFFIC_DRIFT) {
        out->state = TRAFFIC_STAGED;
    }
}

void traffic_stage_bar(struct area a, int *x, int *width)
{
    int label = a.w >= LABEL_COLS + LEAST_BAR ? LABEL_COLS : 0;
    int wish = a.w >= ROOMY ? SAID_COLS : SAID_COLS_LESS;
    int said = a.w >= label + LEAST_BAR + wish ? wish : 0;

    *x = label;
    *width = a.w - label - said;
}

/* ---- the draft ---- */

static void drop(struct traffic_stage *s)
{
    s->is_staged = s->is_typing = false;
    s->typed[0] = '\0';
}

void traffic_stage_clear(struct app *app) { drop(traffic_stage_of(app)); }

enum fit { FIT_PLAN, FIT_BETWEEN, FIT_BEYOND };

/* A run takes the weights of its plan one by one; less is always possible. */
static enum fit fit_of(const struct traffic_view *v, double weight)
{
    double next = traffic_view_next(v);
    bool is_on_ladder =
        v->run != NULL && v->is_open && !v->is_backward && next >= 0 && v->state != TRAFFIC_DRIFT;

    if (!is_on_ladder || weight <= v->set.share + NEAR || fabs(weight - next) <= NEAR)
        return FIT_PLAN;
    return weight > next ? FIT_BEYOND : FIT_BETWEEN;
}

/* Before anybody has typed for it; once, not at each step of the slider. */
static void say_fit(struct app *app, const struct traffic_view *v, enum fit before, enum fit now)
{
    char percent[16];

    if (now != FIT_PLAN && now != before)
        app_toast(app, false, "%s: the next weight is %s",
                  now == FIT_BEYOND ? "beyond the plan" : "not a weight of the plan",
                  app_percent_text(traffic_view_next(v), percent));
}

void traffic_stage_set(struct app *app, double weight)
{
    struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    if (!v.set.is_known) {
        app_toast(app, false, "what is set now was not read yet: nothing can be staged");
        return;
    }
    weight = weight < 0 ? 0 : weight > 1 ? 1 : weight;
    say_fit(app, &v, s->is_staged ? fit_of(&v, s->weight) : FIT_PLAN, fit_of(&v, weight));
    s->is_typing = false;
    s->weight = weight;
    s->set_then = v.set.share;
    s->is_staged = fabs(weight - v.set.share) > NEAR;
    s->expires_ms = app->wall_ms + TRAFFIC_STAGE_LIFE_MS;
}

/* In whole percents from where the draft, or what is set, is. */
void traffic_stage_move(struct app *app, double by)
{
    const struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    double from = s->is_staged ? s->weight : v.set.share;
    double to = (by > 0 ? floor(from * 100 + NEAR) : ceil(from * 100 - NEAR)) / 100 + by;
    traffic_stage_set(app, round(to * 100) / 100);
}

/* ---- typing an exact weight ---- */

static bool is_digit(int key) { return (key >= '0' && key <= '9') || key == '.'; }

static void take_typed(struct app *app, struct traffic_stage *s)
{
    double percent;

    if (!text_to_double(s->typed, &percent) || percent < 0 || percent > 100)
        app_toast(app, false, "%s is no share: 0 to 100", s->typed);
    else
        traffic_stage_set(app, percent / 100);
    s->typed[0] = '\0';
    s->is_typing = false;
}

static bool take_key(struct app *app, struct traffic_stage *s, int key)
{
    size_t length = strlen(s->typed);

    /* A digit is another pane's until a weight is staged or "=" was pressed. */
    if (is_digit(key) && (s->is_typing || s->is_staged)) {
        s->is_typing = true;
        if (length + 1 < sizeof s->typed) {
            s->typed[length] = (char)key;
            s->typed[length + 1] = '\0';
        }
        return true;
    }
    if (!s->is_typing) {
        if (key != KEY_CODE_ESCAPE || !s->is_staged)
            return false;
        drop(s);
        return true;
    }
    if (key == KEY_CODE_BACKSPACE && length > 0)
        s->typed[length - 1] = '\0';
    else if (key == KEY_CODE_ENTER && length > 0)
        take_typed(app, s);
    else if (key == KEY_CODE_ESCAPE || key == KEY_CODE_ENTER || key == KEY_CODE_BACKSPACE) {
        s->is_typing = false;
        s->typed[0] = '\0';
    } else
        return false;
    return true;
}

/* ---- the mouse ---- */

static bool take_mouse(struct app *app, const struct input *input, struct area a)
{
    int x, width, column = input->x - a.x;

    if (input->mouse != MOUSE_PRESS && input->mouse != MOUSE_DRAG)
        return false;
    traffic_stage_bar(a, &x, &width);
    if (input->y < a.y + 1 || input->y > a.y + TRAFFIC_SLIDER_ROWS || column < x ||
        column >= x + width)
        return false;
    traffic_stage_set(app, round(gauge_share_at(width, column - x) * 100) / 100);
    return true;
}

/* ---- time and news ---- */

static void expire(struct app *app, struct traffic_stage *s)
{
    if (!s->is_staged || app->wall_ms < s->expires_ms)
        return;
    char percent[16];
    app_toast(app, false, "the draft of %s was dropped: it was two minutes old",
              app_percent_text(s->weight, percent));
    drop(s);
}

bool traffic_stage_input(struct app *app, const struct input *input, struct area a,
                         struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);

    (void)effects;
    if (input->kind == INPUT_TICK)
        expire(app, s);
    if (input->kind == INPUT_MOUSE)
        return take_mouse(app, input, a);
    return input->kind == INPUT_KEY && take_key(app, s, input->key);
}

void traffic_stage_changed(struct app *app, struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    (void)effects;
    traffic_view_of(app, s->alias_at, &v);
    s->alias_at = v.alias_at;
    traffic_preview_changed(app, &v);
    if (s->is_staged && v.set.is_known && fabs(v.set.share - s->set_then) > NEAR) {
        char percent[16], now[16];
        app_toast(app, false, "the draft of %s was dropped: %s is set now",
                  app_percent_text(s->weight, percent), app_percent_text(v.set.share, now));
        drop(s);
    }
}

/* When the age of what was read back says something else. */
static int64_t next_age_ms(const struct app *app)
{
    struct traffic_view v;

    if (!reading_is_seen(app, PANE_TRAFFIC))
        return -1;
    traffic_view_of(app, traffic_stage_of(app)->alias_at, &v);
    return v.set.is_known ? reading_wake_ms(app, reading_next_age_ms(app, v.set.at_ms,
                                                                     reading_interval_ms(app)))
                          : -1;
}

int64_t traffic_stage_next_tick_ms(const struct app *app)
{
    const struct traffic_stage *s = traffic_stage_of(app);
    int64_t left_ms = s->expires_ms - app->wall_ms, next_ms = next_age_ms(app);

    if (!s->is_staged)
        return next_ms;
    left_ms = left_ms <= 0 ? 0 : left_ms % SECOND_MS == 0 ? SECOND_MS : left_ms % SECOND_MS;
    return reading_sooner(next_ms, app->wall_ms + left_ms);
}
