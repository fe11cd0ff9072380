/* console.c - storms over the console: keys, pastes, mouse, sizes, time and news of any kind, first
 * one after the other and then with the engine's side in another thread.
 *
 * usage: stress_console [SECONDS [SEED]]    or STRESS_SECONDS; a storm of the same seed is the same
 */
#include <pthread.h>
#include <time.h>

#include "tests/console_storm.h"

#ifdef __SANITIZE_THREAD__
/* As in engine.c: what jansson inlines into us looks at a count before it changes it atomically. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "race:json_incref\nrace:json_decref\n"; }
#endif

#define SECONDS 6
#define STORM_BYTES 1000
#define THREADED_INPUTS 300

static void fill(uint64_t seed, uint8_t *bytes, size_t count)
{
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes[i] = (uint8_t)(x >> 32);
    }
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the engine's side, as a thread ---- */

struct engine {
    struct wire *wire;
    uint64_t seed;
    bool is_over; /* atomic */
};

static void *tell_and_answer(void *closure)
{
    struct engine *e = closure;
    uint8_t bytes[STORM_BYTES];
    json_t *asked = json_array();
    struct luck luck = {bytes, bytes};

    while (!__atomic_load_n(&e->is_over, __ATOMIC_ACQUIRE)) {
        if (luck.at == luck.end) {
            fill(e->seed++, bytes, sizeof bytes);
            luck.at = bytes;
            luck.end = bytes + sizeof bytes;
        }
        json_t *request = wire_await(e->wire, 1);
        if (request != NULL)
            json_array_append_new(asked, request);
        json_t *reply = luck_reply(&luck, asked);
        if (reply != NULL)
            wire_tell(e->wire, reply);
        json_t *pool = luck_once_in(&luck, 2) ? recorded.news : recorded.events;
        json_t *news = json_array_get(pool, luck_below(&luck, (uint32_t)json_array_size(pool)));
        wire_tell(e->wire,
                  luck_once_in(&luck, 3) ? spoiled(&luck, json_incref(news)) : json_incref(news));
    }
    json_decref(asked);
    return NULL;
}

static void hear(struct storm *s)
{
    for (int i = 0; i < 20; i++) {
        json_t *news = wire_hear(s->wire);
        if (news == NULL)
            return;
        storm_news(s, news);
    }
}

static void threaded(uint64_t seed, struct storm *s)
{
    uint8_t bytes[STORM_BYTES];
    struct engine engine = {.wire = wire_new(), .seed = seed + 1000000};
    pthread_t thread;

    fill(seed, bytes, sizeof bytes);
    storm_open(s, bytes, sizeof bytes);
    s->wire = engine.wire;
    if (pthread_create(&thread, NULL, tell_and_answer, &engine) != 0)
        abort();
    while (s->luck.at < s->luck.end && s->steps < THREADED_INPUTS) {
        hear(s);
        storm_step(s);
    }
    __atomic_store_n(&engine.is_over, true, __ATOMIC_RELEASE);
    (void)pthread_join(thread, NULL);
    hear(s);
    storm_close(s);
    wire_free(engine.wire);
}

/* ---- one after the other ---- */

static void alone(uint64_t seed, struct storm *s)
{
    uint8_t bytes[STORM_BYTES];
    fill(seed, bytes, sizeof bytes);
    storm_open(s, bytes, sizeof bytes);
    while (s->luck.at < s->luck.end)
        storm_step(s);
    storm_close(s);
}

int main(int argc, char **argv)
{
    const char *wished = argc > 1 ? argv[1] : getenv("STRESS_SECONDS");
    double until_s = now_s() + (wished != NULL ? strtod(wished, NULL) : SECONDS);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, first = seed;
    size_t inputs = 0, writes = 0;
    struct storm s;

    storm_read();
    json_t *before = json_deep_copy(recorded.news);
    for (; seed == first || now_s() < until_s; seed++) {
        storm_seed = seed;
        if (seed % 3 != 0)
            alone(seed, &s);
        else
            threaded(seed, &s);
        inputs += s.steps;
        writes += s.writes;
    }
    int failed = !json_equal(before, recorded.news);
    if (failed)
        (void)fprintf(stderr, "news were changed by who heard them\n");
    json_decref(before);
    storm_forget();
    printf("%llu storms, %zu inputs, %zu writes asked for: %s\n",
           (unsigned long long)(seed - first), inputs, writes, failed ? "failed" : "ok");
    return failed;
}
