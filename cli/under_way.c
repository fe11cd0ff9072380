/*
 * under_way.c - see under_way.h.
 */
#include "cli/under_way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/approving.h"
#include "cli/attaching.h"
#include "cli/by_hand.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/drive.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/plans.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define TAKE_LIMIT_MS                                                                              \
    10000 /* wall: a driving process looks into its inbox several times a second */
#define LOOK_EVERY_MS 50
#define NAME_LIMIT_MS                                                                              \
    1500 /* wall: what is asked of a run does not wait for AWS to name who asks                    \
          */
#define APPROVER_LIMIT_MS 10000 /* wall: an approval without a name would not count */
#define MOST_ROWS 200
#define MOST_NAMES 200

bool under_way_verb(const char *word, enum command_verb *out)
{
    static const enum command_verb verbs[] = {COMMAND_APPROVE, COMMAND_PAUSE, COMMAND_RESUME,
                                              COMMAND_RETRY,   COMMAND_SKIP,  COMMAND_PROMOTE,
                                              COMMAND_ABORT,   COMMAND_ANSWER};
    enum command_verb verb;
    if (!engine_verb_parse(word, &verb))
        return false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (verbs[i] == verb) {
            *out = verb;
            return true;
        }
    return false;
}

/* ---- the inbox ---- */

/* An approval that is there, and does not count. */
static bool is_vain(const struct event *e, const char *by)
{
    return strcmp(e->type, "approved") == 0 && strcmp(e->by, by) == 0 &&
           json_object_get(e->body, "against") != NULL;
}

/* What the driving process said of it. */
static bool read_verdict(struct journal *journal, const char *run_id, int64_t id,
                         const struct command *command, struct error *err)
{
    struct event **events;
    size_t count;
    bool ok = true;

    if (!journal_read(journal, run_id, command->seen_seq, &events, &count, err))
        return false;
    for (size_t i = 0; i < count && ok; i++) {
        const json_t *body = events[i]->body;
        const char *why = json_string_value(json_object_get(body, "refused")),
                   *hint = json_string_value(json_object_get(body, "hint"));
        if (command->verb == COMMAND_APPROVE && is_vain(events[i], command->by))
            ok = error_set(err, ERROR_CONFLICT, "the approval by %s does not count: %s",
                           command->by, json_string_value(json_object_get(body, "against")));
        if (why == NULL || json_integer_value(json_object_get(body, "command")) != id)
            continue;
        ok = error_set(err, ERROR_CONFLICT, "refused: %s", why);
        error_hint(err, "%s", hint != NULL ? hint : "");
    }
    journal_events_free(events, count);
    return ok;
}

static void fill(struct journal_command *posted, const struct run *run,
                 const struct command *command)
{
    *posted =
        (struct journal_command){.seen_seq = command->seen_seq, .reason = xstrdup(command->reason)};
    text_copy(posted->run, sizeof posted->run, run->id);
    text_copy(posted->verb, sizeof posted->verb, engine_verb_name(command->verb));
    text_copy(posted->step, sizeof posted->step, command->step);
    text_copy(posted->answer, sizeof posted->answer, command->answer);
    text_copy(posted->by, sizeof posted->by, command->by);
}

/* Nobody shall find it there on another day. False when it was taken after all. */
static bool withdraw(struct journal *journal, int64_t id)
{
    bool is_taken = false;
    struct error ignored;

    if (journal_command_is_taken(journal, id, &is_taken, &ignored) && is_taken)
        return false;
    FD_IGNORE(journal_remove_command(journal, id, &ignored));
    return true;
}

static bool await_taken(struct journal *journal, const char *state_directory, const struct run *run,
                        int64_t id, struct error *err)
{
    int64_t until_ms = clock_boot_ms() + TAKE_LIMIT_MS;
    bool is_taken = false;

    for (;;) {
        if (!journal_command_is_taken(journal, id, &is_taken, err))
            return false;
        if (is_taken)
            return true;
        if (!engine_is_driven(state_directory, run->environment)) {
            if (!withdraw(journal, id))
                return true;
            error_set(err, ERROR_TRANSIENT, "the process that drove %s is gone", run->id);
            error_hint(err, "Take it up first: flightdeck run resume %s", run->id);
            return error_code(err, UNDER_WAY_GONE);
        }
        if (clock_boot_ms() > until_ms) {
            error_set(err, ERROR_TRANSIENT, "the process that drives %s does not answer", run->id);
            return error_hint(err, "It will act when it does.");
        }
        if (!cancel_sleep_ms(interrupt_cancel(), LOOK_EVERY_MS))
            return error_set(err, ERROR_CANCELLED, "no longer waiting; %s was asked all the same",
                             run->id);
    }
}

bool under_way_post(struct journal *journal, const char *state_directory, const struct run *run,
                    const struct command *command, struct error *err)
{
    struct journal_command posted;
    int64_t id;

    fill(&posted, run, command);
    bool ok = journal_post_command(journal, &posted, &id, err);
    journal_command_clear(&posted);
    return ok && await_taken(journal, state_directory, run, id, err) &&
           read_verdict(journal, run->id, id, command, err);
}

/* ---- taking a run up ---- */

struct take_up {
    struct cli *cli;
    struct session session;
    struct journal *journal;
    struct run *run;
    struct command command;
    const struct world *world;
    struct actor actor;
    struct drive drive;
};

static bool goes_back(enum command_verb verb)
{
    return verb == COMMAND_ABORT || verb == COMMAND_ROLLBACK;
}

bool under_way_is_of_account(const struct run *run, const char *account, struct error *err)
{
    const char *own = run_account(run);

    if (own[0] == '\0' || account[0] == '\0' || strcmp(own, account) == 0)
        return true;
    error_set(err, ERROR_DENIED, "%s was begun in account %s, but you are signed in to %s", run->id,
              own, account);
    error_hint(err, "Sign in to %s, or name its profile with --profile.", own);
    return error_code(err, "account");
}

bool under_way_take_up(struct engine *engine, const struct run *run, const struct command *command,
                       bool *is_driven, struct error *err)
{
    bool goes_forward = command != NULL && command->verb == COMMAND_RESUME;

    *is_driven = engine_resume(engine, run->id, goes_forward, err);
    if (!*is_driven || command == NULL || goes_forward)
        return *is_driven;
    struct command asked = *command, resume = {.verb = COMMAND_RESUME};

    text_copy(resume.by, sizeof resume.by, command->by);
    asked.seen_seq = 0; /* nobody but us moves it */
    /* First what was decided, then on: else a deadline that is long past would decide. */
    return engine_command(engine, &asked, err) &&
           (goes_back(command->verb) || engine_command(engine, &resume, err));
}

static bool begin_driving(struct take_up *t, const struct environment *environment,
                          struct error *err)
{
    bool is_unattended = isatty(STDIN_FILENO) != 1, is_driven;

    return under_way_is_of_account(t->run, t->actor.account, err) &&
           drive_open(&t->drive, &t->session, environment, t->world, &t->actor, is_unattended,
                      err) &&
           under_way_take_up(t->drive.engine, t->run, &t->command, &is_driven, err);
}

/* They were asked in the process that is gone, and nothing asks them again. */
static void show_open_questions(const struct take_up *t)
{
    struct run *run = engine_snapshot(t->drive.engine);

    for (size_t i = 0; run != NULL && i < run->prompt_count; i++) {
        auto_free char *choices = json_dumps(run->prompts[i].choices, JSON_COMPACT);
        if (!cli_is_json(t->cli))
            answer_linef(TONE_WARN, "QUESTION, still open: %s %s", run->prompts[i].question,
                         choices != NULL ? choices : "");
    }
    if (run != NULL && run->prompt_count > 0)
        follow_waiting(t->cli, run);
    run_free(run);
}

static bool follow(struct take_up *t, struct run **ended, struct error *err)
{
    show_open_questions(t);
    return drive_follow(&t->drive, ended, err);
}

static bool sign_in(struct take_up *t, const struct environment *environment, struct error *err)
{
    const struct signed_in *who;

    if (goes_back(t->command.verb))
        return session_reach(&t->session, environment, &t->world, &t->actor, err);
    if (!session_sign_in(&t->session, environment, &who, err))
        return false;
    t->world = &who->world;
    t->actor = who->actor;
    return true;
}

static bool find_environment(struct take_up *t, struct by_hand *hand,
                             const struct environment **out, struct error *err)
{
    if (!session_environment(&t->session, t->run->environment, out, err) || !sign_in(t, *out, err))
        return false;
    if (!by_hand_is(t->run->plan_name))
        return true;
    if (!by_hand_of_plan(hand, tables_house(), *out, t->run->plan, err))
        return false;
    *out = &hand->environment;
    return true;
}

static int drive(struct take_up *t)
{
    const struct environment *environment;
    struct by_hand hand = {0};
    struct run *ended = NULL;
    struct error err;
    int code;

    if (find_environment(t, &hand, &environment, &err) && begin_driving(t, environment, &err) &&
        follow(t, &ended, &err))
        code = drive_end(&t->drive, ended);
    else
        code = cli_fail(t->cli, &err);
    run_free(ended);
    drive_close(&t->drive);
    by_hand_clear(&hand);
    return code;
}

/* ---- who asks what ---- */

static bool is_run_id(const char *word)
{
    return text_starts_with(word, "r-") && word[2] >= '0' && word[2] <= '9';
}

static bool is_started(const struct run_row *row) { return row->started_at_ms > 0; }

/* Runs of several environments may be open: which one is meant is not guessed. */
static bool refuse_to_guess(struct take_up *t, struct error *err)
{
    struct run_row *rows;
    size_t count, started = 0, meant = 0;
    auto_buf names;

    if (!journal_list_runs(t->journal, NULL, MOST_ROWS, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        started += rows[i].ended_at_ms == 0 && is_started(&rows[i]);
    buf_init(&names, MOST_NAMES);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].ended_at_ms != 0 || (started > 0 && !is_started(&rows[i])))
            continue;
        buf_addf(&names, "%s%s (%s)", meant++ > 0 ? ", " : "", rows[i].id, rows[i].environment);
    }
    free(rows);
    if (meant <= 1)
        return true;
    error_set(err, ERROR_USAGE, "which run? %s", names.ptr);
    return error_hint(err, "Name it: run %s RUN", engine_verb_name(t->command.verb));
}

/* Nothing is more urgent than traffic that was not seen where it should be. */
static bool find_newest(struct take_up *t, struct error *err)
{
    struct run *at_risk = NULL;

    if (!runs_find_open(t->journal, NULL, &t->run, err))
        return false;
    if (t->run != NULL && t->run->status != RUN_PENDING)
        return true;
    if (!runs_find_at_risk(t->journal, NULL, &at_risk, err))
        return false;
    if (at_risk == NULL)
        return true;
    run_free(t->run);
    t->run = at_risk;
    return true;
}

/* What is at risk has one way to go on: back. */
static bool is_to_go_back(const struct run *run)
{
    return run_is_at_risk(run) && strcmp(run->plan_name, BY_HAND_ROLLBACK) != 0;
}

static bool find_run(struct take_up *t, const char *id, enum command_verb verb, struct error *err)
{
    if (id == NULL && !refuse_to_guess(t, err))
        return false;
    bool ok = id != NULL               ? journal_read_run(t->journal, id, &t->run, err)
              : verb == COMMAND_RESUME ? find_newest(t, err)
                                       : runs_find_open(t->journal, NULL, &t->run, err);
    if (!ok)
        return false;
    if (t->run == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no run is under way");
    if (run_is_over(t->run) && !(verb == COMMAND_RESUME && is_to_go_back(t->run)))
        return error_set(err, ERROR_CONFLICT, "%s is over: %s", t->run->id,
                         run_status_name(t->run->status));
    return true;
}

/* The name that AWS gives us where we can ask; four eyes count only between such names. */
static void fill_actor(struct take_up *t)
{
    const struct environment *environment;
    const struct signed_in *who;
    struct actor local;
    struct error ignored;
    int64_t limit_ms = t->command.verb == COMMAND_APPROVE ? APPROVER_LIMIT_MS : NAME_LIMIT_MS;

    if (session_environment(&t->session, t->run->environment, &environment, &ignored) &&
        session_sign_in_within(&t->session, environment, limit_ms, &who, &ignored)) {
        (void)snprintf(t->command.by, sizeof t->command.by, "%s", who->actor.name);
        return;
    }
    session_actor(&t->session, &local);
    (void)snprintf(t->command.by, sizeof t->command.by, "%s", local.name);
}

/* [RUN] [STEP], of `answer` [RUN] PROMPT WORD. */
static bool read_arguments(struct take_up *t, enum command_verb verb, struct error *err)
{
    const char *reason = cli_value(t->cli, "reason");
    size_t at = 1;
    const char *id = cli_argument(t->cli, at) != NULL && is_run_id(cli_argument(t->cli, at))
                         ? cli_argument(t->cli, at++)
                         : NULL;
    const char *step = cli_argument(t->cli, at), *word = cli_argument(t->cli, at + 1);

    t->command.verb = verb;
    if (!find_run(t, id, verb, err))
        return false;
    if (verb == COMMAND_SKIP && (reason == NULL || reason[0] == '\0'))
        return error_set(err, ERROR_USAGE, "skip needs --reason: it stands in the report");
    if (is_to_go_back(t->run))
        t->command.verb = COMMAND_ROLLBACK;
    t->command.seen_seq = t->run->last_seq;
    (void)snprintf(t->command.reason, sizeof t->command.reason, "%s", reason != NULL ? reason : "");
    if (verb == COMMAND_ANSWER && word == NULL && step != NULL && t->run->prompt_count == 1) {
        word = step;
        step = t->run->prompts[0].id;
    }
    if (verb == COMMAND_ANSWER && (step == NULL || word == NULL)) {
        error_set(err, ERROR_USAGE, "answer what? run answer [RUN] PROMPT WORD");
        if (t->run->prompt_count > 0)
            error_hint(err, "Open: %s: %s", t->run->prompts[0].id, t->run->prompts[0].question);
        return false;
    }
    (void)snprintf(t->command.step, sizeof t->command.step, "%s", step != NULL ? step : "");
    (void)snprintf(t->command.answer, sizeof t->command.answer, "%s", word != NULL ? word : "");
    return true;
}

static int tell_posted(const struct take_up *t)
{
    const char *verb = engine_verb_name(t->command.verb);

    if (cli_is_json(t->cli))
        cli_json(t->cli, json_pack("{s:s, s:s, s:s, s:s, s:s}", "run", t->run->id, "env",
                                   t->run->environment, "verb", verb, "step", t->command.step, "by",
                                   t->command.by));
    cli_say(t->cli, "%s %s: %s%s%s is accepted; flightdeck log %s --follow shows what comes of it",
            t->run->environment, t->run->id, verb, t->command.step[0] != '\0' ? " " : "",
            t->command.step, t->run->id);
    return EXIT_DONE;
}

static int approve_pending(struct take_up *t)
{
    struct error err;
    if (!approving_pending(&t->session, t->journal, t->run, t->command.by, &err))
        return cli_fail(t->cli, &err);
    const char *hash = t->run->approvals[t->run->approval_count - 1].hash;
    if (cli_is_json(t->cli))
        cli_json(t->cli, json_pack("{s:s, s:s, s:s, s:s}", "run", t->run->id, "verb", "approve",
                                   "hash", hash, "by", t->command.by));
    cli_say(t->cli, "%s: %s approved the plan %.12s", t->run->id, t->command.by, hash);
    return EXIT_DONE;
}

bool under_way_permits(const struct run *run, enum command_verb verb, struct error *err)
{
    if (run->status == RUN_PENDING && verb != COMMAND_APPROVE) {
        error_set(err, ERROR_CONFLICT, "%s has not been started", run->id);
        return error_hint(err, "flightdeck run %s", run->environment);
    }
    if (verb != COMMAND_PAUSE)
        return true;
    error_set(err, ERROR_CONFLICT, "%s stands still already: nobody drives it", run->id);
    return error_hint(err, "Take it up with: flightdeck run resume %s", run->id);
}

/* Nobody drives it. */
static int take_over(struct take_up *t)
{
    struct error err;

    if (!under_way_permits(t->run, t->command.verb, &err))
        return cli_fail(t->cli, &err);
    return t->run->status == RUN_PENDING ? approve_pending(t) : drive(t);
}

/* It went away while it was asked: the run may have ended, or is left to us. */
static bool look_again(struct take_up *t, struct error *err)
{
    auto_free char *id = xstrdup(t->run->id);

    run_free(t->run);
    t->run = NULL;
    return find_run(t, id, t->command.verb, err);
}

static bool is_without_engine(const struct error *err)
{
    static const char *const codes[] = {"not-running", ATTACHING_OTHER_PLACE,
                                        ATTACHING_OTHER_CONFIGURATION, ATTACHING_OTHER_WIRE};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(err->code, codes[i]) == 0)
            return true;
    return false;
}

/* Who resumes a run takes it on with a sign-in of their own: an engine is told with it. *is_told
 * stays false where none can be. */
static bool tell_engine(struct take_up *t, const char *directory, bool *is_told, struct error *err)
{
    const struct command *c = &t->command;
    struct caller caller;
    struct actor local;

    if ((c->verb != COMMAND_RESUME && c->verb != COMMAND_RETRY) || !session_load(&t->session, err))
        return false;
    engine_actor_local(&local);
    caller_of(&t->session, &caller);
    const struct attaching_options options = {.state_directory = directory,
                                              .project = t->session.config->project,
                                              .user_host = local.user_host,
                                              .caller = &caller};
    json_t *request =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "verb", "command", "env",
                  t->run->environment, "run", t->run->id, "command", engine_verb_name(c->verb),
                  "step", c->step, "reason", c->reason, "seen_seq", (json_int_t)c->seen_seq);
    bool ok = attaching_tell(&options, request, err);
    caller_clear(&caller);
    *is_told = ok || !is_without_engine(err);
    return ok;
}

static bool post(struct take_up *t, const char *directory, struct error *err)
{
    bool is_told = false, ok = tell_engine(t, directory, &is_told, err);

    if (ok || is_told)
        return ok;
    return under_way_post(t->journal, directory, t->run, &t->command, err);
}

static int act(struct take_up *t, enum command_verb verb)
{
    const char *directory;
    struct error err;

    if (!session_state_directory(&t->session, &directory, &err) ||
        !session_journal(&t->session, &t->journal, &err) || !read_arguments(t, verb, &err))
        return cli_fail(t->cli, &err);
    fill_actor(t);
    if (!engine_is_driven(directory, t->run->environment))
        return take_over(t);
    if (post(t, directory, &err))
        return tell_posted(t);
    if (strcmp(err.code, UNDER_WAY_GONE) == 0 && look_again(t, &err))
        return take_over(t);
    error_wrap(&err, "%s %s: %s", t->run->environment, t->run->id, engine_verb_name(verb));
    return cli_fail(t->cli, &err);
}

int under_way_command(struct cli *cli, enum command_verb verb)
{
    struct take_up t = {.cli = cli};
    struct error err;
    int code;

    session_init(&t.session, cli);
    code = interrupt_begin(&err) ? act(&t, verb) : cli_fail(cli, &err);
    run_free(t.run);
    journal_close(t.journal);
    session_clear(&t.session);
    interrupt_end();
    return code;
}
