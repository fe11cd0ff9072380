/*
 * desk_start.c - the lane that begins: a release of exactly the plan that was looked at, or a run
 * that nobody drives any more.
 */
#include "cli/desk_start.h"

#include <stdio.h>
#include <string.h>

#include "cli/desk_asked.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/desk_renewal.h"
#include "cli/findings.h"
#include "cli/gone_back.h"
#include "cli/overriding.h"
#include "cli/plans.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/trusting.h"
#include "cli/under_way.h"
#include "cli/undriven.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/sign_in.h"
#include "core/text.h"

#define PATIENCE_MS 2000 /* wall: for somebody's tick */

struct starting {
    struct desk *desk;
    const struct environment *environment;
    const json_t *request;
    struct session *session; /* of whoever asks */
    const struct signed_in *who;
    struct journal *journal;
    json_t *plan;
    char run_id[32];
};

/* ---- what can be refused before the lock is taken ---- */

static bool require_trust(struct starting *s, struct error *err)
{
    bool is_given = false;

    if (!trusting_is_given(s->desk->options.session, &is_given, err) || is_given)
        return is_given;
    error_set(err, ERROR_USAGE, "the commands of %s are not trusted yet", s->desk->config->path);
    error_code(err, "trust");
    return error_hint(err, "Read them, then trust them: `:trust`.");
}

static bool is_allowed_now(struct starting *s, struct error *err)
{
    if (overriding_allows(desk_asked_given(s->request, "override"), s->environment, err))
        return true;
    error_code(err, "window");
    return error_hint(err, "Nothing was changed. If it cannot wait, start it with a reason.");
}

/* Started is what was on the screen. */
static bool is_as_read(const struct starting *s, struct error *err)
{
    return plans_is(s->plan, desk_asked_text(s->request, "hash"), err) || error_code(err, "stale");
}

static bool get_ready(struct starting *s, struct error *err)
{
    struct desk *d = s->desk;

    if (desk_flight_is_flying(d, s->environment))
        return desk_flight_refuse(s->environment, err);
    return require_trust(s, err) && journal_open(d->state_directory, &s->journal, err) &&
           runs_require_unlocked(s->journal, s->environment->name, err) && is_allowed_now(s, err) &&
           session_sign_in(s->session, s->environment, &s->who, err) &&
           plans_make(s->session, s->environment, &s->plan, err) && is_as_read(s, err);
}

/* ---- the preflight ---- */

static void say_finding(struct desk *d, const struct environment *environment,
                        const json_t *finding)
{
    static const struct {
        const char *state, *mood;
    } moods[] = {{"pass", "faint"}, {"fail", "bad"}, {"unknown", "warn"}, {"note", "plain"}};
    const char *state = desk_asked_text(finding, "state");

    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++)
        if (strcmp(moods[i].state, state) == 0)
            desk_say(d, environment->name, moods[i].mood, "%s: %s",
                     desk_asked_text(finding, "step"), desk_asked_text(finding, "text"));
}

bool desk_start_preflight(struct desk *d, const struct environment *environment,
                          struct engine *engine, struct error *err)
{
    json_t *findings = NULL, *finding;
    bool is_passed = false;
    size_t i;

    if (!engine_preflight(engine, &findings, &is_passed, err))
        return false;
    json_array_foreach(findings, i, finding) say_finding(d, environment, finding);
    bool ok = findings_permit(findings, is_passed, err);
    json_decref(findings);
    if (ok && cancel_is_set(d->cancel))
        return error_set(err, ERROR_CANCELLED, "stopped before anything was begun");
    return ok;
}

/* ---- start ---- */

/* The ticks that were gathered before belong to this release. */
static bool begin(struct starting *s, struct engine *engine, struct error *err)
{
    struct run *pending = NULL;

    if (!desk_start_preflight(s->desk, s->environment, engine, err) ||
        !runs_require_unlocked(s->journal, s->environment->name, err) || !is_allowed_now(s, err) ||
        !runs_find_pending(s->journal, s->environment->name, &pending, err))
        return false;
    if (pending != NULL)
        desk_flight_show(s->desk, s->environment, s->journal, pending->id);
    bool ok = engine_start(engine, pending != NULL ? pending->id : NULL, s->plan, err);
    run_free(pending);
    return ok;
}

static void keep_id(struct engine *engine, char run_id[static 32])
{
    struct run *run = engine_snapshot(engine);

    if (run != NULL)
        (void)snprintf(run_id, 32, "%s", run->id);
    run_free(run);
}

static bool take_off(struct starting *s, struct error *err)
{
    struct sign_in *sign_in = desk_sign_in(s->desk, s->request);
    const struct flight_wish wish = {.environment = s->environment,
                                     .session = s->session,
                                     .sign_in = sign_in,
                                     .is_named = true,
                                     .actor = s->who->actor,
                                     .patience_ms = PATIENCE_MS};
    struct engine *engine;

    overriding_write(desk_asked_given(s->request, "override"), s->environment, s->plan,
                     s->who->actor.name);
    bool is_open = desk_flight_begin(s->desk, &wish, &engine, err);
    sign_in_unref(sign_in);
    if (!is_open)
        return false;
    bool ok = begin(s, engine, err);
    if (ok)
        keep_id(engine, s->run_id);
    desk_flight_leave(s->desk, s->environment);
    return ok;
}

static void start(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct starting s = {.desk = lane->desk,
                         .environment = environment,
                         .request = request,
                         .session = desk_session(lane->desk, request)};
    struct error err;

    bool ok =
        desk_asked_environment(environment, &err) && get_ready(&s, &err) && take_off(&s, &err);
    desk_asked_end(lane->desk, request, ok, desk_asked_run(s.run_id), &err);
    json_decref(s.plan);
    journal_close(s.journal);
}

/* ---- resume ---- */

static bool find_run(struct starting *s, struct run **out, struct error *err)
{
    const char *id = desk_asked_given(s->request, "run");

    if (!(id != NULL ? journal_read_run(s->journal, id, out, err)
                     : runs_find_open(s->journal, s->environment->name, out, err)))
        return false;
    if (*out == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no run of %s is under way", s->environment->name);
    if (run_is_over(*out)) {
        error_set(err, ERROR_CONFLICT, "%s is over: %s", (*out)->id,
                  run_status_name((*out)->status));
        return run_is_at_risk(*out) ? error_hint(err, "It can still be taken back: `!`.") : false;
    }
    return under_way_permits(*out, COMMAND_RESUME, err);
}

/* A way back does not depend on who asks for it. */
static bool goes_forward(const struct command *command)
{
    return command != NULL && command->verb != COMMAND_ROLLBACK && command->verb != COMMAND_ABORT;
}

bool desk_start_take_up(struct desk *d, const struct environment *environment,
                        struct journal *journal, const struct run *run,
                        const struct command *command, struct session *session,
                        const json_t *request, const struct actor *actor, struct error *err)
{
    struct by_hand hand = {0};
    bool is_by_hand = by_hand_is(run->plan_name), is_driven = false;
    struct sign_in *sign_in = request != NULL ? desk_sign_in(d, request) : NULL;
    const struct flight_wish wish = {.environment = environment,
                                     .hand = is_by_hand ? &hand : NULL,
                                     .session = session,
                                     .sign_in = sign_in,
                                     .is_named = goes_forward(command),
                                     .account = run_account(run),
                                     .actor = *actor,
                                     .patience_ms = PATIENCE_MS};
    struct engine *engine;

    bool ok =
        under_way_is_of_account(run, actor->account, err) &&
        (!is_by_hand || by_hand_of_plan(&hand, tables_house(), environment, run->plan, err)) &&
        desk_flight_begin(d, &wish, &engine, err);
    by_hand_clear(&hand);
    sign_in_unref(sign_in);
    if (!ok)
        return false;
    desk_flight_show(d, environment, journal, run->id);
    ok = under_way_take_up(engine, run, command, &is_driven, err);
    if (is_driven)
        desk_flight_leave(d, environment);
    else
        desk_flight_give_up(d, environment);
    return ok;
}

/* One that was adopted here only waits for the word. False: there is none. */
static bool resume_here(struct lane *lane, const struct environment *environment,
                        const json_t *request)
{
    struct engine *engine = desk_flight_enter(lane->desk, environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
    struct command command = {.verb = COMMAND_RESUME};
    struct actor actor;
    struct error err;
    bool is = run != NULL && run->status == RUN_INTERRUPTED;

    if (is) {
        struct session *session = desk_session(lane->desk, request);
        session_known_actor(session, environment, &actor);
        text_copy(command.by, sizeof command.by, actor.name);
        struct flight_hands *former = NULL;
        bool is_on = desk_renewal_take_on(lane->desk, environment, session, &former, &err);
        bool ok = is_on && engine_command(engine, &command, &err);
        desk_renewal_settle(lane->desk, environment, session, former, ok);
        desk_asked_end(lane->desk, request, ok, desk_asked_run(run->id), &err);
    }
    run_free(run);
    if (engine != NULL)
        desk_flight_leave(lane->desk, environment);
    return is;
}

static void resume(struct lane *lane, const struct environment *environment, const json_t *request)
{
    if (environment != NULL && resume_here(lane, environment, request))
        return;
    struct desk *d = lane->desk;
    struct starting s = {.desk = d,
                         .environment = environment,
                         .request = request,
                         .session = desk_session(d, request)};
    struct command command = {.verb = COMMAND_RESUME};
    struct run *run = NULL;
    struct error err;

    bool ok = desk_asked_environment(environment, &err) &&
              journal_open(d->state_directory, &s.journal, &err) && find_run(&s, &run, &err) &&
              session_sign_in(s.session, environment, &s.who, &err);
    if (ok) {
        text_copy(command.by, sizeof command.by, s.who->actor.name);
        ok = desk_start_take_up(d, environment, s.journal, run, &command, s.session, request,
                                &s.who->actor, &err);
    }
    desk_asked_end(d, request, ok, desk_asked_run(run != NULL ? run->id : ""), &err);
    run_free(run);
    journal_close(s.journal);
}

/* ---- adopt ---- */

static void say_adopted(struct desk *d, const struct environment *environment,
                        const struct run *run, bool ok, const struct error *err)
{
    auto_free char *whose = run_is_handed_over(run)
                                ? xasprintf("handed over by %s", run->handed_over_by)
                                : xstrdup("driven by a process that is gone");

    if (ok)
        desk_say(d, environment->name, "warn",
                 "%s was %s: it is judged on, and goes forward when somebody says so", run->id,
                 whose);
    else
        desk_say(d, environment->name, "bad", "%s could not be taken up: %s", run->id,
                 err->message);
}

/* A way back does not depend on who asks; keys that AWS does not take are no use to it, but where
 * `rollback.as` has others. */
static bool may_adopt(const struct starting *s, const struct run *run, struct actor *actor,
                      struct error *err)
{
    bool has_narrow = s->desk->config->rollback_profile[0] != '\0';
    bool is_back = run_is_going_back(run) || (gone_back_is_forward(run) && run_wrote(run));
    const struct signed_in *who;
    const struct world *world;

    if (session_sign_in(s->session, s->environment, &who, err)) {
        *actor = who->actor;
        return true;
    }
    bool may_go_on = is_back && (err->kind != ERROR_DENIED || has_narrow);
    return may_go_on && strcmp(err->code, "account") != 0 &&
           session_reach(s->session, s->environment, &world, actor, err);
}

/* The safe half of a run whose process went away. Nobody asked: nothing is answered. */
static void adopt(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    struct starting s = {.desk = d,
                         .environment = environment,
                         .request = request,
                         .session = desk_session(d, request)};
    struct run *run = NULL;
    struct actor actor;
    struct error err;

    if (!journal_open(d->state_directory, &s.journal, &err) ||
        !runs_find_open(s.journal, environment->name, &run, &err) || run == NULL ||
        !undriven_is(d->state_directory, run)) {
        run_free(run);
        journal_close(s.journal);
        return;
    }
    bool ok =
        may_adopt(&s, run, &actor, &err) &&
        desk_start_take_up(d, environment, s.journal, run, NULL, s.session, NULL, &actor, &err);
    say_adopted(d, environment, run, ok, &err);
    run_free(run);
    journal_close(s.journal);
}

static const struct desk_verb verbs[] = {
    {"start", start}, {"resume", resume}, {DESK_ADOPT, adopt}, {0}};

const struct lane_kind lane_start = {.name = "start", .verbs = verbs};
