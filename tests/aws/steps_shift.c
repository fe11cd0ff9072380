/* steps_shift.c - the traffic moves weight by weight, and back; what others wrote is left alone. */
#include "aws/alias.h"
#include "aws/steps.h"
#include "core/clock.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

/* The world stands still, so that the mark in the description is known. */
#define NOW_MS INT64_C(1795614360000)
#define MARK "flightdeck r-0001 ana@mbp 41>42 until 2026-11-25T15:50:30.000Z"
#define OTHERS_MARK "flightdeck r-0007 kim@box 41>43 until 2026-11-25T23:00:00.000Z"

#define ALIAS_TEXT(version, weights, revision, text)                                               \
    "{\"Name\":\"live\",\"FunctionVersion\":\"" version "\",\"RevisionId\":\"" revision            \
    "\",\"Description\":\"" text "\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{" weights    \
    "}}}"
#define BEFORE ALIAS_TEXT("41", "", "a1", "ours")
#define AT_10 ALIAS_TEXT("41", "\"42\":0.1", "a2", MARK)
#define AT_100 ALIAS_TEXT("42", "", "a3", MARK)
#define DESCRIBED ALIAS_TEXT("42", "", "a4", "ours")
#define FOREIGN ALIAS_TEXT("40", "", "f1", "kim")
#define FUNCTION                                                                                   \
    "{\"Configuration\":{\"FunctionName\":\"shop-prod-api\",\"Version\":\"41\",\"Timeout\":30},"   \
    "\"Code\":{}}"
#define SERIES(id) "{\"Id\":\"" id "\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]}"
#define NUMBERS                                                                                    \
    "{\"MetricDataResults\":[" SERIES("q0") "," SERIES("q1") "," SERIES("q2") "," SERIES(          \
        "q3") "," SERIES("q4") "," SERIES("q5") "," SERIES("q6") "]}"
#define FINE "{\"statusCode\":200,\"body\":\"{}\"}"
#define BROKEN "{\"statusCode\":500,\"body\":\"{}\"}"
#define CHANGED "412 No\n{\"__type\":\"PreconditionFailedException\",\"message\":\"m\"}"
#define SICK "500 Oops\n{\"__type\":\"ServiceException\",\"message\":\"m\"}"
#define FIVE(x) x, x, x, x, x
#define APIS "{\"items\":[{\"apiId\":\"a1b2c3d4e5\",\"name\":\"shop-prod-gateway\"}]}"
#define READY BEFORE, APIS, FUNCTION, NUMBERS, FIVE(FINE)
#define UP_TO_10 READY, AT_10, AT_10
#define UP_TO_100 UP_TO_10, AT_100, AT_100

#define MOST_ANSWERS 24
static const struct {
    const char *about, *new_version;
    const char *answers[MOST_ANSWERS];
    enum verdict_kind verdict;
    const char *answer; /* of a person */
    enum step_outcome outcome;
    size_t writes;
    const char *says;
} cases[] = {
    {"each weight is cleared",
     "42",
     {UP_TO_100, AT_100, DESCRIBED, DESCRIBED},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_SUCCEEDED,
     3,
     NULL},
    {"AWS does not answer for a while, at any time",
     "42",
     {BEFORE, SICK, SICK, SICK, BEFORE, APIS, FUNCTION, NUMBERS, FIVE(FINE), AT_10, AT_10, AT_100,
      AT_100, SICK, SICK, SICK, AT_100, DESCRIBED, DESCRIBED},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_SUCCEEDED,
     3,
     NULL},
    {"nothing was published",
     "",
     {NULL},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_SKIPPED,
     0,
     "no new version"},
    {"it serves already",
     "42",
     {ALIAS_TEXT("42", "", "a1", "ours")},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_FAILED,
     0,
     "served v41 when v42 was published"},
    {"it is split already",
     "42",
     {ALIAS_TEXT("41", "\"40\":0.5", "a1", "")},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_FAILED,
     0,
     "v40 50 %"},
    {"another run moves it",
     "42",
     {ALIAS_TEXT("41", "", "a1", OTHERS_MARK)},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_FAILED,
     0,
     "r-0007 of kim@box"},
    {"it fails each of our own calls",
     "42",
     {BEFORE, APIS, FUNCTION, NUMBERS, FIVE(BROKEN)},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_FAILED,
     0,
     "no user is sent to it"},
    {"convicted", "42", {UP_TO_10}, VERDICT_BAD, NULL, STEP_OUTCOME_ROLL_BACK, 1, "as seen"},
    {"held, and a person says back",
     "42",
     {UP_TO_10},
     VERDICT_HOLD,
     "roll-back",
     STEP_OUTCOME_ROLL_BACK,
     1,
     "a person"},
    {"held, and a person says on",
     "42",
     {UP_TO_100, AT_100, DESCRIBED, DESCRIBED},
     VERDICT_HOLD,
     "promote",
     STEP_OUTCOME_SUCCEEDED,
     3,
     NULL},
    {"undecided at its deadline",
     "42",
     {UP_TO_10},
     VERDICT_NO_DATA,
     NULL,
     STEP_OUTCOME_ROLL_BACK,
     1,
     "undecided: as seen"},
    {"somebody else changed it",
     "42",
     {UP_TO_10, CHANGED, FOREIGN},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_UNKNOWN,
     2,
     "somebody else changed shop-prod-api:live"},
    {"the answer was lost, the write was not",
     "42",
     {UP_TO_10, CHANGED, AT_100, AT_100, DESCRIBED, DESCRIBED},
     VERDICT_GOOD,
     NULL,
     STEP_OUTCOME_SUCCEEDED,
     3,
     NULL},
};

/* ---- a server that says what it is told ---- */

struct scene {
    struct fixture f;
    struct scripted_step steps[MOST_ANSWERS];
    struct step_ctx ctx;
    struct rung ladder[2];
    json_t *others;
    struct error err;
};

static size_t script(struct scene *s, const char *const *answers)
{
    size_t count = 0;
    for (; count < MOST_ANSWERS && answers[count] != NULL; count++) {
        const char *body = strchr(answers[count], '\n');
        auto_free char *status = body != NULL
                                     ? xstrndup(answers[count], (size_t)(body - answers[count]))
                                     : xstrdup("200 OK");
        s->steps[count] =
            (struct scripted_step){fixture_reply(status, "Content-Type: application/json\r\n",
                                                 body != NULL ? body + 1 : answers[count]),
                                   SCRIPTED_KEEP, 0};
    }
    return count;
}

/* The guard's next look, or, while it has nothing to say, the deadline. */
static void pass_time(struct step_ctx *ctx)
{
    (void)ctx;
    clock_set((struct clock_setting){1e-9, NOW_MS + INT64_C(3) * 3600000});
}

/* 20 s at a time; at the fourth the judge has something to say. */
static void pass_seconds(struct step_ctx *ctx)
{
    clock_set((struct clock_setting){1e-9, NOW_MS + (int64_t)ctx->waits * 20000});
    ctx->has_verdict = ctx->waits >= 4;
}

static struct scene *scene_begin(const char *new_version, const char *const *answers)
{
    struct scene *s = xcalloc(1, sizeof *s);
    clock_set((struct clock_setting){1e-9, NOW_MS});
    size_t count = script(s, answers);
    s->f = fixture_open(s->steps, count, "1", "");
    house_begin();
    s->ladder[0] = (struct rung){.weight = 0.1};
    s->ladder[1] = (struct rung){.weight = 1};
    house_environment.ladder = s->ladder;
    house_environment.rung_count = 2;
    house_environment.on_undecided = ON_UNDECIDED_ROLLBACK;
    house_config.smoke_checks = house_checks;
    house_config.smoke_count = 2;
    house_config.judge = (struct judge_settings){.error_rate_normal = 0.005,
                                                 .error_rate_bad = 0.02,
                                                 .slow_limit_ms = 2000,
                                                 .slow_share = 0.01,
                                                 .worse_than_old = 0.2,
                                                 .min_requests = 50,
                                                 .min_minutes = 3,
                                                 .interval_ms = 60000,
                                                 .initial_delay_ms = 60000,
                                                 .deadline_ms = 3600000,
                                                 .confidence = 0.99};
    s->others =
        json_pack("{s:{s:s, s:s}}", "deploy", "old_version", "41", "new_version", new_version);
    fixture_ctx_begin(&s->ctx, &step_shift, &house_config, "{\"resource\":\"api\"}");
    s->ctx.facts_of_others = s->others;
    s->ctx.world.aws = s->f.aws;
    s->ctx.wakes_at_once = true;
    s->ctx.on_wait = pass_time;
    return s;
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

static void judge_says(struct scene *s, enum verdict_kind kind)
{
    s->ctx.has_verdict = true;
    s->ctx.verdict = (struct verdict){.kind = kind, .sentence = "as seen"};
}

TestSuite(steps_shift, .timeout = 120);

Test(steps_shift, each_case_ends_as_it_should)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene *s = scene_begin(cases[i].new_version, cases[i].answers);
        judge_says(s, cases[i].verdict);
        s->ctx.answer = cases[i].answer;
        enum step_outcome outcome = step_shift.run(&s->ctx, &s->err);
        cr_expect_eq(outcome, cases[i].outcome, "%s: %d, %s", cases[i].about, (int)outcome,
                     s->err.message);
        cr_expect_eq(writes(s), cases[i].writes, "%s: %zu writes", cases[i].about, writes(s));
        if (cases[i].says != NULL)
            cr_expect_not_null(strstr(s->err.message, cases[i].says), "%s: %s", cases[i].about,
                               s->err.message);
        cr_expect_eq(s->ctx.is_guarded, cases[i].writes > 0, "%s: guarded before the first write",
                     cases[i].about);
        scene_end(s);
    }
}

Test(steps_shift, where_nobody_is_there_a_version_that_fails_our_calls_is_not_waited_on)
{
    static const char *const answers[] = {BEFORE, APIS, FUNCTION, NUMBERS, FIVE(BROKEN), NULL};
    struct scene *s = scene_begin("42", answers);
    s->ctx.is_unattended = true;
    cr_expect_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_ROLL_BACK, "%s", s->err.message);
    cr_expect_eq(writes(s), 0);
    scene_end(s);
}

/* Marks of 10 % and of 100 %, which is watched for three hours. */
Test(steps_shift, the_mark_outlasts_whatever_its_weight_may_take)
{
    static const char *const answers[] = {UP_TO_10, AT_100, AT_100, NULL};
    static const char *const until[] = {"until 2026-11-25T15:50:30", "until 2026-11-25T18:50:30"};
    static char watch[] = "watch", shift[] = "step";
    json_t *params = json_pack("{s:i}", "duration", 3 * 3600000);
    struct plan_step steps[] = {{0},
                                {.id = shift, .kind = &step_shift},
                                {.id = watch, .kind = &step_watch, .params = params}};
    struct scene *s = scene_begin("42", answers);
    size_t write = 0;
    judge_says(s, VERDICT_GOOD);
    steps[0] = house_steps[0];
    house_environment.steps = steps;
    house_environment.step_count = COUNT(steps);
    (void)step_shift.run(&s->ctx, &s->err);
    for (size_t i = 0; i < scripted_requests(s->f.server); i++) {
        const char *request = s->f.server->requests[i];
        if (strncmp(request, "PUT ", 4) == 0 && write < COUNT(until))
            cr_expect_not_null(strstr(request, until[write++]), "%s", request);
    }
    cr_expect_eq(write, COUNT(until));
    house_environment.steps = house_steps;
    house_environment.step_count = COUNT(house_steps);
    scene_end(s);
    json_decref(params);
}

Test(steps_shift, while_nothing_is_known_of_the_first_weight_it_is_looked_at_more_often)
{
    static const char *const answers[] = {UP_TO_10, NULL};
    struct scene *s = scene_begin("42", answers);
    judge_says(s, VERDICT_BAD);
    s->ctx.has_verdict = false;
    s->ctx.on_wait = pass_seconds;
    cr_expect_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_ROLL_BACK, "%s", s->err.message);
    cr_expect_eq(s->ctx.pokes, 4, "%zu looks", s->ctx.pokes);
    scene_end(s);
}

Test(steps_shift, each_write_says_version_weights_description_and_revision)
{
    static const char *const answers[] = {UP_TO_100, AT_100, DESCRIBED, DESCRIBED, NULL};
    static const char *const bodies[] = {
        "{\"Description\":\"" MARK "\",\"FunctionVersion\":\"41\",\"RevisionId\":\"a1\","
        "\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":0.1}}}",
        "{\"Description\":\"" MARK "\",\"FunctionVersion\":\"42\",\"RevisionId\":\"a2\","
        "\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}}",
        "{\"Description\":\"ours\",\"FunctionVersion\":\"42\",\"RevisionId\":\"a3\","
        "\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}}",
    };
    struct scene *s = scene_begin("42", answers);
    size_t write = 0;
    judge_says(s, VERDICT_GOOD);
    cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED, "%s", s->err.message);
    for (size_t i = 0; i < scripted_requests(s->f.server); i++) {
        const char *request = s->f.server->requests[i];
        if (strncmp(request, "PUT ", 4) == 0) {
            cr_assert_lt(write, COUNT(bodies));
            cr_expect_str_eq(strstr(request, "\r\n\r\n") + 4, bodies[write++]);
        }
    }
    cr_expect_eq(write, COUNT(bodies));
    cr_expect_float_eq(s->ctx.run.weight, 1, 1e-9);
    scene_end(s);
}

Test(steps_shift, a_weight_whose_answer_died_with_the_process_is_not_sent_again)
{
    static const char *const answers[] = {UP_TO_10, AT_10,     AT_10,     AT_100, AT_100,
                                          AT_100,   DESCRIBED, DESCRIBED, NULL};
    struct scene *s = scene_begin("42", answers);
    judge_says(s, VERDICT_GOOD);
    s->ctx.loses_outcome = true;
    cr_assert_neq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED);
    s->ctx.loses_outcome = false;
    cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED, "%s", s->err.message);
    cr_expect_eq(writes(s), 3);
    scene_end(s);
}

Test(steps_shift, a_change_that_was_taken_back_by_its_author_can_be_gone_on_from)
{
    static const char *const answers[] = {
        UP_TO_10, CHANGED, FOREIGN, BEFORE,    ALIAS_TEXT("41", "\"42\":0.1", "f2", "kim"),
        AT_100,   AT_100,  AT_100,  DESCRIBED, DESCRIBED,
        NULL};
    struct scene *s = scene_begin("42", answers);
    judge_says(s, VERDICT_GOOD);
    cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_UNKNOWN);
    cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED, "%s", s->err.message);
    cr_expect_not_null(strstr(s->f.server->requests[15], "\"RevisionId\":\"f2\""), "%s",
                       s->f.server->requests[15]);
    scene_end(s);
}

/* ---- the way back ---- */

Test(steps_shift, the_way_back_is_one_write_and_leaves_others_alone)
{
    static const struct {
        const char *about;
        const char *answers[MOST_ANSWERS];
        enum step_outcome outcome;
        size_t writes;
    } ways[] = {
        {"ours: its revision is known, nothing is looked at first",
         {UP_TO_10, BEFORE, BEFORE},
         STEP_OUTCOME_SUCCEEDED,
         2},
        {"somebody was quicker",
         {UP_TO_10, CHANGED, ALIAS_TEXT("41", "", "k1", "kim put it back"),
          ALIAS_TEXT("41", "", "k1", "kim put it back")},
         STEP_OUTCOME_SUCCEEDED,
         2},
        {"somebody else's", {UP_TO_10, CHANGED, FOREIGN, FOREIGN}, STEP_OUTCOME_UNKNOWN, 2},
        {"AWS does not answer: whoever called tries on",
         {UP_TO_10, SICK, SICK, SICK, SICK},
         STEP_OUTCOME_UNKNOWN,
         2},
        {"a late write of ours came between",
         {UP_TO_10, CHANGED, AT_10, AT_10, BEFORE, BEFORE},
         STEP_OUTCOME_SUCCEEDED,
         3},
    };
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct scene *s = scene_begin("42", ways[i].answers);
        judge_says(s, VERDICT_BAD);
        cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_ROLL_BACK);
        enum step_outcome outcome = step_shift.undo(&s->ctx, &s->err);
        cr_expect_eq(outcome, ways[i].outcome, "%s: %d, %s", ways[i].about, (int)outcome,
                     s->err.message);
        cr_expect_eq(writes(s), ways[i].writes, "%s: %zu writes", ways[i].about, writes(s));
        if (outcome == STEP_OUTCOME_SUCCEEDED)
            cr_expect_float_eq(s->ctx.run.weight, 0, 1e-9, "%s", ways[i].about);
        scene_end(s);
    }
}

Test(steps_shift, a_way_back_that_died_with_its_process_gets_its_outcome)
{
    static const char *const answers[] = {UP_TO_10, AT_10, BEFORE, BEFORE, BEFORE, BEFORE, NULL};
    struct scene *s = scene_begin("42", answers);
    judge_says(s, VERDICT_BAD);
    cr_assert_eq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_ROLL_BACK);
    s->ctx.loses_outcome = true;
    cr_assert_neq(step_shift.undo(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED);
    s->ctx.loses_outcome = false;
    cr_assert_eq(step_shift.undo(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED, "%s", s->err.message);
    cr_expect_eq(run_effect(&s->ctx.run, "step", "back")->state, EFFECT_DONE);
    cr_expect_eq(writes(s), 2);
    scene_end(s);
}

/* Its revision is the alias's still: only a write of ours keeps it out. */
Test(steps_shift, a_weight_that_may_still_arrive_is_kept_out_by_a_write)
{
    static const char *const answers[] = {UP_TO_10, BEFORE, BEFORE, BEFORE, NULL};
    struct scene *s = scene_begin("42", answers);
    s->ctx.loses_outcome = true;
    cr_assert_neq(step_shift.run(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED);
    s->ctx.loses_outcome = false;
    cr_assert_eq(step_shift.undo(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED, "%s", s->err.message);
    cr_expect_eq(writes(s), 2, "%zu writes", writes(s));
    scene_end(s);
}

Test(steps_shift, where_nothing_was_written_nothing_goes_back)
{
    static const char *const answers[] = {NULL};
    struct scene *s = scene_begin("42", answers);
    cr_expect_eq(step_shift.undo(&s->ctx, &s->err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(scripted_requests(s->f.server), 0);
    scene_end(s);
}

/* ---- the plan ---- */

Test(steps_shift, the_plan_shows_each_call_and_how_long_it_takes)
{
    static const char *const answers[] = {NULL};
    struct scene *s = scene_begin("42", answers);
    struct step_plan plan = {0};
    cr_assert(step_shift.plan(&s->ctx.plan_context, &plan, &s->err), "%s", s->err.message);
    cr_assert_eq(json_array_size(plan.calls), 2);
    const json_t *params = json_object_get(json_array_get(plan.calls, 0), "params");
    cr_expect_str_eq(json_string_value(json_object_get(params, "FunctionVersion")),
                     "${deploy.old_version}");
    /* twice: 1 minute not looked at, 3 settled ones, 2.5 until they are */
    cr_expect_eq(plan.expected_ms, 2 * 390000, "%lld", (long long)plan.expected_ms);
    json_decref(plan.calls);
    free(plan.summary);
    free(plan.undo);
    scene_end(s);
}
