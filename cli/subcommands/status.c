/*
 * status.c - `flightdeck status [ENV]`: what runs in each environment now.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/columns.h"
#include "cli/interrupt.h"
#include "cli/observing.h"
#include "cli/session.h"
#include "cli/standing.h"
#include "cli/subcommands.h"
#include "cli/undriven.h"
#include "cli/wrapped.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"

#define LOOK_EVERY_MS 10000 /* wall, with --watch */

#define RUN_INDENT 6

static enum tone tone_of(enum health health)
{
    switch (health) {
    case HEALTH_HEALTHY:
        return TONE_GOOD;
    case HEALTH_DEGRADED:
        return TONE_BAD;
    case HEALTH_UNKNOWN:
        return TONE_WARN;
    case HEALTH_PROGRESSING:
        return TONE_PLAIN;
    }
    return TONE_PLAIN;
}

/* What it waits for, and the command that answers it. */
static void print_run(const struct cli *cli, const struct run *run)
{
    if (run == NULL)
        return;
    cli_say(cli, "  run %s is %s", run->id, run_status_name(run->status));
    standing_say_waiting(run, RUN_INDENT);
}

/* When AWS itself gave its traffic back; 0 = it did not. */
static int64_t taken_back_ms(const struct observed_environment *o)
{
    int64_t at_ms = 0;

    for (size_t i = 0; i < o->count; i++) {
        const json_t *details = o->resources[i].observation.details;
        const char *at =
            json_string_value(json_object_get(json_object_get(details, "taken_back"), "at"));
        if (at != NULL)
            FD_IGNORE(clock_parse_stamp(at, &at_ms));
    }
    return at_ms;
}

static void print_environment(struct cli *cli, const struct observed_environment *o,
                              const struct standing *standing)
{
    struct columns table;
    answer_linef(TONE_STRONG, "%s%s  %s  %s  %s", o->environment->name,
                 o->environment->is_production ? " (PRODUCTION)" : "", o->environment->account,
                 o->environment->region, resource_health_name(o->health));
    if (standing->lock.is_locked)
        answer_linef(TONE_WARN, "  LOCKED by %s: %s", locked_by(&standing->lock),
                     standing->lock.reason);
    if (standing->unread.kind != ERROR_NONE)
        answer_linef(TONE_BAD, "  the journal cannot be read, locks and runs are not known: %s",
                     standing->unread.message);
    print_run(cli, standing->run);
    if (standing->at_risk != NULL) {
        auto_free char *outcome = report_outcome(standing->at_risk);
        answer_linef(TONE_BAD, "  %s: %s", standing->at_risk->id, outcome);
    }
    if (standing->is_undriven) {
        auto_free char *text =
            undriven_text(standing->run, standing->undriven_since_ms, taken_back_ms(o));
        answer_linef(TONE_BAD, "  %s", text);
    }
    if (o->error.kind != ERROR_NONE)
        answer_linef(TONE_BAD, "  could not read it: %s. %s", o->error.message, o->error.hint);
    columns_init(&table, 4);
    for (size_t i = 0; i < o->count; i++) {
        const struct observed_resource *r = &o->resources[i];
        columns_add(
            &table, tone_of(r->observation.health),
            (const char *const[]){r->resource->name, r->resource->kind->name,
                                  resource_health_name(r->observation.health),
                                  r->observation.summary != NULL ? r->observation.summary : ""});
    }
    columns_print(&table, 2);
    columns_clear(&table);
}

struct looking {
    struct cli *cli;
    struct session session;
    struct journal *journal;
    struct error unread; /* why the journal could not be read; kind ERROR_NONE = it could */
    const struct environment **environments;
    size_t count;
};

/* Each resource of it gave an answer. */
static bool is_known(const struct observed_environment *o)
{
    bool is_whole = o->error.kind == ERROR_NONE;
    for (size_t i = 0; i < o->count; i++)
        is_whole = is_whole && o->resources[i].observation.health != HEALTH_UNKNOWN;
    return is_whole;
}

/* True when everything could be read. */
static bool look_once(struct looking *l)
{
    bool is_whole = true;
    json_t *listed = json_array();
    struct observed_environment *seen = observing_read(&l->session, l->environments, l->count);

    for (size_t i = 0; i < l->count; i++) {
        struct standing standing;
        standing_read(&l->session, l->journal, &l->unread, seen[i].environment->name, &standing);
        json_t *document = observing_json(&seen[i]);
        standing_add_json(&standing, document);
        json_array_append_new(listed, document);
        if (!cli_is_json(l->cli))
            print_environment(l->cli, &seen[i], &standing);
        is_whole = is_known(&seen[i]) && is_whole;
        standing_clear(&standing);
        observing_clear(&seen[i]);
    }
    free(seen);
    if (cli_is_json(l->cli))
        cli_json(l->cli, json_pack("{s:O}", "environments", listed));
    json_decref(listed);
    return is_whole;
}

/* Looking makes no folders: where there is no journal, there is nothing to add. */
static void open_journal(struct looking *l)
{
    const char *directory;

    if (!session_state_directory(&l->session, &directory, &l->unread) ||
        (access(directory, F_OK) != 0 && errno == ENOENT))
        return;
    if (!session_journal(&l->session, &l->journal, &l->unread))
        l->journal = NULL;
}

static bool choose(struct looking *l, struct error *err)
{
    const char *name = cli_argument(l->cli, 0);

    if (!session_load(&l->session, err))
        return false;
    open_journal(l);
    l->environments = xcalloc(l->session.config->environment_count + 1, sizeof *l->environments);
    if (name != NULL) {
        l->count = 1;
        return session_environment(&l->session, name, &l->environments[0], err);
    }
    for (size_t i = 0; i < l->session.config->environment_count; i++)
        l->environments[l->count++] = &l->session.config->environments[i];
    return true;
}

static int watch(struct looking *l)
{
    char at[CLOCK_STAMP_SIZE];
    for (;;) {
        if (!cli_is_json(l->cli))
            answer_line(TONE_FAINT, clock_stamp(clock_world_ms(), at));
        (void)look_once(l);
        if (answer_is_closed())
            return EXIT_DONE;
        if (!cancel_sleep_ms(interrupt_cancel(), LOOK_EVERY_MS))
            return EXIT_INTERRUPTED;
    }
}

static int run(struct cli *cli)
{
    struct looking l = {.cli = cli};
    struct error err;
    int code;

    session_init(&l.session, cli);
    if (!interrupt_begin(&err) || !choose(&l, &err))
        code = cli_fail(cli, &err);
    else if (cli_flag(cli, "watch"))
        code = watch(&l);
    else
        code = look_once(&l) ? EXIT_DONE : EXIT_FAILED;
    free(l.environments);
    journal_close(l.journal);
    session_clear(&l.session);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "watch", .help = "look again every ten seconds; JSON Lines with --json"},
    {0},
};

const struct subcommand subcommand_status = {
    .name = "status",
    .arguments = "[ENV]",
    .summary = "Show the resources of each environment as AWS has them now",
    .details = "Resources are read at the same time, and reading changes nothing. \"unknown\" "
               "means that it could not\n"
               "be read; it never means healthy, and the exit code is 1 then.\n\n"
               "Examples:\n"
               "  flightdeck status\n"
               "  flightdeck status production --watch\n"
               "  flightdeck status --json | jq '.environments[].resources[] | select(.kind == "
               "\"lambda\")'",
    .options = options,
    .run = run,
};
