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
    bool is_elsewhere;
};

static unsigned draw(struct talker *t)
{
    t->seed = t->seed * 1664525u + 1013904223u;
    return t->seed >> 16;
}

/* As from another process: through the inbox, on a connection of its own. */
static void post(struct talker *t, struct journal *journal, const struct command *c)
{
    struct journal_command posted = {.reason = xstrdup(c->reason)};
    struct run *run = engine_snapshot(t->project->engine);
    struct error err;
    int64_t id;

    (void)snprintf(posted.run, sizeof posted.run, "%s", run->id);
    (void)snprintf(posted.verb, sizeof posted.verb, "%s", engine_verb_name(c->verb));
    (void)snprintf(posted.step, sizeof posted.step, "%s", c->step);
    (void)snprintf(posted.answer, sizeof posted.answer, "%s", c->answer);
    (void)snprintf(posted.by, sizeof posted.by, "%s", c->by);
    FD_IGNORE(journal_post_command(journal, &posted, &id, &err));
    journal_command_clear(&posted);
    run_free(run);
}

/* Everything but what ends the run. */
static void *talk(void *closure)
{
    static const enum command_verb verbs[] = {COMMAND_PAUSE,   COMMAND_RESUME, COMMAND_PROMOTE,
                                              COMMAND_TICK,    COMMAND_UNTICK, COMMAND_WAIVE,
                                              COMMAND_APPROVE, COMMAND_RETRY,  COMMAND_ANSWER};
    struct talker *t = closure;
    struct journal *journal = NULL;
    struct error err;

    if (t->is_elsewhere && !journal_open(t->project->directory, &journal, &err))
        abort();
    while (!atomic_load(t->is_over)) {
        struct command c = {.verb = verbs[draw(t) % (sizeof verbs / sizeof verbs[0])]};
        (void)snprintf(c.by, sizeof c.by, "talker %u", t->seed % 7);
        (void)snprintf(c.reason, sizeof c.reason, "because");
        (void)snprintf(c.answer, sizeof c.answer, "promote");
        if (c.verb == COMMAND_TICK || c.verb == COMMAND_UNTICK || c.verb == COMMAND_WAIVE)
            (void)snprintf(c.step, sizeof c.step, "item-%u", draw(t) % 5);
        if (t->is_elsewhere)
            post(t, journal, &c);
        else
            FD_IGNORE(engine_command(t->project->engine, &c, &err));
        struct run *run = engine_snapshot(t->project->engine);
        run_free(run);
        (void)cancel_sleep_ms(NULL, draw(t) % 3);
    }
    journal_close(journal);
    return NULL;
}

struct crowd {
    struct talker talkers[TALKERS];
    atomic_bool is_over;
};

static void crowd_begin(struct crowd *crowd, struct project *p, unsigned seed)
{
    atomic_init(&crowd->is_over, false);
    for (unsigned i = 0; i < TALKERS; i++) {
        struct talker *t = &crowd->talkers[i];
        *t = (struct talker){.project = p,
                             .seed = seed * 31 + i,
                             .is_over = &crowd->is_over,
                             .is_elsewhere = i == 0};
        if (pthread_create(&t->thread, NULL, talk, t) != 0)
            abort();
    }
}

static void crowd_end(struct crowd *crowd)
{
    atomic_store(&crowd->is_over, true);
    for (unsigned i = 0; i < TALKERS; i++)
        (void)pthread_join(crowd->talkers[i].thread, NULL);
}

/* In the middle of it: workers and guard are ended, and another engine takes the run up. */
static bool change_engine(struct project *p, struct error *err)
{
    struct run *run = engine_snapshot(p->engine);
    bool ok = true;

    project_close(p);
    ok = project_open(p, err) && (run_is_over(run) || engine_resume(p->engine, run->id, true, err));
    run_free(run);
    return ok;
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
    struct crowd crowd;
    struct error err;

    project_init(&p, "gate write+ write shift slow write");
    world->hangs = true;
    world->lost = (int)(round % 2);
    if (!project_open(&p, &err) || !engine_start(p.engine, NULL, p.plan, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    crowd_begin(&crowd, &p, round);
    if (round % 4 == 3) {
        (void)cancel_sleep_ms(NULL, 10 + round);
        crowd_end(&crowd);
        if (!change_engine(&p, &err)) {
            (void)fprintf(stderr, "%s\n", err.message);
            return false;
        }
        crowd_begin(&crowd, &p, round + ROUNDS);
    }
    bool ok = see_it_end(&p, round);
    crowd_end(&crowd);
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
