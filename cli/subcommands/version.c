/*
 * version.c - `flightdeck version`: which program this is.
 */
#include "version.h"
#include "cli/subcommands.h"

static int run(struct cli *cli)
{
    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s}", "version", FLIGHTDECK_VERSION));
    cli_say(cli, "flightdeck %s", FLIGHTDECK_VERSION);
    return EXIT_DONE;
}

const struct subcommand subcommand_version = {
    .name = "version",
    .arguments = "",
    .summary = "Print the version of this program",
    .run = run,
};
