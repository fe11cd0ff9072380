/*
 * plan.c - `flightdeck plan ENV`: what a run would do, without doing it.
 */
#include <string.h>

#include "cli/ladder.h"
#include "cli/plans.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/past.h"

static int run(struct cli *cli)
{
    struct session session;
    const struct environment *environment;
    struct error err;
    json_t *plan = NULL;

    session_init(&session, cli);
    bool ok = session_environment(&session, cli_argument(cli, 0), &environment, &err) &&
              plans_make(&session, environment, &plan, &err) && plans_expect(cli, plan, &err);
    if (ok) {
        const char *directory;
        struct error ignored;
        ladder_add(&session, environment, plan);
        if (session_state_directory(&session, &directory, &ignored))
            past_add_times(directory, plan);
        if (!cli_is_json(cli)) {
            plans_print(cli, plan, cli_flag(cli, "calls"));
            ladder_print(plan);
        }
        ok = ladder_can_decide(plan, &err);
    }
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    if (ok && cli_is_json(cli))
        cli_json(cli, json_incref(plan));
    json_decref(plan);
    session_clear(&session);
    return code;
}

static const struct cli_option options[] = {
    {.name = "calls", .help = "every call exactly, and each undo in full"},
    {.name = "expect",
     .value = "HASH",
     .help = "fail with exit code 2 when the plan has another hash"},
    {0},
};

const struct subcommand subcommand_plan = {
    .name = "plan",
    .arguments = "ENV",
    .summary = "Show what a run would do: steps, calls, undo map, hash",
    .details = "Nothing is changed. The hash covers everything that an approval is about: the "
               "steps with their calls,\n"
               "the image, the account and the resources; no time, path or observation.\n"
               "`${step.key}` in a call is known only when that step has run.\n"
               "Behind it stands how long each weight takes at the traffic of now, of when it may "
               "start, and of the\n"
               "quietest hour; a weight that cannot be cleared before its deadline is refused.\n\n"
               "Examples:\n"
               "  flightdeck plan production\n"
               "  flightdeck plan production --calls\n"
               "  flightdeck plan production --json | jq -r .hash\n"
               "  flightdeck run production --expect \"$(flightdeck plan production --json | jq -r "
               ".hash)\"",
    .options = options,
    .run = run,
};
