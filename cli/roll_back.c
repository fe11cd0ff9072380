/*
 * roll_back.c - see roll_back.h.
 *
 * A run that is under way is told to go back, by the process that drives it or, when that is gone,
 * by this one; so is one whose way back failed. Otherwise the target is settled here and a run of
 * one step carries it out. Where journal or configuration fail, AWS alone is enough.
 */
#include "cli/roll_back.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/lambda.h"
#include "aws/sts.h"
#include "cli/answer.h"
#include "cli/bare_alias.h"
#include "cli/by_hand.h"
#include "cli/cli.h"
#include "cli/drive.h"
#include "cli/follow.h"
#include "cli/gone_back.h"
#include "cli/interrupt.h"
#include "cli/limit.h"
#include "cli/no_answer.h"
#include "cli/previewing.h"
#include "cli/put_back.h"
#include "cli/rough_config.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/trying.h"
#include "cli/under_way.h"
#include "cli/way_back.h"
#include "cli/wrapped.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"
#include "core/text.h"

#define LOOK_EVERY_MS 100
#define LOOK_LIMIT_MS 3000     /* wall: then what the journal says has to be enough */
#define LOCK_PATIENCE_MS 10000 /* wall: a preflight or a tick of somebody else is soon done */

struct way_back {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    const struct resource *api;
    const struct world *world; /* NULL = not reached yet */
    struct actor actor;
    struct journal *journal;
    struct run *run;    /* a run that wrote and is not over, or is at risk; NULL = none */
    struct run *latest; /* the last one that moved traffic, where `run` is none */
    struct put_back alias;
    struct drive drive;
    struct no_answer silence; /* while drive.silence is not NULL */
    char over[64];            /* the revision, somebody else's, that was shown to a person */
    bool is_agreed;           /* a person said so */
    bool is_unrecordable;     /* the journal, or who drives, failed before anything was begun */
    struct bare_alias bare;   /* the way without a journal */
    bool is_bare;
    struct aws *own_aws; /* without a configuration */
};

/* The way back does not end here: AWS alone is enough. */
static bool journal_failed(struct way_back *w)
{
    w->is_unrecordable = true;
    return false;
}

/* ---- silence ---- */

static void begin_waiting(struct way_back *w, const char *way_out)
{
    no_answer_begin(&w->silence, w->cli, way_out);
    w->drive.silence = &w->silence;
}

static void end_waiting(struct way_back *w)
{
    if (w->drive.silence != NULL)
        no_answer_end(&w->silence);
    w->drive.silence = NULL;
}

/* ---- who and where ---- */

static bool reach(struct way_back *w, struct error *err)
{
    return session_reach(&w->session, w->environment, &w->world, &w->actor, err);
}

static bool find_run(struct way_back *w, struct error *err)
{
    bool is_target_named = cli_value(w->cli, "version") != NULL || cli_value(w->cli, "run") != NULL;

    return way_back_find(w->journal, w->environment->name, is_target_named, &w->run, &w->latest,
                         err);
}

/* A rollback that another began is not taken back: it is at work, or what it began is begun anew.
 */
static bool leave_rollback(struct way_back *w, struct error *err)
{
    const char *directory;

    if (w->run == NULL || !gone_back_is_forward(w->run))
        return true;
    if (!run_is_over(w->run) && (!session_state_directory(&w->session, &directory, err) ||
                                 engine_is_driven(directory, w->environment->name)))
        return gone_back_refuse(w->run, err);
    run_free(w->latest);
    w->latest = w->run;
    w->run = NULL;
    return true;
}

/* ---- asking ---- */

static bool confirm(struct way_back *w, struct error *err)
{
    w->is_agreed = true;
    previewing_you(w->cli, w->actor.name);
    if (cli_flag(w->cli, "yes"))
        return true;
    w->is_agreed = false;
    if (!answer_can_ask()) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked; nothing was begun");
        return error_hint(err, "Say --yes.");
    }
    w->is_agreed = answer_confirm("Do this now?", "nothing was begun", err);
    return w->is_agreed;
}

/* ---- a run under way ---- */

static struct command rollback_command(const struct way_back *w)
{
    return way_back_command(w->actor.name, cli_value(w->cli, "reason"), w->over);
}

/* Prints what came since. *is_over: the run has ended. */
static bool tell_news(struct way_back *w, struct story *story, int64_t *seq, bool *is_over,
                      struct error *err)
{
    struct event **events;
    size_t count;

    if (!journal_read(w->journal, w->run->id, *seq, &events, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        no_answer_heard(w->drive.silence);
        if (!cli_is_json(w->cli))
            follow_event(w->cli, story, events[i]);
        *seq = events[i]->seq;
        *is_over = *is_over || strcmp(events[i]->type, "run_ended") == 0;
    }
    journal_events_free(events, count);
    return true;
}

/* Until the run is over, or nobody drives it any more. */
static bool look_on(struct way_back *w, struct story *story, bool *is_over, struct error *err)
{
    int64_t seq = w->run->last_seq;
    bool is_driven = true;

    while (is_driven && !*is_over) {
        is_driven = engine_is_driven(w->session.state_directory, w->environment->name);
        if (!tell_news(w, story, &seq, is_over, err))
            return false;
        if (is_driven && !*is_over && !cancel_sleep_ms(interrupt_cancel(), LOOK_EVERY_MS))
            return error_set(err, ERROR_CANCELLED, "no longer looking; %s goes back all the same",
                             w->run->id);
    }
    return true;
}

/*
 * Another process drives: ask it, then look on until it is done. *is_over stays false when that
 * process went away before.
 */
static bool ask_driver(struct way_back *w, bool *is_over, struct error *err)
{
    struct command command = rollback_command(w);
    struct story story = {0};
    bool ok = under_way_post(w->journal, w->session.state_directory, w->run, &command, err) ||
              strcmp(err->code, UNDER_WAY_GONE) == 0 || journal_failed(w);

    ok = ok && look_on(w, &story, is_over, err);
    story_clear(&story);
    return ok;
}

static bool drive_back(struct way_back *w, struct run **out, struct error *err)
{
    struct command command = rollback_command(w);
    struct by_hand hand = {0};
    const struct environment *environment = w->environment;

    if (by_hand_is(w->run->plan_name)) {
        if (!by_hand_of_plan(&hand, tables_house(), environment, w->run->plan, err))
            return false;
        environment = &hand.environment;
    }
    w->drive.is_quiet = cli_is_json(w->cli);
    if (!under_way_is_of_account(w->run, w->actor.account, err)) {
        by_hand_clear(&hand);
        return false;
    }
    bool ok = ((drive_open(&w->drive, &w->session, environment, w->world, &w->actor, true, err) &&
                engine_resume(w->drive.engine, w->run->id, false, err) &&
                engine_command(w->drive.engine, &command, err)) ||
               journal_failed(w)) &&
              drive_follow(&w->drive, out, err);
    drive_close(&w->drive);
    by_hand_clear(&hand);
    return ok;
}

static bool read_in_time(struct way_back *w, struct error *err)
{
    struct limit limit;

    limit_begin_here(&limit, LOOK_LIMIT_MS);
    bool ok = reach(w, err) && put_back_read(&w->alias, w->world->aws, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "AWS did not say it within %d s", LOOK_LIMIT_MS / 1000);
    return ok;
}

/* What the run wrote between the two looks is its own. */
static bool is_foreign(struct way_back *w)
{
    struct run *newer;
    struct error ignored;

    if (!way_back_is_foreign(w->run, &w->alias))
        return false;
    if (!journal_read_run(w->journal, w->run->id, &newer, &ignored))
        return true;
    bool is = way_back_is_foreign(newer, &w->alias);
    run_free(newer);
    return is;
}

/* Where a person is asked: what somebody else left there is gone over only when it was shown. */
static void show_foreign(struct way_back *w)
{
    struct error err;

    if (!run_moved_traffic(w->run) || cli_flag(w->cli, "yes") || !answer_can_ask())
        return;
    if (!read_in_time(w, &err)) {
        cli_note(w->cli, "    what it serves now could not be read: %s", err.message);
        return;
    }
    if (!is_foreign(w))
        return;
    text_copy(w->over, sizeof w->over, w->alias.before.revision_id);
    previewing_foreign(w->cli, &w->alias);
}

/* Whoever drove it could not take it back, with the sign-in that it had: this one may. */
static bool may_go_on(struct way_back *w)
{
    struct run *run;
    struct error ignored;

    if (!journal_read_run(w->journal, w->run->id, &run, &ignored))
        return false;
    bool may =
        run->status == RUN_ROLLBACK_FAILED && !way_back_was_foreign(run) && interrupt_count() == 0;
    if (may) {
        cli_note(w->cli, "flightdeck: %s: %s. Trying it from here", run->id, run->reason);
        run_free(w->run);
        w->run = run;
    } else {
        run_free(run);
    }
    return may;
}

static bool roll_back_run(struct way_back *w, struct run **out, struct error *err)
{
    const char *directory;

    if (!way_back_permits(w->run, cli_value(w->cli, "version"), err))
        return false;
    session_actor(&w->session, &w->actor);
    previewing_head(w->cli, w->environment);
    previewing_run(w->cli, w->run);
    show_foreign(w);
    if (!confirm(w, err) || !session_state_directory(&w->session, &directory, err))
        return false;
    bool is_over = false;
    begin_waiting(w, "Ctrl-C ends the looking on, and it goes back all the same");
    bool ok = !engine_is_driven(directory, w->environment->name) || ask_driver(w, &is_over, err);
    end_waiting(w);
    if (!ok)
        return false;
    if (is_over && !may_go_on(w))
        return journal_read_run(w->journal, w->run->id, out, err);
    begin_waiting(w, "Ctrl-C twice gives up");
    ok = reach(w, err) && drive_back(w, out, err);
    end_waiting(w);
    return ok;
}

/* ---- no run under way ---- */

static bool target_of_run(struct way_back *w, const char *id, struct error *err)
{
    return way_back_of_run(w->journal, w->environment, id, &w->alias, err) ||
           (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_USAGE && journal_failed(w));
}

static bool settle_target(struct way_back *w, struct error *err)
{
    const char *version = cli_value(w->cli, "version"), *run_id = cli_value(w->cli, "run");
    if (version != NULL && run_id != NULL)
        return error_set(err, ERROR_USAGE, "either --version or --run, not both");
    if (run_id != NULL)
        return target_of_run(w, run_id, err);
    return (version == NULL && way_back_ask_latest(w->latest, &w->alias)) ||
           put_back_choose(&w->alias, w->world->aws, version, err);
}

static bool read_alias(struct way_back *w, struct error *err)
{
    struct trying trying = {0};

    while (!put_back_read(&w->alias, w->world->aws, err))
        if (!trying_again(&trying, w->cli, err))
            return false;
    return true;
}

/*
 * A run that waits at a gate holds the lock, and wrote nothing: it is stopped, for nothing may
 * stand in the way back. Whoever else holds it is soon done.
 */
static void stop_waiting_run(struct way_back *w)
{
    const char *directory = w->session.state_directory;
    struct run *run = NULL;
    struct error ignored;

    if (!engine_is_driven(directory, w->environment->name) ||
        !runs_find_open(w->journal, w->environment->name, &run, &ignored))
        return;
    if (run != NULL && run->status != RUN_PENDING) {
        struct command abort = rollback_command(w);
        abort.verb = COMMAND_ABORT;
        cli_note(w->cli, "%s, which wrote nothing, is stopped first", run->id);
        FD_IGNORE(under_way_post(w->journal, directory, run, &abort, &ignored));
    }
    run_free(run);
}

static bool run_by_hand(struct way_back *w, struct run **out, struct error *err)
{
    struct by_hand hand = {0};
    json_t *plan = NULL;

    if (!way_back_plan(w->session.config, w->environment, w->api, &w->alias, &hand, &plan, err))
        return false;
    stop_waiting_run(w);
    w->drive.is_quiet = cli_is_json(w->cli);
    bool ok =
        ((drive_open(&w->drive, &w->session, &hand.environment, w->world, &w->actor, true, err) &&
          engine_start(w->drive.engine, NULL, plan, err)) ||
         journal_failed(w)) &&
        drive_follow(&w->drive, out, err);
    drive_close(&w->drive);
    json_decref(plan);
    by_hand_clear(&hand);
    return ok;
}

static bool roll_back_to_version(struct way_back *w, struct run **out, struct error *err)
{
    begin_waiting(w, "Ctrl-C ends it: nothing was written");
    bool ok = reach(w, err) && read_alias(w, err) && settle_target(w, err);
    end_waiting(w);
    if (interrupt_count() > 0)
        return error_set(err, ERROR_CANCELLED, "interrupted; nothing was written");
    if (!ok)
        return false;
    bool is_left_behind = way_back_was_left(w->latest);
    if (!put_back_is_needed(&w->alias) && !is_left_behind) {
        cli_say(w->cli, "nothing to roll back: v%s serves all traffic already (%s)",
                w->alias.target, w->alias.why);
        return true;
    }
    previewing_head(w->cli, w->environment);
    previewing_alias(w->cli, &w->alias);
    if (is_left_behind)
        cli_note(w->cli, "    %s began it, and its process is gone: it ends with this one",
                 w->latest->id);
    if (!confirm(w, err))
        return false;
    begin_waiting(w, "Ctrl-C stops it");
    ok = run_by_hand(w, out, err);
    end_waiting(w);
    return ok;
}

static void tell_lock(struct way_back *w, bool is_by_run)
{
    const char *name = w->environment->name;
    struct error err;

    if (is_by_run ? way_back_has_locked(w->journal, name, &err)
                  : way_back_lock_bare(w->journal, name, &w->alias, w->actor.name, &err))
        cli_note(w->cli,
                 "%s is locked now: nothing is released into it before `flightdeck unlock %s "
                 "--reason TEXT`",
                 name, name);
    else
        cli_note(w->cli, "flightdeck: %s could not be locked: %s", name, err.message);
}

/* ---- without the journal, or without the configuration ---- */

static bool put_back_bare(struct way_back *w, struct error *err)
{
    w->is_bare = true;
    w->bare.cli = w->cli;
    w->bare.actor = w->actor.user_host;
    w->bare.is_agreed = w->is_agreed || cli_flag(w->cli, "yes");
    w->bare.p = w->alias;
    return bare_alias_put_back(&w->bare, err);
}

static bool go_without_journal(struct way_back *w, struct error *err)
{
    if (w->run != NULL && !run_moved_traffic(w->run) && cli_value(w->cli, "version") == NULL)
        return false; /* the traffic is where it was: nothing says where else it should go */
    cli_note(w->cli,
             "flightdeck: %s%s%s. Going on without it: what is done now is not in the journal",
             err->message, err->hint[0] != '\0' ? " - " : "", err->hint);
    begin_waiting(w, "Ctrl-C gives up");
    bool is_reached = w->world != NULL || reach(w, err);
    end_waiting(w);
    if (!is_reached)
        return false;
    w->bare.aws = w->world->aws;
    w->bare.other = w->world->rollback_aws;
    w->bare.version = cli_value(w->cli, "version");
    if (w->bare.version == NULL && w->alias.target[0] != '\0')
        w->bare.version = w->alias.target;
    else if (w->bare.version == NULL && w->run != NULL && w->run->old_version[0] != '\0')
        w->bare.version = w->run->old_version;
    return put_back_bare(w, err);
}

static bool is_other_account(struct aws *aws, const char *account, struct error *err)
{
    struct sts_identity identity;
    struct error ignored;

    if (account[0] == '\0' ||
        !sts_get_caller_identity(aws, interrupt_cancel(), &identity, &ignored) ||
        strcmp(account, identity.account) == 0)
        return false;
    error_set(err, ERROR_DENIED, "it is in account %s, but you are signed in to %s", account,
              identity.account);
    return true;
}

/* What it still says of the alias is enough, where it says it plainly. */
static bool go_without_configuration(struct way_back *w, struct error *err)
{
    const char *name = cli_argument(w->cli, 0), *version = cli_value(w->cli, "version");
    auto_free char *here = getcwd(NULL, 0);
    auto_free char *found = NULL;
    struct rough_place place = {.is_sure = false};
    struct error ignored;

    if (w->session.config_path != NULL || (here != NULL && config_find(here, &found, &ignored)))
        rough_config_read(found != NULL ? found : w->session.config_path, name, &place);
    error_hint(err, "Going back needs none: flightdeck rollback --lambda %s:%s --version %s",
               place.function[0] != '\0' ? place.function : "FUNCTION",
               place.alias[0] != '\0' ? place.alias : "ALIAS", version != NULL ? version : "N");
    if (!place.is_sure || cli_value(w->cli, "run") != NULL)
        return false;
    cli_note(w->cli, "flightdeck: %s%s%s", err->at, err->at[0] != '\0' ? ": " : "", err->message);
    cli_note(w->cli, "Going on with what it says of %s: %s:%s; this is not in the journal",
             name != NULL ? name : "the environment", place.function, place.alias);
    session_actor(&w->session, &w->actor);
    text_copy(w->alias.function, sizeof w->alias.function, place.function);
    text_copy(w->alias.alias, sizeof w->alias.alias, place.alias);
    w->bare.version = version;
    return session_plain_aws(&w->session, place.region[0] != '\0' ? place.region : NULL,
                             &w->own_aws, err) &&
           !is_other_account(w->own_aws, place.account, err) &&
           ((w->bare.aws = w->own_aws) != NULL && put_back_bare(w, err));
}

/* ---- the verb ---- */

static bool open_journal(struct way_back *w, struct error *err)
{
    return (session_journal(&w->session, &w->journal, err) && find_run(w, err)) ||
           journal_failed(w);
}

/* Of the run that goes back, or that moved traffic last: it may not be the environment's first. */
static bool take_alias(struct way_back *w, struct error *err)
{
    return way_back_alias(w->environment, w->run != NULL ? w->run : w->latest, &w->api, &w->alias,
                          err);
}

static bool go_back(struct way_back *w, struct run **out, struct error *err)
{
    if (!session_environment(&w->session, cli_argument(w->cli, 0), &w->environment, err))
        return w->session.config == NULL && go_without_configuration(w, err);
    if (!way_back_alias(w->environment, NULL, &w->api, &w->alias, err))
        return false;
    bool ok = open_journal(w, err) && leave_rollback(w, err) && take_alias(w, err) &&
              (w->run != NULL ? roll_back_run(w, out, err) : roll_back_to_version(w, out, err));
    return ok || (w->is_unrecordable && err->kind != ERROR_CANCELLED && go_without_journal(w, err));
}

/* The version that was to serve; "" when nobody knows it yet, and AWS says it the next time. */
static const char *wanted_version(const struct way_back *w)
{
    const char *asked = cli_value(w->cli, "version");

    if (w->is_bare && w->bare.p.target[0] != '\0')
        return w->bare.p.target;
    if (w->run != NULL)
        return w->run->old_version;
    return w->alias.target[0] == '\0' && asked != NULL ? asked : w->alias.target;
}

/* What to type next, as concrete as it is known. is_said: the outcome says the first of it. */
static void say_next(const struct way_back *w, bool is_said)
{
    const char *asked = cli_value(w->cli, "version"), *version = wanted_version(w);
    const char *name = w->environment != NULL ? w->environment->name : cli_argument(w->cli, 0);

    if (w->alias.function[0] == '\0')
        return;
    if (!is_said || asked != NULL)
        cli_note(w->cli, "Next: flightdeck rollback %s%s%s", name != NULL ? name : "ENV",
                 asked != NULL ? " --version " : "", asked != NULL ? asked : "");
    cli_note(w->cli, "Or with AWS alone: flightdeck rollback --lambda %s:%s%s%s", w->alias.function,
             w->alias.alias, version[0] != '\0' ? " --version " : "", version);
}

static char *outcome_of(const struct way_back *w, const struct run *run)
{
    if (w->is_bare)
        return bare_alias_outcome(&w->bare);
    return run != NULL ? report_outcome(run) : xstrdup("nothing to roll back");
}

/* The verb is done when traffic was seen where it was to go. */
static int tell(struct way_back *w, const struct run *run)
{
    int code = EXIT_DONE;
    auto_free char *outcome = outcome_of(w, run);
    const char *name = w->environment != NULL ? w->environment->name : cli_argument(w->cli, 0);

    if (run != NULL && run->status != RUN_ROLLED_BACK && run->status != RUN_SUCCEEDED &&
        run->status != RUN_ABORTED)
        code = run_exit_code(run) != EXIT_DONE ? run_exit_code(run) : EXIT_UNKNOWN;
    if (run != NULL && interrupt_count() > 0 && !run_wrote(run))
        code = EXIT_INTERRUPTED;
    if (cli_is_json(w->cli))
        cli_json(w->cli, json_pack("{s:s?, s:s?, s:s, s:s, s:b, s:b}", "env", name, "run",
                                   run != NULL ? run->id : NULL, "status",
                                   run != NULL ? run_status_name(run->status) : "succeeded",
                                   "outcome", outcome, "changed", run != NULL || w->bare.is_changed,
                                   "recorded", !w->is_bare));
    else if (run != NULL || w->is_bare)
        wrapped_line(code == EXIT_DONE ? TONE_GOOD : TONE_BAD, 2, outcome);
    if (code != EXIT_DONE)
        say_next(w, run != NULL && run->status == RUN_ROLLBACK_FAILED);
    return code;
}

static int fail(struct way_back *w, const struct error *err)
{
    struct aws *aws = w->world != NULL ? w->world->aws : w->own_aws;
    int code = cli_fail(w->cli, err);

    if (aws != NULL)
        bare_alias_list(w->cli, aws, w->alias.function, err);
    if (w->is_agreed || w->is_bare || interrupt_count() > 0)
        say_next(w, false);
    return code;
}

int roll_back_environment(struct cli *cli)
{
    struct way_back w = {.cli = cli};
    struct run *run = NULL;
    struct error err;

    session_init(&w.session, cli);
    w.drive.lock_patience_ms = LOCK_PATIENCE_MS;
    bool ok = interrupt_begin(&err) && go_back(&w, &run, &err);
    drive_close(&w.drive);
    int code = ok ? tell(&w, run) : fail(&w, &err);
    if (ok && run != NULL && w.run == NULL && run->status == RUN_SUCCEEDED)
        tell_lock(&w, true);
    if (ok && w.bare.is_changed && w.journal != NULL)
        tell_lock(&w, false);
    run_free(run);
    run_free(w.run);
    run_free(w.latest);
    journal_close(w.journal);
    aws_close(w.own_aws);
    session_clear(&w.session);
    interrupt_end();
    return code;
}
