/*
 * demo.c - `flightdeck demo`: the FinAlly example on a sandbox, in the console or, with --headless,
 * flown by a script.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/sts.h"
#include "cli/answer.h"
#include "cli/consoling.h"
#include "cli/demo_person.h"
#include "cli/demo_world.h"
#include "cli/drive.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/plans.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/cancel.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"
#include "core/text.h"
#include "net/transport.h"

#define ENVIRONMENT "production"
#define STAGING "staging"
#define DEFAULT_SPEED "60"
#define ITEMS_LEFT 4
#define REPORT_NAME "report.md"
#define MOST_FAULTS 16
#define MOST_OVERRIDES 8
#define EVERY_DAY 0x7fu
#define MINUTES_OF_A_DAY (24 * 60)

struct demo {
    struct cli *cli;
    struct demo_world world;
    struct session session;
    struct demo_person person;
    struct drive drive;
    const struct environment *environment;
    const struct signed_in *who;
    char second[200]; /* the sign-in name of Li */
    json_t *plan;
    char *overrides[MOST_OVERRIDES];
    size_t override_count;
};

static void read_wishes(const struct cli *cli, struct demo_wishes *out,
                        const char *faults[static MOST_FAULTS])
{
    size_t count = 0;
    const char *fault;
    while (count + 1 < MOST_FAULTS && (fault = cli_value_at(cli, "fault", count)) != NULL)
        faults[count++] = fault;
    faults[count] = NULL;
    *out = (struct demo_wishes){
        .keep = cli_value(cli, "keep"),
        .scenario = cli_value(cli, "scenario"),
        .speed = cli_value(cli, "speed") != NULL ? cli_value(cli, "speed") : DEFAULT_SPEED,
        .seed = cli_value(cli, "seed"),
        .rate = cli_value(cli, "rate"),
        .errors = cli_value(cli, "errors"),
        .slow = cli_value(cli, "slow"),
        .faults = faults,
    };
}

/* The example's addresses are those of a real site; here they are the sandbox's. */
static void point_to_sandbox(struct demo *d)
{
    static const char *const names[] = {"dev", "staging", "production"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *override = xasprintf("%s.url=%s/app/%s", names[i], d->world.sandbox_url, names[i]);
        d->overrides[d->override_count++] = override;
        session_override(&d->session, override);
    }
}

/* Li has keys of her own: four eyes are four here too. */
static bool sign_in_second(struct demo *d, struct error *err)
{
    static const char key_id[] = "AWS_ACCESS_KEY_ID", secret_key[] = "AWS_SECRET_ACCESS_KEY";
    auto_free char *first_id = xstrdup(getenv(key_id)), *first_secret = xstrdup(getenv(secret_key));
    struct sts_identity identity;
    struct aws *aws = NULL;

    if (d->world.second_key_id == NULL || d->world.second_secret_key == NULL)
        return error_set(err, ERROR_INTERNAL, "the sandbox named no second person");
    (void)setenv(key_id, d->world.second_key_id, 1);
    (void)setenv(secret_key, d->world.second_secret_key, 1);
    bool ok = session_plain_aws(&d->session, NULL, &aws, err);
    (void)setenv(key_id, first_id, 1);
    (void)setenv(secret_key, first_secret, 1);
    ok = ok && sts_get_caller_identity(aws, interrupt_cancel(), &identity, err);
    aws_close(aws);
    if (ok)
        text_copy(d->second, sizeof d->second, identity.arn);
    return ok;
}

static bool open_session(struct demo *d, struct error *err)
{
    session_init(&d->session, d->cli);
    d->session.config_path = d->world.config_path;
    d->session.is_own_state = true;
    d->session.state_directory = xstrdup(d->world.state);
    point_to_sandbox(d);
    return session_environment(&d->session, ENVIRONMENT, &d->environment, err) &&
           session_sign_in(&d->session, d->environment, &d->who, err) && sign_in_second(d, err);
}

/*
 * Production asks for a release that staging has had: this one goes there first, without its story
 * being told. When staging does not like it either, that is for the people of the demo to weigh.
 */
static bool fly_through_staging(struct demo *d, struct error *err)
{
    const struct environment *staging;
    const struct signed_in *who;
    struct drive drive = {.is_quiet = true};
    struct run *run = NULL;
    json_t *plan = NULL;

    bool ok = session_environment(&d->session, STAGING, &staging, err) &&
              session_sign_in(&d->session, staging, &who, err) &&
              plans_make(&d->session, staging, &plan, err) &&
              drive_open(&drive, &d->session, staging, &who->world, &who->actor, true, err) &&
              engine_start(drive.engine, NULL, plan, err) && drive_follow(&drive, &run, err);
    drive_close(&drive);
    json_decref(plan);
    if (ok && !cli_is_json(d->cli)) {
        auto_free char *outcome = report_outcome(run);
        cli_say(d->cli, "staging, %s: %s", run->id, outcome);
    }
    run_free(run);
    if (ok && interrupt_count() > 0)
        return error_set(err, ERROR_CANCELLED,
                         "interrupted before anything was begun in production");
    return ok;
}

static bool fly(struct demo *d, struct error *err)
{
    char run_id[32];

    if (!fly_through_staging(d, err) || !plans_make(&d->session, d->environment, &d->plan, err) ||
        !demo_person_begin(&d->person, &d->session, d->environment, d->second, err) ||
        !drive_open(&d->drive, &d->session, d->environment, &d->who->world, &d->who->actor, false,
                    err))
        return false;
    d->drive.watch = demo_person_watch;
    d->drive.closure = &d->person;
    d->drive.has_left = &d->person.has_left;
    if (!cli_is_json(d->cli))
        plans_print(d->cli, d->plan, false);
    return engine_prepare(d->drive.engine, "default", run_id, err) &&
           demo_person_look_before(&d->person, d->drive.engine, ITEMS_LEFT, err) &&
           drive_preflight(&d->drive, err) && engine_start(d->drive.engine, run_id, d->plan, err);
}

/* ---- afterwards ---- */

static bool write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool ok = file != NULL && fputs(text, file) >= 0;
    return (file == NULL || fclose(file) == 0) && ok;
}

static void write_report(struct demo *d, const struct run *run)
{
    struct journal *journal = NULL;
    struct event **events = NULL;
    size_t count = 0;
    struct error err;
    const char *wanted = cli_value(d->cli, "report");
    auto_free char *path =
        wanted != NULL ? xstrdup(wanted) : xasprintf("%s/" REPORT_NAME, d->world.directory);

    if (!session_journal(&d->session, &journal, &err) ||
        !journal_read(journal, run->id, 0, &events, &count, &err)) {
        cli_note(d->cli, "flightdeck: no report: %s", err.message);
        journal_close(journal);
        return;
    }
    auto_free char *markdown = report_markdown(run, events, count);
    if (!write_text(path, markdown))
        cli_note(d->cli, "flightdeck: could not write %s: %s", path, strerror(errno));
    else if (wanted != NULL || d->world.is_kept)
        cli_say(d->cli, "report: %s", path);
    journal_events_free(events, count);
    journal_close(journal);
}

/* What users met, as the sandbox counted it; it is no part of the release's own evidence. */
static bool read_traffic(struct demo *d, json_t **out, struct error *err)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    struct transport *transport;
    const struct resource *api = config_resource_of_kind(d->environment, "lambda");
    auto_free char *url = xasprintf("%s/_sandbox/traffic?function=%s", d->world.sandbox_url,
                                    api != NULL ? config_resource_text(api, "lambda") : "");

    if (!session_transport(&d->session, &transport, err))
        return false;
    http_request_init(&request, "GET", url);
    http_reply_init(&reply);
    bool ok = transport_exchange(transport, &request, NULL, &reply, &sent, err);
    json_t *document = ok ? json_loadb(reply.body.ptr, reply.body.len, 0, NULL) : NULL;
    if (ok && document == NULL)
        ok = error_set(err, ERROR_INTERNAL, "the sandbox did not answer with JSON");
    http_request_clear(&request);
    http_reply_clear(&reply);
    if (ok)
        *out = document;
    return ok;
}

static void tell_traffic(struct demo *d, const char *run_id)
{
    json_t *traffic = NULL, *version;
    struct error err;
    const char *name;

    if (!read_traffic(d, &traffic, &err)) {
        cli_note(d->cli, "flightdeck: the sandbox's own count is not known: %s", err.message);
        return;
    }
    if (cli_is_json(d->cli)) {
        json_t *line = follow_line(run_id, "demo_traffic");
        json_object_set(line, "traffic", traffic);
        cli_json(d->cli, line);
    } else {
        json_object_foreach(json_object_get(traffic, "versions"), name, version)
            cli_say(d->cli, "v%s: %lld requests since the first shift, %lld of them failed", name,
                    (long long)json_integer_value(json_object_get(version, "since_first_weight")),
                    (long long)json_integer_value(json_object_get(version, "failed")));
    }
    json_decref(traffic);
}

static void tell_exports(struct demo *d, const char *run_id)
{
    json_t *exports = json_object();
    for (size_t i = 0; i < d->world.export_count; i++) {
        const char *equals = strchr(d->world.exports[i], '=');
        auto_free char *name =
            xstrndup(d->world.exports[i], (size_t)(equals - d->world.exports[i]));
        json_object_set_new(exports, name, json_string(equals + 1));
        cli_say(d->cli, "export %s='%s'", name, equals + 1);
    }
    if (cli_is_json(d->cli)) {
        json_t *line = follow_line(run_id, "held");
        json_object_set(line, "exports", exports);
        cli_json(d->cli, line);
    }
    cli_say(d->cli, "# held: the sandbox goes on until the end of stdin, or Ctrl-C");
    json_decref(exports);
}

/* Until the end of stdin, or a signal. */
static void hold(struct demo *d, const char *run_id)
{
    char ignored[256];
    struct cancel *cancel = interrupt_cancel();

    tell_exports(d, run_id);
    while (!cancel_is_set(cancel)) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = cancel_fd(cancel), .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0 &&
            read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return;
    }
}

static void tell_what_is_left(const struct demo *d)
{
    if (d->world.is_kept)
        cli_say(d->cli, "kept: %s; FLIGHTDECK_STATE_DIR=%s flightdeck report", d->world.directory,
                d->world.state);
    else
        cli_say(d->cli, "its journal is gone now; --keep DIR keeps everything, and with "
                        "--headless --report FILE the report");
}

static int finish(struct demo *d, const struct run *run)
{
    int code = drive_end(&d->drive, run);
    /* The journal is read, and held for the AWS CLI of whoever looks, after the engine has let go
     * of it. */
    drive_close(&d->drive);
    tell_traffic(d, run->id);
    write_report(d, run);
    if (cli_flag(d->cli, "hold"))
        hold(d, run->id);
    if (d->world.is_kept || cli_value(d->cli, "report") == NULL)
        tell_what_is_left(d);
    return code;
}

/* ---- with the console ---- */

/* Who tries it out does so when they have the time, not when the example's team releases. */
static void open_at_any_hour(struct config *config)
{
    for (size_t i = 0; i < config->environment_count; i++) {
        struct time_window *window = config->environments[i].window;
        if (window == NULL)
            continue;
        free(window->text);
        window->text = xstrdup("at any hour, in a demo");
        window->weekdays = EVERY_DAY;
        window->from_minute = 0;
        window->to_minute = MINUTES_OF_A_DAY;
    }
}

/* As on the day of a release: the team has looked at most of the list. */
static bool set_the_scene(struct demo *d, struct error *err)
{
    char run_id[32];

    if (!interrupt_begin(err) || !open_session(d, err) ||
        !demo_person_begin(&d->person, &d->session, d->environment, d->second, err) ||
        !drive_open(&d->drive, &d->session, d->environment, &d->who->world, &d->who->actor, true,
                    err))
        return false;
    open_at_any_hour(d->session.config);
    bool ok = engine_prepare(d->drive.engine, "default", run_id, err) &&
              demo_person_look_before(&d->person, d->drive.engine, ITEMS_LEFT, err);
    drive_close(&d->drive);
    return ok;
}

static int open_console(struct demo *d)
{
    struct error err;

    if (!set_the_scene(d, &err))
        return cli_fail(d->cli, &err);
    interrupt_end(); /* signals are the console's from here on */
    const struct consoling consoling = {
        .cli = d->cli,
        .session = &d->session,
        .environment = cli_value(d->cli, "env") != NULL ? cli_value(d->cli, "env") : ENVIRONMENT,
        .is_demo = true,
        .second = d->second};
    int code = consoling_run(&consoling);
    tell_what_is_left(d);
    return code;
}

static int run(struct cli *cli)
{
    struct demo d = {.cli = cli, .world.lifeline = -1};
    struct demo_wishes wishes;
    const char *faults[MOST_FAULTS];
    struct run *run = NULL;
    struct error err;
    int code;

    bool is_headless = cli_flag(cli, "headless") || cli_is_json(cli);
    if (!is_headless && !consoling_can(cli, &err))
        return cli_fail(cli, &err);
    if (!is_headless)
        consoling_begin();
    read_wishes(cli, &wishes, faults);
    if (!demo_world_begin(&d.world, &wishes, &err))
        return cli_fail(cli, &err);
    if (!is_headless)
        code = open_console(&d);
    else if (interrupt_begin(&err) && open_session(&d, &err) && fly(&d, &err) &&
             drive_follow(&d.drive, &run, &err))
        code = finish(&d, run);
    else
        code = cli_fail(cli, &err);
    run_free(run);
    drive_close(&d.drive);
    demo_person_end(&d.person);
    json_decref(d.plan);
    session_clear(&d.session);
    for (size_t i = 0; i < d.override_count; i++)
        free(d.overrides[i]);
    demo_world_end(&d.world);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "headless",
     .help = "no console: the people of the demo are played, and everything is printed"},
    {.name = "scenario",
     .value = "NAME",
     .help = "how the new version behaves: healthy, bad-canary, slow-canary, ..."},
    {.name = "speed", .value = "N", .help = "how much faster than the world; default 60"},
    {.name = "seed", .value = "N", .help = "the same seed draws the same traffic"},
    {.name = "rate", .value = "N", .help = "requests per second in production; default 50"},
    {.name = "errors", .value = "PERCENT", .help = "how often production's new version throws"},
    {.name = "slow", .value = "PERCENT", .help = "how often it takes 2 s and more"},
    {.name = "fault",
     .value = "OPERATION=KIND[:N]",
     .help = "let calls fail: see `help sandbox`",
     .is_repeated = true},
    {.name = "report",
     .value = "FILE",
     .help = "with --headless: write the report of the run there"},
    {.name = "keep", .value = "DIR", .help = "use this new folder, and leave everything in it"},
    {.name = "hold",
     .help = "when it is over, keep the sandbox until stdin ends, and print how to reach it"},
    CONSOLING_OPTIONS,
    {0},
};

const struct subcommand subcommand_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "Fly one whole release on a sandbox: no account, nothing to install",
    .details =
        "Starts a local AWS with three environments and traffic, and opens the console on "
        "it: you release the\n"
        "FinAlly example into its production - the last four items of the checklist, "
        "approval, snapshot, new version,\n"
        "1 to 100 % judged per version, watch, all-clear - or roll it back with `!`. Li, who "
        "approves, is played by a\n"
        "script; with --headless you are too, and everything is printed. Nothing outside of "
        "this computer is reached,\n"
        "no AWS variable or file of yours is used, and everything is gone at the end.\n\n"
        "Examples:\n"
        "  flightdeck demo\n"
        "  flightdeck demo --scenario bad-canary\n"
        "  flightdeck demo --headless\n"
        "  flightdeck demo --headless --scenario bad-canary --report bad.md\n"
        "  flightdeck demo --headless --scenario slow-canary --speed 600 --seed 7\n"
        "  flightdeck demo --headless --keep /tmp/demo --hold\n\n"
        "Exit codes are those of `run`: 0 released, 4 put back and verified, 6 held; 0 too when "
        "nothing was released.",
    .options = options,
    .run = run,
};
