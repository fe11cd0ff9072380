/*
 * checklist.c - the gate: every item of its sections is proved, waived or not applicable before the
 * run goes on.
 *
 * Items that a probe can prove are probed here, again and again while the gate is closed; people's
 * ticks arrive as events of the run. Before the first write an unattended run does not wait: the
 * gate is closed, exit 3.
 */
#include "core/checklist.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/git.h"
#include "core/mem.h"
#include "core/past.h"
#include "core/probe.h"
#include "core/steps.h"
#include "core/text.h"

#define FIRST_PAUSE_MS INT64_C(30000) /* world: until a failed probe is asked again ... */
#define MOST_PAUSE_MS INT64_C(600000) /* ... doubled up to this */
#define NAMED_ITEMS 5
#define LONGEST_SUMMARY 80
#define NO_DEADLINE INT64_MAX

static const struct param params[] = {
    {.name = "sections",
     .type = PARAM_TEXT_LIST,
     .help = "sections of the guide whose items must hold; all of them when left out"},
    {0},
};

/* When a probe may be asked again. */
struct turn {
    int64_t next_ms, pause_ms; /* world */
};

struct gate {
    struct step_ctx *ctx;
    struct checklist *checklist;
    const char **sections; /* NULL-terminated; NULL = all */
    json_t *changes;       /* classes that hold or not */
    struct turn *turns;    /* one per item of the checklist */
    char *waiting;         /* what was last said about waiting; "" = it runs */
    bool has_deadline;
    int64_t deadline_ms; /* world: how long an unattended run waits for a person */
};

/* The names as a NULL-terminated array (yours, the texts are borrowed); NULL when none are given.
 */
static const char **section_names(const json_t *given)
{
    const json_t *listed = json_object_get(given, "sections");
    size_t count = json_is_array(listed) ? json_array_size(listed) : json_is_string(listed);
    const char **names = count == 0 ? NULL : xcalloc(count + 1, sizeof *names);

    for (size_t i = 0; i < count; i++)
        names[i] = json_string_value(json_is_array(listed) ? json_array_get(listed, i) : listed);
    return names;
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    struct checklist *checklist = NULL;
    auto_free const char **sections = section_names(context->step->params);
    auto_buf summary;

    buf_init(&summary, 1000);
    if (!checklist_load(context->config, NULL, &checklist, err))
        return false;
    bool is_ok = sections == NULL || checklist_check_sections(checklist, sections, err);
    checklist_free(checklist);
    if (!is_ok)
        return false;
    buf_adds(&summary, "every item holds: ");
    for (size_t i = 0; sections != NULL && sections[i] != NULL; i++)
        buf_addf(&summary, "%s%s", i > 0 ? ", " : "", sections[i]);
    buf_adds(&summary, sections == NULL ? "all sections" : "");
    *out = (struct step_plan){.calls = json_array(), .summary = buf_steal(&summary)};
    return true;
}

/* ---- what kind of release
 * ------------------------------------------------------------------------ */

/* {} when it cannot be told: then every item applies. Never NULL. */
static json_t *find_changes(struct gate *g)
{
    const struct environment *environment = step_environment(g->ctx);
    const json_t *inputs = json_object_get(step_run(g->ctx)->plan, "inputs");
    const json_t *known = json_object_get(inputs, "changes");
    auto_free char *base = NULL;
    json_t *changes = NULL;
    struct error err;

    if (json_is_object(known))
        return json_deep_copy(known);
    if (past_shipped_commit(step_state_directory(g->ctx), environment->name, &base, &err) &&
        checklist_changes(step_config(g->ctx), base, &changes, &err))
        return changes;
    step_say(g->ctx, "cannot tell what this release changes, so every item applies: %s",
             err.message);
    return json_object();
}

/* Fixed once per step, also over a crash: what applied when the gate was first looked at goes on to
 * apply. */
static bool decide_changes(struct gate *g, struct error *err)
{
    const struct git git = {step_config(g->ctx)->directory, step_cancel(g->ctx)};
    const char *id = step_id(g->ctx);
    const json_t *decided;
    char *commit = NULL;
    struct error ignored;

    if (step_fact(g->ctx, id, "commit") == NULL && git_commit(&git, "HEAD", &commit, &ignored)) {
        json_t *value = json_string(commit);
        free(commit);
        if (!step_decide(g->ctx, "commit", value, &decided, err))
            return false;
    }
    decided = step_fact(g->ctx, id, "changes");
    if (decided == NULL) {
        if (!step_decide(g->ctx, "changes", find_changes(g), &decided, err))
            return false;
    }
    g->changes = json_deep_copy(decided);
    return true;
}

/* ---- probing
 * ------------------------------------------------------------------------------------- */

static void evaluate(struct gate *g)
{
    checklist_evaluate(g->checklist, step_run(g->ctx),
                       step_fact(g->ctx, step_id(g->ctx), "changes"), clock_world_ms());
}

static struct turn *turn_of(struct gate *g, const struct checklist_item *item)
{
    return &g->turns[item - g->checklist->items];
}

/* Journals what changed; a failure that goes on unchanged is no event. */
static bool record(struct gate *g, const struct checklist_item *item, const char *state,
                   const char *summary, const json_t *details, int64_t lifetime_ms,
                   struct error *err)
{
    const struct run_item *before = run_item(step_run(g->ctx), item->guide->id);

    if (before != NULL && strcmp(before->state, state) == 0 && strcmp(state, "pass") != 0 &&
        strcmp(before->summary, summary) == 0)
        return true;
    return step_record_item(g->ctx, item->guide->id, state, summary, details, lifetime_ms, err);
}

/* Probes one item and journals the answer. False: cancelled, or the journal cannot be written. */
static bool probe_item(struct gate *g, const struct checklist_item *item, struct error *err)
{
    struct probe_context context = {
        .config = step_config(g->ctx),
        .environment = step_environment(g->ctx),
        .world = step_world(g->ctx),
        .output_directory = step_output_directory(g->ctx),
        .state_directory = step_state_directory(g->ctx),
        .cancel = step_cancel(g->ctx),
    };
    struct evidence evidence = {0};
    struct error reason;
    int64_t lifetime_ms = 0;

    context.run = step_run(g->ctx);
    if (checklist_probe(item, &context, &evidence, &lifetime_ms, &reason)) {
        bool is_ok = record(g, item, evidence.passed ? "pass" : "fail", evidence.summary,
                            evidence.details, evidence.passed ? lifetime_ms : 0, err);
        probe_evidence_clear(&evidence);
        return is_ok;
    }
    if (reason.kind == ERROR_CANCELLED) {
        *err = reason;
        return false;
    }
    auto_free char *why =
        xasprintf("%s%s", reason.kind == ERROR_TRANSIENT ? "" : "could not tell: ", reason.message);
    return record(g, item, "todo", why, NULL, 0, err);
}

/* Of a long one its first words. */
static void add_summary(struct buf *said, const char *summary)
{
    int length = (int)strlen(summary), shown = length;

    for (shown = length <= LONGEST_SUMMARY ? length : LONGEST_SUMMARY;
         shown > 0 && shown < length && summary[shown] != ' ';)
        shown--;
    buf_addf(said, " (%.*s%s)", shown, summary, shown < length ? " ..." : "");
}

/* Asks every blocking item whose turn it is. *next_ms: the earliest next turn, world. */
static bool probe_due(struct gate *g, int64_t *next_ms, struct error *err)
{
    const struct checklist_item **blocking;
    size_t count = checklist_blocking(g->checklist, g->sections, &blocking);
    bool is_ok = true;

    *next_ms = NO_DEADLINE;
    for (size_t i = 0; i < count && is_ok; i++) {
        const struct checklist_item *item =
            blocking[i]->same_as == NULL ? blocking[i] : blocking[i]->same_as;
        struct turn *turn = turn_of(g, item);
        if (item->is_person)
            continue;
        if (step_is_cancelled(g->ctx)) {
            is_ok = error_set(err, ERROR_CANCELLED, "cancelled");
            break;
        }
        if (turn->next_ms <= clock_world_ms()) {
            is_ok = probe_item(g, item, err);
            turn->pause_ms = turn->pause_ms == 0 ? FIRST_PAUSE_MS : turn->pause_ms * 2;
            if (turn->pause_ms > MOST_PAUSE_MS)
                turn->pause_ms = MOST_PAUSE_MS;
            turn->next_ms = clock_world_ms() + turn->pause_ms;
        }
        *next_ms = turn->next_ms < *next_ms ? turn->next_ms : *next_ms;
    }
    free(blocking);
    return is_ok;
}

/* ---- the gate
 * ------------------------------------------------------------------------------------ */

/* "2 items stop it: A; B (exit 1: 3 problems)". NULL when the gate is open. Yours. */
static char *what_stops_it(struct gate *g)
{
    const struct checklist_item **blocking;
    size_t count = checklist_blocking(g->checklist, g->sections, &blocking);
    auto_buf said;

    buf_init(&said, 450);
    buf_addf(&said, "%zu item%s it: ", count, count == 1 ? " stops" : "s stop");
    for (size_t i = 0; i < count && i < NAMED_ITEMS; i++) {
        const struct checklist_item *item = blocking[i];
        buf_addf(&said, "%s%s", i > 0 ? "; " : "", item->guide->text);
        if (item->state == ITEM_STALE)
            buf_adds(&said, " (stale)");
        else if (item->summary[0] != '\0')
            add_summary(&said, item->summary);
    }
    if (count > NAMED_ITEMS)
        buf_addf(&said, "; and %zu more", count - NAMED_ITEMS);
    free(blocking);
    return count == 0 ? NULL : text_safe(said.ptr);
}

/* Says what is waited for, once per change. */
static bool say_waiting(struct gate *g, const char *stops, struct error *err)
{
    if (strcmp(g->waiting, stops) == 0)
        return true;
    free(g->waiting);
    g->waiting = xstrdup(stops);
    return stops[0] == '\0' ? step_waiting(g->ctx, "", err, "the gate is open")
                            : step_waiting(g->ctx, "person", err, "%s", stops);
}

/* Nobody came: what the environment says about that. */
static enum step_outcome undecided(struct gate *g, const char *stops, struct error *err)
{
    if (step_environment(g->ctx)->on_undecided == ON_UNDECIDED_ROLLBACK) {
        error_set(err, ERROR_REFUSED, "undecided: %s", stops);
        return STEP_OUTCOME_ROLL_BACK;
    }
    step_say(g->ctx, "still waiting, and holding: %s", stops);
    g->deadline_ms = NO_DEADLINE;
    return STEP_OUTCOME_SUCCEEDED;
}

/* Only an unattended run has a deadline; it is fixed when waiting begins and kept over a crash. */
static bool begin_deadline(struct gate *g, struct error *err)
{
    if (g->has_deadline || !step_is_unattended(g->ctx))
        return true;
    g->has_deadline = true;
    return step_deadline(g->ctx, "deadline", step_config(g->ctx)->judge.deadline_ms,
                         &g->deadline_ms, err);
}

static enum step_outcome failed(const struct error *err)
{
    return err->kind == ERROR_CANCELLED ? STEP_OUTCOME_ABORTED : STEP_OUTCOME_ERRORED;
}

static enum step_outcome pass_gate(struct gate *g, struct error *err)
{
    int64_t next_ms;

    for (;;) {
        evaluate(g);
        if (!probe_due(g, &next_ms, err))
            return failed(err);
        evaluate(g);
        auto_free char *stops = what_stops_it(g);
        if (stops == NULL)
            return say_waiting(g, "", err) ? STEP_OUTCOME_SUCCEEDED : failed(err);
        if (step_is_unattended(g->ctx) && !run_wrote(step_run(g->ctx))) {
            error_set(err, ERROR_REFUSED, "%s", stops);
            error_hint(err, "flightdeck check %s shows them", step_environment(g->ctx)->name);
            return STEP_OUTCOME_FAILED;
        }
        if (!say_waiting(g, stops, err) || !begin_deadline(g, err))
            return failed(err);
        if (g->deadline_ms <= clock_world_ms()) {
            enum step_outcome outcome = undecided(g, stops, err);
            if (outcome != STEP_OUTCOME_SUCCEEDED)
                return outcome;
        }
        if (!step_wait_change(g->ctx, next_ms < g->deadline_ms ? next_ms : g->deadline_ms, err))
            return failed(err);
    }
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    struct gate g = {.ctx = ctx, .deadline_ms = NO_DEADLINE};

    if (!checklist_load(step_config(ctx), NULL, &g.checklist, err))
        return STEP_OUTCOME_ERRORED;
    g.sections = section_names(step_params(ctx));
    g.turns = xcalloc(g.checklist->count + 1, sizeof *g.turns);
    g.waiting = xstrdup("");
    enum step_outcome outcome = decide_changes(&g, err) ? pass_gate(&g, err) : STEP_OUTCOME_ERRORED;
    json_decref(g.changes);
    free(g.waiting);
    free(g.turns);
    free(g.sections);
    checklist_free(g.checklist);
    return outcome;
}

const struct step_kind step_checklist = {
    .name = "checklist",
    .summary = "Every item of these sections is proved, waived or does not apply",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
    .is_gate = true,
};
