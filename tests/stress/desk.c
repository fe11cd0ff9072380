/*
 * desk.c - a desk over a sandbox that fails at random: a console asks for everything at once, from
 * several threads, others add to the journal, and the desk is closed in the middle. Run under
 * ThreadSanitizer.
 */
#include "cli/desk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/run.h"
#include "tests/desk_fixture.h"

#define ROUNDS 4
#define ASKERS 3
#define REQUESTS 120

static struct desk_house house;

static json_t *request_of(int number)
{
    static const struct {
        const char *verb, *key, *value;
    } kinds[] = {
        {"look", "x", ""},
        {"refresh", "what", "status"},
        {"refresh", "what", "check"},
        {"refresh", "what", "metrics"},
        {"probe", "item", "before/changelog-is-updated"},
        {"evidence", "item", "before/the-site-answers"},
        {"history", "x", ""},
        {"report", "run", "r-0001"},
        {"versions", "x", ""},
        {"trust", "x", ""},
        {"nonsense", "x", ""},
    };
    size_t kind = (size_t)number % (sizeof kinds / sizeof kinds[0]);
    return json_pack("{s:s, s:s, s:s, s:i}", "verb", kinds[kind].verb, "env",
                     number % 3 == 0 ? "staging" : "production", kinds[kind].key, kinds[kind].value,
                     "id", number);
}

static void *ask(void *context)
{
    int first = *(int *)context;
    for (int i = 0; i < REQUESTS; i++)
        wire_ask(house.wire, request_of(first + i));
    return NULL;
}

static bool fold(void *closure, struct event *e, const struct run **after, struct error *err)
{
    if (!run_apply(closure, e, err))
        return false;
    *after = closure;
    return true;
}

/* Somebody else's process, as far as the journal is concerned. */
static void *write_journal(void *context)
{
    atomic_bool *is_over = context;
    struct journal *journal;
    struct run *run = run_new();
    struct error err;

    desk_house_must(journal_open(house.state, &journal, &err), err.message);
    char id[32];
    desk_house_must(journal_next_run_id(journal, id, &err), err.message);
    struct event *e = event_new(id, "run_opened", "", "ana",
                                json_pack("{s:s, s:s, s:s}", "project", "finally", "environment",
                                          "production", "plan_name", "default"));
    while (!journal_append(journal, e, fold, run, &err) || !atomic_load(is_over)) {
        event_unref(e);
        e = event_new(id, "said", "", "", json_pack("{s:s}", "text", "still here"));
        (void)cancel_sleep_ms(NULL, 5);
    }
    event_unref(e);
    run_free(run);
    journal_close(journal);
    return NULL;
}

/* Hears for a while; how many replies. */
static int hear(int64_t wall_ms)
{
    int replies = 0;
    int64_t until_ms = clock_boot_ms() + wall_ms;
    while (clock_boot_ms() < until_ms) {
        json_t *news = wire_hear(house.wire);
        if (news == NULL)
            (void)poll(&(struct pollfd){.fd = wire_news_fd(house.wire), .events = POLLIN}, 1, 20);
        else
            replies += json_object_get(news, "id") != NULL;
        json_decref(news);
    }
    return replies;
}

static int fly_round(int round)
{
    pthread_t askers[ASKERS], writer;
    int firsts[ASKERS];
    atomic_bool is_over = false;

    desk_house_open(&house);
    desk_house_must(pthread_create(&writer, NULL, write_journal, &is_over) == 0, "no thread");
    for (int i = 0; i < ASKERS; i++) {
        firsts[i] = i * REQUESTS;
        desk_house_must(pthread_create(&askers[i], NULL, ask, &firsts[i]) == 0, "no thread");
    }
    int replies = hear(1500);
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_join(askers[i], NULL);
    int64_t begun_ms = clock_boot_ms();
    desk_house_close(&house);
    int64_t took_ms = clock_boot_ms() - begun_ms;
    atomic_store(&is_over, true);
    (void)pthread_join(writer, NULL);
    printf("round %d: %d replies, closed in %lld ms\n", round, replies, (long long)took_ms);
    return replies > 0 && took_ms < 5000 ? 0 : 1;
}

int main(void)
{
    int failed = 0;

    desk_house_begin(&house, "GetAlias=throttle:40");
    desk_house_must(mkdir(house.state, 0700) == 0, house.state);
    for (int round = 0; round < ROUNDS; round++)
        failed |= fly_round(round);
    desk_house_end(&house);
    return failed;
}
