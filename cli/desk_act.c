/*
 * desk_act.c - the lane of what is done in a moment: ticks, preparing, the lock of an environment.
 */
#include <stdio.h>
#include <string.h>

#include "cli/checking.h"
#include "cli/desk_asked.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/ticking.h"
#include "cli/under_way.h"
#include "core/journal.h"
#include "core/locked.h"
#include "core/run.h"

#define NAME_LIMIT_MS 2000 /* wall: a tick does not wait for AWS */
#define PATIENCE_MS 2000   /* wall: for somebody else's moment */
#define PLAN_NAME "default"

/* ---- the run that gathers ---- */

/* An engine for a moment: the run is told from its first event, then what comes of it. */
static bool open_briefly(struct desk *d, const struct environment *environment,
                         const struct actor *actor, struct engine **out, struct error *err)
{
    const struct flight_wish wish = {
        .environment = environment, .actor = *actor, .patience_ms = PATIENCE_MS, .is_brief = true};
    struct journal *journal;
    struct run *pending = NULL;
    struct error ignored;

    if (!desk_flight_begin(d, &wish, out, err))
        return false;
    if (!journal_open(d->state_directory, &journal, &ignored))
        return true;
    if (runs_find_pending(journal, environment->name, &pending, &ignored) && pending != NULL)
        desk_flight_show(d, environment, journal, pending->id);
    run_free(pending);
    journal_close(journal);
    return true;
}

static bool prepare_run(struct desk *d, const struct environment *environment,
                        const struct actor *actor, const struct command *command,
                        char run_id[static 32], struct error *err)
{
    struct engine *engine;

    if (!open_briefly(d, environment, actor, &engine, err))
        return false;
    bool ok = engine_prepare(engine, PLAN_NAME, run_id, err) &&
              (command == NULL || engine_command(engine, command, err));
    desk_flight_leave(d, environment);
    return ok;
}

static void prepare(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    struct actor actor;
    char run_id[32] = "";
    struct error err;
    bool ok = desk_asked_environment(environment, &err);

    if (ok)
        desk_asked_actor(d, request, environment, NAME_LIMIT_MS, &actor);
    ok = ok && prepare_run(d, environment, &actor, NULL, run_id, &err);
    desk_asked_end(d, request, ok, desk_asked_run(run_id), &err);
}

/* ---- ticks ---- */

/* By whoever has the run: we, another process, or nobody. */
static bool record(struct desk *d, const struct checking *c, const struct actor *actor,
                   const struct command *command, char run_id[static 32], struct error *err)
{
    struct engine *engine = desk_flight_enter(d, c->environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
    bool is_here = run != NULL && !run_is_over(run), ok = false;

    if (is_here) {
        (void)snprintf(run_id, 32, "%s", run->id);
        ok = engine_command(engine, command, err);
    }
    run_free(run);
    if (engine != NULL)
        desk_flight_leave(d, c->environment);
    if (is_here)
        return ok;
    if (c->is_run_open && engine_is_driven(d->state_directory, c->environment->name)) {
        (void)snprintf(run_id, 32, "%s", c->run->id);
        if (under_way_post(c->journal, d->state_directory, c->run, command, err))
            return true;
        if (strcmp(err->code, UNDER_WAY_GONE) != 0)
            return false;
    }
    return prepare_run(d, c->environment, actor, command, run_id, err);
}

static bool mark(struct desk *d, struct checking *c, enum command_verb verb, const json_t *request,
                 char run_id[static 32], struct error *err)
{
    const struct checklist_item *item;
    struct command command;
    struct actor actor;

    desk_asked_actor(d, request, c->environment, NAME_LIMIT_MS, &actor);
    return checklist_find(c->checklist, desk_asked_text(request, "item"), &item, err) &&
           ticking_command(item, verb, desk_asked_text(request, "reason"), actor.name, &command,
                           err) &&
           record(d, c, &actor, &command, run_id, err);
}

static void tick_item(struct lane *lane, const struct environment *environment,
                      const json_t *request)
{
    struct desk *d = lane->desk;
    enum command_verb verb = COMMAND_TICK;
    struct checking checking;
    char run_id[32] = "";
    struct error err;

    (void)engine_verb_parse(desk_asked_text(request, "verb"), &verb);
    bool is_open = desk_asked_environment(environment, &err) &&
                   checking_open(&checking, d->options.session, environment, NULL, &err);
    bool ok = is_open && mark(d, &checking, verb, request, run_id, &err);
    if (is_open)
        checking_close(&checking);
    desk_asked_end(d, request, ok, desk_asked_run(run_id), &err);
    if (ok)
        desk_refresh(d, environment->name, "check");
}

/* ---- the lock of an environment ---- */

static void change_lock(struct lane *lane, const struct environment *environment,
                        const json_t *request)
{
    struct desk *d = lane->desk;
    const char *reason = desk_asked_text(request, "reason");
    bool is_lock = strcmp(desk_asked_text(request, "verb"), "lock") == 0;
    struct environment_lock before = {.is_locked = false};
    struct journal *journal = NULL;
    struct actor actor;
    struct error err;

    bool ok = desk_asked_environment(environment, &err) &&
              (reason[0] != '\0' ||
               error_set(&err, ERROR_USAGE, "say why: whoever finds it %s wants to know",
                         is_lock ? "locked" : "open")) &&
              journal_open(d->state_directory, &journal, &err);
    if (ok)
        desk_asked_actor(d, request, environment, NAME_LIMIT_MS, &actor);
    ok = ok && locked_read(journal, environment->name, &before, &err) &&
         ((!is_lock && !before.is_locked) ||
          locked_write(journal, environment->name, is_lock, actor.name, reason, &err));
    journal_close(journal);
    desk_asked_end(d, request, ok, NULL, &err);
    if (!ok)
        return;
    desk_say(d, environment->name, is_lock ? "warn" : "plain", "%s by %s: %s",
             is_lock ? "locked" : "open again", actor.name, reason);
    desk_refresh(d, environment->name, "status");
}

static const struct desk_verb verbs[] = {
    {"tick", tick_item},
    {"untick", tick_item},
    {"waive", tick_item},
    {"prepare", prepare},
    {"lock", change_lock},
    {"unlock", change_lock},
    {0},
};

const struct lane_kind lane_act = {.name = "act", .verbs = verbs};
