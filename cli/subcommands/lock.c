/*
 * lock.c - `flightdeck lock ENV --reason`: nothing is released into a locked environment.
 */
#include "cli/locking.h"
#include "cli/subcommands.h"

static int run(struct cli *cli) { return locking_change(cli, true); }

static const struct cli_option options[] = {
    {.name = "reason", .value = "TEXT", .help = "why; it is kept and shown"},
    {0},
};

const struct subcommand subcommand_lock = {
    .name = "lock",
    .arguments = "ENV",
    .summary = "Let nothing be released into an environment",
    .details = "`run` and `shift` refuse with exit code 5 while it is locked; `rollback` never "
               "does. An environment\n"
               "locks itself after a rollback.\n\n"
               "Examples:\n"
               "  flightdeck lock production --reason \"INC-1201: database failover at 14:00\"\n"
               "  flightdeck unlock production --reason \"INC-1201 is over\"",
    .options = options,
    .run = run,
};
