/*
 * desk_runs.c - the lane that shows the run of each environment: from the journal at first, then
 * whatever other processes add to it.
 *
 * For the first picture it is told in a sketch, which takes a tenth of the time, and whole right
 * after. A run that is driven here tells itself (desk_flight.h); when its flight is over the
 * journal has the last word, so it is told once more from its first event.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define LOOK_EVERY_MS 500 /* wall */
#define MOST_ROWS 100

struct followed { /* the run on the screen of one environment */
    const struct environment *environment;
    char run[32];    /* "" = none */
    int64_t seq;     /* of the newest event that was told */
    bool is_pending; /* still gathers ticks */
    bool is_over;
    bool is_told;         /* something was told at all */
    bool is_flown;        /* what was told is not what the journal has: from the beginning */
    bool is_behind;       /* the journal could not be read: again soon */
    int64_t behind_ms;    /* boot: since when */
    int64_t flights_told; /* by flights of ours, when the journal was looked into last */
    const char *driver;   /* as told; NULL = not yet */
    char *trouble;        /* as told; NULL = none */
};

struct following {
    struct desk *desk;
    struct journal_stamp stamp;
    struct followed *each;
    size_t count;
};

/* ---- which run ---- */

static bool is_pending(const struct run_row *row)
{
    return strcmp(row->status, run_status_name(RUN_PENDING)) == 0;
}

/* The open one, else one that gathers ticks, else the newest; rows are newest first. */
static const struct run_row *choose(const struct run_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].ended_at_ms == 0 && !is_pending(&rows[i]))
            return &rows[i];
    for (size_t i = 0; i < count; i++)
        if (is_pending(&rows[i]))
            return &rows[i];
    return count > 0 ? &rows[0] : NULL;
}

static const char *driver_of(const struct desk *d, const struct followed *f)
{
    if (f->run[0] == '\0' || f->is_over)
        return "none";
    if (engine_is_driven(d->state_directory, f->environment->name))
        return "other";
    return f->is_pending ? "none" : "nobody";
}

/* ---- telling ---- */

/* False: a flight has begun meanwhile, and tells from now on. */
static bool tell(struct desk *d, struct followed *f, const char *news, json_t *body)
{
    bool ok = desk_flight_tell_others(d, f->environment, f->flights_told, news, body);
    f->is_flown = f->is_flown || !ok;
    return ok;
}

/* Takes the events. What was read of the world and of the checklist was read without them. */
static void tell_run(struct desk *d, struct followed *f, struct event **events, size_t count)
{
    json_t *listed = json_array();
    bool is_first = !f->is_told;

    f->seq = count > 0 ? events[count - 1]->seq : 0;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(listed, wire_event_steal(events[i]));
    free(events);
    f->driver = driver_of(d, f);
    f->is_told = true;
    (void)tell(d, f, "run", json_pack("{s:o, s:s}", "events", listed, "driver", f->driver));
    if (is_first)
        return;
    desk_refresh(d, f->environment->name, "check");
    desk_refresh(d, f->environment->name, "status");
}

/* Takes the events. */
static void tell_more(struct desk *d, struct followed *f, struct event **events, size_t count)
{
    for (size_t i = 0; i < count && !f->is_flown; i++) {
        desk_heard(d, f->environment->name, events[i]);
        if (tell(d, f, "event", json_pack("{s:o}", "event", wire_event(events[i]))))
            f->seq = events[i]->seq;
    }
    journal_events_free(events, count);
}

static void tell_driver(struct desk *d, struct followed *f)
{
    const char *driver = driver_of(d, f);
    if (f->is_flown || (f->driver != NULL && strcmp(driver, f->driver) == 0))
        return;
    if (tell(d, f, "driver", json_pack("{s:s}", "driver", driver)))
        f->driver = driver;
}

/* ---- reading ---- */

static bool read_run(struct desk *d, struct followed *f, struct journal *journal,
                     const struct run_row *row, struct error *err)
{
    struct event **events;
    size_t count;
    bool is_new = !f->is_told || f->is_flown || strcmp(f->run, row->id) != 0, is_whole = true;
    bool ok = f->is_told ? journal_read(journal, row->id, is_new ? 0 : f->seq, &events, &count, err)
                         : journal_sketch(journal, row->id, &events, &count, &is_whole, err);

    if (!ok)
        return false;
    text_copy(f->run, sizeof f->run, row->id);
    f->is_pending = is_pending(row);
    f->is_over = row->ended_at_ms != 0;
    f->is_flown = false;
    if (is_new)
        tell_run(d, f, events, count);
    else
        tell_more(d, f, events, count);
    f->is_flown = f->is_flown || !is_whole;
    return true;
}

static void read_none(struct desk *d, struct followed *f)
{
    bool is_known = f->is_told && !f->is_flown && f->run[0] == '\0';
    f->run[0] = '\0';
    f->is_flown = false;
    if (!is_known)
        tell_run(d, f, NULL, 0);
}

static bool read_environment(struct desk *d, struct followed *f, struct journal *journal,
                             struct error *err)
{
    struct run_row *rows = NULL;
    size_t count = 0;
    int64_t told = desk_flight_told(d, f->environment);

    /* One that came and went between two looks told what the journal says of it. */
    f->is_flown = f->is_flown || told != f->flights_told;
    f->flights_told = told;

    if (journal != NULL &&
        !journal_list_runs(journal, f->environment->name, MOST_ROWS, &rows, &count, err))
        return false;
    const struct run_row *row = choose(rows, count);
    bool ok = row == NULL || read_run(d, f, journal, row, err);
    if (row == NULL)
        read_none(d, f);
    free(rows);
    return ok;
}

static bool is_any_behind(const struct following *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->each[i].is_flown || all->each[i].is_behind || !all->each[i].is_told)
            return true;
    return false;
}

/* What is on the screen already stays, marked with why it does not go on. */
static void read_all(struct following *all)
{
    struct journal *journal;
    struct error err;

    desk_journal_enter(&all->desk->journal, &journal, &err);
    bool is_open = err.kind == ERROR_NONE, is_much = false;
    for (size_t i = 0; i < all->count; i++) {
        struct followed *f = &all->each[i];
        if (desk_flight_is_here(all->desk, f->environment))
            continue;
        is_much = is_much || f->is_flown;
        bool ok = is_open && read_environment(all->desk, f, journal, &err);
        if (!ok && !f->is_behind)
            f->behind_ms = clock_boot_ms();
        f->is_behind = !ok; /* somebody writes just now: soon again */
        if (ok || err.kind != ERROR_TRANSIENT || clock_boot_ms() - f->behind_ms > DESK_ALARM_MS)
            desk_tell_trouble(all->desk, f->environment->name, "journal", &f->trouble,
                              ok ? NULL : &err);
    }
    desk_journal_leave(&all->desk->journal);
    if (is_much)
        mem_trim();
}

static void look(struct following *all)
{
    struct journal_stamp now = desk_journal_stamp(all->desk->state_directory);

    for (size_t i = 0; i < all->count; i++)
        if (desk_flight_is_here(all->desk, all->each[i].environment))
            all->each[i].is_flown = true;
    if (!desk_journal_is_same(&all->stamp, &now) || is_any_behind(all))
        read_all(all);
    all->stamp = now;
    for (size_t i = 0; i < all->count; i++)
        tell_driver(all->desk, &all->each[i]);
}

/* ---- the lane ---- */

static void *following_new(struct desk *d)
{
    struct following *all = xcalloc(1, sizeof *all);

    *all = (struct following){.desk = d,
                              .count = d->config->environment_count,
                              .each = xcalloc(d->config->environment_count, sizeof *all->each)};
    for (size_t i = 0; i < all->count; i++)
        all->each[i].environment = &d->config->environments[i];
    look(all);
    return all;
}

static void following_free(void *state)
{
    struct following *all = state;

    for (size_t i = 0; i < all->count; i++)
        free(all->each[i].trouble);
    free(all->each);
    free(all);
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    look(lane->state);
    *wait_ms = LOOK_EVERY_MS;
}

static void show_flight(struct desk *d, const struct environment *environment)
{
    struct engine *engine = desk_flight_enter(d, environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;
    struct journal *journal;
    struct error ignored;

    if (run != NULL) {
        desk_journal_enter(&d->journal, &journal, &ignored);
        if (journal != NULL)
            desk_flight_show(d, environment, journal, run->id);
        desk_journal_leave(&d->journal);
    }
    run_free(run);
    if (engine != NULL)
        desk_flight_leave(d, environment);
}

static void tell_again(struct lane *lane, const struct environment *environment,
                       const json_t *request)
{
    struct following *all = lane->state;

    (void)environment;
    (void)request;
    for (size_t i = 0; i < all->count; i++) {
        all->each[i].is_flown = true;
        show_flight(all->desk, all->each[i].environment);
    }
    lane->due_ms = 0;
}

static const struct desk_verb verbs[] = {{"again", tell_again}, {0}};

const struct lane_kind lane_runs = {
    .name = "runs",
    .verbs = verbs,
    .tick = tick,
    .state_new = following_new,
    .state_free = following_free,
};
