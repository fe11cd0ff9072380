/*
 * desk_books.c - the lane of what is written down: past runs, reports, which commands are trusted.
 */
#include "cli/desk_open.h"
#include "cli/desk_parts.h"
#include "cli/past_runs.h"
#include "cli/session.h"
#include "cli/trusting.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"

#define MOST_RUNS 50

static void history(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    struct journal *journal = NULL;
    json_t *listed = NULL;
    struct error err;

    if (!desk_journal_is_there(d->state_directory))
        desk_answer(d, request, json_pack("{s:[]}", "runs"));
    else if (journal_open(d->state_directory, &journal, &err) &&
             past_runs_list(journal, d->state_directory,
                            environment != NULL ? environment->name : NULL, MOST_RUNS, &listed,
                            &err))
        desk_answer(d, request, listed);
    else
        desk_refuse(d, request, &err);
    journal_close(journal);
}

static void report(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    const char *id = json_string_value(json_object_get(request, "run"));
    struct journal *journal = NULL;
    struct run *run = NULL;
    struct event **events = NULL;
    size_t count = 0;
    struct error err;

    (void)environment;
    bool ok = id != NULL && desk_journal_is_there(d->state_directory)
                  ? journal_open(d->state_directory, &journal, &err)
                  : error_set(&err, ERROR_NOT_FOUND, "there is no run");
    ok = ok && journal_read_run(journal, id, &run, &err) &&
         journal_read(journal, id, 0, &events, &count, &err);
    if (ok) {
        auto_free char *markdown = report_markdown(run, events, count);
        desk_answer(d, request, json_pack("{s:s}", "markdown", markdown));
    } else {
        desk_refuse(d, request, &err);
    }
    journal_events_free(events, count);
    run_free(run);
    journal_close(journal);
}

static void trust(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    struct error err;

    (void)environment;
    if (!trusting_give(d->options.session, &err)) {
        desk_refuse(d, request, &err);
        return;
    }
    desk_open_hello(d);
    desk_answer(d, request, NULL);
    for (size_t i = 0; i < d->config->environment_count; i++)
        desk_refresh(d, d->config->environments[i].name, "check");
}

static const struct desk_verb verbs[] = {
    {"history", history}, {"report", report}, {"trust", trust}, {0}};

const struct lane_kind lane_books = {.name = "books", .verbs = verbs};
