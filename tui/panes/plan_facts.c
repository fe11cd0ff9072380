/* plan_facts.c - everything about one step: its exact calls, what was sent, what takes it back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/mem.h"
#include "tui/aws_command.h"
#include "tui/dialog_facts.h"
#include "tui/panes/plan_parts.h"
#include "tui/reading.h"

#define COMMANDS_CEILING (64 << 10)

static const char *region_of(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    return e != NULL ? e->region : NULL;
}

/* The fact that `step.key` names, as it may stand in a command; NULL = not known yet. */
static const char *fact_of(const struct run *run, const char *name, size_t length)
{
    const char *dot = memchr(name, '.', length);

    if (run == NULL || dot == NULL)
        return NULL;
    auto_free char *id = xstrndup(name, (size_t)(dot - name));
    auto_free char *key = xstrndup(dot + 1, length - (size_t)(dot + 1 - name));
    const struct run_step *step = run_step(run, id);
    const char *text = step != NULL ? reading_text(step->facts, key) : "";
    bool is_plain = text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_./:@=")] == '\0';
    return text[0] != '\0' && is_plain ? text : NULL;
}

/* `${deploy.new_version}` is a number once deploy has run. Yours. */
static char *with_facts(const char *text, const struct run *run)
{
    auto_buf out;

    buf_init(&out, COMMANDS_CEILING);
    while (*text != '\0') {
        const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        const char *fact = end != NULL ? fact_of(run, text + 2, (size_t)(end - text) - 2) : NULL;
        if (fact != NULL)
            buf_adds(&out, fact);
        else
            buf_addc(&out, *text);
        text = fact != NULL ? end + 1 : text + 1;
    }
    return buf_steal(&out);
}

static char *command_text(const struct app *app, const struct run *run, const json_t *call)
{
    auto_free char *command = aws_command_text(call, region_of(app));
    return with_facts(command, run);
}

char *plan_facts_commands(const struct app *app, const struct plan_state *state, const char *id)
{
    auto_buf out;
    size_t i;
    json_t *call;
    const struct run *run = plan_view_run(app, state);
    const json_t *step = plan_view_step(plan_view_document(app, state), id);

    buf_init(&out, COMMANDS_CEILING);
    json_array_foreach(json_object_get(step, "calls"), i, call)
    {
        auto_free char *command = command_text(app, run, call);
        buf_addf(&out, "%s%s", i > 0 ? "\n" : "", command);
    }
    return buf_steal(&out);
}

static void add_time(json_t *rows, const struct app *app, const char *label, int64_t at_ms)
{
    char at[48];
    if (at_ms > 0)
        dialog_facts_add(rows, label, app_time_text(app, at_ms, at), NULL, NULL);
}

static void add_value(json_t *rows, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    char *dumped = NULL;

    if (text == NULL)
        text = dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    auto_free char *label = xstrdup(key);
    for (char *c = label; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    dialog_facts_add_known(rows, label, text);
    free(dumped);
}

static void add_members(json_t *rows, const char *heading, json_t *object)
{
    const char *key;
    json_t *value;

    if (json_object_size(object) == 0)
        return;
    dialog_facts_add_heading(rows, heading);
    json_object_foreach(object, key, value) add_value(rows, key, value);
}

static void add_state(json_t *rows, const struct app *app, const struct run *run,
                      const struct run_step *done, const json_t *step)
{
    const struct plan_look *look = plan_view_look(run, done);
    auto_free char *sentence = plan_view_sentence(app, run, done, step);
    auto_free char *state = xasprintf("%s %s", look->mark, sentence);
    char span[32];

    dialog_facts_add(rows, "state", state, NULL, NULL);
    if (done->attempt > 1) {
        auto_free char *attempt = xasprintf("%d", done->attempt);
        dialog_facts_add(rows, "attempt", attempt, NULL, NULL);
    }
    add_time(rows, app, "began", done->started_at_ms);
    add_time(rows, app, "ended", done->ended_at_ms);
    if (done->started_at_ms > 0 && done->ended_at_ms > 0)
        dialog_facts_add(rows, "took", reading_span(done->ended_at_ms - done->started_at_ms, span),
                         NULL, NULL);
    for (size_t i = 0; i < run->wait_count; i++)
        if (strcmp(run->waits[i].step, done->id) == 0)
            add_time(rows, app, run->waits[i].key, run->waits[i].deadline_ms);
}

static void add_call(json_t *rows, const struct app *app, const struct run *run, const char *label,
                     const json_t *call)
{
    auto_free char *planned = call_text(call);
    auto_free char *text = with_facts(planned, run);
    auto_free char *command = command_text(app, run, call);

    dialog_facts_add(rows, label, text, command, command);
    dialog_facts_add(rows, "command", command, command, command);
}

static void add_calls(json_t *rows, const struct app *app, const struct run *run,
                      const json_t *step)
{
    size_t i;
    json_t *call;
    const json_t *calls = json_object_get(step, "calls");

    dialog_facts_add_heading(
        rows, json_array_size(calls) > 0 ? "Calls (y copies the command below each)" : "Calls");
    if (json_array_size(calls) == 0)
        dialog_facts_add(rows, "", "it writes nothing to the world", NULL, NULL);
    json_array_foreach(calls, i, call)
    {
        auto_free char *label = xasprintf("%zu", i + 1);
        add_call(rows, app, run, label, call);
    }
}

/* What was really sent, newest attempts too. */
static void add_effects(json_t *rows, const struct app *app, const struct run *run, const char *id)
{
    bool is_first = true;
    char at[48];

    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *effect = &run->effects[i];
        const json_t *what = json_object_get(effect->intent, "what");
        if (strcmp(effect->step, id) != 0)
            continue;
        if (is_first)
            dialog_facts_add_heading(rows, "Sent");
        is_first = false;
        auto_free char *label = xasprintf("%s %s", app_time_text(app, effect->intended_at_ms, at),
                                          run_effect_state_name(effect->state));
        add_call(rows, app, run, label, what);
    }
}

json_t *plan_facts_rows(const struct app *app, const struct plan_state *state, const char *id)
{
    json_t *rows = json_array();
    const struct run *run = plan_view_run(app, state);
    const json_t *step = plan_view_step(plan_view_document(app, state), id);
    const struct run_step *done = run != NULL ? run_step(run, id) : NULL;
    auto_free char *undo = plan_view_undo(step, run, plan_view_document(app, state));
    char span[32];

    dialog_facts_add_known(rows, "what", reading_text(step, "summary"));
    dialog_facts_add_known(rows, "kind", reading_text(step, "kind"));
    dialog_facts_add_known(rows, "only when", reading_text(step, "when"));
    if (strcmp(reading_text(step, "begin"), "with-the-run") == 0)
        dialog_facts_add(rows, "begins", "with the run, beside the steps before it", NULL, NULL);
    if (reading_number(step, "expected_ms") > 0)
        dialog_facts_add(rows, "takes at least",
                         reading_span(reading_number(step, "expected_ms"), span), NULL, NULL);
    if (done != NULL)
        add_state(rows, app, run, done, step);
    dialog_facts_add(rows, "undo", undo[0] != '\0' ? undo : "there is nothing to take back", NULL,
                     NULL);
    add_calls(rows, app, run, step);
    if (done != NULL) {
        add_effects(rows, app, run, id);
        add_members(rows, "Known since it ran", done->facts);
    }
    add_members(rows, "Parameters", json_object_get(step, "params"));
    return rows;
}

json_t *plan_facts_bill(const json_t *plan)
{
    json_t *rows = json_array();
    const json_t *inputs = json_object_get(plan, "inputs");
    const json_t *running = json_object_get(inputs, "running");
    const char *class;
    json_t *holds;

    dialog_facts_add_known(rows, "ships", reading_text(inputs, "image"));
    dialog_facts_add_known(rows, "as runs in", reading_text(inputs, "image_from"));
    dialog_facts_add_known(rows, "runs now", reading_text(running, "image"));
    dialog_facts_add_known(rows, "as version", reading_text(running, "version"));
    dialog_facts_add_known(rows, "commit", reading_text(inputs, "commit"));
    dialog_facts_add_known(rows, "compared with", reading_text(inputs, "base_commit"));
    dialog_facts_add_known(rows, "which is", reading_text(inputs, "base_is"));
    dialog_facts_add_known(rows, "plan", reading_text(plan, "plan"));
    dialog_facts_add_known(rows, "hash", reading_text(plan, "hash"));
    if (json_object_size(json_object_get(inputs, "changes")) > 0)
        dialog_facts_add_heading(rows, "What kind of change it is");
    json_object_foreach(json_object_get(inputs, "changes"), class, holds) dialog_facts_add(
        rows, class, json_is_true(holds) ? "changes" : "does not change", NULL, NULL);
    return rows;
}
