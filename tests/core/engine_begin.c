/*
 * engine_begin.c - tests of core/engine_begin.c: a run that another process left is taken up.
 */
#include <criterion/criterion.h>

#include "core/engine.h"
#include "tests/engine_helpers.h"

Test(engine_begin, a_run_that_was_left_is_taken_up_where_it_stood)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    struct run *run = engine_snapshot(p.engine);
    project_close(&p);
    cr_expect_not(world_has("undo:shift"));
    open_or_fail(&p);
    cr_assert(engine_resume(p.engine, run->id, true, &err), "%s", err.message);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write write:shift all:shift");
    run_free(run);
    project_clear(&p);
}

Test(engine_begin, a_run_that_is_handed_over_says_by_whom_and_goes_on_all_the_same)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    struct run *run = engine_snapshot(p.engine);
    engine_hand_over(p.engine, "ana@laptop");
    project_close(&p);
    open_or_fail(&p);
    cr_assert(engine_resume(p.engine, run->id, false, &err), "%s", err.message);
    struct run *left = engine_snapshot(p.engine);
    cr_expect(run_is_handed_over(left));
    cr_expect_str_eq(left->handed_over_by, "ana@laptop");
    say_or_fail(&p, COMMAND_RESUME, "");
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write write:shift all:shift");
    run_free(left);
    run_free(run);
    project_clear(&p);
}

Test(engine_begin, without_a_word_it_only_judges_and_goes_back)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    struct run *run = engine_snapshot(p.engine);
    project_close(&p);
    open_or_fail(&p);
    cr_assert(engine_resume(p.engine, run->id, false, &err), "%s", err.message);
    until(&p, has_status, "interrupted");
    int before = world->observations;
    while (world->observations < before + 2)
        (void)cancel_sleep_ms(NULL, 2);
    world->verdict = VERDICT_BAD;
    expect_end(&p, RUN_ROLLED_BACK, 4);
    run_free(run);
    project_clear(&p);
}

/* The steps are in the journal, but ladder and judge are read from the configuration. */
Test(engine_begin, another_configuration_goes_back_and_never_forward)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    struct run *run = engine_snapshot(p.engine);
    project_close(&p);
    p.config.judge.min_requests = 1;
    open_or_fail(&p);
    cr_assert_not(engine_resume(p.engine, run->id, true, &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT);
    cr_expect_str_eq(err.code, "plan-changed");
    project_close(&p);
    open_or_fail(&p);
    cr_assert(engine_resume(p.engine, run->id, false, &err), "%s", err.message);
    static const enum command_verb verbs[] = {COMMAND_RESUME, COMMAND_PROMOTE, COMMAND_APPROVE};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        cr_expect_not(say(&p, verbs[i], "", &err), "%zu: by no other way either", i);
        cr_expect_str_eq(err.code, "plan-changed", "%zu", i);
    }
    struct run *after = engine_snapshot(p.engine);
    cr_expect_eq(after->prompt_count, 1, "a refused answer was recorded");
    cr_expect_eq(after->approval_count, 0, "a refused approval was recorded");
    run_free(after);
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    expect_world("write:write write:shift undo:shift undo:write");
    run_free(run);
    project_clear(&p);
}
