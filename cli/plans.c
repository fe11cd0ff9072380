/*
 * plans.c - see plans.h.
 */
#include "cli/plans.h"

#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/text.h"

#define PLAN_NAME "default"
#define SHORTEST_HASH 8

/* Of the inputs only the image is part of the hash: the rest depends on who looks, and from where.
 */
static json_t *hashed_inputs(const json_t *inputs)
{
    json_t *image = json_object_get(inputs, "image");
    json_t *hashed = json_object();
    if (image != NULL)
        json_object_set(hashed, "image", image);
    return hashed;
}

bool plans_make(struct session *s, const struct environment *environment, json_t **out,
                struct error *err)
{
    json_t *inputs = NULL, *plan = NULL;
    if (!inputs_resolve(s, environment, &inputs, err))
        return false;
    json_t *hashed = hashed_inputs(inputs);
    bool ok = plan_make(tables_house(), s->config, environment, PLAN_NAME, hashed, &plan, err);
    json_decref(hashed);
    if (ok) {
        json_object_set(plan, "inputs", inputs);
        *out = plan;
    }
    json_decref(inputs);
    return ok;
}

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

bool plans_expect(const struct cli *cli, const json_t *plan, struct error *err)
{
    const char *expected = cli_value(cli, "expect"), *hash = key_text(plan, "hash");
    if (expected == NULL)
        return true;
    if (strlen(expected) < SHORTEST_HASH)
        return error_set(err, ERROR_USAGE, "--expect needs at least %d characters of the hash",
                         SHORTEST_HASH);
    if (text_starts_with(hash, expected))
        return true;
    error_set(err, ERROR_USAGE, "the plan is %.12s now, not %.12s", hash, expected);
    return error_hint(err,
                      "What it would do has changed since it was looked at: flightdeck plan %s",
                      key_text(plan, "env"));
}

json_int_t plans_least_ms(const json_t *plan)
{
    json_int_t sum = 0;
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(plan, "steps"), i, step) sum +=
        json_integer_value(json_object_get(step, "expected_ms"));
    return sum;
}

static void print_step(const struct cli *cli, size_t number, const json_t *step)
{
    char least[CLOCK_STAMP_SIZE];
    json_int_t least_ms = json_integer_value(json_object_get(step, "expected_ms"));
    const char *undo = key_text(step, "undo"), *when = key_text(step, "when");
    size_t i;
    json_t *call;

    cli_say(cli, "%2zu. %-12s %s%s%s%s%s", number, key_text(step, "id"), key_text(step, "summary"),
            least_ms > 0 ? "; at least " : "",
            least_ms > 0 ? clock_duration_text(least_ms, least) : "",
            when[0] != '\0' ? "; only when the release has: " : "", when);
    json_array_foreach(json_object_get(step, "calls"), i, call)
    {
        auto_free char *text = call_text(call);
        answer_linef(TONE_FAINT, "      %s", text);
    }
    if (text_starts_with(undo, "irreversible"))
        answer_linef(TONE_WARN, "      IRREVERSIBLE: %s",
                     undo + strlen("irreversible") + (undo[12] == ':' ? 2 : 0));
    else if (strcmp(undo, "nothing to undo") != 0)
        answer_linef(TONE_FAINT, "      undo: %s", undo);
}

static json_int_t key_count(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void print_changes(const struct cli *cli, const json_t *inputs)
{
    const char *class;
    json_t *holds;

    if (key_text(inputs, "base_commit")[0] != '\0')
        cli_say(cli, "  since  %.12s, the last release: %lld files",
                key_text(inputs, "base_commit"), (long long)key_count(inputs, "changed_files"));
    json_object_foreach(json_object_get(inputs, "changes"), class, holds) if (json_is_true(holds))
        cli_say(cli, "         changes: %s", class);
    if (key_count(inputs, "uncommitted_files") > 0)
        answer_linef(TONE_WARN, "         %lld files here are not committed",
                     (long long)key_count(inputs, "uncommitted_files"));
}

void plans_print_bill(const struct cli *cli, const json_t *inputs)
{
    const json_t *running = json_object_get(inputs, "running");

    if (key_text(running, "version")[0] != '\0')
        cli_say(cli, "  now    v%s %s", key_text(running, "version"), key_text(running, "image"));
    if (key_text(inputs, "image")[0] != '\0')
        cli_say(cli, "  ships  %s (%s)%s", key_text(inputs, "image"),
                key_text(inputs, "image_from"),
                strcmp(key_text(inputs, "image"), key_text(running, "image")) == 0
                    ? ": THE SAME as runs now"
                    : "");
    if (key_text(inputs, "commit")[0] != '\0')
        cli_say(cli, "  from   commit %.12s", key_text(inputs, "commit"));
    print_changes(cli, inputs);
}

void plans_print(const struct cli *cli, const json_t *plan)
{
    char least[CLOCK_STAMP_SIZE];
    size_t i, points = 0;
    json_t *step;

    answer_linef(TONE_STRONG, "plan %s of %s", key_text(plan, "plan"), key_text(plan, "env"));
    plans_print_bill(cli, json_object_get(plan, "inputs"));
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        print_step(cli, i + 1, step);
        points += text_starts_with(key_text(step, "undo"), "irreversible");
    }
    cli_say(cli, "at least %s; %zu irreversible step%s",
            clock_duration_text(plans_least_ms(plan), least), points, points == 1 ? "" : "s");
    cli_say(cli, "hash %s", key_text(plan, "hash"));
}
