/*
 * shift.c - `flightdeck shift ENV[/ALIAS] --weight PERCENT`: a hand on the slider, with journal and
 * guards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/alias.h"
#include "aws/lambda.h"
#include "cli/answer.h"
#include "cli/by_hand.h"
#include "cli/drive.h"
#include "cli/interrupt.h"
#include "cli/overriding.h"
#include "cli/put_back.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/tables.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/resource.h"
#include "core/run.h"
#include "core/text.h"

#define STEP_KIND "set-weight"

struct slide {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    const struct resource *api;
    const struct signed_in *who;
    struct journal *journal;
    double weight; /* 0..1 */
    struct lambda_alias alias;
    char version[LAMBDA_VERSION_SIZE]; /* the new one */
    struct drive drive;
};

static bool read_weight(struct slide *s, struct error *err)
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
    s->weight = percent / 100;
    return true;
}

/* ENV, or ENV/ALIAS where an environment has several. */
static bool find_resource(struct slide *s, struct error *err)
{
    const char *given = cli_argument(s->cli, 0);
    if (given == NULL)
        return error_set(err, ERROR_USAGE, "which environment?");
    const char *slash = strchr(given, '/');
    auto_free char *name = xstrndup(given, slash != NULL ? (size_t)(slash - given) : strlen(given));
    if (!session_environment(&s->session, name, &s->environment, err))
        return false;
    for (size_t i = 0; i < s->environment->resource_count && s->api == NULL; i++) {
        const struct resource *r = &s->environment->resources[i];
        if (strcmp(r->kind->name, "lambda") == 0 &&
            (slash == NULL || strcmp(slash + 1, config_resource_text(r, "alias")) == 0 ||
             strcmp(slash + 1, r->name) == 0))
            s->api = r;
    }
    return s->api != NULL || error_set(err, ERROR_USAGE, "%s has no alias \"%s\"", name,
                                       slash != NULL ? slash + 1 : "");
}

static int64_t version_number(const char *text)
{
    int64_t number;
    return text_to_int64(text, &number) ? number : -1;
}

/* The version that has a share now, else --version, else the newest one that is not serving. */
static bool find_version(struct slide *s, struct error *err)
{
    const char *function = config_resource_text(s->api, "lambda"),
               *given = cli_value(s->cli, "version");
    struct lambda_configuration *versions;
    size_t count;
    int64_t newest = version_number(s->alias.version);

    if (given != NULL || s->alias.additional_version[0] != '\0') {
        (void)snprintf(s->version, sizeof s->version, "%s",
                       given != NULL ? given + (given[0] == 'v' ? 1 : 0)
                                     : s->alias.additional_version);
        return true;
    }
    if (!lambda_list_versions(s->who->world.aws, function, interrupt_cancel(), &versions, &count,
                              err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (version_number(versions[i].version) > newest)
            newest = version_number(versions[i].version);
    lambda_versions_free(versions, count);
    if (newest > version_number(s->alias.version)) {
        (void)snprintf(s->version, sizeof s->version, "%lld", (long long)newest);
        return true;
    }
    error_set(err, ERROR_USAGE, "%s has no version newer than v%s, which serves now", function,
              s->alias.version);
    return error_hint(err, "Publish one (flightdeck run), or name it with --version N.");
}

static bool refuse_run_under_way(struct slide *s, struct error *err)
{
    struct run *run = NULL;
    if (!runs_find_open(s->journal, s->environment->name, &run, err))
        return false;
    bool is_free = run == NULL || run->status == RUN_PENDING;
    if (!is_free) {
        error_set(err, ERROR_CONFLICT, "run %s of %s is %s: it moves the traffic", run->id,
                  run->environment, run_status_name(run->status));
        error_code(err, "locked");
        error_hint(err, "flightdeck run promote, or flightdeck rollback %s", run->environment);
    }
    run_free(run);
    return is_free;
}

/* Less for the new version is going back, which no lock, window or freeze stops. */
static bool may_move(struct slide *s, struct error *err)
{
    double share = strcmp(s->version, s->alias.additional_version) == 0 ? s->alias.additional_weight
                   : strcmp(s->version, s->alias.version) == 0 ? 1 - s->alias.additional_weight
                                                               : 0;
    return s->weight <= share || (runs_require_unlocked(s->journal, s->environment->name, err) &&
                                  overriding_permits(s->cli, s->environment, err));
}

static bool get_ready(struct slide *s, struct error *err)
{
    return read_weight(s, err) && find_resource(s, err) &&
           session_journal(&s->session, &s->journal, err) && refuse_run_under_way(s, err) &&
           session_sign_in(&s->session, s->environment, &s->who, err) &&
           lambda_get_alias(s->who->world.aws, config_resource_text(s->api, "lambda"),
                            config_resource_text(s->api, "alias"), interrupt_cancel(), &s->alias,
                            err) &&
           find_version(s, err) && may_move(s, err);
}

static bool confirm(const struct slide *s, struct error *err)
{
    auto_free char *before = alias_split_text(&s->alias);
    auto_free char *question =
        xasprintf("%s (account %s) %s:%s: %s -> v%s %.4g %%?", s->environment->name,
                  s->who->actor.account, config_resource_text(s->api, "lambda"),
                  config_resource_text(s->api, "alias"), before, s->version, s->weight * 100);
    if (cli_flag(s->cli, "yes"))
        return true;
    if (!answer_can_ask()) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked");
        return error_hint(err, "Say --yes.");
    }
    return answer_confirm(question, "nothing was begun", err);
}

static bool slide(struct slide *s, struct run **out, struct error *err)
{
    struct by_hand hand;
    json_t *plan = NULL;
    json_t *params = json_pack("{s:s, s:s, s:f}", "resource", s->api->name, "version", s->version,
                               "weight", s->weight);

    if (!by_hand_init(&hand, tables_house(), s->environment, STEP_KIND, params, err))
        return false;
    bool ok = plan_make(tables_house(), s->session.config, &hand.environment, BY_HAND_SHIFT, NULL,
                        &plan, err);
    if (ok)
        overriding_keep(s->cli, s->environment, plan, s->who->actor.name);
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
    struct slide s = {.cli = cli};
    struct run *run = NULL;
    struct error err;

    session_init(&s.session, cli);
    bool ok =
        interrupt_begin(&err) && get_ready(&s, &err) && confirm(&s, &err) && slide(&s, &run, &err);
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
