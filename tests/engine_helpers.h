/*
 * engine_helpers.h - what tests of the engine say to it and wait for; all static.
 */
#ifndef TESTS_ENGINE_HELPERS_H
#define TESTS_ENGINE_HELPERS_H

#include <criterion/criterion.h>

#include "tests/engine_fixture.h"

#define PATIENCE_MS 5000 /* wall; each wait ends as soon as what it waits for is there */

static void open_or_fail(struct project *p)
{
    struct error err;
    cr_assert(project_open(p, &err), "%s", err.message);
}

static void start(struct project *p)
{
    struct error err;
    open_or_fail(p);
    cr_assert(engine_start(p->engine, NULL, p->plan, &err), "%s", err.message);
}

static bool say(struct project *p, enum command_verb verb, const char *step, struct error *err)
{
    struct command command = {.verb = verb};
    (void)snprintf(command.step, sizeof command.step, "%s", step);
    (void)snprintf(command.by, sizeof command.by, "ana");
    (void)snprintf(command.reason, sizeof command.reason, "because");
    return engine_command(p->engine, &command, err);
}

static void say_or_fail(struct project *p, enum command_verb verb, const char *step)
{
    struct error err;
    cr_assert(say(p, verb, step, &err), "%s: %s", engine_verb_name(verb), err.message);
}

typedef bool run_test(const struct run *run, const char *closure);

static bool has_status(const struct run *run, const char *status)
{
    return strcmp(run_status_name(run->status), status) == 0;
}

static bool waits_on_person(const struct run *run, const char *step)
{
    return strcmp(run_step(run, step)->waiting_on, "person") == 0;
}

static bool is_running(const struct run *run, const char *step)
{
    return run_step(run, step)->state == STEP_RUNNING;
}

static bool asks(const struct run *run, const char *step)
{
    return run->prompt_count > 0 && strcmp(run->prompts[0].step, step) == 0;
}

static bool has_measured(const struct run *run, const char *ignored)
{
    (void)ignored;
    return run->measured_count > 0;
}

static void until(struct project *p, run_test *test, const char *closure)
{
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    bool is_true = false;
    while (!is_true && clock_boot_ms() < until_ms) {
        struct run *run = engine_snapshot(p->engine);
        is_true = test(run, closure);
        run_free(run);
        if (!is_true)
            (void)cancel_sleep_ms(NULL, 2);
    }
    struct run *run = engine_snapshot(p->engine);
    cr_assert(is_true, "never \"%s\"; the run is %s: %s; world: %s", closure,
              run_status_name(run->status), run->reason, world->log);
    run_free(run);
}

static void expect_end(struct project *p, enum run_status status, int exit_code)
{
    cr_assert(engine_wait(p->engine, PATIENCE_MS), "it does not end; world: %s", world->log);
    struct run *run = engine_snapshot(p->engine);
    cr_expect_eq(run->status, status, "it is %s: %s", run_status_name(run->status), run->reason);
    cr_expect_eq(run_exit_code(run), exit_code, "exit code %d", run_exit_code(run));
    run_free(run);
}

static void expect_world(const char *log) { cr_expect_str_eq(world->log, log); }

#endif
