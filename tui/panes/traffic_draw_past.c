/* traffic_draw_past.c - the new version beside the old one, and what happened last. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "tui/app.h"
#include "tui/gauge.h"
#include "tui/panes/metrics_draw.h"
#include "tui/panes/metrics_view.h"
#include "tui/panes/traffic_draw.h"
#include "tui/panes/traffic_view.h"

#define MOST_EVENTS 30
#define SPARK_MOST 60
#define SPARK_COLS 40
#define SPARK_LEAST 9
#define NAME_COLS 11
#define COUNT_COLS 20
#define LIMIT_COLS 8
#define PLAN_CEILING 800
#define PLOTTED "error rate"
#define PLOT_ROWS 12
#define PLOT_LEAST 7

/* ---- old and new ---- */

static bool is_comparable(const struct traffic_view *v)
{
    return v->measurement != NULL && v->aspects[0].fresh.whole + v->aspects[0].old.whole > 0;
}

static int compare_rows(const struct traffic_scene *scene, int width)
{
    return !is_comparable(scene->v) || width < NAME_COLS + 2 * COUNT_COLS ? 0 : 3;
}

static void put_count(const struct traffic_scene *scene, struct area a, int y, int x,
                      enum role role, struct traffic_count count)
{
    char said[64], percent[16];

    if (count.whole <= 0) {
        canvas_put(scene->c, a, y, x, ROLE_FAINT, "no requests");
        return;
    }
    (void)snprintf(percent, sizeof percent, "%.2g %%",
                   100.0 * (double)count.part / (double)count.whole);
    int length = snprintf(said, sizeof said, "%s %lld of %lld", percent, (long long)count.part,
                          (long long)count.whole);
    if (length >= COUNT_COLS) /* a number is whole or not there */
        (void)snprintf(said, sizeof said, "%lld of %lld", (long long)count.part,
                       (long long)count.whole);
    canvas_put(scene->c, a, y, x, role, said);
}

/* What is over its limit is said in the colour and by a mark. */
static enum role count_role(struct traffic_count count, double limit, enum role usual)
{
    return limit > 0 && count.whole > 0 && (double)count.part > limit * (double)count.whole
               ? ROLE_BAD
               : usual;
}

static void spark_of(const struct traffic_scene *scene, struct area a, int y, const json_t *series,
                     enum role role)
{
    const json_t *values = json_object_get(series, "values");
    double numbers[SPARK_MOST];
    size_t count = json_array_size(values), most = a.w < SPARK_MOST ? (size_t)a.w : SPARK_MOST;
    size_t from = count > most ? count - most : 0, filled = 0;

    for (size_t i = from; i < count; i++) {
        const json_t *value = json_array_get(json_array_get(values, i), 1);
        numbers[filled++] = json_is_number(value) ? json_number_value(value) : NAN;
    }
    if (filled > 0)
        gauge_spark(scene->c, a, y, 0, a.w, role, numbers, filled);
}

static void draw_aspect(const struct traffic_scene *scene, struct area a, int y,
                        const struct traffic_aspect *aspect, const char *name)
{
    char limit[16];

    canvas_put(scene->c, canvas_cols(a, 0, NAME_COLS - 1), y, 0, ROLE_TEXT, name);
    put_count(scene, a, y, NAME_COLS, count_role(aspect->fresh, aspect->limit, ROLE_NEW_VERSION),
              aspect->fresh);
    put_count(scene, a, y, NAME_COLS + COUNT_COLS, ROLE_OLD_VERSION, aspect->old);
    if (aspect->limit > 0)
        canvas_put(scene->c, a, y, NAME_COLS + 2 * COUNT_COLS, ROLE_LIMIT,
                   app_percent_text(aspect->limit, limit));
}

static void draw_compare(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    int y = a.h >= 3 ? 1 : 0;
    struct area spark =
        canvas_cols(canvas_cols(a, NAME_COLS + 2 * COUNT_COLS + LIMIT_COLS, -1), 0, SPARK_COLS);
    char version[32], slow[32], lasting[CLOCK_STAMP_SIZE];

    if (y > 0) {
        canvas_put(scene->c, a, 0, NAME_COLS, ROLE_NEW_VERSION,
                   app_version_text(v->fresh, version));
        canvas_put(scene->c, a, 0, NAME_COLS + COUNT_COLS, ROLE_OLD_VERSION,
                   app_version_text(v->old, version));
        canvas_put(scene->c, a, 0, NAME_COLS + 2 * COUNT_COLS, ROLE_LIMIT, "limit");
        if (spark.w >= SPARK_LEAST)
            canvas_put(scene->c, spark, 0, 0, ROLE_FAINT, "by minute");
    }
    (void)snprintf(slow, sizeof slow, "over %s",
                   clock_duration_text((int64_t)v->slow_limit_ms, lasting));
    draw_aspect(scene, a, y, &v->aspects[0], "failed");
    draw_aspect(scene, a, y + 1, &v->aspects[1], v->slow_limit_ms > 0 ? slow : "slow");
    if (spark.w >= SPARK_LEAST) {
        spark_of(scene, spark, y, traffic_view_series(scene->app, "error-rate", v->fresh),
                 ROLE_NEW_VERSION);
        spark_of(scene, spark, y + 1, traffic_view_series(scene->app, "duration-p99", v->fresh),
                 ROLE_NEW_VERSION);
    }
}

/* ---- the ladder of the plan, before it is climbed ---- */

/* Yours; NULL = there is none. */
static char *plan_text(const struct traffic_view *v)
{
    char percent[16], lasting[CLOCK_STAMP_SIZE];
    int64_t sum_ms = 0;

    if (v->rung_count == 0 || (v->run != NULL && v->asked.is_known))
        return NULL;
    auto_buf out;
    buf_init(&out, PLAN_CEILING);
    buf_adds(&out, "the plan's weights: ");
    for (size_t i = 0; i < v->rung_count; i++) {
        const struct traffic_rung *r = &v->rungs[i];
        buf_addf(&out, "%s%s", i > 0 ? ", " : "", app_percent_text(r->weight, percent));
        if (r->bake_ms > 0)
            buf_addf(&out, " for %s", clock_duration_text(r->bake_ms, lasting));
        sum_ms += r->bake_ms;
    }
    buf_addf(&out, "; at least %s, each weight judged", clock_duration_text(sum_ms, lasting));
    return buf_steal(&out);
}

static int plan_rows(const struct traffic_scene *scene, int width)
{
    auto_free char *text = plan_text(scene->v);
    return text != NULL ? canvas_wrap_height(width, 0, text) : 0;
}

static void draw_plan(const struct traffic_scene *scene, struct area a)
{
    auto_free char *text = plan_text(scene->v);
    canvas_wrap(scene->c, a, 0, 0, 0, ROLE_FAINT, text);
}

/* ---- the numbers of now, where no two versions are compared ---- */

static const struct {
    const char *what, *name;
} numbers_now[] = {{"invocations", "requests"}, {"error-rate", "failed"}, {"duration-p99", "p99"}};

static const json_t *series_now(const struct traffic_scene *scene, const char *what)
{
    const struct traffic_view *v = scene->v;
    const json_t *series = traffic_view_series(scene->app, what, "");
    if (series == NULL)
        series = traffic_view_series(scene->app, what,
                                     v->set.is_known && v->set.share > 0.5 ? v->fresh : v->old);
    return series;
}

static int now_rows(const struct traffic_scene *scene, int width)
{
    int rows = 0;
    if (is_comparable(scene->v) || width < 40)
        return 0;
    for (size_t i = 0; i < sizeof numbers_now / sizeof numbers_now[0]; i++)
        rows += series_now(scene, numbers_now[i].what) != NULL;
    return rows;
}

static void draw_now(const struct traffic_scene *scene, struct area a)
{
    int y = 0;

    for (size_t i = 0; i < sizeof numbers_now / sizeof numbers_now[0]; i++) {
        const json_t *series = series_now(scene, numbers_now[i].what);
        const json_t *newest = json_object_get(series, "newest");
        const char *unit = json_string_value(json_object_get(series, "unit"));
        char value[METRICS_VALUE_SIZE];
        if (series == NULL || unit == NULL)
            continue;
        canvas_put(scene->c, a, y, 0, ROLE_TEXT, numbers_now[i].name);
        if (json_is_number(newest))
            canvas_putf(scene->c, a, y, NAME_COLS, ROLE_STRONG, "%s%s",
                        metrics_view_value(json_number_value(newest), unit, value),
                        strcmp(unit, "1") == 0 ? " a minute" : "");
        else
            canvas_put(scene->c, a, y, NAME_COLS, ROLE_FAINT, "no data");
        spark_of(scene, canvas_cols(a, NAME_COLS + COUNT_COLS, -1), y, series, ROLE_FAINT);
        y++;
    }
}

/* ---- where there is room: the rate of failures over time ---- */

static int plot_rows(const struct traffic_scene *scene, int width)
{
    return width >= 50 && metrics_draw_has(scene->app, PLOTTED) ? PLOT_ROWS : 0;
}

static void draw_plotted(const struct traffic_scene *scene, struct area a)
{
    metrics_draw_named(scene->app, scene->c, a, PLOTTED);
}

/* ---- what happened ---- */

/* What the judge sees stands above; only a conviction is an event to people. */
static bool is_told(const struct event *e, const char *step)
{
    if (strcmp(e->type, "measured") == 0) {
        const char *kind =
            json_string_value(json_object_get(json_object_get(e->body, "verdict"), "kind"));
        return kind != NULL && strcmp(kind, "failed") == 0;
    }
    if (strcmp(e->type, "step_waiting") == 0)
        return false;
    return strcmp(e->step, step) == 0 || strcmp(e->type, "rollback_started") == 0 ||
           strcmp(e->type, "run_ended") == 0;
}

static size_t newest_events(const struct traffic_scene *scene, size_t most,
                            const struct event **out)
{
    const struct app_environment *e = app_environment(scene->app);
    const struct traffic_view *v = scene->v;
    size_t count = 0;

    if (v->run == NULL || v->step == NULL)
        return 0;
    for (size_t i = e->event_count; i-- > 0 && count < most;) {
        if (!is_told(e->events[i], v->step->id))
            continue;
        auto_free char *text = event_text(e->events[i]);
        if (text != NULL)
            out[count++] = e->events[i];
    }
    return count;
}

static int event_rows(const struct traffic_scene *scene, int width)
{
    const struct event *events[MOST_EVENTS];

    return width < 20 ? 0 : (int)newest_events(scene, MOST_EVENTS, events);
}

static void draw_events(const struct traffic_scene *scene, struct area a)
{
    static const enum role roles[] = {[EVENT_MOOD_PLAIN] = ROLE_TEXT,
                                      [EVENT_MOOD_GOOD] = ROLE_GOOD,
                                      [EVENT_MOOD_BAD] = ROLE_BAD,
                                      [EVENT_MOOD_WARN] = ROLE_WARN,
                                      [EVENT_MOOD_FAINT] = ROLE_FAINT};
    const struct event *events[MOST_EVENTS];
    size_t count = newest_events(scene, a.h < MOST_EVENTS ? (size_t)a.h : MOST_EVENTS, events);

    for (size_t i = 0; i < count; i++) {
        const struct event *e = events[count - 1 - i];
        auto_free char *text = event_text(e);
        char at[CLOCK_STAMP_SIZE];
        int x = canvas_put(scene->c, a, (int)i, 0, ROLE_FAINT, clock_time_of_day(e->at_ms, at));
        canvas_put(scene->c, a, (int)i, x + 1, roles[event_mood(e)], text);
    }
}

const struct traffic_block traffic_draw_past[] = {
    {"plan", 9, 1, true, plan_rows, draw_plan},
    {"now", 10, 1, false, now_rows, draw_now},
    {"new beside old", 7, 3, false, compare_rows, draw_compare},
    {"share of failed requests", 12, PLOT_LEAST, false, plot_rows, draw_plotted},
    {"events", 13, 1, false, event_rows, draw_events},
    {0},
};
