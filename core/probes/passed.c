/*
 * passed.c - another proof stands for this item: a step of this run, or the last release of another
 * environment.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/git.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/past.h"
#include "core/probes.h"
#include "core/run.h"
#include "core/step.h"
#include "core/text.h"

#define SHORT_COMMIT 7

static const struct param params[] = {
    {.name = "what",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "a step of the plan (\"smoke\") or an environment (\"staging\")"},
    {0},
};

static const char *wanted(const json_t *given)
{
    const char *what = json_string_value(json_object_get(given, "what"));

    return what == NULL ? "" : what;
}

static const struct environment *find_environment(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->environment_count; i++)
        if (strcmp(config->environments[i].name, name) == 0)
            return &config->environments[i];
    return NULL;
}

static bool is_step(const struct environment *environment, const char *what)
{
    for (size_t i = 0; i < environment->step_count; i++)
        if (strcmp(environment->steps[i].id, what) == 0 ||
            strcmp(environment->steps[i].kind->name, what) == 0)
            return true;
    return false;
}

/* Every started step of that id or kind has succeeded, and there is at least one. */
static bool step_passed(const struct run *run, const char *what, struct evidence *out,
                        struct error *err)
{
    const struct run_step *proof = NULL;
    char at[CLOCK_STAMP_SIZE];

    for (size_t i = 0; run != NULL && i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        if (strcmp(step->id, what) != 0 && strcmp(step->kind, what) != 0)
            continue;
        if (step->state == STEP_SUCCEEDED) {
            proof = step;
        } else if (step->state != STEP_PENDING && step->state != STEP_RUNNING &&
                   step->state != STEP_WAITING) {
            *out = (struct evidence){
                false,
                xasprintf("%s %s: %s", step->id, run_step_state_name(step->state), step->reason),
                json_pack("{s:s, s:s}", "run", run->id, "step", step->id)};
            return true;
        }
    }
    if (proof == NULL)
        return error_set(err, ERROR_TRANSIENT, "%s has not run yet", what);
    *out = (struct evidence){
        true, xasprintf("%s succeeded at %s", proof->id, clock_time_of_day(proof->ended_at_ms, at)),
        json_pack("{s:s, s:s}", "run", run->id, "step", proof->id)};
    return true;
}

/* What is released here must be what passed there, where both commits are known. Yours; NULL: no
 * objection. */
static char *other_commit(const struct probe_context *context, const struct run *there)
{
    const struct git git = {context->config->directory, context->cancel};
    const char *theirs = past_commit(there);
    struct error ignored;
    char *ours = NULL, *objection = NULL;

    if (theirs[0] != '\0' && git_commit(&git, "HEAD", &ours, &ignored) && strcmp(ours, theirs) != 0)
        objection = xasprintf("%s runs %.*s, HEAD is %.*s", there->environment, SHORT_COMMIT,
                              theirs, SHORT_COMMIT, ours);
    free(ours);
    return objection;
}

static bool environment_passed(const struct probe_context *context, const char *name,
                               struct evidence *out, struct error *err)
{
    struct run *run = NULL;
    char age[CLOCK_STAMP_SIZE];

    if (context->state_directory == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no journal to look %s up in", name);
    if (!past_newest_run(context->state_directory, name, &run, err))
        return error_wrap(err, "the last run of %s", name);
    if (run == NULL) {
        *out = (struct evidence){.summary = xasprintf("nothing was released to %s yet", name)};
        return true;
    }
    if (!run_is_over(run)) {
        error_set(err, ERROR_TRANSIENT, "%s of %s is %s", run->id, name,
                  run_status_name(run->status));
        run_free(run);
        return false;
    }
    char *objection = run->status == RUN_SUCCEEDED ? other_commit(context, run) : NULL;
    out->passed = run->status == RUN_SUCCEEDED && objection == NULL &&
                  strcmp(run->plan_name, "rollback") != 0;
    out->details = json_pack("{s:s, s:s}", "run", run->id, "commit", past_commit(run));
    clock_duration_text(clock_world_ms() - run->ended_at_ms, age);
    out->summary =
        objection != NULL
            ? objection
            : xasprintf("%s %s %s%s %s ago", run->id, name, run_status_name(run->status),
                        strcmp(run->plan_name, "rollback") == 0 ? " (a rollback)" : "", age);
    run_free(run);
    return true;
}

static bool check(const struct config *config, const json_t *given, struct error *err)
{
    const char *what = wanted(given);
    const char *names[64];
    size_t count = 0;

    if (find_environment(config, what) != NULL)
        return true;
    for (size_t i = 0; i < config->environment_count; i++)
        if (is_step(&config->environments[i], what))
            return true;
    for (size_t i = 0; i < config->environment_count; i++) {
        const struct environment *e = &config->environments[i];
        if (count < 64)
            names[count++] = e->name;
        for (size_t k = 0; k < e->step_count && count < 64; k++)
            names[count++] = e->steps[k].id;
    }
    error_set(err, ERROR_USAGE, "\"%s\" is neither a step of a plan nor an environment", what);
    const char *near = text_nearest(what, names, count);
    if (near != NULL)
        error_hint(err, "did you mean \"%s\"?", near);
    return false;
}

static bool probe(const struct probe_context *context, const json_t *given, struct evidence *out,
                  struct error *err)
{
    const char *what = wanted(given);
    struct evidence evidence = {0};
    bool is_other = find_environment(context->config, what) != NULL &&
                    (context->environment == NULL || !is_step(context->environment, what));

    if (is_other ? !environment_passed(context, what, &evidence, err)
                 : !step_passed(context->run, what, &evidence, err))
        return false;
    *out = evidence;
    return true;
}

const struct probe_kind probe_passed = {
    .name = "passed",
    .summary = "A step of this run, or the last release of another environment, succeeded",
    .params = params,
    .check = check,
    .probe = probe,
};
