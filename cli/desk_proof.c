/*
 * desk_proof.c - see desk_proof.h.
 */
#include "cli/desk_proof.h"

#include <string.h>

#include "cli/checking.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_LINES 2000
#define MOST_VALUES 200 /* of a list or an object */

/* ---- keeping ---- */

/* "" or null: not said. */
static int64_t stamp_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    int64_t at_ms;
    return text != NULL && clock_parse_stamp(text, &at_ms) ? at_ms : 0;
}

static const char *member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static json_t *proof(const char *state, const char *summary, int64_t at_ms, int64_t expires_at_ms,
                     const json_t *details)
{
    json_t *made = json_pack("{s:s, s:s, s:I, s:I}", "state", state, "summary", summary, "at_ms",
                             (json_int_t)at_ms, "expires_at_ms", (json_int_t)expires_at_ms);
    if (details != NULL)
        json_object_set_new(made, "details", json_deep_copy(details));
    return made;
}

json_t *desk_proof_of_document(const json_t *document, int64_t now_ms)
{
    json_t *proofs = json_object(), *item;
    size_t i;

    json_array_foreach(json_object_get(document, "items"), i, item)
    {
        const json_t *evidence = json_object_get(item, "evidence");
        const char *state = member_text(item, "state"), *id = member_text(item, "id");
        int64_t expires_at_ms = stamp_of(evidence, "expires_at");
        bool is_answer = strcmp(state, "pass") == 0 || strcmp(state, "fail") == 0;
        bool is_probed = strcmp(member_text(item, "kind"), "person") != 0 &&
                         member_text(item, "by")[0] == '\0' &&
                         json_object_get(item, "same_as") == NULL;
        if (is_answer && is_probed && expires_at_ms > now_ms)
            json_object_set_new(proofs, id,
                                proof(state, member_text(evidence, "summary"),
                                      stamp_of(evidence, "at"), expires_at_ms, NULL));
    }
    return proofs;
}

void desk_proof_keep(json_t *proofs, const struct checking *c, size_t index, const json_t *details)
{
    const struct checklist_item *item = &c->checklist->items[index];
    json_object_set_new(proofs, item->guide->id,
                        proof(checklist_state_name(item->state), item->summary, item->at_ms,
                              item->expires_at_ms, details));
}

void desk_proof_apply(const json_t *proofs, struct checking *c, int64_t now_ms)
{
    for (size_t i = 0; i < c->checklist->count; i++) {
        const struct checklist_item *item = &c->checklist->items[i];
        const json_t *kept = json_object_get(proofs, item->guide->id);
        int64_t at_ms = json_integer_value(json_object_get(kept, "at_ms"));
        int64_t expires_at_ms = json_integer_value(json_object_get(kept, "expires_at_ms"));
        enum item_state state;
        if (!checking_is_probed(item) || at_ms <= item->at_ms ||
            !checklist_state_parse(member_text(kept, "state"), &state))
            continue;
        if (state == ITEM_PASS && expires_at_ms > 0 && expires_at_ms <= now_ms)
            state = ITEM_STALE;
        checking_set(c, i, state, member_text(kept, "summary"), at_ms, expires_at_ms);
    }
}

int64_t desk_proof_expires_ms(const struct checking *c, int64_t now_ms)
{
    int64_t next_ms = 0;
    for (size_t i = 0; i < c->checklist->count; i++) {
        const struct checklist_item *item = &c->checklist->items[i];
        if (checking_is_probed(item) && item->expires_at_ms > now_ms &&
            (next_ms == 0 || item->expires_at_ms < next_ms))
            next_ms = item->expires_at_ms;
    }
    return next_ms;
}

/* ---- as lines ---- */

static void add_line(json_t *lines, json_t *line)
{
    if (json_array_size(lines) < MOST_LINES)
        json_array_append_new(lines, line);
    else
        json_decref(line);
}

/* A text of several lines is indented below its name. */
static void add_text(json_t *lines, const char *name, const char *text)
{
    if (strchr(text, '\n') == NULL) {
        add_line(lines, json_sprintf("%s: %s", name, text));
        return;
    }
    add_line(lines, json_sprintf("%s:", name));
    for (const char *end; *text != '\0'; text = *end != '\0' ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        auto_free char *line = xstrndup(text, (size_t)(end - text));
        add_line(lines, json_sprintf("  %s", line));
    }
}

static void add_value(json_t *lines, const char *name, const json_t *value)
{
    if (json_is_string(value)) {
        add_text(lines, name, json_string_value(value));
        return;
    }
    auto_free char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    add_line(lines, json_sprintf("%s: %s", name, text != NULL ? text : ""));
}

/* A list of texts, one below the other; of anything else one line each. */
static void add_list(json_t *lines, const char *name, const json_t *list)
{
    size_t i;
    json_t *value;

    add_line(lines, json_sprintf("%s:", name));
    json_array_foreach((json_t *)(uintptr_t)list, i, value)
    {
        if (i == MOST_VALUES)
            break;
        if (json_is_string(value))
            add_line(lines, json_sprintf("  %s", json_string_value(value)));
        else
            add_value(lines, " ", value);
    }
}

static void add_object(json_t *lines, const json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (json_is_array(value))
            add_list(lines, name, value);
        else if (!json_is_null(value))
            add_value(lines, name, value);
    }
}

json_t *desk_proof_lines(const json_t *details)
{
    json_t *lines = json_array(), *one;
    size_t i;

    if (json_is_object(details))
        add_object(lines, details);
    else if (json_is_string(details))
        add_text(lines, "details", json_string_value(details));
    json_array_foreach((json_t *)(uintptr_t)details, i, one)
    {
        if (json_is_object(one))
            add_object(lines, one);
        else
            add_value(lines, "details", one);
    }
    return lines;
}
