/*
 * command.c - runs a command line as an effect: its intent is journalled, and after a crash it is
 * found again.
 *
 * The shell leaves its id and its exit code beside the output, so a process that did not start it
 * can wait for its end. A command that was cut off is run again only when the plan says that this
 * does no harm.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/effect.h"
#include "core/mem.h"
#include "core/shell.h"
#include "core/steps.h"
#include "core/text.h"

/* Wall: how often a command that another process started is looked at. */
#define LOOK_AGAIN_MS 200

static const struct param params[] = {
    {.name = "command",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "command line, run by /bin/sh in the configuration's folder"},
    {.name = "in",
     .type = PARAM_TEXT,
     .help = "folder to run it in, relative to the configuration"},
    {.name = "limit",
     .type = PARAM_DURATION,
     .fallback = "1h",
     .help = "how long it may take, on the wall clock"},
    {.name = "idempotent",
     .type = PARAM_BOOL,
     .fallback = "false",
     .help = "true: after a crash in the middle it may simply be run again"},
    {0},
};

static const char *text_of_param(const json_t *given, const char *name)
{
    const char *text = json_string_value(json_object_get(given, name));

    return text == NULL ? "" : text;
}

static json_t *describe(const json_t *given)
{
    json_t *shown = json_pack("{s:s}", "command", text_of_param(given, "command"));
    const char *folder = text_of_param(given, "in");

    if (folder[0] != '\0')
        json_object_set_new(shown, "in", json_string(folder));
    return json_pack("{s:s, s:s, s:o}", "service", "command", "operation", "run", "params", shown);
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const char *command = text_of_param(given, "command");

    if (text_trim(text_of(command)).len == 0)
        return error_set(err, ERROR_USAGE, "the command is empty");
    *out = (struct step_plan){
        .calls = json_pack("[o]", describe(given)),
        .summary = xasprintf("run %s", command),
    };
    return true;
}

/* ---- the effect
 * ---------------------------------------------------------------------------------- */

static const json_t *intended(const json_t *intent)
{
    return json_object_get(json_object_get(intent, "what"), "params");
}

/* What is journalled about a command that ended; the world said no when its exit code is not 0. */
static json_t *describe_end(const json_t *what, int exit_code, const char *last_line)
{
    return json_pack("{s:i, s:s, s:s}", "exit", exit_code, "last_line", last_line, "output",
                     text_of_param(what, "output"));
}

static bool send(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                 struct error *err)
{
    const json_t *what = intended(intent);
    const char *base = step_config(ctx)->directory;
    const char *folder = text_of_param(what, "in");
    auto_free char *directory =
        folder[0] == '/' ? xstrdup(folder) : xasprintf("%s/%s", base, folder);
    auto_free char *last_line = NULL;
    struct process *process = NULL;
    int exit_code;
    const struct shell_job job = {
        .command = text_of_param(what, "command"),
        .directory = directory,
        .output_path = text_of_param(what, "output"),
        .exit_path = text_of_param(what, "exit_file"),
        .sign_in = step_world(ctx)->sign_in,
        .limit_ms = *(const int64_t *)closure,
        .cancel = step_cancel(ctx),
    };

    crash_point("before-command");
    if (!shell_start(&job, &process, err))
        return false;
    crash_point("command-started");
    bool has_ended = shell_finish(&job, process, &exit_code, &last_line, err);
    process_free(process);
    if (!has_ended)
        return false;
    crash_point("command-ended");
    *result = describe_end(what, exit_code, last_line);
    return true;
}

/* Waits for a command that another process started; ends it when this step is cancelled. */
static bool await_end(struct step_ctx *ctx, const char *exit_path)
{
    pid_t session;

    while (shell_is_running(exit_path, &session))
        if (!cancel_sleep_ms(step_cancel(ctx), LOOK_AGAIN_MS)) {
            process_end_session(session);
            return false;
        }
    return true;
}

static enum effect_verdict verify(struct step_ctx *ctx, void *closure, const json_t *intent,
                                  json_t **result, struct error *err)
{
    const json_t *what = intended(intent);
    const char *exit_path = text_of_param(what, "exit_file");
    const char *output = text_of_param(what, "output");
    int exit_code;
    struct error ignored;

    (void)closure;
    if (!await_end(ctx, exit_path)) {
        error_set(err, ERROR_CANCELLED, "the command still ran, and was ended");
        return EFFECT_VERIFY_CANNOT_TELL;
    }
    if (shell_read_exit(exit_path, &exit_code)) {
        if (!shell_redact_file(output, &ignored))
            (void)unlink(output);
        auto_free char *last_line = shell_last_line(output);
        *result = describe_end(what, exit_code, last_line);
        return EFFECT_VERIFY_DONE;
    }
    if (json_is_true(json_object_get(step_params(ctx), "idempotent")))
        return EFFECT_VERIFY_NOT_DONE;
    error_set(err, ERROR_UNKNOWN, "the command was cut off: nobody knows how far it came");
    error_hint(err, "look at its output, then retry or skip the step");
    return EFFECT_VERIFY_CANNOT_TELL;
}

/* ---- the step
 * ------------------------------------------------------------------------------------ */

static int attempt_now(struct step_ctx *ctx)
{
    const struct run_step *step = run_step(step_run(ctx), step_id(ctx));

    return step == NULL ? 1 : step->attempt;
}

/*
 * A command that ended with a failure is an effect that is done; a retry of the step is a new one.
 * The key is the first that is not such a failure of an earlier attempt: the same again after a
 * crash. Yours.
 */
static char *effect_key(struct step_ctx *ctx)
{
    int attempt = attempt_now(ctx);
    auto_free char *id = xstrdup(step_id(ctx));

    for (int n = 1;; n++) {
        char *key = xasprintf("command-%d", n);
        const struct run_effect *effect = run_effect(step_run(ctx), id, key);
        if (effect == NULL || effect->state != EFFECT_DONE || effect->attempt >= attempt ||
            json_integer_value(json_object_get(effect->result, "exit")) == 0)
            return key;
        free(key);
    }
}

static enum step_outcome judge(const json_t *result, struct error *err)
{
    json_int_t exit_code = json_integer_value(json_object_get(result, "exit"));
    const char *last_line = text_of_param(result, "last_line");

    if (exit_code == 0)
        return STEP_OUTCOME_SUCCEEDED;
    error_set(err, ERROR_REFUSED, "the command ended with exit code %lld%s%s", (long long)exit_code,
              last_line[0] != '\0' ? ": " : "", last_line);
    error_hint(err, "its output is in %s", text_of_param(result, "output"));
    return STEP_OUTCOME_FAILED;
}

static enum step_outcome outcome_of(const struct error *err)
{
    if (err->kind == ERROR_CANCELLED)
        return STEP_OUTCOME_ABORTED;
    if (err->kind == ERROR_UNKNOWN)
        return STEP_OUTCOME_UNKNOWN;
    return err->kind == ERROR_REFUSED ? STEP_OUTCOME_FAILED : STEP_OUTCOME_ERRORED;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    int64_t limit_ms = json_integer_value(json_object_get(step_params(ctx), "limit"));
    auto_free char *key = effect_key(ctx);
    auto_free char *stem = xasprintf("%s/%s-%s", step_output_directory(ctx), step_id(ctx), key);
    auto_free char *output = xasprintf("%s.log", stem);
    auto_free char *exit_file = xasprintf("%s.exit", stem);
    json_t *what = describe(step_params(ctx)), *result = NULL;
    json_t *shown = json_object_get(what, "params");

    json_object_set_new(shown, "output", json_string(output));
    json_object_set_new(shown, "exit_file", json_string(exit_file));
    /* guarded: verify has seen it end, so nothing of a lost start can still arrive */
    const struct effect effect = {
        .what = what, .is_guarded = true, .closure = &limit_ms, .send = send, .verify = verify};
    bool is_done = effect_run(ctx, key, &effect, &result, err);
    enum step_outcome outcome = is_done ? judge(result, err) : outcome_of(err);
    json_decref(what);
    json_decref(result);
    return outcome;
}

const struct step_kind step_command = {
    .name = "run",
    .summary = "Run a command",
    .params = params,
    .plan = plan,
    .run = run,
    .may_outlive = true,
    .irreversible = "what a command did, flightdeck cannot take back",
};
