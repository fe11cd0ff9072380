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
#include "cli/desk_asked.h"
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
#include "core/text.h"

#define PATIENCE_MS 10000 /* wall: a preflight or a tick of somebody else is soon done */
#define LOOK_EVERY_MS 50
#define FIRST_PAUSE_MS 500 /* doubled each time */
#define LONGEST_PAUSE_MS 10000

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

/* One way back of one environment; belongs to its thread. */
struct going {
    struct desk *desk;
    const struct environment *environment;
    json_t *request; /* owned */
    pthread_t thread;
    bool is_started;
    atomic_bool is_over; /* its thread may be joined */

    int64_t began_boot_ms;
    const struct resource *api;
    struct put_back alias;     /* target: of the request, "" = to be found */
    struct journal *journal;   /* NULL = not opened, or the engine has taken it over */
    const struct world *world; /* NULL = not reached yet */
    struct actor actor;
    bool is_unrecordable; /* the journal, or who drives, failed before anything was begun */
    bool is_answered;
    bool was_back; /* the run had put its traffic back before this was asked */
    bool is_fresh; /* alias is what was previewed, and was not read again */
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
static bool take_kept(struct going *g, const char *target, const char *shown)
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

static void answer(struct going *g, const char *run_id, const char *text)
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

static bool reach(struct going *g, struct error *err)
{
    return g->world != NULL ||
           session_reach(g->desk->options.session, g->environment, &g->world, &g->actor, err);
}

/* What was read back before this was asked may have been changed since: it is read again. */
static bool is_still_back(struct going *g, const struct run *run, struct error *err)
{
    const json_t *before = way_back_before(run);

    if (!g->was_back || before == NULL || !run_moved_traffic(run))
        return true;
    if (!reach(g, err) || !put_back_read(&g->alias, g->world->aws, err))
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
    answer(g, run->id, text);
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
static bool await_here(struct going *g, struct engine *engine, struct error *err)
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

static struct command rollback_command(struct going *g)
{
    return way_back_command(g->actor.name, desk_asked_given(g->request, "reason"),
                            desk_asked_text(g->request, "over"));
}

enum here {
    HERE_NONE, /* no run of ours stands in the way any more */
    HERE_DONE,
    HERE_FAILED
};

/* A rollback that is at work here is waited for, and one that stood still goes on: taken back it
 * would bring the bad version. */
static enum here await_rollback(struct going *g, struct engine *engine, const struct run *run,
                                struct error *err)
{
    struct command command = rollback_command(g);

    command.verb = COMMAND_RESUME;
    if (g->alias.target[0] != '\0' && !gone_back_goes_to(run, g->alias.target)) {
        error_set(err, ERROR_CONFLICT, "%s is under way, and goes back to another version than v%s",
                  run->id, g->alias.target);
        error_hint(err, "Without a version `!` brings it to its end; then name v%s.",
                   g->alias.target);
        return HERE_FAILED;
    }
    if (run->status == RUN_INTERRUPTED && !engine_command(engine, &command, err))
        return HERE_FAILED;
    return await_here(g, engine, err) ? HERE_DONE : HERE_FAILED;
}

static enum here roll_back_here(struct going *g, struct engine *engine, const struct run *run,
                                struct error *err)
{
    struct command command = rollback_command(g);

    if (gone_back_is_forward(run))
        return await_rollback(g, engine, run, err);

    if (!permits(g, run, err))
        return HERE_FAILED;
    if (!engine_command(engine, &command, err)) {
        struct run *now = engine_snapshot(engine);
        bool is_late = now != NULL && gone_back_has_shipped(now);
        run_free(now);
        return is_late ? HERE_NONE : HERE_FAILED;
    }
    return await_here(g, engine, err) ? HERE_DONE : HERE_FAILED;
}

/* What was begun and wrote nothing is stopped: nothing may stand in the way back. */
static void stop_here(struct going *g, struct engine *engine)
{
    struct command abort = rollback_command(g);
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
    struct command command = rollback_command(g);
    bool ok = under_way_post(g->journal, g->desk->state_directory, run, &command, err) ||
              strcmp(err->code, UNDER_WAY_GONE) == 0;

    g->is_unrecordable = !ok;
    return ok && look_on(g, run->id, is_back, err);
}

static bool take_up(struct going *g, const struct run *run, struct error *err)
{
    struct command command = rollback_command(g);

    if (!reach(g, err))
        return false;
    if (!desk_start_take_up(g->desk, g->environment, g->journal, run, &command, g->world, &g->actor,
                            err)) {
        g->is_unrecordable = true;
        return false;
    }
    struct engine *engine = desk_flight_enter(g->desk, g->environment);
    if (engine == NULL) { /* it came to its end in between */
        bool is_back = false;
        return look_on(g, run->id, &is_back, err) && (is_back || fail_with_run(run, err));
    }
    bool ok = await_here(g, engine, err);
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

/* ---- no run under way ---- */

/* A run of another process that waits at a gate holds the lock, and wrote nothing. */
static void stop_elsewhere(struct going *g)
{
    struct run *run = NULL;
    struct error ignored;

    if (!engine_is_driven(g->desk->state_directory, g->environment->name) ||
        !runs_find_open(g->journal, g->environment->name, &run, &ignored))
        return;
    if (run != NULL && run->status != RUN_PENDING) {
        struct command abort = rollback_command(g);
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

    if (take_kept(g, asked, shown))
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
    bool ok = await_here(g, engine, err);

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
                                     .world = g->world,
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

static bool roll_back_to_version(struct going *g, const struct run *latest, struct error *err)
{
    if (!reach(g, err) || !settle_target(g, latest, err))
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
        answer(g, NULL, text);
        return true;
    }
    return run_by_hand(g, err);
}

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
        run != NULL ? roll_back_run(g, run, &shipped, err) : roll_back_to_version(g, latest, err);
    if (!ok && run != NULL && !run_moved_traffic(run))
        g->is_unrecordable = false; /* the traffic is where it was: nothing is to go anywhere */
    if (shipped != NULL) {
        g->is_unrecordable = false;
        ok = roll_back_to_version(g, shipped, err);
    }
    run_free(shipped);
    run_free(run);
    run_free(latest);
    return ok;
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

static bool go_bare(struct going *g, struct error *err)
{
    auto_free char *target = g->alias.target[0] != '\0' ? xstrdup(g->alias.target) : NULL;
    struct lambda_alias after;

    desk_say(g->desk, g->environment->name, "bad",
             "%s. Going on without it: what is done now is not in the journal", err->message);
    if (!reach(g, err))
        return false;
    bool ok = put_back_with(g, g->world->aws, target, &after, err);
    if (!ok && err->kind == ERROR_DENIED && g->world->rollback_aws != NULL)
        ok = put_back_with(g, g->world->rollback_aws, target, &after, err);
    if (!ok)
        return false;
    auto_free char *text = xasprintf("v%s serves all traffic; not in the journal", after.version);
    answer(g, NULL, text);
    tell_lock(g, false);
    return true;
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
           (g->is_unrecordable && err->kind != ERROR_CANCELLED && go_bare(g, err));
}

/* Whoever signed in again since goes back with that. */
static void renew_sign_in(struct going *g)
{
    struct error ignored;
    bool is_new;

    FD_IGNORE(session_renew(g->desk->options.session, g->environment, &is_new, &ignored));
}

static void *go(void *closure)
{
    struct going *g = closure;
    struct error err;

    interrupt_here(g->desk->cancel);
    renew_sign_in(g);
    session_known_actor(g->desk->options.session, g->environment, &g->actor);
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
