/*
 * checking.c - see checking.h.
 */
#include "cli/checking.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/inputs.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/config.h"
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
        c->is_run_open = false; /* it came to its end between the two looks */
    }
    return true;
}

/* Looking makes no folder: without one nothing is recorded. */
static bool has_folder(const char *directory)
{
    return access(directory, F_OK) == 0 || errno != ENOENT;
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
    if (!session_state_directory(s, &directory, err) ||
        (has_folder(directory) &&
         (!session_journal(s, &c->journal, err) || !find_answers(c, err)))) {
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

struct probing {
    struct checking *checking;
    const struct world *world;
    struct cancel *cancel;
    const bool *wanted;
    checking_answered *answered;
    void *closure;
    atomic_size_t next;   /* an item belongs to the thread that took its number */
    pthread_mutex_t lock; /* what is known of the items */
};

bool checking_is_probed(const struct checklist_item *item)
{
    return !item->is_person && item->same_as == NULL && item->state != ITEM_NA &&
           item->state != ITEM_WAIVED;
}

bool checking_starts_program(const struct checklist_item *item)
{
    return item->binding != NULL && json_object_get(item->binding->params, "command") != NULL;
}

static void set_item(struct checklist_item *item, enum item_state state, const char *summary,
                     int64_t at_ms, int64_t expires_at_ms)
{
    free(item->summary);
    free(item->by);
    item->state = state;
    item->summary = xstrdup(summary);
    item->by = xstrdup("");
    item->at_ms = at_ms;
    item->expires_at_ms = expires_at_ms;
}

void checking_set(struct checking *c, size_t index, enum item_state state, const char *summary,
                  int64_t at_ms, int64_t expires_at_ms)
{
    struct checklist *list = c->checklist;
    for (size_t i = 0; i < list->count; i++)
        if (i == index || list->items[i].same_as == &list->items[index])
            set_item(&list->items[i], state, summary, at_ms, expires_at_ms);
}

static void probe_one(struct probing *p, size_t index)
{
    struct checking *c = p->checking;
    const struct probe_context context = {
        .config = c->session->config,
        .environment = c->environment,
        .world = p->world,
        .run = c->run,
        .state_directory = c->session->state_directory,
        .cancel = p->cancel,
    };
    struct evidence evidence = {0};
    struct error err;
    int64_t lifetime_ms = 0, now_ms;
    bool is_told =
        checklist_probe(&c->checklist->items[index], &context, &evidence, &lifetime_ms, &err);

    if (is_told || !cancel_is_set(p->cancel)) {
        auto_free char *summary =
            is_told ? xstrdup(evidence.summary)
                    : xasprintf("%s%s",
                                err.kind == ERROR_TRANSIENT ? "" : "could not tell: ", err.message);
        (void)pthread_mutex_lock(&p->lock);
        now_ms = clock_world_ms();
        checking_set(c, index,
                     !is_told          ? ITEM_TODO
                     : evidence.passed ? ITEM_PASS
                                       : ITEM_FAIL,
                     summary, now_ms, is_told && lifetime_ms > 0 ? now_ms + lifetime_ms : 0);
        if (p->answered != NULL)
            p->answered(p->closure, index, evidence.details);
        (void)pthread_mutex_unlock(&p->lock);
    }
    probe_evidence_clear(&evidence);
}

static void *probe_some(void *closure)
{
    struct probing *p = closure;
    size_t index;
    while ((index = atomic_fetch_add(&p->next, 1)) < p->checking->checklist->count)
        if (p->wanted[index] && !cancel_is_set(p->cancel))
            probe_one(p, index);
    return NULL;
}

void checking_probe_some(struct checking *c, const bool *wanted, struct cancel *cancel,
                         checking_answered *answered, void *closure)
{
    static const struct world nothing;
    struct probing p = {.checking = c,
                        .world = &nothing,
                        .cancel = cancel,
                        .wanted = wanted,
                        .answered = answered,
                        .closure = closure,
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[PROBE_THREADS];
    size_t started = 0;
    struct error ignored;

    /* Most probes need no AWS: one that does says by itself that it cannot tell. */
    FD_IGNORE(session_connect(c->session, c->environment, &p.world, &ignored));
    while (started < PROBE_THREADS && pthread_create(&threads[started], NULL, probe_some, &p) == 0)
        started++;
    (void)probe_some(&p);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

void checking_probe(struct checking *c, struct cancel *cancel)
{
    auto_free bool *wanted = xcalloc(c->checklist->count + 1, sizeof *wanted);
    for (size_t i = 0; i < c->checklist->count; i++)
        wanted[i] = checking_is_probed(&c->checklist->items[i]);
    checking_probe_some(c, wanted, cancel, NULL, NULL);
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

bool checking_is_open(const struct gate_state *gates, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!gates[i].is_open && gates[i].is_before_writes)
            return false;
    return true;
}

/* ---- as JSON ---- */

static json_t *items_json(const struct checklist *list)
{
    json_t *items = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(items, checklist_item_json(&list->items[i]));
    return items;
}

json_t *checking_json(const struct checking *c, const struct gate_state *gates, size_t count)
{
    json_t *listed = json_array(), *out = json_object();
    bool has_environment = c->environment != NULL;
    for (size_t i = 0; i < count; i++)
        json_array_append(listed, gates[i].json);
    json_object_set_new(out, "env",
                        has_environment ? json_string(c->environment->name) : json_null());
    json_object_set_new(out, "gate",
                        has_environment
                            ? json_string(checking_is_open(gates, count) ? "open" : "closed")
                            : json_null());
    json_object_set_new(out, "gates", listed);
    json_object_set_new(out, "items", items_json(c->checklist));
    json_object_set_new(out, "guide",
                        json_pack("{s:s, s:s}", "path", c->checklist->guide.path, "repair",
                                  c->checklist->guide.repair));
    json_object_set_new(out, "changes", json_deep_copy(c->changes));
    json_object_set_new(out, "run", c->is_run_open ? json_string(c->run->id) : json_null());
    return out;
}
