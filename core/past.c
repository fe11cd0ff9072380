/*
 * past.c - see past.h.
 */
#include "core/past.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- how long steps took ---- */

#define MOST_ROWS 60     /* of the index that are looked at */
#define MOST_RELEASES 10 /* whose times count */

struct releases {
    struct run *runs[MOST_RELEASES];
    size_t count;
};

static void read_releases(struct journal *journal, const char *environment, struct releases *out)
{
    struct run_row *rows = NULL;
    size_t count = 0;
    struct error ignored;

    if (!journal_list_runs(journal, environment, MOST_ROWS, &rows, &count, &ignored))
        return;
    for (size_t i = 0; i < count && out->count < MOST_RELEASES; i++)
        if (has_shipped(&rows[i], NULL) &&
            journal_read_run(journal, rows[i].id, &out->runs[out->count], &ignored))
            out->count++;
    free(rows);
}

static int by_length(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of a step with that id and kind; -1 where too few are known. */
static int64_t usual_ms(const struct releases *releases, const char *id, const char *kind)
{
    int64_t took[MOST_RELEASES];
    size_t count = 0;

    for (size_t i = 0; i < releases->count; i++) {
        const struct run_step *step = run_step(releases->runs[i], id);
        if (step != NULL && strcmp(step->kind, kind) == 0 && step->state == STEP_SUCCEEDED &&
            step->ended_at_ms > step->started_at_ms)
            took[count++] = step->ended_at_ms - step->started_at_ms;
    }
    if (count < PAST_LEAST_TIMES)
        return -1;
    qsort(took, count, sizeof took[0], by_length);
    return took[count / 2];
}

void past_add_times(const char *state_directory, json_t *plan)
{
    const char *environment = json_string_value(json_object_get(plan, "env"));
    struct journal *journal = NULL;
    struct releases releases = {.count = 0};
    struct error ignored;
    json_t *step;
    size_t i;

    /* Looking makes no folder. */
    if (environment == NULL || access(state_directory, F_OK) != 0 ||
        !journal_open(state_directory, &journal, &ignored))
        return;
    read_releases(journal, environment, &releases);
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        const char *id = json_string_value(json_object_get(step, "id")),
                   *kind = json_string_value(json_object_get(step, "kind"));
        int64_t ms = id != NULL && kind != NULL ? usual_ms(&releases, id, kind) : -1;
        if (ms >= 0)
            json_object_set_new(step, "p50_ms", json_integer(ms));
    }
    for (i = 0; i < releases.count; i++)
        run_free(releases.runs[i]);
    journal_close(journal);
}
