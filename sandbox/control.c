/* control.c - see control.h. */
#include "sandbox/control.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/alarms.h"
#include "sandbox/ledger.h"
#include "sandbox/people.h"
#include "sandbox/traffic.h"
#include "sandbox/world.h"

typedef bool control_action(const struct dispatch *d, const struct request *r, struct reply *reply);

static bool tell_effects(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    (void)r;
    return operation_answer(reply, 200, ledger_json(d->ledger));
}

static bool forget_effects(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    ledger_reset(d->ledger);
    return tell_effects(d, r, reply);
}

static bool tell_faults(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    (void)r;
    return operation_answer(reply, 200, faults_json(d->faults));
}

static bool order_fault(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    struct error err;
    auto_free char *order = text_dup(text_trim((struct text){r->body, r->body_len}));
    if (!faults_add(d->faults, order, &err))
        return operation_refuse(r, reply, 400, "BadRequest", "%s", err.message);
    return tell_faults(d, r, reply);
}

static bool forget_faults(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    faults_forget(d->faults);
    return tell_faults(d, r, reply);
}

static bool tell_traffic(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    const char *name = operation_argument(r, "function");
    json_t *traffic = NULL;

    world_enter(d->world);
    const struct function *function =
        world_function(d->world, name != NULL ? name : "finally-prod-api");
    if (function != NULL)
        traffic = traffic_json(function);
    world_leave(d->world);
    if (traffic == NULL)
        return operation_refuse(r, reply, 404, "NotFound", "there is no function %s", name);
    return operation_answer(reply, 200, traffic);
}

/* A percentage of a game day's wish, as a share; what is not said stays. */
static bool take_percent(const json_t *wish, const char *name, double *out)
{
    const json_t *value = json_object_get(wish, name);
    if (value == NULL)
        return true;
    if (!json_is_number(value) || json_number_value(value) < 0 || json_number_value(value) > 100)
        return false;
    *out = json_number_value(value) / 100;
    return true;
}

/* {"errors": PERCENT, "slow": PERCENT}: how production's new version behaves from now on. */
static bool change_behaviour(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    json_t *wish = json_loadb(r->body, r->body_len, 0, NULL);

    world_enter(d->world);
    double errors = d->world->setting.error_share, slow = d->world->setting.slow_share;
    bool is_clear =
        wish != NULL && take_percent(wish, "errors", &errors) && take_percent(wish, "slow", &slow);
    if (is_clear) {
        d->world->setting.error_share = errors;
        d->world->setting.slow_share = slow;
    }
    world_leave(d->world);
    if (is_clear)
        return operation_answer(reply, 200, wish);
    json_decref(wish);
    return operation_refuse(r, reply, 400, "BadRequest",
                            "behaviour is {\"errors\": PERCENT, \"slow\": PERCENT}");
}

/* {"ms": N}: every answer of a service takes so much longer from now on. */
static bool change_latency(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    json_t *wish = json_loadb(r->body, r->body_len, 0, NULL);
    const json_t *ms = json_object_get(wish, "ms");
    bool is_clear = json_is_integer(ms) && json_integer_value(ms) >= 0 &&
                    json_integer_value(ms) <= FAULTS_MOST_LATENCY_MS;

    if (is_clear)
        faults_set_latency(d->faults, json_integer_value(ms));
    json_decref(wish);
    if (is_clear)
        return tell_faults(d, r, reply);
    return operation_refuse(r, reply, 400, "BadRequest", "latency is {\"ms\": 0 to %d}",
                            FAULTS_MOST_LATENCY_MS);
}

/* {"name": ALARM, "state": STATE}. */
static bool order_alarm(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    json_t *wish = json_loadb(r->body, r->body_len, 0, NULL);
    const char *name = json_string_value(json_object_get(wish, "name"));
    const char *state = json_string_value(json_object_get(wish, "state"));

    world_enter(d->world);
    bool is_set = name != NULL && state != NULL && alarms_set(d->world, name, state);
    world_leave(d->world);
    if (is_set)
        return operation_answer(reply, 200, wish);
    json_decref(wish);
    return operation_refuse(r, reply, 400, "BadRequest",
                            "an alarm is {\"name\": \"finally-prod-api-errors\", \"state\": "
                            "\"OK\", \"ALARM\" or \"INSUFFICIENT_DATA\"}");
}

/* {"user": NAME, "account": NUMBER?}: signs in again; the keys from before have ended. */
static bool sign_in(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    json_t *wish = json_loadb(r->body, r->body_len, 0, NULL);
    const char *name = json_string_value(json_object_get(wish, "user"));
    struct person who;
    bool ok =
        name != NULL && name[0] != '\0' &&
        people_sign_in(d->people, name, json_string_value(json_object_get(wish, "account")), &who);

    json_decref(wish);
    if (ok)
        return operation_answer(
            reply, 200,
            json_pack("{s:s, s:s}", "key_id", who.keys.key_id, "secret_key", who.keys.secret_key));
    return operation_refuse(r, reply, 400, "BadRequest",
                            "whoever signs in is {\"user\": NAME}, and not the 65th");
}

static bool tell_world(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    char now[CLOCK_STAMP_SIZE];
    const struct world *w = d->world;
    json_t *places = json_array();
    (void)r;

    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        json_array_append_new(
            places,
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "environment", world_places[i].environment,
                      "function", world_places[i].function, "alias", world_places[i].alias, "api",
                      world_places[i].api_name, "database", world_places[i].database));
    return operation_answer(
        reply, 200,
        json_pack("{s:s, s:s, s:s, s:I, s:f, s:s, s:o}", "account", WORLD_ACCOUNT, "region",
                  WORLD_REGION, "scenario", w->setting.scenario->name, "seed",
                  (json_int_t)w->setting.seed, "speed", clock_setting().speed, "now",
                  clock_stamp(clock_world_ms(), now), "environments", places));
}

static const struct {
    const char *method, *name;
    control_action *act;
} rows[] = {
    {"GET", "effects", tell_effects},
    {"DELETE", "effects", forget_effects},
    {"GET", "faults", tell_faults},
    {"POST", "faults", order_fault},
    {"POST", "behaviour", change_behaviour},
    {"POST", "alarms", order_alarm},
    {"GET", "traffic", tell_traffic},
    {"GET", "world", tell_world},
    {"POST", "latency", change_latency},
    {"DELETE", "faults", forget_faults},
    {"POST", "keys", sign_in},
};

void control_serve(const struct dispatch *d, const struct wire_request *wire, struct reply *reply)
{
    struct request r;
    const char *name = wire->uri + strlen(CONTROL_PREFIX);
    struct text path = {name, strcspn(name, "?")};
    size_t i = 0;

    operation_read_plain(wire, &r);
    while (i < sizeof rows / sizeof rows[0] &&
           (strcmp(rows[i].method, wire->method) != 0 || !text_eq(path, rows[i].name)))
        i++;
    if (i < sizeof rows / sizeof rows[0])
        (void)rows[i].act(d, &r, reply);
    else
        (void)operation_refuse(&r, reply, 404, "NotFound", "the sandbox has no %s %s%.*s",
                               wire->method, CONTROL_PREFIX, (int)path.len, path.ptr);
    operation_request_clear(&r);
}
