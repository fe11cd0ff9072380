/* steps_all_clear.c - what was released is recorded, and nothing is called released that half the
 * users do not get. */
#include "core/steps.h"
#include "tests/git_fixture.h"
#include "tests/step_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static struct environment environment = {.name = TEXT("production")};
static struct config config = {.environments = &environment, .environment_count = 1};
static struct step_ctx ctx;

Test(steps_all_clear, records_the_commit_and_the_checklist, .init = fixture_begin_repository,
     .fini = fixture_end)
{
    struct error err;

    config.directory = fixture_directory;
    fixture_ctx_begin(&ctx, &step_all_clear, &config, "{}");
    fixture_set_item(&ctx, "a", "pass", "", "", 0);
    fixture_set_item(&ctx, "b", "pass", "", "", 0);
    fixture_set_item(&ctx, "c", "waived", "", "", 0);
    cr_expect_eq(step_all_clear.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    const json_t *commit = json_object_get(ctx.step.facts, "commit");
    cr_expect_eq(strlen(json_string_value(commit)), 40);
    const json_t *items = json_object_get(json_object_get(ctx.step.facts, "all_clear"), "items");
    cr_expect_eq(json_integer_value(json_object_get(items, "pass")), 2);
    cr_expect_eq(json_integer_value(json_object_get(items, "waived")), 1);
    fixture_ctx_end(&ctx);
}

Test(steps_all_clear, refuses_half_a_release, .init = fixture_begin, .fini = fixture_end)
{
    struct error err;

    config.directory = fixture_directory;
    fixture_ctx_begin(&ctx, &step_all_clear, &config, "{}");
    ctx.effects[ctx.run.effect_count++] = (struct run_effect){
        .step = xstrdup("shift"), .key = xstrdup("weight-0.5"), .state = EFFECT_DONE};
    ctx.run.weight = 0.5;
    ctx.run.new_version = TEXT("42");
    ctx.run.guard_step = TEXT("shift");
    cr_expect_eq(step_all_clear.run(&ctx, &err), STEP_OUTCOME_FAILED);
    cr_expect_str_eq(err.message, "v42 carries only 50 % of the traffic");
    fixture_ctx_end(&ctx);
}
