/* app_check.c - what people said of the checklist since it was read: the run has it at once, the
 * list that says so comes later.
 */
#include <string.h>

#include "core/clock.h"
#include "tui/app_parts.h"
#include "tui/reading.h"

void app_check_overlay(json_t *item, const struct run_item *was)
{
    char at[CLOCK_STAMP_SIZE], until[CLOCK_STAMP_SIZE];
    bool is_told = strcmp(was->state, "waived") == 0 || strcmp(was->state, "na") == 0;

    json_object_set_new(item, "state", json_string(was->state));
    json_object_set_new(item, "by", json_string(was->by != NULL ? was->by : ""));
    json_object_set_new(item, "reason", json_string(is_told ? was->summary : ""));
    json_object_set_new(
        item, "evidence",
        json_pack("{s:s, s:s, s:s}", "summary", was->summary != NULL ? was->summary : "", "at",
                  was->at_ms > 0 ? clock_stamp(was->at_ms, at) : "", "expires_at",
                  was->expires_at_ms > 0 ? clock_stamp(was->expires_at_ms, until) : ""));
}

static bool is_persons_word(const json_t *item, const struct run_item *newest)
{
    const char *kind = app_text_of(item, "kind"), *state = newest->state;
    bool is_persons = strcmp(kind, "person") == 0 || strcmp(kind, "ask") == 0;

    return strcmp(state, "waived") == 0 || (is_persons && strcmp(state, "pass") == 0);
}

static bool is_newer(const json_t *item, const struct run_item *newest)
{
    const char *state = app_text_of(item, "state");

    return strcmp(state, "na") != 0 && strcmp(state, "running") != 0 &&
           newest->at_ms > reading_stamp_ms(json_object_get(item, "evidence"), "at");
}

static void stops_nothing(json_t *check, const json_t *id)
{
    size_t i;
    json_t *gate;

    json_array_foreach(json_object_get(check, "gates"), i, gate)
    {
        json_t *blocking = json_object_get(gate, "blocking");
        for (size_t j = json_array_size(blocking); j-- > 0;)
            if (json_equal(json_array_get(blocking, j), id))
                json_array_remove(blocking, j);
    }
}

static const struct run_item *newer_word(const struct app_environment *e, const json_t *item)
{
    const char *asked = app_text_of(item, "same_as");
    const struct run_item *newest =
        run_item(e->run, asked[0] != '\0' ? asked : app_text_of(item, "id"));

    return newest != NULL && is_persons_word(item, newest) && is_newer(item, newest) ? newest
                                                                                     : NULL;
}

/* What was heard is another's too. */
static void own_document(struct app_environment *e)
{
    json_t *own = json_deep_copy(e->check.document);

    json_decref(e->check.document);
    e->check.document = own;
}

void app_check_catch_up(struct app_environment *e)
{
    const json_t *items = json_object_get(e->check.document, "items");
    bool is_own = false;

    if (e->run == NULL || run_is_over(e->run))
        return;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const struct run_item *newest = newer_word(e, json_array_get(items, i));
        if (newest == NULL)
            continue;
        if (!is_own)
            own_document(e);
        is_own = true;
        items = json_object_get(e->check.document, "items");
        app_check_overlay(json_array_get(items, i), newest);
        stops_nothing(e->check.document, json_object_get(json_array_get(items, i), "id"));
    }
}
