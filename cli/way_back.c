/*
 * way_back.c - see way_back.h.
 */
#include "cli/way_back.h"

#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "cli/gone_back.h"
#include "cli/runs.h"
#include "cli/tables.h"
#include "core/filled.h"
#include "core/journal.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/text.h"

#define STEP_KIND "set-version"
#define BARE_RUN "a rollback that is not in the journal"
#define NOTHING "nothing: "
#define IRREVERSIBLE "irreversible: "

/* ---- which run ---- */

bool way_back_find(struct journal *journal, const char *environment, bool is_target_named,
                   struct run **run, struct run **latest, struct error *err)
{
    struct run *open = NULL, *last = NULL;

    if (!runs_find_open(journal, environment, &open, err))
        return false;
    if (open == NULL || !run_wrote(open)) {
        run_free(open);
        open = NULL;
        if (!runs_find_last_moved(journal, environment, &last, err))
            return false;
    }
    if (last != NULL && run_is_at_risk(last) && !is_target_named) {
        open = last;
        last = NULL;
    }
    *run = open;
    *latest = last;
    return true;
}

bool way_back_permits(const struct run *run, const char *version, struct error *err)
{
    if (version == NULL || strcmp(version + (version[0] == 'v'), run->old_version) == 0)
        return true;
    if (run->old_version[0] == '\0') {
        error_set(err, ERROR_CONFLICT, "%s is under way, and has moved no traffic", run->id);
        return error_hint(err, "Roll it back first, without a version; then name one.");
    }
    error_set(err, ERROR_CONFLICT, "%s is under way, and goes back to v%s", run->id,
              run->old_version);
    return error_hint(err, "Roll it back first, or name v%s.", run->old_version);
}

bool way_back_was_left(const struct run *latest)
{
    return latest != NULL && !run_is_over(latest) && gone_back_is_forward(latest);
}

bool way_back_was_foreign(const struct run *run)
{
    return run->status == RUN_ROLLBACK_FAILED && strstr(run->reason, ALIAS_FOREIGN) != NULL;
}

/* The step that moved traffic first. NULL: none did. */
static const struct run_step *moving_step(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].moves_traffic && json_object_get(run->steps[i].facts, "before") != NULL)
            return &run->steps[i];
    return NULL;
}

const json_t *way_back_before(const struct run *run)
{
    const struct run_step *step = moving_step(run);
    return step != NULL ? json_object_get(step->facts, "before") : NULL;
}

/* As the plan of that step says. NULL: it does not. */
static const struct resource *resource_of(const struct environment *environment,
                                          const struct run *run)
{
    const struct run_step *step = run != NULL ? moving_step(run) : NULL;
    const json_t *steps = run != NULL ? json_object_get(run->plan, "steps") : NULL, *planned;
    size_t i;

    json_array_foreach(steps, i, planned)
    {
        const char *id = json_string_value(json_object_get(planned, "id"));
        const json_t *params = json_object_get(planned, "params");
        const char *name = json_string_value(json_object_get(params, "resource"));
        if (step != NULL && id != NULL && name != NULL && strcmp(id, step->id) == 0)
            return config_resource(environment, name);
    }
    return NULL;
}

bool way_back_alias(const struct environment *environment, const struct run *run,
                    const struct resource **api, struct put_back *p, struct error *err)
{
    *api = resource_of(environment, run);
    if (*api == NULL)
        *api = config_resource_of_kind(environment, "lambda");
    if (*api == NULL)
        return error_set(err, ERROR_USAGE, "%s has no lambda resource", environment->name);
    text_copy(p->function, sizeof p->function, config_resource_text(*api, "lambda"));
    text_copy(p->alias, sizeof p->alias, config_resource_text(*api, "alias"));
    return true;
}

bool way_back_is_foreign(const struct run *run, const struct put_back *p)
{
    const json_t *before = way_back_before(run);

    if (before == NULL || alias_is_ours(run, p->function, p->alias, &p->before))
        return false;
    struct alias_layout found = alias_before_layout(before);
    return !alias_serves(&p->before, &found);
}

struct command way_back_command(const char *by, const char *reason, const char *over)
{
    struct command command = {.verb = COMMAND_ROLLBACK};

    text_copy(command.by, sizeof command.by, by);
    text_copy(command.answer, sizeof command.answer, over);
    text_copy(command.reason, sizeof command.reason,
              reason != NULL && reason[0] != '\0' ? reason : "asked for by hand");
    return command;
}

/* ---- which version ---- */

static bool go_to(struct put_back *p, const char *version, const char *run_id, const char *what)
{
    (void)snprintf(p->target, sizeof p->target, "%s", version);
    (void)snprintf(p->why, sizeof p->why, "%s %s", run_id, what);
    return true;
}

bool way_back_of_run(struct journal *journal, const struct environment *environment, const char *id,
                     struct put_back *p, struct error *err)
{
    struct run *run;
    if (!journal_read_run(journal, id, &run, err))
        return false;
    bool ok = true;
    if (strcmp(run->environment, environment->name) != 0)
        ok = error_set(err, ERROR_USAGE, "%s was a run of %s", id, run->environment);
    else if (run->old_version[0] == '\0' || !run_moved_traffic(run))
        ok = error_set(err, ERROR_USAGE, "%s moved no traffic: there is nothing to roll back", id);
    const char *serves = p->function;
    const struct resource *moved = ok ? resource_of(environment, run) : NULL;
    if (moved != NULL && strcmp(config_resource_text(moved, "lambda"), serves) != 0)
        ok = error_set(err, ERROR_USAGE,
                       "%s moved %s, and %s was moved last: name that one with "
                       "--lambda FUNCTION:ALIAS --version %s",
                       id, config_resource_text(moved, "lambda"), serves, run->old_version);
    if (ok)
        ok = go_to(p, run->old_version, id, "replaced it");
    run_free(run);
    return ok;
}

bool way_back_ask_latest(const struct run *latest, struct put_back *p)
{
    const char *serving = p->before.version;

    if (latest == NULL || p->before.weight_count > 0)
        return false;
    bool is_rollback = strcmp(latest->plan_name, BY_HAND_ROLLBACK) == 0;
    if (strcmp(serving, latest->new_version) == 0 && is_rollback)
        return go_to(p, serving, latest->id, "went back to it");
    if (strcmp(serving, latest->new_version) == 0 && latest->status == RUN_SUCCEEDED)
        return go_to(p, latest->old_version, latest->id, "replaced it");
    return !is_rollback && strcmp(serving, latest->old_version) == 0 &&
           go_to(p, serving, latest->id, "left it as it was");
}

bool way_back_plan(const struct config *config, const struct environment *environment,
                   const struct resource *api, const struct put_back *p, struct by_hand *hand,
                   json_t **plan, struct error *err)
{
    json_t *params = json_pack("{s:s, s:s}", "resource", api->name, "version", p->target);

    if (p->why[0] != '\0')
        json_object_set_new(params, "why", json_string(p->why));
    if (p->before.version[0] != '\0')
        json_object_set_new(params, "seen", alias_seen_json(&p->before));

    if (!by_hand_init(hand, tables_house(), environment, STEP_KIND, params, err))
        return false;
    if (plan_make(tables_house(), config, &hand->environment, BY_HAND_ROLLBACK, NULL, plan, err))
        return true;
    by_hand_clear(hand);
    return false;
}

bool way_back_lock_bare(struct journal *journal, const char *environment, const struct put_back *p,
                        const char *by, struct error *err)
{
    auto_free char *reason = xasprintf(BARE_RUN " put it back to v%s (%s)", p->target, p->why);

    return locked_after_run(journal, environment, BARE_RUN, by, reason, err);
}

bool way_back_has_locked(struct journal *journal, const char *environment, struct error *err)
{
    struct environment_lock lock;

    return locked_read(journal, environment, &lock, err) &&
           (lock.is_locked || error_set(err, ERROR_INTERNAL, "its lock is open"));
}

/* ---- what it would do ---- */

/* What it found there, which is not always one version alone. */
static struct alias_layout found_by(const struct run *run)
{
    const json_t *before = way_back_before(run);

    return before != NULL ? alias_before_layout(before) : alias_layout_whole(run->old_version, "");
}

/* Of a rollback by hand: what it wrote last. */
static struct alias_layout left_by(const struct run *run)
{
    struct alias_layout left = alias_layout_whole(run->new_version, "");

    for (size_t i = 0; i < run->effect_count; i++)
        if (run->effects[i].state == EFFECT_DONE)
            left = alias_layout_of_call(json_object_get(run->effects[i].intent, "what"));
    return left;
}

char *way_back_serves_text(const struct run *run)
{
    struct alias_layout found = gone_back_is_forward(run) ? left_by(run) : found_by(run);

    if (found.additional_version[0] == '\0')
        return xasprintf("v%s serves all traffic", found.version);
    return xasprintf("as before %s: v%s %.4g %%, v%s %.4g %%", run->id, found.version,
                     (1 - found.additional_weight) * 100, found.additional_version,
                     found.additional_weight * 100);
}

char *way_back_traffic_text(const struct run *run)
{
    struct alias_layout found = found_by(run);

    if (!run_moved_traffic(run))
        return xstrdup("stays: none was moved");
    if (found.additional_version[0] != '\0')
        return way_back_serves_text(run);
    if (run->weight > 0 && run->weight < 1)
        return xasprintf("v%s %.4g %%, v%s %.4g %% -> v%s 100 %%, in one write", run->old_version,
                         (1 - run->weight) * 100, run->new_version, run->weight * 100,
                         run->old_version);
    if (run->weight > 0)
        return xasprintf("v%s 100 %% -> v%s 100 %%, in one write", run->new_version,
                         run->old_version);
    return xasprintf("as before %s: v%s, whatever v%s was given", run->id, run->old_version,
                     run->new_version);
}

static bool wrote(const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, id) == 0 && run->effects[i].state != EFFECT_FAILED)
            return true;
    return false;
}

static json_t *rest_of_step(const struct run *run, const struct run_step *step)
{
    static const struct {
        const char *prefix, *fate;
    } fates[] = {{NOTHING, "stays"}, {IRREVERSIBLE, "lost"}, {"", "undone"}};
    auto_free char *undo = filled_undo(run, step->id);
    size_t i = 0;

    while (!text_starts_with(undo, fates[i].prefix))
        i++;
    return json_pack("{s:s, s:s, s:s}", "step", step->id, "text", undo + strlen(fates[i].prefix),
                     "fate", fates[i].fate);
}

json_t *way_back_rest(const struct run *run)
{
    json_t *rest = json_array();

    for (size_t i = run->step_count; i-- > 0;)
        if (!run->steps[i].moves_traffic && run->steps[i].state != STEP_UNDONE &&
            wrote(run, run->steps[i].id))
            json_array_append_new(rest, rest_of_step(run, &run->steps[i]));
    return rest;
}
