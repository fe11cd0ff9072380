/*
 * engine_crash.c - a process is killed at every crash point of a run; the next one takes the run
 * up, and the world looks as if nothing had happened. And: the disk is full.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/locked.h"
#include "tests/engine_helpers.h"

#ifdef FD_CRASH_POINTS

#define LIMIT_MS 20000 /* wall: a child that is not done by then hangs */

/* The newest run, as the journal has it. NULL: there is none. */
static struct run *read_newest(const struct project *p)
{
    struct journal *journal;
    struct run_row *rows;
    struct run *run = NULL;
    size_t count;
    struct error err;

    if (!journal_open(p->directory, &journal, &err))
        abort();
    if (!journal_list_runs(journal, NULL, 1, &rows, &count, &err))
        abort();
    if (count > 0 && !journal_read_run(journal, rows[0].id, &run, &err))
        abort();
    free(rows);
    journal_close(journal);
    return run;
}

static bool begin_or_take_up(struct project *p, struct error *err)
{
    struct run *run = read_newest(p);
    bool ok;

    if (run != NULL && run_is_over(run))
        _exit(0);
    if (!project_open(p, err))
        return false;
    if (run == NULL)
        ok = engine_start(p->engine, NULL, p->plan, err);
    else if (run->status == RUN_PENDING)
        ok = engine_start(p->engine, run->id, p->plan, err);
    else
        ok = engine_resume(p->engine, run->id, true, err);
    run_free(run);
    return ok;
}

/* A process of its own: flies the run to its end; whatever is asked, it says `verb`. */
static void fly(struct project *p, enum command_verb verb)
{
    struct error err;
    int64_t until_ms = clock_boot_ms() + LIMIT_MS;

    if (!begin_or_take_up(p, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        _exit(3);
    }
    while (!engine_wait(p->engine, 2)) {
        struct run *run = engine_snapshot(p->engine);
        bool is_asked = run->prompt_count > 0 && run->status == RUN_WAITING;
        run_free(run);
        if (is_asked)
            FD_IGNORE(say(p, verb, "", &err));
        if (clock_boot_ms() > until_ms)
            _exit(4);
    }
    project_close(p);
    _exit(0);
}

/* How the child ended: 0, an exit code, or 128 + signal. */
static int fly_in_child(struct project *p, enum command_verb verb, int crash_at)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        auto_free char *number = xasprintf("%d", crash_at);
        (void)setenv("FLIGHTDECK_CRASH_AT", number, 1);
        (void)freopen("/dev/null", "w", stderr);
        fly(p, verb);
    }
    cr_assert(child > 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void check_end(struct project *p, int crash_at, enum run_status status, const char *log)
{
    struct run *run = read_newest(p);

    cr_assert_not_null(run);
    cr_expect_eq(run->status, status, "point %d: %s: %s", crash_at, run_status_name(run->status),
                 run->reason);
    cr_expect_str_eq(world->log, log, "point %d: %s", crash_at, world->log);
    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *e = &run->effects[i];
        cr_expect(e->state == EFFECT_DONE || e->state == EFFECT_FAILED, "point %d: %s/%s is %s",
                  crash_at, e->step, e->key, run_effect_state_name(e->state));
    }
    run_free(run);
}

static void crash_everywhere(enum command_verb verb, enum run_status status, const char *log)
{
    int crash_at = 0, end = 128 + SIGKILL;

    while (end == 128 + SIGKILL) {
        struct project p;
        project_init(&p, "gate write+ write shift slow");
        p.config.judge.interval_ms = 3600000; /* the number of points does not depend on time */
        end = fly_in_child(&p, verb, ++crash_at);
        if (end == 128 + SIGKILL)
            cr_assert_eq(fly_in_child(&p, verb, 0), 0, "point %d: it could not be taken up",
                         crash_at);
        else
            cr_assert_eq(end, 0, "point %d: exit code %d", crash_at, end);
        check_end(&p, crash_at, status, log);
        project_clear(&p);
    }
    cr_assert_gt(crash_at, 30, "only %d points were passed", crash_at);
}

Test(engine_crash, killed_at_any_point_a_release_is_carried_out_once, .timeout = 240)
{
    crash_everywhere(COMMAND_PROMOTE, RUN_SUCCEEDED,
                     "write:write write:write-2 write:shift all:shift");
}

Test(engine_crash, killed_at_any_point_a_way_back_is_carried_out_once, .timeout = 240)
{
    crash_everywhere(COMMAND_ROLLBACK, RUN_ROLLED_BACK,
                     "write:write write:write-2 write:shift undo:shift undo:write-2 undo:write");
}

#endif

/* ---- a full disk ---- */

static void fill_disk(bool is_full)
{
    struct rlimit limit;

    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = is_full ? 1024 : limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void expect_lock(struct project *p, const char *reason)
{
    struct journal *journal;
    struct environment_lock lock;
    struct error err;

    cr_assert(journal_open(p->directory, &journal, &err));
    cr_expect(locked_read(journal, "production", &lock, &err), "%s", err.message);
    cr_expect(lock.is_locked && strstr(lock.reason, reason) != NULL, "it is %s: %s",
              lock.is_locked ? "locked" : "open", lock.reason);
    journal_close(journal);
}

Test(engine_crash, with_a_full_disk_nothing_goes_forward_but_a_person_can_go_back)
{
    struct project p;
    project_init(&p, "write shift");
    p.config.judge.interval_ms = 3600000;
    start(&p);
    until(&p, asks, "shift");
    fill_disk(true);
    struct error err;
    cr_expect_not(say(&p, COMMAND_PROMOTE, "", &err));
    cr_expect_not(world_has("all:shift"));
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    cr_expect(engine_wait(p.engine, PATIENCE_MS), "a person must look");
    struct run *run = engine_snapshot(p.engine);
    cr_expect_eq(run_exit_code(run), 6, "it is not recorded: %s", run_status_name(run->status));
    run_free(run);
    expect_world("write:write write:shift undo:shift undo:write");
    fill_disk(false);
    until(&p, has_status, "rolled_back");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    project_close(&p);
    struct journal *journal;
    size_t count;
    cr_assert(journal_open(p.directory, &journal, &err));
    cr_expect(journal_verify(journal, &count, &err), "%s", err.message);
    journal_close(journal);
    expect_lock(&p, "was rolled back: because");
    project_clear(&p);
}

Test(engine_crash, with_a_full_disk_an_unattended_run_takes_its_traffic_back)
{
    struct project p;
    project_init(&p, "write shift write");
    p.config.judge.interval_ms = 20;
    p.is_unattended = true;
    start(&p);
    until(&p, asks, "shift");
    fill_disk(true);
    int64_t until_ms = clock_boot_ms() + 2 * PATIENCE_MS;
    while (!world_has("undo:shift") && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 5);
    fill_disk(false);
    until(&p, has_status, "aborted");
    expect_end(&p, RUN_ABORTED, 4);
    expect_world("write:write write:shift undo:shift");
    project_clear(&p);
}

/* One step that takes back what another run left is a way back, too. */
Test(engine_crash,
     with_a_full_disk_a_rollback_of_its_own_is_carried_out_and_locks_when_it_is_recorded)
{
    struct project p;
    project_init(&p, "back");
    world->hangs = true;
    start(&p);
    fill_disk(true);
    world->hangs = false;
    cr_expect(engine_wait(p.engine, PATIENCE_MS), "a person must look");
    expect_world("back:back");
    struct run *run = engine_snapshot(p.engine);
    cr_expect_not(run_is_over(run), "its end is recorded");
    run_free(run);
    fill_disk(false);
    until(&p, has_status, "succeeded");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("back:back");
    project_close(&p);
    expect_lock(&p, "put it back: do back");
    project_clear(&p);
}

/* Somebody holds the lock of the journal: a way back waits a moment for it, and not at each event.
 */
Test(engine_crash, a_journal_that_somebody_else_locked_does_not_hold_up_the_way_back)
{
    struct project p;
    struct error err;
    sqlite3 *other;
    project_init(&p, "write shift");
    p.config.judge.interval_ms = 3600000;
    start(&p);
    until(&p, asks, "shift");
    until(&p, has_measured, "");
    auto_free char *path = xasprintf("%s/journal.sqlite", p.directory);
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    (void)sqlite3_busy_timeout(other, PATIENCE_MS);
    cr_assert_eq(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    int64_t began_ms = clock_boot_ms();
    cr_assert(say(&p, COMMAND_ROLLBACK, "", &err), "%s", err.message);
    while (!world_has("undo:write") && clock_boot_ms() < began_ms + 2 * PATIENCE_MS)
        (void)cancel_sleep_ms(NULL, 5);
    cr_expect_lt(clock_boot_ms() - began_ms, 4000, "it took %lld ms",
                 (long long)(clock_boot_ms() - began_ms));
    cr_assert_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    until(&p, has_status, "rolled_back");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    project_clear(&p);
}

static struct {
    sqlite3 *other;
    atomic_bool is_held;
} busy;

/* In the engine's thread: before the next event nobody else may write. */
static void hold_journal(void *closure, const struct event *event, const struct run *run)
{
    const struct project *p = closure;
    auto_free char *path = xasprintf("%s/journal.sqlite", p->directory);

    (void)run;
    if (strcmp(event->type, "step_undone") != 0)
        return;
    busy.is_held = sqlite3_open(path, &busy.other) == SQLITE_OK &&
                   sqlite3_exec(busy.other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
}

/* Let go between the lock's try and the end's: the end may not be recorded without the lock. */
Test(engine_crash, the_end_of_a_way_back_waits_for_its_lock)
{
    struct project p;
    project_init(&p, "shift");
    p.config.judge.interval_ms = 3600000;
    p.on_event = hold_journal;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    while (!busy.is_held)
        (void)cancel_sleep_ms(NULL, 5);
    (void)cancel_sleep_ms(NULL, 1500); /* longer than the engine waits for a busy journal then */
    cr_assert_eq(sqlite3_exec(busy.other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(busy.other);
    until(&p, has_status, "rolled_back");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    project_close(&p);
    expect_lock(&p, "was rolled back");
    project_clear(&p);
}

/* As behind a pager that nobody scrolls. */
static void fill_stderr(void)
{
    int ends[2];
    char byte = 'x';

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], &byte, 1) == 1)
        continue;
    cr_assert_eq(fcntl(ends[1], F_SETFL, 0), 0);
    cr_assert_geq(dup2(ends[1], STDERR_FILENO), 0);
}

Test(engine_crash, what_cannot_be_said_does_not_hold_up_the_way_back, .timeout = 60)
{
    struct project p;
    struct error err;
    project_init(&p, "shift");
    p.config.judge.interval_ms = 3600000;
    start(&p);
    until(&p, asks, "shift");
    int before = dup(STDERR_FILENO);
    fill_stderr();
    fill_disk(true);
    FD_IGNORE(say(&p, COMMAND_ABORT, "", &err));
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    while (!world_has("undo:shift") && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 5);
    bool is_back = world_has("undo:shift");
    fill_disk(false);
    (void)dup2(before, STDERR_FILENO);
    (void)close(before);
    cr_assert(is_back, "the engine waits for who reads stderr");
    expect_end(&p, RUN_ABORTED, 4);
    project_clear(&p);
}
