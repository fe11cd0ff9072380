/*
 * unlock.c - `flightdeck unlock ENV --reason`: it may be released into again.
 */
#include "cli/locking.h"
#include "cli/subcommands.h"

static int run(struct cli *cli) { return locking_change(cli, false); }

static const struct cli_option options[] = {
    {.name = "reason", .value = "TEXT", .help = "why; it is kept and shown"},
    {0},
};

const struct subcommand subcommand_unlock = {
    .name = "unlock",
    .arguments = "ENV",
    .summary = "Let releases into an environment again",
    .details = "Examples:\n"
               "  flightdeck unlock production --reason \"2.5.1 fixes what 2.5.0 broke\"",
    .options = options,
    .run = run,
};
