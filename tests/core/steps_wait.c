/* steps_wait.c - a time passes, what is left of it after a crash passes too, and no more. */
#include "core/steps.h"
#include "tests/step_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define MINUTE INT64_C(60000)

static struct environment environment = {.name = TEXT("dev")};
static struct config config = {.environments = &environment, .environment_count = 1};
static struct step_ctx ctx;

Test(steps_wait, lets_the_time_pass_once, .timeout = 30)
{
    struct error err;

    clock_set((struct clock_setting){.speed = 5000, .epoch_ms = clock_wall_ms()});
    fixture_ctx_begin(&ctx, &step_wait, &config, "{\"duration\":600000}");
    int64_t begun_ms = clock_world_ms();
    cr_expect_eq(step_wait.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    int64_t took_ms = clock_world_ms() - begun_ms;
    /* a millisecond on the wall is 5 s */
    cr_expect(took_ms >= 10 * MINUTE - 5000, "%lld", (long long)took_ms);
    cr_expect_str_eq(ctx.waiting_on, "time");
    int64_t until_ms = json_integer_value(json_object_get(ctx.step.facts, "until"));
    cr_expect_eq(step_wait.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED); /* resumed: it is over */
    cr_expect_eq(json_integer_value(json_object_get(ctx.step.facts, "until")), until_ms);
    fixture_ctx_end(&ctx);
}

Test(steps_wait, ends_when_cancelled, .timeout = 30)
{
    struct error err;

    fixture_ctx_begin(&ctx, &step_wait, &config, "{\"duration\":600000}");
    cancel_set(ctx.cancel);
    cr_expect_eq(step_wait.run(&ctx, &err), STEP_OUTCOME_ABORTED);
    fixture_ctx_end(&ctx);
}

Test(steps_wait, plans_how_long_and_refuses_nothing)
{
    struct step_plan plan = {0};
    struct error err;

    fixture_ctx_begin(&ctx, &step_wait, &config, "{\"duration\":300000}");
    cr_assert(step_wait.plan(&ctx.plan_context, &plan, &err));
    cr_expect_eq(plan.expected_ms, 5 * MINUTE);
    free(plan.summary);
    json_decref(plan.calls);
    json_object_set_new(ctx.params, "duration", json_integer(0));
    cr_assert_not(step_wait.plan(&ctx.plan_context, &plan, &err));
    fixture_ctx_end(&ctx);
}
