/*
 * roll_back.c - see roll_back.h.
 *
 * A run that is under way is told to go back, by the process that drives it or, when that is gone,
 * by this one. Otherwise the target is settled here and a run of one step carries it out.
 */
#include "cli/roll_back.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/alias.h"
#include "aws/lambda.h"
#include "cli/answer.h"
#include "cli/by_hand.h"
#include "cli/cli.h"
#include "cli/drive.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/put_back.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/under_way.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/report.h"
#include "core/run.h"
#include "core/text.h"

#define STEP_KIND "set-version"
#define NAME_LIMIT_MS 5000 /* wall: then it goes back without knowing who asks */
#define LOOK_EVERY_MS 100
#define LOCK_PATIENCE_MS 10000 /* wall: a preflight or a tick of somebody else is soon done */
#define MOST_RUNS 200

struct way_back {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    const struct world *world;
    struct actor actor;
    struct journal *journal;
    struct run *under_way; /* a run that wrote and is not over; NULL = none */
    char target[LAMBDA_VERSION_SIZE];
    char why[200];
    struct drive drive;
};

/* ---- who and where ---- */

/*
 * Going back must not depend on STS, but another account's function of the same name must never be
 * touched: only the answer "another account" stops it.
 */
static bool reach(struct way_back *w, struct error *err)
{
    const struct signed_in *who;

    session_actor(&w->session, &w->actor);
    if (session_sign_in_within(&w->session, w->environment, NAME_LIMIT_MS, &who, err)) {
        w->actor = who->actor;
        w->world = &who->world;
        return true;
    }
    if (strcmp(err->code, "account") == 0)
        return false;
    return session_connect(&w->session, w->environment, &w->world, err);
}

static bool find_under_way(struct way_back *w, struct error *err)
{
    struct run *run = NULL;
    if (!runs_find_open(w->journal, w->environment->name, &run, err))
        return false;
    if (run != NULL && !run_wrote(run)) {
        run_free(run);
        run = NULL;
    }
    w->under_way = run;
    return true;
}

/* ---- asking ---- */

static bool confirm(const struct way_back *w, struct error *err)
{
    if (cli_flag(w->cli, "yes"))
        return true;
    if (!answer_can_ask()) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked");
        return error_hint(err, "Say --yes.");
    }
    return answer_confirm("Do this now?", "nothing was begun", err);
}

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool step_wrote(const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, id) == 0)
            return true;
    return false;
}

/* Traffic first; then every step that wrote, the newest first; what cannot be undone apart. */
static void preview_run(const struct way_back *w)
{
    const struct run *run = w->under_way;
    size_t number = 1;

    cli_note(w->cli, "ROLL BACK %s (account %s): run %s is %s", run->environment,
             w->environment->account, run->id, run_status_name(run->status));
    if (run_moved_traffic(run))
        cli_note(w->cli, "  %zu. traffic: v%s %.4g %% -> v%s 100 %%, in one write", number++,
                 run->new_version, run->weight * 100, run->old_version);
    else
        cli_note(w->cli, "  no traffic was moved");
    const json_t *steps = json_object_get(run->plan, "steps");
    for (size_t i = json_array_size(steps); i-- > 0;) {
        const json_t *step = json_array_get(steps, i);
        const char *id = key_text(step, "id"), *undo = key_text(step, "undo");
        const struct run_step *state = run_step(run, id);
        bool is_traffic = state != NULL && state->moves_traffic; /* told already */
        if (!step_wrote(run, id) || is_traffic)
            continue;
        if (text_starts_with(undo, "irreversible"))
            cli_note(w->cli, "     %s stays: %s", id, undo);
        else
            cli_note(w->cli, "  %zu. %s: %s", number++, id, undo);
    }
}

/* ---- a run under way ---- */

static struct command rollback_command(const struct way_back *w)
{
    struct command command = {.verb = COMMAND_ROLLBACK};
    const char *reason = cli_value(w->cli, "reason");
    (void)snprintf(command.by, sizeof command.by, "%s", w->actor.name);
    (void)snprintf(command.reason, sizeof command.reason, "%s",
                   reason != NULL ? reason : "asked for by hand");
    return command;
}

/* Prints what came since. *is_over: the run has ended. */
static bool tell_news(struct way_back *w, struct story *story, int64_t *seq, bool *is_over,
                      struct error *err)
{
    struct event **events;
    size_t count;

    if (!journal_read(w->journal, w->under_way->id, *seq, &events, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
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
    int64_t seq = w->under_way->last_seq;
    bool is_driven = true;

    while (is_driven && !*is_over) {
        is_driven = engine_is_driven(w->session.state_directory, w->environment->name);
        if (!tell_news(w, story, &seq, is_over, err))
            return false;
        if (is_driven && !*is_over && !cancel_sleep_ms(interrupt_cancel(), LOOK_EVERY_MS))
            return error_set(err, ERROR_CANCELLED, "no longer looking; %s goes back all the same",
                             w->under_way->id);
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
    bool ok = under_way_post(w->journal, w->session.state_directory, w->under_way, &command, err) ||
              strcmp(err->code, UNDER_WAY_GONE) == 0;

    ok = ok && look_on(w, &story, is_over, err);
    story_clear(&story);
    return ok;
}

static bool drive_back(struct way_back *w, struct run **out, struct error *err)
{
    struct command command = rollback_command(w);
    struct by_hand hand = {0};
    const struct environment *environment = w->environment;

    if (by_hand_is(w->under_way->plan_name)) {
        if (!by_hand_of_plan(&hand, tables_house(), environment, w->under_way->plan, err))
            return false;
        environment = &hand.environment;
    }
    w->drive.is_quiet = cli_is_json(w->cli);
    bool ok = drive_open(&w->drive, &w->session, environment, w->world, &w->actor, true, err) &&
              engine_resume(w->drive.engine, w->under_way->id, false, err) &&
              engine_command(w->drive.engine, &command, err) && drive_follow(&w->drive, out, err);
    drive_close(&w->drive);
    by_hand_clear(&hand);
    return ok;
}

static bool roll_back_run(struct way_back *w, struct run **out, struct error *err)
{
    const char *directory;
    if (cli_value(w->cli, "version") != NULL &&
        strcmp(cli_value(w->cli, "version"), w->under_way->old_version) != 0) {
        error_set(err, ERROR_CONFLICT, "%s is under way, and goes back to v%s", w->under_way->id,
                  w->under_way->old_version);
        return error_hint(err, "Roll it back first, or name v%s.", w->under_way->old_version);
    }
    preview_run(w);
    if (!confirm(w, err) || !session_state_directory(&w->session, &directory, err))
        return false;
    bool is_over = false;
    if (engine_is_driven(directory, w->environment->name) && !ask_driver(w, &is_over, err))
        return false;
    if (is_over)
        return journal_read_run(w->journal, w->under_way->id, out, err);
    return reach(w, err) && drive_back(w, out, err);
}

/* ---- no run under way ---- */

static bool target_of_run(struct way_back *w, const char *id, struct error *err)
{
    struct run *run;
    if (!journal_read_run(w->journal, id, &run, err))
        return false;
    bool ok = true;
    if (strcmp(run->environment, w->environment->name) != 0)
        ok = error_set(err, ERROR_USAGE, "%s was a run of %s", id, run->environment);
    else if (run->old_version[0] == '\0' || !run_moved_traffic(run))
        ok = error_set(err, ERROR_USAGE, "%s moved no traffic: there is nothing to roll back", id);
    if (ok) {
        (void)snprintf(w->target, sizeof w->target, "%s", run->old_version);
        (void)snprintf(w->why, sizeof w->why, "what %s replaced by v%s", id, run->new_version);
    }
    run_free(run);
    return ok;
}

/* What the newest release that shipped replaced. */
static bool last_known_good(struct way_back *w, struct error *err)
{
    struct run_row *rows;
    size_t count;
    bool is_found = false, ok = true;

    if (!journal_list_runs(w->journal, w->environment->name, MOST_RUNS, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count && !is_found && ok; i++) {
        struct run *run = NULL;
        if (strcmp(rows[i].status, run_status_name(RUN_SUCCEEDED)) != 0 ||
            strcmp(rows[i].plan, BY_HAND_ROLLBACK) == 0)
            continue;
        ok = journal_read_run(w->journal, rows[i].id, &run, err);
        is_found = ok && run_moved_traffic(run) && run->old_version[0] != '\0';
        run_free(run);
        if (is_found)
            ok = target_of_run(w, rows[i].id, err);
    }
    free(rows);
    if (ok && !is_found) {
        error_set(err, ERROR_USAGE, "no release into %s is in this journal: nothing to roll back",
                  w->environment->name);
        return error_hint(err, "Name the version: --version N, or see --lambda FN:ALIAS.");
    }
    return ok;
}

static bool settle_target(struct way_back *w, struct error *err)
{
    const char *version = cli_value(w->cli, "version"), *run_id = cli_value(w->cli, "run");
    if (version != NULL && run_id != NULL)
        return error_set(err, ERROR_USAGE, "either --version or --run, not both");
    if (version == NULL)
        return run_id != NULL ? target_of_run(w, run_id, err) : last_known_good(w, err);
    version += version[0] == 'v';
    if (!put_back_is_version(version))
        return error_set(err, ERROR_USAGE, "\"%s\" is not the number of a version", version);
    (void)snprintf(w->target, sizeof w->target, "%s", version);
    (void)snprintf(w->why, sizeof w->why, "as asked");
    return true;
}

/* What a person named may be mistyped. Only the answer that it is not there stops the way back. */
static bool check_target(const struct way_back *w, const struct resource *api, struct error *err)
{
    const char *function = config_resource_text(api, "lambda");
    struct lambda_configuration version = {0};

    if (cli_value(w->cli, "version") == NULL)
        return true;
    if (lambda_get_function(w->world->aws, function, w->target, NULL, &version, err)) {
        lambda_configuration_clear(&version);
        return true;
    }
    if (err->kind != ERROR_NOT_FOUND)
        return true;
    error_set(err, ERROR_USAGE, "%s has no v%s: nothing was changed", function, w->target);
    return error_hint(err, "`aws lambda list-versions-by-function --function-name %s` lists them",
                      function);
}

/* *is_needed false: the alias serves the target alone already. */
static bool preview_target(struct way_back *w, const struct resource *api, bool *is_needed,
                           struct error *err)
{
    struct lambda_alias alias;
    const char *function = config_resource_text(api, "lambda"),
               *name = config_resource_text(api, "alias");

    if (!lambda_get_alias(w->world->aws, function, name, NULL, &alias, err))
        return false;
    *is_needed = strcmp(alias.version, w->target) != 0 || alias.weight_count > 0;
    if (!*is_needed)
        return true;
    auto_free char *split = alias_split_text(&alias);
    cli_note(w->cli, "ROLL BACK %s (account %s)", w->environment->name, w->environment->account);
    cli_note(w->cli, "  1. traffic of %s:%s: %s -> v%s 100 %%, in one write (%s)", function, name,
             split, w->target, w->why);
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

static bool run_by_hand(struct way_back *w, const struct resource *api, struct run **out,
                        struct error *err)
{
    struct by_hand hand;
    json_t *plan = NULL;
    json_t *params = json_pack("{s:s, s:s}", "resource", api->name, "version", w->target);

    if (!by_hand_init(&hand, tables_house(), w->environment, STEP_KIND, params, err))
        return false;
    stop_waiting_run(w);
    w->drive.is_quiet = cli_is_json(w->cli);
    bool ok =
        plan_make(tables_house(), w->session.config, &hand.environment, BY_HAND_ROLLBACK, NULL,
                  &plan, err) &&
        drive_open(&w->drive, &w->session, &hand.environment, w->world, &w->actor, true, err) &&
        engine_start(w->drive.engine, NULL, plan, err) && drive_follow(&w->drive, out, err);
    drive_close(&w->drive);
    json_decref(plan);
    by_hand_clear(&hand);
    return ok;
}

static bool roll_back_to_version(struct way_back *w, struct run **out, struct error *err)
{
    const struct resource *api = config_resource_of_kind(w->environment, "lambda");
    bool is_needed = false;

    if (api == NULL)
        return error_set(err, ERROR_USAGE, "%s has no lambda resource", w->environment->name);
    if (!settle_target(w, err) || !reach(w, err) || !preview_target(w, api, &is_needed, err))
        return false;
    if (!is_needed) {
        cli_say(w->cli, "nothing to roll back: v%s serves all traffic already", w->target);
        return true;
    }
    return check_target(w, api, err) && confirm(w, err) && run_by_hand(w, api, out, err);
}

/* Whoever releases next, a pipeline perhaps, is to know first that this one was taken back. */
static void lock_environment(struct way_back *w, const struct run *run)
{
    auto_free char *reason = xasprintf("%s put it back to v%s (%s)", run->id, w->target, w->why);
    struct environment_lock lock;
    struct error err;

    if (run->status != RUN_SUCCEEDED ||
        (locked_read(w->journal, w->environment->name, &lock, &err) && lock.is_locked))
        return;
    if (locked_write(w->journal, w->environment->name, true, w->actor.name, reason, &err))
        cli_note(w->cli,
                 "%s is locked now: nothing is released into it before `flightdeck unlock "
                 "%s --reason TEXT`",
                 w->environment->name, w->environment->name);
    else
        cli_note(w->cli, "flightdeck: %s could not be locked: %s", w->environment->name,
                 err.message);
}

/* ---- the verb ---- */

/* The verb is done when traffic was seen where it was to go. */
static int tell(struct way_back *w, const struct run *run)
{
    int code = EXIT_DONE;
    auto_free char *outcome = run != NULL ? report_outcome(run) : xstrdup("nothing to roll back");

    if (run != NULL && run->status != RUN_ROLLED_BACK && run->status != RUN_SUCCEEDED &&
        run->status != RUN_ABORTED)
        code = run_exit_code(run) != EXIT_DONE ? run_exit_code(run) : EXIT_UNKNOWN;
    if (cli_is_json(w->cli))
        cli_json(w->cli, json_pack("{s:s, s:s?, s:s, s:s, s:b}", "env", w->environment->name, "run",
                                   run != NULL ? run->id : NULL, "status",
                                   run != NULL ? run_status_name(run->status) : "succeeded",
                                   "outcome", outcome, "changed", run != NULL));
    else if (run != NULL)
        answer_line(code == EXIT_DONE ? TONE_GOOD : TONE_BAD, outcome);
    return code;
}

int roll_back_environment(struct cli *cli)
{
    struct way_back w = {.cli = cli};
    struct run *run = NULL;
    struct error err;

    session_init(&w.session, cli);
    w.drive.lock_patience_ms = LOCK_PATIENCE_MS;
    bool ok = interrupt_begin(&err) &&
              session_environment(&w.session, cli_argument(cli, 0), &w.environment, &err) &&
              session_journal(&w.session, &w.journal, &err) && find_under_way(&w, &err);
    if (ok)
        ok = w.under_way != NULL ? roll_back_run(&w, &run, &err)
                                 : roll_back_to_version(&w, &run, &err);
    drive_close(&w.drive);
    int code = ok ? tell(&w, run) : cli_fail(cli, &err);
    if (ok && run != NULL && w.under_way == NULL)
        lock_environment(&w, run);
    run_free(run);
    run_free(w.under_way);
    journal_close(w.journal);
    session_clear(&w.session);
    interrupt_end();
    return code;
}
