/*
 * check.c - `flightdeck check`: the checklist with its evidence; a person's ticks and waivers.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/checking.h"
#include "cli/columns.h"
#include "cli/inputs.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/ticking.h"
#include "cli/trusting.h"
#include "cli/undriven.h"
#include "core/clock.h"
#include "core/event_text.h"
#include "core/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- showing ---- */

static const struct {
    const char *mark;
    enum tone tone;
} marks[] = {
    [ITEM_TODO] = {"[ ]", TONE_PLAIN}, [ITEM_RUNNING] = {"[~]", TONE_PLAIN},
    [ITEM_PASS] = {"[x]", TONE_GOOD},  [ITEM_FAIL] = {"NO ", TONE_BAD},
    [ITEM_STALE] = {"old", TONE_WARN}, [ITEM_WAIVED] = {"[w]", TONE_WARN},
    [ITEM_NA] = {" - ", TONE_FAINT},
};

static void print_items(const struct checklist *list)
{
    const char *section = "";
    struct columns table;

    columns_init(&table, 4);
    for (size_t i = 0; i < list->count; i++) {
        const struct checklist_item *item = &list->items[i];
        if (strcmp(section, item->guide->section) != 0) {
            columns_print(&table, 2);
            columns_clear(&table);
            columns_init(&table, 4);
            section = item->guide->section;
            answer_line(TONE_STRONG, section);
        }
        auto_free char *why = xasprintf("%s%s%s", item->summary, item->by[0] != '\0' ? ", " : "",
                                        event_text_person(item->by));
        columns_add(&table, marks[item->state].tone,
                    (const char *const[]){marks[item->state].mark, item->guide->text,
                                          checklist_item_kind(item), why});
    }
    columns_print(&table, 2);
    columns_clear(&table);
}

static void print_gates(struct cli *cli, const struct gate_state *gates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t blocking = json_array_size(json_object_get(gates[i].json, "blocking"));
        if (gates[i].is_open)
            cli_say(cli, "%s: open", gates[i].step);
        else
            cli_say(cli, "%s: closed, %zu item%s it%s", gates[i].step, blocking,
                    blocking == 1 ? " stops" : "s stop",
                    gates[i].is_before_writes ? "" : " (asked after the release)");
    }
}

static void print_undriven(const struct checking *c)
{
    const char *directory;
    struct error ignored;
    int64_t since_ms;

    if (!session_state_directory(c->session, &directory, &ignored) ||
        !undriven_look(c->journal, directory, c->run, &since_ms))
        return;
    auto_free char *text = undriven_text(c->run, since_ms, 0);
    answer_line(TONE_BAD, text);
}

/* Returns whether every gate before the first write is open. */
static bool show(struct cli *cli, const struct checking *c)
{
    struct gate_state *gates;
    size_t count = checking_gates(c, &gates);
    bool is_open = checking_is_open(gates, count);

    if (cli_is_json(cli)) {
        cli_json(cli, checking_json(c, gates, count));
    } else {
        print_items(c->checklist);
        if (c->checklist->guide.repair[0] != '\0')
            cli_say(cli, "%s: %s", c->checklist->guide.path, c->checklist->guide.repair);
        print_gates(cli, gates, count);
        if (c->environment != NULL && c->session->config->change_count > 0 &&
            json_object_size(c->changes) == 0)
            cli_say(cli, INPUTS_NOT_KNOWN);
        if (c->environment != NULL)
            print_undriven(c);
    }
    checking_free_gates(gates, count);
    return is_open;
}

/* ---- acting ---- */

static int list_guide(struct cli *cli, struct session *s, const char *path)
{
    struct checking checking;
    struct error err;

    if (!checking_open(&checking, s, NULL, path, &err)) {
        err.kind = ERROR_USAGE;
        return cli_fail(cli, &err);
    }
    (void)show(cli, &checking);
    checking_close(&checking);
    return EXIT_DONE;
}

static int check_environment(struct cli *cli, struct session *s)
{
    const struct environment *environment;
    struct checking checking;
    struct error err;

    if (!session_environment(s, cli_argument(cli, 0), &environment, &err) ||
        (!cli_flag(cli, "recorded") && !trusting_require(s, &err)) ||
        !checking_open(&checking, s, environment, cli_value(cli, "guide"), &err))
        return cli_fail(cli, &err);
    if (!cli_flag(cli, "recorded"))
        checking_probe(&checking, interrupt_cancel());
    bool is_open = show(cli, &checking);
    checking_close(&checking);
    if (interrupt_count() > 0)
        return EXIT_INTERRUPTED;
    return is_open ? EXIT_DONE : EXIT_GATE_CLOSED;
}

/* --env, else where a run gathers ticks, else the only production. */
static bool find_environment(struct cli *cli, struct session *s, const struct environment **out,
                             struct error *err)
{
    const struct environment *production = NULL;
    size_t count = 0;

    if (cli_value(cli, "env") != NULL)
        return session_environment(s, cli_value(cli, "env"), out, err);
    if (!session_load(s, err))
        return false;
    for (size_t i = 0; i < s->config->environment_count; i++)
        if (s->config->environments[i].is_production) {
            production = &s->config->environments[i];
            count++;
        }
    if (count == 1) {
        *out = production;
        return true;
    }
    if (!session_environment(s, NULL, out, err))
        return error_hint(err, "Name it with --env NAME.");
    return true;
}

static int record(struct cli *cli, struct session *s, enum command_verb verb)
{
    const char *wanted = cli_argument(cli, 1), *reason = cli_value(cli, "reason");
    const struct environment *environment;
    const struct checklist_item *item;
    struct checking checking = {0};
    struct error err;
    char run_id[32];

    if (wanted == NULL)
        return cli_usage(cli, "which item? Its id, or words that only it contains");
    if (verb == COMMAND_WAIVE && (reason == NULL || reason[0] == '\0'))
        return cli_usage(cli, "a waiver needs --reason: it stands in the report");
    bool ok = find_environment(cli, s, &environment, &err) &&
              checking_open(&checking, s, environment, cli_value(cli, "guide"), &err) &&
              checklist_find(checking.checklist, wanted, &item, &err) &&
              ticking_record(&checking, item, verb, reason != NULL ? reason : "", run_id, &err);
    if (ok && cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:s, s:s, s:s}", "env", environment->name, "run", run_id,
                                "id", item->guide->id, "verb", engine_verb_name(verb)));
    if (ok)
        cli_say(cli, "%s %s: %s (%s)", environment->name, run_id, item->guide->text,
                engine_verb_name(verb));
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    checking_close(&checking);
    return code;
}

static int run(struct cli *cli)
{
    static const struct {
        const char *word;
        enum command_verb verb;
    } records[] = {{"tick", COMMAND_TICK}, {"untick", COMMAND_UNTICK}, {"waive", COMMAND_WAIVE}};
    const char *word = cli_argument(cli, 0), *guide = cli_value(cli, "guide");
    struct session session;
    struct error err;
    int code = -1;

    if (!interrupt_begin(&err))
        return cli_fail(cli, &err);
    session_init(&session, cli);
    for (size_t i = 0; word != NULL && i < COUNT(records); i++)
        if (strcmp(word, records[i].word) == 0)
            code = record(cli, &session, records[i].verb);
    if (code < 0)
        code = word == NULL && guide != NULL ? list_guide(cli, &session, guide)
                                             : check_environment(cli, &session);
    session_clear(&session);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "guide",
     .value = "FILE",
     .help = "the task lists of this Markdown file; without ENV no configuration is needed"},
    {.name = "recorded", .help = "only show what is recorded; run no probe"},
    {.name = "env",
     .value = "NAME",
     .help = "for tick, untick, waive: the environment; default: the production one"},
    {.name = "reason", .value = "TEXT", .help = "why; needed to waive, kept and reported"},
    {0},
};
static const char *const actions[] = {"tick", "untick", "waive", NULL};

const struct subcommand subcommand_check = {
    .name = "check",
    .arguments = "[ENV] | tick|untick|waive ITEM",
    .summary = "Prove the checklist as far as it can be proved; tick or waive an item",
    .details =
        "Runs the probe of every item that has one, shows them all, and exits with 3 while an item "
        "stops a gate\n"
        "that comes before the first write. A probe that cannot tell leaves its item open.\n\n"
        "tick, untick and waive are a person's word: they are kept with name, time and reason, go "
        "stale, and belong\n"
        "to one release. ITEM is an id, words that only one item contains, or SECTION/words.\n\n"
        "Examples:\n"
        "  flightdeck check production\n"
        "  flightdeck check production --json | jq -r '.items[] | select(.state == \"fail\") | "
        ".id'\n"
        "  flightdeck check tick \"Dashboard displays data\"\n"
        "  flightdeck check waive \"Cost impact\" --reason \"no new resources\"\n"
        "  flightdeck check --guide DEPLOYMENT.md",
    .options = options,
    .run = run,
    .actions = actions,
};
