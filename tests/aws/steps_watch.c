/* steps_watch.c - it lasts its time, is judged, and takes the mark away; by hand it is one write.
 */
#include "aws/alias.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define NOW_MS INT64_C(1795614360000)
#define MARK "flightdeck r-0001 ana@mbp 41>42 until 2026-11-25T14:46:00.000Z"
#define OTHERS_MARK "flightdeck r-0007 kim@box 41>43 until 2026-11-25T23:00:00.000Z"
#define OTHERS_SAME "flightdeck r-0001 kim@box 41>43 until 2026-11-25T23:00:00.000Z"
#define ALIAS_TEXT(version, weights, revision, text)                                               \
    "{\"Name\":\"live\",\"FunctionVersion\":\"" version "\",\"RevisionId\":\"" revision            \
    "\",\"Description\":\"" text "\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{" weights    \
    "}}}"
#define MARKED ALIAS_TEXT("42", "", "a3", MARK)
#define DESCRIBED ALIAS_TEXT("42", "", "a4", "ours")
#define FOREIGN ALIAS_TEXT("40", "", "f1", "kim")
#define OLD ALIAS_TEXT("41", "", "a1", "ours")
#define SPLIT ALIAS_TEXT("41", "\"42\":0.1", "a2", "ours")
#define OTHER_WORDS ALIAS_TEXT("41", "\"42\":0.1", "k2", "kim")
#define CHANGED "412 No\n{\"__type\":\"PreconditionFailedException\",\"message\":\"m\"}"
#define MOST_ANSWERS 8

struct scene {
    struct fixture f;
    struct scripted_step steps[MOST_ANSWERS];
    struct step_ctx ctx;
    json_t *others;
    struct error err;
};

static struct plan_step watched_steps[] = {
    {.id = HOUSE_TEXT("deploy"), .kind = &step_deploy},
    {.id = HOUSE_TEXT("shift"), .kind = &step_shift},
    {.id = HOUSE_TEXT("step"), .kind = &step_watch},
};

static struct scene *scene_begin(const struct step_kind *kind, const char *params,
                                 const char *const *answers)
{
    struct scene *s = xcalloc(1, sizeof *s);
    size_t count = 0;
    clock_set((struct clock_setting){20000, clock_wall_ms()});
    for (; count < MOST_ANSWERS && answers[count] != NULL; count++) {
        const char *body = strchr(answers[count], '\n');
        s->steps[count] = (struct scripted_step){
            fixture_reply(body != NULL ? "412 No" : "200 OK", "Content-Type: application/json\r\n",
                          body != NULL ? body + 1 : answers[count]),
            SCRIPTED_KEEP, 0};
    }
    s->f = fixture_open(s->steps, count, "1", "");
    house_begin();
    watched_steps[0].params = watched_steps[1].params = house_steps[0].params;
    house_environment.steps = watched_steps;
    house_environment.step_count = 3;
    fixture_ctx_begin(&s->ctx, kind, &house_config, params);
    s->others = json_pack("{s:{s:s, s:{s:s, s:s, s:f, s:s, s:s}}}", "shift", "new_version", "42",
                          "before", "version", "41", "additional_version", "", "additional_weight",
                          0.0, "description", "ours", "revision_id", "a1");
    s->ctx.facts_of_others = s->others;
    s->ctx.world.aws = s->f.aws;
    return s;
}

/* As shift left it. */
static void add_shifted(struct scene *s)
{
    struct alias_layout whole = alias_layout_whole("42", MARK);
    s->ctx.effects[s->ctx.run.effect_count++] = (struct run_effect){
        .step = xstrdup("shift"),
        .key = xstrdup("weight-100"),
        .state = EFFECT_DONE,
        .intent = json_pack("{s:o}", "what", alias_call("shop-prod-api", "live", &whole)),
        .result = json_pack("{s:s}", "revision_id", "a3")};
    s->ctx.run.weight = 1;
}

static void scene_end(struct scene *s)
{
    fixture_ctx_end(&s->ctx);
    house_end();
    fixture_close(&s->f);
    for (size_t i = 0; i < MOST_ANSWERS; i++)
        free((char *)(uintptr_t)s->steps[i].send);
    json_decref(s->others);
    free(s);
}

static size_t writes(struct scene *s)
{
    size_t count = 0;
    for (size_t i = 0; i < scripted_requests(s->f.server); i++)
        count += strncmp(s->f.server->requests[i], "PUT ", 4) == 0;
    return count;
}

TestSuite(steps_watch, .timeout = 60);

Test(steps_watch, at_its_end_the_judge_must_have_something_good_to_say)
{
    static const struct {
        const char *about;
        enum verdict_kind verdict;
        const char *answer;
        const char *answers[MOST_ANSWERS];
        enum step_outcome outcome;
        size_t writes;
    } cases[] = {
        {"good", VERDICT_GOOD, NULL, {MARKED, DESCRIBED, DESCRIBED}, STEP_OUTCOME_SUCCEEDED, 1},
        {"bad", VERDICT_BAD, NULL, {NULL}, STEP_OUTCOME_ROLL_BACK, 0},
        {"silent", VERDICT_NO_DATA, "roll-back", {NULL}, STEP_OUTCOME_ROLL_BACK, 0},
        {"silent, a person knows better",
         VERDICT_NO_DATA,
         "promote",
         {MARKED, DESCRIBED, DESCRIBED},
         STEP_OUTCOME_SUCCEEDED,
         1},
        {"somebody else has it", VERDICT_GOOD, NULL, {FOREIGN}, STEP_OUTCOME_UNKNOWN, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene *s = scene_begin(&step_watch, "{\"duration\":60000}", cases[i].answers);
        add_shifted(s);
        s->ctx.has_verdict = true;
        s->ctx.verdict = (struct verdict){.kind = cases[i].verdict, .sentence = "as seen"};
        s->ctx.answer = cases[i].answer;
        int64_t began_ms = clock_world_ms();
        enum step_outcome outcome = step_watch.run(&s->ctx, &s->err);
        cr_expect_eq(outcome, cases[i].outcome, "%s: %s", cases[i].about, s->err.message);
        cr_expect_eq(writes(s), cases[i].writes, "%s", cases[i].about);
        cr_expect_geq(json_integer_value(json_object_get(s->ctx.step.facts, "until")),
                      began_ms + 60000);
        scene_end(s);
    }
}

Test(steps_watch, what_somebody_else_wrote_is_not_overwritten_at_the_second_try)
{
    static const char *const answers[] = {MARKED, CHANGED, FOREIGN, FOREIGN, FOREIGN, NULL};
    struct scene *s = scene_begin(&step_watch, "{\"duration\":60000}", answers);
    add_shifted(s);
    s->ctx.has_verdict = true;
    s->ctx.verdict = (struct verdict){.kind = VERDICT_GOOD, .sentence = "as seen"};
    for (int attempt = 1; attempt <= 2; attempt++) {
        cr_expect_eq(step_watch.run(&s->ctx, &s->err), STEP_OUTCOME_UNKNOWN, "%s", s->err.message);
        cr_expect_eq(writes(s), 1, "attempt %d", attempt);
    }
    scene_end(s);
}

Test(steps_watch, where_nothing_was_shifted_there_is_nothing_to_watch)
{
    static const char *const answers[] = {NULL};
    struct scene *s = scene_begin(&step_watch, "{\"duration\":60000}", answers);
    cr_expect_eq(step_watch.run(&s->ctx, &s->err), STEP_OUTCOME_SKIPPED);
    cr_expect_eq(scripted_requests(s->f.server), 0);
    scene_end(s);
}

/* ---- by hand ---- */

#define BY_HAND(version, weight)                                                                   \
    "{\"resource\":\"api\",\"version\":\"" version "\",\"weight\":" weight "}"
#define NOW "2026-11-25T13:46:00.000Z"
#define AT_25                                                                                      \
    ALIAS_TEXT("41", "\"42\":0.25", "a5", "flightdeck r-0001 ana@mbp 41>42 until " NOW " | ours")
#define ALL_BY_HAND                                                                                \
    ALIAS_TEXT("42", "", "a4", "flightdeck r-0001 ana@mbp 41>42 until " NOW " | ours")
#define TAKEN_BACK                                                                                 \
    ALIAS_TEXT("41", "", "a6", "flightdeck rollback ana@mbp 42>41 until " NOW " | ours")

#define OTHER_TAKEN_BACK                                                                           \
    ALIAS_TEXT("41", "", "a6", "flightdeck rollback ana@mbp 42>41 until " NOW " | kim")

static const struct {
    const char *about, *params;
    const char *answers[MOST_ANSWERS];
    enum step_outcome outcome;
    size_t writes;
    const char *body; /* of the write */
} hands[] = {
    {"more",
     BY_HAND("42", "0.25"),
     {SPLIT, AT_25, AT_25},
     STEP_OUTCOME_SUCCEEDED,
     1,
     "\"FunctionVersion\":\"41\",\"RevisionId\":\"a2\",\"RoutingConfig\":{"
     "\"AdditionalVersionWeights\":{\"42\":0.25}}"},
    {"further, from where a hand left it",
     BY_HAND("42", "0.25"),
     {ALIAS_TEXT("41", "\"42\":0.1", "a2",
                 "flightdeck r-0007 kim@box 41>42 until 2026-11-25T13:40:00.000Z | ours"),
      AT_25, AT_25},
     STEP_OUTCOME_SUCCEEDED,
     1,
     "\"AdditionalVersionWeights\":{\"42\":0.25}}"},
    {"none",
     BY_HAND("42", "0"),
     {SPLIT, OLD, OLD},
     STEP_OUTCOME_SUCCEEDED,
     1,
     "\"FunctionVersion\":\"41\",\"RevisionId\":\"a2\",\"RoutingConfig\":{"
     "\"AdditionalVersionWeights\":{}}"},
    {"all",
     BY_HAND("42", "1"),
     {OLD, ALL_BY_HAND, ALL_BY_HAND},
     STEP_OUTCOME_SUCCEEDED,
     1,
     "\"FunctionVersion\":\"42\",\"RevisionId\":\"a1\",\"RoutingConfig\":{"
     "\"AdditionalVersionWeights\":{}}"},
    {"a third version", BY_HAND("43", "0.1"), {SPLIT}, STEP_OUTCOME_FAILED, 0, NULL},
    {"nobody takes the rest", BY_HAND("41", "0.1"), {OLD}, STEP_OUTCOME_FAILED, 0, NULL},
    {"a run moves it",
     BY_HAND("43", "0.1"),
     {ALIAS_TEXT("41", "", "a1", OTHERS_MARK)},
     STEP_OUTCOME_FAILED,
     0,
     NULL},
    {"a run of another machine, with the same number, moves it",
     BY_HAND("43", "0.1"),
     {ALIAS_TEXT("41", "", "a1", OTHERS_SAME)},
     STEP_OUTCOME_FAILED,
     0,
     NULL},
    {"somebody was quicker",
     BY_HAND("42", "0.25"),
     {SPLIT, CHANGED, FOREIGN},
     STEP_OUTCOME_UNKNOWN,
     1,
     NULL},
};

Test(steps_watch, a_hand_on_the_slider_is_one_guarded_write)
{
    for (size_t i = 0; i < COUNT(hands); i++) {
        struct scene *s = scene_begin(&step_set_weight, hands[i].params, hands[i].answers);
        clock_set((struct clock_setting){1e-9, NOW_MS});
        enum step_outcome outcome = step_set_weight.run(&s->ctx, &s->err);
        cr_expect_eq(outcome, hands[i].outcome, "%s: %s", hands[i].about, s->err.message);
        cr_expect_eq(writes(s), hands[i].writes, "%s", hands[i].about);
        if (hands[i].body != NULL)
            cr_expect_not_null(strstr(s->f.server->requests[1], hands[i].body), "%s: %s",
                               hands[i].about, s->f.server->requests[1]);
        scene_end(s);
    }
}

/* An alarm that fires would stop more of it, never less. */
Test(steps_watch, less_by_hand_is_not_looked_at_twice)
{
    static const char *const answers[] = {SPLIT, NULL};
    struct preflight findings = {.findings = json_array()};
    struct scene *s = scene_begin(&step_set_weight, BY_HAND("42", "0"), answers);
    step_set_weight.preflight(&s->ctx, &findings);
    cr_expect_eq(scripted_requests(s->f.server), 1);
    cr_expect_eq(json_array_size(findings.findings), 1);
    json_decref(findings.findings);
    scene_end(s);
}

/* What was shown is gone over, whoever made it; and where that is changed again, it is not. */
Test(steps_watch, going_to_a_version_by_hand_goes_over_the_split_that_was_shown)
{
    static const struct {
        const char *about;
        const char *answers[MOST_ANSWERS];
        size_t writes;
        const char *from; /* NULL = refused */
    } cases[] = {
        {"split", {SPLIT, TAKEN_BACK, TAKEN_BACK}, 1, "42"},
        {"it serves already", {OLD}, 0, "41"},
        {"somebody changed its words",
         {SPLIT, CHANGED, OTHER_WORDS, OTHER_WORDS, OTHER_TAKEN_BACK, OTHER_TAKEN_BACK},
         2,
         "42"},
        {"somebody was quicker with the same", {SPLIT, CHANGED, TAKEN_BACK, TAKEN_BACK}, 1, "42"},
        {"somebody was quicker with another", {SPLIT, CHANGED, FOREIGN, FOREIGN}, 1, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene *s = scene_begin(
            &step_set_version, "{\"resource\":\"api\",\"version\":\"41\"}", cases[i].answers);
        clock_set((struct clock_setting){1e-9, NOW_MS});
        cr_expect_eq(step_set_version.run(&s->ctx, &s->err),
                     cases[i].from != NULL ? STEP_OUTCOME_SUCCEEDED : STEP_OUTCOME_UNKNOWN,
                     "%s: %s", cases[i].about, s->err.message);
        cr_expect_eq(writes(s), cases[i].writes, "%s", cases[i].about);
        if (cases[i].from != NULL)
            cr_expect_str_eq(step_fact_text(&s->ctx, "step", "old_version"), cases[i].from, "%s",
                             cases[i].about);
        scene_end(s);
    }
}
