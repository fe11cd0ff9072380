/* checklist_facts.c - the evidence page of an item, and the list of gates. */
#include <stdio.h>
#include <string.h>

#include "core/event_text.h"
#include "core/mem.h"
#include "tui/dialog_facts.h"
#include "tui/panes/checklist_parts.h"
#include "tui/reading.h"

static void add_time(json_t *rows, const struct app *app, const char *label, const json_t *evidence,
                     const char *key)
{
    char at[48], span[32];
    int64_t at_ms = reading_stamp_ms(evidence, key), distance = at_ms - reading_now_ms(app);

    if (at_ms == 0)
        return;
    auto_free char *text = xasprintf(
        "%s, %s%s%s", app_time_text(app, at_ms, at), distance > 0 ? "in " : "",
        reading_span(distance > 0 ? distance : -distance, span), distance > 0 ? "" : " ago");
    dialog_facts_add(rows, label, text, reading_text(evidence, key), NULL);
}

static char *state_text(const json_t *item)
{
    const struct checklist_look *look = checklist_view_look(reading_text(item, "state"));
    return xasprintf("%s %s", look->mark, look->word);
}

static void add_gate(json_t *rows, const struct app *app, const json_t *item)
{
    struct checklist_index index;

    checklist_view_index(app, &index);
    const json_t *gate = checklist_view_gate(&index, item);
    if (gate != NULL) {
        auto_free char *text =
            xasprintf("step %s%s", reading_text(gate, "name"),
                      checklist_view_is_before_writes(gate) ? ", before anything is changed"
                      : checklist_view_is_now(&index, gate) ? ", which waits for it now"
                                                            : ", which is asked later");
        dialog_facts_add(rows, "stops", text, reading_text(gate, "name"), NULL);
    }
    dialog_facts_add_known(rows, "also asked in",
                           reading_text(index.twins, reading_text(item, "id")));
    checklist_view_clear_index(&index);
}

static void add_details(json_t *rows, const json_t *lines)
{
    size_t i;
    json_t *line;

    dialog_facts_add_heading(rows, "evidence in full");
    if (lines == NULL)
        dialog_facts_add(rows, "", "being read", NULL, NULL);
    else if (json_array_size(lines) == 0)
        dialog_facts_add(rows, "", "there is nothing more than what stands above", NULL, NULL);
    json_array_foreach(lines, i, line) if (json_is_string(line))
        dialog_facts_add(rows, "", json_string_value(line), NULL, NULL);
}

json_t *checklist_facts_item(const struct app *app, const json_t *item, const json_t *lines)
{
    json_t *rows = json_array();
    const json_t *evidence = json_object_get(item, "evidence");
    auto_free char *state = state_text(item);
    const char *by = reading_text(item, "by");

    dialog_facts_add(rows, "item", reading_text(item, "text"), NULL, reading_text(item, "id"));
    dialog_facts_add_known(rows, "section", reading_text(item, "section"));
    dialog_facts_add(rows, "state", state, reading_text(item, "state"), NULL);
    dialog_facts_add(rows, "proved by",
                     checklist_view_is_persons(item) ? "a person, who vouches for it"
                                                     : reading_text(item, "kind"),
                     NULL, NULL);
    dialog_facts_add_known(rows, "evidence", reading_text(evidence, "summary"));
    dialog_facts_add_known(rows, "reason", reading_text(item, "reason"));
    if (by[0] != '\0')
        dialog_facts_add(rows, "by", event_text_person(by), NULL, by);
    add_time(rows, app, "at", evidence, "at");
    add_time(rows, app, "holds until", evidence, "expires_at");
    add_gate(rows, app, item);
    dialog_facts_add(rows, "id", reading_text(item, "id"), NULL, NULL);
    add_details(rows, lines);
    return rows;
}

static void add_blocking(json_t *rows, const struct app *app, const json_t *gate)
{
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(gate, "blocking"), i, id)
    {
        const json_t *item = checklist_view_item(app, json_string_value(id));
        const struct checklist_look *look = checklist_view_look(reading_text(item, "state"));
        if (item != NULL)
            dialog_facts_add(rows, look->word, reading_text(item, "text"), reading_text(item, "id"),
                             NULL);
    }
}

json_t *checklist_facts_gates(const struct app *app)
{
    json_t *rows = json_array();
    size_t i;
    json_t *gate;

    json_array_foreach(json_object_get(checklist_view_document(app), "gates"), i, gate)
    {
        size_t count = json_array_size(json_object_get(gate, "blocking"));
        const char *when =
            checklist_view_is_before_writes(gate) ? "before anything is changed" : "asked later";
        auto_free char *stop = xasprintf("%s (%s): %zu item%s it", reading_text(gate, "name"), when,
                                         count, count == 1 ? " stops" : "s stop");
        auto_free char *open = xasprintf("%s (%s): may start", reading_text(gate, "name"), when);
        dialog_facts_add_heading(rows, count > 0 ? stop : open);
        if (count == 0)
            dialog_facts_add(rows, "holds", "every item that it asks for", NULL, NULL);
        add_blocking(rows, app, gate);
    }
    if (json_array_size(rows) == 0)
        dialog_facts_add(rows, "", "the plan of this environment asks for no checklist", NULL,
                         NULL);
    return rows;
}
