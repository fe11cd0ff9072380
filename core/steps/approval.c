/*
 * approval.c - the gate of four eyes: somebody of the group, other than who started the run,
 * approves its plan.
 *
 * Approvals are bound to the plan's hash; four_eyes.h says which count, and which of them are
 * recorded, and reported, as self-approved.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/four_eyes.h"
#include "core/mem.h"
#include "core/steps.h"
#include "core/text.h"

static const struct param params[] = {
    {.name = "group",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "a group of `people:`, one of whom approves"},
    {0},
};

static bool refuse_group(const struct config *config, const char *name, struct error *err)
{
    auto_free const char **names = xcalloc(config->people_count + 1, sizeof *names);

    for (size_t i = 0; i < config->people_count; i++)
        names[i] = config->people[i].name;
    error_set(err, ERROR_USAGE, "there is no group \"%s\" in people", name);
    const char *near = text_nearest(name, names, config->people_count);
    return near == NULL ? error_hint(err, "add it: `people: {%s: [name@example.com]}`", name)
                        : error_hint(err, "did you mean \"%s\"?", near);
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const char *name = json_string_value(json_object_get(context->step->params, "group"));

    if (four_eyes_group(context->config, name == NULL ? "" : name) == NULL)
        return refuse_group(context->config, name == NULL ? "" : name, err);
    *out = (struct step_plan){
        .calls = json_array(),
        .summary = xasprintf("one of %s approves, other than who started the run", name),
    };
    return true;
}

/* The best approval that counts: of four eyes where there is one. NULL: none yet. */
static const struct run_approval *find_approval(const struct run *run,
                                                const struct people_group *group,
                                                bool *is_self_approved, const char **why_not)
{
    const struct run_approval *found = NULL;

    *why_not = NULL;
    for (size_t i = 0; i < run->approval_count; i++) {
        const struct run_approval *a = &run->approvals[i];
        const char *against = four_eyes_objection(run, group, a);
        if (against != NULL) {
            *why_not = against;
            continue;
        }
        bool is_self = four_eyes_is_self(run, a);
        if (found != NULL && is_self)
            continue;
        found = a;
        *is_self_approved = is_self;
        if (!is_self)
            break;
    }
    return found;
}

/* ---- waiting -----------------------------------------------------------------------------------
 */

static enum step_outcome outcome_of(const struct error *err)
{
    return err->kind == ERROR_CANCELLED ? STEP_OUTCOME_ABORTED : STEP_OUTCOME_ERRORED;
}

/* [{"by","why"}] of those that do not count, for the report. */
static json_t *refused_ones(const struct run *run, const struct people_group *group)
{
    json_t *out = json_array();

    for (size_t i = 0; i < run->approval_count; i++) {
        const char *why = four_eyes_objection(run, group, &run->approvals[i]);
        if (why != NULL)
            json_array_append_new(out,
                                  json_pack("{s:s, s:s}", "by", run->approvals[i].by, "why", why));
    }
    return out;
}

static enum step_outcome accept(struct step_ctx *ctx, const struct run_approval *approval,
                                bool is_self_approved, const struct people_group *group,
                                struct error *err)
{
    const json_t *decided;
    char stamp[CLOCK_STAMP_SIZE];
    json_t *fact =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "by", approval->by, "at",
                  clock_stamp(approval->at_ms, stamp), "hash", approval->hash, "group", group->name,
                  "self_approved", is_self_approved, "refused", refused_ones(step_run(ctx), group));

    if (!step_decide(ctx, "approval", fact, &decided, err))
        return outcome_of(err);
    if (is_self_approved)
        step_say(ctx, "self-approved: the names of starter and approver are not both verified");
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome undecided(struct step_ctx *ctx, const char *group, struct error *err)
{
    if (step_environment(ctx)->on_undecided == ON_UNDECIDED_ROLLBACK) {
        error_set(err, ERROR_REFUSED, "undecided: nobody of %s approved", group);
        return STEP_OUTCOME_ROLL_BACK;
    }
    step_say(ctx, "still waiting, and holding: nobody of %s approved", group);
    return STEP_OUTCOME_SUCCEEDED;
}

static bool say_waiting(struct step_ctx *ctx, const char *group, const char *why_not,
                        const char **said, struct error *err)
{
    const char *now = why_not == NULL ? "" : why_not;

    if (*said != NULL && strcmp(*said, now) == 0)
        return true;
    *said = now;
    return step_waiting(ctx, "person", err, "waits for one of %s to approve%s%s", group,
                        why_not == NULL ? "" : "; the last approval does not count, as ", now);
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const char *name = step_param_text(ctx, "group");
    const struct people_group *group = four_eyes_group(step_config(ctx), name);
    int64_t deadline_ms = INT64_MAX;
    const char *said = NULL;

    if (group == NULL) {
        refuse_group(step_config(ctx), name, err);
        return STEP_OUTCOME_ERRORED;
    }
    for (bool is_first = true;; is_first = false) {
        bool is_self = false;
        const char *why_not;
        const struct run *now = step_run(ctx);
        const struct run_approval *approval = find_approval(now, group, &is_self, &why_not);
        if (approval != NULL)
            return accept(ctx, approval, is_self, group, err);
        if (step_is_unattended(ctx) && !run_wrote(now)) {
            error_set(err, ERROR_REFUSED, "nobody of %s approved%s%s", name,
                      why_not == NULL ? "" : ": ", why_not == NULL ? "" : why_not);
            error_hint(err, "flightdeck run approve, by somebody else than who starts the run");
            return STEP_OUTCOME_FAILED;
        }
        if (is_first && step_is_unattended(ctx) &&
            !step_deadline(ctx, "deadline", step_config(ctx)->judge.deadline_ms, &deadline_ms, err))
            return outcome_of(err);
        if (!say_waiting(ctx, name, why_not, &said, err))
            return outcome_of(err);
        if (deadline_ms <= clock_world_ms()) {
            enum step_outcome outcome = undecided(ctx, name, err);
            if (outcome != STEP_OUTCOME_SUCCEEDED)
                return outcome;
            deadline_ms = INT64_MAX;
        }
        if (!step_wait_change(ctx, deadline_ms, err))
            return outcome_of(err);
    }
}

const struct step_kind step_approval = {
    .name = "approval",
    .summary = "Somebody other than who started the run approves its plan",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
    .is_gate = true,
};
