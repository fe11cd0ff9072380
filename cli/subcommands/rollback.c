/*
 * rollback.c - `flightdeck rollback`: preview, ask, put back; of an environment or of a bare alias.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "cli/answer.h"
#include "cli/put_back.h"
#include "cli/roll_back.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/mem.h"

/* ---- a bare alias ---- */

static json_t *call_of(const struct put_back *p)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:{s:{}}, s:s}}", "service", "lambda",
                     "operation", "UpdateAlias", "params", "FunctionName", p->function, "Name",
                     p->alias, "FunctionVersion", p->target, "RoutingConfig",
                     "AdditionalVersionWeights", "RevisionId", p->before.revision_id);
}

static void preview(struct cli *cli, const struct put_back *p)
{
    json_t *call = call_of(p);
    auto_free char *text = call_text(call);
    auto_free char *split = alias_split_text(&p->before);
    json_decref(call);
    cli_note(cli, "%s:%s serves %s", p->function, p->alias, split);
    cli_note(cli, "  -> v%s 100 %% (%s)", p->target, p->why);
    cli_note(cli, "  %s", text);
}

static void tell(struct cli *cli, const struct put_back *p, const struct lambda_alias *after,
                 int64_t took_ms, bool was_needed)
{
    auto_free char *before = alias_split_text(&p->before);
    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:s}", "function", p->function,
                                "alias", p->alias, "before", before, "version", after->version,
                                "changed", (int)was_needed, "verified", 1, "took_ms",
                                (json_int_t)took_ms, "revision_id", after->revision_id));
    if (was_needed)
        cli_say(cli, "v%s serves all traffic of %s:%s; read back after %.2f s", after->version,
                p->function, p->alias, (double)took_ms / 1000);
    else
        cli_say(cli, "nothing to put back: v%s serves all traffic of %s:%s already", p->target,
                p->function, p->alias);
}

static bool put_back(struct cli *cli, struct session *s, struct put_back *p, struct error *err)
{
    struct aws *aws = NULL;
    struct actor actor;
    struct lambda_alias after;
    bool may_ask = answer_can_ask() || cli_flag(cli, "yes");

    if (!may_ask) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked");
        return error_hint(err, "Say --yes.");
    }
    if (!session_plain_aws(s, &aws, err))
        return false;
    session_actor(s, &actor);
    int64_t began_ms = clock_boot_ms();
    bool ok = put_back_prepare(p, aws, cli_value(cli, "version"), actor.user_host, err);
    bool is_needed = ok && put_back_is_needed(p);
    after = p->before;
    if (is_needed && !cli_flag(cli, "yes")) {
        preview(cli, p);
        ok = answer_confirm("Do this now?", "nothing was begun", err);
        began_ms = clock_boot_ms();
    }
    ok = ok && (!is_needed || put_back_carry_out(p, aws, &after, err));
    if (ok)
        tell(cli, p, &after, clock_boot_ms() - began_ms, is_needed);
    aws_close(aws);
    return ok;
}

static int roll_back_alias(struct cli *cli, const char *which)
{
    struct session session;
    struct put_back p;
    struct error err;

    session_init(&session, cli);
    bool ok = put_back_parse(which, &p, &err) && put_back(cli, &session, &p, &err);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    session_clear(&session);
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
