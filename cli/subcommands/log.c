/*
 * log.c - `flightdeck log [RUN] [--follow]`: where the journal is, and the events of a run as they
 * come.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/undriven.h"
#include "core/cancel.h"
#include "core/mem.h"
#include "core/run.h"

#define LOOK_EVERY_MS 250 /* wall: between two looks at the journal while following */

struct following {
    struct cli *cli;
    struct journal *journal;
    const char *directory, *run_id;
    struct story story;
    int64_t seq;           /* of the last event that was printed */
    bool is_over, is_told; /* told: that nobody drives it */
};

/* The command that answers, when the run still waits for one. */
static bool print_answer(struct following *f, const struct event *asking, struct error *err)
{
    struct run *now = NULL;
    if (!journal_read_run(f->journal, f->run_id, &now, err))
        return false;
    follow_answer(f->cli, &f->story, asking, now);
    run_free(now);
    return true;
}

/* Prints what came after f->seq. */
static bool print_new(struct following *f, struct error *err)
{
    struct event **events;
    size_t count;
    const struct event *asking = NULL; /* the last one that asks */

    if (!journal_read(f->journal, f->run_id, f->seq, &events, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        follow_event(f->cli, &f->story, events[i]);
        if (story_asks(events[i]))
            asking = events[i];
        f->seq = events[i]->seq;
        f->is_over = f->is_over || strcmp(events[i]->type, "run_ended") == 0;
    }
    bool ok = asking == NULL || print_answer(f, asking, err);
    journal_events_free(events, count);
    return ok;
}

/* Once each time that its process goes away: nothing would come of waiting. */
static void tell_undriven(struct following *f)
{
    struct run *run = NULL;
    struct error ignored;
    int64_t since_ms;

    if (!journal_read_run(f->journal, f->run_id, &run, &ignored))
        return;
    bool is_undriven = undriven_look(f->journal, f->directory, run, &since_ms);
    if (is_undriven && !f->is_told) {
        auto_free char *text = undriven_text(run, since_ms, 0);
        cli_note(f->cli, "%s", text);
    }
    f->is_told = is_undriven;
    run_free(run);
}

static bool follow(struct following *f, struct error *err)
{
    for (;;) {
        if (!print_new(f, err))
            return false;
        if (f->seq == 0)
            return error_set(err, ERROR_NOT_FOUND, "there is no run %s", f->run_id);
        if (!f->is_over)
            tell_undriven(f);
        if (f->is_over || answer_is_closed() || !cli_flag(f->cli, "follow"))
            return true;
        if (!cancel_sleep_ms(interrupt_cancel(), LOOK_EVERY_MS))
            return error_set(err, ERROR_CANCELLED, "no longer following %s%s", f->run_id,
                             f->is_told ? "" : "; it goes on");
    }
}

static bool tell(struct cli *cli, struct session *session, struct journal *journal,
                 struct error *err)
{
    const char *directory, *id = cli_argument(cli, 0);
    struct run *found = NULL;

    if (!session_state_directory(session, &directory, err))
        return false;
    if (!cli_is_json(cli))
        cli_note(cli, "journal: %s, log: %s/engine.log, output of commands: %s/runs/",
                 journal_path(journal), directory, directory);
    if (id == NULL && (!runs_find_open(journal, NULL, &found, err) ||
                       (found == NULL && !runs_find_newest(journal, NULL, &found, err))))
        return false;
    if (id == NULL && found == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there are no runs yet");
    struct following f = {.cli = cli,
                          .journal = journal,
                          .directory = directory,
                          .run_id = id != NULL ? id : found->id};
    bool ok = follow(&f, err);
    story_clear(&f.story);
    run_free(found);
    return ok;
}

static int run(struct cli *cli)
{
    struct session session;
    struct journal *journal = NULL;
    struct error err;

    session_init(&session, cli);
    bool ok = interrupt_begin(&err) && session_journal(&session, &journal, &err) &&
              tell(cli, &session, journal, &err);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    journal_close(journal);
    session_clear(&session);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "follow", .help = "go on as events come, until the run is over"},
    {0},
};

const struct subcommand subcommand_log = {
    .name = "log",
    .arguments = "[RUN]",
    .summary = "Show the events of a run, and follow them",
    .details = "Without RUN it is the run under way, else the newest one. Any second terminal may "
               "follow a run.\n\n"
               "Examples:\n"
               "  flightdeck log --follow\n"
               "  flightdeck log r-0142 --json | jq -c 'select(.type == \"effect_intent\")'",
    .options = options,
    .run = run,
};
