/*
 * desk_flight.c - see desk_flight.h; its lane closes the engines whose runs are over.
 */
#include "cli/desk_flight.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/client.h"
#include "cli/desk_parts.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/sign_in.h"
#include "core/text.h"
#include "core/wire.h"

#define LANDED "landed"

struct flight {
    struct desk *desk;
    const struct environment *environment; /* of the configuration */
    /* under the desk's flights_lock */
    pthread_cond_t changed;
    struct engine *engine;
    struct world world; /* of its own */
    struct flight_actor actor;
    bool has_sign_in_ended;
    struct by_hand *hand; /* what the engine's environment is made of; NULL = the configuration's */
    size_t users;
    bool is_opening, is_closing; /* by a thread that does not hold the lock meanwhile */
    bool is_brief, is_scenery;
    bool has_begun, has_ended; /* its run */
    int64_t changes, told;
    const char *driver; /* as told last */
};

/* ---- the table ---- */

void desk_flight_init(struct desk *d)
{
    pthread_condattr_t attributes;

    (void)pthread_mutex_init(&d->flights_lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    d->flights = xcalloc(d->config->environment_count, sizeof *d->flights);
    for (size_t i = 0; i < d->config->environment_count; i++) {
        struct flight *f = &d->flights[i];
        f->desk = d;
        f->environment = &d->config->environments[i];
        f->driver = "";
        (void)pthread_cond_init(&f->changed, &attributes);
    }
    (void)pthread_condattr_destroy(&attributes);
}

static struct flight *find(struct desk *d, const struct environment *environment)
{
    for (size_t i = 0; i < d->config->environment_count; i++)
        if (strcmp(d->flights[i].environment->name, environment->name) == 0)
            return &d->flights[i];
    return &d->flights[0];
}

static void lock(struct desk *d) { (void)pthread_mutex_lock(&d->flights_lock); }

static void unlock(struct desk *d) { (void)pthread_mutex_unlock(&d->flights_lock); }

/* Lock held. */
static void change(struct flight *f)
{
    f->changes++;
    (void)pthread_cond_broadcast(&f->changed);
}

/* Lock held. False: the time is over. */
static bool wait_changed(struct flight *f, int64_t until_boot_ms)
{
    int64_t left_ms = until_boot_ms - clock_boot_ms();
    struct timespec until;

    if (left_ms <= 0)
        return false;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += left_ms / 1000;
    until.tv_nsec += left_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&f->changed, &f->desk->flights_lock, &until);
    return true;
}

static void close_engine(struct engine *engine, struct by_hand *hand, struct world *world)
{
    engine_close(engine);
    session_leave_world(world);
    if (hand != NULL)
        by_hand_clear(hand);
    free(hand);
}

void desk_flight_stop(struct desk *d)
{
    lock(d);
    for (size_t i = 0; i < d->config->environment_count; i++) {
        if (d->flights[i].engine != NULL)
            engine_stop_preflight(d->flights[i].engine);
        change(&d->flights[i]);
    }
    unlock(d);
}

void desk_flight_free(struct desk *d)
{
    if (d->flights == NULL)
        return;
    for (size_t i = 0; i < d->config->environment_count; i++) {
        if (d->flights[i].engine != NULL)
            engine_hand_over(d->flights[i].engine, d->handed_over_by);
        close_engine(d->flights[i].engine, d->flights[i].hand, &d->flights[i].world);
        (void)pthread_cond_destroy(&d->flights[i].changed);
    }
    free(d->flights);
    d->flights = NULL;
    (void)pthread_mutex_destroy(&d->flights_lock);
}

/* ---- its events ---- */

/* Lock held. */
static void tell_driver(struct flight *f, const char *driver)
{
    if (strcmp(f->driver, driver) == 0)
        return;
    f->driver = driver;
    desk_tell(f->desk, "driver", f->environment->name, json_pack("{s:s}", "driver", driver));
}

/* What nobody here asked for keeps nobody from leaving. */
static const char *driver_of(const struct flight *f) { return f->is_scenery ? "other" : "here"; }

/* Lock held. */
static void tell_event(struct flight *f, const struct event *event)
{
    json_t *line = wire_event(event);

    f->told++;
    desk_heard(f->desk, f->environment->name, event);
    if (event->seq > 1) {
        desk_tell(f->desk, "event", f->environment->name, json_pack("{s:o}", "event", line));
        return;
    }
    f->driver = "none";
    desk_tell(f->desk, "run", f->environment->name,
              json_pack("{s:[o], s:s}", "events", line, "driver", f->driver));
}

/* Engine thread. */
static void on_event(void *closure, const struct event *event, const struct run *run)
{
    struct flight *f = closure;
    bool is_over = run_is_over(run);

    lock(f->desk);
    tell_event(f, event);
    f->has_begun = f->has_begun || run->status != RUN_PENDING;
    f->has_ended = is_over;
    if (is_over && run->started_at_ms > 0 && !f->is_scenery) {
        f->desk->flown = f->environment->name;
        text_copy(f->desk->flown_run, sizeof f->desk->flown_run, run->id);
    }
    if (f->has_begun && !is_over)
        tell_driver(f, driver_of(f));
    change(f);
    unlock(f->desk);
    if (is_over)
        desk_post(f->desk, "flight",
                  json_pack("{s:s, s:s}", "verb", LANDED, "env", f->environment->name));
}

void desk_flight_show(struct desk *d, const struct environment *environment,
                      struct journal *journal, const char *run_id)
{
    struct flight *f = find(d, environment);
    struct event **events;
    size_t count;
    struct error ignored;
    json_t *lines = json_array();

    if (!journal_read(journal, run_id, 0, &events, &count, &ignored)) {
        json_decref(lines);
        return;
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(lines, wire_event(events[i]));
    journal_events_free(events, count);
    lock(d);
    f->told++;
    f->driver = f->is_brief ? "none" : driver_of(f);
    desk_tell(d, "run", environment->name,
              json_pack("{s:o, s:s}", "events", lines, "driver", f->driver));
    unlock(d);
}

int64_t desk_flight_told(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    int64_t told = f->told;
    unlock(d);
    return told;
}

bool desk_flight_tell_others(struct desk *d, const struct environment *environment, int64_t told,
                             const char *news, json_t *body)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool is_late = f->engine != NULL || f->is_opening || f->is_closing || f->told != told;
    if (!is_late) {
        f->driver = ""; /* what was told is not ours any more */
        desk_tell(d, news, environment->name, body);
    }
    unlock(d);
    if (is_late)
        json_decref(body);
    return !is_late;
}

/* ---- opening ---- */

/* Lock held. */
static void set_actor(struct flight *f, const char *name, const char *account)
{
    text_copy(f->actor.name, sizeof f->actor.name, name);
    text_copy(f->actor.account, sizeof f->actor.account, account);
    f->actor.hands++;
}

bool desk_flight_refuse(const struct environment *environment, struct error *err)
{
    error_set(err, ERROR_CONFLICT, "a run of %s is driven here already", environment->name);
    error_hint(err, "Wait for its end, or stop it: 6 Plan. `!` rolls back.");
    return error_code(err, "locked");
}

/* Lock held. False: somebody has it, and does not let go. */
static bool await_free(struct flight *f, int64_t until_boot_ms)
{
    while (f->engine != NULL || f->is_opening || f->is_closing)
        if (cancel_is_set(f->desk->cancel) || !wait_changed(f, until_boot_ms))
            return false;
    return true;
}

static bool open_engine(struct flight *f, const struct flight_wish *wish,
                        const struct by_hand *hand, const struct world *world, int64_t patience_ms,
                        struct engine **out, struct error *err)
{
    const struct engine_options options = {
        .house = tables_house(),
        .config = f->desk->config,
        .environment = hand != NULL ? &hand->environment : f->environment,
        .world = *world,
        .state_directory = f->desk->state_directory,
        .journal = wish->journal,
        .actor = wish->actor,
        .awaits_sign_in = true,
        .lock_patience_ms = patience_ms,
        .on_event = on_event,
        .closure = f,
    };
    return engine_open(&options, out, err);
}

/* The steps of a copy are its own: who was given the copy lets go of them. */
static struct by_hand *take_hand(struct by_hand *given)
{
    if (given == NULL)
        return NULL;
    struct by_hand *own = xcalloc(1, sizeof *own);
    *own = *given;
    own->environment.steps = &own->step;
    *given = (struct by_hand){.step = {0}};
    return own;
}

bool desk_flight_begin(struct desk *d, const struct flight_wish *wish, struct engine **out,
                       struct error *err)
{
    struct flight *f = find(d, wish->environment);
    int64_t until_ms = clock_boot_ms() + wish->patience_ms;
    struct world world = {.aws = NULL};
    struct engine *engine = NULL;

    lock(d);
    bool is_free = await_free(f, until_ms);
    f->is_opening = f->is_opening || is_free;
    unlock(d);
    if (!is_free)
        return desk_flight_refuse(f->environment, err);
    int64_t left_ms = until_ms - clock_boot_ms();
    struct by_hand *hand = take_hand(wish->hand);
    bool ok = (wish->session == NULL ||
               session_enter_world(wish->session, f->environment, wish->sign_in,
                                   wish->is_named ? &wish->actor : NULL, &world, err)) &&
              open_engine(f, wish, hand, &world, left_ms > 0 ? left_ms : 0, &engine, err);
    lock(d);
    f->is_opening = false;
    if (ok) {
        f->engine = engine;
        f->hand = hand;
        f->world = world;
        f->has_sign_in_ended = false;
        set_actor(f, wish->actor.name,
                  wish->account != NULL && wish->account[0] != '\0' ? wish->account
                                                                    : wish->actor.account);
        f->users = 1;
        f->is_brief = wish->is_brief;
        f->is_scenery = wish->is_scenery;
        f->has_begun = f->has_ended = false;
        f->driver = "";
        *out = engine;
    }
    change(f);
    unlock(d);
    if (!ok)
        close_engine(NULL, hand, &world);
    return ok;
}

struct engine *desk_flight_enter(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    struct engine *engine = f->engine;
    f->users += engine != NULL;
    unlock(d);
    return engine;
}

/* ---- closing ---- */

/* Of its run, as it is now. */
static void look_at(struct engine *engine, bool *is_under_way, bool *is_over)
{
    struct run *run = engine_snapshot(engine);

    *is_over = run != NULL && run_is_over(run);
    *is_under_way = run != NULL && run->status != RUN_PENDING && !*is_over;
    run_free(run);
}

static void close_flight(struct flight *f, struct engine *engine, struct by_hand *hand,
                         struct world *world)
{
    close_engine(engine, hand, world);
    lock(f->desk);
    f->is_closing = false;
    if (f->has_sign_in_ended) /* nobody waits for it any more */
        desk_tell(f->desk, "sign_in", f->environment->name,
                  json_pack("{s:s, s:s, s:s}", "arn", f->actor.name, "state", "ok", "text", ""));
    f->has_sign_in_ended = false;
    tell_driver(f, "none");
    change(f);
    unlock(f->desk);
}

void desk_flight_give_up(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    f->has_ended = true;
    unlock(d);
    desk_flight_leave(d, environment);
}

void desk_flight_leave(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);
    bool is_under_way, is_over;

    look_at(f->engine, &is_under_way, &is_over); /* we still hold it */

    lock(d);
    struct engine *engine = f->engine;
    struct by_hand *hand = f->hand;
    struct world world = f->world;
    f->users--;
    f->has_begun = f->has_begun || is_under_way;
    /* One that began since we looked is needed too. */
    bool is_last = f->users == 0 && (!f->has_begun || f->has_ended || is_over);
    if (is_last) {
        f->engine = NULL;
        f->hand = NULL;
        f->world = (struct world){.aws = NULL};
        f->is_closing = true;
    }
    unlock(d);
    if (is_last)
        close_flight(f, engine, hand, &world);
}

static void on_landed(struct lane *lane, const struct environment *environment,
                      const json_t *request)
{
    (void)request;
    if (environment != NULL && desk_flight_enter(lane->desk, environment) != NULL)
        desk_flight_leave(lane->desk, environment);
}

/* ---- as whom ---- */

struct flight_hands {
    struct aws *keys;
    struct sign_in *sign_in;
    struct flight_actor actor; /* the former */
    bool has_ended;
    int64_t hands; /* after it changed */
};

struct aws *desk_flight_keys(struct desk *d, const struct environment *environment,
                             struct flight_actor *actor)
{
    struct flight *f = find(d, environment);

    lock(d);
    *actor = f->actor;
    struct aws *keys = f->world.aws != NULL ? aws_copy(f->world.aws, NULL) : NULL;
    unlock(d);
    return keys;
}

/* Lock held. */
static void take_hands(struct flight *f, struct aws *keys, struct sign_in *sign_in,
                       const char *name, bool has_ended)
{
    auto_free char *account = xstrdup(f->actor.account);

    aws_take_keys(f->world.aws, keys);
    sign_in_become(f->world.sign_in, sign_in);
    set_actor(f, name, account);
    f->has_sign_in_ended = has_ended;
}

/* Lock held. */
static bool may_take(const struct flight *f, const struct flight_actor *seen,
                     const struct actor *actor, struct error *err)
{
    if (f->actor.hands != seen->hands)
        return error_set(err, ERROR_CONFLICT, "the run of %s has changed hands just now",
                         f->environment->name);
    if (f->actor.account[0] == '\0' || strcmp(f->actor.account, actor->account) == 0)
        return true;
    error_set(err, ERROR_DENIED, "the run of %s is in account %s, but you are signed in to %s",
              f->environment->name, f->actor.account, actor->account);
    return error_code(err, "account");
}

bool desk_flight_sign_in(struct desk *d, const struct environment *environment, struct aws *keys,
                         struct sign_in *sign_in, const struct flight_actor *seen,
                         const struct actor *actor, struct flight_hands **former, struct error *err)
{
    struct flight *f = find(d, environment);
    bool ok = true;

    *former = NULL;
    lock(d);
    if (f->world.aws != NULL)
        ok = may_take(f, seen, actor, err);
    if (ok && f->world.aws != NULL &&
        (!aws_has_same_keys(f->world.aws, keys) || strcmp(f->actor.name, actor->name) != 0)) {
        struct flight_hands *was = xcalloc(1, sizeof *was);
        *was = (struct flight_hands){.keys = aws_copy(f->world.aws, NULL),
                                     .sign_in = sign_in_copy(f->world.sign_in),
                                     .actor = f->actor,
                                     .has_ended = f->has_sign_in_ended};
        take_hands(f, keys, sign_in, actor->name, false);
        was->hands = f->actor.hands;
        *former = was;
    }
    unlock(d);
    return ok;
}

void desk_flight_restore(struct desk *d, const struct environment *environment,
                         struct flight_hands *former, bool is_back)
{
    struct flight *f = find(d, environment);

    if (former == NULL)
        return;
    lock(d);
    if (is_back && f->world.aws != NULL && f->actor.hands == former->hands)
        take_hands(f, former->keys, former->sign_in, former->actor.name, former->has_ended);
    unlock(d);
    aws_close(former->keys);
    sign_in_unref(former->sign_in);
    free(former);
}

/* Files are read with nothing held: whoever goes back waits for no disk. */
void desk_flight_renew_narrow(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);
    struct aws *fresh = NULL;
    struct error ignored;
    bool is_new;

    lock(d);
    int64_t hands = f->actor.hands;
    if (f->world.rollback_aws != NULL)
        fresh = aws_copy(f->world.rollback_aws, f->world.sign_in);
    unlock(d);
    bool ok = fresh != NULL && aws_renew(fresh, &is_new, &ignored);
    lock(d);
    if (ok && f->world.rollback_aws != NULL && f->actor.hands == hands)
        aws_take_keys(f->world.rollback_aws, fresh);
    unlock(d);
    aws_close(fresh);
}

bool desk_flight_say_ended(struct desk *d, const struct environment *environment,
                           const struct flight_actor *seen, bool has_ended)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool is_news = f->actor.hands == seen->hands && f->has_sign_in_ended != has_ended;
    if (is_news)
        f->has_sign_in_ended = has_ended;
    unlock(d);
    return is_news;
}

bool desk_flight_has_ended(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool has = f->world.aws != NULL && f->has_sign_in_ended;
    unlock(d);
    return has;
}

/* ---- looking ---- */

bool desk_flight_await(struct desk *d, const struct environment *environment, int64_t *seen,
                       int64_t wall_ms)
{
    struct flight *f = find(d, environment);
    int64_t until_ms = clock_boot_ms() + wall_ms;
    bool is_left = true;

    lock(d);
    while (is_left && f->changes == *seen && !cancel_is_set(d->cancel))
        is_left = wait_changed(f, until_ms);
    *seen = f->changes;
    unlock(d);
    return is_left;
}

bool desk_flight_is_here(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool is = f->engine != NULL || f->is_opening || f->is_closing;
    unlock(d);
    return is;
}

bool desk_flight_is_flying(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool is = f->engine != NULL && f->has_begun && !f->has_ended;
    unlock(d);
    return is;
}

bool desk_flight_is_brief(struct desk *d, const struct environment *environment)
{
    struct flight *f = find(d, environment);

    lock(d);
    bool is = f->engine != NULL && f->is_brief;
    unlock(d);
    return is;
}

const char *desk_flight_driving(struct desk *d)
{
    const char *name = NULL;

    lock(d);
    for (size_t i = 0; i < d->config->environment_count && name == NULL; i++) {
        const struct flight *f = &d->flights[i];
        if (f->engine != NULL && f->has_begun && !f->has_ended && !f->is_scenery)
            name = f->environment->name;
    }
    unlock(d);
    return name;
}

bool desk_flown(struct desk *d, const char **environment, char run_id[static 32])
{
    lock(d);
    bool is = d->flown != NULL;
    if (is) {
        *environment = d->flown;
        text_copy(run_id, 32, d->flown_run);
    }
    unlock(d);
    return is;
}

static const struct desk_verb verbs[] = {{LANDED, on_landed}, {0}};

const struct lane_kind lane_flight = {.name = "flight", .verbs = verbs};
