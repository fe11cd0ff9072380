/* traffic.c - see traffic.h. */
#include "sandbox/traffic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "sandbox/functions.h"
#include "sandbox/numbers.h"

#define CURVE 0.2       /* the busiest hour has so much more than the usual one */
#define BUSIEST_HOUR 14 /* UTC */
#define MEDIAN_MS 80.0
#define P99_MS 400.0
#define SLOW_FROM_MS 2050.0
#define SLOW_TO_MS 2900.0
#define CLIENT_ERRORS 0.02 /* people who are not signed in, or ask for what is not there */
#define DAY_S 86400
#define PI 3.14159265358979323846

/* A generator that a hash has seeded: xorshift64* (Vigna). */
static double draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545f4914f6cdd1du) >> 11) * 0x1p-53;
}

static uint64_t seed_state(const struct world *w, uint64_t a, uint64_t b)
{
    uint64_t state = world_hash(w, a, b);
    return state ? state : 1;
}

/* Standard normal, by the sum of 12; its ends are at -6 and 6. */
static double draw_normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += draw(state);
    return sum;
}

/* Poisson: exactly (Knuth) where it is small, by the normal distribution where it is not. */
static long draw_count(uint64_t *state, double mean)
{
    if (mean > 200)
        return lround(fmax(0, mean + sqrt(mean) * draw_normal(state)));
    double limit = exp(-mean), product = draw(state);
    long count = 0;
    for (; product > limit; count++)
        product *= draw(state);
    return count;
}

/* ---- how a version answers ---- */

static struct behaviour behaviour_of(const struct world *w, const struct function *f,
                                     const struct function_version *v)
{
    if (!f->place->is_production || !functions_is_new(f, v))
        return scenario_usual;
    struct behaviour b = w->setting.scenario->new_version;
    if (w->setting.error_share >= 0)
        b.thrown = w->setting.error_share;
    if (w->setting.slow_share >= 0)
        b.slow = w->setting.slow_share;
    return b;
}

struct outcome {
    bool is_thrown, is_handled_error;
    int bucket;
};

/* Durations are log-normal, and the buckets lie evenly on that scale: so normal in buckets. */
static int draw_usual_bucket(uint64_t *state)
{
    const double per_e = (NUMBERS_BUCKETS - 1) / log(NUMBERS_LONGEST_MS);
    /* Normal by the sum of four, of one draw: mean 2, variance 1/3; 2.28 is its 99th percentile. */
    uint64_t bits = (uint64_t)(draw(state) * 0x1p52);
    double sum = 0;
    for (int i = 0; i < 4; i++, bits >>= 13)
        sum += (double)(bits & 0x1fff) / 0x2000;
    double deviations = (sum - 2) * sqrt(3);
    return (int)lround(per_e * (log(MEDIAN_MS) + log(P99_MS / MEDIAN_MS) / 2.28 * deviations));
}

static struct outcome draw_outcome(const struct behaviour *b, uint64_t *state)
{
    double what = draw(state);
    bool is_slow = b->slow > 0 && draw(state) < b->slow;
    int bucket = is_slow ? numbers_bucket(SLOW_FROM_MS + (SLOW_TO_MS - SLOW_FROM_MS) * draw(state))
                         : draw_usual_bucket(state);
    return (struct outcome){.is_thrown = what < b->thrown,
                            .is_handled_error = what >= b->thrown && what < b->thrown + b->handled,
                            .bucket = bucket};
}

/* The version that an alias gives a request to. */
static int route(const struct function_alias *alias, uint64_t *state)
{
    bool is_additional = draw(state) < alias->weight;
    return alias->additional && is_additional ? alias->additional : alias->version;
}

static void tally(struct function *f, int version, bool is_failed)
{
    struct function_tally *t = NULL;
    if (!f->is_shifted)
        return;
    for (size_t i = 0; i < f->tally_count && !t; i++)
        if (f->tallies[i].version == version)
            t = &f->tallies[i];
    if (!t) {
        f->tallies = mem_grow(f->tallies, &f->tally_capacity, f->tally_count, sizeof *f->tallies);
        t = &f->tallies[f->tally_count++];
        *t = (struct function_tally){.version = version};
    }
    t->requests++;
    t->failed += is_failed;
}

/* ---- traffic that is drawn ---- */

static double rate_at(const struct world *w, const struct world_place *place, int64_t second)
{
    double rate = place->rate_per_s;
    if (place->is_production && w->setting.scenario->has_no_traffic)
        return 0;
    if (place->is_production && w->setting.rate_per_s >= 0)
        rate = w->setting.rate_per_s;
    double hours = (double)(second % DAY_S) / 3600;
    return rate * (1 + CURVE * cos((hours - BUSIEST_HOUR) * PI / 12));
}

/* What the requests of one second to one of the two versions share. */
struct lane {
    int version;
    struct behaviour behaviour;
    struct numbers_series *series;
    double busy_ms;
};

static struct lane open_lane(struct world *w, struct function *f, int version)
{
    return (struct lane){.version = version,
                         .behaviour = behaviour_of(w, f, functions_version(f, version)),
                         .series = numbers_series(w->numbers, f->name, f->place->alias, version)};
}

static void draw_function(struct world *w, struct function *f, uint64_t which, int64_t second)
{
    uint64_t state = seed_state(w, (uint64_t)second, which);
    const struct function_alias *alias = functions_alias(f, f->place->alias);
    long count = draw_count(&state, rate_at(w, f->place, second));
    if (count == 0)
        return;
    struct numbers_series *api = numbers_series(w->numbers, f->place->api_id, "", 0);
    struct lane lanes[2] = {open_lane(w, f, alias->version)};
    if (alias->additional)
        lanes[1] = open_lane(w, f, alias->additional);
    for (long i = 0; i < count; i++) {
        struct lane *lane = &lanes[route(alias, &state) != alias->version];
        struct outcome o = draw_outcome(&lane->behaviour, &state);
        bool is_failed = o.is_thrown || o.is_handled_error;
        bool is_client_error = draw(&state) < CLIENT_ERRORS && !is_failed;
        numbers_add(lane->series, second, &(struct numbers_call){o.bucket, o.is_thrown, false});
        numbers_add(api, second, &(struct numbers_call){o.bucket, is_failed, is_client_error});
        tally(f, lane->version, is_failed);
        lane->busy_ms += numbers_duration_ms(o.bucket);
    }
    for (size_t i = 0; i < 2; i++)
        if (lanes[i].busy_ms > 0)
            numbers_add_concurrency(lanes[i].series, second, ceil(lanes[i].busy_ms / 1000));
}

void traffic_draw_second(struct world *w, int64_t second)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        draw_function(w, w->functions[i], i, second);
}

/* ---- requests that arrive ---- */

#define FAILURE(code, message)                                                                     \
    "{\"success\":false,\"error\":{\"code\":\"" code "\",\"message\":\"" message "\"}}"

static const struct page {
    const char *method, *path;
    bool is_private; /* 401 without a sign-in; shows people's data with one */
    const char *body;
} pages[] = {
    {"GET", "/", false, "{\"success\":true,\"data\":{\"name\":\"FinAlly\"}}"},
    {"GET", "/health", false, "{\"success\":true,\"data\":{\"status\":\"healthy\"}}"},
    {"GET", "/users/me", true, "{\"success\":true,\"data\":{\"id\":1,\"name\":\"Ana\"}}"},
    {"GET", "/accounts", true, "{\"success\":true,\"data\":[]}"},
    {"GET", "/transactions", true, "{\"success\":true,\"data\":[]}"},
};

static const struct page *find_page(const struct traffic_request *r)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (strcmp(pages[i].method, r->method) == 0 && strcmp(pages[i].path, r->path) == 0)
            return &pages[i];
    return NULL;
}

/* What of a version's bugs such a request meets. */
static struct behaviour behaviour_at(const struct traffic_request *r, struct behaviour b)
{
    const struct page *page = find_page(r);
    bool has_data = page && page->is_private && r->has_authorization;
    if (has_data || b.thrown + b.handled >= 1)
        return b;
    return (struct behaviour){.slow = b.slow};
}

static void answer_page(const struct traffic_request *r, struct traffic_answer *out)
{
    const struct page *page = find_page(r);
    bool is_refused = page && page->is_private && !r->has_authorization;
    out->status = !page ? 404 : is_refused ? 401 : 200;
    (void)snprintf(out->body, sizeof out->body, "%s",
                   !page        ? FAILURE("NOT_FOUND", "there is no such page")
                   : is_refused ? FAILURE("UNAUTHORIZED", "sign in first")
                                : page->body);
}

static void answer_failure(bool is_thrown, bool is_through_api, struct traffic_answer *out)
{
    static const char thrown[] = "{\"errorType\":\"TypeError\",\"errorMessage\":\"Cannot read "
                                 "properties of undefined (reading 'id')\",\"trace\":[]}";
    const char *body = !is_thrown       ? FAILURE("INTERNAL", "something went wrong")
                       : is_through_api ? "{\"message\":\"Internal Server Error\"}"
                                        : thrown;
    out->is_thrown = is_thrown;
    out->status = 500;
    (void)snprintf(out->body, sizeof out->body, "%s", body);
}

void traffic_serve(struct world *w, struct function *f, const char *qualifier,
                   const struct traffic_request *request, struct traffic_answer *out)
{
    const char *called = qualifier && strcmp(qualifier, "$LATEST") != 0 ? qualifier : "";
    /* The top bit: a stream of its own beside those of the seconds. */
    uint64_t state = seed_state(w, ++f->arrived | 1ull << 63, (uint64_t)(f->place - world_places));
    const struct function_alias *alias = functions_alias(f, called);
    int64_t number = 0;
    if (alias)
        number = route(alias, &state);
    else if (called[0] && !text_to_int64(called, &number))
        number = 0;
    const struct function_version *v = functions_version(f, (int)number);
    struct behaviour behaviour = behaviour_at(request, behaviour_of(w, f, v));
    struct outcome o = draw_outcome(&behaviour, &state);
    bool is_failed = o.is_thrown || o.is_handled_error;
    int64_t second = w->now_ms / 1000;

    *out = (struct traffic_answer){.version = v, .duration_ms = numbers_duration_ms(o.bucket)};
    if (is_failed)
        answer_failure(o.is_thrown, request->is_through_api, out);
    else
        answer_page(request, out);
    numbers_add(numbers_series(w->numbers, f->name, called, v->number), second,
                &(struct numbers_call){o.bucket, o.is_thrown, false});
    if (request->is_through_api)
        numbers_add(numbers_series(w->numbers, f->place->api_id, "", 0), second,
                    &(struct numbers_call){o.bucket, is_failed, out->status / 100 == 4});
    if (alias)
        tally(f, v->number, is_failed);
}

json_t *traffic_json(const struct function *f)
{
    json_t *versions = json_object();
    for (size_t i = 0; i < f->tally_count; i++) {
        const struct function_tally *t = &f->tallies[i];
        char name[16];
        (void)snprintf(name, sizeof name, "%d", t->version);
        json_object_set_new(versions, name,
                            json_pack("{s:I, s:I}", "since_first_weight", (json_int_t)t->requests,
                                      "failed", (json_int_t)t->failed));
    }
    return json_pack("{s:o}", "versions", versions);
}
