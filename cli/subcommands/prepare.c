/*
 * prepare.c - `flightdeck prepare ENV`: opens the run that ticks, evidence and approvals gather on.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/plans.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/tables.h"
#include "core/engine.h"

static bool open_run(struct session *s, const struct environment *environment,
                     const struct signed_in *who, char run_id[static 32], struct error *err)
{
    struct engine *engine;
    const char *directory;

    if (!session_state_directory(s, &directory, err))
        return false;
    const struct engine_options options = {
        .house = tables_house(),
        .config = s->config,
        .environment = environment,
        .world = who->world,
        .state_directory = directory,
        .actor = who->actor,
        .is_unattended = true,
    };
    if (!engine_open(&options, &engine, err))
        return false;
    bool ok = engine_prepare(engine, "default", run_id, err);
    engine_close(engine);
    return ok;
}

static void tell(struct cli *cli, const struct environment *environment, const json_t *plan,
                 const char *run_id)
{
    const char *hash = json_string_value(json_object_get(plan, "hash"));
    if (cli_is_json(cli)) {
        cli_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:O}", "env", environment->name, "run",
                                run_id, "status", "pending", "hash", hash, "bill",
                                json_object_get(plan, "inputs")));
        return;
    }
    cli_say(cli, "%s is open for %s", run_id, environment->name);
    plans_print_bill(cli, json_object_get(plan, "inputs"));
    cli_say(cli, "  plan   %s", hash);
    cli_say(cli, "Ticks and approvals gather on it now:");
    cli_say(cli, "  flightdeck check %s", environment->name);
    cli_say(cli, "  flightdeck check tick ITEM --env %s", environment->name);
    cli_say(cli, "  flightdeck run %s --expect %.12s", environment->name, hash);
}

static int run(struct cli *cli)
{
    struct session session;
    const struct environment *environment;
    const struct signed_in *who;
    struct error err;
    json_t *plan = NULL;
    char run_id[32];

    session_init(&session, cli);
    bool ok = session_environment(&session, cli_argument(cli, 0), &environment, &err) &&
              session_sign_in(&session, environment, &who, &err) &&
              plans_make(&session, environment, &plan, &err) &&
              open_run(&session, environment, who, run_id, &err);
    if (ok)
        tell(cli, environment, plan, run_id);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    json_decref(plan);
    session_clear(&session);
    return code;
}

const struct subcommand subcommand_prepare = {
    .name = "prepare",
    .arguments = "ENV",
    .summary = "Open the run that ticks, evidence and approvals gather on",
    .details = "A release begins before its first write: this shows what would be shipped over "
               "what runs now, and opens\n"
               "a run in which ticks are kept. `run ENV` starts it later. Ticks grow stale after "
               "72 hours, and stay for\n"
               "the next attempt when the release is refused or rolled back.\n\n"
               "Examples:\n"
               "  flightdeck prepare production",
    .run = run,
};
