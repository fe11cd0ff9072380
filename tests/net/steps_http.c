/* steps_http.c - an address is asked until it answers as expected, and no more often than told. */
#include "net/steps.h"
#include "net/transport.h"
#include "tests/scripted_server.h"
#include "tests/step_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define REPLY(status) "HTTP/1.1 " status "\r\nContent-Length: 2\r\n\r\n{}"

static struct environment environment = {.name = TEXT("dev")};
static struct config config = {.environments = &environment, .environment_count = 1};
static struct step_ctx ctx;

static const struct {
    const char *replies[3];
    enum step_outcome outcome;
    size_t requests;
} cases[] = {
    {{REPLY("200 OK")}, STEP_OUTCOME_SUCCEEDED, 1},
    {{REPLY("503 No"), REPLY("503 No"), REPLY("200 OK")}, STEP_OUTCOME_SUCCEEDED, 3},
    {{REPLY("503 No"), REPLY("503 No"), REPLY("503 No")}, STEP_OUTCOME_FAILED, 3},
    {{REPLY("503 No"), REPLY("503 No"), "nonsense"}, STEP_OUTCOME_ERRORED, 3},
    {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", REPLY("200 OK")}, STEP_OUTCOME_SUCCEEDED, 2},
};

Test(steps_http, asks_until_it_is_so, .timeout = 60)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scripted_step steps[3];
        struct error err = {0};
        for (size_t k = 0; k < 3; k++)
            steps[k] = (struct scripted_step){.send = cases[i].replies[k], .then = SCRIPTED_CLOSE};
        struct scripted_server *server = scripted_start(steps, 3);
        auto_free char *params =
            xasprintf("{\"url\":\"%s/health\",\"method\":\"GET\",\"status\":200,\"attempts\":3,"
                      "\"every\":10}",
                      server->url);
        fixture_ctx_begin(&ctx, &step_http, &config, params);
        cr_assert(transport_open(&ctx.world.transport, &err), "%s", err.message);
        cr_expect_eq(step_http.run(&ctx, &err), cases[i].outcome, "%zu: %s", i, err.message);
        cr_expect_eq(scripted_requests(server), cases[i].requests, "%zu", i);
        transport_close(ctx.world.transport);
        scripted_stop(server);
        fixture_ctx_end(&ctx);
    }
}

static const char *const refused[] = {
    "{\"url\":\"https://x.example\",\"method\":\"POST\",\"status\":200,\"attempts\":1}",
    "{\"url\":\"no address\",\"method\":\"GET\",\"status\":200,\"attempts\":1}",
    "{\"url\":\"https://x.example\",\"method\":\"GET\",\"status\":20,\"attempts\":1}",
    "{\"url\":\"https://x.example\",\"method\":\"GET\",\"status\":200,\"attempts\":0}",
};

Test(steps_http, plans_only_what_changes_nothing)
{
    struct step_plan plan = {0};
    struct error err;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        fixture_ctx_begin(&ctx, &step_http, &config, refused[i]);
        cr_expect_not(step_http.plan(&ctx.plan_context, &plan, &err), "%s", refused[i]);
        fixture_ctx_end(&ctx);
    }
    fixture_ctx_begin(&ctx, &step_http, &config,
                      "{\"url\":\"https://x.example/a\",\"method\":\"HEAD\",\"status\":204,"
                      "\"attempts\":1}");
    cr_assert(step_http.plan(&ctx.plan_context, &plan, &err), "%s", err.message);
    cr_expect_str_eq(plan.summary, "HEAD https://x.example/a answers 204");
    free(plan.summary);
    json_decref(plan.calls);
    fixture_ctx_end(&ctx);
}
