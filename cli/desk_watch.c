/*
 * desk_watch.c - the lane that looks at the resources of every environment, each beside the others.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/desk_callers.h"
#include "cli/desk_job.h"
#include "cli/desk_parts.h"
#include "cli/desk_seen.h"
#include "cli/observing.h"
#include "cli/session.h"
#include "cli/standing.h"
#include "core/clock.h"
#include "core/mem.h"

#define IDLE_INTERVAL_MS 60000 /* wall: nobody asks, and nothing is under way */
#define UNREAD_AGAIN_MS 500    /* wall: after somebody who wrote was in the way */
#define LEAST_AGE_MS 1000      /* wall: what was read so lately is not read again for a look */

struct watching;

struct watched { /* one environment */
    struct watching *all;
    const struct environment *environment;
    struct desk_job job;
    int64_t due_ms, begun_ms; /* boot clock */
    bool is_again;            /* asked for while it was read: what is read may be older */
    json_t *asked;            /* requests that are answered when it was read */
    /* Of the job while it runs. */
    json_t *observed; /* as read last, without what the journal says; NULL = not yet */
    int64_t at_ms;    /* world */
    struct standing standing;
    bool is_standing_known;
    struct journal_stamp stamp;
    int64_t unread_ms; /* boot: since when somebody who writes is in the way; 0 = nobody is */
    char *trouble;     /* as told; NULL = none */
};

struct watching {
    struct desk *desk;
    struct watched *each;
    size_t count;
};

/* ---- the job: one environment is read ---- */

/* While somebody writes, what was read before holds for a moment. Takes seen. */
static void take_standing(struct watched *w, struct standing *seen, const struct journal_stamp *now)
{
    if (seen->unread.kind != ERROR_TRANSIENT)
        w->unread_ms = 0;
    else if (w->unread_ms == 0)
        w->unread_ms = clock_boot_ms();
    if (w->is_standing_known && w->unread_ms > 0 &&
        clock_boot_ms() - w->unread_ms <= DESK_ALARM_MS) {
        standing_clear(seen);
        return;
    }
    standing_clear(&w->standing);
    w->standing = *seen;
    w->stamp = *now;
    w->is_standing_known = seen->unread.kind == ERROR_NONE;
}

/* A run is folded from all its events: only when the journal changed. Who drives it changes
 * without.
 */
static void read_standing(struct watched *w)
{
    struct desk *d = w->all->desk;
    struct journal_stamp now = desk_journal_stamp(d->state_directory);
    bool is_same = w->standing.unread.kind == ERROR_NONE && desk_journal_is_same(&w->stamp, &now);
    struct standing seen;
    struct journal *journal;
    struct error unread;

    if (is_same && w->standing.run == NULL)
        return;
    desk_journal_enter(&d->journal, &journal, &unread);
    if (is_same) {
        standing_read_driver(d->options.session, journal, &w->standing);
    } else {
        standing_read(d->options.session, journal, &unread, w->environment->name, &seen);
        take_standing(w, &seen, &now);
    }
    desk_journal_leave(&d->journal);
    if (!is_same)
        mem_trim();
}

/* Nothing at all was answered: why. False: something was. */
static bool find_trouble(const struct observed_environment *o, struct error *err)
{
    if (o->error.kind != ERROR_NONE) {
        *err = o->error;
        return true;
    }
    for (size_t i = 0; i < o->count; i++)
        if (o->resources[i].observation.health != HEALTH_UNKNOWN ||
            json_object_get(o->resources[i].observation.details, "error") == NULL)
            return false;
    return o->count > 0 &&
           error_set(err, ERROR_TRANSIENT, "%s", o->resources[0].observation.summary) == false;
}

/* What was observed, old or new, with what the journal says now. */
static void tell_status(struct watched *w)
{
    struct desk *d = w->all->desk;
    json_t *document = json_deep_copy(w->observed);

    standing_add_json(&w->standing, document);
    desk_seen_keep(d->seen, "status", w->environment->name, document, w->at_ms);
    desk_tell(d, "status", w->environment->name,
              json_pack("{s:o, s:I}", "document", document, "at_ms", (json_int_t)w->at_ms));
}

static void read_environment(void *closure)
{
    struct watched *w = closure;
    struct error err;
    int64_t began_ms = clock_world_ms(); /* what is written meanwhile is newer */
    struct session *session = desk_watcher(w->all->desk, (size_t)(w - w->all->each));
    struct observed_environment *seen = observing_read(session, &w->environment, 1);
    bool is_trouble = find_trouble(seen, &err);

    if (!cancel_is_set(w->job.cancel)) {
        read_standing(w);
        if (!is_trouble) {
            json_decref(w->observed);
            w->observed = observing_json(seen);
            w->at_ms = began_ms;
        }
        if (w->observed != NULL)
            tell_status(w);
        desk_tell_trouble(w->all->desk, w->environment->name, "status", &w->trouble,
                          is_trouble ? &err : NULL);
    }
    observing_clear(seen);
    free(seen);
}

/* ---- the lane ---- */

static void *watching_new(struct desk *d)
{
    struct watching *all = xcalloc(1, sizeof *all);

    *all = (struct watching){.desk = d,
                             .count = d->config->environment_count,
                             .each = xcalloc(d->config->environment_count, sizeof *all->each)};
    for (size_t i = 0; i < all->count; i++) {
        all->each[i].all = all;
        all->each[i].environment = &d->config->environments[i];
        all->each[i].asked = json_array();
    }
    return all;
}

static void watching_free(void *state)
{
    struct watching *all = state;

    for (size_t i = 0; i < all->count; i++)
        desk_job_cancel(&all->each[i].job);
    for (size_t i = 0; i < all->count; i++) {
        struct watched *w = &all->each[i];
        desk_job_end(&w->job);
        standing_clear(&w->standing);
        json_decref(w->observed);
        json_decref(w->asked);
        free(w->trouble);
    }
    free(all->each);
    free(all);
}

static void answer(struct desk *d, json_t *asked)
{
    size_t i;
    json_t *request;
    json_array_foreach(asked, i, request) desk_answer(d, request, NULL);
    json_array_clear(asked);
}

/* Slower while nobody asks for anything and no run is under way. The jobs of all are over. */
static int64_t interval_ms(const struct watching *all)
{
    if (clock_boot_ms() - atomic_load(&all->desk->asked_ms) < DESK_IDLE_MS)
        return desk_interval_ms(DESK_STATUS_MS);
    for (size_t i = 0; i < all->count; i++)
        if (all->each[i].job.is_started || all->each[i].standing.run != NULL)
            return desk_interval_ms(DESK_STATUS_MS);
    return IDLE_INTERVAL_MS;
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct watching *all = lane->state;
    int64_t now_ms = clock_boot_ms(), next_ms = INT64_MAX, every_ms = interval_ms(all);

    for (size_t i = 0; i < all->count; i++) {
        struct watched *w = &all->each[i];
        if (desk_job_is_running(&w->job))
            continue; /* "over" comes here again */
        if (!w->is_again)
            answer(lane->desk, w->asked);
        if (w->unread_ms > 0 && w->begun_ms + UNREAD_AGAIN_MS < w->due_ms)
            w->due_ms = w->begun_ms + UNREAD_AGAIN_MS;
        if (w->is_again || w->due_ms <= now_ms) {
            w->is_again = false;
            w->begun_ms = now_ms;
            w->due_ms = now_ms + every_ms;
            desk_job_start(&w->job, lane, read_environment, w);
        } else if (w->due_ms < next_ms) {
            next_ms = w->due_ms;
        }
    }
    desk_seen_write(lane->desk->seen);
    *wait_ms = next_ms == INT64_MAX ? -1 : next_ms - now_ms;
}

static struct watched *find(struct lane *lane, const struct environment *environment)
{
    struct watching *all = lane->state;
    size_t i = 0;
    while (i < all->count && all->each[i].environment != environment)
        i++;
    return i < all->count ? &all->each[i] : NULL;
}

static void over(struct lane *lane, const struct environment *environment, const json_t *request)
{
    (void)environment;
    (void)request;
    lane->due_ms = 0;
}

/* A read that goes on already may have seen what was before: then once more. */
static void refresh(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct watched *w = find(lane, environment);
    struct error err;

    if (w == NULL) {
        error_set(&err, ERROR_USAGE, "which environment?");
        desk_refuse(lane->desk, request, &err);
        return;
    }
    w->is_again = true;
    json_array_append(w->asked, (json_t *)(uintptr_t)request);
    lane->due_ms = 0;
}

static void look(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct watched *w = find(lane, environment);

    (void)request;
    if (w != NULL && clock_boot_ms() - w->begun_ms >= LEAST_AGE_MS)
        w->due_ms = 0;
    lane->due_ms = 0;
}

static const struct desk_verb verbs[] = {
    {"look", look}, {"refresh", refresh}, {DESK_OVER, over}, {0}};

const struct lane_kind lane_watch = {
    .name = "watch",
    .verbs = verbs,
    .tick = tick,
    .state_new = watching_new,
    .state_free = watching_free,
};
