/* plan.c - the pane "Plan": the steps of the run, or what a run would do; calls, times, undo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_parts.h"
#include "tui/copying.h"
#include "tui/dialog.h"
#include "tui/dialog_facts.h"
#include "tui/panes/plan_parts.h"
#include "tui/reading.h"
#include "tui/sheet_keys.h"

static struct plan_state *state_of(const struct app *app) { return app->states[PANE_PLAN]; }

static void *new_state(void) { return xcalloc(1, sizeof(struct plan_state)); }

static void free_state(void *opaque)
{
    struct plan_state *state = opaque;
    if (state == NULL)
        return;
    sheet_cursor_clear(&state->cursor);
    free(state->run);
    free(state);
}

static void write_rows(struct sheet *s, const struct app *app)
{
    const struct plan_state *state = state_of(app);
    int width = sheet_width((struct area){.w = state->cursor.width});
    plan_view_write(s, app, state, width, app->options.is_ascii);
}

/* The id that the cursor is on: of a step, or PLAN_ID_...; "" = none. Yours. */
static char *selected(const struct app *app)
{
    struct sheet s;
    const char *at = state_of(app)->cursor.id;

    if (at != NULL && plan_view_step(plan_view_document(app, state_of(app)), at) != NULL)
        return xstrdup(at);
    write_rows(&s, app);
    char *id = xstrdup(sheet_selected(&s, &state_of(app)->cursor));
    sheet_clear(&s);
    return id;
}

/* ---- seen ---- */

static size_t ended_steps(const struct run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->step_count; i++)
        count += run->steps[i].state == STEP_SUCCEEDED || run->steps[i].state == STEP_SKIPPED ||
                 run->steps[i].state == STEP_UNDONE;
    return count;
}

static void say_about(const struct app *app, char *out, size_t size)
{
    const struct plan_state *state = state_of(app);
    const struct run *run = plan_view_run(app, state);
    const json_t *plan = plan_view_document(app, state);

    out[0] = '\0';
    if (plan == NULL)
        return;
    size_t all = json_array_size(json_object_get(plan, "steps"));
    if (run == NULL)
        (void)snprintf(out, size, "%zu steps, %.12s", all, reading_text(plan, "hash"));
    else
        (void)snprintf(out, size, "%s, %zu of %zu done", run->id, ended_steps(run), all);
}

/* The cursor had no row yet, or its row is gone. */
static bool has_settled(const struct sheet *s, struct sheet_cursor *cursor)
{
    const char *at = sheet_selected(s, cursor);

    if (at == NULL || (cursor->id != NULL && strcmp(cursor->id, at) == 0))
        return false;
    sheet_select(cursor, at);
    return true;
}

static void draw(const struct app *app, struct canvas *c, struct area a)
{
    struct plan_state *state = state_of(app);
    struct sheet s;
    int width = sheet_width(a);

    state->cursor.height = a.h - state->cursor.pinned; /* how much fits */
    plan_view_write(&s, app, state, width, c->is_ascii);
    if (has_settled(&s, &state->cursor)) { /* the sentence there is written whole */
        sheet_clear(&s);
        plan_view_write(&s, app, state, width, c->is_ascii);
    }
    sheet_show(&s, &state->cursor, c, a, app->focus == PANE_PLAN);
    sheet_clear(&s);
}

/* While a run goes on there is a tick each second anyway. */
static int64_t next_tick_ms(const struct app *app)
{
    const struct app_environment *e = app_environment(app);

    if (e == NULL || plan_view_run(app, state_of(app)) != NULL || e->plan.document == NULL ||
        !reading_is_seen(app, PANE_PLAN))
        return -1;
    return reading_wake_ms(app,
                           reading_next_age_ms(app, e->plan.at_ms, plan_view_interval_ms(app)));
}

/* ---- a step ---- */

static const json_t *selected_step(const struct app *app)
{
    auto_free char *id = selected(app);
    return plan_view_step(plan_view_document(app, state_of(app)), id);
}

static const char *no_step(const struct app *app)
{
    return selected_step(app) == NULL ? "no step is selected" : NULL;
}

static void open_page(struct app *app, struct effects *effects)
{
    const char *id = reading_text(selected_step(app), "id");
    auto_free char *about = xasprintf("step %s", id);
    auto_free char *title = xasprintf("Step %s", id);

    (void)effects;
    dialog_open_facts(app, about, title, plan_facts_rows(app, state_of(app), id));
}

/* The step that a person is asked about: the selected one, or else the first. */
static const struct run_step *chosen_step(const struct app *app)
{
    const struct run *run = plan_view_run(app, state_of(app));
    auto_free char *id = selected(app);
    const struct run_step *done = run != NULL ? run_step(run, id) : NULL;

    if (run == NULL || run_is_over(run))
        return NULL;
    return done != NULL && plan_view_has_stopped(done) ? done : app_stopped_step(run);
}

static const char *no_choice(const struct app *app)
{
    const struct run *run = plan_view_run(app, state_of(app));
    if (run == NULL)
        return "nothing runs";
    if (chosen_step(app) == NULL && run->prompt_count == 0)
        return "no step stopped and nothing is asked: there is nothing to choose";
    return NULL;
}

static void choose(struct app *app, struct effects *effects)
{
    const struct run_step *step = chosen_step(app);
    if (step != NULL)
        dialog_open_step(app, step->id, effects);
    else
        (void)dialog_open_prompt(app, effects);
}

static bool asks(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].step, step) == 0)
            return true;
    return false;
}

static const char *no_row(const struct app *app)
{
    auto_free char *id = selected(app);
    return id[0] == '\0' ? "there is no plan yet" : NULL;
}

static void enter(struct app *app, struct effects *effects)
{
    const struct run *run = plan_view_run(app, state_of(app));
    auto_free char *id = selected(app);
    const struct run_step *done = run != NULL ? run_step(run, id) : NULL;
    bool is_open = run != NULL && !run_is_over(run);

    if (id[0] == '@')
        dialog_open_facts(app, "bill", "What ships",
                          plan_facts_bill(plan_view_document(app, state_of(app))));
    else if (is_open && done != NULL && plan_view_has_stopped(done))
        dialog_open_step(app, id, effects);
    else if (is_open && done != NULL && asks(run, id))
        (void)dialog_open_prompt(app, effects);
    else
        open_page(app, effects);
}

/* ---- copying ---- */

/* Of a row that is no step. */
static const char *bill_value(const json_t *plan, const char *id)
{
    const json_t *inputs = json_object_get(plan, "inputs");
    if (strcmp(id, PLAN_ID_HASH) == 0)
        return reading_text(plan, "hash");
    if (strcmp(id, PLAN_ID_IMAGE) == 0)
        return reading_text(inputs, "image");
    return strcmp(id, PLAN_ID_COMMIT) == 0 ? reading_text(inputs, "commit") : "";
}

static const char *no_copy(const struct app *app)
{
    auto_free char *id = selected(app);
    const json_t *plan = plan_view_document(app, state_of(app));
    const json_t *step = plan_view_step(plan, id);

    if (step != NULL)
        return json_array_size(json_object_get(step, "calls")) == 0
                   ? "this step writes nothing: there is no command to copy"
                   : NULL;
    return bill_value(plan, id)[0] == '\0' ? "there is nothing to copy here" : NULL;
}

static void copy(struct app *app, struct effects *effects)
{
    auto_free char *id = selected(app);
    const json_t *plan = plan_view_document(app, state_of(app));
    auto_free char *commands = plan_facts_commands(app, state_of(app), id);
    copying_copy(app, effects, commands[0] != '\0' ? commands : bill_value(plan, id));
}

/* ---- what is shown ---- */

static void toggle_undo(struct app *app, struct effects *effects)
{
    (void)effects;
    state_of(app)->shows_undo = !state_of(app)->shows_undo;
    app->is_dirty = true;
}

static const char *no_other(const struct app *app)
{
    const struct run *run = app_run(app);
    return run == NULL || run->plan == NULL ? "there is no run: this is the next plan" : NULL;
}

static void toggle_next(struct app *app, struct effects *effects)
{
    (void)effects;
    state_of(app)->shows_next = !state_of(app)->shows_next;
    app->is_dirty = true;
}

static void read_again(struct app *app, struct effects *effects)
{
    app_ask(app, effects, json_pack("{s:s}", "verb", "plan"), "making the plan again", NULL, NULL,
            NULL);
}

/* A run that begins is what is looked at; the cursor goes with it until it is moved by hand. */
static void changed(struct app *app, struct effects *effects)
{
    struct plan_state *state = state_of(app);
    const struct run *run = app_run(app);

    (void)effects;
    if (run == NULL || run->plan == NULL || run_is_over(run))
        return;
    state->shows_next = false;
    if (state->run == NULL || strcmp(state->run, run->id) != 0) {
        free(state->run);
        state->run = xstrdup(run->id);
        state->has_moved = false;
    }
    const struct run_step *current = plan_view_current(run);
    if (current != NULL && !state->has_moved)
        sheet_select(&state->cursor, current->id);
}

/* ---- moving ---- */

static void move(struct app *app, int by)
{
    struct sheet s;
    write_rows(&s, app);
    sheet_move(&s, &state_of(app)->cursor, by);
    state_of(app)->has_moved = true;
    sheet_clear(&s);
    app->is_dirty = true;
}

static int page_of(const struct app *app)
{
    int height = state_of(app)->cursor.height;
    return height > 3 ? height - 2 : 1;
}

SHEET_MOVES

static bool take_input(struct app *app, const struct input *input, struct area a,
                       struct effects *effects)
{
    struct sheet s;

    (void)effects;
    if (input->kind != INPUT_MOUSE)
        return false;
    write_rows(&s, app);
    bool was_taken = sheet_mouse(&s, &state_of(app)->cursor, input, a);
    sheet_clear(&s);
    state_of(app)->has_moved = true;
    app->is_dirty = true;
    return was_taken;
}

static const struct key keys[] = {
    {.code = KEY_CODE_ENTER,
     .label = "open",
     .name = "open the step",
     .help = "Everything about the step: calls, times, undo. On one that stopped or asks: what to "
             "do about it. Above the steps: what ships.",
     .rank = 10,
     .refused = no_row,
     .act = enter},
    {.code = 'c',
     .name = "choose what becomes of a step that stopped",
     .help = "Retry, skip, roll back or stop; or the answer to what the run asks.",
     .refused = no_choice,
     .act = choose},
    {.code = 'e',
     .name = "the exact calls of the step",
     .help = "The page of the step, also of one that stopped.",
     .rank = 15,
     .refused = no_step,
     .act = open_page},
    {.code = 'u',
     .label = "undo map",
     .name = "show what takes each step back, or hide it",
     .help = "Below each step: what takes it back, or why nothing can.",
     .rank = 20,
     .act = toggle_undo},
    {.code = 'y',
     .label = "copy calls",
     .name = "copy the aws commands of the step",
     .help = "Copies a line for a shell for each call of the step; on the hash, image or commit "
             "that.",
     .rank = 30,
     .refused = no_copy,
     .act = copy},
    {.code = 'v',
     .label = "run / next plan",
     .name = "show the run, or what R would start",
     .help = "Changes between the run and the plan that R would start.",
     .rank = 40,
     .refused = no_other,
     .act = toggle_next},
    {.code = 'r',
     .label = "make again",
     .name = "make the plan again",
     .help = "Looks at what would be shipped, and makes the plan anew. Nothing is changed.",
     .rank = 50,
     .act = read_again},
    SHEET_KEYS("step", 'G'),
    {0},
};

const struct pane pane_plan = {
    .name = "plan",
    .title = "Plan",
    .legend = "Marks: [ ] to come  [~] goes on  [.] waits  [x] done  NO failed  ??? nobody knows  "
              "[-] skipped  "
              "[/] stopped  [<] taken back",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = draw,
    .input = take_input,
    .changed = changed,
    .next_tick_ms = next_tick_ms,
};
