/*
 * checking.c - see checking.h.
 */
#include "cli/checking.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inputs.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/probe.h"
#include "core/run.h"
#include "core/step.h"

#define PROBE_THREADS 4

/* Answers outlive a run that was refused or rolled back; one that shipped has used them up. */
static bool find_answers(struct checking *c, struct error *err)
{
    if (!runs_find_open(c->journal, c->environment->name, &c->run, err))
        return false;
    c->is_run_open = c->run != NULL;
    if (c->run == NULL && !runs_find_newest(c->journal, c->environment->name, &c->run, err))
        return false;
    if (c->run != NULL && c->run->status == RUN_SUCCEEDED) {
        run_free(c->run);
        c->run = NULL;
    }
    return true;
}

bool checking_open(struct checking *c, struct session *s, const struct environment *environment,
                   const char *guide_path, struct error *err)
{
    const char *directory;
    auto_free char *base = NULL;
    bool is_release;
    struct error ignored;

    *c = (struct checking){.session = s, .environment = environment};
    if (!checklist_load(environment != NULL ? s->config : NULL, guide_path, &c->checklist, err))
        return false;
    if (environment == NULL)
        return true;
    if (!session_state_directory(s, &directory, err) || !session_journal(s, &c->journal, err) ||
        !find_answers(c, err)) {
        checking_close(c);
        return false;
    }
    /* What this release changes may be unknown: then every item applies. */
    base = inputs_base_commit(s, environment, &is_release);
    if (!checklist_changes(s->config, base, &c->changes, &ignored))
        c->changes = json_object();
    checklist_evaluate(c->checklist, c->run, c->changes, clock_world_ms());
    return true;
}

void checking_close(struct checking *c)
{
    json_decref(c->changes);
    run_free(c->run);
    journal_close(c->journal);
    checklist_free(c->checklist);
    *c = (struct checking){0};
}

/* ---- probing ---- */

struct answer {
    bool is_asked, is_told; /* told: the probe could tell */
    struct evidence evidence;
    int64_t lifetime_ms;
    struct error err;
};

struct probing {
    struct checking *checking;
    const struct world *world;
    struct cancel *cancel;
    struct answer *answers; /* one per item; each belongs to the thread that took its number */
    atomic_size_t next;
};

static bool is_to_probe(const struct checklist_item *item)
{
    return !item->is_person && item->same_as == NULL && item->state != ITEM_NA &&
           item->state != ITEM_WAIVED;
}

static void probe_one(struct probing *p, size_t index)
{
    const struct checking *c = p->checking;
    struct answer *a = &p->answers[index];
    const struct probe_context context = {
        .config = c->session->config,
        .environment = c->environment,
        .world = p->world,
        .run = c->run,
        .state_directory = c->session->state_directory,
        .cancel = p->cancel,
    };
    a->is_asked = true;
    a->is_told = checklist_probe(&c->checklist->items[index], &context, &a->evidence,
                                 &a->lifetime_ms, &a->err);
}

static void *probe_some(void *closure)
{
    struct probing *p = closure;
    size_t index;
    while ((index = atomic_fetch_add(&p->next, 1)) < p->checking->checklist->count)
        if (is_to_probe(&p->checking->checklist->items[index]))
            probe_one(p, index);
    return NULL;
}

static void set_item(struct checklist_item *item, enum item_state state, const char *summary,
                     int64_t lifetime_ms)
{
    free(item->summary);
    free(item->by);
    item->state = state;
    item->summary = xstrdup(summary);
    item->by = xstrdup("");
    item->at_ms = clock_world_ms();
    item->expires_at_ms = lifetime_ms > 0 ? item->at_ms + lifetime_ms : 0;
}

static void apply_answer(struct checklist *list, size_t index, const struct answer *a)
{
    enum item_state state = ITEM_TODO;
    auto_free char *summary = NULL;
    if (a->is_told) {
        state = a->evidence.passed ? ITEM_PASS : ITEM_FAIL;
        summary = xstrdup(a->evidence.summary);
    } else {
        summary = xasprintf(
            "%s%s", a->err.kind == ERROR_TRANSIENT ? "" : "could not tell: ", a->err.message);
    }
    for (size_t i = 0; i < list->count; i++)
        if (i == index || list->items[i].same_as == &list->items[index])
            set_item(&list->items[i], state, summary, a->is_told ? a->lifetime_ms : 0);
}

void checking_probe(struct checking *c, struct cancel *cancel)
{
    static const struct world nothing;
    struct probing p = {.checking = c, .world = &nothing, .cancel = cancel};
    pthread_t threads[PROBE_THREADS];
    size_t started = 0;
    struct error ignored;

    /* Most probes need no AWS: one that does says by itself that it cannot tell. */
    FD_IGNORE(session_connect(c->session, c->environment, &p.world, &ignored));
    p.answers = xcalloc(c->checklist->count + 1, sizeof *p.answers);
    while (started < PROBE_THREADS && pthread_create(&threads[started], NULL, probe_some, &p) == 0)
        started++;
    (void)probe_some(&p);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < c->checklist->count; i++) {
        if (p.answers[i].is_asked)
            apply_answer(c->checklist, i, &p.answers[i]);
        probe_evidence_clear(&p.answers[i].evidence);
    }
    free(p.answers);
}

/* ---- gates ---- */

const char **checking_sections(const struct plan_step *step)
{
    const json_t *listed = json_object_get(step->params, "sections");
    size_t count = json_is_array(listed) ? json_array_size(listed) : json_is_string(listed);
    const char **names = count == 0 ? NULL : xcalloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = json_string_value(json_is_array(listed) ? json_array_get(listed, i) : listed);
    return names;
}

size_t checking_gates(const struct checking *c, struct gate_state **out)
{
    size_t count = 0, steps = c->environment != NULL ? c->environment->step_count : 0;
    struct gate_state *gates = xcalloc(steps + 1, sizeof *gates);
    bool is_before_writes = true;

    for (size_t i = 0; i < steps; i++) {
        const struct plan_step *step = &c->environment->steps[i];
        is_before_writes = is_before_writes && step->kind->is_gate;
        if (strcmp(step->kind->name, "checklist") != 0)
            continue;
        auto_free const char **sections = checking_sections(step);
        struct gate_state *gate = &gates[count++];
        gate->step = step->id;
        gate->is_before_writes = is_before_writes;
        gate->json = checklist_gate_json(c->checklist, step->id, sections);
        gate->is_open = json_array_size(json_object_get(gate->json, "blocking")) == 0;
        json_object_set_new(gate->json, "before_first_write", json_boolean(is_before_writes));
    }
    *out = gates;
    return count;
}

void checking_free_gates(struct gate_state *gates, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(gates[i].json);
    free(gates);
}
