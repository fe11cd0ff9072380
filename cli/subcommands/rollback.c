/*
 * rollback.c - `flightdeck rollback`: preview, ask, put back; of an environment or of a bare alias.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "cli/bare_alias.h"
#include "cli/interrupt.h"
#include "cli/roll_back.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/mem.h"

static void tell(struct cli *cli, const struct bare_alias *b)
{
    auto_free char *before = alias_split_text(&b->p.before);
    auto_free char *outcome = bare_alias_outcome(b);

    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:s, s:s}", "function",
                                b->p.function, "alias", b->p.alias, "before", before, "version",
                                b->after.version, "changed", (int)b->is_changed, "verified", 1,
                                "took_ms", (json_int_t)b->took_ms, "revision_id",
                                b->after.revision_id, "outcome", outcome));
    cli_say(cli, "%s", outcome);
}

static int roll_back_alias(struct cli *cli, const char *which)
{
    struct bare_alias b = {
        .cli = cli, .version = cli_value(cli, "version"), .is_agreed = cli_flag(cli, "yes")};
    struct session session;
    struct actor actor;
    struct error err;
    int code = EXIT_DONE;

    session_init(&session, cli);
    session_actor(&session, &actor);
    b.actor = actor.user_host;
    if (interrupt_begin(&err) && put_back_parse(which, &b.p, &err) &&
        session_plain_aws(&session, NULL, &b.aws, &err) && bare_alias_put_back(&b, &err)) {
        tell(cli, &b);
    } else {
        code = cli_fail(cli, &err);
        if (b.aws != NULL)
            bare_alias_list(cli, b.aws, b.p.function, &err);
        if (interrupt_count() > 0)
            cli_note(cli, "Next: flightdeck rollback --lambda %s%s%s", which,
                     b.p.target[0] != '\0' ? " --version " : "", b.p.target);
    }
    aws_close(b.aws);
    session_clear(&session);
    interrupt_end();
    return code;
}

static int run(struct cli *cli)
{
    const char *which = cli_value(cli, "lambda");
    if (which != NULL && cli_argument_count(cli) > 0)
        return cli_usage(cli, "either an environment or --lambda, not both");
    return which != NULL ? roll_back_alias(cli, which) : roll_back_environment(cli);
}

static const struct cli_option options[] = {
    {.name = "version", .value = "N", .help = "the version that is to serve all traffic"},
    {.name = "run", .value = "ID", .help = "take back what this run did"},
    {.name = "lambda",
     .value = "FN:ALIAS",
     .help = "a bare alias: no configuration, journal or repository needed"},
    {.name = "yes", .help = "do not ask"},
    {.name = "reason", .value = "TEXT", .help = "why; it is kept and reported"},
    {0},
};

const struct subcommand subcommand_rollback = {
    .name = "rollback",
    .arguments = "ENV | --lambda FN:ALIAS",
    .summary = "Put the traffic back to the version that was good",
    .details = "Shows what it would do, then asks. While a run moves traffic or watches, it goes "
               "back to the version\n"
               "before that run; otherwise to what the last release replaced. Traffic first, in "
               "one write; then the\n"
               "rest by the undo map. No lock, freeze, gate or missing approval stops it.\n\n"
               "With --lambda it needs nothing but AWS: the target is --version, else what the "
               "alias and its version\n"
               "say about what they replaced.\n\n"
               "Examples:\n"
               "  flightdeck rollback production\n"
               "  flightdeck rollback production --version 41 --yes\n"
               "  flightdeck rollback --lambda finally-prod-api:production --version 41",
    .options = options,
    .run = run,
};
