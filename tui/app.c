/* app.c - the model of the console: what happened goes in, what is to be done comes out. */
#include "tui/app.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app_parts.h"
#include "tui/footer.h"
#include "tui/keys.h"
#include "tui/panes.h"

#define WHEEL_ROWS 3

struct app *app_new(const struct app_options *options)
{
    struct app *app = xcalloc(1, sizeof *app);
    app->options = *options;
    if (options->environment != NULL)
        app->options.environment = xstrdup(options->environment);
    if (options->zone != NULL)
        text_copy(app->zone, sizeof app->zone, options->zone);
    app->options.zone = app->zone;
    app->rows = 24;
    app->cols = 80;
    app->speed = clock_setting().speed;
    app->has_focus = true;
    app->is_mouse_on = true;
    app->is_dirty = true;
    app->next_id = 1;
    app->focus = PANE_CHECKLIST;
    for (int i = 0; i < PANE_COUNT; i++)
        app->states[i] = panes[i]->state_new != NULL ? panes[i]->state_new() : NULL;
    return app;
}

void app_free(struct app *app)
{
    if (app == NULL)
        return;
    dialog_clear(app);
    for (int i = 0; i < PANE_COUNT; i++)
        if (panes[i]->state_free != NULL)
            panes[i]->state_free(app->states[i]);
    app_clear_asked(app);
    app_clear_environments(app);
    app_clear_log(app);
    app_clear_toasts(app);
    free(app->stopped);
    json_decref(app->hello);
    json_decref(app->held);
    free((void *)(uintptr_t)app->options.environment);
    free(app);
}

/* ---- keys ---- */

/* True: the focused pane took it as text, or as its own mouse or time. */
static bool pane_takes(struct app *app, enum pane_id id, const struct input *input,
                       struct effects *effects)
{
    struct layout l = app_layout(app);
    return panes[id]->input != NULL &&
           panes[id]->input(app, input, app_pane_inner(&l, id), effects);
}

static void run_row(struct app *app, int code, struct effects *effects)
{
    const char *refused = NULL;
    char shown[24];
    const struct key *key = keys_find(app, code, &refused);

    if (refused != NULL)
        app_toast(app, false, "%s: %s", keys_shown(code, shown), refused);
    else if (key != NULL)
        key->act(app, effects);
}

static void go_back(struct app *app, struct effects *effects)
{
    app_news_thaw(app, effects);
    if (app_environment(app) == NULL)
        app_toast(app, true, "! : nothing is known yet of any environment");
    else
        dialog_open_rollback(app, effects);
}

static void take_key(struct app *app, const struct input *input, struct effects *effects)
{
    struct input other = *input;

    /* Ctrl-C cancels what is being typed or asked. */
    if (input->key == KEY_CODE_CONTROL('c'))
        other.key = KEY_CODE_ESCAPE;
    if (app->dialog != NULL && dialog_input(app, &other, effects))
        return;
    if (input->key == KEY_CODE_F9) {
        go_back(app, effects);
    } else if (pane_takes(app, app->focus, &other, effects)) {
        app->interrupted_ms = 0;
    } else if (input->key == '!') {
        go_back(app, effects);
    } else {
        run_row(app, input->key, effects);
    }
}

void app_press(struct app *app, int code, struct effects *effects)
{
    const struct input input = {
        .kind = INPUT_KEY, .key = code, .wall_ms = app->wall_ms, .world_ms = app->live_world_ms};
    app->last_key = code;
    app->last_key_ms = app->wall_ms;
    take_key(app, &input, effects);
}

/* ---- the mouse: it focuses and scrolls, and presses keys; it applies nothing ---- */

static void scroll(struct app *app, enum pane_id id, int code, struct effects *effects)
{
    for (const struct key *key = panes[id]->keys; key != NULL && key->code != 0; key++)
        if ((key->code == code || key->other == code) && !key->is_write) {
            for (int i = 0; i < WHEEL_ROWS && key->refused == NULL; i++)
                key->act(app, effects);
            return;
        }
}

static void take_mouse(struct app *app, const struct input *input, struct effects *effects)
{
    struct layout l = app_layout(app);
    enum pane_id id = layout_pane_at(&l, input->y, input->x);
    int code = input->mouse == MOUSE_PRESS ? footer_key_at(app, &l, input->y, input->x) : 0;

    if (code != 0) {
        app_press(app, code, effects);
        return;
    }
    if (app->dialog != NULL) {
        (void)dialog_input(app, input, effects);
        return;
    }
    if (input->mouse == MOUSE_PRESS && l.tabs.h > 0 && input->y == l.tabs.y)
        id = app_tab_at(app, l.tabs, input->x);
    if (id == PANE_COUNT)
        return;
    if (input->mouse == MOUSE_PRESS && id != app->focus) {
        app->focus = id;
        return; /* a click that focuses does nothing else */
    }
    if (pane_takes(app, id, input, effects))
        return;
    if (input->mouse == MOUSE_WHEEL_UP)
        scroll(app, id, KEY_CODE_UP, effects);
    else if (input->mouse == MOUSE_WHEEL_DOWN)
        scroll(app, id, KEY_CODE_DOWN, effects);
}

/* ---- everything that can happen ---- */

static void take_paste(struct app *app, const struct input *input, struct effects *effects)
{
    if (app->dialog != NULL)
        (void)dialog_input(app, input, effects);
    else if (!pane_takes(app, app->focus, input, effects))
        app_toast(app, false, "what was pasted was thrown away: there is no text field here");
}

static void take_tick(struct app *app, const struct input *input, struct effects *effects)
{
    (void)dialog_input(app, input, effects);
    for (int i = 0; i < PANE_COUNT; i++)
        (void)pane_takes(app, (enum pane_id)i, input, effects);
}

static void lose(struct app *app, struct effects *effects)
{
    if (app->is_lost)
        return;
    app->is_lost = true;
    app_toast(app, true,
              "what drives this console is gone: nothing on the screen is news any more");
    effects->is_bell = true;
}

void app_update(struct app *app, const struct input *input, struct effects *effects)
{
    app->wall_ms = input->wall_ms;
    app->live_world_ms = input->world_ms;
    if (!app->is_frozen)
        app->world_ms = input->world_ms;
    app->is_dirty = true;
    switch (input->kind) {
    case INPUT_KEY:
        if (!app->is_sized)
            break;
        app->last_key = input->key;
        app->last_key_ms = input->wall_ms;
        take_key(app, input, effects);
        break;
    case INPUT_PASTE:
        take_paste(app, input, effects);
        break;
    case INPUT_MOUSE:
        take_mouse(app, input, effects);
        break;
    case INPUT_FOCUS:
        app->has_focus = input->has_focus;
        break;
    case INPUT_RESIZE:
        app->rows = input->rows;
        app->cols = input->cols;
        app->is_sized = true;
        break;
    case INPUT_TICK:
        take_tick(app, input, effects);
        break;
    case INPUT_NEWS:
        app_news(app, input->news, effects);
        break;
    case INPUT_LOST:
        lose(app, effects);
        break;
    }
}

/* ---- the environment on the screen ---- */

struct app_environment *app_current(struct app *app)
{
    return app->current < app->environment_count ? &app->environments[app->current] : NULL;
}

const struct app_environment *app_environment(const struct app *app)
{
    return app->current < app->environment_count ? &app->environments[app->current] : NULL;
}

struct app_environment *app_environment_of(struct app *app, const char *name)
{
    for (size_t i = 0; name != NULL && i < app->environment_count; i++)
        if (strcmp(app->environments[i].name, name) == 0)
            return &app->environments[i];
    return NULL;
}

const struct run *app_run(const struct app *app)
{
    const struct app_environment *environment = app_environment(app);
    return environment != NULL ? environment->run : NULL;
}

void app_show_environment(struct app *app, size_t index, struct effects *effects)
{
    if (index >= app->environment_count)
        return;
    /* A seat that was unlocked for one environment is not for another. */
    if (index != app->current)
        app->is_unlocked = false;
    app->current = index;
    app_look(app, effects);
    for (int i = 0; i < PANE_COUNT; i++)
        if (panes[i]->changed != NULL)
            panes[i]->changed(app, effects);
}

const char *app_write_refused(const struct app *app)
{
    const struct app_environment *environment = app_environment(app);
    if (app->is_lost)
        return app->stopped != NULL ? "the engine was stopped: `flightdeck engine` starts one again"
                                    : "what drives this console is gone";
    if (environment == NULL)
        return "nothing is known yet of any environment";
    if (app->is_frozen)
        return "the screen is frozen: f shows what is now";
    if (app->options.is_read_only)
        return "this console was started with --read-only";
    if (environment->is_production && !app->is_unlocked)
        return "production is read-only here: W unlocks";
    return NULL;
}
