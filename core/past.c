/*
 * past.c - see past.h.
 */
#include "core/past.h"

#include <stdlib.h>
#include <string.h>

#include "core/journal.h"
#include "core/mem.h"
#include "core/run.h"

/* Plans of a hand at the alias; no release. */
#define PLAN_SHIFT "shift"
#define PLAN_ROLLBACK "rollback"

static bool is_of(const struct run_row *row, const char *plan)
{
    return strcmp(row->plan, plan) == 0;
}

/* A rollback says that what ran there is not there any more; a shift says nothing. */
static bool was_started(const struct run_row *row, const void *closure)
{
    (void)closure;
    return row->started_at_ms > 0 && !is_of(row, PLAN_SHIFT);
}

static bool has_shipped(const struct run_row *row, const void *closure)
{
    (void)closure;
    return strcmp(row->status, run_status_name(RUN_SUCCEEDED)) == 0 && !is_of(row, PLAN_SHIFT) &&
           !is_of(row, PLAN_ROLLBACK);
}

static bool newest(const char *state_directory, const char *environment, journal_row_test *test,
                   struct run **out, struct error *err)
{
    struct journal *journal = NULL;

    if (!journal_open(state_directory, &journal, err))
        return false;
    bool is_ok = journal_find_run(journal, environment, test, NULL, out, err);
    journal_close(journal);
    return is_ok;
}

bool past_newest_run(const char *state_directory, const char *environment, struct run **out,
                     struct error *err)
{
    return newest(state_directory, environment, was_started, out, err);
}

bool past_shipped_commit(const char *state_directory, const char *environment, char **out,
                         struct error *err)
{
    struct run *run = NULL;

    if (!newest(state_directory, environment, has_shipped, &run, err))
        return false;
    *out = xstrdup(run == NULL ? "" : past_commit(run));
    run_free(run);
    return true;
}

const char *past_commit(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++) {
        const char *commit = json_string_value(json_object_get(run->steps[i].facts, "commit"));
        if (commit != NULL)
            return commit;
    }
    return "";
}
