/* steps_approval.c - who may approve, what they approve, and what is called self-approved. */
#include "core/steps.h"
#include "tests/step_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define ANA "arn:aws:sts::1:assumed-role/R/ana" /* started the run */
#define LI "arn:aws:sts::1:assumed-role/R/li@finally.com"

static char *members[] = {TEXT("ana"), TEXT("LI@finally.com")};
static struct people_group groups[] = {
    {.name = TEXT("release-managers"), .members = members, .count = 2}};
static struct environment environment;
static struct config config;
static struct step_ctx ctx;
static struct run_approval approvals[4];

static void begin(void)
{
    environment = (struct environment){.name = TEXT("production")};
    config = (struct config){.people = groups,
                             .people_count = 1,
                             .environments = &environment,
                             .environment_count = 1,
                             .judge = {.deadline_ms = 3600000}};
    fixture_ctx_begin(&ctx, &step_approval, &config, "{\"group\":\"release-managers\"}");
    clock_set((struct clock_setting){.speed = 20000, .epoch_ms = clock_wall_ms()});
    ctx.run.approvals = approvals;
    ctx.is_unattended = true;
}

static const struct {
    const char *starter, *by, *hash;
    bool counts, is_self;
    const char *message;
} cases[] = {
    {ANA, NULL, NULL, false, false, "nobody of release-managers approved"},
    {ANA, LI, "h1", true, false, NULL},
    {ANA, LI, "h2", false, false, "nobody of release-managers approved: it is for another plan"},
    {ANA, ANA, "h1", false, false,
     "nobody of release-managers approved: the approver started the run"},
    {ANA, "arn:aws:iam::1:user/eve", "h1", false, false,
     "nobody of release-managers approved: the approver is not of the group"},
    {ANA, "li@laptop (unverified)", "h1", false, false,
     "nobody of release-managers approved: the approver is not signed in to AWS, and may be "
     "anybody"},
    {"ana@mbp (unverified)", LI, "h1", true, true, NULL},
    {"ana@mbp (unverified)", "ana@mbp (unverified)", "h1", true, true, NULL},
};

Test(steps_approval, judges_each_approval)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        begin();
        ctx.run.by = TEXT(cases[i].starter);
        approvals[0] = (struct run_approval){TEXT(cases[i].by), TEXT(cases[i].hash), 1000};
        ctx.run.approval_count = cases[i].by != NULL;
        enum step_outcome outcome = step_approval.run(&ctx, &err);
        cr_expect_eq(outcome, cases[i].counts ? STEP_OUTCOME_SUCCEEDED : STEP_OUTCOME_FAILED,
                     "%zu %s", i, err.message);
        const json_t *fact = json_object_get(ctx.step.facts, "approval");
        if (cases[i].counts) {
            cr_expect_str_eq(json_string_value(json_object_get(fact, "by")), cases[i].by);
            cr_expect_eq(json_is_true(json_object_get(fact, "self_approved")), cases[i].is_self,
                         "%zu", i);
            cr_expect_eq(ctx.says, (size_t)cases[i].is_self);
        } else {
            cr_expect_null(fact);
            cr_expect_str_eq(err.message, cases[i].message, "%zu: %s", i, err.message);
        }
        fixture_ctx_end(&ctx);
    }
}

Test(steps_approval, prefers_four_eyes)
{
    struct error err;
    begin();
    ctx.run.by = TEXT(ANA);
    approvals[0] = (struct run_approval){TEXT("x@y (unverified)"), TEXT("h1"), 1};
    approvals[1] = (struct run_approval){TEXT(LI), TEXT("h1"), 2};
    ctx.run.approval_count = 2;
    cr_expect_eq(step_approval.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    const json_t *fact = json_object_get(ctx.step.facts, "approval");
    cr_expect_str_eq(json_string_value(json_object_get(fact, "by")), LI);
    const json_t *refused = json_array_get(json_object_get(fact, "refused"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(refused, "by")), "x@y (unverified)");
    fixture_ctx_end(&ctx);
}

static void approve(struct step_ctx *c)
{
    static const char *const by[] = {ANA, LI};
    cr_expect_str_eq(c->waiting_on, "person");
    approvals[c->run.approval_count] =
        (struct run_approval){TEXT(by[c->run.approval_count]), TEXT("h1"), 3};
    c->run.approval_count++;
}

Test(steps_approval, waits_for_the_one_that_counts, .timeout = 30)
{
    struct error err;
    begin();
    ctx.is_unattended = false;
    ctx.on_wait = approve;
    cr_expect_eq(step_approval.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(ctx.waits, 2);
    cr_expect_str_eq(ctx.waiting,
                     "waits for one of release-managers to approve; the last approval "
                     "does not count, as the approver started the run",
                     "%s", ctx.waiting);
    fixture_ctx_end(&ctx);
}

Test(steps_approval, rolls_back_undecided_after_a_write, .timeout = 30)
{
    struct error err;
    begin();
    environment.on_undecided = ON_UNDECIDED_ROLLBACK;
    ctx.effects[ctx.run.effect_count++] =
        (struct run_effect){.step = xstrdup("a"), .key = xstrdup("b"), .state = EFFECT_DONE};
    cr_expect_eq(step_approval.run(&ctx, &err), STEP_OUTCOME_ROLL_BACK);
    cr_expect_str_eq(err.message, "undecided: nobody of release-managers approved");
    fixture_ctx_end(&ctx);
}

Test(steps_approval, refuses_a_group_that_is_not_there)
{
    struct step_plan plan;
    struct error err;
    begin();
    json_object_set_new(ctx.params, "group", json_string("release-manager"));
    cr_assert_not(step_approval.plan(&ctx.plan_context, &plan, &err));
    cr_expect_str_eq(err.hint, "did you mean \"release-managers\"?");
    fixture_ctx_end(&ctx);
}
