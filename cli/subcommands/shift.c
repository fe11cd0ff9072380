/*
 * shift.c - `flightdeck shift ENV[/ALIAS] --weight PERCENT`: a hand on the slider, with journal and
 * guards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/alias.h"
#include "cli/answer.h"
#include "cli/by_hand.h"
#include "cli/drive.h"
#include "cli/interrupt.h"
#include "cli/overriding.h"
#include "cli/session.h"
#include "cli/sliding.h"
#include "cli/subcommands.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/run.h"
#include "core/text.h"

struct hand {
    struct cli *cli;
    struct session session;
    const struct signed_in *who;
    struct journal *journal;
    struct slide slide;
    struct drive drive;
};

static bool read_weight(struct hand *s, struct error *err)
{
    const char *given = cli_value(s->cli, "weight");
    double percent;
    if (given == NULL)
        return error_set(err, ERROR_USAGE, "how much? --weight PERCENT");
    auto_free char *number = xstrdup(given);
    if (text_ends_with(number, "%"))
        number[strlen(number) - 1] = '\0';
    if (!text_to_double(number, &percent) || !(percent >= 0 && percent <= 100))
        return error_set(err, ERROR_USAGE, "--weight is a number from 0 to 100, not \"%s\"", given);
    s->slide.weight = percent / 100;
    return true;
}

/* ENV, or ENV/ALIAS where an environment has several. */
static bool find_resource(struct hand *s, struct error *err)
{
    const char *given = cli_argument(s->cli, 0);
    if (given == NULL)
        return error_set(err, ERROR_USAGE, "which environment?");
    const char *slash = strchr(given, '/');
    auto_free char *name = xstrndup(given, slash != NULL ? (size_t)(slash - given) : strlen(given));
    if (!session_environment(&s->session, name, &s->slide.environment, err))
        return false;
    for (size_t i = 0; i < s->slide.environment->resource_count && s->slide.api == NULL; i++) {
        const struct resource *r = &s->slide.environment->resources[i];
        if (strcmp(r->kind->name, "lambda") == 0 &&
            (slash == NULL || strcmp(slash + 1, config_resource_text(r, "alias")) == 0 ||
             strcmp(slash + 1, r->name) == 0))
            s->slide.api = r;
    }
    return s->slide.api != NULL || error_set(err, ERROR_USAGE, "%s has no alias \"%s\"", name,
                                             slash != NULL ? slash + 1 : "");
}

static bool may_move(struct hand *s, struct error *err)
{
    const char *override = cli_value(s->cli, "override");

    if (override != NULL && override[0] == '\0')
        return error_set(err, ERROR_USAGE, "--override needs a reason");
    return sliding_may_move(&s->slide, s->journal, override, err) ||
           (strcmp(err->code, "locked") != 0 &&
            error_hint(err, "Nothing was changed. If it cannot wait: --override REASON"));
}

static bool get_ready(struct hand *s, struct error *err)
{
    return read_weight(s, err) && find_resource(s, err) &&
           session_journal(&s->session, &s->journal, err) &&
           sliding_is_free(s->journal, s->slide.environment->name, err) &&
           session_sign_in(&s->session, s->slide.environment, &s->who, err) &&
           sliding_read(&s->slide, s->who->world.aws, err) &&
           sliding_choose(&s->slide, s->who->world.aws, cli_value(s->cli, "version"), err) &&
           may_move(s, err);
}

static bool confirm(const struct hand *s, struct error *err)
{
    auto_free char *before = alias_split_text(&s->slide.alias);
    auto_free char *question =
        xasprintf("%s (account %s) %s:%s: %s -> v%s %.4g %%?", s->slide.environment->name,
                  s->who->actor.account, config_resource_text(s->slide.api, "lambda"),
                  config_resource_text(s->slide.api, "alias"), before, s->slide.version,
                  s->slide.weight * 100);
    if (cli_flag(s->cli, "yes"))
        return true;
    if (!answer_can_ask()) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked");
        return error_hint(err, "Say --yes.");
    }
    return answer_confirm(question, "nothing was begun", err);
}

static bool move(struct hand *s, struct run **out, struct error *err)
{
    struct by_hand hand = {0};
    json_t *plan = NULL;

    bool ok = sliding_plan(&s->slide, s->session.config, &hand, &plan, err);
    if (ok)
        overriding_keep(s->cli, s->slide.environment, plan, s->who->actor.name);
    ok = ok &&
         drive_open(&s->drive, &s->session, &hand.environment, &s->who->world, &s->who->actor, true,
                    err) &&
         drive_preflight(&s->drive, err) && engine_start(s->drive.engine, NULL, plan, err) &&
         drive_follow(&s->drive, out, err);
    drive_close(&s->drive);
    json_decref(plan);
    by_hand_clear(&hand);
    return ok;
}

static int run(struct cli *cli)
{
    struct hand s = {.cli = cli};
    struct run *run = NULL;
    struct error err;

    session_init(&s.session, cli);
    bool ok =
        interrupt_begin(&err) && get_ready(&s, &err) && confirm(&s, &err) && move(&s, &run, &err);
    int code = ok ? drive_end(&s.drive, run) : cli_fail(cli, &err);
    run_free(run);
    journal_close(s.journal);
    session_clear(&s.session);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "weight",
     .value = "PERCENT",
     .help = "the share of the new version; 0 takes it away, 100 makes it the only one"},
    {.name = "version",
     .value = "N",
     .help = "the new version; default: the one with a share, else the newest"},
    {.name = "yes", .help = "do not ask"},
    {.name = "override",
     .value = "REASON",
     .help = "also outside of the window, or in a freeze; it stands in the report"},
    {0},
};

const struct subcommand subcommand_shift = {
    .name = "shift",
    .arguments = "ENV[/ALIAS]",
    .summary = "Set the new version's share of the traffic by hand",
    .details = "One write, with the revision of the alias as its guard, in the journal like any "
               "other and read back.\n"
               "Nothing is judged afterwards; `rollback ENV` takes it back.\n\n"
               "Examples:\n"
               "  flightdeck shift staging --weight 10\n"
               "  flightdeck shift production/production --weight 0 --yes",
    .options = options,
    .run = run,
};
