/* steps_command.c - a real command as an effect: done once, found again after a crash, retried when
 * it failed. */
#include "core/shell.h"
#include "core/steps.h"
#include "tests/git_fixture.h"
#include "tests/step_fixture.h"

#include <sys/stat.h>

#define TEXT(s) ((char *)(uintptr_t)(s))

static struct environment environment = {.name = TEXT("dev")};
static struct config config;
static struct step_ctx ctx;

static void begin(const char *params)
{
    fixture_begin();
    config = (struct config){
        .directory = fixture_directory, .environments = &environment, .environment_count = 1};
    fixture_ctx_begin(&ctx, &step_command, &config, params);
    ctx.output_directory = fixture_directory;
}

static void end(void)
{
    fixture_ctx_end(&ctx);
    fixture_end();
}

/* How often the command ran: it appends a line each time. */
static int count_lines(const char *name)
{
    auto_free char *path = xasprintf("%s/%s", fixture_directory, name);
    FILE *file = fopen(path, "r");
    int lines = 0;

    for (int c; file != NULL && (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    if (file != NULL)
        fclose(file);
    return lines;
}

Test(steps_command, runs_once_and_keeps_the_output)
{
    struct error err;
    struct stat status;

    begin("{\"command\":\"echo ran >>count; echo hello\",\"limit\":20000}");
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED); /* resumed: not again */
    cr_expect_eq(count_lines("count"), 1);
    auto_free char *path = xasprintf("%s/step-command-1.log", fixture_directory);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_size, 6);
    end();
}

Test(steps_command, fails_with_the_last_line_and_runs_again_when_retried)
{
    struct error err;

    begin("{\"command\":\"echo ran >>count; echo 2 of 9 failed; test -f good\",\"limit\":20000}");
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_FAILED);
    cr_expect_str_eq(err.message, "the command ended with exit code 1: 2 of 9 failed");
    cr_expect(strstr(err.hint, "step-command-1.log") != NULL, "%s", err.hint);
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_FAILED); /* a crash, not a retry */
    cr_expect_eq(count_lines("count"), 1);
    fixture_run("touch good");
    ctx.step.attempt = 2;
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED);
    cr_expect_eq(count_lines("count"), 2);
    end();
}

Test(steps_command, finds_the_end_of_a_command_whose_starter_died)
{
    struct error err;

    begin("{\"command\":\"echo ran >>count; echo bye; exit 5\",\"limit\":20000}");
    ctx.loses_outcome = true;
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_ERRORED);
    ctx.loses_outcome = false;
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_FAILED);
    cr_expect_str_eq(err.message, "the command ended with exit code 5: bye");
    cr_expect_eq(count_lines("count"), 1);
    end();
}

/* The journal after a crash: an intent, and a command that another process started. */
static struct process *leave_running(const char *command, bool *is_running)
{
    auto_free char *stem = xasprintf("%s/step-command-1", fixture_directory);
    auto_free char *exit_path = xasprintf("%s.exit", stem);
    auto_free char *output = xasprintf("%s.log", stem);
    const struct shell_job job = {.command = command,
                                  .directory = fixture_directory,
                                  .output_path = output,
                                  .exit_path = exit_path,
                                  .limit_ms = 20000};
    struct process *process = NULL;
    struct error err;

    ctx.effects[ctx.run.effect_count++] = (struct run_effect){
        .step = xstrdup("step"),
        .key = xstrdup("command-1"),
        .state = EFFECT_INTENT,
        .attempt = 1,
        .intent = json_pack("{s:{s:{s:s, s:s, s:s}}}", "what", "params", "command", command,
                            "output", output, "exit_file", exit_path)};
    cr_assert(shell_start(&job, &process, &err), "%s", err.message);
    auto_free char *fifo = xasprintf("%s/begun", fixture_directory);
    FILE *begun = fopen(fifo, "r");
    cr_assert_not_null(begun);
    cr_assert_eq(fgetc(begun), '\n'); /* the command has written: it runs */
    fclose(begun);
    *is_running = shell_is_running(exit_path, NULL);
    return process;
}

Test(steps_command, waits_for_a_command_that_still_runs, .timeout = 30)
{
    static const char command[] = "echo >begun; cat end >/dev/null; echo ran >>count; echo later";
    struct error err;
    bool is_running = false;
    int exit_code;

    begin("{\"command\":\"x\",\"limit\":20000}");
    fixture_run("mkfifo begun end");
    struct process *process = leave_running(command, &is_running);
    cr_expect(is_running);
    fixture_run("(exec 3>end; exec 3>&-) </dev/null >/dev/null 2>&1 &");
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    const json_t *result = ctx.effects[0].result;
    cr_expect_str_eq(json_string_value(json_object_get(result, "last_line")), "later");
    cr_expect_eq(count_lines("count"), 1);
    cr_assert(process_wait(process, NULL, &exit_code, &err), "%s", err.message);
    process_free(process);
    end();
}

static const struct {
    const char *idempotent;
    enum step_outcome outcome;
    int times;
} cut_off[] = {
    {"false", STEP_OUTCOME_UNKNOWN, 1},
    {"true", STEP_OUTCOME_SUCCEEDED, 2},
};

Test(steps_command, repeats_a_command_that_was_cut_off_only_when_allowed, .timeout = 30)
{
    for (size_t i = 0; i < sizeof cut_off / sizeof cut_off[0]; i++) {
        struct error err;
        auto_free char *params =
            xasprintf("{\"command\":\"echo ran >>count\",\"limit\":20000,\"idempotent\":%s}",
                      cut_off[i].idempotent);
        begin(params);
        ctx.loses_outcome = true;
        cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_ERRORED);
        ctx.loses_outcome = false;
        fixture_run("rm step-command-1.exit"); /* the machine went down before its end */
        cr_expect_eq(step_command.run(&ctx, &err), cut_off[i].outcome, "%s", err.message);
        cr_expect_eq(count_lines("count"), cut_off[i].times);
        end();
    }
}

Test(steps_command, is_ended_at_its_limit_and_when_cancelled, .timeout = 30)
{
    struct error err;

    begin("{\"command\":\"cat /dev/zero >/dev/null\",\"limit\":300}");
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_FAILED);
    cr_expect(strstr(err.message, "took longer than") != NULL, "%s", err.message);
    end();
    begin("{\"command\":\"cat /dev/zero >/dev/null\",\"limit\":20000}");
    cancel_set(ctx.cancel);
    cr_expect_eq(step_command.run(&ctx, &err), STEP_OUTCOME_ABORTED);
    end();
}

Test(steps_command, plans_the_exact_command)
{
    struct step_plan plan = {0};
    struct error err;

    begin("{\"command\":\"./scripts/integration_tests.sh staging\",\"in\":\"app\",\"limit\":1}");
    cr_assert(step_command.plan(&ctx.plan_context, &plan, &err));
    auto_free char *calls = json_dumps(plan.calls, JSON_COMPACT | JSON_SORT_KEYS);
    cr_expect_str_eq(calls,
                     "[{\"operation\":\"run\",\"params\":{\"command\":"
                     "\"./scripts/integration_tests.sh staging\",\"in\":\"app\"},"
                     "\"service\":\"command\"}]",
                     "%s", calls);
    json_decref(plan.calls);
    free(plan.summary);
    json_object_set_new(ctx.params, "command", json_string(" "));
    cr_assert_not(step_command.plan(&ctx.plan_context, &plan, &err));
    end();
}
