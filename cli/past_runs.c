/*
 * past_runs.c - see past_runs.h.
 */
#include "cli/past_runs.h"

#include <stdlib.h>

#include "cli/undriven.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/run.h"

static json_t *stamp_or_null(int64_t at_ms)
{
    char at[CLOCK_STAMP_SIZE];
    return at_ms > 0 ? json_string(clock_stamp(at_ms, at)) : json_null();
}

static json_t *steps_json(const struct run *run)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *s = &run->steps[i];
        bool is_timed = s->started_at_ms > 0 && s->ended_at_ms > 0;
        json_t *step = json_object();
        json_object_set_new(step, "id", json_string(s->id));
        json_object_set_new(step, "state", json_string(run_step_state_name(s->state)));
        json_object_set_new(step, "took_ms",
                            is_timed ? json_integer(s->ended_at_ms - s->started_at_ms)
                                     : json_null());
        json_array_append_new(steps, step);
    }
    return steps;
}

json_t *past_runs_row(const struct run_row *row, const struct run *run, bool is_undriven)
{
    json_t *out = json_object();
    json_object_set_new(out, "id", json_string(row->id));
    json_object_set_new(out, "env", json_string(row->environment));
    json_object_set_new(out, "plan", json_string(row->plan));
    json_object_set_new(out, "status", json_string(row->status));
    json_object_set_new(out, "undriven", json_boolean(is_undriven));
    json_object_set_new(out, "started_at", stamp_or_null(row->started_at_ms));
    json_object_set_new(out, "ended_at", stamp_or_null(row->ended_at_ms));
    json_object_set_new(out, "by", json_string(row->by));
    json_object_set_new(out, "steps", steps_json(run));
    return out;
}

bool past_runs_list(struct journal *journal, const char *state_directory, const char *environment,
                    size_t most, json_t **out, struct error *err)
{
    struct run_row *rows;
    size_t count;
    bool ok = true;

    if (!journal_list_runs(journal, environment, most, &rows, &count, err))
        return false;
    json_t *listed = json_array();
    for (size_t i = 0; i < count && ok; i++) {
        struct run *run = NULL;
        ok = journal_read_run(journal, rows[i].id, &run, err);
        if (ok)
            json_array_append_new(listed,
                                  past_runs_row(&rows[i], run, undriven_is(state_directory, run)));
        run_free(run);
    }
    free(rows);
    if (ok)
        *out = json_pack("{s:O}", "runs", listed);
    json_decref(listed);
    return ok;
}
