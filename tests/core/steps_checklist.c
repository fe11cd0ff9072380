/* steps_checklist.c - the gate probes, waits for people, closes before the first write and gives up
 * as configured. */
#include "core/checklist.h"
#include "core/probe.h"
#include "core/steps.h"
#include "tests/git_fixture.h"
#include "tests/source_path.h"
#include "tests/step_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define HOUR INT64_C(3600000)
#define SPEED 20000 /* an hour is 180 ms */
#define ESLINT "pre-deployment-checklist-code-quality/eslint-passes-without-warnings"
#define REVIEW "pre-deployment-checklist-code-quality/code-reviewed-and-approved"

/* ---- a probe that the test steers ---------------------------------------------------------------
 */

static size_t asked;
static bool is_good;
static enum error_kind trouble;

static bool answer(const struct probe_context *context, const json_t *params, struct evidence *out,
                   struct error *err)
{
    (void)params;
    cr_expect_not_null(context->run);
    asked++;
    if (trouble != ERROR_NONE)
        return error_set(err, trouble, "no network");
    *out =
        (struct evidence){.passed = is_good, .summary = xstrdup(is_good ? "clean" : "3 problems")};
    return true;
}

static const struct probe_kind machine = {
    .name = "machine", .summary = "x", .lifetime_ms = 500 * HOUR, .probe = answer};

static struct binding bindings[] = {
    {.section = TEXT("Code Quality"), .words = TEXT("ESLint"), .probe = &machine},
    {.section = TEXT("Database"), .words = TEXT(""), .when = TEXT("migration")},
};
static struct change_class changes[] = {{.name = TEXT("migration")}};
static struct environment environment;
static struct config config;
static struct step_ctx ctx;

static void begin(const char *params)
{
    auto_free char *found = source_path("examples/finally/DEPLOYMENT.md");
    static char guide[512];

    (void)snprintf(guide, sizeof guide, "%s", found);
    fixture_begin();
    environment = (struct environment){.name = TEXT("production"),
                                       .short_name = TEXT("prod"),
                                       .account = TEXT(""),
                                       .region = TEXT(""),
                                       .url = TEXT(""),
                                       .branch = TEXT("main")};
    config = (struct config){.path = TEXT("f.yaml"),
                             .directory = fixture_directory,
                             .guide = guide,
                             .bindings = bindings,
                             .binding_count = 2,
                             .changes = changes,
                             .change_count = 1,
                             .environments = &environment,
                             .environment_count = 1,
                             .judge = {.deadline_ms = HOUR}};
    fixture_ctx_begin(&ctx, &step_checklist, &config, params);
    ctx.output_directory = ctx.state_directory = fixture_directory;
    clock_set((struct clock_setting){.speed = SPEED, .epoch_ms = clock_wall_ms()});
    asked = 0;
    is_good = true;
    trouble = ERROR_NONE;
}

static void end(void)
{
    fixture_ctx_end(&ctx);
    fixture_end();
}

/* Everything of Code Quality but ESLint is ticked. */
static void tick_others(void)
{
    struct checklist *c = NULL;
    struct error err;

    cr_assert(checklist_load(&config, NULL, &c, &err), "%s", err.message);
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].binding == NULL &&
            checklist_section_matches(c->items[i].guide->section, "Code Quality"))
            fixture_set_item(&ctx, c->items[i].guide->id, "pass", "seen", "ana", 0);
    checklist_free(c);
}

static enum step_outcome run(struct error *err)
{
    *err = (struct error){0};
    return step_checklist.run(&ctx, err);
}

/* ---- plan ---------------------------------------------------------------------------------------
 */

Test(steps_checklist, plans_its_sections_and_refuses_unknown_ones)
{
    struct step_plan plan = {0};
    struct error err;

    begin("{\"sections\":[\"Code Quality\",\"24h before\"]}");
    cr_assert(step_checklist.plan(&ctx.plan_context, &plan, &err), "%s", err.message);
    cr_expect_str_eq(plan.summary, "every item holds: Code Quality, 24h before");
    cr_expect_eq(json_array_size(plan.calls), 0);
    free(plan.summary);
    json_decref(plan.calls);
    end();
    begin("{\"sections\":[\"Code Qualtiy\"]}");
    cr_assert_not(step_checklist.plan(&ctx.plan_context, &plan, &err));
    cr_expect_str_eq(err.hint, "the nearest is \"Code Quality\"");
    end();
}

/* ---- before the first write
 * ------------------------------------------------------------------------ */

Test(steps_checklist, opens_when_the_probe_passes_and_people_ticked)
{
    struct error err;

    begin("{\"sections\":\"Code Quality\"}");
    ctx.is_unattended = true;
    tick_others();
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect_eq(asked, 1);
    cr_expect_str_eq(run_item(&ctx.run, ESLINT)->state, "pass");
    cr_expect_eq(ctx.waits, 0);
    /* evidence that still counts is not asked for again; old evidence is */
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(asked, 1);
    run_item(&ctx.run, ESLINT)->expires_at_ms = clock_world_ms() - 1;
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(asked, 2);
    end();
}

static const struct {
    bool is_good;
    enum error_kind trouble;
    const char *state, *message;
} closed[] = {
    {false, ERROR_NONE, "fail", "1 item stops it: ESLint passes without warnings (3 problems)"},
    {true, ERROR_UNKNOWN, "todo",
     "1 item stops it: ESLint passes without warnings (could not tell: no network)"},
    {true, ERROR_TRANSIENT, "todo", "1 item stops it: ESLint passes without warnings (no network)"},
};

Test(steps_checklist, stays_closed_when_the_probe_fails_or_cannot_tell)
{
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        struct error err;
        begin("{\"sections\":[\"Code Quality\"]}");
        ctx.is_unattended = true;
        is_good = closed[i].is_good;
        trouble = closed[i].trouble;
        tick_others();
        cr_expect_eq(run(&err), STEP_OUTCOME_FAILED);
        cr_expect_eq(err.kind, ERROR_REFUSED);
        cr_expect_str_eq(err.message, closed[i].message, "%s", err.message);
        cr_expect_str_eq(run_item(&ctx.run, ESLINT)->state, closed[i].state);
        end();
    }
}

Test(steps_checklist, names_what_people_have_not_ticked)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    ctx.is_unattended = true;
    cr_expect_eq(run(&err), STEP_OUTCOME_FAILED);
    cr_expect_str_eq(err.message,
                     "4 items stop it: All tests pass (Phase 6+); TypeScript compiles "
                     "without errors; Code reviewed and approved; Branch up-to-date "
                     "with target branch",
                     "%s", err.message);
    end();
}

Test(steps_checklist, does_not_ask_about_what_does_not_apply)
{
    struct error err;

    begin("{\"sections\":[\"Database\"]}");
    ctx.is_unattended = true;
    ctx.run.plan = json_pack("{s:{s:{s:b}}}", "inputs", "changes", "migration", 0);
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    json_decref(ctx.run.plan);
    end();
    begin("{\"sections\":[\"Database\"]}");
    ctx.is_unattended = true;
    ctx.run.plan = json_pack("{s:{s:{s:b}}}", "inputs", "changes", "migration", 1);
    cr_expect_eq(run(&err), STEP_OUTCOME_FAILED);
    json_decref(ctx.run.plan);
    end();
}

/* ---- waiting
 * ------------------------------------------------------------------------------------- */

static void tick_the_review(struct step_ctx *c)
{
    cr_expect_str_eq(c->waiting_on, "person");
    cr_expect(strstr(c->waiting, "Code reviewed and approved") != NULL, "%s", c->waiting);
    fixture_set_item(c, REVIEW, "waived", "paired", "li", 0);
}

Test(steps_checklist, goes_on_when_the_last_tick_comes, .timeout = 30)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    tick_others();
    fixture_set_item(&ctx, REVIEW, "todo", "", "", 0);
    ctx.on_wait = tick_the_review;
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect_eq(ctx.waits, 1);
    cr_expect_str_eq(ctx.waiting_on, "");
    end();
}

static void repair_after_five(struct step_ctx *c)
{
    (void)c;
    is_good = asked >= 5;
}

Test(steps_checklist, asks_a_failing_probe_again_and_journals_only_changes, .timeout = 30)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    is_good = false;
    tick_others();
    ctx.on_wait = repair_after_five;
    int64_t begun_ms = clock_world_ms();
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect_eq(asked, 6, "%zu", asked);
    cr_expect_eq(ctx.records, 2, "%zu", ctx.records); /* fail, then pass */
    /* 30 + 60 + 120 + 240 + 480 seconds lie between them */
    cr_expect_geq(clock_world_ms() - begun_ms, 930 * 1000);
    end();
}

static void cancel_it(struct step_ctx *c) { cancel_set(c->cancel); }

Test(steps_checklist, ends_its_wait_when_cancelled, .timeout = 30)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    ctx.on_wait = cancel_it;
    cr_expect_eq(run(&err), STEP_OUTCOME_ABORTED);
    end();
}

/* The run has written something before. */
static void pretend_a_write(void)
{
    ctx.effects[ctx.run.effect_count++] = (struct run_effect){
        .step = xstrdup("deploy"), .key = xstrdup("update"), .state = EFFECT_DONE};
}

Test(steps_checklist, rolls_back_when_nobody_comes_and_it_is_told_to, .timeout = 30)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    environment.on_undecided = ON_UNDECIDED_ROLLBACK;
    ctx.is_unattended = true;
    pretend_a_write();
    int64_t begun_ms = clock_world_ms();
    cr_expect_eq(run(&err), STEP_OUTCOME_ROLL_BACK);
    cr_expect(strstr(err.message, "undecided: 4 items stop it") != NULL, "%s", err.message);
    cr_expect_geq(clock_world_ms() - begun_ms, HOUR - SPEED);
    end();
}

static void come_late(struct step_ctx *c)
{
    if (c->says > 0)
        tick_others();
}

Test(steps_checklist, holds_when_nobody_comes_and_it_is_told_to, .timeout = 30)
{
    struct error err;

    begin("{\"sections\":[\"Code Quality\"]}");
    environment.on_undecided = ON_UNDECIDED_HOLD;
    ctx.is_unattended = true;
    pretend_a_write();
    ctx.run.plan = json_pack("{s:{s:{}}}", "inputs", "changes"); /* so that it says nothing else */
    ctx.on_wait = come_late;
    int64_t begun_ms = clock_world_ms();
    cr_expect_eq(run(&err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect(strstr(ctx.said, "still waiting, and holding") != NULL, "%s", ctx.said);
    cr_expect_geq(clock_world_ms() - begun_ms, HOUR - SPEED);
    json_decref(ctx.run.plan);
    end();
}
