/* checklist.c - the pane "Checklist": tick, prove again, waive, and what still stops the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"
#include "tui/dialog.h"
#include "tui/dialog_facts.h"
#include "tui/panes/checklist_parts.h"
#include "tui/reading.h"
#include "tui/sheet_keys.h"

static struct checklist_state *state_of(const struct app *app)
{
    return app->states[PANE_CHECKLIST];
}

static void *new_state(void)
{
    struct checklist_state *state = xcalloc(1, sizeof *state);
    state->in_flight = json_object();
    return state;
}

static void free_state(void *opaque)
{
    struct checklist_state *state = opaque;
    if (state == NULL)
        return;
    sheet_cursor_clear(&state->cursor);
    free(state->filter);
    json_decref(state->in_flight);
    json_decref(state->ended);
    free(state->ended_run);
    free(state);
}

static void write_rows(struct sheet *s, const struct app *app)
{
    const struct checklist_state *state = state_of(app);
    int width = sheet_width((struct area){.w = state->cursor.width});
    checklist_view_write(s, app, state, width, app->options.is_ascii);
}

static const json_t *selected(const struct app *app)
{
    struct sheet s;
    const json_t *item = checklist_view_item(app, state_of(app)->cursor.id);

    if (item != NULL && checklist_view_shows(state_of(app), item))
        return item;
    write_rows(&s, app);
    item = checklist_view_item(app, sheet_selected(&s, &state_of(app)->cursor));
    sheet_clear(&s);
    return item;
}

/* ---- seen ---- */

static void say_about(const struct app *app, char *out, size_t size)
{
    struct checklist_index index;
    size_t done, all;

    out[0] = '\0';
    if (checklist_view_document(app) == NULL)
        return;
    checklist_view_count(app, &done, &all);
    if (checklist_view_is_ended(app)) {
        (void)snprintf(out, size, "%s, %zu/%zu", app_run(app)->id, done, all);
        return;
    }
    checklist_view_index(app, &index);
    auto_free char *open = checklist_view_open(&index, true);
    if (open[0] != '\0')
        (void)snprintf(out, size, "%zu/%zu, %s", done, all, open);
    else if (index.now > 0)
        (void)snprintf(out, size, "%zu/%zu, %zu for now", done, all, index.now);
    else
        (void)snprintf(out, size, "%zu/%zu, %s", done, all,
                       index.run != NULL  ? "nothing stops it"
                       : !index.has_gates ? "none asked for"
                       : index.is_locked  ? "all hold, locked"
                                          : "may start");
    checklist_view_clear_index(&index);
}

static void draw(const struct app *app, struct canvas *c, struct area a)
{
    struct checklist_state *state = state_of(app);
    struct sheet s;
    checklist_view_write(&s, app, state, sheet_width(a), c->is_ascii);
    sheet_show(&s, &state->cursor, c, a, app->focus == PANE_CHECKLIST);
    sheet_clear(&s);
}

static int64_t next_tick_ms(const struct app *app)
{
    int64_t next = -1;
    size_t i;
    json_t *item;

    if (!reading_is_seen(app, PANE_CHECKLIST))
        return -1;
    json_array_foreach(json_object_get(checklist_view_document(app), "items"), i, item) next =
        reading_sooner(next, checklist_view_next_ms(app, item));
    return reading_wake_ms(app, next);
}

/* ---- requests ---- */

struct asked { /* about an item */
    char *id, *text;
    const char *done; /* "ticked" */
};

static void free_asked(void *closure)
{
    struct asked *asked = closure;
    free(asked->id);
    free(asked->text);
    free(asked);
}

static void forget_flight(struct app *app, const char *id)
{
    json_object_del(state_of(app)->in_flight, id);
    app->is_dirty = true;
}

static void hear_reply(struct app *app, void *closure, bool ok, const json_t *answer,
                       struct effects *effects)
{
    const struct asked *asked = closure;
    const char *hint = reading_text(answer, "hint");

    (void)effects;
    forget_flight(app, asked->id);
    if (ok)
        app_toast(app, false, "%s: %s", asked->done, asked->text);
    else
        app_toast(app, true, "not %s: %s%s%s", asked->done, reading_text(answer, "message"),
                  hint[0] != '\0' ? ". " : "", hint);
}

/* seq of the run that it is about; a run that is over gathers nothing any more. */
static json_t *seen_seq(const struct app *app)
{
    const struct run *run = app_run(app);
    return json_integer(run != NULL && !run_is_over(run) ? (json_int_t)run->last_seq : 0);
}

static void ask(struct app *app, struct effects *effects, const char *verb, const json_t *item,
                const char *reason, const char *doing, const char *done)
{
    struct asked *asked = xcalloc(1, sizeof *asked);
    const char *id = reading_text(item, "id");
    json_t *request = json_pack("{s:s, s:s}", "verb", verb, "item", id);

    *asked = (struct asked){
        .id = xstrdup(id), .text = xstrdup(reading_text(item, "text")), .done = done};
    if (strcmp(verb, "probe") != 0) {
        json_object_set_new(request, "reason", json_string(reason));
        json_object_set_new(request, "seen_seq", seen_seq(app));
    }
    json_object_set_new(state_of(app)->in_flight, id, json_string(doing));
    app_ask(app, effects, request, doing, hear_reply, asked, free_asked);
    app->is_dirty = true;
}

static bool is_in(const json_t *item, const char *state)
{
    return strcmp(reading_text(item, "state"), state) == 0;
}

static bool is_in_flight(const struct app *app, const json_t *item)
{
    return reading_text(state_of(app)->in_flight, reading_text(item, "id"))[0] != '\0';
}

/* What is true of every key that asks for something. */
static const char *not_now(const struct app *app, const json_t *item)
{
    if (item == NULL)
        return "there is no item here yet";
    if (checklist_view_is_ended(app))
        return "this is the list of a run that is over: v shows the next one";
    return is_in_flight(app, item) ? "it is being done already" : NULL;
}

/* ---- a tick ---- */

static const char *no_tick(const struct app *app)
{
    const json_t *item = selected(app);
    const char *why = not_now(app, item);

    if (why != NULL)
        return why;
    if (is_in(item, "na"))
        return "it does not apply to this release";
    if (is_in(item, "waived"))
        return NULL;
    if (!checklist_view_is_persons(item))
        return "a probe proves this one: r runs it again, w waives it";
    return NULL;
}

static void take_back(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    const json_t *item = checklist_view_item(app, closure);
    if (item == NULL)
        app_toast(app, true, "the item is not in the checklist any more");
    else
        ask(app, effects, "untick", item, reason, "taking it back", "taken back");
}

static void tick(struct app *app, struct effects *effects)
{
    const json_t *item = selected(app);

    if (!is_in(item, "pass") && !is_in(item, "waived")) {
        ask(app, effects, "tick", item, "", "ticking", "ticked");
        return;
    }
    auto_free char *title = xasprintf("Take back: %s", reading_text(item, "text"));
    dialog_ask_text(app, &(struct text_question){
                             .title = title,
                             .hint = is_in(item, "waived") ? "why is it not waived any more?"
                                                           : "why does it not hold any more?",
                             .done = take_back,
                             .free_closure = free,
                             .closure = xstrdup(reading_text(item, "id")),
                         });
}

/* ---- a probe ---- */

static const char *no_probe(const struct app *app)
{
    const json_t *item = selected(app);
    const char *why = not_now(app, item);

    if (why != NULL)
        return why;
    if (checklist_view_is_persons(item))
        return "only a person knows this one: Space ticks it";
    return is_in(item, "na") ? "it does not apply to this release" : NULL;
}

static void probe(struct app *app, struct effects *effects)
{
    ask(app, effects, "probe", selected(app), "", "proving it", "proved again");
}

/* ---- a waiver ---- */

static const char *no_waiver(const struct app *app)
{
    const json_t *item = selected(app);
    const char *why = not_now(app, item);

    if (why != NULL)
        return why;
    if (is_in(item, "pass"))
        return "it holds: there is nothing to waive";
    if (is_in(item, "waived"))
        return "it is waived already: Space takes that back";
    return is_in(item, "na") ? "it does not apply to this release" : NULL;
}

static void waive_now(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    const json_t *item = checklist_view_item(app, closure);
    if (item == NULL)
        app_toast(app, true, "the item is not in the checklist any more");
    else
        ask(app, effects, "waive", item, reason, "waiving", "waived");
}

static json_t *waiver_lines(const struct app *app, const json_t *item)
{
    json_t *lines = json_array();
    const struct checklist_look *look = checklist_view_look(reading_text(item, "state"));
    const char *summary = reading_text(json_object_get(item, "evidence"), "summary");
    struct checklist_index index;

    checklist_view_index(app, &index);
    const json_t *gate = checklist_view_gate(&index, item);
    json_array_append_new(lines, json_sprintf("%s", reading_text(item, "text")));
    json_array_append_new(
        lines, json_sprintf("now: %s%s%s", look->word, summary[0] != '\0' ? ": " : "", summary));
    if (gate != NULL)
        json_array_append_new(lines, json_sprintf("it stops %s no longer, in this release only",
                                                  reading_text(gate, "name")));
    json_array_append_new(lines, json_string("your name and reason stand in the report; "
                                             "Space takes the waiver back"));
    checklist_view_clear_index(&index);
    return lines;
}

static void waive(struct app *app, struct effects *effects)
{
    const json_t *item = selected(app);
    const struct app_environment *e = app_environment(app);

    (void)effects;
    dialog_confirm(app, &(struct confirmation){
                            .level = LEVEL_GRAVE,
                            .title = "Waive an item",
                            .environment = e->name,
                            .lines = waiver_lines(app, item),
                            .yes = "waive it",
                            .act = waive_now,
                            .free_closure = free,
                            .closure = xstrdup(reading_text(item, "id")),
                        });
}

/* ---- pages ---- */

static const char *no_item(const struct app *app)
{
    return selected(app) == NULL ? "there is no item here yet" : NULL;
}

static char *page_of_item(const char *id) { return xasprintf("item %s", id); }

static void show_evidence(struct app *app, void *closure, bool ok, const json_t *answer,
                          struct effects *effects)
{
    const json_t *item = checklist_view_item(app, closure);
    auto_free char *about = page_of_item(closure);

    (void)effects;
    if (item == NULL)
        return;
    json_t *lines = ok ? json_incref(json_object_get(answer, "lines"))
                       : json_pack("[o]", json_sprintf("could not read it: %s",
                                                       reading_text(answer, "message")));
    lines = lines != NULL ? lines : json_array();
    dialog_refill_facts(app, about, checklist_facts_item(app, item, lines));
    json_decref(lines);
}

static void open_evidence(struct app *app, struct effects *effects)
{
    const json_t *item = selected(app);
    const char *id = reading_text(item, "id");
    auto_free char *about = page_of_item(id);

    dialog_open_facts(app, about, reading_text(item, "text"),
                      checklist_facts_item(app, item, NULL));
    app_ask(app, effects, json_pack("{s:s, s:s}", "verb", "evidence", "item", id), NULL,
            show_evidence, xstrdup(id), free);
}

static void open_gates(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_open_facts(app, "gates", "Gates: what must hold before a step may start",
                      checklist_facts_gates(app));
}

/* ---- moving ---- */

static void move(struct app *app, int by)
{
    struct sheet s;
    write_rows(&s, app);
    sheet_move(&s, &state_of(app)->cursor, by);
    sheet_clear(&s);
    app->is_dirty = true;
}

static int page_of(const struct app *app)
{
    int height = state_of(app)->cursor.height;
    return height > 4 ? height - 3 : 1;
}

SHEET_MOVES

/* How soon somebody has to see to it: what a probe proves by itself comes after what is for people.
 */
static int rank_of(const struct checklist_index *index, const json_t *item)
{
    if (checklist_view_gate(index, item) == NULL || checklist_view_is_twin(item))
        return -1;
    switch (checklist_view_when(index, item)) {
    case CHECKLIST_YOURS:
    case CHECKLIST_FAILING:
        return 0;
    case CHECKLIST_PROVED:
        return 1;
    default:
        return 2;
    }
}

/* The most urgent item that nothing is done about yet, of several the next one after the cursor;
 * round. NULL: there is none. */
static const char *next_blocking(const struct app *app)
{
    const json_t *items = json_object_get(checklist_view_document(app), "items");
    const char *at = reading_text(selected(app), "id"), *found = NULL;
    struct checklist_index index;
    int found_rank = 0;
    bool is_past = false, found_past = false;
    size_t i;
    json_t *item;

    checklist_view_index(app, &index);
    json_array_foreach(items, i, item)
    {
        int rank = is_in_flight(app, item) ? -1 : rank_of(&index, item);
        if (rank >= 0 && (found == NULL || rank < found_rank ||
                          (rank == found_rank && is_past && !found_past))) {
            found = reading_text(item, "id");
            found_rank = rank;
            found_past = is_past;
        }
        is_past = is_past || strcmp(reading_text(item, "id"), at) == 0;
    }
    checklist_view_clear_index(&index);
    return found;
}

static void go_next_blocking(struct app *app, struct effects *effects)
{
    struct checklist_state *state = state_of(app);
    const char *id = next_blocking(app);

    (void)effects;
    if (id == NULL) {
        app_toast(app, false, "%s",
                  json_object_size(state->in_flight) > 0
                      ? "nothing else stops it: what is left is being done"
                      : "nothing stops it: every item that is asked for holds");
        return;
    }
    const json_t *item = checklist_view_item(app, id);
    if (!checklist_view_shows(state, item)) {
        free(state->filter);
        state->filter = NULL;
    }
    sheet_select(&state->cursor, id);
    app->is_dirty = true;
}

/* ---- the filter ---- */

static void set_filter(struct app *app, void *closure, const char *text, struct effects *effects)
{
    struct checklist_state *state = state_of(app);

    (void)closure;
    (void)effects;
    free(state->filter);
    state->filter = text[0] != '\0' ? xstrdup(text) : NULL;
    app->is_dirty = true;
}

static void drop_filter(struct app *app, void *closure, struct effects *effects)
{
    set_filter(app, closure, "", effects);
}

static void filter(struct app *app, struct effects *effects)
{
    (void)effects;
    dialog_ask_text(app, &(struct text_question){
                             .title = "Show only items with",
                             .hint = "a word of the item, its section, its state or its evidence",
                             .initial = state_of(app)->filter,
                             .may_be_empty = true,
                             .typed = set_filter,
                             .done = set_filter,
                             .cancelled = drop_filter,
                         });
}

static const char *no_filter(const struct app *app)
{
    return state_of(app)->filter == NULL ? "nothing is filtered" : NULL;
}

static void show_all(struct app *app, struct effects *effects) { drop_filter(app, NULL, effects); }

static void toggle_na(struct app *app, struct effects *effects)
{
    (void)effects;
    state_of(app)->shows_na = !state_of(app)->shows_na;
    app->is_dirty = true;
}

static const char *no_other(const struct app *app)
{
    return state_of(app)->ended == NULL ? "there is one list: no run has ended here" : NULL;
}

static void toggle_next(struct app *app, struct effects *effects)
{
    (void)effects;
    state_of(app)->shows_next = !state_of(app)->shows_next;
    app->is_dirty = true;
}

static void changed(struct app *app, struct effects *effects)
{
    (void)effects;
    checklist_ended_keep(app);
}

/* ---- input ---- */

static bool take_input(struct app *app, const struct input *input, struct area a,
                       struct effects *effects)
{
    struct sheet s;

    if (input->kind == INPUT_KEY && input->key == KEY_CODE_ESCAPE &&
        state_of(app)->filter != NULL) {
        show_all(app, effects);
        return true;
    }
    if (input->kind != INPUT_MOUSE)
        return false;
    write_rows(&s, app);
    bool was_taken = sheet_mouse(&s, &state_of(app)->cursor, input, a);
    sheet_clear(&s);
    app->is_dirty = true;
    return was_taken;
}

static const struct key keys[] = {
    {.code = ' ',
     .label = "tick",
     .name = "tick the item, or take it back",
     .help = "You vouch for it, with your name. Again: takes the tick or the waiver back, with a "
             "reason.",
     .rank = 10,
     .refused = no_tick,
     .act = tick,
     .is_write = true},
    {.code = 'n',
     .label = "next that stops it",
     .name = "next item that stops the start",
     .help = "Goes to the next item that waits for a person; when none does, to what a probe "
             "proves at the start, or to one that is asked later.",
     .rank = 15,
     .act = go_next_blocking},
    {.code = KEY_CODE_ENTER,
     .other = 'e',
     .label = "evidence",
     .name = "the evidence of the item",
     .help = "Everything that is known of the item: evidence, who, when, how long it holds.",
     .rank = 20,
     .refused = no_item,
     .act = open_evidence},
    {.code = 'r',
     .label = "prove again",
     .name = "prove the item again",
     .help = "Runs the probe of the item now and records what it says.",
     .rank = 25,
     .refused = no_probe,
     .act = probe},
    {.code = 'w',
     .label = "waive",
     .name = "waive the item",
     .help = "The item stops nothing any more, in this release only. Asks for the name of the "
             "environment and a reason.",
     .rank = 30,
     .refused = no_waiver,
     .act = waive,
     .is_write = true},
    {.code = '/',
     .label = "filter",
     .name = "show only some items",
     .help = "Shows only items with a word in them; Esc shows all.",
     .rank = 40,
     .act = filter},
    {.code = 'G',
     .name = "list the gates",
     .help = "Each gate, and what stops it.",
     .rank = 50,
     .act = open_gates},
    {.code = 'N',
     .name = "show what does not apply, or fold it",
     .help = "Shows the items that do not apply to this release, or folds them.",
     .rank = 55,
     .act = toggle_na},
    {.code = 'v',
     .name = "show the list of the run that ended, or the next one",
     .help = "After a release: its list as it stood at the end, or that of the next release.",
     .rank = 60,
     .refused = no_other,
     .act = toggle_next},
    {.code = KEY_CODE_UNBOUND,
     .name = "show all items",
     .help = "Drops the filter.",
     .rank = 65,
     .refused = no_filter,
     .act = show_all},
    SHEET_KEYS("item", 0),
    {0},
};

const struct pane pane_checklist = {
    .name = "checklist",
    .title = "Checklist",
    .legend =
        "Marks: [ ] to do  [x] holds  [~] being proved  NO does not hold  old: its time is over  "
        "[w] waived  - does not apply",
    .keys = keys,
    .state_new = new_state,
    .state_free = free_state,
    .about = say_about,
    .draw = draw,
    .input = take_input,
    .changed = changed,
    .next_tick_ms = next_tick_ms,
};
