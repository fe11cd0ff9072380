/*
 * config.c - `flightdeck config check|trust`: is the configuration right, and
 * are its commands trusted.
 */
#include "core/config.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/tables.h"
#include "cli/trusting.h"
#include "core/checklist.h"
#include "core/mem.h"
#include "core/plan.h"

/* Everything that can be refused without the network: each environment's plan
 * and the guide's bindings. */
static void check_deeply(struct session *s, json_t *environments, struct config_mistakes *mistakes)
{
    struct checklist *checklist = NULL;
    struct error err;

    if (s->config->guide[0] != '\0' && !checklist_load(s->config, NULL, &checklist, &err))
        config_mistakes_add(mistakes, &err);
    checklist_free(checklist);
    for (size_t i = 0; i < s->config->environment_count; i++) {
        json_t *plan = NULL;
        if (!plan_make(tables_house(), s->config, &s->config->environments[i], "default", NULL,
                       &plan, &err)) {
            config_mistakes_add(mistakes, &err);
            continue;
        }
        json_array_append_new(
            environments, json_pack("{s:s, s:i}", "name", s->config->environments[i].name, "steps",
                                    (int)json_array_size(json_object_get(plan, "steps"))));
        json_decref(plan);
    }
}

static int refuse(struct cli *cli, struct config_mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        if (mistakes->errors[i].kind != ERROR_INTERNAL)
            mistakes->errors[i].kind = ERROR_USAGE; /* also a guide that cannot be found is a wrong
                                                       configuration */
    int code = cli_fail_all(cli, mistakes->errors, mistakes->count);
    config_mistakes_clear(mistakes);
    return code;
}

static void explain(const struct session *s)
{
    auto_free char *text = config_explain(s->config);
    answer_block(text);
}

static int check(struct cli *cli, struct session *s)
{
    struct config_mistakes mistakes = {0};
    json_t *environments = json_array();

    if (session_load_whole(s, &mistakes))
        check_deeply(s, environments, &mistakes);
    if (mistakes.count > 0) {
        json_decref(environments);
        return refuse(cli, &mistakes);
    }
    if (cli_is_json(cli)) {
        json_t *document = json_pack("{s:s, s:s, s:b, s:O}", "config", s->config->path, "project",
                                     s->config->project, "ok", 1, "environments", environments);
        if (cli_flag(cli, "explain"))
            json_object_set(document, "effective", s->config->document);
        cli_json(cli, document);
    } else if (cli_flag(cli, "explain")) {
        explain(s);
    } else {
        cli_say(cli, "%s is right: project %s", s->config->path, s->config->project);
        size_t i;
        json_t *row;
        json_array_foreach(environments, i, row)
            cli_say(cli, "  %-12s %d steps", json_string_value(json_object_get(row, "name")),
                    (int)json_integer_value(json_object_get(row, "steps")));
    }
    json_decref(environments);
    return EXIT_DONE;
}

static int trust(struct cli *cli, struct session *s)
{
    struct error err;

    if (!session_load(s, &err) || !trusting_give(s, &err))
        return cli_fail(cli, &err);
    json_t *commands = config_commands(s->config);
    size_t count = json_array_size(commands), i;
    json_t *command;
    if (cli_is_json(cli)) {
        cli_json(cli, json_pack("{s:s, s:O}", "config", s->config->path, "trusted", commands));
    } else {
        cli_say(cli, "You trust the %zu command%s of %s:", count, count == 1 ? "" : "s",
                s->config->path);
        json_array_foreach(commands, i, command) cli_say(cli, "  %s", json_string_value(command));
        cli_say(cli, "When one of them changes, you are asked again.");
    }
    json_decref(commands);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    static const struct {
        const char *name;
        int (*act)(struct cli *cli, struct session *s);
    } acts[] = {{"check", check}, {"trust", trust}};
    const char *action = cli_argument(cli, 0);

    for (size_t i = 0; action != NULL && i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(action, acts[i].name) != 0)
            continue;
        struct session session;
        session_init(&session, cli);
        int code = acts[i].act(cli, &session);
        session_clear(&session);
        return code;
    }
    return action == NULL ? cli_usage(cli, "config check, or config trust?")
                          : cli_usage(cli, "config knows check and trust, not \"%s\"", action);
}

static const struct cli_option options[] = {
    {.name = "explain",
     .help = "print the configuration with every default and where each came from"},
    {0},
};
static const char *const actions[] = {"check", "trust", NULL};

const struct subcommand subcommand_config = {
    .name = "config",
    .arguments = "check|trust",
    .summary = "Check the configuration, or trust the commands in it",
    .details = "check reads flightdeck.yaml, the guide that it names and the plan of "
               "each environment, without the\n"
               "network: every error carries file, line and column. Mistakes that follow "
               "from others come after those.\n"
               "trust remembers that you have read the commands in the configuration: "
               "until then, and again when\n"
               "one changes, nothing of it runs on this computer.\n\n"
               "Examples:\n"
               "  flightdeck config check\n"
               "  flightdeck config check --explain | less\n"
               "  flightdeck config check --config examples/finally/flightdeck.yaml\n"
               "  flightdeck config trust",
    .options = options,
    .run = run,
    .actions = actions,
};
