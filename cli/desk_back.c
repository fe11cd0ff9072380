/*
 * desk_back.c - the lane of going back: nothing else is ever done on it, and each environment has a
 * thread of its own while it goes back, so that no other one waits.
 *
 * A run that is driven here is told; one of another process is told through the journal; one that
 * nobody drives is taken up; without a run one of a single step is begun; and where the journal
 * fails AWS alone is enough. Answered as soon as the traffic was read back.
 */
#include "cli/desk_back.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "cli/desk_asked.h"
#include "cli/desk_back_parts.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/desk_start.h"
#include "cli/gone_back.h"
#include "cli/interrupt.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/under_way.h"
#include "cli/way_back.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/sign_in.h"
#include "core/text.h"

#define PATIENCE_MS 10000 /* wall: a preflight or a tick of somebody else is soon done */
#define LOOK_EVERY_MS 50

/* What was previewed; under the lock of the lane's state. */
struct kept {
    struct put_back p;
    bool is_there;
};

struct back {
    struct going *goings; /* one per environment */
    struct kept *kept;
    pthread_mutex_t lock;
};

/* ---- what was previewed ---- */

extern const struct lane_kind lane_back;

static struct back *state_of(struct desk *d)
{
    for (size_t i = 0; i < d->lane_count; i++)
        if (d->lanes[i].kind == &lane_back)
            return d->lanes[i].state;
    return NULL;
}

void desk_back_keep(struct desk *d, const struct environment *environment, const struct put_back *p)
{
    struct back *back = state_of(d);

    if (back == NULL)
        return;
    (void)pthread_mutex_lock(&back->lock);
    back->kept[environment - d->config->environments] = (struct kept){*p, true};
    (void)pthread_mutex_unlock(&back->lock);
}

/* Once: what is done next is another preview's. shown: the revision that the asker saw. */
bool desk_back_take_kept(struct going *g, const char *target, const char *shown)
{
    const struct put_back *own = &g->alias;
    struct back *back = state_of(g->desk);

    if (back == NULL)
        return false;
    (void)pthread_mutex_lock(&back->lock);
    struct kept *kept = &back->kept[g->environment - g->desk->config->environments];
    g->is_fresh = kept->is_there && strcmp(kept->p.target, target) == 0 &&
                  strcmp(kept->p.before.revision_id, shown) == 0 &&
                  strcmp(kept->p.function, own->function) == 0 &&
                  strcmp(kept->p.alias, own->alias) == 0;
    if (g->is_fresh)
        g->alias = kept->p;
    kept->is_there = false;
    (void)pthread_mutex_unlock(&back->lock);
    return g->is_fresh;
}

/* ---- answering ---- */

void desk_back_answer(struct going *g, const char *run_id, const char *text)
{
    char took[CLOCK_STAMP_SIZE];
    int64_t took_ms = clock_boot_ms() - g->began_boot_ms;
    auto_free char *whole =
        xasprintf("%s; read back after %s", text, clock_elapsed_text(took_ms * 1000, took));

    g->is_answered = true;
    desk_answer(g->desk, g->request, json_pack("{s:s?, s:s}", "run", run_id, "text", whole));
    desk_say(g->desk, g->environment->name, "good", "%s", whole);
}

static bool fail_with_run(const struct run *run, struct error *err)
{
    auto_free char *outcome = report_outcome(run);

    error_set(err, ERROR_UNKNOWN, "%s: %s", run->id, outcome);
    error_code(err, "rollback-failed");
    return error_hint(err, "Look at the alias, then `!` again; or, with AWS alone: flightdeck "
                           "rollback --lambda FUNCTION:ALIAS.");
}

bool desk_back_reach(struct going *g, struct error *err)
{
    return g->world != NULL || session_reach(g->session, g->environment, &g->world, &g->actor, err);
}

/* What was read back before this was asked may have been changed since: it is read again. */
static bool is_still_back(struct going *g, const struct run *run, struct error *err)
{
    const json_t *before = way_back_before(run);

    if (!g->was_back || before == NULL || !run_moved_traffic(run))
        return true;
    if (!desk_back_reach(g, err) || !put_back_read(&g->alias, g->world->aws, err))
        return false;
    struct alias_layout found = gone_back_is_forward(run) ? alias_layout_whole(run->new_version, "")
                                                          : alias_before_layout(before);
    return alias_serves(&g->alias.before, &found) ||
           alias_refuse_foreign(g->alias.function, g->alias.alias, &g->alias.before, err);
}

static bool answer_with_run(struct going *g, const struct run *run, struct error *err)
{
    if (!gone_back_is_well(run))
        return fail_with_run(run, err);
    if (!is_still_back(g, run, err))
        return false;
    auto_free char *served = way_back_serves_text(run);
    auto_free char *text = run_moved_traffic(run)
                               ? xstrdup(served)
                               : xasprintf("%s is taken back; no traffic was moved", run->id);
    desk_back_answer(g, run->id, text);
    return true;
}

/* ---- until the traffic is back ---- */

/* What was done before this was asked may be done again, over what was changed since: that has to
 * have begun. */
static bool has_come_back(const struct going *g, const struct run *run)
{
    const char *over = desk_asked_text(g->request, "over");

    if (!g->was_back)
        return gone_back_is_there(run);
    return (over[0] == '\0' || strcmp(run->over, over) == 0) && gone_back_is_settled(run);
}

static bool refuse_closing(struct error *err)
{
    return error_set(err, ERROR_CANCELLED, "flightdeck is closing; look at the alias");
}

/* Holds the engine. */
bool desk_back_await(struct going *g, struct engine *engine, struct error *err)
{
    int64_t seen = -1;

    for (;;) {
        (void)desk_flight_await(g->desk, g->environment, &seen, PATIENCE_MS);
        struct run *run = engine_snapshot(engine);
        bool is_at_end = run != NULL && (has_come_back(g, run) || run_is_over(run));
        bool ok = is_at_end && answer_with_run(g, run, err);
        if (!is_at_end && run != NULL && engine_wait(engine, 0)) {
            run_free(run);
            run = engine_snapshot(engine); /* as it is at its end */
            is_at_end = true;
            ok = has_come_back(g, run) || run_is_over(run) ? answer_with_run(g, run, err)
                                                           : fail_with_run(run, err);
        }
        run_free(run);
        if (is_at_end)
            return ok;
        if (cancel_is_set(g->desk->cancel))
            return refuse_closing(err);
    }
}

/* ---- a run that is under way ---- */

static bool permits(const struct going *g, const struct run *run, struct error *err)
{
    return way_back_permits(run, g->alias.target[0] != '\0' ? g->alias.target : NULL, err);
}

struct command desk_back_command(struct going *g)
{
    return way_back_command(g->actor.name, desk_asked_given(g->request, "reason"),
                            desk_asked_text(g->request, "over"));
}

enum here {
    HERE_NONE, /* no run of ours stands in the way any more */
    HERE_DONE,
    HERE_FAILED
};

void desk_back_ask_as(struct desk *d, const struct environment *environment,
                      struct session *session, struct engine *engine)
{
    const struct world *world;
    struct flight_actor owner;
    struct actor actor;
    struct error ignored;
    struct aws *keys = desk_flight_keys(d, environment, &owner);
    bool is_other = keys != NULL && session_connect(session, environment, &world, &ignored) &&
                    !aws_has_same_keys(world->aws, keys);

    session_known_actor(session, environment, &actor);
    engine_ask_as(engine, is_other ? world->aws : NULL, actor.name, actor.account);
    desk_flight_renew_narrow(d, environment);
    aws_close(keys);
}

/* A rollback that is at work here is waited for, and one that stood still goes on: taken back it
 * would bring the bad version. */
static enum here await_rollback(struct going *g, struct engine *engine, const struct run *run,
                                struct error *err)
{
    struct command command = desk_back_command(g);

    command.verb = COMMAND_RESUME;
    if (g->alias.target[0] != '\0' && !gone_back_goes_to(run, g->alias.target)) {
        error_set(err, ERROR_CONFLICT, "%s is under way, and goes back to another version than v%s",
                  run->id, g->alias.target);
        error_hint(err, "Without a version `!` brings it to its end; then name v%s.",
                   g->alias.target);
        return HERE_FAILED;
    }
    desk_back_ask_as(g->desk, g->environment, g->session, engine);
    if (run->status == RUN_INTERRUPTED && !engine_command(engine, &command, err))
        return HERE_FAILED;
    return desk_back_await(g, engine, err) ? HERE_DONE : HERE_FAILED;
}

static enum here roll_back_here(struct going *g, struct engine *engine, const struct run *run,
                                struct error *err)
{
    struct command command = desk_back_command(g);

    if (gone_back_is_forward(run))
        return await_rollback(g, engine, run, err);

    if (!permits(g, run, err))
        return HERE_FAILED;
    desk_back_ask_as(g->desk, g->environment, g->session, engine);
    if (!engine_command(engine, &command, err)) {
        engine_ask_as(engine, NULL, "", "");
        struct run *now = engine_snapshot(engine);
        bool is_late = now != NULL && gone_back_has_shipped(now);
        run_free(now);
        return is_late ? HERE_NONE : HERE_FAILED;
    }
    return desk_back_await(g, engine, err) ? HERE_DONE : HERE_FAILED;
}

/* What was begun and wrote nothing is stopped: nothing may stand in the way back. */
static void stop_here(struct going *g, struct engine *engine)
{
    struct command abort = desk_back_command(g);
    struct error ignored;

    abort.verb = COMMAND_ABORT;
    FD_IGNORE(engine_command(engine, &abort, &ignored));
}

/* Whose traffic it moved. */
static void take_alias_of(struct going *g, const struct run *run)
{
    struct error ignored;

    FD_IGNORE(way_back_alias(g->environment, run, &g->api, &g->alias, &ignored));
}

static enum here look_here(struct going *g, struct error *err)
{
    struct engine *engine = desk_flight_enter(g->desk, g->environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
    bool is_brief = desk_flight_is_brief(g->desk, g->environment);
    enum here here = HERE_NONE;

    g->was_back = run != NULL && gone_back_is_there(run);
    take_alias_of(g, run);
    if (run != NULL && !run_is_over(run) && run_wrote(run))
        here = roll_back_here(g, engine, run, err);
    else if (engine != NULL && !is_brief && (run == NULL || !run_is_over(run)))
        stop_here(g, engine);
    run_free(run);
    if (engine != NULL)
        desk_flight_leave(g->desk, g->environment);
    return here;
}

/* Looks into the journal until it is back, or nobody drives it any more. */
static bool look_on(struct going *g, const char *id, bool *is_back, struct error *err)
{
    bool is_driven = true;

    while (is_driven && !*is_back) {
        struct run *run;
        is_driven = engine_is_driven(g->desk->state_directory, g->environment->name);
        if (!journal_read_run(g->journal, id, &run, err))
            return false;
        *is_back = has_come_back(g, run);
        bool ok = !*is_back || answer_with_run(g, run, err);
        run_free(run);
        if (!ok)
            return false;
        if (!*is_back && is_driven && !cancel_sleep_ms(g->desk->cancel, LOOK_EVERY_MS))
            return refuse_closing(err);
    }
    return true;
}

/* *is_back stays false when the process that drives went away before. */
static bool ask_driver(struct going *g, const struct run *run, bool *is_back, struct error *err)
{
    struct command command = desk_back_command(g);
    bool ok = under_way_post(g->journal, g->desk->state_directory, run, &command, err) ||
              strcmp(err->code, UNDER_WAY_GONE) == 0;

    g->is_unrecordable = !ok;
    return ok && look_on(g, run->id, is_back, err);
}

static bool take_up(struct going *g, const struct run *run, struct error *err)
{
    struct command command = desk_back_command(g);

    if (!desk_back_reach(g, err))
        return false;
    if (!desk_start_take_up(g->desk, g->environment, g->journal, run, &command, g->session,
                            g->request, &g->actor, err)) {
        g->is_unrecordable = true;
        return false;
    }
    struct engine *engine = desk_flight_enter(g->desk, g->environment);
    if (engine == NULL) { /* it came to its end in between */
        bool is_back = false;
        return look_on(g, run->id, &is_back, err) && (is_back || fail_with_run(run, err));
    }
    bool ok = desk_back_await(g, engine, err);
    desk_flight_leave(g->desk, g->environment);
    return ok;
}

/* As it is by now, when it shipped; else NULL. */
static struct run *read_shipped(struct going *g, const char *id)
{
    struct run *run = NULL;
    struct error ignored;

    if (!journal_read_run(g->journal, id, &run, &ignored))
        return NULL;
    if (gone_back_has_shipped(run))
        return run;
    run_free(run);
    return NULL;
}

/* False with *shipped: it came to its good end before it heard of it, and that is to be undone. */
static bool roll_back_run(struct going *g, const struct run *run, struct run **shipped,
                          struct error *err)
{
    bool is_back = false, is_asked = true;

    if (!permits(g, run, err))
        return false;
    g->was_back = gone_back_is_there(run);
    if (g->alias.target[0] == '\0') /* also for whoever goes back without the journal */
        text_copy(g->alias.target, sizeof g->alias.target, run->old_version);
    if (engine_is_driven(g->desk->state_directory, g->environment->name))
        is_asked = ask_driver(g, run, &is_back, err);
    if (is_back)
        return is_asked;
    *shipped = read_shipped(g, run->id);
    return *shipped == NULL && is_asked && take_up(g, run, err);
}

/* ---- by what the journal says ---- */

static bool go_by_journal(struct going *g, struct error *err)
{
    struct run *run = NULL, *latest = NULL, *shipped = NULL;

    if (!journal_open(g->desk->state_directory, &g->journal, err) ||
        !way_back_find(g->journal, g->environment->name, false, &run, &latest, err)) {
        g->is_unrecordable = true;
        return false;
    }
    take_alias_of(g, run != NULL ? run : latest);
    if (run != NULL && gone_back_is_forward(run)) {
        if (!run_is_over(run) && engine_is_driven(g->desk->state_directory, g->environment->name)) {
            FD_IGNORE(gone_back_refuse(run, err));
            run_free(run);
            return false;
        }
        run_free(latest);
        latest = run; /* its process is gone: what it began is begun anew */
        run = NULL;
    }
    if (run != NULL && run_is_over(run) && (way_back_was_foreign(run) || !permits(g, run, err))) {
        latest = run; /* at risk, and what there is or is wanted is not its own */
        run = NULL;
    }
    bool ok =
        run != NULL ? roll_back_run(g, run, &shipped, err) : desk_back_to_version(g, latest, err);
    if (!ok && run != NULL && !run_moved_traffic(run))
        g->is_unrecordable = false; /* the traffic is where it was: nothing is to go anywhere */
    if (shipped != NULL) {
        g->is_unrecordable = false;
        ok = desk_back_to_version(g, shipped, err);
    }
    run_free(shipped);
    run_free(run);
    run_free(latest);
    return ok;
}

/* ---- the lane ---- */

static bool go_back(struct going *g, struct error *err)
{
    if (!way_back_alias(g->environment, NULL, &g->api, &g->alias, err))
        return false;
    const char *target = desk_asked_text(g->request, "target");
    text_copy(g->alias.target, sizeof g->alias.target, target + (target[0] == 'v'));
    enum here here = look_here(g, err);
    if (here != HERE_NONE)
        return here == HERE_DONE;
    return go_by_journal(g, err) ||
           (g->is_unrecordable && err->kind != ERROR_CANCELLED && desk_back_bare(g, err));
}

/* Whoever signed in again since goes back with that. */
static void renew_sign_in(struct going *g)
{
    struct error ignored;
    bool is_new;

    FD_IGNORE(session_renew(g->session, g->environment, &is_new, &ignored));
}

static void *go(void *closure)
{
    struct going *g = closure;
    struct error err;

    interrupt_here(g->desk->cancel);
    renew_sign_in(g);
    session_known_actor(g->session, g->environment, &g->actor);
    if (!go_back(g, &err) && !g->is_answered)
        desk_refuse(g->desk, g->request, &err);
    journal_close(g->journal);
    desk_refresh(g->desk, g->environment->name, "status");
    desk_back_over(g->desk, g->environment);
    atomic_store(&g->is_over, true);
    return NULL;
}

static void end(struct going *g)
{
    if (g->is_started)
        (void)pthread_join(g->thread, NULL);
    json_decref(g->request);
    sign_in_unref(g->sign_in);
}

static void *state_new(struct desk *desk)
{
    size_t count = desk->config->environment_count;
    struct back *back = xcalloc(1, sizeof *back);

    back->goings = xcalloc(count + 1, sizeof *back->goings);
    back->kept = xcalloc(count, sizeof *back->kept);
    (void)pthread_mutex_init(&back->lock, NULL);
    for (size_t i = 0; i < count; i++)
        back->goings[i].environment = &desk->config->environments[i];
    return back;
}

static void state_free(void *state)
{
    struct back *back = state;

    for (struct going *g = back->goings; g->environment != NULL; g++)
        end(g);
    free(back->goings);
    free(back->kept);
    (void)pthread_mutex_destroy(&back->lock);
    free(back);
}

static void start(struct desk *d, struct going *g, const json_t *request)
{
    const struct environment *environment = g->environment;

    end(g);
    *g = (struct going){.desk = d,
                        .environment = environment,
                        .request = json_deep_copy(request),
                        .session = desk_session(d, request),
                        .sign_in = desk_sign_in(d, request),
                        .began_boot_ms = clock_boot_ms()};
    g->is_started = pthread_create(&g->thread, NULL, go, g) == 0;
    if (!g->is_started)
        (void)go(g); /* others wait then, but it is done */
}

static void rollback(struct lane *lane, const struct environment *environment,
                     const json_t *request)
{
    struct going *g = ((struct back *)lane->state)->goings;
    struct error err;

    if (!desk_asked_environment(environment, &err)) {
        desk_refuse(lane->desk, request, &err);
        return;
    }
    while (g->environment != environment)
        g++;
    if (!g->is_started || atomic_load(&g->is_over)) {
        start(lane->desk, g, request);
        return;
    }
    error_set(&err, ERROR_CONFLICT, "%s is being rolled back already", environment->name);
    error_code(&err, "under-way");
    desk_refuse(lane->desk, request, &err);
    desk_back_over(lane->desk, environment);
}

static const struct desk_verb verbs[] = {{"rollback", rollback}, {0}};

const struct lane_kind lane_back = {
    .name = "back", .verbs = verbs, .state_new = state_new, .state_free = state_free};
