/*
 * effect.c - tests of core/effect.c: an answer that got lost is settled by looking, and nothing is
 * sent twice that may be there.
 */
#include "core/effect.h"

#include <criterion/criterion.h>

#include "tests/engine_helpers.h"

static enum effect_state state_of_effect(struct project *p, const char *step, const char *key)
{
    struct run *run = engine_snapshot(p->engine);
    const struct run_effect *effect = run_effect(run, step, key);
    cr_assert_not_null(effect);
    enum effect_state state = effect->state;
    run_free(run);
    return state;
}

Test(effect, a_lost_answer_is_looked_for_and_never_sent_twice_when_it_arrived)
{
    struct project p;
    project_init(&p, "write");
    world->lost = 1;
    start(&p);
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write");
    cr_expect_eq(world->sends, 1);
    cr_expect_eq(state_of_effect(&p, "write", "write"), EFFECT_DONE);
    project_clear(&p);
}

Test(effect, a_request_that_did_not_arrive_is_sent_again)
{
    struct project p;
    project_init(&p, "write");
    world->lost = 2;
    world->arrives = false;
    start(&p);
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write");
    cr_expect_eq(world->sends, 3);
    project_clear(&p);
}

Test(effect, without_a_guard_of_its_own_only_after_the_lost_request_cannot_arrive_any_more)
{
    struct project p;
    project_init(&p, "write");
    world->lost = 1;
    world->arrives = false;
    world->is_unguarded = true;
    int64_t began_ms = clock_boot_ms();
    start(&p);
    expect_end(&p, RUN_SUCCEEDED, 0);
    cr_expect_geq(clock_boot_ms() - began_ms, 100, "its limit is 100 ms");
    cr_expect_eq(world->sends, 2);
    project_clear(&p);
}

Test(effect, what_nobody_can_tell_is_for_a_person_and_sent_again_only_on_their_word)
{
    static const enum effect_verdict verdicts[] = {EFFECT_VERIFY_HALF, EFFECT_VERIFY_CANNOT_TELL};
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write");
        world->lost = 1;
        world->verify = (int)verdicts[i];
        start(&p);
        until(&p, waits_on_person, "write");
        cr_expect_eq(state_of_effect(&p, "write", "write"), EFFECT_UNKNOWN);
        struct run *run = engine_snapshot(p.engine);
        cr_expect_eq(run_step(run, "write")->state, STEP_UNKNOWN);
        run_free(run);
        cr_expect_eq(world->sends, 1);
        say_or_fail(&p, COMMAND_RETRY, "");
        expect_end(&p, RUN_SUCCEEDED, 0);
        cr_expect_eq(world->sends, 2);
        project_clear(&p);
    }
}

Test(effect, an_unsettled_write_is_exit_6)
{
    struct project p;
    project_init(&p, "write");
    world->lost = 1;
    world->verify = EFFECT_VERIFY_CANNOT_TELL;
    p.is_unattended = true;
    p.config.judge.deadline_ms = 1;
    start(&p);
    expect_end(&p, RUN_WAITING, 6);
    project_clear(&p);
}

Test(effect, in_a_paused_run_none_is_sent)
{
    struct project p;
    project_init(&p, "shift");
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PAUSE, "");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    cr_expect_not(engine_wait(p.engine, 100));
    expect_world("write:shift");
    say_or_fail(&p, COMMAND_RESUME, "");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:shift all:shift");
    project_clear(&p);
}

Test(effect, every_intent_has_an_outcome)
{
    struct project p;
    project_init(&p, "write shift write");
    world->lost = 1;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    expect_end(&p, RUN_SUCCEEDED, 0);
    struct run *run = engine_snapshot(p.engine);
    cr_expect_eq(run->effect_count, 4);
    for (size_t i = 0; i < run->effect_count; i++) {
        cr_expect_eq(run->effects[i].state, EFFECT_DONE);
        cr_expect_not_null(run->effects[i].result);
    }
    run_free(run);
    project_clear(&p);
}
