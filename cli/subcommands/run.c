/*
 * run.c - `flightdeck run ENV` executes the plan here; `run approve|pause|...` speaks to a run
 * under way.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/drive.h"
#include "cli/interrupt.h"
#include "cli/overriding.h"
#include "cli/plans.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/trusting.h"
#include "cli/under_way.h"
#include "core/clock.h"
#include "core/mem.h"

struct release {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    const struct signed_in *who;
    struct journal *journal;
    json_t *plan;
    struct drive drive;
};

static bool require_somebody(const struct cli *cli, struct error *err)
{
    if (cli_flag(cli, "yes") || answer_can_ask())
        return true;
    error_set(err, ERROR_USAGE, "without a terminal nobody can be asked");
    return error_hint(err, "Say --yes, and --expect HASH for the plan that was approved.");
}

/* Everything that can be refused before the lock is taken. */
static bool get_ready(struct release *r, struct error *err)
{
    const char *name = cli_argument(r->cli, 0);
    const char *plan_name = cli_value(r->cli, "plan");

    if (plan_name != NULL && strcmp(plan_name, "default") != 0)
        return error_set(err, ERROR_USAGE, "there is no plan \"%s\"; there is only the default one",
                         plan_name);
    return session_environment(&r->session, name, &r->environment, err) &&
           require_somebody(r->cli, err) && trusting_require(&r->session, err) &&
           session_journal(&r->session, &r->journal, err) &&
           runs_require_unlocked(r->journal, r->environment->name, err) &&
           overriding_permits(r->cli, r->environment, err) &&
           session_sign_in(&r->session, r->environment, &r->who, err) &&
           plans_make(&r->session, r->environment, &r->plan, err) &&
           plans_expect(r->cli, r->plan, err);
}

static bool confirm(const struct release *r, struct error *err)
{
    char least[CLOCK_STAMP_SIZE];
    auto_free char *ships = plans_ships_text(json_object_get(r->plan, "inputs"));
    auto_free char *question =
        xasprintf("Release into %s (account %s) now? %zu steps, at least %s", r->environment->name,
                  r->who->actor.account, json_array_size(json_object_get(r->plan, "steps")),
                  clock_duration_text(plans_least_ms(r->plan), least));
    if (ships != NULL)
        cli_say(r->cli, "%s is shipped.", ships);
    return answer_confirm(question, "nothing was begun", err);
}

/* Takes the lock of the environment, and looks whether everything is as it must be. */
static bool look(struct release *r, struct error *err)
{
    bool is_unattended = isatty(STDIN_FILENO) != 1;
    return drive_open(&r->drive, &r->session, r->environment, &r->who->world, &r->who->actor,
                      is_unattended, err) &&
           drive_preflight(&r->drive, err);
}

/* Nobody is locked out while a person thinks; what may have changed meanwhile is looked at again.
 */
static bool ask(struct release *r, struct error *err)
{
    if (cli_flag(r->cli, "yes"))
        return true;
    drive_close(&r->drive);
    if (!confirm(r, err) || !runs_require_unlocked(r->journal, r->environment->name, err) ||
        !overriding_permits(r->cli, r->environment, err))
        return false;
    r->drive.is_quiet = true;
    bool ok = look(r, err);
    r->drive.is_quiet = false;
    return ok;
}

static bool begin(struct release *r, struct error *err)
{
    struct run *pending = NULL;

    overriding_keep(r->cli, r->environment, r->plan, r->who->actor.name);
    if (!look(r, err))
        return false;
    if (!cli_is_json(r->cli))
        plans_print(r->cli, r->plan, false);
    if (!ask(r, err) || !runs_find_pending(r->journal, r->environment->name, &pending, err))
        return false;
    /* The ticks that were gathered before belong to this release. */
    bool ok = engine_start(r->drive.engine, pending != NULL ? pending->id : NULL, r->plan, err);
    run_free(pending);
    return ok;
}

static int release(struct cli *cli)
{
    struct release r = {.cli = cli};
    struct run *run = NULL;
    struct error err;
    int code;

    session_init(&r.session, cli);
    if (interrupt_begin(&err) && get_ready(&r, &err) && begin(&r, &err) &&
        drive_follow(&r.drive, &run, &err))
        code = drive_end(&r.drive, run);
    else
        code = cli_fail(cli, &err);
    run_free(run);
    drive_close(&r.drive);
    json_decref(r.plan);
    journal_close(r.journal);
    session_clear(&r.session);
    interrupt_end();
    return code;
}

static int run(struct cli *cli)
{
    const char *word = cli_argument(cli, 0);
    enum command_verb verb;
    if (word != NULL && under_way_verb(word, &verb))
        return under_way_command(cli, verb);
    return release(cli);
}

static const struct cli_option options[] = {
    {.name = "plan", .value = "NAME", .help = "the plan to execute; there is only \"default\""},
    {.name = "expect",
     .value = "HASH",
     .help = "refuse any other plan than this one (see `flightdeck plan`)"},
    {.name = "yes", .help = "do not ask"},
    {.name = "override",
     .value = "REASON",
     .help = "start outside of the window, or in a freeze; it stands in the report"},
    {.name = "reason",
     .value = "TEXT",
     .help = "why, for skip, retry, abort, pause: it is kept and reported"},
    {0},
};
static const char *const actions[] = {"approve", "pause", "resume", "retry", "skip",
                                      "promote", "abort", "answer", NULL};

const struct subcommand subcommand_run = {
    .name = "run",
    .arguments = "ENV | ACTION [RUN] [STEP]",
    .summary = "Release: execute the plan of an environment, or act on a run under way",
    .details =
        "Reads everything first (preflight), asks, then executes step by step. Traffic moves only "
        "as far as the\n"
        "judge clears it, and goes back by itself when the new version is convicted. Each write is "
        "in the journal\n"
        "before it is sent; a run whose process died is taken up with `run resume`.\n\n"
        "Ctrl-C stops it: traffic goes back to where it was. A closed terminal or pipe does "
        "not.\n\n"
        "Actions, from any terminal (RUN and STEP are the current ones when left out):\n"
        "  approve             the plan may go on; somebody else than who started it. Before it is "
        "started:\n"
        "                      of the prepared run, with --expect HASH\n"
        "  promote             to the next weight, when the judge has cleared this one and asks\n"
        "  pause, resume       no further forward step; judging and going back go on\n"
        "  retry, skip STEP    after a step that failed\n"
        "  answer PROMPT WORD  to a question\n"
        "  abort               stop, traffic back\n\n"
        "Examples:\n"
        "  flightdeck run production\n"
        "  flightdeck run production --expect 3f2c19aa --yes --json >run.jsonl\n"
        "  flightdeck run approve\n"
        "  flightdeck run skip r-0142 snapshot --reason \"taken by hand at 09:50\"\n\n"
        "Exit codes: 0 released, 3 refused before the first write, 4 put back and verified, 5 "
        "locked,\n"
        "6 somebody must look or is waited for, 130 interrupted before anything was written.",
    .options = options,
    .run = run,
    .actions = actions,
};
