/*
 * engine.c - tests of core/engine*.c: how a run goes forward, stops, goes back, and what people may
 * ask of it.
 */
#include "core/engine.h"

#include <criterion/criterion.h>

#include "core/event_text.h"
#include "core/journal.h"
#include "core/locked.h"
#include "tests/engine_helpers.h"

/* ---- forward ---- */

Test(engine, runs_a_plan_straight_through)
{
    struct project p;
    project_init(&p, "gate write slow fragile");
    start(&p);
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write");
    project_clear(&p);
}

Test(engine, a_closed_gate_ends_an_unattended_run_before_the_first_write)
{
    struct project p;
    project_init(&p, "gate write+ write");
    world->gate_is_open = false;
    p.is_unattended = true;
    start(&p);
    expect_end(&p, RUN_FAILED, 3);
    expect_world("");
    project_clear(&p);
}

Test(engine, what_begins_with_the_run_goes_beside_a_gate_that_waits)
{
    struct project p;
    project_init(&p, "gate write+ slow");
    world->gate_is_open = false;
    start(&p);
    until(&p, waits_on_person, "gate");
    while (!world_has("write:write"))
        (void)cancel_sleep_ms(NULL, 2);
    world->gate_is_open = true;
    say_or_fail(&p, COMMAND_TICK, "an-item");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write");
    project_clear(&p);
}

Test(engine, a_class_of_changes_that_is_not_there_skips_its_step)
{
    static char class[] = "migration";
    struct project p;
    struct error err;
    json_t *inputs = json_pack("{s:{s:b}}", "changes", class, 0);
    project_init(&p, "write slow");
    p.steps[0].when = class;
    json_decref(p.plan);
    cr_assert(plan_make(&p.house, &p.config, &p.environment, "default", inputs, &p.plan, &err));
    start(&p);
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("");
    json_decref(inputs);
    project_clear(&p);
}

/* ---- pausing ---- */

Test(engine, a_paused_run_begins_nothing_until_it_is_resumed)
{
    struct project p;
    struct error err;
    project_init(&p, "slow write");
    world->hangs = true;
    start(&p);
    until(&p, is_running, "slow");
    say_or_fail(&p, COMMAND_PAUSE, "");
    world->hangs = false;
    cr_expect_not(engine_wait(p.engine, 100));
    cr_expect_not(say(&p, COMMAND_PAUSE, "", &err), "it is paused already");
    expect_world("");
    say_or_fail(&p, COMMAND_RESUME, "");
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:write");
    project_clear(&p);
}

/* ---- a step that fails ---- */

Test(engine, a_failed_step_waits_for_a_person_who_retries_or_skips)
{
    static const enum command_verb verbs[] = {COMMAND_RETRY, COMMAND_SKIP};
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write fragile write");
        world->fails = true;
        start(&p);
        until(&p, waits_on_person, "fragile");
        world->fails = false;
        say_or_fail(&p, verbs[i], "");
        expect_end(&p, RUN_SUCCEEDED, 0);
        expect_world("write:write write:write-2");
        struct run *run = engine_snapshot(p.engine);
        cr_expect_eq(run_step(run, "fragile")->attempt, i == 0 ? 2 : 1);
        run_free(run);
        project_clear(&p);
    }
}

Test(engine, a_failed_step_ends_an_unattended_run_that_wrote_nothing)
{
    struct project p;
    project_init(&p, "fragile write");
    world->fails = true;
    p.is_unattended = true;
    start(&p);
    expect_end(&p, RUN_FAILED, 1);
    project_clear(&p);
}

Test(engine, after_the_first_write_nobody_deciding_holds_or_rolls_back)
{
    static const struct {
        enum on_undecided on_undecided;
        enum run_status status;
        int exit_code;
        const char *log;
    } cases[] = {
        {ON_UNDECIDED_HOLD, RUN_WAITING, 6, "write:write"},
        {ON_UNDECIDED_ROLLBACK, RUN_ROLLED_BACK, 4, "write:write undo:write"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write fragile");
        world->fails = true;
        p.is_unattended = true;
        p.environment.on_undecided = cases[i].on_undecided;
        p.config.judge.deadline_ms = 150;
        start(&p);
        until(&p, waits_on_person, "fragile");
        cr_expect_not(engine_wait(p.engine, 20), "somebody may still come");
        expect_end(&p, cases[i].status, cases[i].exit_code);
        expect_world(cases[i].log);
        project_clear(&p);
    }
}

Test(engine, a_question_that_nobody_answers_holds_at_its_deadline)
{
    struct project p;
    project_init(&p, "shift");
    p.is_unattended = true;
    p.config.judge.deadline_ms = 150;
    start(&p);
    until(&p, asks, "shift");
    cr_expect_not(engine_wait(p.engine, 20), "somebody may still come");
    expect_end(&p, RUN_WAITING, 6);
    expect_world("write:shift");
    project_clear(&p);
}

/* ---- going back ---- */

Test(engine, an_abort_takes_back_only_traffic_and_a_rollback_traffic_first)
{
    static const struct {
        enum command_verb verb;
        enum run_status status;
        const char *log;
    } cases[] = {
        {COMMAND_ABORT, RUN_ABORTED, "write:write write:write-2 write:shift undo:shift"},
        {COMMAND_ROLLBACK, RUN_ROLLED_BACK,
         "write:write write:write-2 write:shift undo:shift undo:write-2 undo:write"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write write shift slow");
        start(&p);
        until(&p, asks, "shift");
        say_or_fail(&p, cases[i].verb, "");
        expect_end(&p, cases[i].status, 4);
        expect_world(cases[i].log);
        project_clear(&p);
    }
}

Test(engine, a_step_that_was_cut_off_says_who_asked_for_it)
{
    struct project p;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_ABORT, "");
    expect_end(&p, RUN_ABORTED, 4);
    size_t found = 0;
    struct event **events;
    size_t count;
    struct error err;
    struct journal *journal;
    cr_assert(journal_open(p.directory, &journal, &err), "%s", err.message);
    cr_assert(journal_read(journal, "r-0001", 0, &events, &count, &err), "%s", err.message);
    for (size_t i = 0; i < count; i++)
        if (strcmp(events[i]->type, "step_ended") == 0 && strcmp(events[i]->step, "shift") == 0) {
            auto_free char *text = event_text(events[i]);
            cr_expect_str_eq(text, "shift was stopped: asked for by ana");
            found++;
        }
    cr_expect_eq(found, 1);
    journal_events_free(events, count);
    journal_close(journal);
    project_clear(&p);
}

Test(engine, an_undo_that_fails_is_no_success)
{
    struct project p;
    project_init(&p, "shift");
    world->undo_fails = true;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_ABORT, "");
    expect_end(&p, RUN_ROLLBACK_FAILED, 6);
    project_clear(&p);
}

/* A retry while paused begins the attempt, but nobody works on it. */
Test(engine, a_step_that_nobody_works_on_does_not_hold_up_the_way_back)
{
    static const enum command_verb verbs[] = {COMMAND_ABORT, COMMAND_ROLLBACK};
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write shift");
        world->lost = 2;
        world->verify = EFFECT_VERIFY_CANNOT_TELL;
        start(&p);
        until(&p, waits_on_person, "write");
        world->verify = -1;
        say_or_fail(&p, COMMAND_SKIP, "");
        until(&p, asks, "shift");
        world->verify = EFFECT_VERIFY_CANNOT_TELL;
        world->lost = 1;
        say_or_fail(&p, COMMAND_PROMOTE, "");
        until(&p, waits_on_person, "shift");
        say_or_fail(&p, COMMAND_PAUSE, "");
        say_or_fail(&p, COMMAND_RETRY, "");
        world->verify = -1;
        say_or_fail(&p, verbs[i], "");
        expect_end(&p, i == 0 ? RUN_ABORTED : RUN_ROLLED_BACK, 4);
        cr_expect(world_has("undo:shift"), "%s", world->log);
        project_clear(&p);
    }
}

Test(engine, what_is_decided_of_a_step_that_stopped_goes_on_where_the_run_was_held)
{
    static const enum command_verb verbs[] = {COMMAND_RETRY, COMMAND_SKIP};
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        project_init(&p, "write");
        world->lost = 1;
        world->verify = EFFECT_VERIFY_CANNOT_TELL;
        start(&p);
        until(&p, waits_on_person, "write");
        say_or_fail(&p, COMMAND_PAUSE, "");
        until(&p, has_status, "paused");
        world->verify = -1;
        say_or_fail(&p, verbs[i], "");
        expect_end(&p, RUN_SUCCEEDED, 0);
        project_clear(&p);
    }
}

Test(engine, going_back_twice_is_going_back_once_also_when_it_is_over)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    say_or_fail(&p, COMMAND_ABORT, "");
    cr_expect_not(say(&p, COMMAND_PAUSE, "", &err));
    expect_world("write:write write:shift undo:shift undo:write");
    project_clear(&p);
}

static bool tries_on(const struct run *run, const char *step)
{
    (void)step;
    return run->status == RUN_ROLLING_BACK && world->undo_misses < 999;
}

Test(engine, a_way_back_that_meets_no_answer_tries_on_is_given_up_by_a_person_and_taken_up_again)
{
    struct project p;
    struct error err;
    project_init(&p, "write shift");
    world->undo_misses = 2;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    project_clear(&p);

    project_init(&p, "write shift");
    world->undo_misses = 1000;
    start(&p);
    until(&p, asks, "shift");
    cr_expect_not(engine_give_up(p.engine), "nothing fails");
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    until(&p, tries_on, "");
    while (!engine_give_up(p.engine))
        sched_yield();
    expect_end(&p, RUN_ROLLBACK_FAILED, 6);
    struct run *failed = engine_snapshot(p.engine);
    cr_expect(run_is_at_risk(failed));
    cr_expect(strstr(failed->reason, "it does not answer") != NULL, "%s", failed->reason);
    cr_expect_str_eq(failed->hint, "look at the cable");
    auto_free char *id = xstrdup(failed->id);
    run_free(failed);
    project_close(&p);

    world->undo_misses = 0;
    open_or_fail(&p);
    cr_assert(engine_resume(p.engine, id, false, &err), "%s", err.message);
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    cr_expect(world_has("undo:shift undo:write"), "%s", world->log);
    project_clear(&p);
}

static bool is_undone(const struct run *run, const char *count)
{
    (void)run;
    return world->undos >= (int)(count[0] - '0');
}

Test(engine, what_a_person_agrees_to_go_over_while_it_goes_back_is_tried_once_more)
{
    static const struct {
        const char *over;
        enum run_status status;
    } cases[] = {{"", RUN_ROLLBACK_FAILED}, {"rev-2", RUN_ROLLED_BACK}};
    for (size_t i = 0; i < 2; i++) {
        struct project p;
        struct error err;
        struct command again = {.verb = COMMAND_ROLLBACK};
        project_init(&p, "shift");
        start(&p);
        until(&p, asks, "shift");
        world->undo_waits = true;
        world->undo_refusals = 1;
        say_or_fail(&p, COMMAND_ROLLBACK, "");
        until(&p, is_undone, "1");
        (void)snprintf(again.by, sizeof again.by, "ana");
        (void)snprintf(again.answer, sizeof again.answer, "%s", cases[i].over);
        cr_assert(engine_command(p.engine, &again, &err), "%s", err.message);
        world->undo_waits = false;
        expect_end(&p, cases[i].status, i == 0 ? 6 : 4);
        project_clear(&p);
    }
}

Test(engine, a_conviction_rolls_back_in_any_state)
{
    static const char *const states[] = {"asked", "paused", "later step", "waiting for a gate"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct project p;
        project_init(&p, i < 2 ? "write shift" : i == 2 ? "write shift slow" : "write shift gate");
        world->hangs = true;
        world->gate_is_open = i != 3;
        start(&p);
        until(&p, asks, "shift");
        until(&p, has_measured, "");
        if (i == 1)
            say_or_fail(&p, COMMAND_PAUSE, "");
        if (i >= 2) {
            say_or_fail(&p, COMMAND_PROMOTE, "");
            until(&p, i == 2 ? is_running : waits_on_person, i == 2 ? "slow" : "gate");
        }
        world->verdict = VERDICT_BAD;
        expect_end(&p, RUN_ROLLED_BACK, 4);
        cr_expect(world_has("undo:shift undo:write"), "%s: %s", states[i], world->log);
        struct run *run = engine_snapshot(p.engine);
        cr_expect(strstr(run->reason, "observation") != NULL, "%s", run->reason);
        run_free(run);
        project_clear(&p);
    }
}

Test(engine, an_environment_locks_itself_after_a_rollback_of_traffic_but_not_over_a_person)
{
    static const struct {
        const char *plan;
        bool is_locked_before;
        const char *by;
    } cases[] = {{"write slow", false, ""}, {"shift", false, "ana"}, {"shift", true, "li"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct project p;
        struct journal *journal;
        struct environment_lock lock;
        struct error err;
        project_init(&p, cases[i].plan);
        world->hangs = true;
        cr_assert(journal_open(p.directory, &journal, &err));
        if (cases[i].is_locked_before)
            cr_assert(locked_write(journal, "production", true, "li", "an audit", &err));
        start(&p);
        until(&p, i == 0 ? is_running : asks, i == 0 ? "slow" : "shift");
        say_or_fail(&p, COMMAND_ROLLBACK, "");
        expect_end(&p, RUN_ROLLED_BACK, 4);
        project_close(&p);
        cr_assert(locked_read(journal, "production", &lock, &err));
        cr_expect_eq(lock.is_locked, i > 0);
        cr_expect_str_eq(lock.by, cases[i].by);
        cr_expect_str_eq(lock.reason, i == 0   ? ""
                                      : i == 1 ? "r-0001 was rolled back: because"
                                               : "an audit");
        journal_close(journal);
        project_clear(&p);
    }
}

Test(engine, a_shift_that_stopped_half_way_is_not_skipped)
{
    struct project p;
    struct error err;
    project_init(&p, "shift");
    start(&p);
    until(&p, asks, "shift");
    world->lost = 1;
    world->verify = EFFECT_VERIFY_CANNOT_TELL;
    say_or_fail(&p, COMMAND_PROMOTE, "");
    until(&p, waits_on_person, "shift");
    world->verify = -1;
    cr_expect_not(say(&p, COMMAND_SKIP, "shift", &err));
    cr_expect_not_null(strstr(err.message, "50 %"), "%s", err.message);
    say_or_fail(&p, COMMAND_ROLLBACK, "");
    expect_end(&p, RUN_ROLLED_BACK, 4);
    project_clear(&p);
}

/* ---- promoting and being late ---- */

Test(engine, promote_answers_the_question_of_the_shift)
{
    struct project p;
    struct error err;
    project_init(&p, "shift slow");
    world->hangs = true;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "shift");
    until(&p, is_running, "slow");
    cr_expect_not(say(&p, COMMAND_PROMOTE, "", &err), "nothing is asked any more");
    world->hangs = false;
    expect_end(&p, RUN_SUCCEEDED, 0);
    expect_world("write:shift all:shift");
    project_clear(&p);
}

Test(engine, a_command_by_somebody_who_saw_less_is_refused_but_going_back_is_not)
{
    struct project p;
    struct error err;
    struct command late = {.verb = COMMAND_PROMOTE, .seen_seq = 1, .by = "li"};
    project_init(&p, "shift");
    start(&p);
    until(&p, asks, "shift");
    cr_expect_not(engine_command(p.engine, &late, &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT);
    cr_expect(strstr(err.message, "QUESTION") != NULL, "it says what changed: %s", err.message);
    late.verb = COMMAND_ABORT;
    cr_expect(engine_command(p.engine, &late, &err), "%s", err.message);
    expect_end(&p, RUN_ABORTED, 4);
    project_clear(&p);
}

/* ---- one at a time ---- */

Test(engine, a_second_engine_is_told_who_drives)
{
    struct project p;
    struct engine *first;
    struct error err;
    project_init(&p, "write");
    open_or_fail(&p);
    first = p.engine;
    cr_expect_not(project_open(&p, &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT);
    cr_expect_str_eq(err.code, "locked");
    auto_free char *pid = xasprintf("process %d", (int)getpid());
    cr_expect(strstr(err.message, pid) != NULL, "%s", err.message);
    p.engine = first;
    project_clear(&p);
}

Test(engine, another_environment_of_the_project_is_driven_beside_it)
{
    struct project p;
    struct error err;
    static char staging[] = "staging";
    project_init(&p, "shift");
    start(&p);
    until(&p, asks, "shift");
    struct engine *production = p.engine;
    struct environment other = p.environment;
    other.name = staging;
    const struct engine_options options = {.house = &p.house,
                                           .config = &p.config,
                                           .environment = &other,
                                           .state_directory = p.directory};
    cr_assert(engine_open(&options, &p.engine, &err), "%s", err.message);
    cr_expect(engine_is_driven(p.directory, "staging"));
    cr_assert(engine_start(p.engine, NULL, p.plan, &err), "%s", err.message);
    until(&p, asks, "shift");
    struct run *one = engine_snapshot(production), *two = engine_snapshot(p.engine);
    cr_expect_str_neq(one->id, two->id);
    run_free(one);
    run_free(two);
    engine_close(p.engine);
    cr_expect_not(engine_is_driven(p.directory, "staging"));
    cr_expect(engine_is_driven(p.directory, "production"));
    p.engine = production;
    say_or_fail(&p, COMMAND_ABORT, "");
    expect_end(&p, RUN_ABORTED, 4);
    project_clear(&p);
}

/* ---- prepared runs ---- */

Test(engine, ticks_gather_on_a_prepared_run_and_outlive_one_that_did_not_ship)
{
    struct project p;
    struct error err;
    char id[32], again[32];
    project_init(&p, "gate write");
    world->gate_is_open = false;
    p.is_unattended = true;
    open_or_fail(&p);
    cr_assert(engine_prepare(p.engine, "default", id, &err), "%s", err.message);
    say_or_fail(&p, COMMAND_TICK, "rollback-plan-reviewed");
    project_close(&p);
    open_or_fail(&p);
    cr_assert(engine_prepare(p.engine, "default", again, &err));
    cr_expect_str_eq(id, again, "the run that is open is the one");
    cr_assert(engine_start(p.engine, id, p.plan, &err), "%s", err.message);
    expect_end(&p, RUN_FAILED, 3);
    project_close(&p);
    open_or_fail(&p);
    cr_assert(engine_prepare(p.engine, "default", again, &err));
    cr_expect_str_neq(id, again);
    struct run *run = engine_snapshot(p.engine);
    const struct run_item *item = run_item(run, "rollback-plan-reviewed");
    cr_assert_not_null(item);
    cr_expect_str_eq(item->state, "pass");
    cr_expect_str_eq(item->by, "ana");
    cr_expect(strstr(item->summary, id) != NULL, "it says where it is from: %s", item->summary);
    run_free(run);
    project_clear(&p);
}

Test(engine, a_preflight_passes_only_when_nothing_fails)
{
    struct project p;
    struct error err;
    for (int i = 0; i < 2; i++) {
        json_t *findings;
        bool passed;
        project_init(&p, "write fragile");
        world->fails = i == 1;
        open_or_fail(&p);
        cr_assert(engine_preflight(p.engine, &findings, &passed, &err));
        cr_expect_eq(passed, i == 0);
        cr_expect_eq(json_array_size(findings), 1);
        json_decref(findings);
        project_clear(&p);
    }
}

/* ---- another process ---- */

Test(engine, commands_of_other_processes_arrive_through_the_journal)
{
    struct project p;
    struct journal *journal;
    struct error err;
    int64_t id;
    project_init(&p, "shift");
    start(&p);
    until(&p, asks, "shift");
    cr_assert(journal_open(p.directory, &journal, &err));
    struct journal_command posted = {.verb = "promote", .by = "li", .reason = xstrdup("")};
    struct run *run = engine_snapshot(p.engine);
    (void)snprintf(posted.run, sizeof posted.run, "%s", run->id);
    run_free(run);
    cr_assert(journal_post_command(journal, &posted, &id, &err));
    journal_command_clear(&posted);
    expect_end(&p, RUN_SUCCEEDED, 0);
    journal_close(journal);
    project_clear(&p);
}
