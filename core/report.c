/*
 * report.c - see report.h. The sections are a table at the end: each writes itself or nothing.
 */
#include "core/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/event_text.h"
#include "core/filled.h"
#include "core/four_eyes.h"
#include "core/markdown.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/story.h"
#include "core/text.h"

#define REPORT_CEILING (16u << 20)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct report {
    const struct run *run;
    struct event *const *events;
    size_t count;
    struct buf *out;
};

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* "2026-11-24 10:11:00Z" */
static const char *stamp(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    if (at_ms == 0) {
        (void)snprintf(out, CLOCK_STAMP_SIZE, "-");
        return out;
    }
    clock_stamp(at_ms, out);
    out[10] = ' ';
    out[19] = 'Z';
    out[20] = '\0';
    return out;
}

static const char *time_of_day(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    if (at_ms == 0) {
        (void)snprintf(out, CLOCK_STAMP_SIZE, "-");
        return out;
    }
    return clock_time_of_day(at_ms, out);
}

/* ---- the first sentence ---- */

static bool is_convicted(const struct run *run)
{
    for (size_t i = 0; i < run->measured_count; i++) {
        const json_t *verdict = json_object_get(run->measured[i]->body, "verdict");
        if (strcmp(key_text(verdict, "kind"), "failed") == 0)
            return true;
    }
    return false;
}

static bool is_undecided(const struct run *run)
{
    return !is_convicted(run) && text_contains_nocase(run->reason, "undecided");
}

/* "v42", or "the new version" before it has a number. */
static const char *version_name(const char *version, const char *otherwise, char out[static 40])
{
    if (version[0] == '\0')
        return otherwise;
    (void)snprintf(out, 40, "v%s", version);
    return out;
}

static void add_reason(struct buf *out, const struct run *run)
{
    if (run->reason != NULL && run->reason[0] != '\0')
        buf_addf(out, ": %s", run->reason);
}

static void say_shipped(struct buf *out, const struct run *run)
{
    char now[40], before[40];
    if (run->new_version[0] == '\0' || !run_moved_traffic(run)) {
        buf_addf(out, "%s is done; no traffic was moved", run->environment);
        return;
    }
    const char *fresh = version_name(run->new_version, "the new version", now);
    const char *old = version_name(run->old_version, "", before);
    if (run->weight > 0 && run->weight < 1) { /* a hand on the slider may end there */
        buf_addf(out, "%s sends %.4g %% of its traffic to %s, the rest to %s", run->environment,
                 run->weight * 100, fresh, old);
        return;
    }
    if (run->weight <= 0) { /* or take everything away again */
        buf_addf(out, "%s serves %s with all of its traffic; %s has none", run->environment, old,
                 fresh);
        return;
    }
    buf_addf(out, "%s serves %s", run->environment, fresh);
    if (old[0] != '\0' && strcmp(old, fresh) == 0)
        buf_adds(out, " with all of its traffic");
    else if (old[0] != '\0')
        buf_addf(out, " with all of its traffic; before it was %s", old);
}

static void say_went_back(struct buf *out, const struct run *run, const char *how)
{
    char now[40], before[40];
    const char *fresh = version_name(run->new_version, "the new version", now);
    const char *old = version_name(run->old_version, "the version from before", before);
    if (!run_moved_traffic(run))
        buf_addf(out, "%s %s before any traffic moved; %s served all the time", run->environment,
                 how, old);
    else if (run->weight > 0)
        buf_addf(out, "LOOK AT IT: %s %s, but %s was last seen with %.4g %% of the traffic",
                 run->environment, how, fresh, run->weight * 100);
    else if (is_undecided(run))
        buf_addf(out, "%s %s: %s was undecided, not bad; %s serves all traffic again",
                 run->environment, how, fresh, old);
    else
        buf_addf(out, "%s %s: %s serves all traffic again, %s none", run->environment, how, old,
                 fresh);
    add_reason(out, run);
}

static void say_open(struct buf *out, const struct run *run)
{
    buf_addf(out, "%s: this run is not over, it is %s", run->environment,
             run_status_name(run->status));
    if (run->weight > 0 && run->new_version[0] != '\0')
        buf_addf(out, ", v%s has %.4g %% of the traffic, as last seen by us", run->new_version,
                 run->weight * 100);
    add_reason(out, run);
}

static void say_interrupted(struct buf *out, const struct run *run)
{
    if (run_is_handed_over(run))
        buf_addf(out,
                 "%s: this run was handed over to another engine by %s; `flightdeck run resume %s` "
                 "lets it go forward",
                 run->environment, event_text_person(run->handed_over_by), run->id);
    else
        buf_addf(out,
                 "%s: the process of this run went away; `flightdeck run resume %s` takes it up",
                 run->environment, run->id);
}

static void say_outcome(struct buf *out, const struct run *run)
{
    switch (run->status) {
    case RUN_SUCCEEDED:
        say_shipped(out, run);
        return;
    case RUN_ROLLED_BACK:
        say_went_back(out, run, "was rolled back");
        return;
    case RUN_ABORTED:
        say_went_back(out, run, "was stopped");
        return;
    case RUN_ROLLBACK_FAILED:
        buf_addf(out, "LOOK AT IT: %s could not be put back", run->environment);
        add_reason(out, run);
        buf_addf(out, ". Next: %s%sflightdeck rollback %s", run->hint,
                 run->hint[0] != '\0' ? "; then " : "", run->environment);
        return;
    case RUN_FAILED:
        buf_addf(out,
                 run_wrote(run) ? "%s failed, and a person must look"
                                : "%s was not begun and nothing was changed",
                 run->environment);
        add_reason(out, run);
        return;
    case RUN_INTERRUPTED:
        say_interrupted(out, run);
        return;
    case RUN_PENDING:
    case RUN_WAITING:
    case RUN_PROGRESSING:
    case RUN_PAUSED:
    case RUN_ABORTING:
    case RUN_ROLLING_BACK:
        say_open(out, run);
        return;
    }
}

char *report_outcome(const struct run *run)
{
    auto_buf out;
    buf_init(&out, 2000);
    say_outcome(&out, run);
    return text_safe(out.ptr);
}

/* ---- in short ---- */

/* The newest fact of that name of any step: "image", "commit". */
static const char *fact_text(const struct run *run, const char *key)
{
    for (size_t i = 0; i < run->step_count; i++) {
        const char *text = key_text(run->steps[i].facts, key);
        if (text[0] != '\0')
            return text;
    }
    return "";
}

static void add_fact(struct buf *out, const char *label, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    buf_addf(out, "| %s | ", label);
    markdown_text(out, value);
    buf_adds(out, " |\n");
}

/* How many requests of the new version had failed, as CloudWatch had counted when last looked at.
 */
static void add_failed(struct buf *out, const struct run *run)
{
    char at[CLOCK_STAMP_SIZE];
    if (run->measured_count == 0 || (run->status != RUN_ROLLED_BACK && run->status != RUN_ABORTED))
        return;
    const struct event *last = run->measured[run->measured_count - 1];
    const json_t *counts = json_object_get(json_object_get(last->body, "measurement"), "counts");
    const json_t *fresh = json_object_get(json_object_get(counts, "run"), "new");
    const json_t *failed = json_object_get(fresh, "failed");
    if (failed == NULL)
        return;
    auto_free char *text =
        xasprintf("%lld of %lld, as CloudWatch had counted at %s; minutes later than that are not "
                  "in it",
                  (long long)json_integer_value(json_object_get(failed, "count")),
                  (long long)json_integer_value(json_object_get(failed, "of")),
                  clock_time_of_day(last->at_ms, at));
    add_fact(out, "failed requests until it was back", text);
}

static void write_summary(const struct report *r)
{
    const struct run *run = r->run;
    char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE], took[CLOCK_STAMP_SIZE], fresh[40], old[40];
    const json_t *inputs = json_object_get(run->plan, "inputs");

    buf_addf(r->out, "# %s: ", run->environment);
    for (const char *c = run_status_name(run->status); *c != '\0'; c++)
        buf_addc(r->out, *c == '_' ? ' ' : *c);
    buf_addf(r->out, " (%s)\n\n", run->id);
    auto_free char *sentence = report_outcome(run);
    markdown_text(r->out, sentence);
    buf_adds(r->out, ".\n\n");
    markdown_table(r->out, (const char *const[]){"", ""}, 2);
    add_fact(r->out, "project", run->project);
    add_fact(r->out, "plan", run->plan_name);
    add_fact(r->out, "plan hash", run->hash);
    add_fact(r->out, "started by", run->by);
    if (strcmp(run->acts_as, run->by) != 0)
        add_fact(r->out, "went on as", run->acts_as);
    add_fact(r->out, "started", stamp(run->started_at_ms, from));
    add_fact(r->out, "ended", stamp(run->ended_at_ms, to));
    if (run->started_at_ms > 0 && run->ended_at_ms > 0)
        add_fact(r->out, "took", clock_duration_text(run->ended_at_ms - run->started_at_ms, took));
    add_fact(r->out, "old version", version_name(run->old_version, "", old));
    add_fact(r->out, "new version", version_name(run->new_version, "", fresh));
    add_fact(r->out, "image",
             key_text(inputs, "image")[0] != '\0' ? key_text(inputs, "image")
                                                  : fact_text(run, "image"));
    add_fact(r->out, "commit", fact_text(run, "commit"));
    add_failed(r->out, run);
    add_fact(r->out, "service health", run->health);
    const json_t *override = json_object_get(run->plan, "override");
    if (override != NULL) {
        auto_free char *why = xasprintf("%s; %s, by %s", key_text(override, "what"),
                                        key_text(override, "reason"), key_text(override, "by"));
        add_fact(r->out, "started all the same", why);
    }
    if (run->needs_newer)
        buf_adds(r->out, "\n**This run was written by a newer flightdeck; parts of it are not "
                         "understood here.**\n");
}

/* ---- what was tried before ---- */

static bool is_tried_again(const struct report *r, size_t i, const char *type)
{
    for (size_t k = i + 1; k < r->count; k++)
        if (strcmp(r->events[k]->type, type) == 0 &&
            strcmp(r->events[k]->step, r->events[i]->step) == 0)
            return true;
    return false;
}

/* What failed and was tried again since: the verb of the sentence; NULL: it is nothing like it. */
static const char *failed_before(const struct report *r, size_t i)
{
    static const struct {
        const char *type, *key, *value, *again, *says;
    } rows[] = {
        {"step_ended", "state", "failed", "step_started", "failed"},
        {"step_ended", "state", "errored", "step_started", "could not tell"},
        {"step_ended", "state", "unknown", "step_started", "could not tell"},
        {"run_ended", "status", "failed", "rollback_started", "the run failed"},
        {"run_ended", "status", "rollback_failed", "rollback_started", "a way back failed"}};

    for (size_t k = 0; k < COUNT(rows); k++)
        if (strcmp(r->events[i]->type, rows[k].type) == 0 &&
            strcmp(key_text(r->events[i]->body, rows[k].key), rows[k].value) == 0 &&
            is_tried_again(r, i, rows[k].again))
            return rows[k].says;
    return NULL;
}

static void write_before(const struct report *r)
{
    char at[CLOCK_STAMP_SIZE];
    bool is_begun = false;

    for (size_t i = 0; i < r->count; i++) {
        const struct event *e = r->events[i];
        const char *says = failed_before(r, i), *reason = key_text(e->body, "reason");
        if (says == NULL)
            continue;
        if (!is_begun)
            markdown_heading(r->out, 2, "Tried before");
        is_begun = true;
        auto_free char *text = xasprintf("%s%s%s%s%s", e->step, e->step[0] != '\0' ? " " : "", says,
                                         reason[0] != '\0' ? ": " : "", reason);
        buf_addf(r->out, "- %s ", time_of_day(e->at_ms, at));
        markdown_text(r->out, text);
        buf_adds(r->out, "\n");
    }
}

/* ---- steps ---- */

static void write_steps(const struct report *r)
{
    char from[CLOCK_STAMP_SIZE], took[CLOCK_STAMP_SIZE];

    if (r->run->step_count == 0)
        return;
    markdown_heading(r->out, 2, "Steps");
    markdown_table(r->out, (const char *const[]){"step", "state", "began", "took", "why"}, 5);
    for (size_t i = 0; i < r->run->step_count; i++) {
        const struct run_step *s = &r->run->steps[i];
        bool is_timed = s->started_at_ms > 0 && s->ended_at_ms > 0;
        const char *name =
            run_is_left_step(r->run, s) ? "handed over" : run_step_state_name(s->state);
        auto_free char *state =
            s->attempt > 1 ? xasprintf("%s (attempt %d)", name, s->attempt) : xstrdup(name);
        markdown_row(
            r->out,
            (const char *const[]){
                s->id, state, time_of_day(s->started_at_ms, from),
                is_timed ? clock_duration_text(s->ended_at_ms - s->started_at_ms, took) : "-",
                s->reason},
            5);
    }
}

/* ---- traffic ---- */

static const json_t *what_of(const struct run_effect *effect)
{
    return json_object_get(effect->intent, "what");
}

static bool moves_alias(const struct run_effect *effect)
{
    return strcmp(key_text(what_of(effect), "operation"), "UpdateAlias") == 0;
}

/* "v41 90 %, v42 10 %" of the parameters of an UpdateAlias. */
static void describe_weights(struct buf *out, const json_t *params)
{
    const char *version;
    json_t *weight;
    json_t *weights =
        json_object_get(json_object_get(params, "RoutingConfig"), "AdditionalVersionWeights");
    double rest = 1;

    json_object_foreach(weights, version, weight) rest -= json_number_value(weight);
    buf_addf(out, "v%s %.4g %%", key_text(params, "FunctionVersion"), rest * 100);
    json_object_foreach(weights, version, weight)
        buf_addf(out, ", v%s %.4g %%", version, json_number_value(weight) * 100);
}

static void write_move(const struct report *r, const struct run_effect *e)
{
    char at[CLOCK_STAMP_SIZE];
    bool is_undo = json_is_true(json_object_get(e->intent, "by_undo"));
    auto_buf split;

    buf_init(&split, 400);
    describe_weights(&split, json_object_get(what_of(e), "params"));
    markdown_row(r->out,
                 (const char *const[]){time_of_day(e->intended_at_ms, at), split.ptr,
                                       run_effect_state_name(e->state),
                                       is_undo ? "going back" : e->step},
                 4);
}

static void write_traffic(const struct report *r)
{
    bool is_begun = false;

    for (size_t i = 0; i < r->run->effect_count; i++) {
        if (!moves_alias(&r->run->effects[i]))
            continue;
        if (!is_begun) {
            markdown_heading(r->out, 2, "Traffic");
            markdown_table(r->out, (const char *const[]){"at", "asked", "answer", "why"}, 4);
            is_begun = true;
        }
        write_move(r, &r->run->effects[i]);
    }
}

/* ---- verdicts ---- */

struct stretch { /* measurements in a row with the same weight and verdict */
    const struct event *first, *last;
    size_t count;
};

static const json_t *verdict_of(const struct event *e)
{
    return json_object_get(e->body, "verdict");
}

static bool continues(const struct stretch *s, const struct event *e)
{
    return s->last != NULL &&
           strcmp(key_text(verdict_of(s->last), "kind"), key_text(verdict_of(e), "kind")) == 0 &&
           json_equal(json_object_get(verdict_of(s->last), "weight"),
                      json_object_get(verdict_of(e), "weight"));
}

static void write_stretch(const struct report *r, const struct stretch *s)
{
    char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];
    if (s->count == 0)
        return;
    const json_t *verdict = verdict_of(s->last);
    auto_free char *when = s->count == 1 ? xstrdup(time_of_day(s->first->at_ms, from))
                                         : xasprintf("%s to %s", time_of_day(s->first->at_ms, from),
                                                     time_of_day(s->last->at_ms, to));
    auto_free char *weight =
        xasprintf("%.4g %%", json_number_value(json_object_get(verdict, "weight")) * 100);
    auto_free char *times = xasprintf("%zu", s->count);
    const char *kind = key_text(verdict, "kind");
    markdown_row(
        r->out, (const char *const[]){when, weight, kind, times, key_text(verdict, "sentence")}, 5);
}

static void write_verdicts(const struct report *r)
{
    struct stretch stretch = {0};

    if (r->run->measured_count == 0)
        return;
    markdown_heading(r->out, 2, "What the judge saw");
    buf_adds(r->out, "Measurements with the same weight and verdict are one row, with the words of "
                     "the last one.\n\n");
    markdown_table(r->out,
                   (const char *const[]){"when", "weight", "verdict", "times", "arithmetic"}, 5);
    for (size_t i = 0; i < r->run->measured_count; i++) {
        const struct event *e = r->run->measured[i];
        if (!continues(&stretch, e)) {
            write_stretch(r, &stretch);
            stretch = (struct stretch){.first = e};
        }
        stretch.last = e;
        stretch.count++;
    }
    write_stretch(r, &stretch);
}

/* ---- people and evidence ---- */

static void write_items(const struct report *r)
{
    char at[CLOCK_STAMP_SIZE];
    size_t waived = 0;

    if (r->run->item_count == 0)
        return;
    markdown_heading(r->out, 2, "Checklist");
    for (size_t i = 0; i < r->run->item_count; i++)
        waived += strcmp(r->run->items[i].state, "waived") == 0;
    if (waived > 0)
        buf_addf(r->out, "**%zu item%s waived.**\n\n", waived, waived == 1 ? " was" : "s were");
    markdown_table(r->out, (const char *const[]){"item", "state", "evidence or reason", "by", "at"},
                   5);
    for (size_t i = 0; i < r->run->item_count; i++) {
        const struct run_item *item = &r->run->items[i];
        markdown_row(r->out,
                     (const char *const[]){item->id, item->state, item->summary, item->by,
                                           stamp(item->at_ms, at)},
                     5);
    }
}

/* The step of the plan that asked for it; NULL = none did. */
static const struct run_step *approval_step(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].kind, "approval") == 0)
            return &run->steps[i];
    return NULL;
}

/* Why it did not count, as the step recorded it, else by the names alone; NULL when it may have. */
static const char *why_refused(const struct run *run, const json_t *fact,
                               const struct run_approval *approval)
{
    size_t i;
    json_t *refused;

    json_array_foreach(json_object_get(fact, "refused"), i,
                       refused) if (strcmp(key_text(refused, "by"), approval->by) ==
                                    0) return key_text(refused, "why");
    return four_eyes_objection(run, NULL, approval);
}

static void write_standing(const struct report *r, const struct run_approval *approval)
{
    const struct run_step *step = approval_step(r->run);
    const json_t *fact = step != NULL ? json_object_get(step->facts, "approval") : NULL;
    bool is_it = fact != NULL && strcmp(key_text(fact, "by"), approval->by) == 0 &&
                 strcmp(key_text(fact, "hash"), approval->hash) == 0;
    const char *why = is_it ? NULL : why_refused(r->run, fact, approval);
    bool is_self = is_it ? json_is_true(json_object_get(fact, "self_approved"))
                         : four_eyes_is_self(r->run, approval);

    if (why != NULL)
        buf_addf(r->out, ": **it did not count**: %s", why);
    else if (is_self)
        buf_adds(r->out, ", **self-approved**: starter and approver could not be told apart");
    else if (step != NULL && fact == NULL)
        buf_adds(r->out, ": it was not counted");
}

static void write_approvals(const struct report *r)
{
    char at[CLOCK_STAMP_SIZE];

    if (r->run->approval_count == 0)
        return;
    markdown_heading(r->out, 2, "Approvals");
    for (size_t i = 0; i < r->run->approval_count; i++) {
        const struct run_approval *a = &r->run->approvals[i];
        buf_adds(r->out, "- ");
        markdown_text(r->out, a->by);
        buf_addf(r->out, ", %s", stamp(a->at_ms, at));
        write_standing(r, a);
        buf_adds(r->out, "\n");
    }
}

/* ---- effects and the way back ---- */

static void write_effects(const struct report *r)
{
    char at[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];

    if (r->run->effect_count == 0)
        return;
    markdown_heading(r->out, 2, "Every write");
    buf_adds(r->out, "The intent was written down before the call, the outcome after it.\n\n");
    markdown_table(r->out, (const char *const[]){"intent", "step", "call", "outcome", "at"}, 5);
    for (size_t i = 0; i < r->run->effect_count; i++) {
        const struct run_effect *e = &r->run->effects[i];
        auto_free char *call = call_text(what_of(e));
        const char *state =
            e->state == EFFECT_INTENT ? "no outcome" : run_effect_state_name(e->state);
        markdown_row(r->out,
                     (const char *const[]){time_of_day(e->intended_at_ms, at), e->step, call, state,
                                           time_of_day(e->ended_at_ms, to)},
                     5);
    }
}

static bool step_wrote(const struct run *run, const char *step_id)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step_id) == 0)
            return true;
    return false;
}

static void write_way_back(const struct report *r)
{
    bool is_begun = false;

    for (size_t i = r->run->step_count; i-- > 0;) {
        const struct run_step *s = &r->run->steps[i];
        if (!step_wrote(r->run, s->id))
            continue;
        if (!is_begun)
            markdown_heading(r->out, 2, "The way back");
        is_begun = true;
        buf_adds(r->out, "- ");
        markdown_text(r->out, s->id);
        buf_adds(r->out, s->state == STEP_UNDONE ? ": **undone**; " : ": not undone; ");
        auto_free char *undo = filled_undo(r->run, s->id);
        markdown_text(r->out, undo);
        buf_adds(r->out, "\n");
    }
}

/* ---- the story ---- */

static void write_story(const struct report *r)
{
    char at[CLOCK_STAMP_SIZE];
    struct story story = {0};

    markdown_heading(r->out, 2, "What happened");
    for (size_t i = 0; i < r->count; i++) {
        auto_free char *text = story_tell(&story, r->events[i]);
        if (text == NULL)
            continue;
        buf_addf(r->out, "- %s ", time_of_day(r->events[i]->at_ms, at));
        markdown_text(r->out, text);
        buf_adds(r->out, "\n");
    }
    story_clear(&story);
}

static void write_journal(const struct report *r)
{
    markdown_heading(r->out, 2, "Journal");
    buf_addf(r->out, "%zu events; the hash of the last one, which covers all before it:\n",
             r->count);
    markdown_code(r->out, r->run->last_hash);
    buf_adds(r->out, "\n");
}

typedef void write_section(const struct report *r);
static write_section *const sections[] = {
    write_summary,   write_before,  write_steps,    write_traffic, write_verdicts, write_items,
    write_approvals, write_effects, write_way_back, write_story,   write_journal};

char *report_markdown(const struct run *run, struct event *const *events, size_t count)
{
    struct buf out;
    buf_init(&out, REPORT_CEILING);
    const struct report report = {run, events, count, &out};
    for (size_t i = 0; i < COUNT(sections); i++)
        sections[i](&report);
    return buf_steal(&out);
}
