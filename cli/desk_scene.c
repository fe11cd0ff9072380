/*
 * desk_scene.c - sets the scene of a demo: staging has the release first, as production asks.
 *
 * It flies while the person looks around; until it is over production's start is refused, for what
 * it ships is what staging runs.
 */
#include "cli/desk_flight.h"
#include "cli/desk_lanes.h"
#include "cli/desk_parts.h"
#include "cli/plans.h"
#include "cli/session.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"

#define LOOK_EVERY_MS 1000 /* wall: how late the end of the flight is seen at most */
#define WAITS_FOR_LOOKS 2  /* a gate that opens at once is not waited at */
#define HOLD                                                                                       \
    "the demo lets staging have this release first; that takes about 15 s: look around, and "      \
    "press "                                                                                       \
    "R again when the log says that it is done"

struct scene {
    const struct environment *staging, *production;
};

static void find(const struct config *config, struct scene *out)
{
    struct error ignored;

    for (size_t i = 0; i < config->environment_count; i++) {
        const struct environment *e = &config->environments[i];
        if (e->is_production && e->from[0] != '\0') {
            out->production = e;
            out->staging = config_environment(config, e->from, &ignored);
        }
    }
}

/* *out is held: desk_flight_leave. */
static bool begin(struct desk *d, const struct environment *staging, struct engine **out,
                  struct error *err)
{
    const struct signed_in *who;
    struct engine *engine = NULL;
    json_t *plan = NULL;

    bool ok = session_sign_in(d->options.session, staging, &who, err) &&
              plans_make(d->options.session, staging, &plan, err);
    if (ok) {
        const struct flight_wish wish = {.environment = staging,
                                         .session = d->options.session,
                                         .actor = who->actor,
                                         .is_scenery = true};
        ok = desk_flight_begin(d, &wish, &engine, err);
    }
    if (ok && !engine_start(engine, NULL, plan, err)) {
        desk_flight_leave(d, staging);
        ok = false;
    }
    json_decref(plan);
    *out = engine;
    return ok;
}

/* Until it is over, or waits for a person. NULL: the console is closed before. */
static struct run *follow(struct desk *d, struct engine *engine)
{
    struct run *run = NULL;
    int looks = 0;

    while (!engine_wait(engine, LOOK_EVERY_MS) && looks < WAITS_FOR_LOOKS) {
        if (cancel_is_set(d->cancel))
            return NULL;
        run = engine_snapshot(engine);
        looks = run != NULL && run->status == RUN_WAITING ? looks + 1 : 0;
        run_free(run);
    }
    return engine_snapshot(engine);
}

static void tell_end(struct desk *d, const struct scene *scene, const struct run *run)
{
    auto_free char *outcome = report_outcome(run);

    if (run->status == RUN_SUCCEEDED)
        desk_say(d, scene->production->name, "good", "demo: %s; production is next: W, then R",
                 outcome);
    else
        desk_say(d, scene->production->name, "bad",
                 "demo: %s did not get this release: %s; production may be tried all the same",
                 scene->staging->name, outcome);
}

static void fly(struct lane *lane, int64_t *wait_ms)
{
    struct desk *d = lane->desk;
    struct scene scene = {0};
    struct engine *engine = NULL;
    struct error err;
    (void)wait_ms;

    if (!d->options.is_demo)
        return;
    find(d->config, &scene);
    if (scene.staging == NULL)
        return;
    desk_say(d, scene.production->name, "plain",
             "demo: %s has this release first; meanwhile look around: ? lists the keys",
             scene.staging->name);
    if (!begin(d, scene.staging, &engine, &err)) {
        desk_say(d, scene.production->name, "bad", "demo: %s could not be released: %s",
                 scene.staging->name, err.message);
    } else {
        struct run *run = follow(d, engine);
        if (run != NULL)
            tell_end(d, &scene, run);
        run_free(run);
        desk_flight_leave(d, scene.staging);
    }
    atomic_store(&d->hold, NULL);
    desk_refresh(d, scene.production->name, "plan");
    desk_refresh(d, scene.production->name, "check");
}

static void *hold(struct desk *d)
{
    if (d->options.is_demo)
        atomic_store(&d->hold, HOLD);
    return NULL;
}

const struct lane_kind lane_scene = {.name = "scene", .tick = fly, .state_new = hold};
