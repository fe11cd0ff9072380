/* run.c - the fold: what events make of a run, what contradicts it, and what a run's end means. */
#include "tests/run_fixture.h"

#include <time.h>

static struct story story;

#define TELL(type, step, body) story_must(&story, type, step, body)
#define EXPECT_STATUS(expected)                                                                    \
    cr_expect_str_eq(run_status_name(story.run->status), run_status_name(expected))

Test(run, knows_what_was_opened_and_by_whom)
{
    story_begin(&story);
    cr_expect_str_eq(story.run->id, "r-0001");
    cr_expect_str_eq(story.run->project, "finally");
    cr_expect_str_eq(story.run->environment, "production");
    cr_expect_str_eq(story.run->plan_name, "default");
    cr_expect_str_eq(story.run->by, "ana");
    cr_expect_str_eq(story.run->hash, "");
    cr_expect_eq(story.run->opened_at_ms, STORY_EPOCH + 1000);
    EXPECT_STATUS(RUN_PENDING);
    story_end(&story);
}

Test(run, gathers_ticks_and_approvals_before_it_starts)
{
    story_begin(&story);
    TELL("item_recorded", "", "{\"id\":\"a/b\",\"state\":\"pass\",\"summary\":\"seen\"}");
    TELL("item_recorded", "",
         "{\"id\":\"a/"
         "b\",\"state\":\"todo\",\"recorded_at_ms\":5,\"expires_at_ms\":9,\"details\":{}}");
    TELL("approved", "", "{\"hash\":\"h1\"}");
    cr_assert_eq(story.run->item_count, 1);
    const struct run_item *item = run_item(story.run, "a/b");
    cr_expect_str_eq(item->state, "todo");
    cr_expect_str_eq(item->summary, "");
    cr_expect_str_eq(item->by, "ana");
    cr_expect_eq(item->at_ms, 5); /* evidence keeps its age */
    cr_expect_eq(item->expires_at_ms, 9);
    cr_expect_str_eq(story.run->approvals[0].by, "ana");
    cr_expect_str_eq(story.run->approvals[0].hash, "h1");
    TELL("run_started", "", STORY_PLAN);
    EXPECT_STATUS(RUN_PROGRESSING);
    cr_expect_str_eq(story.run->hash, "h1");
    cr_expect_eq(story.run->step_count, 4);
    cr_expect(run_step(story.run, "checklist")->is_gate);
    cr_expect(run_step(story.run, "shift")->moves_traffic);
    cr_expect_null(run_step(story.run, "watch"));
    story_end(&story);
}

Test(run, waits_exactly_as_long_as_a_person_is_needed)
{
    story_start(&story);
    TELL("step_started", "checklist", "{}");
    TELL("step_waiting", "checklist", "{\"on\":\"time\"}");
    EXPECT_STATUS(RUN_PROGRESSING);
    TELL("step_waiting", "checklist", "{\"on\":\"person\",\"reason\":\"3 items\"}");
    EXPECT_STATUS(RUN_WAITING);
    cr_expect_eq(run_step(story.run, "checklist")->state, STEP_WAITING);
    cr_expect_str_eq(run_step(story.run, "checklist")->reason, "3 items");
    TELL("step_waiting", "checklist", "{\"on\":\"\"}");
    EXPECT_STATUS(RUN_PROGRESSING);
    TELL("asked", "checklist", "{\"id\":\"p1\",\"question\":\"go?\",\"choices\":[\"go\"]}");
    EXPECT_STATUS(RUN_WAITING);
    TELL("answered", "checklist", "{\"id\":\"p1\",\"answer\":\"go\"}");
    EXPECT_STATUS(RUN_PROGRESSING);
    cr_expect_eq(story.run->prompt_count, 0);
    cr_expect_str_eq(json_string_value(json_object_get(story.run->answers, "p1")), "go");
    TELL("step_ended", "checklist", "{\"state\":\"failed\",\"reason\":\"no\"}");
    TELL("step_waiting", "checklist", "{\"on\":\"person\",\"reason\":\"retry or skip?\"}");
    EXPECT_STATUS(RUN_WAITING);
    cr_expect_eq(run_step(story.run, "checklist")->state, STEP_FAILED);
    cr_expect_str_eq(run_step(story.run, "checklist")->reason, "no");
    TELL("step_started", "checklist", "{}");
    EXPECT_STATUS(RUN_PROGRESSING);
    cr_expect_eq(run_step(story.run, "checklist")->attempt, 2);
    story_end(&story);
}

Test(run, knows_a_process_that_went_away_from_one_that_left_it_to_another)
{
    story_start(&story);
    TELL("step_started", "shift", "{}");
    story_crash(&story);
    cr_expect_not(run_is_handed_over(story.run));
    cr_expect_not(run_is_left_step(story.run, run_step(story.run, "shift")));
    TELL("resumed", "", "{}");
    TELL("step_started", "shift", "{}");
    TELL("interrupted", "", "{}");
    EXPECT_STATUS(RUN_INTERRUPTED);
    cr_expect(run_is_handed_over(story.run));
    cr_expect_str_eq(story.run->handed_over_by, "ana");
    cr_expect(run_is_left_step(story.run, run_step(story.run, "shift")));
    TELL("resumed", "", "{}");
    cr_expect_not(run_is_handed_over(story.run));
    story_end(&story);
}

Test(run, keeps_deadlines_and_questions_in_a_crash_and_forgets_them_in_a_new_attempt)
{
    story_start(&story);
    TELL("step_started", "shift", "{\"attempt\":1}");
    TELL("wait", "shift", "{\"key\":\"bake\",\"deadline_ms\":99}");
    TELL("asked", "shift", "{\"id\":\"p1\",\"question\":\"?\",\"choices\":[]}");
    story_crash(&story);
    EXPECT_STATUS(RUN_INTERRUPTED);
    cr_expect_eq(story.run->before, RUN_WAITING);
    cr_expect_eq(run_step(story.run, "shift")->state, STEP_UNKNOWN);
    story_crash(&story);
    cr_expect_eq(story.run->before, RUN_WAITING, "what it did before counts, not the second crash");
    TELL("resumed", "", "{}");
    TELL("step_started", "shift", "{}");
    cr_expect_eq(run_step(story.run, "shift")->attempt, 1, "a crash is no new attempt");
    cr_assert_eq(story.run->wait_count, 1);
    cr_expect_eq(story.run->waits[0].deadline_ms, 99);
    cr_expect_eq(story.run->prompt_count, 1);
    TELL("step_ended", "shift", "{\"state\":\"errored\"}");
    cr_expect_eq(story.run->prompt_count, 0);
    TELL("step_started", "shift", "{}");
    cr_expect_eq(story.run->wait_count, 0);
    story_end(&story);
}

Test(run, follows_versions_and_weight_from_the_facts_of_its_steps)
{
    story_shift(&story);
    cr_expect_str_eq(story.run->old_version, "41");
    cr_expect_str_eq(story.run->new_version, "42");
    cr_expect_float_eq(story.run->weight, 0.1, 1e-9);
    cr_expect_str_eq(story.run->guard_step, "shift");
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":0}");
    cr_expect_float_eq(story.run->weight, 0, 1e-9);
    cr_expect_float_eq(
        json_number_value(json_object_get(run_step(story.run, "shift")->facts, "weight")), 0, 1e-9);
    story_end(&story);
}

Test(run, takes_its_traffic_back_once_more_over_what_somebody_else_left_since)
{
    static const struct {
        const char *over;
        enum step_state state;
    } cases[] = {{"", STEP_UNDONE}, {"rev-9", STEP_UNKNOWN}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        auto_free char *body = xasprintf("{\"over\":\"%s\"}", cases[i].over);
        story_shift(&story);
        TELL("rollback_started", "", "{}");
        TELL("step_ended", "shift", "{\"state\":\"aborted\"}");
        TELL("step_undone", "shift", "{}");
        cr_expect_eq(run_step(story.run, "shift")->state, STEP_UNDONE);
        TELL("rollback_started", "", body);
        cr_expect_eq(run_step(story.run, "shift")->state, cases[i].state, "over %s", cases[i].over);
        cr_expect_str_eq(story.run->over, cases[i].over);
        story_end(&story);
    }
}

Test(run, knows_when_traffic_was_or_may_have_been_moved)
{
    static const struct {
        const char *step, *state;
        bool moved;
    } cases[] = {{"deploy", "done", false},
                 {"shift", "done", true},
                 {"shift", "unknown", true},
                 {"shift", "failed", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        auto_free char *outcome = xasprintf("{\"key\":\"w\",\"state\":\"%s\"}", cases[i].state);
        story_start(&story);
        cr_expect_not(run_wrote(story.run));
        TELL("step_started", cases[i].step, "{}");
        TELL("effect_intent", cases[i].step, "{\"key\":\"w\",\"intent\":{}}");
        cr_expect(run_wrote(story.run), "an intent is a write");
        cr_expect_eq(run_moved_traffic(story.run), strcmp(cases[i].step, "shift") == 0);
        TELL("effect_outcome", cases[i].step, outcome);
        cr_expect_eq(run_moved_traffic(story.run), cases[i].moved, "case %zu", i);
        story_end(&story);
    }
}

Test(run, never_sends_twice_what_was_done_or_may_be_on_its_way)
{
    story_start(&story);
    TELL("step_started", "deploy", "{}");
    TELL("effect_intent", "deploy", "{\"key\":\"publish\",\"intent\":{}}");
    cr_expect_not(
        story_tell(&story, "effect_intent", "deploy", "{\"key\":\"publish\",\"intent\":{}}"));
    TELL("effect_outcome", "deploy", "{\"key\":\"publish\",\"state\":\"unknown\"}");
    TELL("effect_outcome", "deploy", "{\"key\":\"publish\",\"state\":\"failed\"}");
    TELL("effect_intent", "deploy", "{\"key\":\"publish\",\"attempt\":2,\"intent\":{}}");
    TELL("effect_outcome", "deploy",
         "{\"key\":\"publish\",\"state\":\"done\",\"result\":{\"version\":\"42\"}}");
    cr_expect_not(
        story_tell(&story, "effect_intent", "deploy", "{\"key\":\"publish\",\"intent\":{}}"));
    cr_expect_eq(story.run->effect_count, 2);
    const struct run_effect *newest = run_effect(story.run, "deploy", "publish");
    cr_expect_eq(newest->attempt, 2);
    cr_expect_eq(newest->state, EFFECT_DONE);
    cr_expect_str_eq(json_string_value(json_object_get(newest->result, "version")), "42");
    story_end(&story);
}

/* ---- contradictions ---- */

static const struct {
    const char *type, *step, *body, *says;
} contradictions[] = {
    {"run_opened", "", "{\"environment\":\"production\"}", "opened first, and once"},
    {"run_started", "", STORY_PLAN, "the run is progressing"},
    {"step_started", "watch", "{}", "no step \"watch\""},
    {"step_started", "deploy", "{}", "deploy is succeeded"},
    {"step_started", "shift", "{}", "shift is running"},
    {"step_ended", "smoke", "{\"state\":\"succeeded\"}", "smoke is pending"},
    {"step_ended", "smoke", "{\"state\":\"failed\"}", "smoke is pending"},
    {"step_ended", "shift", "{\"state\":\"running\"}", "cannot end as \"running\""},
    {"step_ended", "shift", "{\"state\":\"splendid\"}", "cannot end as \"splendid\""},
    {"step_ended", "shift", "{}", "cannot end as \"\""},
    {"step_waiting", "smoke", "{\"on\":\"person\"}", "smoke has not been started"},
    {"step_undone", "shift", "{}", "shift is still under way"},
    {"step_undone", "smoke", "{}", "smoke has not been started"},
    {"effect_intent", "shift", "{\"key\":\"w\"}", "names no write"},
    {"effect_intent", "smoke", "{\"key\":\"w\",\"intent\":{}}", "smoke has not been started"},
    {"effect_outcome", "shift", "{\"key\":\"other\",\"state\":\"done\"}", "never intended"},
    {"effect_outcome", "shift", "{\"key\":\"weight-0.1\",\"state\":\"done\"}", "has an outcome"},
    {"decided", "deploy", "{\"key\":\"new_version\",\"value\":\"43\"}", "has decided"},
    {"decided", "shift", "{\"key\":\"x\"}", "a key and a value"},
    {"wait", "shift", "{\"key\":\"bake\"}", "no deadline"},
    {"measured", "shift", "{}", "no verdict"},
    {"asked", "shift", "{}", "\"\" is open"},
    {"answered", "shift", "{\"id\":\"p9\",\"answer\":\"go\"}", "nobody asked \"p9\""},
    {"item_recorded", "", "{\"id\":\"a\"}", "no item, or no state"},
    {"approved", "", "{}", "a person and a plan"},
    {"resumed", "", "{}", "the run is progressing"},
    {"run_ended", "", "{\"status\":\"paused\"}", "does not end as \"paused\""},
    {"run_ended", "", "{}", "does not end as \"\""},
};

/* All that a report or a screen can see of a run. */
static char *picture(const struct run *r)
{
    json_t *all = json_pack("{s:s, s:i, s:I, s:i, s:i, s:i, s:i, s:i, s:f, s:O}", "status",
                            run_status_name(r->status), "effects", (int)r->effect_count, "seq",
                            (json_int_t)r->last_seq, "items", (int)r->item_count, "prompts",
                            (int)r->prompt_count, "waits", (int)r->wait_count, "measured",
                            (int)r->measured_count, "approvals", (int)r->approval_count, "weight",
                            r->weight, "answers", r->answers);
    for (size_t i = 0; i < r->step_count; i++)
        json_object_set_new(all, r->steps[i].id,
                            json_pack("{s:s, s:s, s:i, s:O}", "state",
                                      run_step_state_name(r->steps[i].state), "reason",
                                      r->steps[i].reason, "attempt", r->steps[i].attempt, "facts",
                                      r->steps[i].facts));
    for (size_t i = 0; i < r->effect_count; i++)
        json_object_set_new(all, r->effects[i].key,
                            json_string(run_effect_state_name(r->effects[i].state)));
    char *text = json_dumps(all, JSON_SORT_KEYS);
    json_decref(all);
    return text;
}

Test(run, refuses_what_contradicts_it_and_stays_as_it_was)
{
    story_shift(&story);
    auto_free char *before = picture(story.run);
    for (size_t i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++) {
        const char *type = contradictions[i].type;
        cr_expect_not(story_tell(&story, type, contradictions[i].step, contradictions[i].body),
                      "case %zu: %s", i, type);
        cr_expect_eq(story.err.kind, ERROR_INTERNAL);
        cr_expect(strstr(story.err.message, contradictions[i].says) != NULL, "%s",
                  story.err.message);
        auto_free char *after = picture(story.run);
        cr_expect_str_eq(after, before, "case %zu: %s", i, type);
    }
    story_end(&story);
}

Test(run, refuses_a_gap_and_an_event_of_another_run)
{
    story_start(&story);
    struct event *gap = story_event(&story, "said", "", "", "{\"text\":\"x\"}");
    gap->seq++;
    cr_expect_not(run_apply(story.run, gap, &story.err));
    cr_expect(strstr(story.err.message, "event 3 is the next one") != NULL, "%s",
              story.err.message);
    event_unref(gap);
    struct event *other = event_new("r-0002", "said", "", "", NULL);
    other->seq = 3;
    cr_expect_not(run_apply(story.run, other, &story.err));
    event_unref(other);
    story_end(&story);
}

Test(run, is_told_no_more_of_steps_after_its_end_but_may_be_spoken_of)
{
    story_start(&story);
    TELL("step_started", "deploy", "{}");
    TELL("run_ended", "", "{\"status\":\"failed\",\"reason\":\"x\",\"health\":\"healthy\"}");
    cr_expect(run_is_over(story.run));
    cr_expect_str_eq(story.run->health, "healthy");
    cr_expect_not(story_tell(&story, "step_ended", "deploy", "{\"state\":\"succeeded\"}"));
    cr_expect_not(story_tell(&story, "rollback_started", "", "{}"));
    cr_expect_not(story_tell(&story, "run_ended", "", "{\"status\":\"succeeded\"}"));
    TELL("said", "", "{\"text\":\"a late line\"}");
    story_end(&story);
}

Test(run, can_always_go_back_until_it_is_over)
{
    static const char *const before[] = {"paused", "abort_requested", "interrupted",
                                         "rollback_started", NULL};

    for (size_t i = 0; before[i] != NULL; i++) {
        story_shift(&story);
        TELL(before[i], "", "{}");
        TELL("rollback_started", "", "{\"reason\":\"bad\"}");
        EXPECT_STATUS(RUN_ROLLING_BACK);
        cr_expect_str_eq(story.run->reason, "bad");
        cr_expect_not(story_tell(&story, "abort_requested", "", "{}"),
                      "it would stop the way back");
        TELL("step_ended", "shift", "{\"state\":\"aborted\"}");
        TELL("step_undone", "shift", "{}");
        cr_expect_eq(run_step(story.run, "shift")->state, STEP_UNDONE);
        story_end(&story);
    }
}

Test(run, shows_what_a_newer_program_wrote_and_says_so)
{
    story_start(&story);
    cr_expect_not(story.run->needs_newer);
    TELL("teleported", "", "{}");
    cr_expect(story.run->needs_newer);
    TELL("step_started", "deploy", "{}");
    cr_expect_eq(run_step(story.run, "deploy")->state, STEP_RUNNING);
    story_end(&story);
}

/* ---- the end ---- */

static const struct {
    const char *what;
    const char *gate;   /* how the gate ended, NULL = succeeded */
    const char *effect; /* outcome of a write of deploy; NULL = nothing was written */
    double weight;
    const char *status; /* NULL = not over */
    int code;
} endings[] = {
    {"it shipped", NULL, "done", 1, "succeeded", 0},
    {"a gate said no before the first write", "failed", NULL, 0, "failed", 3},
    {"a gate could not tell before the first write", "errored", NULL, 0, "failed", 3},
    {"something else than a gate failed before the first write", NULL, NULL, 0, "failed", 1},
    {"a gate said no after a write", "failed", "done", 0, "failed", 1},
    {"a write failed", NULL, "failed", 0, "failed", 1},
    {"nobody knows what became of a write", NULL, "unknown", 0, "failed", 6},
    {"the process died inside of a write", NULL, "", 0, "failed", 6},
    {"rolled back, seen on the old version", NULL, "done", 0, "rolled_back", 4},
    {"rolled back, but traffic was seen on the new version", NULL, "done", 0.1, "rolled_back", 6},
    {"stopped before anything was written", NULL, NULL, 0, "aborted", 4},
    {"stopped, seen on the old version", NULL, "done", 0, "aborted", 4},
    {"the way back failed", NULL, "done", 0.1, "rollback_failed", 6},
    {"it is not over", NULL, "done", 0.1, NULL, 6},
};

Test(run, ends_with_a_code_that_says_what_to_do)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        story_start(&story);
        auto_free char *gate = xasprintf("{\"state\":\"%s\"}",
                                         endings[i].gate != NULL ? endings[i].gate : "succeeded");
        auto_free char *weight = xasprintf("{\"key\":\"weight\",\"value\":%g}", endings[i].weight);
        auto_free char *outcome = xasprintf("{\"key\":\"w\",\"state\":\"%s\"}",
                                            endings[i].effect != NULL ? endings[i].effect : "");
        TELL("step_started", "checklist", "{}");
        TELL("step_ended", "checklist", gate);
        TELL("step_started", "deploy", "{}");
        if (endings[i].effect != NULL)
            TELL("effect_intent", "deploy", "{\"key\":\"w\",\"intent\":{}}");
        if (endings[i].effect != NULL && endings[i].effect[0] != '\0')
            TELL("effect_outcome", "deploy", outcome);
        TELL("noted", "deploy", weight);
        if (endings[i].status != NULL) {
            auto_free char *end = xasprintf("{\"status\":\"%s\"}", endings[i].status);
            TELL("run_ended", "", end);
        }
        cr_expect_eq(run_exit_code(story.run), endings[i].code, "%s: %d", endings[i].what,
                     run_exit_code(story.run));
        story_end(&story);
    }
}

/* ---- copies and time ---- */

Test(run, a_copy_is_the_run_as_it_was_then)
{
    story_shift(&story);
    TELL("item_recorded", "", "{\"id\":\"a\",\"state\":\"pass\"}");
    TELL("approved", "", "{\"hash\":\"h1\"}");
    TELL("wait", "shift", "{\"key\":\"bake\",\"deadline_ms\":99}");
    TELL("asked", "shift", "{\"id\":\"p1\",\"question\":\"?\",\"choices\":[\"a\"]}");
    story_measure(&story, "successful", 0.1, "fine");
    struct run *copy = run_copy(story.run);
    auto_free char *then = picture(story.run);

    TELL("answered", "shift", "{\"id\":\"p1\",\"answer\":\"a\"}");
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":0.5}");
    TELL("item_recorded", "", "{\"id\":\"b\",\"state\":\"pass\"}");
    story_measure(&story, "failed", 0.5, "bad");
    TELL("step_ended", "shift", "{\"state\":\"failed\",\"reason\":\"bad\"}");
    TELL("run_ended", "", "{\"status\":\"failed\"}");
    story_end(&story);

    auto_free char *now = picture(copy);
    cr_expect_str_eq(now, then);
    cr_expect_str_eq(copy->prompts[0].question, "?");
    cr_expect_str_eq(copy->waits[0].key, "bake");
    cr_expect_str_eq(copy->measured[0]->type, "measured");
    struct event *next = event_new("r-0001", "approved", "", "li", json_pack("{s:s}", "hash", "h"));
    struct error err;
    next->seq = copy->last_seq + 1;
    cr_expect(run_apply(copy, next, &err), "%s", err.message);
    cr_expect_eq(copy->approval_count, 2);
    event_unref(next);
    run_free(copy);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REPLAY_MS 400
#else
#define REPLAY_MS 20
#endif

static double elapsed_ms(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

Test(run, replays_five_thousand_events_in_time)
{
    struct timespec from;
    struct error err;

    story_shift(&story);
    for (size_t i = 0; story.count < 5000; i++) {
        auto_free char *id = xasprintf("{\"id\":\"section/item-%zu\",\"state\":\"pass\"}", i % 60);
        auto_free char *key = xasprintf("effect-%zu", i);
        if (i % 4 == 0)
            TELL("item_recorded", "", id);
        else if (i % 100 == 1)
            story_write(&story, "shift", key, "done");
        else if (i % 4 == 2)
            TELL("noted", "shift", "{\"key\":\"asked\",\"value\":0.25}");
        else
            story_measure(&story, "inconclusive", 0.1, "not enough requests yet: 18 of 50");
    }
    double best = 1e9;
    for (int round = 0; round < 5; round++) {
        struct run *again = run_new();
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        for (size_t i = 0; i < story.count; i++)
            cr_assert(run_apply(again, story.events[i], &err), "%s", err.message);
        double took = elapsed_ms(&from);
        best = took < best ? took : best;
        auto_free char *one = picture(again), *other = picture(story.run);
        cr_expect_str_eq(one, other, "the same events make the same run");
        run_free(again);
    }
    cr_expect_leq(best, REPLAY_MS, "%.1f ms of processor", best);
    story_end(&story);
}

Test(run, has_a_name_for_every_status_that_it_also_reads)
{
    for (int i = RUN_PENDING; i <= RUN_INTERRUPTED; i++) {
        enum run_status parsed = RUN_PENDING;
        cr_expect(run_status_parse(run_status_name((enum run_status)i), &parsed));
        cr_expect_eq(parsed, (enum run_status)i);
    }
    enum run_status none;
    cr_expect_not(run_status_parse("splendid", &none));
}
