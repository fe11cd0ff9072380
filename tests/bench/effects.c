/*
 * effects.c - what the engine adds to each write: a plan of one step with many writes to nowhere.
 *
 * Prints "commit_ms=... overhead_ms=...": a commit of the journal alone, and what an effect takes
 * beyond its two commits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/effect.h"
#include "core/engine.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/step.h"

#define EFFECTS 200
#define COMMITS (2 * EFFECTS)

static double began_ms, ended_ms; /* of the burst; written by its worker, read after the run */

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool send_nowhere(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                         struct error *err)
{
    (void)ctx;
    (void)closure;
    (void)intent;
    (void)err;
    *result = json_object();
    return true;
}

static enum effect_verdict verify_nothing(struct step_ctx *ctx, void *closure, const json_t *intent,
                                          json_t **result, struct error *err)
{
    (void)ctx;
    (void)closure;
    (void)intent;
    (void)result;
    (void)err;
    return EFFECT_VERIFY_NOT_DONE;
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    (void)context;
    (void)err;
    *out = (struct step_plan){.calls = json_array(), .summary = xstrdup("writes to nowhere")};
    return true;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    json_t *what =
        json_pack("{s:s, s:s, s:{}}", "service", "bench", "operation", "Nothing", "params");
    const struct effect effect = {
        .what = what, .is_guarded = true, .send = send_nowhere, .verify = verify_nothing};
    bool ok = true;

    began_ms = now_ms();
    for (int i = 0; i < EFFECTS && ok; i++) {
        auto_free char *key = xasprintf("write-%d", i);
        ok = effect_run(ctx, key, &effect, NULL, err);
    }
    ended_ms = now_ms();
    json_decref(what);
    return ok ? STEP_OUTCOME_SUCCEEDED : STEP_OUTCOME_ERRORED;
}

static const struct param params[] = {
    {.name = "value", .type = PARAM_TEXT, .help = "nothing"},
    {0},
};

static const struct step_kind step_burst = {
    .name = "burst",
    .summary = "Many writes to nowhere",
    .params = params,
    .plan = plan,
    .run = run,
    .irreversible = "there is nothing to undo",
};

static bool time_commits(const char *directory, double *out_ms, struct error *err)
{
    struct journal *journal = NULL;
    bool ok = journal_open(directory, &journal, err);
    double began = now_ms();

    for (int i = 0; i < COMMITS && ok; i++) {
        struct event *e = event_new("env/bench", "said", "", "", json_pack("{s:s}", "text", "x"));
        ok = journal_append(journal, e, NULL, NULL, err);
        event_unref(e);
    }
    *out_ms = (now_ms() - began) / COMMITS;
    journal_close(journal);
    return ok;
}

static bool write_config(const char *path, struct error *err)
{
    FILE *file = fopen(path, "we");
    bool ok = file != NULL && fputs("version: 1\nproject: bench\nenvironments:\n  bench: {}\n"
                                    "plan: [burst: here]\n",
                                    file) >= 0;
    ok = (file == NULL || fclose(file) == 0) && ok;
    return ok || error_set(err, ERROR_INTERNAL, "could not write %s", path);
}

static bool time_effects(const char *directory, double *out_ms, struct error *err)
{
    static const struct step_kind *const steps[] = {&step_burst, NULL};
    static const struct probe_kind *const probes[] = {NULL};
    static const struct resource_kind *const resources[] = {NULL};
    static const struct house house = {steps, probes, resources};
    auto_free char *path = xasprintf("%s/flightdeck.yaml", directory);
    struct config *config = NULL;
    struct engine *engine = NULL;
    json_t *made = NULL;

    if (!write_config(path, err) || !config_load(path, &house, NULL, &config, err))
        return false;
    struct engine_options options = {.house = &house,
                                     .config = config,
                                     .environment = &config->environments[0],
                                     .state_directory = directory};
    engine_actor_local(&options.actor);
    bool ok = plan_make(&house, config, options.environment, "default", NULL, &made, err) &&
              engine_open(&options, &engine, err) && engine_start(engine, NULL, made, err);
    if (ok)
        (void)engine_wait(engine, -1);
    struct run *ended = ok ? engine_snapshot(engine) : NULL;
    if (ok && (ended == NULL || ended->status != RUN_SUCCEEDED))
        ok = error_set(err, ERROR_INTERNAL, "the run did not succeed: %s",
                       ended != NULL ? ended->reason : "there is none");
    *out_ms = (ended_ms - began_ms) / EFFECTS;
    run_free(ended);
    engine_close(engine);
    json_decref(made);
    config_free(config);
    return ok;
}

int main(int argc, char **argv)
{
    double commit_ms = 0, effect_ms = 0;
    struct error err;

    if (argc != 2) {
        fputs("usage: bench_effects FOLDER\n", stderr);
        return 2;
    }
    if (!time_commits(argv[1], &commit_ms, &err) || !time_effects(argv[1], &effect_ms, &err)) {
        fprintf(stderr, "bench_effects: %s\n", err.message);
        return 1;
    }
    printf("commit_ms=%.3f overhead_ms=%.3f\n", commit_ms, effect_ms - 2 * commit_ms);
    return 0;
}
