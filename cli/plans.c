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
#include "cli/wrapped.h"
#include "core/buf.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/text.h"

#define PLAN_NAME "default"
#define SHORTEST_HASH 8
#define DIGEST "@sha256:"
#define SHORT_DIGEST 12
#define IRREVERSIBLE "irreversible"
#define LINE_CEILING 4000
#define BILL_INDENT 9   /* behind "  ships  " */
#define STEP_INDENT 16  /* behind " 7. shift       " */
#define DETAIL_INDENT 4 /* behind " 7. " */

bool plans_make(struct session *s, const struct environment *environment, json_t **out,
                struct error *err)
{
    json_t *inputs = NULL, *plan = NULL;
    if (!inputs_resolve(s, environment, &inputs, err))
        return false;
    json_t *hashed = plan_hashed_inputs(inputs);
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

static bool refuse_other(const json_t *plan, const char *expected, struct error *err)
{
    error_set(err, ERROR_USAGE, "the plan is %.12s now, not %.12s", key_text(plan, "hash"),
              expected);
    return error_hint(err,
                      "What it would do has changed since it was looked at: flightdeck plan %s",
                      key_text(plan, "env"));
}

bool plans_is(const json_t *plan, const char *hash, struct error *err)
{
    return strcmp(key_text(plan, "hash"), hash) == 0 || refuse_other(plan, hash, err);
}

bool plans_expect(const struct cli *cli, const json_t *plan, struct error *err)
{
    const char *expected = cli_value(cli, "expect"), *hash = key_text(plan, "hash");
    if (expected == NULL)
        return true;
    if (strlen(expected) < SHORTEST_HASH)
        return error_set(err, ERROR_USAGE, "--expect needs at least %d characters of the hash",
                         SHORTEST_HASH);
    return text_starts_with(hash, expected) || refuse_other(plan, expected, err);
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

/* "finally-api@sha256:7e3e8f968c0d" of the whole name with its registry and digest. */
static char *short_image(const char *image)
{
    const char *slash = strrchr(image, '/'), *name = slash != NULL ? slash + 1 : image;
    const char *digest = strstr(name, DIGEST);
    size_t most =
        digest != NULL ? (size_t)(digest - name) + strlen(DIGEST) + SHORT_DIGEST : strlen(name);
    return xstrndup(name, most);
}

/* The share of the new version that an UpdateAlias asks for, in percent. */
static double weight_of(const json_t *call)
{
    const char *version;
    json_t *weight;
    json_t *routing = json_object_get(json_object_get(call, "params"), "RoutingConfig");
    json_object_foreach(json_object_get(routing, "AdditionalVersionWeights"), version,
                        weight) return json_number_value(weight) *
        100;
    return 100;
}

static bool is_same_operation(const json_t *a, const json_t *b)
{
    return a != NULL && b != NULL && strcmp(key_text(a, "service"), key_text(b, "service")) == 0 &&
           strcmp(key_text(a, "operation"), key_text(b, "operation")) == 0;
}

/* "lambda UpdateFunctionCode, lambda PublishVersion"; a ladder is "lambda UpdateAlias 1 -> 5 %". */
static char *operations_text(const json_t *calls)
{
    struct buf out;
    const char *service = "";
    size_t i = 0, count = json_array_size(calls);

    buf_init(&out, LINE_CEILING);
    while (i < count) {
        const json_t *first = json_array_get(calls, i);
        size_t next = i + 1;
        while (next < count && is_same_operation(first, json_array_get(calls, next)))
            next++;
        if (i == 0 || strcmp(service, key_text(first, "service")) != 0)
            buf_addf(&out, "%s%s", i > 0 ? ", " : "", key_text(first, "service"));
        else
            buf_addc(&out, ',');
        buf_addf(&out, " %s", key_text(first, "operation"));
        service = key_text(first, "service");
        if (next - i > 1 && strcmp(key_text(first, "operation"), "UpdateAlias") == 0)
            for (size_t k = i; k < next; k++)
                buf_addf(&out, "%s%.4g%s", k == i ? " " : " -> ",
                         weight_of(json_array_get(calls, k)), k + 1 == next ? " %" : "");
        else if (next - i > 1)
            buf_addf(&out, " %zu times", next - i);
        i = next;
    }
    return buf_steal(&out);
}

static bool is_irreversible(const json_t *step)
{
    return text_starts_with(key_text(step, "undo"), IRREVERSIBLE);
}

static void print_undo(const json_t *step)
{
    const char *undo = key_text(step, "undo");
    if (is_irreversible(step))
        wrapped_linef(TONE_WARN, DETAIL_INDENT + 2, "%*s%s: %s", DETAIL_INDENT, "", "IRREVERSIBLE",
                      undo + strlen(IRREVERSIBLE) + (undo[strlen(IRREVERSIBLE)] == ':' ? 2 : 0));
    else if (strcmp(undo, "nothing to undo") != 0)
        wrapped_linef(TONE_FAINT, DETAIL_INDENT + 2, "%*sundo: %s", DETAIL_INDENT, "", undo);
}

/* What it writes and how that is taken back, on one line. */
static void print_in_short(const json_t *step)
{
    const char *undo = key_text(step, "undo");
    if (strcmp(undo, "nothing to undo") == 0)
        return;
    auto_free char *operations = operations_text(json_object_get(step, "calls"));
    if (is_irreversible(step)) {
        wrapped_linef(TONE_FAINT, DETAIL_INDENT + 2, "%*s%s", DETAIL_INDENT, "", operations);
        print_undo(step);
        return;
    }
    wrapped_linef(TONE_FAINT, DETAIL_INDENT + 2, "%*s%s; undo: %.*s", DETAIL_INDENT, "", operations,
                  (int)strcspn(undo, ":"), undo);
}

static void print_calls(const json_t *step)
{
    size_t i;
    json_t *call;
    json_array_foreach(json_object_get(step, "calls"), i, call)
    {
        auto_free char *text = call_text(call);
        answer_linef(TONE_FAINT, "%*s%s", DETAIL_INDENT, "", text);
    }
    print_undo(step);
}

static void print_step(size_t number, const json_t *step, bool with_calls)
{
    char least[CLOCK_STAMP_SIZE], usual[CLOCK_STAMP_SIZE];
    json_int_t least_ms = json_integer_value(json_object_get(step, "expected_ms")),
               usual_ms = json_integer_value(json_object_get(step, "p50_ms"));
    const char *when = key_text(step, "when");

    wrapped_linef(
        TONE_PLAIN, STEP_INDENT, "%2zu. %-11s %s%s%s%s%s%s%s", number, key_text(step, "id"),
        key_text(step, "summary"), least_ms > 0 ? "; at least " : "",
        least_ms > 0 ? clock_duration_text(least_ms, least) : "", usual_ms > 0 ? "; usually " : "",
        usual_ms > 0 ? clock_duration_text(usual_ms, usual) : "",
        when[0] != '\0' ? "; only when the release has: " : "", when);
    if (with_calls)
        print_calls(step);
    else
        print_in_short(step);
}

static json_int_t key_count(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void print_changes(const json_t *inputs)
{
    const char *class;
    json_t *holds;
    json_int_t changed = key_count(inputs, "changed_files");
    auto_buf line;

    buf_init(&line, LINE_CEILING);
    if (key_text(inputs, "commit")[0] != '\0')
        buf_addf(&line, "commit %.8s", key_text(inputs, "commit"));
    if (key_text(inputs, "base_commit")[0] != '\0')
        buf_addf(&line, "%s%lld file%s changed since %.8s, %s", line.len > 0 ? ", " : "",
                 (long long)changed, changed == 1 ? "" : "s", key_text(inputs, "base_commit"),
                 key_text(inputs, "base_is"));
    else if (line.len > 0)
        buf_adds(&line, "; " INPUTS_NOT_KNOWN);
    json_object_foreach(json_object_get(inputs, "changes"), class, holds) if (json_is_true(holds))
        buf_addf(&line, "; changes: %s", class);
    if (line.len > 0)
        wrapped_linef(TONE_PLAIN, BILL_INDENT, "  from   %s", line.ptr);
    if (key_count(inputs, "uncommitted_files") > 0)
        answer_linef(TONE_WARN, "         %lld files here are not committed",
                     (long long)key_count(inputs, "uncommitted_files"));
}

char *plans_ships_text(const json_t *inputs)
{
    const char *image = key_text(inputs, "image"), *from = key_text(inputs, "image_from");
    bool is_same = strcmp(image, key_text(json_object_get(inputs, "running"), "image")) == 0;
    auto_free char *name = short_image(image);
    return image[0] == '\0'
               ? NULL
               : xasprintf("%s%s%s%s%s", name, from[0] != '\0' ? " (" : "", from,
                           from[0] != '\0' ? ")" : "", is_same ? ": THE SAME as runs now" : "");
}

void plans_print_bill(const struct cli *cli, const json_t *inputs)
{
    const json_t *running = json_object_get(inputs, "running");
    if (cli_is_json(cli))
        return;
    auto_free char *now = short_image(key_text(running, "image"));
    auto_free char *ships = plans_ships_text(inputs);

    if (key_text(running, "version")[0] != '\0')
        cli_say(cli, "  now    v%s %s", key_text(running, "version"), now);
    if (ships != NULL)
        cli_say(cli, "  ships  %s", ships);
    print_changes(inputs);
}

void plans_print(const struct cli *cli, const json_t *plan, bool with_calls)
{
    char least[CLOCK_STAMP_SIZE];
    size_t i, points = 0;
    json_t *step;

    answer_linef(TONE_STRONG, "plan %s of %s", key_text(plan, "plan"), key_text(plan, "env"));
    plans_print_bill(cli, json_object_get(plan, "inputs"));
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        print_step(i + 1, step, with_calls);
        points += is_irreversible(step);
    }
    cli_say(cli, "at least %s, %zu irreversible step%s%s%s%s",
            clock_duration_text(plans_least_ms(plan), least), points, points == 1 ? "" : "s",
            with_calls ? "" : "; calls: flightdeck plan ", with_calls ? "" : key_text(plan, "env"),
            with_calls ? "" : " --calls");
    cli_say(cli, "hash %s", key_text(plan, "hash"));
}
