/*
 * history.c - `flightdeck history [ENV]`: the runs of before, and how long each step took.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/past_runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/undriven.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/event_text.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define DEFAULT_RUNS 20
#define MOST_RUNS 1000
#define COLUMN_COUNT 7   /* the last one, steps, only on demand */
#define MINUTE_LENGTH 16 /* of "2026-11-25T23:44" */

static void add_steps(struct buf *out, const struct run *run)
{
    char took[CLOCK_STAMP_SIZE];
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *s = &run->steps[i];
        if (s->started_at_ms > 0 && s->ended_at_ms > 0)
            buf_addf(out, "%s%s %s", out->len > 0 ? ", " : "", s->id,
                     clock_duration_text(s->ended_at_ms - s->started_at_ms, took));
    }
}

static enum tone tone_of(const char *status)
{
    if (strcmp(status, "succeeded") == 0)
        return TONE_GOOD;
    return strcmp(status, "failed") == 0 || strcmp(status, "rollback_failed") == 0 ? TONE_BAD
                                                                                   : TONE_PLAIN;
}

/* "2026-11-25 23:44Z" */
static const char *minute_text(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    clock_stamp(at_ms, out);
    out[10] = ' ';
    text_copy(out + MINUTE_LENGTH, CLOCK_STAMP_SIZE - MINUTE_LENGTH, "Z");
    return out;
}

static void add_row(struct columns *table, const struct run_row *row, const struct run *run,
                    bool is_undriven)
{
    char started[CLOCK_STAMP_SIZE], took[CLOCK_STAMP_SIZE];
    auto_buf steps;
    buf_init(&steps, 2000);
    add_steps(&steps, run);
    bool is_over = row->started_at_ms > 0 && row->ended_at_ms > 0;
    auto_free char *status =
        xasprintf("%s%s", row->status, is_undriven ? ", nobody drives it" : "");
    columns_add(
        table, is_undriven ? TONE_BAD : tone_of(row->status),
        (const char *const[]){
            row->id, row->environment, status,
            row->started_at_ms > 0 ? minute_text(row->started_at_ms, started) : "not started",
            is_over ? clock_duration_text(row->ended_at_ms - row->started_at_ms, took) : "-",
            event_text_person(row->by), steps.ptr});
}

static bool tell(struct cli *cli, struct journal *journal, const char *directory,
                 const struct run_row *rows, size_t count, struct error *err)
{
    struct columns table;
    json_t *listed = json_array();
    bool ok = true;

    columns_init(&table, cli_flag(cli, "steps") ? COLUMN_COUNT : COLUMN_COUNT - 1);
    columns_add(&table, TONE_STRONG,
                (const char *const[COLUMN_COUNT]){"run", "env", "status", "started", "took", "by",
                                                  "steps"});
    for (size_t i = 0; i < count && ok; i++) {
        struct run *run = NULL;
        ok = journal_read_run(journal, rows[i].id, &run, err);
        bool is_undriven = ok && undriven_is(directory, run);
        if (ok && cli_is_json(cli))
            json_array_append_new(listed, past_runs_row(&rows[i], run, is_undriven));
        else if (ok)
            add_row(&table, &rows[i], run, is_undriven);
        run_free(run);
    }
    if (ok && cli_is_json(cli))
        cli_json(cli, json_pack("{s:O}", "runs", listed));
    else if (ok && count == 0)
        cli_say(cli, "no runs yet");
    else if (ok)
        columns_print(&table, 0);
    json_decref(listed);
    columns_clear(&table);
    return ok;
}

static int run(struct cli *cli)
{
    struct session session;
    struct error err;
    struct journal *journal = NULL;
    struct run_row *rows = NULL;
    size_t count = 0;
    int64_t most = DEFAULT_RUNS;
    const char *wanted = cli_value(cli, "last"), *directory;

    if (wanted != NULL && (!text_to_int64(wanted, &most) || most < 1 || most > MOST_RUNS))
        return cli_usage(cli, "--last takes a number from 1 to %d, not \"%s\"", MOST_RUNS, wanted);
    session_init(&session, cli);
    bool ok = session_journal(&session, &journal, &err) &&
              journal_list_runs(journal, cli_argument(cli, 0), (size_t)most, &rows, &count, &err) &&
              session_state_directory(&session, &directory, &err) &&
              tell(cli, journal, directory, rows, count, &err);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    free(rows);
    journal_close(journal);
    session_clear(&session);
    return code;
}

static const struct cli_option options[] = {
    {.name = "steps", .help = "also how long each step took"},
    {.name = "last", .value = "N", .help = "how many runs, newest first; default 20"},
    {0},
};

const struct subcommand subcommand_history = {
    .name = "history",
    .arguments = "[ENV]",
    .summary = "List past runs and how long each step took",
    .details = "Examples:\n"
               "  flightdeck history\n"
               "  flightdeck history production --last 5 --steps\n"
               "  flightdeck history --json | jq '.runs[] | select(.status == \"rolled_back\")'",
    .options = options,
    .run = run,
};
