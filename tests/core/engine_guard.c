/*
 * engine_guard.c - tests of core/engine_guard.c: what the guard says of what it cannot see.
 */
#include <criterion/criterion.h>

#include "core/engine_parts.h"
#include "tests/engine_helpers.h"

static bool is_about_to_go_on(const struct run *run, const char *key)
{
    return run_effect(run, "shift", key) != NULL;
}

static const json_t *newest_verdict(const struct run *run)
{
    return json_object_get(run->measured[run->measured_count - 1]->body, "verdict");
}

Test(engine_guard, what_cannot_be_read_convicts_nobody_and_clears_nothing)
{
    struct project p;
    project_init(&p, "shift");
    world->verdict = VERDICT_ERROR;
    start(&p);
    until(&p, asks, "shift");
    until(&p, has_measured, "");
    struct run *run = engine_snapshot(p.engine);
    cr_expect_str_eq(json_string_value(json_object_get(newest_verdict(run), "kind")), "error");
    const char *sentence = json_string_value(json_object_get(newest_verdict(run), "sentence"));
    cr_expect_str_eq(sentence, "could not read it: the metrics do not answer");
    cr_expect_eq(run->status, RUN_WAITING);
    run_free(run);
    project_clear(&p);
}

/* Engine thread: the host was away for a minute, right after somebody promoted. */
static void be_away(void *closure, const struct event *event, const struct run *run)
{
    struct project *p = closure;
    (void)run;
    if (strcmp(event->type, "answered") != 0)
        return;
    world->verdict = VERDICT_ERROR;
    engine_check_gap(p->engine, 100, 60000);
}

Test(engine_guard, minutes_that_were_missed_are_judged_before_anything_goes_forward)
{
    struct project p;
    project_init(&p, "shift");
    p.on_event = be_away;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    int before = world->observations;
    while (world->observations < before + 3)
        (void)cancel_sleep_ms(NULL, 2);
    struct run *run = engine_snapshot(p.engine);
    cr_expect_not(is_about_to_go_on(run, "all"), "nothing was judged yet: it could not be read");
    run_free(run);
    world->verdict = VERDICT_INCONCLUSIVE;
    until(&p, is_about_to_go_on, "all");
    expect_end(&p, RUN_SUCCEEDED, 0);
    project_clear(&p);
}

Test(engine_guard, a_conviction_of_missed_minutes_goes_back_instead)
{
    struct project p;
    project_init(&p, "shift");
    p.on_event = be_away;
    start(&p);
    until(&p, asks, "shift");
    say_or_fail(&p, COMMAND_PROMOTE, "");
    world->verdict = VERDICT_BAD;
    expect_end(&p, RUN_ROLLED_BACK, 4);
    expect_world("write:shift undo:shift");
    project_clear(&p);
}
