/*
 * runs.c - see runs.h.
 */
#include "cli/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/by_hand.h"
#include "core/clock.h"
#include "core/locked.h"
#include "core/run.h"

#define MOST_ROWS 200

static bool is_status(const struct run_row *row, enum run_status status)
{
    return strcmp(row->status, run_status_name(status)) == 0;
}

static bool is_pending(const struct run_row *row, const void *closure)
{
    (void)closure;
    return is_status(row, RUN_PENDING);
}

static bool is_under_way(const struct run_row *row, const void *closure)
{
    return row->ended_at_ms == 0 && !is_pending(row, closure);
}

static bool is_any(const struct run_row *row, const void *closure)
{
    (void)row;
    (void)closure;
    return true;
}

bool runs_find_pending(struct journal *j, const char *environment, struct run **out,
                       struct error *err)
{
    return journal_find_run(j, environment, is_pending, NULL, out, err);
}

bool runs_find_newest(struct journal *j, const char *environment, struct run **out,
                      struct error *err)
{
    return journal_find_run(j, environment, is_any, NULL, out, err);
}

bool runs_find_open(struct journal *j, const char *environment, struct run **out, struct error *err)
{
    struct run *run = NULL;
    if (!journal_find_run(j, environment, is_under_way, NULL, &run, err))
        return false;
    if (run == NULL && !runs_find_pending(j, environment, &run, err))
        return false;
    *out = run;
    return true;
}

bool runs_find_last_moved(struct journal *j, const char *environment, struct run **out,
                          struct error *err)
{
    struct run_row *rows;
    size_t count;
    bool ok = true;

    if (!journal_list_runs(j, environment, MOST_ROWS, &rows, &count, err))
        return false;
    *out = NULL;
    for (size_t i = 0; i < count && ok && *out == NULL; i++) {
        if (rows[i].ended_at_ms == 0)
            continue;
        ok = journal_read_run(j, rows[i].id, out, err);
        if (ok && (!run_moved_traffic(*out) || (strcmp((*out)->plan_name, BY_HAND_ROLLBACK) == 0 &&
                                                (*out)->status != RUN_SUCCEEDED))) {
            run_free(*out);
            *out = NULL;
        }
    }
    free(rows);
    return ok;
}

static bool is_at_risk(const struct run_row *row, const void *closure)
{
    (void)closure;
    return is_status(row, RUN_ROLLBACK_FAILED) || is_status(row, RUN_FAILED);
}

bool runs_find_at_risk(struct journal *j, const char *environment, struct run **out,
                       struct error *err)
{
    struct run *newest = NULL, *last = NULL;

    *out = NULL;
    if (!journal_find_run(j, environment, is_at_risk, NULL, &newest, err))
        return false;
    if (newest == NULL)
        return true;
    bool ok = runs_find_last_moved(j, newest->environment, &last, err);
    run_free(newest);
    if (ok && last != NULL && run_is_at_risk(last)) {
        *out = last;
        return true;
    }
    run_free(last);
    return ok;
}

bool runs_require_unlocked(struct journal *j, const char *environment, struct error *err)
{
    struct environment_lock lock;
    char at[CLOCK_STAMP_SIZE];

    if (!locked_read(j, environment, &lock, err))
        return false;
    if (!lock.is_locked)
        return true;
    error_set(err, ERROR_CONFLICT, "%s is locked by %s since %s: %s", environment, locked_by(&lock),
              clock_stamp(lock.at_ms, at), lock.reason);
    error_code(err, "locked");
    return error_hint(err, "flightdeck unlock %s --reason \"...\"", environment);
}
