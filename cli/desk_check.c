/*
 * desk_check.c - the lane of the checklist: what is recorded at once, and probes when they are
 * asked for or when what they proved expires.
 *
 * Nothing is proved that nobody looks at: only the environment on the screen asks again by itself.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/checking.h"
#include "cli/desk_job.h"
#include "cli/desk_parts.h"
#include "cli/desk_proof.h"
#include "cli/desk_screens.h"
#include "cli/desk_seen.h"
#include "cli/session.h"
#include "cli/trusting.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/run.h"

#define TELL_EVERY_MS 300 /* wall: while probes answer one after the other */
#define SETTLE_MS 500     /* wall: a run records many items one after the other */
#define UNTRUSTED "untrusted"

struct checkroom;

struct checked { /* one environment */
    struct checkroom *all;
    const struct environment *environment;
    struct desk_job job;
    json_t *asked;      /* requests that came since the job began */
    bool is_wanted;     /* to be read, without a request */
    int64_t begun_ms;   /* boot clock: when it was read last */
    int64_t expires_ms; /* world: the next evidence; 0 = never. Of the job while it runs */
    char *trouble;      /* of the job while it runs: as told; NULL = none */
    /* Of the job while it runs. */
    json_t *taken, *proofs;
    struct checking checking;
    int64_t told_ms; /* boot clock */
    /* As told last; under the lock of all. */
    json_t *items, *details;
};

struct checkroom {
    struct desk *desk;
    int64_t opened_ms; /* world: older evidence is not asked for again by itself */
    pthread_mutex_t lock;
    struct checked *each;
    size_t count;
};

/* ---- telling ---- */

/* Recorded ones, and over them what was proved here. */
static json_t *details_json(const struct checked *k)
{
    json_t *out = json_object(), *proof;
    const struct run *run = k->checking.run;
    const char *id;

    for (size_t i = 0; run != NULL && i < run->item_count; i++)
        if (run->items[i].details != NULL)
            json_object_set(out, run->items[i].id, run->items[i].details);
    json_object_foreach(k->proofs, id, proof)
    {
        if (json_object_get(proof, "details") != NULL)
            json_object_set(out, id, json_object_get(proof, "details"));
    }
    return out;
}

static void tell_check(struct checked *k)
{
    struct desk *d = k->all->desk;
    struct gate_state *gates;
    size_t count = checking_gates(&k->checking, &gates);
    json_t *document = checking_json(&k->checking, gates, count), *details = details_json(k);
    int64_t at_ms = clock_world_ms();

    checking_free_gates(gates, count);
    (void)pthread_mutex_lock(&k->all->lock);
    json_decref(k->items);
    json_decref(k->details);
    k->items = json_deep_copy(json_object_get(document, "items"));
    k->details = details;
    (void)pthread_mutex_unlock(&k->all->lock);
    desk_seen_keep(d->seen, "check", k->environment->name, document, at_ms);
    desk_tell(d, "check", k->environment->name,
              json_pack("{s:o, s:I}", "document", document, "at_ms", (json_int_t)at_ms));
    k->told_ms = clock_boot_ms();
}

/* ---- which probes ---- */

static void refuse_untrusted(const struct desk *d, struct error *err)
{
    error_set(err, ERROR_USAGE, "the commands of %s are not trusted yet", d->config->path);
    error_code(err, UNTRUSTED);
    error_hint(err, "Read them, then: flightdeck config trust");
}

static bool is_trusted(const struct desk *d)
{
    bool is_given = false;
    struct error ignored;
    return trusting_is_given(d->options.session, &is_given, &ignored) && is_given;
}

/* By request: {"verb":"probe","item"} one, {"verb":"refresh"} every one. False: refused. */
static bool want(struct checked *k, const json_t *request, bool *wanted, bool may_start,
                 size_t *untrusted, struct error *err)
{
    const struct checklist *list = k->checking.checklist;
    const char *item = json_string_value(json_object_get(request, "item"));
    const struct checklist_item *found = NULL;

    if (item != NULL && !checklist_find(list, item, &found, err))
        return false;
    if (found != NULL && !checking_is_probed(found))
        return error_set(err, ERROR_USAGE, "no probe proves \"%s\"", found->guide->text);
    if (found != NULL && !may_start && checking_starts_program(found)) {
        refuse_untrusted(k->all->desk, err);
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct checklist_item *one = &list->items[i];
        if ((found != NULL && found != one) || !checking_is_probed(one))
            continue;
        if (may_start || !checking_starts_program(one))
            wanted[i] = true;
        else
            ++*untrusted;
    }
    return true;
}

static void want_expired(struct checked *k, bool *wanted, bool may_start)
{
    const struct checklist *list = k->checking.checklist;
    int64_t now_ms = clock_world_ms();
    for (size_t i = 0; i < list->count; i++) {
        const struct checklist_item *one = &list->items[i];
        if (checking_is_probed(one) && one->expires_at_ms > k->all->opened_ms &&
            one->expires_at_ms <= now_ms && (may_start || !checking_starts_program(one)))
            wanted[i] = true;
    }
}

/* ---- the job ---- */

static void keep_answer(void *closure, size_t index, const json_t *details)
{
    struct checked *k = closure;
    desk_proof_keep(k->proofs, &k->checking, index, details);
    if (clock_boot_ms() - k->told_ms >= TELL_EVERY_MS)
        tell_check(k);
}

/* While a probe runs its item says so; the evidence of before is not shown as its answer. */
static void probe(struct checked *k, const bool *wanted)
{
    struct checklist *list = k->checking.checklist;
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += wanted[i];
    if (count == 0)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (wanted[i])
            checking_set(&k->checking, i, ITEM_RUNNING, "its probe runs", 0, 0);
    tell_check(k);
    checking_probe_some(&k->checking, wanted, k->job.cancel, keep_answer, k);
    if (!cancel_is_set(k->job.cancel))
        tell_check(k);
}

static json_t *find_item(struct checked *k, const char *id)
{
    json_t *item;
    size_t i;
    json_array_foreach(k->items, i, item)
    {
        const char *own = json_string_value(json_object_get(item, "id"));
        if (own != NULL && strcmp(own, id) == 0)
            return item;
    }
    return NULL;
}

/* A probe is answered with its item. */
static void answer(struct checked *k, const json_t *request, size_t untrusted)
{
    const char *item = json_string_value(json_object_get(request, "item"));
    const struct checklist_item *found;
    struct error err;

    if (item == NULL)
        desk_answer(k->all->desk, request, json_pack("{s:I}", "untrusted", (json_int_t)untrusted));
    else if (checklist_find(k->checking.checklist, item, &found, &err))
        desk_answer(k->all->desk, request, checklist_item_json(found));
    else
        desk_refuse(k->all->desk, request, &err);
}

static void refuse_taken(struct checked *k, const struct error *err)
{
    json_t *request;
    size_t i;
    json_array_foreach(k->taken, i, request) desk_refuse(k->all->desk, request, err);
}

static void serve(struct checked *k)
{
    bool may_start = is_trusted(k->all->desk);
    auto_free bool *wanted = xcalloc(k->checking.checklist->count + 1, sizeof *wanted);
    json_t *served = json_array(), *request;
    size_t i, untrusted = 0;
    struct error err;

    json_array_foreach(k->taken, i, request)
    {
        if (want(k, request, wanted, may_start, &untrusted, &err))
            json_array_append(served, request);
        else
            desk_refuse(k->all->desk, request, &err);
    }
    want_expired(k, wanted, may_start);
    probe(k, wanted);
    json_array_foreach(served, i, request) answer(k, request, untrusted);
    json_decref(served);
}

static void read_checklist(void *closure)
{
    struct checked *k = closure;
    struct desk *d = k->all->desk;
    struct error err;

    if (!checking_open(&k->checking, d->options.session, k->environment, NULL, &err)) {
        refuse_taken(k, &err);
        if (!cancel_is_set(k->job.cancel))
            desk_tell_trouble(d, k->environment->name, "check", &k->trouble, &err);
        return;
    }
    desk_tell_trouble(d, k->environment->name, "check", &k->trouble, NULL);
    desk_proof_apply(k->proofs, &k->checking, clock_world_ms());
    tell_check(k);
    serve(k);
    k->expires_ms = desk_proof_expires_ms(&k->checking, clock_world_ms());
    checking_close(&k->checking);
    mem_trim();
}

/* ---- the lane ---- */

static void *checkroom_new(struct desk *d)
{
    struct checkroom *all = xcalloc(1, sizeof *all);

    *all = (struct checkroom){.desk = d,
                              .opened_ms = clock_world_ms(),
                              .count = d->config->environment_count,
                              .each = xcalloc(d->config->environment_count, sizeof *all->each)};
    (void)pthread_mutex_init(&all->lock, NULL);
    for (size_t i = 0; i < all->count; i++) {
        struct checked *k = &all->each[i];
        const struct environment *environment = &d->config->environments[i];
        json_t *seen = desk_seen_document(d->seen, "check", environment->name);
        *k = (struct checked){.all = all,
                              .environment = environment,
                              .asked = json_array(),
                              .proofs = desk_proof_of_document(seen, all->opened_ms)};
        json_decref(seen);
    }
    return all;
}

static void checkroom_free(void *state)
{
    struct checkroom *all = state;

    for (size_t i = 0; i < all->count; i++)
        desk_job_cancel(&all->each[i].job);
    for (size_t i = 0; i < all->count; i++) {
        struct checked *k = &all->each[i];
        desk_job_end(&k->job);
        json_decref(k->asked);
        json_decref(k->taken);
        json_decref(k->proofs);
        json_decref(k->items);
        json_decref(k->details);
        free(k->trouble);
    }
    (void)pthread_mutex_destroy(&all->lock);
    free(all->each);
    free(all);
}

static void start(struct lane *lane, struct checked *k)
{
    json_decref(k->taken);
    k->taken = k->asked;
    k->asked = json_array();
    k->is_wanted = false;
    k->begun_ms = clock_boot_ms();
    desk_job_start(&k->job, lane, read_checklist, k);
}

/* Wall: until it is to be read; 0 = now, INT64_MAX = when somebody asks. */
static int64_t due_ms(const struct checked *k, bool is_shown)
{
    int64_t settled_ms = k->begun_ms + SETTLE_MS - clock_boot_ms();

    if (json_array_size(k->asked) > 0)
        return 0;
    if (k->is_wanted)
        return settled_ms > 0 ? settled_ms : 0;
    if (!is_shown || k->expires_ms == 0)
        return INT64_MAX;
    int64_t left_ms = clock_wall_duration_ms(k->expires_ms - clock_world_ms());
    return left_ms > settled_ms ? left_ms : settled_ms > 0 ? settled_ms : 0;
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct checkroom *all = lane->state;
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < all->count; i++) {
        struct checked *k = &all->each[i];
        if (desk_job_is_running(&k->job))
            continue; /* DESK_OVER comes here again */
        int64_t left_ms = due_ms(k, desk_is_shown(all->desk, i));
        if (left_ms <= 0)
            start(lane, k);
        else if (left_ms < next_ms)
            next_ms = left_ms;
    }
    *wait_ms = next_ms == INT64_MAX ? -1 : next_ms;
}

static struct checked *find(struct lane *lane, const struct environment *environment,
                            const json_t *request)
{
    struct checkroom *all = lane->state;
    struct error err;

    for (size_t i = 0; i < all->count; i++)
        if (all->each[i].environment == environment)
            return &all->each[i];
    error_set(&err, ERROR_USAGE, "which environment?");
    desk_refuse(lane->desk, request, &err);
    return NULL;
}

static void over(struct lane *lane, const struct environment *environment, const json_t *request)
{
    (void)environment;
    (void)request;
    lane->due_ms = 0;
}

static void look(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct checked *k = find(lane, environment, request);
    if (k != NULL)
        k->is_wanted = true;
    lane->due_ms = 0;
}

static void ask(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct checked *k = find(lane, environment, request);
    if (k != NULL)
        json_array_append(k->asked, (json_t *)(uintptr_t)request);
    lane->due_ms = 0;
}

/* Of our own side, after a tick: only what is recorded. */
static void refresh(struct lane *lane, const struct environment *environment, const json_t *request)
{
    if (json_object_get(request, "id") == NULL)
        look(lane, environment, request);
    else
        ask(lane, environment, request);
}

static void evidence(struct lane *lane, const struct environment *environment,
                     const json_t *request)
{
    struct checked *k = find(lane, environment, request);
    const char *id = json_string_value(json_object_get(request, "item"));
    struct error err;

    if (k == NULL)
        return;
    (void)pthread_mutex_lock(&k->all->lock);
    json_t *item = id != NULL ? find_item(k, id) : NULL;
    const char *same_as = json_string_value(json_object_get(item, "same_as"));
    json_t *result = json_deep_copy(item);
    if (result != NULL)
        json_object_set_new(
            result, "lines",
            desk_proof_lines(json_object_get(k->details, same_as != NULL ? same_as : id)));
    (void)pthread_mutex_unlock(&k->all->lock);
    if (result != NULL) {
        desk_answer(lane->desk, request, result);
        return;
    }
    error_set(&err, ERROR_NOT_FOUND, "there is no such item");
    desk_refuse(lane->desk, request, &err);
}

static const struct desk_verb verbs[] = {{"look", look},    {"refresh", refresh},   {"probe", ask},
                                         {DESK_OVER, over}, {"evidence", evidence}, {0}};

const struct lane_kind lane_check = {
    .name = "check",
    .verbs = verbs,
    .tick = tick,
    .state_new = checkroom_new,
    .state_free = checkroom_free,
};
