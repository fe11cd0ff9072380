/*
 * console.c - `flightdeck`, `flightdeck console [ENV]`: the screen.
 */
#include "cli/consoling.h"
#include "cli/session.h"
#include "cli/subcommands.h"

static int run(struct cli *cli)
{
    struct session session;
    struct error err;
    int code;

    if (cli_is_json(cli))
        return cli_usage(cli, "the console has no --json; `status --watch` and `run` have");
    consoling_begin();
    session_init(&session, cli);
    const struct consoling consoling = {
        .cli = cli, .session = &session, .environment = cli_argument(cli, 0)};
    const struct environment *environment;
    const char *name =
        consoling.environment != NULL ? consoling.environment : cli_value(cli, "env");
    bool ok = consoling_can(cli, &err) && session_load(&session, &err) &&
              (name == NULL || session_environment(&session, name, &environment, &err));
    code = ok ? consoling_run(&consoling) : cli_fail(cli, &err);
    session_clear(&session);
    return code;
}

static const struct cli_option options[] = {CONSOLING_OPTIONS, {0}};

const struct subcommand subcommand_console = {
    .name = "console",
    .arguments = "[ENV]",
    .summary = "Open the console: what `flightdeck` does without a verb",
    .details =
        "Panes for the environments, the checklist, the plan, the traffic, the metrics and the "
        "log, "
        "over an engine that\n"
        "goes on whatever the screen does. `?` lists the keys that work where you are, `:` finds "
        "everything by name.\n"
        "`!` rolls back, from everywhere. Production is read-only until W unlocks it.\n"
        "It starts that engine as a process of its own where none runs: a release goes on when the "
        "screen is gone\n"
        "(docs/engine.md). Exit codes: 130 where it does; with --in-process those of `run` for the "
        "run that was driven here\n"
        "last; else 0.\n\n"
        "Examples:\n"
        "  flightdeck\n"
        "  flightdeck console production --read-only\n"
        "  flightdeck console staging --theme light --ascii\n"
        "  flightdeck console --plain | tee release.log",
    .options = options,
    .run = run,
};
