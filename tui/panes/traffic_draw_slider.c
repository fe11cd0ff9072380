/* traffic_draw_slider.c - who has how much, the three marks, the draft and the ladder. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/run.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/gauge.h"
#include "tui/panes/traffic_draw.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"

#define NEAR 1e-6
#define SAID_SIZE 160
#define SECOND_MS 1000
#define NARROW 44
#define MARK_COLS 6

enum role traffic_draw_state_role(const struct traffic_view *v)
{
    static const enum role roles[TRAFFIC_STATE_COUNT] = {
        [TRAFFIC_UNKNOWN] = ROLE_FAINT,     [TRAFFIC_IDLE] = ROLE_FAINT,
        [TRAFFIC_STAGED] = ROLE_STAGED,     [TRAFFIC_PREVIEWED] = ROLE_STAGED,
        [TRAFFIC_ASKED] = ROLE_ACTIVE,      [TRAFFIC_APPLYING] = ROLE_ACTIVE,
        [TRAFFIC_CONVERGING] = ROLE_ACTIVE, [TRAFFIC_STEADY] = ROLE_GOOD,
        [TRAFFIC_DRIFT] = ROLE_BAD,         [TRAFFIC_FAILED] = ROLE_BAD,
        [TRAFFIC_CONVICTED] = ROLE_BAD,     [TRAFFIC_ROLLED_BACK] = ROLE_WARN,
    };
    return v->seen.is_silent && v->state != TRAFFIC_DRIFT ? ROLE_WARN : roles[v->state];
}

static double known(const struct traffic_mark *m) { return m->is_known ? m->share : NAN; }

/* "14:02Z": seconds do not matter here. */
static const char *time_of(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    char stamp[CLOCK_STAMP_SIZE];
    (void)snprintf(out, CLOCK_STAMP_SIZE, "%.5sZ", clock_time_of_day(at_ms, stamp));
    return out;
}

/* ---- what it is about, and how it stands ---- */

static int head_rows(const struct traffic_scene *scene, int width)
{
    (void)scene;
    (void)width;
    return 1;
}

static void draw_head(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    const struct app_environment *e = app_environment(scene->app);
    char state[64], several[48] = "", old[32], fresh[32];

    (void)snprintf(state, sizeof state, "%s%s", traffic_view_state_name(v->state),
                   v->seen.is_silent && v->state == TRAFFIC_CONVERGING ? ", no requests" : "");
    if (v->alias_count > 1)
        (void)snprintf(several, sizeof several, "alias %zu of %zu j/k  ", v->alias_at + 1,
                       v->alias_count);
    int right = canvas_width(state) + canvas_width(several) + 1;
    struct area left = canvas_cols(a, 0, a.w - right > 0 ? a.w - right : 0);
    if (a.w < NARROW && v->fresh[0] != '\0' && v->set.is_known) {
        char percent[16];
        canvas_putf(scene->c, left, 0, 0, ROLE_STRONG, "%s %s", app_version_text(v->fresh, fresh),
                    app_percent_text(v->set.share, percent));
        canvas_put_right(scene->c, a, 0, a.w, traffic_draw_state_role(v), state);
        return;
    }
    int x = canvas_putf(scene->c, left, 0, 0, ROLE_STRONG, "%s%s%s",
                        v->function[0] != '\0' ? v->function : e->alias,
                        v->function[0] != '\0' ? ":" : "", v->alias_name);
    if (v->fresh[0] != '\0' && left.w - x > 14) {
        x += 2;
        x += canvas_put(scene->c, left, 0, x, ROLE_OLD_VERSION, app_version_text(v->old, old)) + 1;
        canvas_glyph(scene->c, left, 0, x, ROLE_FAINT, GLYPH_ARROW);
        canvas_put(scene->c, left, 0, x + 2, ROLE_NEW_VERSION, app_version_text(v->fresh, fresh));
    }
    int end = a.w - canvas_width(state);
    canvas_put_right(scene->c, a, 0, end, ROLE_FAINT, several);
    canvas_put_right(scene->c, a, 0, a.w, traffic_draw_state_role(v), state);
}

/* ---- the two versions side by side ---- */

static int bar_rows(const struct traffic_scene *scene, int width)
{
    (void)scene;
    return width >= 40 ? 2 : 1;
}

static void draw_shares(const struct traffic_scene *scene, struct area a, int x, int width)
{
    const struct traffic_view *v = scene->v;
    int split = 0;

    if (v->set.is_known && v->set.share > 0)
        split = v->set.share >= 1 ? width : gauge_column(width, v->set.share) + 1;
    if (v->set.share > 0 && v->set.share < 1 && split >= width)
        split = width - 1;
    int others = v->other_share > NEAR ? gauge_column(width, v->other_share) + 1 : 0;
    for (int y = 0; y < a.h; y++)
        for (int i = 0; i < width; i++) {
            bool is_fresh = i < split;
            bool is_other = !is_fresh && i >= width - others;
            canvas_char(scene->c, a, y, x + i,
                        is_fresh   ? ROLE_NEW_VERSION
                        : is_other ? ROLE_BAD
                                   : ROLE_OLD_VERSION,
                        !v->set.is_known ? L'?'
                        : is_fresh       ? L'█'
                        : is_other       ? L'░'
                                         : L'▒');
        }
}

/* Behind the share where there is room, else below it. */
static void put_rate(const struct traffic_scene *scene, struct area a, int x, bool has_below)
{
    char rate[32];
    int length = snprintf(rate, sizeof rate, "of %.3g req/s", scene->v->requests_per_s);

    if (x + length <= a.w)
        canvas_put(scene->c, a, 0, x, ROLE_FAINT, rate);
    else if (has_below)
        canvas_put(scene->c, a, 1, 0, ROLE_FAINT, rate);
}

static void draw_bar(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    char percent[16], version[32];
    int x, width;

    traffic_stage_bar(a, &x, &width);
    draw_shares(scene, a, x, width);
    if (x > 0 && v->fresh[0] != '\0')
        canvas_putf(scene->c, canvas_cols(a, 0, x), 0, 0, ROLE_NEW_VERSION, "%s %s",
                    app_version_text(v->fresh, version),
                    v->set.is_known ? app_percent_text(v->set.share, percent) : "?");
    struct area said = canvas_cols(a, x + width + 1, -1);
    if (said.w < 8)
        return;
    int used = canvas_putf(
        scene->c, said, 0, 0, ROLE_OLD_VERSION, "%s %s", app_version_text(v->old, version),
        v->set.is_known ? app_percent_text(traffic_view_old_share(v), percent) : "?");
    if (v->other_share > NEAR) {
        canvas_putf(scene->c, said, a.h > 1 ? 1 : 0, a.h > 1 ? 0 : used + 2, ROLE_BAD, "%s %s",
                    app_version_text(v->other, version), app_percent_text(v->other_share, percent));
        return;
    }
    bool is_split = v->set.is_known && !traffic_view_is_alone(v);
    if (v->requests_per_s >= 0 && (a.h < 2 || !is_split || v->old_per_s < 0))
        put_rate(scene, said, used + 2, a.h > 1);
    if (a.h < 2 || !is_split || v->old_per_s < 0 || v->fresh_per_s < 0)
        return;
    canvas_putf(scene->c, said, 1, 0, ROLE_FAINT, "%.3g of %.3g req/s", v->old_per_s,
                v->requests_per_s);
    if (x > 0)
        canvas_putf(scene->c, canvas_cols(a, 0, x - 1), 1, 0, ROLE_FAINT, "%.3g/s", v->fresh_per_s);
}

/* ---- asked, set, seen ---- */

/* Who asks: "by the plan". */
static const char *asker_of(const struct traffic_view *v)
{
    const struct run *run = v->run;

    if (run != NULL && (v->is_backward || run_is_going_back(run) ||
                        run->status == RUN_ROLLED_BACK || run->status == RUN_ABORTED))
        return " back";
    if (v->step == NULL || v->state == TRAFFIC_ASKED)
        return "";
    return strcmp(v->step->kind, "shift") == 0 ? " by the plan" : " by hand";
}

/* Each says it as long as there is room for: what is cut says nothing. */
static void say_asked(const struct traffic_scene *scene, int room, char out[static SAID_SIZE])
{
    const struct traffic_view *v = scene->v;
    char percent[16], at[CLOCK_STAMP_SIZE];

    if (!v->asked.is_known) {
        text_copy(out, SAID_SIZE, "nothing asked");
        return;
    }
    app_percent_text(v->asked.share, percent);
    int length =
        snprintf(out, SAID_SIZE, "%s%s, %s", percent, asker_of(v), time_of(v->asked.at_ms, at));
    if (v->asked.at_ms <= 0 || length > room)
        (void)snprintf(out, SAID_SIZE, "%s%s", percent, asker_of(v));
}

static void say_set(const struct traffic_scene *scene, int room, char out[static SAID_SIZE])
{
    const struct traffic_view *v = scene->v;
    char percent[16], age[32];
    int64_t poll_ms = wire_whole(json_object_get(scene->app->hello, "poll_ms"));

    if (!v->set.is_known) {
        text_copy(out, SAID_SIZE, "not read yet");
        return;
    }
    app_percent_text(v->set.share, percent);
    app_age_text(scene->app, v->set.at_ms, poll_ms > 0 ? poll_ms : APP_POLL_MS, age);
    const char *how = v->is_cached && v->set.at_ms == v->read_ms ? "remembered" : "read back";
    int length =
        snprintf(out, SAID_SIZE, "%s %s%s%s", percent, how, age[0] != '\0' ? " " : "", age);
    if (length > room && age[0] != '\0')
        (void)snprintf(out, SAID_SIZE, "%s, %s", percent, age);
}

static void say_seen(const struct traffic_scene *scene, int room, char out[static SAID_SIZE])
{
    const struct traffic_view *v = scene->v;
    char percent[16];

    if (v->seen.mark.is_known) {
        app_percent_text(v->seen.mark.share, percent);
        int length =
            snprintf(out, SAID_SIZE, "%s of %lld requests", percent, (long long)v->seen.all);
        if (length > room)
            (void)snprintf(out, SAID_SIZE, "%s of %lld", percent, (long long)v->seen.all);
    } else if (v->other_share > NEAR) {
        char version[32];
        (void)snprintf(out, SAID_SIZE, "%s is not counted", app_version_text(v->other, version));
    } else if (v->seen.is_silent) {
        text_copy(out, SAID_SIZE, room < 26 ? "no requests" : "no requests: cannot verify");
    } else if (traffic_view_is_alone(v)) {
        text_copy(out, SAID_SIZE, "one version alone");
    } else {
        text_copy(out, SAID_SIZE, room < 23 ? "none counted yet" : "no requests counted yet");
    }
}

static const struct {
    const char *label;
    enum gauge_mark mark;
    enum role role;
    void (*say)(const struct traffic_scene *scene, int room, char out[static SAID_SIZE]);
} marks[] = {{"asked", GAUGE_ASKED, ROLE_TEXT, say_asked},
             {"set", GAUGE_SET, ROLE_STRONG, say_set},
             {"seen", GAUGE_SEEN, ROLE_TEXT, say_seen}};

static int mark_rows(const struct traffic_scene *scene, int width)
{
    (void)scene;
    (void)width;
    return 3;
}

/* In one row: "asked 25 %, set 25 %, seen 24.1 % of 512". */
static void draw_marks_in_words(const struct traffic_scene *scene, struct area a)
{
    char said[SAID_SIZE];
    int x = 0;

    for (size_t i = 0; i < 3; i++) {
        marks[i].say(scene, a.w, said);
        x += canvas_putf(scene->c, a, 0, x, ROLE_FAINT, "%s%s ", i > 0 ? ", " : "", marks[i].label);
        x += canvas_put(scene->c, a, 0, x, marks[i].role, said);
    }
}

static void draw_marks(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    const struct traffic_mark *const shown[] = {&v->asked, &v->set, &v->seen.mark};
    char said[SAID_SIZE];
    int x, width;

    traffic_stage_bar(a, &x, &width);
    if (a.h < 3) {
        draw_marks_in_words(scene, a);
        return;
    }
    bool has_bars = x + width < a.w;
    for (int i = 0; i < 3; i++) {
        canvas_put(scene->c, a, i, 0, ROLE_FAINT, marks[i].label);
        int said_x = has_bars ? x + width + 1 : MARK_COLS;
        marks[i].say(scene, a.w - said_x, said);
        if (has_bars)
            gauge_slider(scene->c, a, i, x, width, marks[i].mark, known(shown[i]), known(shown[i]));
        enum role role = i == 2 && v->seen.is_silent ? ROLE_WARN
                         : shown[i]->is_known        ? marks[i].role
                                                     : ROLE_FAINT;
        canvas_put(scene->c, a, i, said_x, role, said);
    }
}

/* ---- the draft ---- */

static int draft_rows(const struct traffic_scene *scene, int width)
{
    (void)width;
    return scene->s->is_staged || scene->s->is_typing ? 1 : 0;
}

static void draw_draft(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_stage *s = scene->s;
    int64_t left_ms = s->expires_ms - scene->app->wall_ms;
    char percent[16], said[SAID_SIZE];
    int x, width;

    traffic_stage_bar(a, &x, &width);
    if (s->is_typing) {
        int used = canvas_put(scene->c, a, 0, 0, ROLE_STAGED, "exact") + 1;
        used = used < x ? x : used;
        used += canvas_putf(scene->c, a, 0, used, ROLE_FIELD, " %s_ ", s->typed);
        canvas_put(scene->c, a, 0, used + 1, ROLE_FAINT, "%, Enter stages it, Esc leaves it");
        return;
    }
    left_ms = left_ms > 0 ? left_ms : 0;
    int64_t left_s = (left_ms + SECOND_MS - 1) / SECOND_MS;
    (void)snprintf(said, sizeof said, "%s NOT APPLIED %lld:%02lld",
                   app_percent_text(s->weight, percent), (long long)(left_s / 60),
                   (long long)(left_s % 60));
    canvas_put(scene->c, a, 0, 0, ROLE_STAGED, "STAGED");
    if (x + width < a.w)
        gauge_slider(scene->c, a, 0, x, width, GAUGE_STAGED, known(&scene->v->set), s->weight);
    canvas_put(scene->c, a, 0, x + width < a.w ? x + width + 1 : 7, ROLE_STAGED, said);
}

/* ---- the ladder on the scale of the bars ---- */

static int ladder_rows(const struct traffic_scene *scene, int width)
{
    int x, bar;

    traffic_stage_bar((struct area){0, 0, 1, width}, &x, &bar);
    return scene->v->rung_count > 0 || x + bar < width ? 1 : 0;
}

static const enum role rung_roles[] = {[RUNG_DONE] = ROLE_GOOD,
                                       [RUNG_NOW] = ROLE_STRONG,
                                       [RUNG_NEXT] = ROLE_TEXT,
                                       [RUNG_LATER] = ROLE_FAINT};

static int draw_rung(const struct traffic_scene *scene, struct area a, int x,
                     const struct traffic_rung *r)
{
    static const enum glyph glyphs[] = {[RUNG_DONE] = GLYPH_CHECK,
                                        [RUNG_NOW] = GLYPH_CURSOR,
                                        [RUNG_NEXT] = GLYPH_COUNT,
                                        [RUNG_LATER] = GLYPH_COUNT};
    int used = 0;

    if (glyphs[r->state] != GLYPH_COUNT)
        canvas_glyph(scene->c, a, 0, x + used++, rung_roles[r->state], glyphs[r->state]);
    return used +
           canvas_putf(scene->c, a, 0, x + used, rung_roles[r->state], "%.4g", r->weight * 100);
}

static void draw_ladder(const struct traffic_scene *scene, struct area a)
{
    const struct traffic_view *v = scene->v;
    int x, width, free_from = 0, at = 0;

    traffic_stage_bar(a, &x, &width);
    if (v->rung_count == 0) {
        gauge_scale(scene->c, a, 0, x, width);
        return;
    }
    bool is_on_scale = x + width < a.w;
    if (x > 0 || !is_on_scale)
        at = canvas_put(scene->c, a, 0, 0, ROLE_FAINT, "ladder");
    free_from = is_on_scale ? x : at + 1;
    for (size_t i = 0; i < v->rung_count; i++) {
        char label[24];
        int cells = snprintf(label, sizeof label, "%.4g", v->rungs[i].weight * 100) +
                    (v->rungs[i].state <= RUNG_NOW ? 1 : 0);
        int want = x + gauge_column(width, v->rungs[i].weight) - cells / 2;
        if (want + cells > x + width)
            want = x + width - cells;
        if (!is_on_scale || want < free_from)
            want = free_from;
        free_from = want + draw_rung(scene, a, want, &v->rungs[i]) + 1;
    }
    int rest = free_from > x + width + 1 ? free_from : x + width + 1;
    if (is_on_scale && v->rung_now >= 0)
        canvas_putf(scene->c, a, 0, rest, ROLE_FAINT, "weight %d of %zu", v->rung_now + 1,
                    v->rung_count);
    else if (is_on_scale)
        canvas_put(scene->c, a, 0, rest, ROLE_FAINT, "% of the plan");
}

const struct traffic_block traffic_draw_slider[] = {
    {NULL, 0, 1, false, head_rows, draw_head},     {NULL, 2, 1, false, bar_rows, draw_bar},
    {NULL, 3, 3, false, mark_rows, draw_marks},    {NULL, 1, 1, false, draft_rows, draw_draft},
    {NULL, 5, 1, false, ladder_rows, draw_ladder}, {0},
};
