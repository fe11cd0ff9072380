/* faults.c - see faults.h. */
#include "sandbox/faults.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "sandbox/scenario.h"

#define MOST_TIMES 1000000
#define ANY "*"
/* Longer than a client asks again: three attempts, and the look whether a write was done. */
#define CALLS_LEFT_ALONE 4

const struct fault_kind faults_kinds[FAULT_KIND_COUNT] = {
    [FAULT_NONE] = {"none", "nothing happens to it", false},
    [FAULT_THROTTLE] = {"throttle", "refused: too many requests", true},
    [FAULT_5XX] = {"5xx", "an internal error of the service; nothing was done", true},
    [FAULT_RESET_BEFORE] = {"reset-before", "the connection breaks; nothing was done", true},
    [FAULT_RESET_AFTER] = {"reset-after", "it is done, and the connection breaks unanswered",
                           false},
    [FAULT_HALF] = {"half", "it is done, and the connection breaks in the middle of the answer",
                    false},
    [FAULT_SLOW] = {"slow", "it is done, and the answer takes 25 s: longer than flightdeck waits",
                    false},
    [FAULT_HTML] = {"html", "a proxy's HTML page (502) instead of an answer; nothing was done",
                    true},
    [FAULT_EXPIRED] = {"expired", "refused: the sign-in has ended (ExpiredToken)", true},
};

/* The chances of the scenarios, per call. */
static const struct chance {
    enum fault fault;
    double throttled, flaky;
} chances[] = {
    {FAULT_THROTTLE, 0.25, 0},    {FAULT_5XX, 0, 0.05},  {FAULT_RESET_BEFORE, 0, 0.06},
    {FAULT_RESET_AFTER, 0, 0.06}, {FAULT_HALF, 0, 0.04},
};

struct order {
    char *operation; /* owned */
    enum fault fault;
    int64_t left;
};

struct rest {              /* how long an operation is still left alone by chance */
    const char *operation; /* of a static table */
    int calls;
};

struct faults {
    pthread_mutex_t lock;
    uint64_t seed, draws;
    bool is_throttled, is_flaky;
    int64_t latency_ms;
    struct order *orders;
    size_t order_count, order_capacity;
    struct rest *rests;
    size_t rest_count, rest_capacity;
    json_t *done;
};

struct faults *faults_new(uint64_t seed, const struct scenario *scenario)
{
    struct faults *f = xcalloc(1, sizeof *f);
    (void)pthread_mutex_init(&f->lock, NULL);
    f->seed = seed;
    f->is_throttled = scenario != NULL && scenario->is_throttled;
    f->is_flaky = scenario != NULL && scenario->is_flaky;
    f->done = json_object();
    return f;
}

void faults_free(struct faults *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->order_count; i++)
        free(f->orders[i].operation);
    free(f->orders);
    free(f->rests);
    json_decref(f->done);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

static enum fault find_kind(struct text name)
{
    for (int i = FAULT_NONE + 1; i < FAULT_KIND_COUNT; i++)
        if (text_eq(name, faults_kinds[i].name))
            return (enum fault)i;
    return FAULT_NONE;
}

bool faults_add(struct faults *f, const char *order, struct error *err)
{
    const char *equals = strchr(order, '=');
    const char *colon = equals != NULL ? strchr(equals, ':') : NULL;
    int64_t times = 1;

    if (equals == NULL || equals == order)
        return error_set(err, ERROR_USAGE, "a fault is OPERATION=KIND[:N], not \"%s\"", order);
    if (colon != NULL && (!text_to_int64(colon + 1, &times) || times < 1 || times > MOST_TIMES))
        return error_set(err, ERROR_USAGE, "\"%s\" is no number of calls from 1 to %d", colon + 1,
                         MOST_TIMES);
    size_t kind_len = colon != NULL ? (size_t)(colon - equals - 1) : strlen(equals + 1);
    enum fault fault = find_kind((struct text){equals + 1, kind_len});
    if (fault == FAULT_NONE) {
        error_set(err, ERROR_USAGE, "there is no fault \"%.*s\"", (int)kind_len, equals + 1);
        return error_hint(err,
                          "throttle, 5xx, reset-before, reset-after, half, slow, html or expired");
    }
    (void)pthread_mutex_lock(&f->lock);
    f->orders = mem_grow(f->orders, &f->order_capacity, f->order_count, sizeof *f->orders);
    f->orders[f->order_count++] =
        (struct order){xstrndup(order, (size_t)(equals - order)), fault, times};
    (void)pthread_mutex_unlock(&f->lock);
    return true;
}

void faults_forget(struct faults *f)
{
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->order_count; i++)
        f->orders[i].left = 0;
    (void)pthread_mutex_unlock(&f->lock);
}

static enum fault take_ordered(struct faults *f, const char *operation)
{
    for (size_t i = 0; i < f->order_count; i++) {
        struct order *o = &f->orders[i];
        if (o->left > 0 &&
            (strcmp(o->operation, ANY) == 0 || strcmp(o->operation, operation) == 0)) {
            o->left--;
            return o->fault;
        }
    }
    return FAULT_NONE;
}

/* 0 <= x < 1, the next of this seed: splitmix64. */
static double draw(struct faults *f)
{
    uint64_t z = f->seed + ++f->draws * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static struct rest *rest_of(struct faults *f, const char *operation)
{
    for (size_t i = 0; i < f->rest_count; i++)
        if (strcmp(f->rests[i].operation, operation) == 0)
            return &f->rests[i];
    f->rests = mem_grow(f->rests, &f->rest_capacity, f->rest_count, sizeof *f->rests);
    f->rests[f->rest_count] = (struct rest){operation, 0};
    return &f->rests[f->rest_count++];
}

static enum fault take_by_chance(struct faults *f, const char *operation)
{
    if (!f->is_throttled && !f->is_flaky)
        return FAULT_NONE;
    struct rest *rest = rest_of(f, operation);
    if (rest->calls > 0) {
        rest->calls--;
        return FAULT_NONE;
    }
    double x = draw(f);
    for (size_t i = 0; i < sizeof chances / sizeof chances[0]; i++) {
        x -= (f->is_throttled ? chances[i].throttled : 0) + (f->is_flaky ? chances[i].flaky : 0);
        if (x < 0) {
            rest->calls = CALLS_LEFT_ALONE;
            return chances[i].fault;
        }
    }
    return FAULT_NONE;
}

static void count(json_t *counts, const char *operation, enum fault fault, json_int_t by)
{
    auto_free char *key = xasprintf("%s=%s", operation, faults_kinds[fault].name);
    json_int_t before = json_integer_value(json_object_get(counts, key));
    json_object_set_new(counts, key, json_integer(before + by));
}

enum fault faults_take(struct faults *f, const char *operation)
{
    (void)pthread_mutex_lock(&f->lock);
    enum fault fault = take_ordered(f, operation);
    if (fault == FAULT_NONE)
        fault = take_by_chance(f, operation);
    if (fault != FAULT_NONE)
        count(f->done, operation, fault, 1);
    (void)pthread_mutex_unlock(&f->lock);
    return fault;
}

json_t *faults_json(struct faults *f)
{
    json_t *waiting = json_object();
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].left > 0)
            count(waiting, f->orders[i].operation, f->orders[i].fault, f->orders[i].left);
    json_t *done = json_deep_copy(f->done);
    int64_t latency_ms = f->latency_ms;
    (void)pthread_mutex_unlock(&f->lock);
    return json_pack("{s:o, s:o, s:I}", "waiting", waiting, "done", done, "latency_ms",
                     (json_int_t)latency_ms);
}

void faults_set_latency(struct faults *f, int64_t wall_ms)
{
    (void)pthread_mutex_lock(&f->lock);
    f->latency_ms = wall_ms;
    (void)pthread_mutex_unlock(&f->lock);
}

int64_t faults_latency_ms(struct faults *f)
{
    (void)pthread_mutex_lock(&f->lock);
    int64_t wall_ms = f->latency_ms;
    (void)pthread_mutex_unlock(&f->lock);
    return wall_ms;
}
