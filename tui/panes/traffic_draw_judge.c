/* traffic_draw_judge.c - the judge's word, how far it is, the guards, old against new, and what
 * happened last. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/event.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/gauge.h"
#include "tui/panes/traffic_draw.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"
#include "tui/plot.h"

#define MOST_EVENTS 40
#define SPARK_LEAST 8
#define SPARK_MOST 60
#define NEAR 1e-6

/* ---- its word ---- */

/* Where no judge is at work. Yours. */
static char *idle_text(const struct traffic_view *v)
{
    char old[32], fresh[32], percent[16], at[CLOCK_STAMP_SIZE];
    const char *reason = v->run != NULL && v->run->reason != NULL ? v->run->reason : "";
    const char *failed = v->step != NULL && v->step->reason != NULL && v->step->reason[0] != '\0'
                             ? v->step->reason
                             : reason;

    app_version_text(v->old, old);
    app_version_text(v->fresh, fresh);
    if (v->state == TRAFFIC_DRIFT)
        return xasprintf("%s. Nothing of it was overwritten: ! goes back, or leave it as it is",
                         v->drift);
    if (v->state == TRAFFIC_ROLLED_BACK && traffic_view_taken_back_ms(v) > 0)
        return xasprintf("AWS gave all of it back to %s at %s: flightdeck was silent. C closes the "
                         "run",
                         old, clock_time_of_day(traffic_view_taken_back_ms(v), at));
    if (v->state == TRAFFIC_ROLLED_BACK)
        return xasprintf("rolled back: %s serves all of it%s%s",
                         v->set.is_known && v->set.share > 0.5 ? fresh : old,
                         reason[0] != '\0' ? ". " : "", reason);
    if (v->state == TRAFFIC_CONVICTED)
        return xasprintf("going back to %s%s%s", old, reason[0] != '\0' ? ": " : "", reason);
    if (v->state == TRAFFIC_FAILED)
        return xasprintf("it could not be moved%s%s", failed[0] != '\0' ? ": " : "", failed);
    if (!v->set.is_known)
        return xstrdup("what is set was not read yet");
    if (v->other_share > NEAR)
        return xasprintf("%s has %s, and is no version of this run: somebody else changed it",
                         app_version_text(v->other, fresh),
                         app_percent_text(v->other_share, percent));
    if (v->fresh[0] == '\0' || v->set.share <= NEAR)
        return xasprintf("%s serves all of it. The step `shift` of the plan moves it; by hand: "
                         "stage a weight with the arrows, then p",
                         old);
    if (v->set.share >= 1 - NEAR)
        return xasprintf("%s serves all of it", fresh);
    return xasprintf("%s has %s, and no run is judging it: nothing clears or convicts it by itself",
                     fresh, app_percent_text(v->set.share, percent));
}

static const struct {
    enum verdict_kind kind;
    enum glyph glyph;
    enum role role;
    const char *word;
} words[] = {
    {VERDICT_INCONCLUSIVE, GLYPH_HOLLOW, ROLE_TEXT, "not yet"},
    {VERDICT_GOOD, GLYPH_CHECK, ROLE_GOOD, "good"},
    {VERDICT_BAD, GLYPH_FAIL, ROLE_BAD, "bad"},
    {VERDICT_NO_DATA, GLYPH_HOLLOW, ROLE_WARN, "no requests yet: cannot verify"},
    {VERDICT_ERROR, GLYPH_FAIL, ROLE_WARN, "could not read it"},
};

static size_t word_of(const struct traffic_view *v)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == v->verdict)
            return i;
    return 0;
}

static bool is_judging(const struct traffic_view *v)
{
    return v->has_verdict && v->state != TRAFFIC_DRIFT && v->state != TRAFFIC_FAILED &&
           traffic_view_taken_back_ms(v) == 0 && (v->is_open || v->verdict == VERDICT_BAD);
}

/* Yours. */
static char *verdict_text(const struct traffic_view *v)
{
    const char *word = v->is_held ? "held" : words[word_of(v)].word;

    if (!is_judging(v)) {
        bool waits = v->is_open && v->rung_now >= 0 && v->state != TRAFFIC_DRIFT &&
                     v->state != TRAFFIC_FAILED && traffic_view_taken_back_ms(v) == 0;
        return waits ? xstrdup("the judge has not looked at this weight yet") : idle_text(v);
    }
    /* The sentence ends with the same word; it belongs in front. */
    const char *colon = strrchr(v->sentence, ':');
    int length = colon != NULL && strcmp(colon + 1, "") != 0 && strcmp(colon + 2, word) == 0
                     ? (int)(colon - v->sentence)
                     : (int)strlen(v->sentence);
    if (text_starts_with(v->sentence, word))
        return xstrdup(v->sentence);
    if (v->state == TRAFFIC_CONVICTED) {
        char old[32];
        return xasprintf("%s: %.*s; going back to %s", word, length, v->sentence,
                         app_version_text(v->old, old));
    }
    return xasprintf("%s: %.*s", word, length, v->sentence);
}

/* Yours; NULL = nothing is asked. */
static char *question_text(const struct traffic_view *v)
{
    double next = traffic_view_next(v);
    char to[16], fresh[32];

    if (v->prompt == NULL || next < 0)
        return NULL;
    return xasprintf("promotes %s to %s%s", app_version_text(v->fresh, fresh),
                     app_percent_text(next, to),
                     v->is_held ? " all the same: the judge holds it" : ", as the plan says");
}

static int verdict_rows(const struct traffic_scene *scene, int width)
{
    auto_free char *text = verdict_text(scene->v);
    auto_free char *question = question_text(scene->v);
    return canvas_wrap_height(width - 2, 0, text) + (question != NULL);
}

static void draw_verdict(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    auto_free char *text = verdict_text(v);
    auto_free char *question = question_text(v);
    size_t word = word_of(v);
    bool is_told = is_judging(v);
    enum role role = is_told                    ? words[word].role
                     : v->state == TRAFFIC_IDLE ? ROLE_TEXT
                                                : traffic_draw_state_role(v);
    int y = 0;

    if (question != NULL && a.h > 0) {
        canvas_put(scene->c, a, 0, 0, ROLE_KEY, "P");
        canvas_put(scene->c, a, 0, 2, ROLE_ACTIVE, question);
        y = 1;
    }
    canvas_glyph(scene->c, a, y, 0, role, is_told ? words[word].glyph : GLYPH_BULLET);
    struct area rest = canvas_cols(canvas_rows(a, y, -1), 2, -1);
    if (canvas_wrap_height(rest.w, 0, text) <= rest.h)
        canvas_wrap(scene->c, rest, 0, 0, 0, role, text);
    else if (rest.h == 1)
        canvas_put(scene->c, rest, 0, 0, role, text);
    else
        canvas_wrap(scene->c, rest, 0, 0, 0, role, text);
}

/* ---- how far it is ---- */

static bool is_baking(const struct traffic_view *v)
{
    return v->is_open && v->rung_now >= 0 && v->rungs[v->rung_now].cleared_ms == 0 &&
           v->state != TRAFFIC_DRIFT && v->state != TRAFFIC_FAILED;
}

struct progress {
    const char *label;
    double share; /* NAN = not known */
    char said[64];
    enum role role;
};

static double part_of(int64_t part, int64_t whole)
{
    return whole <= 0 ? NAN : part >= whole ? 1 : (double)part / (double)whole;
}

static void say_progress(const struct traffic_scene *scene, struct progress out[static 3])
{
    const struct traffic_view *v = scene->v;
    const struct traffic_rung *r = &v->rungs[v->rung_now];
    int64_t baked_ms = scene->app->world_ms - r->since_ms;
    char left[CLOCK_STAMP_SIZE], all[CLOCK_STAMP_SIZE];

    out[0] = (struct progress){"bake", r->bake_ms > 0 ? part_of(baked_ms, r->bake_ms) : 1, "",
                               ROLE_ACTIVE};
    if (out[0].share < 1)
        (void)snprintf(out[0].said, sizeof out[0].said, "%s left of %s",
                       clock_duration_text(r->bake_ms - baked_ms, left),
                       clock_duration_text(r->bake_ms, all));
    else
        text_copy(out[0].said, sizeof out[0].said, r->bake_ms > 0 ? "is over" : "none here");
    out[1] = (struct progress){"minutes", part_of(v->minutes, v->minutes_needed), "", ROLE_ACTIVE};
    (void)snprintf(out[1].said, sizeof out[1].said, "%lld settled, %lld needed",
                   (long long)v->minutes, (long long)v->minutes_needed);
    out[2] =
        (struct progress){"requests", part_of(v->requests, v->requests_needed), "", ROLE_ACTIVE};
    (void)snprintf(out[2].said, sizeof out[2].said, "%lld judged, %lld needed",
                   (long long)v->requests, (long long)v->requests_needed);
    for (int i = 1; i < 3; i++)
        if (isnan(out[i].share))
            text_copy(out[i].said, sizeof out[i].said, "not looked at yet");
    for (int i = 0; i < 3; i++)
        if (out[i].share >= 1)
            out[i].role = ROLE_GOOD;
}

static int progress_rows(const struct traffic_scene *scene, int width)
{
    return !is_baking(scene->v) ? 0 : width >= 44 ? 3 : 1;
}

static void draw_earliest(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    char at[CLOCK_STAMP_SIZE];

    if (v->has_verdict && v->verdict == VERDICT_GOOD)
        canvas_put(scene->c, a, 0, 0, ROLE_GOOD, "cleared");
    else if (v->clears_ms > scene->app->world_ms)
        canvas_putf(scene->c, a, 0, 0, ROLE_FAINT, "clears from %.5sZ",
                    clock_time_of_day(v->clears_ms, at));
    else
        canvas_put(scene->c, a, 0, 0, ROLE_FAINT, "clears when full");
    if (v->convicts_ms > 0)
        canvas_putf(scene->c, a, 1, 0, ROLE_FAINT, "convicts %.5sZ on",
                    clock_time_of_day(v->convicts_ms, at));
    else
        canvas_put(scene->c, a, 1, 0, ROLE_FAINT, "if bad: goes back");
    if (v->judged_ms > 0)
        canvas_putf(scene->c, a, 2, 0, ROLE_FAINT, "looked %s",
                    clock_time_of_day(v->judged_ms, at));
}

static void draw_progress_in_words(const struct traffic_scene *scene, struct area a,
                                   const struct progress *p)
{
    const struct traffic_view *v = scene->v;
    int x = canvas_put(scene->c, a, 0, 0, ROLE_FAINT, "bake ");

    x += canvas_put(scene->c, a, 0, x, p[0].role, p[0].said);
    if (v->minutes_needed > 0)
        canvas_putf(scene->c, a, 0, x, ROLE_FAINT, ", %lld/%lld min, %lld/%lld requests",
                    (long long)v->minutes, (long long)v->minutes_needed, (long long)v->requests,
                    (long long)v->requests_needed);
}

static void draw_progress(const struct traffic_scene *scene, struct area a)
{
    struct progress p[3];
    int x, width;

    say_progress(scene, p);
    if (a.h < 3) {
        draw_progress_in_words(scene, a, p);
        return;
    }
    traffic_stage_bar(a, &x, &width);
    bool has_sides = x + width < a.w;
    int bar = has_sides ? width - 24 : a.w - x - 24;
    for (int i = 0; i < 3; i++) {
        canvas_put(scene->c, a, i, 0, ROLE_FAINT, p[i].label);
        if (bar >= 6)
            gauge_progress(scene->c, a, i, x, bar, p[i].role, p[i].share);
        canvas_put(scene->c, canvas_cols(a, 0, has_sides ? x + width : a.w), i,
                   x + (bar >= 6 ? bar + 1 : 0), ROLE_TEXT, p[i].said);
    }
    if (has_sides)
        draw_earliest(scene, canvas_cols(a, x + width + 1, -1));
}

/* ---- the dead-man switch ---- */

/* When AWS goes back by itself if nobody looks again; 0 = it does not. */
static int64_t silent_until_ms(const struct traffic_view *v)
{
    const char *at = json_string_value(json_object_get(v->measurement, "silent_until"));
    int64_t until_ms = 0;

    if (v->is_open && at != NULL)
        FD_IGNORE(clock_parse_stamp(at, &until_ms));
    return until_ms;
}

static int silence_rows(const struct traffic_scene *scene, int width)
{
    (void)width;
    return silent_until_ms(scene->v) > 0;
}

static void draw_silence(const struct traffic_scene *scene, struct area a)
{
    int64_t until_ms = silent_until_ms(scene->v);
    bool is_late = scene->app->world_ms >= until_ms;
    char at[CLOCK_STAMP_SIZE];

    canvas_put(scene->c, a, 0, 0, ROLE_FAINT, "silence");
    canvas_putf(scene->c, a, 0, 10, is_late ? ROLE_BAD : ROLE_FAINT,
                is_late ? "AWS goes back by itself since %s: read the alias"
                        : "AWS goes back by itself at %s, unless flightdeck looks again",
                clock_time_of_day(until_ms, at));
}

/* ---- guards: what is judged of the whole environment ---- */

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static const json_t *guards_of(const struct traffic_view *v)
{
    return v->is_open ? json_object_get(v->measurement, "environment") : NULL;
}

/* As the series of the same name stands to its limit: the worst of its versions. */
static const char *guard_state(const struct app *app, const char *condition)
{
    static const char *const order[] = {"successful", "inconclusive", "no_data", "failed"};
    const struct app_environment *e = app_environment(app);
    const json_t *series = json_object_get(e->metrics.document, "series"), *one;
    const char *end = strpbrk(condition, "<>");
    auto_free char *name =
        text_dup(text_trim((struct text){condition, end != NULL ? (size_t)(end - condition) : 0}));
    int worst = -1;
    size_t i;

    json_array_foreach(series, i, one)
    {
        const char *label = text_at(one, "label");
        if (strncmp(label, name, strlen(name)) != 0 || name[0] == '\0' ||
            json_is_null(json_object_get(one, "threshold")))
            continue;
        for (int o = 0; o < 4; o++)
            if (strcmp(text_at(one, "state"), order[o]) == 0 && o > worst)
                worst = o;
    }
    return worst < 0 ? "" : order[worst];
}

static void say_guard(const json_t *guard, char *out, size_t size)
{
    const json_t *recent = json_object_get(guard, "recent");
    int64_t count = wire_whole(json_object_get(recent, "count"));
    int64_t of = wire_whole(json_object_get(recent, "of"));
    const json_t *value = json_object_get(guard, "value");
    char number[16];

    if (of > 0)
        (void)snprintf(out, size, "%.3g %%, %lld of %lld", 100.0 * (double)count / (double)of,
                       (long long)count, (long long)of);
    else if (json_is_number(value))
        (void)snprintf(out, size, "%s", plot_number(json_number_value(value), number));
    else
        (void)snprintf(out, size, "no data");
}

static int guard_rows(const struct traffic_scene *scene, int width)
{
    int count = (int)json_array_size(guards_of(scene->v));
    return width >= 100 ? (count + 1) / 2 : count;
}

static void draw_guard(const struct traffic_scene *scene, struct area a, const json_t *guard)
{
    static const struct {
        const char *state;
        enum glyph glyph;
        enum role role;
    } looks[] = {{"successful", GLYPH_CHECK, ROLE_GOOD},
                 {"inconclusive", GLYPH_HOLLOW, ROLE_WARN},
                 {"failed", GLYPH_FAIL, ROLE_BAD},
                 {"no_data", GLYPH_HOLLOW, ROLE_WARN},
                 {"", GLYPH_BULLET, ROLE_FAINT}};
    const char *condition = text_at(guard, "condition");
    const char *state = guard_state(scene->app, condition);
    char said[64];

    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (strcmp(looks[i].state, state) == 0)
            canvas_glyph(scene->c, a, 0, 0, looks[i].role, looks[i].glyph);
    say_guard(guard, said, sizeof said);
    int end = canvas_put_right(scene->c, a, 0, a.w, ROLE_TEXT, said);
    canvas_put(scene->c, canvas_cols(a, 0, a.w - end - 1), 0, 2, ROLE_TEXT, condition);
}

/* In one row: the first that does not hold, or that all do. */
static void draw_guards_in_words(const struct traffic_scene *scene, struct area a,
                                 const json_t *guards)
{
    const json_t *guard;
    size_t i, holding = 0;

    json_array_foreach(guards, i, guard)
    {
        const char *state = guard_state(scene->app, text_at(guard, "condition"));
        if (strcmp(state, "failed") == 0 || strcmp(state, "inconclusive") == 0) {
            draw_guard(scene, a, guard);
            return;
        }
        holding += strcmp(state, "successful") == 0;
    }
    bool all = holding == json_array_size(guards);
    canvas_glyph(scene->c, a, 0, 0, all ? ROLE_GOOD : ROLE_FAINT, all ? GLYPH_CHECK : GLYPH_BULLET);
    int x = 2 + canvas_putf(scene->c, a, 0, 2, ROLE_TEXT, "%zu of %zu guards hold", holding,
                            json_array_size(guards));
    json_array_foreach(guards, i, guard) x += canvas_putf(
        scene->c, a, 0, x, ROLE_FAINT, "%s%s", i == 0 ? ": " : ", ", text_at(guard, "condition"));
}

static void draw_guards(const struct traffic_scene *scene, struct area a)
{
    const json_t *guards = guards_of(scene->v), *guard;
    int columns = a.w >= 100 ? 2 : 1, width = a.w / columns;
    size_t i;

    if (a.h * columns < (int)json_array_size(guards)) {
        draw_guards_in_words(scene, a, guards);
        return;
    }

    json_array_foreach(guards, i, guard)
    {
        int y = (int)i / columns, x = (int)i % columns * width;
        if (y < a.h)
            draw_guard(scene, canvas_cols(canvas_rows(a, y, 1), x, width - (columns > 1 ? 3 : 0)),
                       guard);
    }
}

const struct traffic_block traffic_draw_judge[] = {
    {NULL, 4, 1, false, verdict_rows, draw_verdict},
    {NULL, 6, 1, true, progress_rows, draw_progress},
    {NULL, 7, 1, true, silence_rows, draw_silence},
    {"guards", 8, 1, true, guard_rows, draw_guards},
    {0},
};
