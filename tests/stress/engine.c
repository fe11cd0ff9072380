/*
 * engine.c - the engine under load, for ThreadSanitizer: many threads ask for everything at once
 * while runs fly. Every run ends, the journal's chain holds, and nothing was sent twice.
 */
#include "tests/engine_fixture.h"

#define ROUNDS 24
#define TALKERS 4
#define LIMIT_MS 60000 /* wall, for one run; ThreadSanitizer is slow */

#ifdef __SANITIZE_THREAD__
/*
 * jansson counts its references atomically, but looks for its constants (true, null) with a plain
 * read of the count first: inlined into us, that is a race by the letter.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "race:json_incref\nrace:json_decref\n"; }
#endif

struct talker {
    pthread_t thread;
    struct project *project;
    unsigned seed;
    atomic_bool *is_over;
};

static unsigned draw(struct talker *t)
{
    t->seed = t->seed * 1664525u + 1013904223u;
    return t->seed >> 16;
}

/* Everything but what ends the run. */
static void *talk(void *closure)
{
    static const enum command_verb verbs[] = {COMMAND_PAUSE,   COMMAND_RESUME, COMMAND_PROMOTE,
                                              COMMAND_TICK,    COMMAND_UNTICK, COMMAND_WAIVE,
                                              COMMAND_APPROVE, COMMAND_RETRY,  COMMAND_ANSWER};
    struct talker *t = closure;
    struct error err;

    while (!atomic_load(t->is_over)) {
        struct command c = {.verb = verbs[draw(t) % (sizeof verbs / sizeof verbs[0])]};
        (void)snprintf(c.by, sizeof c.by, "talker %u", t->seed % 7);
        (void)snprintf(c.reason, sizeof c.reason, "because");
        (void)snprintf(c.answer, sizeof c.answer, "promote");
        if (c.verb == COMMAND_TICK || c.verb == COMMAND_UNTICK || c.verb == COMMAND_WAIVE)
            (void)snprintf(c.step, sizeof c.step, "item-%u", draw(t) % 5);
        FD_IGNORE(engine_command(t->project->engine, &c, &err));
        struct run *run = engine_snapshot(t->project->engine);
        run_free(run);
        (void)cancel_sleep_ms(NULL, draw(t) % 3);
    }
    return NULL;
}

/* Runs on while the others talk: resumed when somebody paused it, and ended as the round says. */
static bool see_it_end(struct project *p, unsigned round)
{
    int64_t until_ms = clock_boot_ms() + LIMIT_MS, back_ms = clock_boot_ms() + 60;
    struct command resume = {.verb = COMMAND_RESUME, .by = "ana"};
    struct command back = {.verb = round % 3 == 1 ? COMMAND_ABORT : COMMAND_ROLLBACK, .by = "ana"};
    struct error err;

    while (!engine_wait(p->engine, 5)) {
        FD_IGNORE(engine_command(p->engine, &resume, &err));
        world->hangs = false;
        if (round % 3 != 0 && clock_boot_ms() > back_ms)
            FD_IGNORE(engine_command(p->engine, &back, &err));
        if (round % 6 == 5)
            world->verdict = VERDICT_BAD;
        if (clock_boot_ms() > until_ms)
            return false;
    }
    return true;
}

/* No word of the log comes twice. */
static bool is_each_once(void)
{
    world_lock();
    auto_free char *log = xstrdup(world->log);
    (void)pthread_mutex_unlock(&world->lock);
    for (char *word = log; *word != '\0';) {
        size_t len = strcspn(word, " ");
        char *rest = word + len + (word[len] == ' ');
        word[len] = '\0';
        for (const char *other = rest; *other != '\0';) {
            size_t other_len = strcspn(other, " ");
            if (other_len == len && strncmp(other, word, len) == 0)
                return false;
            other += other_len + (other[other_len] == ' ');
        }
        word = rest;
    }
    return true;
}

static bool check_journal(const struct project *p)
{
    struct journal *journal;
    struct error err;
    size_t count;

    if (!journal_open(p->directory, &journal, &err))
        return false;
    bool ok = journal_verify(journal, &count, &err);
    if (!ok)
        (void)fprintf(stderr, "%s\n", err.message);
    journal_close(journal);
    return ok;
}

static bool fly(unsigned round)
{
    struct project p;
    struct talker talkers[TALKERS];
    atomic_bool is_over = false;
    struct error err;

    project_init(&p, "gate write+ write shift slow write");
    world->hangs = true;
    world->lost = (int)(round % 2);
    if (!project_open(&p, &err) || !engine_start(p.engine, NULL, p.plan, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        talkers[i] = (struct talker){.project = &p, .seed = round * 31 + i, .is_over = &is_over};
        if (pthread_create(&talkers[i].thread, NULL, talk, &talkers[i]) != 0)
            abort();
    }
    bool ok = see_it_end(&p, round);
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < TALKERS; i++)
        (void)pthread_join(talkers[i].thread, NULL);
    struct run *run = engine_snapshot(p.engine);
    if (!ok || !run_is_over(run) || !is_each_once())
        (void)fprintf(stderr, "round %u: %s: %s; %s\n", round, run_status_name(run->status),
                      run->reason, world->log);
    ok = ok && run_is_over(run) && is_each_once();
    run_free(run);
    project_close(&p);
    ok = check_journal(&p) && ok;
    project_clear(&p);
    return ok;
}

int main(void)
{
    for (unsigned round = 0; round < ROUNDS; round++)
        if (!fly(round))
            return 1;
    return 0;
}
