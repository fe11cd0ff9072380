/* traffic.c - the pane "Traffic": the slider, the ladder, and what the judge makes of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/run.h"
#include "tui/app.h"
#include "tui/pane.h"
#include "tui/panes/traffic_draw.h"
#include "tui/panes/traffic_preview.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"

#define SMALL_MOVE 0.01
#define LARGE_MOVE 0.05

static void *new_state(void) { return xcalloc(1, sizeof(struct traffic_stage)); }

static void free_state(void *state) { free(state); }

/* Behind the title: the shortest answer to "how much has v42". */
static void say_about(const struct app *app, char *out, size_t size)
{
    struct traffic_view v;
    char version[32], percent[16], other[48] = "", name[32], share[16];

    traffic_stage_view(app, &v);
    if (size == 0)
        return;
    out[0] = '\0';
    if (!v.set.is_known)
        return;
    bool is_alone = v.fresh[0] == '\0' || v.set.share <= 0;
    if (v.other_share > 0)
        (void)snprintf(other, sizeof other, "%s %s, ", app_version_text(v.other, name),
                       app_percent_text(v.other_share, share));
    (void)snprintf(out, size, "%s %s, %s%s", app_version_text(is_alone ? v.old : v.fresh, version),
                   app_percent_text(is_alone ? traffic_view_old_share(&v) : v.set.share, percent),
                   other, traffic_view_state_name(v.state));
}

/* ---- keys ---- */

static void move_left(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_move(app, -SMALL_MOVE);
}

static void move_right(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_move(app, SMALL_MOVE);
}

static void move_far_left(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_move(app, -LARGE_MOVE);
}

static void move_far_right(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_move(app, LARGE_MOVE);
}

static void stage_nothing(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_set(app, 0);
}

static void stage_everything(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_set(app, 1);
}

static void stage_next(struct app *app, struct effects *effects)
{
    const struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;
    char percent[16];

    (void)effects;
    traffic_view_of(app, s->alias_at, &v);
    /* After somebody else's change the plan's weight is the one that the run had set. */
    traffic_stage_set(app, v.state == TRAFFIC_DRIFT && v.run != NULL ? v.run->weight
                                                                     : traffic_view_next(&v));
    if (s->is_staged)
        app_toast(app, false, "%s is staged, nothing is applied: p previews it",
                  app_percent_text(s->weight, percent));
}

static const char *next_refused(const struct app *app)
{
    struct traffic_view v;

    traffic_view_of(app, traffic_stage_of(app)->alias_at, &v);
    return traffic_view_next(&v) < 0 && v.state != TRAFFIC_DRIFT ? "the plan has no further weight"
                                                                 : NULL;
}

static void type_exactly(struct app *app, struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);

    (void)effects;
    s->is_typing = true;
    s->typed[0] = '\0';
}

static void preview(struct app *app, struct effects *effects) { traffic_preview_ask(app, effects); }

static const char *preview_refused(const struct app *app)
{
    const struct traffic_stage *s = traffic_stage_of(app);

    if (s->is_previewing)
        return "the engine is previewing it";
    return s->is_staged ? NULL : "nothing is staged: the arrows stage a weight";
}

static void unstage(struct app *app, struct effects *effects)
{
    (void)effects;
    traffic_stage_clear(app);
}

static const char *unstage_refused(const struct app *app)
{
    return traffic_stage_of(app)->is_staged ? NULL : "nothing is staged";
}

static void other_alias(struct app *app, int by)
{
    struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    if (v.alias_count < 2)
        return;
    s->alias_at = (v.alias_at + v.alias_count + (size_t)(by + (int)v.alias_count)) % v.alias_count;
    traffic_stage_clear(app);
}

static void next_alias(struct app *app, struct effects *effects)
{
    (void)effects;
    other_alias(app, 1);
}

static void former_alias(struct app *app, struct effects *effects)
{
    (void)effects;
    other_alias(app, -1);
}

static const char *alias_refused(const struct app *app)
{
    struct traffic_view v;

    traffic_view_of(app, traffic_stage_of(app)->alias_at, &v);
    return v.alias_count < 2 ? "there is one alias" : NULL;
}

static const struct key keys[] = {
    {.code = 'p',
     .label = "preview",
     .name = "preview the staged weight",
     .help = "The engine says what the staged weight would do; nothing moves before you confirm",
     .rank = 10,
     .refused = preview_refused,
     .act = preview},
    {.code = 's',
     .label = "stage next",
     .name = "stage the plan's next weight",
     .help = "Stages the plan's next weight and applies nothing; P promotes when the run asks",
     .rank = 20,
     .refused = next_refused,
     .act = stage_next},
    {.code = KEY_CODE_RIGHT,
     .other = 'l',
     .label = "stage +1",
     .name = "stage 1 % more",
     .help = "Stages one percent more; nothing is applied",
     .rank = 30,
     .act = move_right},
    {.code = KEY_CODE_LEFT,
     .other = 'h',
     .label = "-1",
     .name = "stage 1 % less",
     .help = "Stages one percent less; nothing is applied",
     .rank = 31,
     .act = move_left},
    {.code = KEY_CODE_SHIFT_RIGHT,
     .other = 'L',
     .name = "stage 5 % more",
     .help = "Stages five percent more",
     .act = move_far_right},
    {.code = KEY_CODE_SHIFT_LEFT,
     .other = 'H',
     .name = "stage 5 % less",
     .help = "Stages five percent less",
     .act = move_far_left},
    {.code = '=',
     .label = "exact",
     .name = "type an exact weight",
     .help = "Type a weight in percent, Enter stages it; once one is staged digits do it too",
     .rank = 40,
     .act = type_exactly},
    {.code = KEY_CODE_HOME,
     .name = "stage 0 %",
     .help = "Stages 0 %: all to the old version",
     .act = stage_nothing},
    {.code = KEY_CODE_END,
     .name = "stage 100 %",
     .help = "Stages 100 %: all to the new version",
     .act = stage_everything},
    {.code = 'x',
     .label = "unstage",
     .name = "drop the staged weight",
     .help = "Drops the staged weight; nothing was applied",
     .rank = 45,
     .refused = unstage_refused,
     .act = unstage},
    {.code = KEY_CODE_DOWN,
     .other = 'j',
     .name = "the next alias",
     .help = "Shows the next alias",
     .refused = alias_refused,
     .act = next_alias},
    {.code = KEY_CODE_UP,
     .other = 'k',
     .name = "the alias before",
     .help = "Shows the alias before",
     .refused = alias_refused,
     .act = former_alias},
    {0},
};

static bool is_drafting(const struct app *app)
{
    const struct traffic_stage *s = traffic_stage_of(app);
    return s->is_staged || s->is_typing;
}

const struct pane pane_traffic = {
    .name = "traffic",
    .title = "Traffic",
    .legend = "Marks: > asked  o set, as read back  ^ seen in requests; ladder: a check mark is "
              "cleared, the "
              "pointer is the weight of now",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = traffic_draw,
    .input = traffic_stage_input,
    .changed = traffic_stage_changed,
    .is_drafting = is_drafting,
    .next_tick_ms = traffic_stage_next_tick_ms,
};
