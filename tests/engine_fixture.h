/*
 * engine_fixture.h - a project in memory for tests of the engine: small kinds of steps that write
 * to a fake world, against the real journal in a folder of its own.
 *
 * The world counts what was sent, so that a test can say "once". All is static: include it in one
 * test program.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/effect.h"
#include "core/engine.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/run.h"
#include "core/step.h"

#define WORLD_LOG_SIZE 4096

/* ---- the fake world ---- */

/* Shared with children, so that it outlives a process that is killed. */
struct fake_world {
    pthread_mutex_t lock;
    char log[WORLD_LOG_SIZE]; /* "write:deploy undo:shift ..." in the order in which it happened */
    atomic_int sends;
    atomic_int verdict; /* enum verdict_kind: what the guard sees */
    atomic_int observations;
    atomic_bool gate_is_open;
    atomic_bool fails;      /* the step "fragile" says no */
    atomic_bool hangs;      /* the step "slow" goes on until this is false */
    atomic_bool undo_fails; /* for good */
    atomic_int undos;
    atomic_bool undo_waits;   /* an undo goes on when this is false */
    atomic_int undo_refusals; /* so many times somebody else has changed it */
    atomic_int undo_misses;   /* so many times for want of an answer */
    atomic_bool is_unguarded; /* a lost request may arrive late */
    atomic_int lost;          /* so many answers get lost */
    atomic_bool arrives;      /* ... of requests that arrived */
    atomic_int verify;        /* what verify says; -1 = looks at the log */
};
static struct fake_world *world;

static void world_reset(void)
{
    pthread_mutexattr_t attributes;

    if (world == NULL)
        world =
            mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world == MAP_FAILED)
        abort();
    memset(world, 0, sizeof *world);
    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    (void)pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    (void)pthread_mutex_init(&world->lock, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    world->verdict = VERDICT_INCONCLUSIVE;
    world->gate_is_open = true;
    world->arrives = true;
    world->verify = -1;
}

/* Whoever held it may have been killed. */
static void world_lock(void)
{
    if (pthread_mutex_lock(&world->lock) == EOWNERDEAD)
        (void)pthread_mutex_consistent(&world->lock);
}

static void world_note(const char *what, const char *step)
{
    world_lock();
    size_t len = strlen(world->log);
    (void)snprintf(world->log + len, sizeof world->log - len, "%s%s:%s", len > 0 ? " " : "", what,
                   step);
    (void)pthread_mutex_unlock(&world->lock);
}

/* Whole words: "undo:write" is not "undo:write-2". */
static bool world_has(const char *words)
{
    world_lock();
    auto_free char *log = xasprintf(" %s ", world->log);
    (void)pthread_mutex_unlock(&world->lock);
    auto_free char *wanted = xasprintf(" %s ", words);
    return strstr(log, wanted) != NULL;
}

/* ---- kinds ---- */

static bool fake_send(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                      struct error *err)
{
    (void)intent;
    world->sends++;
    bool is_lost = atomic_load(&world->lost) > 0;
    if (is_lost)
        world->lost--;
    if (!is_lost || world->arrives)
        world_note(closure, step_id(ctx));
    if (is_lost)
        return error_set(err, ERROR_UNKNOWN, "no answer");
    *result = json_pack("{s:i}", "sends", (int)world->sends);
    return true;
}

static enum effect_verdict fake_verify(struct step_ctx *ctx, void *closure, const json_t *intent,
                                       json_t **result, struct error *err)
{
    auto_free char *what = xasprintf("%s:%s", (const char *)closure, step_id(ctx));
    (void)intent;
    if (world->verify >= 0) {
        error_set(err, ERROR_UNKNOWN, "it cannot be told");
        return (enum effect_verdict)atomic_load(&world->verify);
    }
    if (!world_has(what))
        return EFFECT_VERIFY_NOT_DONE;
    *result = json_pack("{s:b}", "seen", 1);
    return EFFECT_VERIFY_DONE;
}

static bool fake_write(struct step_ctx *ctx, const char *key, const char *word, struct error *err)
{
    json_t *what = json_pack("{s:s, s:s, s:{s:s}}", "service", "fake", "operation", word, "params",
                             "step", step_id(ctx));
    char closure[16];
    (void)snprintf(closure, sizeof closure, "%s", word);
    const struct effect effect = {.what = what,
                                  .is_guarded = !world->is_unguarded,
                                  .limit_ms = 100,
                                  .closure = closure,
                                  .send = fake_send,
                                  .verify = fake_verify};
    bool ok = effect_run(ctx, key, &effect, NULL, err);
    json_decref(what);
    return ok;
}

static enum step_outcome outcome_of(const struct error *err)
{
    return err->kind == ERROR_CANCELLED ? STEP_OUTCOME_ABORTED
           : err->kind == ERROR_UNKNOWN ? STEP_OUTCOME_UNKNOWN
                                        : STEP_OUTCOME_ERRORED;
}

static bool plan_anything(const struct plan_context *context, struct step_plan *out,
                          struct error *err)
{
    (void)err;
    *out = (struct step_plan){.summary = xasprintf("do %s", context->step->id)};
    return true;
}

/* Writes once, and takes that back. */
static enum step_outcome run_write(struct step_ctx *ctx, struct error *err)
{
    return fake_write(ctx, "write", "write", err) ? STEP_OUTCOME_SUCCEEDED : outcome_of(err);
}

static enum step_outcome undo_write(struct step_ctx *ctx, struct error *err)
{
    world->undos++;
    while (world->undo_waits)
        if (!step_poll_pause(ctx, 5, err))
            return outcome_of(err);
    if (world->undo_refusals > 0) {
        world->undo_refusals--;
        error_set(err, ERROR_CONFLICT, "somebody else changed it");
        return STEP_OUTCOME_UNKNOWN;
    }
    if (world->undo_fails) {
        error_set(err, ERROR_CONFLICT, "somebody else changed it");
        return STEP_OUTCOME_UNKNOWN;
    }
    if (world->undo_misses > 0) {
        world->undo_misses--;
        error_set(err, ERROR_TRANSIENT, "it does not answer");
        error_hint(err, "look at the cable");
        return STEP_OUTCOME_ERRORED;
    }
    return fake_write(ctx, "undo", "undo", err) ? STEP_OUTCOME_SUCCEEDED : outcome_of(err);
}

/* Opens when the world says so. */
static enum step_outcome run_gate(struct step_ctx *ctx, struct error *err)
{
    while (!world->gate_is_open) {
        if (step_is_unattended(ctx) && !run_wrote(step_run(ctx))) {
            error_set(err, ERROR_REFUSED, "the gate is closed");
            return STEP_OUTCOME_FAILED;
        }
        if (!step_waiting(ctx, "person", err, "the gate is closed") ||
            !step_wait_change(ctx, INT64_MAX, err))
            return outcome_of(err);
    }
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome run_fragile(struct step_ctx *ctx, struct error *err)
{
    (void)ctx;
    if (!world->fails)
        return STEP_OUTCOME_SUCCEEDED;
    error_set(err, ERROR_REFUSED, "it says no");
    return STEP_OUTCOME_FAILED;
}

static enum step_outcome run_slow(struct step_ctx *ctx, struct error *err)
{
    while (world->hangs)
        if (!step_poll_pause(ctx, 5, err))
            return outcome_of(err);
    return STEP_OUTCOME_SUCCEEDED;
}

/* What a rollback by hand is. */
static enum step_outcome run_back(struct step_ctx *ctx, struct error *err)
{
    while (world->hangs)
        if (!step_poll_pause(ctx, 5, err))
            return outcome_of(err);
    return fake_write(ctx, "write", "back", err) && step_note_fact(ctx, "weight", json_real(1), err)
               ? STEP_OUTCOME_SUCCEEDED
               : outcome_of(err);
}

/* Moves half of the traffic, asks, moves all of it. */
static enum step_outcome run_shift(struct step_ctx *ctx, struct error *err)
{
    static const char *const choices[] = {"promote", "hold", NULL};
    const char *answer;

    if (!step_guard_begin(ctx, err) || !fake_write(ctx, "half", "write", err) ||
        !step_note_fact(ctx, "weight", json_real(0.5), err) ||
        !step_ask(ctx, "half", "half of it is there: go on?", choices, 0, &answer, err) ||
        !fake_write(ctx, "all", "all", err) || !step_note_fact(ctx, "weight", json_real(1), err))
        return outcome_of(err);
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome undo_shift(struct step_ctx *ctx, struct error *err)
{
    enum step_outcome outcome = undo_write(ctx, err);

    if (outcome == STEP_OUTCOME_SUCCEEDED && !step_note_fact(ctx, "weight", json_real(0), err))
        return outcome_of(err);
    return outcome;
}

static bool observe(struct step_ctx *ctx, json_t **measurement, struct verdict *verdict,
                    struct error *err)
{
    world->observations++;
    if (world->verdict == VERDICT_ERROR)
        return error_set(err, ERROR_TRANSIENT, "the metrics do not answer");
    *measurement = json_pack("{s:i}", "n", (int)world->observations);
    *verdict = (struct verdict){.kind = (enum verdict_kind)atomic_load(&world->verdict),
                                .weight = step_run(ctx)->weight,
                                .at_ms = clock_world_ms()};
    (void)snprintf(verdict->sentence, sizeof verdict->sentence, "observation %d: %s",
                   (int)world->observations, step_verdict_name(verdict->kind));
    return true;
}

static void look_ahead(struct step_ctx *ctx, struct preflight *findings)
{
    preflight_add(findings, world->fails ? FINDING_FAIL : FINDING_PASS, step_id(ctx), "looked at");
}

static const struct step_kind kind_gate = {.name = "gate",
                                           .plan = plan_anything,
                                           .run = run_gate,
                                           .undo = step_undo_nothing,
                                           .is_gate = true};
static const struct step_kind kind_write = {
    .name = "write", .plan = plan_anything, .run = run_write, .undo = undo_write};
static const struct step_kind kind_fragile = {.name = "fragile",
                                              .plan = plan_anything,
                                              .preflight = look_ahead,
                                              .run = run_fragile,
                                              .undo = step_undo_nothing};
static const struct step_kind kind_slow = {
    .name = "slow", .plan = plan_anything, .run = run_slow, .undo = step_undo_nothing};
static const struct step_kind kind_shift = {.name = "shift",
                                            .plan = plan_anything,
                                            .run = run_shift,
                                            .observe = observe,
                                            .undo = undo_shift,
                                            .moves_traffic = true};
static const struct step_kind kind_back = {.name = "back",
                                           .plan = plan_anything,
                                           .run = run_back,
                                           .undo = undo_write,
                                           .moves_traffic = true,
                                           .is_internal = true,
                                           .goes_back = true};
static const struct step_kind *const kinds[] = {&kind_gate,  &kind_write, &kind_fragile, &kind_slow,
                                                &kind_shift, &kind_back,  NULL};

/* ---- the project ---- */

struct project {
    struct house house;
    struct config config;
    struct environment environment;
    struct plan_step steps[12];
    char directory[64];
    json_t *plan;
    struct engine *engine;
    bool is_unattended;
    void (*on_event)(void *closure, const struct event *event, const struct run *run);
};

/* Of the configuration as it is by now. */
static void project_plan(struct project *p)
{
    struct error err;

    json_decref(p->plan);
    if (!plan_make(&p->house, &p->config, &p->environment, "default", NULL, &p->plan, &err))
        abort();
}

/* "gate slow+ write": step kinds in order; `+` begins with the run. */
static void project_init(struct project *p, const char *plan)
{
    static char name[] = "production", project[] = "test", path[] = "test.yaml", empty[] = "";

    *p = (struct project){.house.step_kinds = kinds};
    world_reset();
    (void)snprintf(p->directory, sizeof p->directory, "/tmp/flightdeck-engine-XXXXXX");
    if (mkdtemp(p->directory) == NULL)
        abort();
    for (const char *word = plan; *word != '\0'; word += *word == ' ') {
        size_t len = strcspn(word, " ");
        bool is_beside = word[len - 1] == '+';
        auto_free char *kind = xstrndup(word, len - is_beside);
        size_t n = p->environment.step_count++;
        size_t same = 1;
        for (size_t i = 0; i < n; i++)
            same += strcmp(p->steps[i].kind->name, kind) == 0;
        p->steps[n] = (struct plan_step){
            .id = same > 1 ? xasprintf("%s-%zu", kind, same) : xstrdup(kind),
            .kind = house_step_kind(&p->house, kind),
            .params = json_object(),
            .begins_with_run = is_beside,
        };
        word += len;
    }
    p->environment.name = name;
    p->environment.account = p->environment.region = empty;
    p->environment.steps = p->steps;
    p->config = (struct config){.path = path,
                                .directory = path,
                                .project = project,
                                .environments = &p->environment,
                                .environment_count = 1,
                                .judge = {.interval_ms = 20, .deadline_ms = 60000},
                                .manual_lifetime_ms = 3600000};
    project_plan(p);
}

static bool project_open(struct project *p, struct error *err)
{
    struct engine_options options = {.house = &p->house,
                                     .config = &p->config,
                                     .environment = &p->environment,
                                     .state_directory = p->directory,
                                     .is_unattended = p->is_unattended,
                                     .on_event = p->on_event,
                                     .closure = p};
    if (json_object_size(json_object_get(p->plan, "inputs")) == 0)
        project_plan(p);
    engine_actor_local(&options.actor);
    return engine_open(&options, &p->engine, err);
}

static void project_close(struct project *p)
{
    engine_close(p->engine);
    p->engine = NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

static void project_clear(struct project *p)
{
    project_close(p);
    json_decref(p->plan);
    for (size_t i = 0; i < p->environment.step_count; i++) {
        free(p->steps[i].id);
        json_decref(p->steps[i].params);
    }
    (void)nftw(p->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
