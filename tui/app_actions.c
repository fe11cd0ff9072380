/* app_actions.c - what the keys do that are about the screen itself. */
#include "tui/app_actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tui/app_parts.h"
#include "tui/theme.h"

#define INTERRUPT_TWICE_MS 1000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- panes ---- */

static void focus_on(struct app *app, int pane)
{
    app->focus = (enum pane_id)((pane + PANE_COUNT) % PANE_COUNT);
}

void app_go_next_pane(struct app *app, struct effects *effects)
{
    (void)effects;
    focus_on(app, (int)app->focus + 1);
}

void app_go_previous_pane(struct app *app, struct effects *effects)
{
    (void)effects;
    focus_on(app, (int)app->focus - 1);
}

#define GO(name, pane)                                                                             \
    void app_go_##name(struct app *app, struct effects *effects)                                   \
    {                                                                                              \
        (void)effects;                                                                             \
        focus_on(app, pane);                                                                       \
    }
GO(status, PANE_STATUS)
GO(checklist, PANE_CHECKLIST)
GO(plan, PANE_PLAN)
GO(traffic, PANE_TRAFFIC)
GO(metrics, PANE_METRICS)
GO(log, PANE_LOG)

void app_zoom(struct app *app, struct effects *effects)
{
    (void)effects;
    app->is_zoomed = !app->is_zoomed;
}

void app_freeze(struct app *app, struct effects *effects)
{
    if (app->is_frozen) {
        app_news_thaw(app, effects);
        app_toast(app, false, "the screen shows what is now");
        return;
    }
    app->is_frozen = true;
    app->frozen_at_ms = app->world_ms;
    app_toast(app, false, "frozen: what happens is collected, f shows it");
}

void app_help(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_open_help(app);
}

void app_palette(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_open_palette(app);
}

void app_roll_back(struct app *app, struct effects *effects)
{
    app_news_thaw(app, effects);
    if (app_environment(app) == NULL)
        app_toast(app, true, "!: nothing is known yet of any environment");
    else
        dialog_open_rollback(app, effects);
}

/* ---- leaving ---- */

static void leave(struct app *app, struct effects *effects)
{
    const struct app_environment *e = app_environment(app);
    bool was_ours = e != NULL && e->driver == DRIVER_HERE && e->run != NULL && run_is_over(e->run);
    effects->is_quit = true;
    effects->exit_code = was_ours ? run_exit_code(e->run) : 0;
}

/* It need not be the run on the screen. */
static void pause_driven(struct app *app, const char *environment, struct effects *effects)
{
    const struct app_environment *e = app_environment_of(app, environment);

    if (e == NULL || e->run == NULL || run_is_over(e->run)) {
        app_toast(app, false, "nothing is under way there any more");
        return;
    }
    app_ask(app, effects,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "verb", "command", "env", e->name, "run",
                      e->run->id, "command", "pause", "reason", "the console was about to be left",
                      "seen_seq", (json_int_t)e->run->last_seq),
            "pausing", NULL, NULL, NULL);
}

static void leave_chosen(struct app *app, void *closure, int key, struct effects *effects)
{
    if (key == 'g')
        leave(app, effects);
    else if (key == 'r')
        app_roll_back(app, effects);
    else if (key == 'p')
        pause_driven(app, closure, effects);
}

static void ask_to_leave(struct app *app, struct effects *effects)
{
    const struct app_environment *driven = app_driven_here(app);
    if (driven == NULL || app->options.is_attached) {
        leave(app, effects);
        return;
    }
    double weight = driven->run->weight;
    char share[16], version[32];
    const char *no_pause = app_no_pause(app) != NULL ? app_no_pause(app) : app_write_refused(app);
    bool is_shown = driven == app_environment(app);
    if (!is_shown)
        no_pause = "it is not on the screen";
    const struct choice choices[] = {
        {'s', "stay", "the screen stays, and the release goes on", NULL, 0},
        {'g', "go on here without the screen",
         "a line for each event, and commands are typed as lines, until it ends", NULL, 'l'},
        {'p', "pause and stay", "nothing new is begun; traffic stays where it is", no_pause, 0},
        {'r', "roll back first", "opens the way back, as ! does",
         is_shown ? NULL : "it is not on the screen", 0},
    };
    json_t *lines = json_array();
    json_array_append_new(
        lines, json_sprintf("Run %s of %s is driven by this very program: it has to go on, so that "
                            "the new version is judged and taken back when it is bad.",
                            driven->run->id, driven->name));
    if (weight > 0)
        json_array_append_new(lines,
                              json_sprintf("%s has %s of the traffic now.",
                                           app_version_text(driven->run->new_version, version),
                                           app_percent_text(weight, share)));
    dialog_choose(app, &(struct choice_question){.title = "Leave while a release is under way?",
                                                 .lines = lines,
                                                 .choices = choices,
                                                 .count = COUNT(choices),
                                                 .level = LEVEL_TRAFFIC,
                                                 .chosen = leave_chosen,
                                                 .free_closure = free,
                                                 .closure = xstrdup(driven->name)});
}

/* One step back: true when there was one. */
static bool step_back(struct app *app, struct effects *effects)
{
    if (app->is_zoomed)
        app->is_zoomed = false;
    else if (app->is_frozen)
        app_freeze(app, effects);
    else
        return false;
    return true;
}

void app_back(struct app *app, struct effects *effects)
{
    if (!step_back(app, effects))
        ask_to_leave(app, effects);
}

void app_escape(struct app *app, struct effects *effects)
{
    if (!step_back(app, effects))
        app_toast(app, false, "there is nothing to go back from: q leaves");
}

void app_interrupt(struct app *app, struct effects *effects)
{
    bool is_second =
        app->interrupted_ms != 0 && app->wall_ms - app->interrupted_ms <= INTERRUPT_TWICE_MS;
    app->interrupted_ms = is_second ? 0 : app->wall_ms;
    if (is_second)
        ask_to_leave(app, effects);
    else
        app_toast(app, false, "nothing to cancel here; Ctrl-C once more leaves, y copies");
}

const char *app_no_suspend(const struct app *app)
{
    return app_driven_here(app) != NULL && !app->options.is_attached
               ? "a release is driven by this program: asleep it would judge nothing"
               : NULL;
}

void app_suspend(struct app *app, struct effects *effects)
{
    (void)app;
    effects->is_suspend = true;
}

/* ---- the terminal ---- */

void app_redraw(struct app *app, struct effects *effects)
{
    (void)app;
    effects->is_redraw = true;
}

void app_mouse(struct app *app, struct effects *effects)
{
    app->is_mouse_on = !app->is_mouse_on;
    effects->is_mouse_changed = true;
    app_toast(app, false,
              app->is_mouse_on ? "the mouse focuses and scrolls; Shift and drag selects text"
                               : "the mouse is the terminal's again");
}

void app_screenshot(struct app *app, struct effects *effects)
{
    char at[CLOCK_STAMP_SIZE];
    struct canvas *c = canvas_new(app->rows, app->cols);

    app_draw(app, c);
    free(effects->saved_name);
    free(effects->saved_text);
    clock_time_of_day(app->live_world_ms, at);
    effects->saved_name = xasprintf("flightdeck-%.2s%.2s%.2s.txt", at, at + 3, at + 6);
    effects->saved_text = canvas_text(c);
    canvas_free(c);
}

static void theme_chosen(struct app *app, void *closure, int key, struct effects *effects)
{
    (void)closure;
    const char *const *names = theme_names();
    for (int i = 0; names[i] != NULL; i++)
        if (key == '1' + i) {
            free(effects->theme);
            effects->theme = xstrdup(names[i]);
            app_toast(app, false, "theme: %s", names[i]);
        }
}

void app_theme(struct app *app, struct effects *effects)
{
    struct choice choices[9];
    size_t count = 0;
    const char *const *names = theme_names();
    (void)effects;

    for (; names[count] != NULL && count < COUNT(choices); count++)
        choices[count] = (struct choice){.key = '1' + (int)count, .label = names[count]};
    dialog_choose(app, &(struct choice_question){.title = "How everything looks",
                                                 .lines = json_array(),
                                                 .choices = choices,
                                                 .count = count,
                                                 .level = LEVEL_READ,
                                                 .chosen = theme_chosen});
}

void app_messages(struct app *app, struct effects *effects)
{
    char at[48];
    json_t *lines = json_array();
    (void)effects;

    for (size_t i = app->toast_count; i > 0; i--) {
        const struct toast *toast = &app->toasts[i - 1];
        json_array_append_new(lines, json_sprintf("%s  %s%s", app_time_text(app, toast->at_ms, at),
                                                  toast->is_bad ? "x " : "  ", toast->text));
    }
    if (app->toast_count == 0)
        json_array_append_new(lines, json_string("Nothing was said yet."));
    dialog_page(app, "Messages, the newest first", lines);
}

/* ---- environments ---- */

const char *app_no_other_environment(const struct app *app)
{
    return app->environment_count < 2 ? "there is no other environment" : NULL;
}

static void turn_environment(struct app *app, size_t by, struct effects *effects)
{
    app_show_environment(app, (app->current + by) % app->environment_count, effects);
    app_toast(app, false, "this is %s", app->environments[app->current].name);
}

void app_next_environment(struct app *app, struct effects *effects)
{
    turn_environment(app, 1, effects);
}

void app_previous_environment(struct app *app, struct effects *effects)
{
    turn_environment(app, app->environment_count - 1, effects);
}

const char *app_no_unlock_seat(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    return e == NULL                   ? "nothing is known yet of any environment"
           : app->options.is_read_only ? "this console was started with --read-only"
           : !e->is_production         ? "only production is locked: writes are allowed here"
           : app->is_unlocked          ? "it is unlocked already"
                                       : NULL;
}

void app_unlock_seat(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_open_unlock(app);
}

const char *app_no_lock_seat(const struct app *app)
{
    return app->is_unlocked ? NULL : "it is read-only";
}

void app_lock_seat(struct app *app, struct effects *effects)
{
    (void)effects;
    app->is_unlocked = false;
    app_toast(app, false, "read-only again");
}

void app_refresh(struct app *app, struct effects *effects)
{
    static const char *const parts[] = {"status", "check", "metrics", "plan", "ready"};
    for (size_t i = 0; i < COUNT(parts); i++)
        app_ask(app, effects, json_pack("{s:s, s:s}", "verb", "refresh", "what", parts[i]),
                i == 0 ? "reading everything" : NULL, NULL, NULL, NULL);
}
