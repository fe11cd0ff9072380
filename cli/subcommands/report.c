/*
 * report.c - `flightdeck report [RUN]`: one run as Markdown.
 */
#include "core/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/mem.h"
#include "core/run.h"

static bool find_run(struct journal *journal, const char *id, struct run **out, struct error *err)
{
    if (id != NULL)
        return journal_read_run(journal, id, out, err);
    if (!runs_find_newest(journal, NULL, out, err))
        return false;
    return *out != NULL || error_set(err, ERROR_NOT_FOUND, "there are no runs yet");
}

static bool write_file(const char *path, const char *text, struct error *err)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return error_set(err, ERROR_USAGE, "could not write %s: %s", path, strerror(errno));
    bool ok = fputs(text, file) >= 0;
    ok = fclose(file) == 0 && ok;
    return ok || error_set(err, ERROR_REFUSED, "could not write %s: %s", path, strerror(errno));
}

static bool tell(struct cli *cli, const struct run *run, struct event **events, size_t count,
                 struct error *err)
{
    const char *path = cli_value(cli, "output");
    auto_free char *markdown = report_markdown(run, events, count);
    auto_free char *outcome = report_outcome(run);

    if (path != NULL && !write_file(path, markdown, err))
        return false;
    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:s}", "run", run->id, "env",
                                run->environment, "status", run_status_name(run->status), "outcome",
                                outcome, "markdown", markdown));
    else if (path != NULL)
        cli_say(cli, "%s: %s", path, outcome);
    else
        answer_block(markdown);
    return true;
}

static int run(struct cli *cli)
{
    struct session session;
    struct error err;
    struct journal *journal = NULL;
    struct run *found = NULL;
    struct event **events = NULL;
    size_t count = 0;

    session_init(&session, cli);
    bool ok = session_journal(&session, &journal, &err) &&
              find_run(journal, cli_argument(cli, 0), &found, &err) &&
              journal_read(journal, found->id, 0, &events, &count, &err) &&
              tell(cli, found, events, count, &err);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    journal_events_free(events, count);
    run_free(found);
    journal_close(journal);
    session_clear(&session);
    return code;
}

static const struct cli_option options[] = {
    {.name = "output", .value = "FILE", .help = "write the report there"},
    {0},
};

const struct subcommand subcommand_report = {
    .name = "report",
    .arguments = "[RUN]",
    .summary = "Tell a run as Markdown, for somebody who was not there",
    .details = "Without RUN it is the newest one. Everything in it is read from the journal: "
               "outcome, versions, steps,\n"
               "traffic, what the judge saw with its arithmetic, evidence, waivers, approvals, "
               "every write.\n\n"
               "Examples:\n"
               "  flightdeck report\n"
               "  flightdeck report r-0142 --output r-0142.md",
    .options = options,
    .run = run,
};
