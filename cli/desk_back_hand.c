/*
 * desk_back_hand.c - going back with no run to take back: by a run of one step, and where it cannot
 * be recorded with AWS alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "cli/desk_asked.h"
#include "cli/desk_back_parts.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/under_way.h"
#include "cli/way_back.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/text.h"

#define PATIENCE_MS 10000 /* wall: a preflight or a tick of somebody else is soon done */
#define LOOK_EVERY_MS 50
#define FIRST_PAUSE_MS 500 /* doubled each time */
#define LONGEST_PAUSE_MS 10000

/* ---- by a run of one step ---- */

/* A run of another process that waits at a gate holds the lock, and wrote nothing. */
static void stop_elsewhere(struct going *g)
{
    struct run *run = NULL;
    struct error ignored;

    if (!engine_is_driven(g->desk->state_directory, g->environment->name) ||
        !runs_find_open(g->journal, g->environment->name, &run, &ignored))
        return;
    if (run != NULL && run->status != RUN_PENDING) {
        struct command abort = desk_back_command(g);
        abort.verb = COMMAND_ABORT;
        desk_say(g->desk, g->environment->name, "warn", "%s, which wrote nothing, is stopped first",
                 run->id);
        FD_IGNORE(under_way_post(g->journal, g->desk->state_directory, run, &abort, &ignored));
    }
    run_free(run);
}

static bool is_as_shown(const struct put_back *p, const char *shown, struct error *err)
{
    return shown[0] == '\0' || strcmp(shown, p->before.revision_id) == 0 ||
           alias_refuse_foreign(p->function, p->alias, &p->before, err);
}

/* What was previewed is done; a version that somebody typed must be there. */
static bool settle_target(struct going *g, const struct run *latest, struct error *err)
{
    struct put_back *p = &g->alias;
    auto_free char *asked = xstrdup(p->target);
    const char *shown = desk_asked_text(g->request, "shown");

    if (desk_back_take_kept(g, asked, shown))
        return true;
    if (latest != NULL && shown[0] == '\0' && asked[0] != '\0' &&
        strcmp(asked, latest->old_version) == 0) {
        (void)snprintf(p->why, sizeof p->why, "%s replaced it", latest->id);
        return true;
    }
    if (!put_back_read(p, g->world->aws, err) || !is_as_shown(p, shown, err))
        return false;
    return (asked[0] == '\0' && way_back_ask_latest(latest, p)) ||
           put_back_choose(p, g->world->aws, asked[0] != '\0' ? asked : NULL, err);
}

static void tell_lock(struct going *g, bool is_by_run)
{
    const char *name = g->environment->name;
    struct error err;

    bool is_open = g->journal != NULL || journal_open(g->desk->state_directory, &g->journal, &err);
    bool is_locked = is_open && (is_by_run ? way_back_has_locked(g->journal, name, &err)
                                           : way_back_lock_bare(g->journal, name, &g->alias,
                                                                g->actor.name, &err));
    if (is_locked)
        desk_say(g->desk, name, "warn",
                 "locked now: nothing is released here before somebody unlocks it");
    else
        desk_say(g->desk, name, "bad", "it could not be locked: %s", err.message);
}

/* Answered before its last events are written; then whoever releases next is to know. */
static bool await_by_hand(struct going *g, struct engine *engine, struct error *err)
{
    bool ok = desk_back_await(g, engine, err);

    while (!engine_wait(engine, LOOK_EVERY_MS) && !cancel_is_set(g->desk->cancel))
        continue;
    struct run *run = engine_snapshot(engine);
    if (run != NULL && run->status == RUN_SUCCEEDED)
        tell_lock(g, true);
    run_free(run);
    return ok;
}

static bool run_by_hand(struct going *g, struct error *err)
{
    struct by_hand hand = {.step = {0}};
    json_t *plan = NULL;
    struct engine *engine;

    if (!way_back_plan(g->desk->config, g->environment, g->api, &g->alias, &hand, &plan, err))
        return false;
    stop_elsewhere(g);
    const struct flight_wish wish = {.environment = g->environment,
                                     .hand = &hand,
                                     .session = g->session,
                                     .sign_in = g->sign_in,
                                     .actor = g->actor,
                                     .journal = &g->journal,
                                     .patience_ms = PATIENCE_MS};
    bool is_open = desk_flight_begin(g->desk, &wish, &engine, err);
    by_hand_clear(&hand);
    bool is_begun = is_open && engine_start(engine, NULL, plan, err);
    json_decref(plan);
    g->is_unrecordable = !is_begun;
    bool ok = is_begun && await_by_hand(g, engine, err);
    if (is_open)
        desk_flight_leave(g->desk, g->environment);
    return ok;
}

bool desk_back_to_version(struct going *g, const struct run *latest, struct error *err)
{
    if (!desk_back_reach(g, err) || !settle_target(g, latest, err))
        return false;
    if (g->is_fresh && !put_back_is_needed(&g->alias)) { /* said only of what is read now */
        g->is_fresh = false;
        if (!put_back_read(&g->alias, g->world->aws, err) ||
            !is_as_shown(&g->alias, desk_asked_text(g->request, "shown"), err))
            return false;
    }
    if (g->alias.before.version[0] != '\0' && !put_back_is_needed(&g->alias) &&
        !way_back_was_left(latest)) {
        auto_free char *text =
            xasprintf("nothing to roll back: v%s serves all traffic already", g->alias.target);
        desk_back_answer(g, NULL, text);
        return true;
    }
    return run_by_hand(g, err);
}

/* ---- without the journal ---- */

static bool may_come_right(const struct error *err)
{
    return err->kind == ERROR_TRANSIENT || err->kind == ERROR_UNKNOWN;
}

static bool put_back_with(struct going *g, struct aws *aws, const char *target,
                          struct lambda_alias *after, struct error *err)
{
    int64_t pause_ms = FIRST_PAUSE_MS;

    while (!put_back_prepare(&g->alias, aws, target, g->actor.user_host, err) ||
           !is_as_shown(&g->alias, desk_asked_text(g->request, "shown"), err) ||
           !put_back_carry_out(&g->alias, aws, after, err)) {
        if (!may_come_right(err) || !cancel_sleep_ms(g->desk->cancel, pause_ms))
            return false;
        pause_ms = 2 * pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : LONGEST_PAUSE_MS;
    }
    return true;
}

bool desk_back_bare(struct going *g, struct error *err)
{
    auto_free char *target = g->alias.target[0] != '\0' ? xstrdup(g->alias.target) : NULL;
    struct lambda_alias after;

    desk_say(g->desk, g->environment->name, "bad",
             "%s. Going on without it: what is done now is not in the journal", err->message);
    if (!desk_back_reach(g, err))
        return false;
    bool ok = put_back_with(g, g->world->aws, target, &after, err);
    if (!ok && err->kind == ERROR_DENIED && aws_has_keys(g->world->rollback_aws))
        ok = put_back_with(g, g->world->rollback_aws, target, &after, err);
    if (!ok)
        return false;
    auto_free char *text = xasprintf("v%s serves all traffic; not in the journal", after.version);
    desk_back_answer(g, NULL, text);
    tell_lock(g, false);
    return true;
}
