/*
 * desk_command.c - the lane of words to a run: driven here, by another process, or taken up for it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/approving.h"
#include "cli/desk_asked.h"
#include "cli/desk_back.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/desk_renewal.h"
#include "cli/desk_start.h"
#include "cli/plans.h"
#include "cli/session.h"
#include "cli/under_way.h"
#include "core/journal.h"
#include "core/run.h"
#include "core/text.h"

#define NAME_LIMIT_MS 1500      /* wall: what is asked of a run does not wait for AWS to name us */
#define APPROVER_LIMIT_MS 10000 /* wall: an approval without a name would not count */

struct telling {
    struct desk *desk;
    const struct environment *environment;
    const json_t *request;
    struct actor actor;
    struct command command;
    struct journal *journal;
    struct run *run;
};

static bool read_command(struct telling *t, struct error *err)
{
    struct command *c = &t->command;
    const char *verb = desk_asked_text(t->request, "command");

    if (!engine_verb_parse(verb, &c->verb))
        return error_set(err, ERROR_USAGE, "a run does not know \"%.40s\"", verb);
    text_copy(c->step, sizeof c->step, desk_asked_text(t->request, "step"));
    text_copy(c->answer, sizeof c->answer, desk_asked_text(t->request, "answer"));
    text_copy(c->reason, sizeof c->reason, desk_asked_text(t->request, "reason"));
    c->seen_seq = json_integer_value(json_object_get(t->request, "seen_seq"));
    desk_asked_actor(t->desk, t->request, t->environment,
                     c->verb == COMMAND_APPROVE ? APPROVER_LIMIT_MS : NAME_LIMIT_MS, &t->actor);
    /* The engine's process says who stopped it. */
    const char *by = desk_asked_given(t->request, "by");
    text_copy(c->by, sizeof c->by, by != NULL ? by : t->actor.name);
    return true;
}

static bool is_meant(const struct telling *t, const struct run *run)
{
    const char *id = desk_asked_text(t->request, "run");

    return id[0] == '\0' || strcmp(run->id, id) == 0;
}

/* Approved is what was on the screen: "answer" is its hash. */
static bool is_as_read(const struct telling *t, const char *hash, struct error *err)
{
    const char *read = desk_asked_text(t->request, "answer");

    if (t->command.verb != COMMAND_APPROVE || read[0] == '\0' || strcmp(read, hash) == 0)
        return true;
    error_set(err, ERROR_CONFLICT, "the plan is %.12s now, not %.12s: read it first", hash, read);
    return error_code(err, "stale");
}

/* Whether the word can be taken at all: else nothing is done for it. */
static bool is_taken_on(const struct telling *t, const struct run *run)
{
    if (t->command.verb == COMMAND_RESUME)
        return run->status == RUN_PAUSED || run->status == RUN_INTERRUPTED;
    if (t->command.verb != COMMAND_RETRY || run_is_going_back(run))
        return false;
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return true;
    return false;
}

/* Who resumes or tries again does it with a sign-in of their own; a refused word changes nothing.
 */
static bool tell_as_asker(const struct telling *t, struct engine *engine, const struct run *run,
                          struct error *err)
{
    struct session *session = desk_session(t->desk, t->request);
    struct flight_hands *former = NULL;

    if (t->command.verb == COMMAND_ABORT || t->command.verb == COMMAND_ROLLBACK)
        desk_back_ask_as(t->desk, t->environment, session, engine);
    if (is_taken_on(t, run) &&
        !desk_renewal_take_on(t->desk, t->environment, session, &former, err))
        return false;
    bool ok = engine_command(engine, &t->command, err);
    desk_renewal_settle(t->desk, t->environment, session, former, ok);
    return ok;
}

/* False: it is not driven here. */
static bool tell_here(struct telling *t, bool *ok, struct error *err)
{
    struct engine *engine = desk_flight_enter(t->desk, t->environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
    bool is_here = run != NULL && is_meant(t, run);

    if (is_here)
        *ok = is_as_read(t, run->hash, err) && tell_as_asker(t, engine, run, err);
    if (engine != NULL)
        desk_flight_leave(t->desk, t->environment);
    if (is_here)
        t->run = run;
    else
        run_free(run);
    return is_here;
}

static bool find_run(struct telling *t, struct error *err)
{
    const char *id = desk_asked_text(t->request, "run");

    if (!journal_open(t->desk->state_directory, &t->journal, err) ||
        !journal_read_run(t->journal, id, &t->run, err))
        return false;
    if (!run_is_over(t->run))
        return true;
    error_set(err, ERROR_CONFLICT, "%s is over: %s", id, run_status_name(t->run->status));
    return run_is_at_risk(t->run) ? error_hint(err, "It can still be taken back: `!`.") : false;
}

static bool approve_pending(struct telling *t, struct error *err)
{
    json_t *plan = NULL;
    bool ok = plans_make(desk_session(t->desk, t->request), t->environment, &plan, err) &&
              is_as_read(t, desk_asked_text(plan, "hash"), err) &&
              approving_record(t->journal, t->run, plan, t->command.by, err);

    json_decref(plan);
    return ok;
}

/* Nobody drives it. */
static bool take_over(struct telling *t, struct error *err)
{
    struct session *session = desk_session(t->desk, t->request);
    const struct world *world;

    if (!under_way_permits(t->run, t->command.verb, err))
        return false;
    if (t->run->status == RUN_PENDING)
        return approve_pending(t, err);
    return session_reach(session, t->environment, &world, &t->actor, err) &&
           desk_start_take_up(t->desk, t->environment, t->journal, t->run, &t->command, session,
                              t->request, &t->actor, err);
}

static bool tell_elsewhere(struct telling *t, struct error *err)
{
    const char *directory = t->desk->state_directory;

    if (!find_run(t, err) || (t->run->status != RUN_PENDING && !is_as_read(t, t->run->hash, err)))
        return false;
    if (engine_is_driven(directory, t->environment->name)) {
        if (under_way_post(t->journal, directory, t->run, &t->command, err))
            return true;
        if (strcmp(err->code, UNDER_WAY_GONE) != 0)
            return false;
    }
    return take_over(t, err);
}

static void command(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct telling t = {.desk = lane->desk, .environment = environment, .request = request};
    struct error err;
    bool ok = desk_asked_environment(environment, &err) && read_command(&t, &err);

    if (ok && !tell_here(&t, &ok, &err))
        ok = tell_elsewhere(&t, &err);
    desk_asked_end(lane->desk, request, ok, desk_asked_run(t.run != NULL ? t.run->id : ""), &err);
    run_free(t.run);
    journal_close(t.journal);
}

static const struct desk_verb verbs[] = {{"command", command}, {0}};

const struct lane_kind lane_command = {.name = "command", .verbs = verbs};
