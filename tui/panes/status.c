/* status.c - the pane "Status": every resource of every environment, its health and age. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/copying.h"
#include "tui/dialog.h"
#include "tui/dialog_facts.h"
#include "tui/panes/status_parts.h"
#include "tui/reading.h"
#include "tui/sheet_keys.h"

static struct status_state *state_of(const struct app *app) { return app->states[PANE_STATUS]; }

static struct sheet_cursor *cursor_of(const struct app *app) { return &state_of(app)->cursor; }

static void *new_state(void) { return xcalloc(1, sizeof(struct status_state)); }

static void free_state(void *opaque)
{
    struct status_state *state = opaque;
    if (state == NULL)
        return;
    sheet_cursor_clear(&state->cursor);
    free(state->shown);
    free(state);
}

static void write_rows(struct sheet *s, const struct app *app)
{
    const struct sheet_cursor *cursor = cursor_of(app);
    int width = sheet_width((struct area){.w = cursor->width});
    status_view_write(s, app, width, app->options.is_ascii);
}

static struct status_place selected(const struct app *app)
{
    struct sheet s;
    struct status_place place = status_view_place(app, cursor_of(app)->id);

    if (place.environment != NULL)
        return place;
    write_rows(&s, app);
    place = status_view_place(app, sheet_selected(&s, cursor_of(app)));
    sheet_clear(&s);
    return place;
}

/* ---- seen ---- */

static void say_about(const struct app *app, char *out, size_t size)
{
    const struct app_environment *worst = NULL;
    size_t well = 0, known = 0;

    out[0] = '\0';
    for (size_t i = 0; i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        const struct status_look *look = status_view_look_of(e);
        known += e->status.document != NULL;
        well += look->role == ROLE_GOOD;
        if (worst == NULL || look > status_view_look_of(worst))
            worst = e;
    }
    if (known == 0)
        return;
    const struct status_look *look = status_view_look_of(worst);
    if (look->role == ROLE_GOOD)
        (void)snprintf(out, size, "%zu of %zu healthy", well, app->environment_count);
    else
        (void)snprintf(out, size, "%s %s, %zu of %zu healthy", worst->name, look->word, well,
                       app->environment_count);
}

/* Another environment on the screen: it stands first, and the eye goes there. */
static void follow_environment(const struct app *app)
{
    struct status_state *state = state_of(app);
    const struct app_environment *e = app_environment(app);

    if (e == NULL || (state->shown != NULL && strcmp(state->shown, e->name) == 0))
        return;
    if (state->shown != NULL) {
        sheet_select(&state->cursor, e->name);
        state->cursor.top = 0;
    }
    free(state->shown);
    state->shown = xstrdup(e->name);
}

static void draw(const struct app *app, struct canvas *c, struct area a)
{
    struct sheet s;
    follow_environment(app);
    status_view_write(&s, app, sheet_width(a), c->is_ascii);
    sheet_show(&s, cursor_of(app), c, a, app->focus == PANE_STATUS);
    sheet_clear(&s);
}

static int64_t next_tick_ms(const struct app *app)
{
    int64_t next = -1, interval = reading_interval_ms(app);
    size_t k;
    json_t *resource;

    if (!reading_is_seen(app, PANE_STATUS))
        return -1;
    for (size_t i = 0; i < app->environment_count; i++) {
        const struct app_document *status = &app->environments[i].status;
        if (status->is_cached)
            continue;
        next = reading_sooner(next, reading_next_age_ms(app, status->at_ms, interval));
        json_array_foreach(json_object_get(status->document, "resources"), k, resource) next =
            reading_sooner(next, reading_next_age_ms(app, reading_stamp_ms(resource, "observed_at"),
                                                     interval));
    }
    return reading_wake_ms(app, next);
}

/* ---- keys ---- */

static void move(struct app *app, int by)
{
    struct sheet s;
    write_rows(&s, app);
    sheet_move(&s, cursor_of(app), by);
    sheet_clear(&s);
    app->is_dirty = true;
}

static int page_of(const struct app *app)
{
    int height = cursor_of(app)->height;
    return height > 2 ? height - 1 : 1;
}

SHEET_MOVES

static const char *nothing_here(const struct app *app)
{
    return selected(app).environment == NULL ? "nothing is known yet" : NULL;
}

static void open_page(struct app *app, const struct status_place *place)
{
    auto_free char *about = xasprintf("resource %s/%s", place->environment->name,
                                      reading_text(place->resource, "name"));
    auto_free char *title =
        xasprintf("%s of %s", reading_text(place->resource, "name"), place->environment->name);
    dialog_open_facts(app, about, title, status_facts_rows(app, place));
}

static void show_environment(struct app *app, const struct app_environment *e,
                             struct effects *effects)
{
    size_t index = (size_t)(e - app->environments);
    if (index == app->current)
        app_toast(app, false, "%s is on the screen already; Enter on a resource opens its page",
                  e->name);
    else
        app_show_environment(app, index, effects);
}

static void enter(struct app *app, struct effects *effects)
{
    struct status_place place = selected(app);
    if (place.resource != NULL)
        open_page(app, &place);
    else
        show_environment(app, place.environment, effects);
}

static void read_again(struct app *app, struct effects *effects)
{
    app_ask(app, effects, json_pack("{s:s, s:s}", "verb", "refresh", "what", "status"),
            "reading the status again", NULL, NULL, NULL);
}

static void copy_value(struct app *app, struct effects *effects)
{
    struct status_place place = selected(app);
    copying_copy(app, effects,
                 place.resource != NULL ? reading_text(place.resource, "summary")
                                        : place.environment->name);
}

static void copy_arn(struct app *app, struct effects *effects)
{
    char arn[400];
    struct status_place place = selected(app);
    copying_copy(app, effects,
                 place.resource != NULL ? status_facts_arn(&place, arn)
                                        : place.environment->account);
}

static bool take_input(struct app *app, const struct input *input, struct area a,
                       struct effects *effects)
{
    struct sheet s;

    (void)effects;
    if (input->kind != INPUT_MOUSE)
        return false;
    write_rows(&s, app);
    bool was_taken = sheet_mouse(&s, cursor_of(app), input, a);
    sheet_clear(&s);
    app->is_dirty = true;
    return was_taken;
}

static const struct key keys[] = {
    {.code = KEY_CODE_ENTER,
     .label = "open",
     .name = "open the resource, or put its environment on the screen",
     .help = "On a resource: everything that is known of it. On an environment: puts it on the "
             "screen.",
     .rank = 10,
     .refused = nothing_here,
     .act = enter},
    {.code = 'r',
     .label = "read again",
     .name = "read the status again",
     .help = "Reads every resource of the environment on the screen now.",
     .rank = 20,
     .act = read_again},
    {.code = 'y',
     .label = "copy",
     .name = "copy what the line says",
     .help = "Copies the summary of the resource, or the name of the environment.",
     .rank = 30,
     .refused = nothing_here,
     .act = copy_value},
    {.code = 'Y',
     .name = "copy the ARN",
     .help = "Copies the ARN of the resource, or the account of the environment. Its page has the "
             "aws command, too.",
     .rank = 31,
     .refused = nothing_here,
     .act = copy_arn},
    SHEET_KEYS("line", 'G'),
    {0},
};

const struct pane pane_status = {
    .name = "status",
    .title = "Status",
    .legend =
        "Marks: a check mark is healthy, a dot is moving, a cross is degraded, ? could not be read",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = draw,
    .input = take_input,
    .next_tick_ms = next_tick_ms,
};
