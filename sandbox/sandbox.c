/* sandbox.c - puts the parts of the sandbox together, and keeps its world moving. */
#include "sandbox/sandbox.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "sandbox/databases.h"
#include "sandbox/ledger.h"
#include "sandbox/limits.h"
#include "sandbox/people.h"
#include "sandbox/server.h"
#include "sandbox/world.h"

#define LOOK_EVERY_MS 200

struct sandbox {
    struct person users[SANDBOX_USERS]; /* as they signed in at first */
    struct dispatch dispatch;           /* owns what it points to */
    struct server *server;
    struct cancel *ending;
    pthread_t mover;
    bool is_moving;
};

void sandbox_options_init(struct sandbox_options *out)
{
    *out = (struct sandbox_options){.rate_per_s = -1, .error_share = -1, .slow_share = -1};
}

/* Draws the traffic while nobody asks, so that nobody waits for hours of it. */
static void *move_world(void *closure)
{
    struct sandbox *s = closure;
    while (cancel_sleep_ms(s->ending, LOOK_EVERY_MS)) {
        world_enter(s->dispatch.world);
        world_leave(s->dispatch.world);
    }
    return NULL;
}

static bool refuse_scenario(const char *name, struct error *err)
{
    auto_buf names;
    buf_init(&names, sizeof err->hint);
    for (const struct scenario *s = scenario_table; s->name != NULL; s++)
        buf_addf(&names, "%s%s", names.len > 0 ? ", " : "", s->name);
    error_set(err, ERROR_USAGE, "there is no scenario \"%s\"", name);
    return error_hint(err, "%s", names.ptr);
}

static bool make_world(const struct sandbox_options *options, struct sandbox *s, struct error *err)
{
    struct world_setting setting = {.seed = options->seed,
                                    .rate_per_s = options->rate_per_s,
                                    .error_share = options->error_share,
                                    .slow_share = options->slow_share};
    if (options->scenario != NULL && (setting.scenario = scenario_find(options->scenario)) == NULL)
        return refuse_scenario(options->scenario, err);
    s->dispatch.faults = faults_new(options->seed, setting.scenario);
    faults_set_latency(s->dispatch.faults, options->latency_ms);
    for (size_t i = 0; i < options->fault_count; i++)
        if (!faults_add(s->dispatch.faults, options->faults[i], err))
            return false;
    s->dispatch.world = world_new(&setting, clock_world_ms());
    s->dispatch.world->databases = databases_new(clock_world_ms());
    return true;
}

static const char *const names[SANDBOX_USERS] = {
    [SANDBOX_ANA] = "ana@finally.com",
    [SANDBOX_LI] = "li@finally.com",
};

bool sandbox_start(const struct sandbox_options *options, struct sandbox **out, struct error *err)
{
    struct sandbox *s = xcalloc(1, sizeof *s);
    const char *listen = options->listen != NULL ? options->listen : "127.0.0.1:0";

    s->ending = cancel_new();
    s->dispatch.people = people_new();
    for (size_t i = 0; i < SANDBOX_USERS; i++)
        (void)people_sign_in(s->dispatch.people, names[i], NULL, &s->users[i]);
    s->dispatch.ledger = ledger_new();
    s->dispatch.limits = limits_new(clock_wall_ms());
    if (!make_world(options, s, err) || !server_start(&s->dispatch, listen, &s->server, err)) {
        sandbox_stop(s);
        return false;
    }
    s->is_moving = pthread_create(&s->mover, NULL, move_world, s) == 0;
    *out = s;
    return true;
}

void sandbox_stop(struct sandbox *s)
{
    if (s == NULL)
        return;
    cancel_set(s->ending);
    if (s->is_moving)
        (void)pthread_join(s->mover, NULL);
    server_stop(s->server);
    if (s->dispatch.world != NULL)
        databases_free(s->dispatch.world->databases);
    world_free(s->dispatch.world);
    faults_free(s->dispatch.faults);
    limits_free(s->dispatch.limits);
    ledger_free(s->dispatch.ledger);
    people_free(s->dispatch.people);
    cancel_unref(s->ending);
    hash_wipe(s->users, sizeof s->users);
    free(s);
}

const char *sandbox_url(const struct sandbox *s) { return server_url(s->server); }

const char *sandbox_region(void) { return WORLD_REGION; }

const char *sandbox_key_id(const struct sandbox *s, enum sandbox_user user)
{
    return s->users[user].keys.key_id;
}

const char *sandbox_secret_key(const struct sandbox *s, enum sandbox_user user)
{
    return s->users[user].keys.secret_key;
}
