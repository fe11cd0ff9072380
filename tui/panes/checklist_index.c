/* checklist_index.c - which items stop the start, whose they are, and the list of a run that ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app_parts.h"
#include "tui/panes/checklist_parts.h"
#include "tui/reading.h"

#define NAME_SIZE 200
#define DURING "during" /* in the name of a section: to be looked at while the run goes on */

/* ---- turned round ---- */

static const struct run_step *step_of(const struct checklist_index *index, const json_t *gate)
{
    return index->run != NULL ? run_step(index->run, reading_text(gate, "name")) : NULL;
}

/* Once the run is past it, it stops nothing of that run. */
static bool is_passed(const struct checklist_index *index, const json_t *gate)
{
    const struct run_step *step = step_of(index, gate);
    return step != NULL && (step->state == STEP_SUCCEEDED || step->state == STEP_SKIPPED);
}

bool checklist_view_is_now(const struct checklist_index *index, const json_t *gate)
{
    const struct run_step *step = step_of(index, gate);
    bool is_waiting = step != NULL && (step->state == STEP_WAITING || step->state == STEP_RUNNING);
    return is_waiting || checklist_view_is_before_writes(gate);
}

enum checklist_when checklist_view_when(const struct checklist_index *index, const json_t *item)
{
    const json_t *gate = checklist_view_gate(index, item);
    const char *name = reading_text(gate, "name");

    if (gate == NULL)
        return CHECKLIST_NOT_ASKED;
    if (!checklist_view_is_now(index, gate))
        return index->next != NULL && strcmp(index->next, name) == 0 &&
                       text_contains_nocase(reading_text(item, "section"), DURING)
                   ? CHECKLIST_NOW
                   : CHECKLIST_LATER;
    if (checklist_view_is_persons(item))
        return CHECKLIST_YOURS;
    return strcmp(reading_text(item, "state"), "fail") == 0 ? CHECKLIST_FAILING : CHECKLIST_PROVED;
}

static void index_gate(struct checklist_index *out, const json_t *same_as, json_t *gate)
{
    size_t *const counts[] = {
        [CHECKLIST_YOURS] = &out->yours,   [CHECKLIST_FAILING] = &out->failing,
        [CHECKLIST_PROVED] = &out->proved, [CHECKLIST_NOW] = &out->now,
        [CHECKLIST_LATER] = &out->later,
    };
    size_t i;
    json_t *blocking;

    json_array_foreach(json_object_get(gate, "blocking"), i, blocking)
    {
        const char *id = json_string_value(blocking);
        if (id == NULL)
            continue;
        const char *asked = reading_text(same_as, id);
        const char *shown = asked[0] != '\0' ? asked : id;
        const json_t *item = json_object_get(out->items, shown);
        if (json_object_get(out->gates, shown) != NULL || item == NULL)
            continue;
        json_object_set(out->gates, shown, gate);
        ++*counts[checklist_view_when(out, item)];
    }
}

/* The first gate that the run has still to come to. */
static void find_next(struct checklist_index *out, const json_t *gates)
{
    size_t i;
    json_t *gate;

    if (out->run == NULL)
        return;
    json_array_foreach(gates, i,
                       gate) if (checklist_view_is_now(out, gate) && !is_passed(out, gate)) return;
    json_array_foreach(gates, i, gate)
    {
        if (out->next == NULL && !checklist_view_is_now(out, gate) && !is_passed(out, gate))
            out->next = reading_text(gate, "name");
    }
}

static bool is_locked(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    return e != NULL && json_is_object(json_object_get(e->status.document, "lock"));
}

void checklist_view_index(const struct app *app, struct checklist_index *out)
{
    const json_t *gates = json_object_get(checklist_view_document(app), "gates");
    json_t *same_as = json_object(), *item, *gate;
    size_t i;

    *out = (struct checklist_index){.gates = json_object(),
                                    .twins = json_object(),
                                    .items = json_object(),
                                    .run = app_is_going(app) ? app_run(app) : NULL,
                                    .has_gates = json_array_size(gates) > 0,
                                    .is_locked = is_locked(app)};
    json_array_foreach(json_object_get(checklist_view_document(app), "items"), i, item)
    {
        json_object_set(out->items, reading_text(item, "id"), item);
        if (!checklist_view_is_twin(item))
            continue;
        json_object_set(same_as, reading_text(item, "id"), json_object_get(item, "same_as"));
        json_object_set(out->twins, reading_text(item, "same_as"),
                        json_object_get(item, "section"));
    }
    find_next(out, gates);
    json_array_foreach(gates, i, gate) if (checklist_view_is_now(out, gate) &&
                                           !is_passed(out, gate)) index_gate(out, same_as, gate);
    json_array_foreach(gates, i, gate) if (!checklist_view_is_now(out, gate) &&
                                           !is_passed(out, gate)) index_gate(out, same_as, gate);
    json_decref(same_as);
}

void checklist_view_clear_index(struct checklist_index *index)
{
    json_decref(index->gates);
    json_decref(index->twins);
    json_decref(index->items);
    *index = (struct checklist_index){0};
}

const json_t *checklist_view_gate(const struct checklist_index *index, const json_t *item)
{
    return json_object_get(index->gates, reading_text(item, "id"));
}

/* ---- counted ---- */

size_t checklist_view_stop(const struct checklist_index *index)
{
    return index->yours + index->failing + index->proved;
}

char *checklist_view_open(const struct checklist_index *index, bool is_brief)
{
    char yours[40] = "", failing[40] = "", proved[60] = "";
    bool is_going = index->run != NULL;

    if (index->yours > 0)
        (void)snprintf(yours, sizeof yours, "%zu for you", index->yours);
    if (index->failing > 0)
        (void)snprintf(failing, sizeof failing, "%s%zu do%s not hold", yours[0] != '\0' ? ", " : "",
                       index->failing, index->failing == 1 ? "es" : "");
    if (index->proved > 0 && (!is_brief || index->failing == 0))
        (void)snprintf(proved, sizeof proved, "%s%zu proved %s",
                       yours[0] != '\0' || failing[0] != '\0' ? ", " : "", index->proved,
                       is_going ? "by the run" : "at the start");
    return xasprintf("%s%s%s", yours, failing, proved);
}

void checklist_view_count(const struct app *app, size_t *done, size_t *all)
{
    size_t i;
    json_t *item;

    *done = *all = 0;
    json_array_foreach(json_object_get(checklist_view_document(app), "items"), i, item)
    {
        const char *state = reading_text(item, "state");
        if (checklist_view_is_twin(item) || strcmp(state, "na") == 0)
            continue;
        ++*all;
        *done += strcmp(state, "pass") == 0 || strcmp(state, "waived") == 0;
    }
}

/* ---- of a run that ended ---- */

static struct checklist_state *state_of(const struct app *app)
{
    return app->states[PANE_CHECKLIST];
}

static const char *name_ended(const struct app_environment *e, const struct run *run,
                              char out[static NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "%s %s", e->name, run->id);
    return out;
}

bool checklist_view_is_ended(const struct app *app)
{
    const struct checklist_state *state = state_of(app);
    const struct app_environment *e = app_environment(app);
    char name[NAME_SIZE];

    return state->ended != NULL && !state->shows_next && app_run(app) != NULL &&
           strcmp(name_ended(e, app_run(app), name), state->ended_run) == 0;
}

const json_t *checklist_view_document(const struct app *app)
{
    const struct app_environment *e = app_environment(app);

    if (checklist_view_is_ended(app))
        return state_of(app)->ended;
    return e != NULL ? e->check.document : NULL;
}

static json_t *list_of(const json_t *document, const struct run *run)
{
    json_t *list = json_deep_copy(document), *item;
    size_t i;

    json_array_foreach(json_object_get(list, "items"), i, item)
    {
        const struct run_item *was = run_item(run, reading_text(item, "id"));
        if (was != NULL)
            app_check_overlay(item, was);
        else /* it was not asked for then, whatever applies to the next one */
            json_object_set_new(item, "state", json_string("na"));
    }
    json_object_set_new(list, "gates", json_array()); /* it stops nothing any more */
    return list;
}

void checklist_ended_keep(const struct app *app)
{
    struct checklist_state *state = state_of(app);
    const struct app_environment *e = app_environment(app);
    const struct run *run = app_run(app);
    bool is_ended = run != NULL && run->status == RUN_SUCCEEDED && run->item_count > 0 &&
                    e->check.document != NULL;
    char name[NAME_SIZE] = "";

    if (is_ended)
        name_ended(e, run, name);

    if (state->ended_run != NULL && strcmp(state->ended_run, name) == 0 &&
        (!is_ended || state->ended_at_ms == e->check.at_ms))
        return;
    if (state->ended_run == NULL || strcmp(state->ended_run, name) != 0)
        state->shows_next = false;
    json_decref(state->ended);
    free(state->ended_run);
    state->ended = is_ended ? list_of(e->check.document, run) : NULL;
    state->ended_run = xstrdup(name);
    state->ended_at_ms = is_ended ? e->check.at_ms : 0;
}
