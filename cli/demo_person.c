/*
 * demo_person.c - see demo_person.h.
 */
#include "cli/demo_person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/checking.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/step.h"

#define LOOKS_BEFORE_LEAVING 10
#define ANA "ana@finally.com (demo)"

bool demo_person_begin(struct demo_person *p, struct session *s,
                       const struct environment *environment, const char *li, struct error *err)
{
    *p = (struct demo_person){
        .cli = s->cli, .config = s->config, .environment = environment, .li = li};
    return checklist_load(s->config, NULL, &p->checklist, err);
}

void demo_person_end(struct demo_person *p)
{
    checklist_free(p->checklist);
    p->checklist = NULL;
}

static void say(const struct demo_person *p, const char *text)
{
    if (!cli_is_json(p->cli))
        answer_linef(TONE_STRONG, "          demo: %s", text);
}

static bool send_command(struct engine *engine, enum command_verb verb, const char *by,
                         const char *step, const char *answer, const char *reason,
                         struct error *err)
{
    struct command c = {.verb = verb};
    (void)snprintf(c.step, sizeof c.step, "%s", step);
    (void)snprintf(c.answer, sizeof c.answer, "%s", answer);
    (void)snprintf(c.reason, sizeof c.reason, "%s", reason);
    (void)snprintf(c.by, sizeof c.by, "%s", by);
    return engine_command(engine, &c, err);
}

static bool command(const struct demo_person *p, struct engine *engine, enum command_verb verb,
                    const char *by, const char *step, const char *answer, const char *reason)
{
    struct error err;
    if (send_command(engine, verb, by, step, answer, reason, &err))
        return true;
    auto_free char *text = xasprintf("%s cannot %s: %s", by, engine_verb_name(verb), err.message);
    say(p, text);
    return false;
}

bool demo_person_approve(struct engine *engine, const char *li, const char *step, struct error *err)
{
    return send_command(engine, COMMAND_APPROVE, li, step, "", "", err);
}

static bool is_approval(const struct environment *environment, const char *id)
{
    for (size_t i = 0; i < environment->step_count; i++)
        if (strcmp(environment->steps[i].id, id) == 0)
            return strcmp(environment->steps[i].kind->name, "approval") == 0;
    return false;
}

const char *demo_person_awaited(const struct environment *environment, const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0 &&
            run->steps[i].state == STEP_WAITING && is_approval(environment, run->steps[i].id))
            return run->steps[i].id;
    return "";
}

/* ---- before the first write ---- */

/* Items of the gates before the first write that only a person can tick, in order. Yours to free.
 */
static size_t first_items(const struct demo_person *p, const struct checklist_item ***out)
{
    const struct checklist_item **found = xcalloc(p->checklist->count + 1, sizeof *found);
    size_t count = 0;

    for (size_t s = 0; s < p->environment->step_count && p->environment->steps[s].kind->is_gate;
         s++) {
        const struct plan_step *step = &p->environment->steps[s];
        const struct checklist_item **blocking;
        if (strcmp(step->kind->name, "checklist") != 0)
            continue;
        auto_free const char **sections = checking_sections(step);
        size_t n = checklist_blocking(p->checklist, sections, &blocking);
        for (size_t i = 0; i < n; i++) {
            const struct checklist_item *item =
                blocking[i]->same_as != NULL ? blocking[i]->same_as : blocking[i];
            bool is_known = false;
            for (size_t k = 0; k < count; k++)
                is_known = is_known || found[k] == item;
            if (item->is_person && !is_known)
                found[count++] = item;
        }
        free(blocking);
    }
    *out = found;
    return count;
}

bool demo_person_look_before(struct demo_person *p, struct engine *engine, size_t left,
                             struct error *err)
{
    const struct checklist_item **items;
    checklist_evaluate(p->checklist, NULL, NULL, clock_world_ms());
    size_t count = first_items(p, &items), ticked = 0;
    bool ok = true;

    for (size_t i = 0; i + left < count && ok; i++, ticked++)
        ok = command(p, engine, COMMAND_TICK, ANA, items[i]->guide->id, "",
                     "looked at before the demo");
    free(items);
    if (!ok)
        return error_set(err, ERROR_INTERNAL, "the demo could not be prepared");
    auto_free char *text = xasprintf(
        "%zu items were ticked the day before, %zu are left to people now", ticked, count - ticked);
    say(p, text);
    return true;
}

/* ---- while it runs ---- */

static const struct plan_step *plan_step_of(const struct demo_person *p, const char *id)
{
    for (size_t i = 0; i < p->environment->step_count; i++)
        if (strcmp(p->environment->steps[i].id, id) == 0)
            return &p->environment->steps[i];
    return NULL;
}

/* What no probe can prove here, such as a release that staging refused too: Ana takes it on, aloud.
 */
static void waive_failed(struct demo_person *p, struct engine *engine,
                         const struct checklist_item *item)
{
    auto_free char *text = xasprintf("ana waives \"%s\" (%s)", item->guide->text, item->summary);
    auto_free char *reason = xasprintf("the demo shows what happens then; %s", item->summary);
    say(p, text);
    (void)command(p, engine, COMMAND_WAIVE, ANA, item->guide->id, "", reason);
}

static void tick_gate(struct demo_person *p, struct engine *engine, const struct run *run,
                      const struct plan_step *step)
{
    const struct checklist_item **blocking;
    const struct run_step *now = run_step(run, step->id);
    auto_free const char **sections = checking_sections(step);
    checklist_evaluate(p->checklist, run,
                       now != NULL ? json_object_get(now->facts, "changes") : NULL,
                       clock_world_ms());
    size_t count = checklist_blocking(p->checklist, sections, &blocking);

    for (size_t i = 0; i < count; i++) {
        const struct checklist_item *item =
            blocking[i]->same_as != NULL ? blocking[i]->same_as : blocking[i];
        if (!item->is_person) {
            if (item->state == ITEM_FAIL)
                waive_failed(p, engine, item);
            continue;
        }
        auto_free char *text = xasprintf("ana ticks \"%s\"", item->guide->text);
        say(p, text);
        (void)command(p, engine, COMMAND_TICK, ANA, item->guide->id, "", "");
    }
    free(blocking);
}

/* It said no before any user met it: there is nothing to save, and nothing to go back from. */
static void stop_release(struct demo_person *p, struct engine *engine, const struct run_step *step)
{
    auto_free char *reason = xasprintf("%s: %s", step->id, step->reason);
    say(p, "ana stops the release: no user has met the new version");
    (void)command(p, engine, COMMAND_ABORT, ANA, "", "", reason);
}

static void on_waiting(struct demo_person *p, struct engine *engine, const struct run *run,
                       const struct event *event)
{
    const char *on = json_string_value(json_object_get(event->body, "on"));
    const struct plan_step *step = plan_step_of(p, event->step);
    const struct run_step *now = run_step(run, event->step);

    if (on == NULL || strcmp(on, "person") != 0 || step == NULL || now == NULL)
        return;
    if (strcmp(step->kind->name, "checklist") == 0) {
        tick_gate(p, engine, run, step);
    } else if (is_approval(p->environment, event->step)) {
        say(p, "li has read the plan and approves it");
        (void)command(p, engine, COMMAND_APPROVE, p->li, event->step, "", "");
    } else if (now->state == STEP_FAILED && !run_moved_traffic(run)) {
        stop_release(p, engine, now);
    } else if (run->prompt_count == 0) {
        say(p, "nobody knows what to do about that; everybody goes home");
        p->has_left = true;
    }
}

static bool offers(const json_t *choices, const char *word)
{
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i,
                       choice) if (strcmp(json_string_value(choice), word) == 0) return true;
    return false;
}

/* Ana goes on only when the judge says that the weight is good. */
static bool is_cleared(const struct run *run)
{
    if (run->measured_count == 0)
        return false;
    const json_t *verdict =
        json_object_get(run->measured[run->measured_count - 1]->body, "verdict");
    const char *kind = json_string_value(json_object_get(verdict, "kind"));
    return kind != NULL && strcmp(kind, "successful") == 0;
}

static void on_asked(struct demo_person *p, struct engine *engine, const struct run *run,
                     const struct event *event)
{
    const json_t *choices = json_object_get(event->body, "choices");
    const char *prompt = json_string_value(json_object_get(event->body, "id"));

    if (offers(choices, "promote") && is_cleared(run)) {
        p->leaves_at = 0;
        say(p, "ana sees that it is good, and promotes");
        (void)command(p, engine, COMMAND_ANSWER, ANA, prompt != NULL ? prompt : "", "promote", "");
        return;
    }
    if (p->environment->on_undecided == ON_UNDECIDED_ROLLBACK &&
        json_integer_value(json_object_get(event->body, "deadline_ms")) > 0) {
        say(p, "nobody has an answer to that; the deadline will decide");
        return;
    }
    if (p->leaves_at > 0)
        return;
    say(p, "nobody has an answer to that; the judge goes on while somebody is there");
    p->leaves_at = run->measured_count + LOOKS_BEFORE_LEAVING;
}

static void on_measured(struct demo_person *p, const struct run *run)
{
    if (p->leaves_at == 0 || run->measured_count < p->leaves_at || run->prompt_count == 0)
        return;
    say(p, "there is still no answer; everybody goes home");
    p->has_left = true;
}

void demo_person_watch(void *closure, struct engine *engine, const struct event *event)
{
    struct demo_person *p = closure;
    bool is_waiting = strcmp(event->type, "step_waiting") == 0;
    bool is_asked = strcmp(event->type, "asked") == 0;

    if (!is_waiting && !is_asked && strcmp(event->type, "measured") != 0)
        return;
    struct run *run = engine_snapshot(engine);
    if (run == NULL)
        return;
    if (is_waiting)
        on_waiting(p, engine, run, event);
    else if (is_asked)
        on_asked(p, engine, run, event);
    else
        on_measured(p, run);
    run_free(run);
}
