/*
 * desk.c - starts the lanes, puts every request on its lane, and says what they have to say.
 */
#include "cli/desk.h"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_job.h"
#include "cli/desk_lanes.h"
#include "cli/desk_open.h"
#include "cli/desk_parts.h"
#include "cli/desk_screens.h"
#include "cli/desk_seen.h"
#include "cli/gone_back.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/clock.h"
#include "core/house.h"
#include "core/mailbox.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/step.h"
#include "core/text.h"

#define LONGEST_POLL_MS 10000 /* its limit stands still while the machine is suspended */
#define LEAST_INTERVAL_MS 1000
#define MOST_INTERVAL_MS 15000
#define SORTED_WITHIN_MS 1000 /* the reader never waits for anything */
#define MOST_HEAPS 2
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LANE_ROW(name) &lane_##name,
static const struct lane_kind *const kinds[] = {DESK_LANES(LANE_ROW)};

#define REFRESH_ROW(what, lane) {#what, #lane},
static const struct {
    const char *what, *lane;
} refreshes[] = {DESK_REFRESHES(REFRESH_ROW)};

/* ---- saying ---- */

void desk_answer(struct desk *d, const json_t *request, json_t *result)
{
    json_t *id = json_object_get(request, "id");
    if (result == NULL)
        result = json_null();
    if (id == NULL)
        json_decref(result);
    else
        wire_tell(d->options.wire, json_pack("{s:s, s:o, s:b, s:o}", "news", "reply", "id",
                                             json_deep_copy(id), "ok", 1, "result", result));
}

void desk_refuse(struct desk *d, const json_t *request, const struct error *err)
{
    json_t *id = json_object_get(request, "id");
    if (id != NULL)
        wire_tell(d->options.wire,
                  json_pack("{s:s, s:o, s:b, s:o}", "news", "reply", "id", json_deep_copy(id), "ok",
                            0, "error", wire_error(err)));
}

void desk_tell(struct desk *d, const char *news, const char *environment, json_t *body)
{
    json_object_set_new(body, "news", json_string(news));
    if (environment != NULL)
        json_object_set_new(body, "env", json_string(environment));
    wire_tell(d->options.wire, body);
}

void desk_say(struct desk *d, const char *environment, const char *mood, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    desk_tell(d, "said", environment,
              json_pack("{s:s, s:s, s:I}", "text", text, "mood", mood, "at_ms",
                        (json_int_t)clock_world_ms()));
}

void desk_tell_trouble(struct desk *d, const char *environment, const char *what, char **told,
                       const struct error *err)
{
    const char *message = err != NULL ? err->message : NULL;

    if (message == *told || (message != NULL && *told != NULL && strcmp(message, *told) == 0))
        return;
    free(*told);
    *told = message != NULL ? xstrdup(message) : NULL;
    desk_tell(d, "trouble", environment,
              json_pack("{s:s, s:o}", "what", what, "error",
                        err != NULL ? wire_error(err) : json_null()));
    if (err != NULL) /* is it the sign-in? could a way back be sent all the same? */
        desk_refresh(d, environment, "ready");
}

int64_t desk_interval_ms(int64_t world_ms)
{
    int64_t wall_ms = clock_wall_duration_ms(world_ms);
    return wall_ms < LEAST_INTERVAL_MS  ? LEAST_INTERVAL_MS
           : wall_ms > MOST_INTERVAL_MS ? MOST_INTERVAL_MS
                                        : wall_ms;
}

/* ---- putting requests on lanes ---- */

static const struct desk_verb *find_verb(const struct lane_kind *kind, const char *name)
{
    const struct desk_verb *verb = kind->verbs;
    while (verb != NULL && verb->name != NULL && strcmp(verb->name, name) != 0)
        verb++;
    return verb != NULL && verb->name != NULL ? verb : NULL;
}

static struct lane *find_lane(struct desk *d, const char *name)
{
    for (size_t i = 0; i < d->lane_count; i++)
        if (strcmp(d->lanes[i].kind->name, name) == 0)
            return &d->lanes[i];
    return NULL;
}

static void refuse_unknown(struct desk *d, const json_t *request, const char *verb)
{
    struct error err;
    error_set(&err, ERROR_USAGE, "nobody here knows how to %s", verb);
    desk_refuse(d, request, &err);
}

static size_t index_of(const struct desk *d, const char *environment)
{
    size_t i = 0;
    while (i < d->config->environment_count &&
           strcmp(d->config->environments[i].name, environment) != 0)
        i++;
    return i;
}

/* Nobody closes the desk over a way back, also before its thread has begun. */
static void count_back(struct desk *d, const char *verb, const json_t *request)
{
    const char *environment = json_string_value(json_object_get(request, "env"));
    if (environment != NULL && strcmp(verb, "rollback") == 0)
        atomic_fetch_add(&d->backs[index_of(d, environment)], 1);
}

void desk_back_over(struct desk *d, const struct environment *environment)
{
    atomic_fetch_sub(&d->backs[index_of(d, environment->name)], 1);
}

/* Takes the request. */
static void put(struct desk *d, struct lane *lane, const char *verb, json_t *request)
{
    if (lane != NULL && find_verb(lane->kind, verb) != NULL) {
        count_back(d, verb, request);
        mailbox_send(lane->requests, request);
        return;
    }
    refuse_unknown(d, request, verb);
    json_decref(request);
}

static const char *verb_of(const json_t *request)
{
    const char *verb = json_string_value(json_object_get(request, "verb"));
    return verb != NULL ? verb : "";
}

void desk_post(struct desk *d, const char *lane, json_t *request)
{
    put(d, find_lane(d, lane), verb_of(request), request);
}

void desk_refresh(struct desk *d, const char *environment, const char *what)
{
    for (size_t i = 0; i < COUNT(refreshes); i++)
        if (strcmp(refreshes[i].what, what) == 0)
            desk_post(
                d, refreshes[i].lane,
                json_pack("{s:s, s:s, s:s}", "verb", "refresh", "env", environment, "what", what));
}

/* What a run records is what the checklist shows; what it wrote is seen in the world. */
void desk_heard(struct desk *d, const char *environment, const struct event *event)
{
    static const struct {
        const char *type, *what;
    } shown[] = {
        {"item_recorded", "check"},   {"run_opened", "check"}, {"run_opened", "status"},
        {"run_started", "check"},     {"run_ended", "check"},  {"run_ended", "status"},
        {"effect_outcome", "status"},
    };

    for (size_t i = 0; i < COUNT(shown); i++)
        if (strcmp(event->type, shown[i].type) == 0)
            desk_refresh(d, environment, shown[i].what);
}

void desk_greet(struct desk *d)
{
    desk_open_hello(d);
    desk_seen_tell(d);
    desk_post(d, "runs", json_pack("{s:s}", "verb", "again"));
}

/* ---- the reader ---- */

static void look_on(struct desk *d, const char *environment)
{
    static const char *const lanes[] = {"watch", "measure", "check", "ready"};
    for (size_t i = 0; i < COUNT(lanes); i++)
        if (find_lane(d, lanes[i]) != NULL)
            desk_post(d, lanes[i], json_pack("{s:s, s:s}", "verb", "look", "env", environment));
}

/* This environment is on the screen: who reads it regularly looks again. */
static void look(struct desk *d, json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "env"));

    desk_screens_look(d, index_of(d, name), request);
    look_on(d, name);
    desk_answer(d, request, NULL);
    json_decref(request);
}

static void refresh(struct desk *d, json_t *request)
{
    const char *what = json_string_value(json_object_get(request, "what"));
    for (size_t i = 0; what != NULL && i < COUNT(refreshes); i++)
        if (strcmp(refreshes[i].what, what) == 0) {
            put(d, find_lane(d, refreshes[i].lane), "refresh", request);
            return;
        }
    refuse_unknown(d, request, "refresh that");
    json_decref(request);
}

/* Somebody is there again: what was looked at seldom is looked at now. */
static void wake(struct desk *d)
{
    int64_t now_ms = clock_boot_ms(), before_ms = atomic_exchange(&d->asked_ms, now_ms);
    if (now_ms - before_ms < DESK_IDLE_MS)
        return;
    for (size_t i = 0; i < d->config->environment_count; i++)
        look_on(d, d->config->environments[i].name);
}

static bool is_held(struct desk *d, const json_t *request, struct error *err)
{
    const char *hold = atomic_load(&d->hold);

    if (hold == NULL || strcmp(verb_of(request), "start") != 0)
        return false;
    error_set(err, ERROR_CONFLICT, "%s", hold);
    return true;
}

static bool is_fit(const struct desk *d, const json_t *request, struct error *err)
{
    const char *verb = verb_of(request);
    const char *environment = json_string_value(json_object_get(request, "env"));

    if (strcmp(verb, DESK_OVER) == 0 || strcmp(verb, DESK_ADOPT) == 0)
        return error_set(err, ERROR_USAGE, "only a lane's own work ends with that");
    if (environment == NULL && (strcmp(verb, "look") == 0 || strcmp(verb, "refresh") == 0))
        return error_set(err, ERROR_USAGE, "which environment?");
    return environment == NULL || config_environment(d->config, environment, err) != NULL;
}

static void sort(struct desk *d, json_t *request)
{
    const char *verb = verb_of(request);
    struct error err;

    if (!is_fit(d, request, &err) || is_held(d, request, &err)) {
        desk_refuse(d, request, &err);
        json_decref(request);
        return;
    }
    wake(d);
    if (strcmp(verb, "look") == 0) {
        look(d, request);
    } else if (strcmp(verb, DESK_LOOKED) == 0) {
        desk_screens_leave(d, request);
        json_decref(request);
    } else if (strcmp(verb, "refresh") == 0) {
        refresh(d, request);
    } else {
        size_t i = 0;
        while (i < d->lane_count && find_verb(d->lanes[i].kind, verb) == NULL)
            i++;
        put(d, i < d->lane_count ? &d->lanes[i] : NULL, verb, request);
    }
}

static void *read_requests(void *closure)
{
    struct desk *d = closure;
    struct pollfd fds[] = {{.fd = wire_requests_fd(d->options.wire), .events = POLLIN},
                           {.fd = cancel_fd(d->cancel), .events = POLLIN}};
    while (!cancel_is_set(d->cancel)) {
        atomic_store(&d->is_sorting, true);
        json_t *request = wire_take(d->options.wire);
        if (request != NULL)
            sort(d, request);
        atomic_store(&d->is_sorting, false);
        if (request == NULL)
            (void)poll(fds, COUNT(fds), -1);
    }
    return NULL;
}

/* ---- lanes ---- */

static void handle(struct lane *lane, json_t *request)
{
    struct desk *d = lane->desk;
    const char *name = json_string_value(json_object_get(request, "env"));
    const struct desk_verb *verb = find_verb(lane->kind, verb_of(request));
    struct error ignored;

    verb->handle(lane, name != NULL ? config_environment(d->config, name, &ignored) : NULL,
                 request);
    json_decref(request);
}

static void tick(struct lane *lane)
{
    int64_t wait_ms = -1;
    lane->kind->tick(lane, &wait_ms);
    lane->due_ms = wait_ms < 0 ? INT64_MAX : clock_boot_ms() + wait_ms;
}

static void *run_lane(void *closure)
{
    struct lane *lane = closure;
    struct cancel *cancel = lane->desk->cancel;
    struct pollfd fds[] = {{.fd = mailbox_fd(lane->requests), .events = POLLIN},
                           {.fd = cancel_fd(cancel), .events = POLLIN}};

    interrupt_here(cancel);
    lane->due_ms = lane->kind->tick != NULL ? 0 : INT64_MAX;
    while (!cancel_is_set(cancel)) {
        json_t *request = mailbox_receive(lane->requests);
        int64_t left_ms = lane->due_ms - clock_boot_ms();
        if (request != NULL)
            handle(lane, request);
        else if (left_ms <= 0)
            tick(lane);
        else
            (void)poll(fds, COUNT(fds), left_ms < LONGEST_POLL_MS ? (int)left_ms : LONGEST_POLL_MS);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static void free_request(void *request) { json_decref(request); }

bool desk_begin(struct desk *d, struct error *err)
{
    if (d->is_reading)
        return true;
    for (size_t i = 0; i < d->lane_count; i++)
        d->lanes[i].is_started =
            pthread_create(&d->lanes[i].thread, NULL, run_lane, &d->lanes[i]) == 0;
    d->is_reading = pthread_create(&d->reader, NULL, read_requests, d) == 0;
    for (size_t i = 0; d->options.adopts && i < d->config->environment_count; i++)
        desk_post(
            d, "start",
            json_pack("{s:s, s:s}", "verb", DESK_ADOPT, "env", d->config->environments[i].name));
    bool ok = d->is_reading;
    for (size_t i = 0; i < d->lane_count; i++)
        ok = ok && d->lanes[i].is_started;
    return ok || error_set(err, ERROR_INTERNAL, "could not start a thread");
}

bool desk_open(const struct desk_options *options, struct desk **out, struct error *err)
{
    const char *directory;
    if (!session_state_directory(options->session, &directory, err))
        return false;
    mem_share_heaps(MOST_HEAPS);
    struct desk *d = xcalloc(1, sizeof *d);
    *d = (struct desk){.options = *options,
                       .config = options->session->config,
                       .state_directory = directory,
                       .cancel = cancel_new(),
                       .lane_count = COUNT(kinds)};
    atomic_store(&d->asked_ms, clock_boot_ms());
    d->lanes = xcalloc(d->lane_count, sizeof *d->lanes);
    d->backs = xcalloc(d->config->environment_count + 1, sizeof *d->backs);
    desk_flight_init(d);
    desk_callers_init(d);
    desk_screens_init(d);
    d->seen = desk_seen_open(directory);
    desk_journal_init(&d->journal, directory);
    desk_open_hello(d);
    desk_seen_tell(d);
    for (size_t i = 0; i < d->lane_count; i++) {
        d->lanes[i] =
            (struct lane){.kind = kinds[i], .desk = d, .requests = mailbox_new(free_request)};
        if (kinds[i]->state_new != NULL)
            d->lanes[i].state = kinds[i]->state_new(d);
    }
    if (!options->begins_later && !desk_begin(d, err)) {
        desk_close(d);
        return false;
    }
    *out = d;
    return true;
}

void desk_hand_over(struct desk *d, const char *by)
{
    text_copy(d->handed_over_by, sizeof d->handed_over_by, by[0] != '\0' ? by : "somebody");
}

void desk_close(struct desk *d)
{
    if (d == NULL)
        return;
    cancel_set(d->cancel);
    desk_flight_stop(d);
    if (d->is_reading)
        (void)pthread_join(d->reader, NULL);
    for (size_t i = 0; i < d->lane_count; i++)
        if (d->lanes[i].is_started)
            (void)pthread_join(d->lanes[i].thread, NULL);
    for (size_t i = 0; i < d->lane_count; i++) {
        if (kinds[i]->state_free != NULL)
            kinds[i]->state_free(d->lanes[i].state);
    }
    desk_flight_free(d);
    desk_callers_free(d);
    desk_screens_free(d);
    for (size_t i = 0; i < d->lane_count; i++)
        mailbox_free(d->lanes[i].requests);
    desk_seen_close(d->seen);
    desk_journal_clear(&d->journal);
    free(d->lanes);
    free(d->backs);
    cancel_unref(d->cancel);
    free(d);
}

/* What was asked before is on its lane. */
static void await_sorted(struct desk *d)
{
    struct pollfd asked = {.fd = wire_requests_fd(d->options.wire), .events = POLLIN};
    int64_t until_ms = clock_boot_ms() + SORTED_WITHIN_MS;

    while ((poll(&asked, 1, 0) > 0 || atomic_load(&d->is_sorting)) && clock_boot_ms() < until_ms &&
           cancel_sleep_ms(d->cancel, 1))
        continue;
}

const char *desk_is_going_back(struct desk *d)
{
    await_sorted(d);
    for (size_t i = 0; i < d->config->environment_count; i++)
        if (atomic_load(&d->backs[i]) > 0)
            return d->config->environments[i].name;
    return NULL;
}

/* A program of the plan would be cut off in the middle. */
static bool runs_command(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        const struct step_kind *kind = house_step_kind(tables_house(), step->kind);
        if (kind != NULL && kind->may_outlive && step->state == STEP_RUNNING)
            return true;
    }
    return false;
}

bool desk_may_not_hand_over(struct desk *d)
{
    bool has = desk_is_going_back(d) != NULL;

    for (size_t i = 0; i < d->config->environment_count && !has; i++) {
        const struct environment *environment = &d->config->environments[i];
        struct engine *engine = desk_flight_enter(d, environment);
        struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
        has = run != NULL && !run_is_over(run) &&
              (run_is_going_back(run) || (gone_back_is_forward(run) && run_wrote(run)) ||
               runs_command(run));
        run_free(run);
        if (engine != NULL)
            desk_flight_leave(d, environment);
    }
    return has;
}

const char *desk_is_driving(struct desk *d)
{
    const char *going_back = desk_is_going_back(d);
    return going_back != NULL ? going_back : desk_flight_driving(d);
}
