/*
 * doctor.c - `flightdeck doctor [ENV]`: is everything there that a release, and going back, will
 * need?
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "aws/client.h"
#include "cli/answer.h"
#include "cli/checking.h"
#include "cli/columns.h"
#include "cli/interrupt.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/tables.h"
#include "cli/trusting.h"
#include "cli/under_way.h"
#include "core/buf.h"
#include "core/checklist.h"
#include "core/clock.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/opening.h"
#include "core/process.h"
#include "core/step.h"

#define TOOL_LIMIT_MS 5000
#define LINE_CEILING 4000
#define LEAST_FREE_MIB 64
#define MOST_CLOCK_OFFSET_MS 60000 /* AWS refuses signatures at five minutes */
#define SHORTEST_CREDENTIALS_MS (2 * INT64_C(3600) * 1000)

struct doctor {
    struct cli *cli;
    struct session session;
    const struct environment *environment; /* NULL = none was named, or none is known */
    const struct signed_in *who;
    json_t *findings;
    size_t failed;
    struct buf holds; /* what a release waits for and a rollback does not; "" = nothing */
};

/* Nothing is broken, but a release may not start now. */
static void hold(struct doctor *d, const char *area, const char *hint, const char *text)
{
    buf_addf(&d->holds, "%s%s", d->holds.len > 0 ? "; " : "", text);
    json_array_append_new(d->findings, json_pack("{s:s, s:s, s:s, s:s}", "state", "hold", "area",
                                                 area, "text", text, "hint", hint));
}

static void add(struct doctor *d, const char *state, const char *area, const char *hint,
                const char *fmt, ...) FD_PRINTF(5, 6);

static void add(struct doctor *d, const char *state, const char *area, const char *hint,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    /* What could not be looked at is not proved: it stops a run as well. */
    d->failed += strcmp(state, "fail") == 0 || strcmp(state, "unknown") == 0;
    json_array_append_new(d->findings,
                          json_pack("{s:s, s:s, s:s, s:s}", "state", state, "area", area, "text",
                                    text, "hint", hint != NULL ? hint : ""));
}

static void add_error(struct doctor *d, const char *area, const struct error *err)
{
    add(d, "fail", area, err->hint, "%s%s%s", err->at, err->at[0] != '\0' ? ": " : "",
        err->message);
}

/* ---- this computer ---- */

static void look_at_tools(struct doctor *d)
{
    static const struct {
        const char *name, *what_for;
    } tools[] = {{"git", "knowing what a release changes"},
                 {"sh", "commands of the configuration"}};
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        const char *argv[] = {tools[i].name, "-c", "true", NULL},
                   *git[] = {"git", "--version", NULL};
        const struct process_options options = {.argv = i == 0 ? git : argv,
                                                .limit_ms = TOOL_LIMIT_MS};
        struct error err;
        int code;
        if (process_run(&options, NULL, &code, &err) && code == 0)
            add(d, "pass", "tools", NULL, "%s is there: %s", tools[i].name, tools[i].what_for);
        else
            add(d, "fail", "tools", "Install it.", "%s is missing: %s", tools[i].name,
                tools[i].what_for);
    }
}

static void look_at_terminal(struct doctor *d)
{
    const char *term = getenv("TERM"), *lang = getenv("LC_ALL");
    if (lang == NULL || lang[0] == '\0')
        lang = getenv("LC_CTYPE");
    if (lang == NULL || lang[0] == '\0')
        lang = getenv("LANG");
    if (!answer_is_terminal())
        add(d, "note", "terminal", NULL, "stdout is no terminal: runs are unattended");
    else
        add(d, "pass", "terminal", NULL, "%s, %s", term != NULL ? term : "unknown",
            lang != NULL ? lang : "no locale");
}

static void look_at_state(struct doctor *d)
{
    const char *directory;
    struct journal *journal = NULL;
    struct statvfs fs;
    size_t events = 0;
    struct error err;

    if (!session_state_directory(&d->session, &directory, &err) ||
        !session_journal(&d->session, &journal, &err)) {
        add_error(d, "journal", &err);
        return;
    }
    if (journal_verify(journal, &events, &err))
        add(d, "pass", "journal", NULL, "%s: %zu events, every hash fits", journal_path(journal),
            events);
    else
        add_error(d, "journal", &err);
    if (statvfs(directory, &fs) == 0 &&
        (uint64_t)fs.f_bavail * fs.f_frsize / (1u << 20) < LEAST_FREE_MIB)
        add(d, "fail", "journal", "Forward steps stop when it cannot be written.",
            "less than %d MiB are free in %s", LEAST_FREE_MIB, directory);
    if (d->environment != NULL)
        add(d, "note", "lock", NULL, "%s is %sdriven on this machine now", d->environment->name,
            engine_is_driven(directory, d->environment->name) ? "" : "not ");
    struct environment_lock lock;
    if (d->environment != NULL && locked_read(journal, d->environment->name, &lock, &err) &&
        lock.is_locked) {
        auto_free char *text = xasprintf("%s is locked by %s: %s", d->environment->name,
                                         locked_by(&lock), lock.reason);
        hold(d, "lock", "flightdeck unlock", text);
    }
    journal_close(journal);
}

/* ---- the configuration ---- */

static bool look_at_configuration(struct doctor *d)
{
    struct error err;
    struct checklist *checklist = NULL;
    bool is_trusted = false;
    const char *name = cli_argument(d->cli, 0);

    if (!session_load(&d->session, &err)) {
        add_error(d, "configuration", &err);
        return false;
    }
    add(d, "pass", "configuration", NULL, "%s: project %s", d->session.config->path,
        d->session.config->project);
    if (d->session.config->guide[0] != '\0' &&
        !checklist_load(d->session.config, NULL, &checklist, &err))
        add_error(d, "guide", &err);
    checklist_free(checklist);
    if (!trusting_is_given(&d->session, &is_trusted, &err))
        add_error(d, "trust", &err);
    else if (!is_trusted)
        add(d, "fail", "trust", "flightdeck config trust",
            "the commands of the configuration are not trusted yet");
    if (name == NULL && d->session.config->environment_count != 1)
        return true;
    if (session_environment(&d->session, name, &d->environment, &err))
        return true;
    add_error(d, "configuration", &err);
    return false;
}

/* ---- may a release start ---- */

/* As they were recorded: the probes of these items are asked by `check`, and by the run. */
static void look_at_items(struct doctor *d)
{
    struct checking checking;
    struct gate_state *gates;
    struct error err;
    size_t open = 0;

    if (!checking_open(&checking, &d->session, d->environment, NULL, &err)) {
        add_error(d, "checklist", &err);
        return;
    }
    size_t count = checking_gates(&checking, &gates);
    for (size_t i = 0; i < count; i++)
        if (gates[i].is_before_writes)
            open += json_array_size(json_object_get(gates[i].json, "blocking"));
    checking_free_gates(gates, count);
    checking_close(&checking);
    if (open == 0)
        return;
    auto_free char *text = xasprintf("%zu item%s of the checklist %s open", open,
                                     open == 1 ? "" : "s", open == 1 ? "is" : "are");
    hold(d, "checklist", "flightdeck check", text);
}

static void look_at_gates(struct doctor *d)
{
    struct error err;

    if (d->environment == NULL)
        return;
    if (!opening_check(d->environment, clock_world_ms(), &err))
        hold(d, "window", err.hint, err.message);
    if (d->session.config->guide[0] != '\0')
        look_at_items(d);
}

/* ---- AWS ---- */

static void look_at_credentials(struct doctor *d)
{
    const struct aws *aws = d->who->world.aws;
    const struct aws_settings *settings = aws_settings(aws);
    int64_t left_ms = settings->credentials.expires_at_ms - clock_wall_ms();
    struct aws_statistics statistics = aws_statistics(aws);
    char left[CLOCK_STAMP_SIZE];

    add(d, "pass", "sign-in", NULL, "%s in account %s, from %s, region %s", d->who->actor.name,
        d->who->actor.account, settings->credentials.source, settings->region);
    if (settings->credentials.expires_at_ms == 0)
        add(d, "note", "sign-in", NULL, "when these credentials end is not known");
    else
        add(d, left_ms < SHORTEST_CREDENTIALS_MS ? "fail" : "pass", "sign-in",
            "Sign in again before a release.", "these credentials last another %s",
            clock_duration_text(left_ms > 0 ? left_ms : 0, left));
    add(d, llabs(statistics.clock_offset_ms) > MOST_CLOCK_OFFSET_MS ? "fail" : "pass", "clock",
        "Set it by NTP.", "this computer's clock is %.1f s from AWS's",
        (double)statistics.clock_offset_ms / 1000);
    if (d->session.config->rollback_profile[0] != '\0')
        add(d, aws_has_keys(d->who->world.rollback_aws) ? "pass" : "fail", "rollback",
            "See rollback.as in the configuration.", "profile %s for going back %s",
            d->session.config->rollback_profile,
            aws_has_keys(d->who->world.rollback_aws) ? "can be read" : "cannot be read");
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        add(d, "note", "endpoint", NULL, "%s is %s", aws_service_name((enum aws_service)service),
            aws_origin(aws, (enum aws_service)service));
}

/* What `run` reads before its first write: also whether a rollback would be allowed now. */
static void look_ahead(struct doctor *d)
{
    struct engine *engine = NULL;
    const char *directory;
    struct error err;
    json_t *findings = NULL, *finding;
    bool is_passed;
    size_t i;

    if (!session_state_directory(&d->session, &directory, &err))
        return;
    const struct engine_options options = {
        .house = tables_house(),
        .config = d->session.config,
        .environment = d->environment,
        .world = d->who->world,
        .state_directory = directory,
        .actor = d->who->actor,
        .is_unattended = true,
    };
    if (!engine_open(&options, &engine, &err)) {
        add(d, strcmp(err.code, "locked") == 0 ? "note" : "fail", "preflight", err.hint, "%s",
            err.message);
        return;
    }
    if (!engine_preflight(engine, &findings, &is_passed, &err))
        add_error(d, "preflight", &err);
    json_array_foreach(findings, i, finding)
        add(d, json_string_value(json_object_get(finding, "state")),
            json_string_value(json_object_get(finding, "step")), NULL, "%s",
            json_string_value(json_object_get(finding, "text")));
    json_decref(findings);
    engine_close(engine);
}

static void look_at_aws(struct doctor *d)
{
    struct error err;
    if (d->environment == NULL) {
        add(d, "note", "sign-in", NULL, "name an environment, and AWS is looked at too");
        return;
    }
    if (!session_sign_in(&d->session, d->environment, &d->who, &err)) {
        add_error(d, "sign-in", &err);
        return;
    }
    look_at_credentials(d);
    look_ahead(d);
}

/* ---- telling ---- */

static enum tone tone_of(const char *state)
{
    if (strcmp(state, "fail") == 0)
        return TONE_BAD;
    return strcmp(state, "unknown") == 0 || strcmp(state, "hold") == 0 ? TONE_WARN : TONE_PLAIN;
}

static void tell(struct doctor *d)
{
    struct columns table;
    json_t *finding;
    size_t i;

    if (cli_is_json(d->cli)) {
        cli_json(d->cli, json_pack("{s:s?, s:b, s:b, s:O}", "env",
                                   d->environment != NULL ? d->environment->name : NULL, "ok",
                                   d->failed == 0, "may_start", d->failed == 0 && d->holds.len == 0,
                                   "findings", d->findings));
        return;
    }
    columns_init(&table, 4);
    json_array_foreach(d->findings, i, finding)
    {
        const char *state = json_string_value(json_object_get(finding, "state"));
        bool is_good = strcmp(state, "pass") == 0 || strcmp(state, "note") == 0;
        columns_add(&table, tone_of(state),
                    (const char *const[]){
                        strcmp(state, "fail") == 0 ? "NO" : state,
                        json_string_value(json_object_get(finding, "area")),
                        json_string_value(json_object_get(finding, "text")),
                        is_good ? "" : json_string_value(json_object_get(finding, "hint"))});
    }
    columns_print(&table, 0);
    columns_clear(&table);
    if (d->failed == 0 && d->holds.len > 0)
        answer_linef(TONE_WARN, "a rollback would work now; a release may not start: %s",
                     d->holds.ptr);
    else if (d->failed == 0)
        answer_line(TONE_GOOD, "nothing stands in the way");
    else
        answer_linef(TONE_BAD, "%zu thing%s in the way", d->failed,
                     d->failed == 1 ? " stands" : "s stand");
}

static int run(struct cli *cli)
{
    struct doctor d = {.cli = cli, .findings = json_array()};
    struct error err;

    if (!interrupt_begin(&err)) {
        json_decref(d.findings);
        return cli_fail(cli, &err);
    }
    buf_init(&d.holds, LINE_CEILING);
    session_init(&d.session, cli);
    look_at_tools(&d);
    look_at_terminal(&d);
    if (look_at_configuration(&d)) {
        look_at_state(&d);
        look_at_gates(&d);
        look_at_aws(&d);
    }
    tell(&d);
    buf_clear(&d.holds);
    json_decref(d.findings);
    session_clear(&d.session);
    interrupt_end();
    return d.failed == 0 ? EXIT_DONE : EXIT_FAILED;
}

const struct subcommand subcommand_doctor = {
    .name = "doctor",
    .arguments = "[ENV]",
    .summary = "Look whether everything is there that a release and going back will need",
    .details = "Tools, configuration, trust, journal, sign-in and its end, clock, endpoints; with "
               "ENV also what `run`\n"
               "reads before its first write, and whether a rollback would be allowed now. Changes "
               "nothing.\n"
               "A window, a freeze, a lock and open items are no fault: the exit code stays 0, and "
               "the last line says\n"
               "why a release may not start.\n\n"
               "Examples:\n"
               "  flightdeck doctor\n"
               "  flightdeck doctor production",
    .run = run,
};
