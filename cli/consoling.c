/*
 * consoling.c - see consoling.h.
 */
#include "cli/consoling.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/attaching.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/desk.h"
#include "cli/session.h"
#include "cli/signing_in.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"
#include "core/seat.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/console.h"

#define MOST_TRIES 3
#define ENDING_MS 5000 /* wall: for an engine that nobody needs */
#define DYING_MS 1000
#define LOOK_AGAIN_MS 10
#define LOOK_EVERY_MS 200 /* wall: how late the end of a run is seen when nobody looks on */

void consoling_begin(void) { console_block_signals(); }

static struct term_options terminal_of(const struct cli *cli)
{
    return (struct term_options){
        .in = stdin,
        .out = stdout,
        .term = getenv("TERM"),
        .wants_ascii = cli_flag(cli, "ascii"),
        .colours = cli_flag(cli, "no-color") ? TERM_COLOURS_NONE : TERM_COLOURS_AUTO,
        .wants_mouse = !cli_flag(cli, "no-mouse"),
        .theme = cli_value(cli, "theme"),
    };
}

bool consoling_can(const struct cli *cli, struct error *err)
{
    if (cli_flag(cli, "plain"))
        return true;
    if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
        const struct term_options terminal = terminal_of(cli);
        return term_can(&terminal, err);
    }
    error_set(err, ERROR_USAGE, "the console needs a terminal for its input and its output");
    return error_hint(err, "--plain works with pipes; `flightdeck help` lists the verbs.");
}

static void read_local_time(struct app_options *out)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm local;

    if (localtime_r(&now, &local) == NULL)
        return;
    out->utc_offset_minutes = (int)(local.tm_gmtoff / 60);
    out->zone = local.tm_zone;
}

/* What a console does to the world begins when there is something to see. */
static void begin(void *closure)
{
    struct desk *desk = closure;
    struct error err;

    if (!desk_begin(desk, &err))
        log_line(LOG_LEVEL_ERROR, "console", "%s", err.message);
}

/* Where a person may sign in anew: whom the console was started as. */
static const char *profile_of(const struct cli *cli)
{
    const char *profile = cli_value(cli, "profile");
    const char *const others[] = {getenv("AWS_PROFILE"), getenv("AWS_DEFAULT_PROFILE")};

    for (size_t i = 0; profile == NULL && i < sizeof others / sizeof others[0]; i++)
        profile = others[i];
    return profile;
}

static struct console_options options_of(const struct consoling *c, const char *saved,
                                         struct desk *desk)
{
    const struct cli *cli = c->cli;
    struct console_options out = {
        .app = {.environment = c->environment != NULL ? c->environment : cli_value(cli, "env"),
                .is_read_only = cli_flag(cli, "read-only"),
                .is_demo = c->is_demo,
                .can_sign_in = !cli_flag(cli, "plain"),
                .profile = profile_of(cli)},
        .term = terminal_of(cli),
        .is_plain = cli_flag(cli, "plain"),
        .is_quiet = cli_flag(cli, "no-notify"),
        .save_directory = saved,
        .sign_in = signing_in,
        .on_shown = begin,
        .closure = desk,
    };
    read_local_time(&out.app);
    return out;
}

/* True when it came within the time. also: another one, or the same. */
static bool wait_for(int signal, int also, int64_t wall_ms)
{
    const struct timespec limit = {.tv_sec = wall_ms / 1000, .tv_nsec = (wall_ms % 1000) * 1000000};
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal);
    (void)sigaddset(&set, also);
    return sigtimedwait(&set, NULL, &limit) > 0;
}

static void hear_nothing(struct wire *wire)
{
    json_t *news;
    while ((news = wire_hear(wire)) != NULL)
        json_decref(news);
}

static void stop(struct wire *wire, const char *environment)
{
    wire_ask(wire, json_pack("{s:s, s:i, s:s, s:s, s:s}", "verb", "command", "id", 0, "env",
                             environment, "command", "abort", "reason", "interrupted by a signal"));
}

/* ---- the end ---- */

static struct run *read_run(struct session *session, const char *run_id)
{
    struct journal *journal = NULL;
    struct run *run = NULL;
    struct error ignored;

    if (!session_journal(session, &journal, &ignored) ||
        !journal_read_run(journal, run_id, &run, &ignored))
        run = NULL;
    journal_close(journal);
    return run;
}

/* The last line that whoever leaves reads, and the exit code: of what was driven here, as `run`. */
static int tell_end(const struct consoling *c, struct desk *desk, bool is_heard, int code)
{
    const char *environment;
    char run_id[32];

    if (!desk_flown(desk, &environment, run_id))
        return code;
    struct run *run = read_run(c->session, run_id);
    auto_free char *outcome = run != NULL ? report_outcome(run) : NULL;
    if (run != NULL && is_heard)
        cli_say(c->cli, "%s: %s%s%s", run_id, outcome,
                c->is_demo ? "" : "; report: flightdeck report ", c->is_demo ? "" : run_id);
    code = run != NULL ? run_exit_code(run) : EXIT_UNKNOWN;
    run_free(run);
    return code;
}

/* A way back is never stopped: what it is to undo would come again. */
static bool is_to_stop(struct desk *desk, const char *environment)
{
    return desk_is_going_back(desk) != environment;
}

/* Nobody looks on any more; what was begun is brought to its end, or stopped, one after the other.
 */
static int fly_alone(const struct cli *cli, struct desk *desk, struct wire *wire, bool is_stopped)
{
    const char *environment, *stopped = NULL;

    while ((environment = desk_is_driving(desk)) != NULL) {
        if (is_stopped && environment != stopped && is_to_stop(desk, environment)) {
            cli_note(cli, "flightdeck: %s is being stopped; traffic goes back first", environment);
            stop(wire, environment);
            stopped = environment;
        }
        hear_nothing(wire);
        if (wait_for(SIGTERM, SIGTERM, LOOK_EVERY_MS) && is_to_stop(desk, environment))
            stop(wire, environment);
    }
    return EXIT_INTERRUPTED;
}

/* Whoever leaves does not take a way back with them that they asked for. */
static void come_back(const struct consoling *c, struct desk *desk, struct wire *wire)
{
    const char *environment = desk_is_going_back(desk);

    if (environment == NULL)
        return;
    cli_note(c->cli, "flightdeck: %s is being rolled back; Ctrl-C leaves it as it is", environment);
    while (desk_is_going_back(desk) != NULL && !wait_for(SIGTERM, SIGINT, LOOK_EVERY_MS))
        hear_nothing(wire);
}

/* The run goes on as lines: what it asks is read out, and answered by a line. */
static bool go_on_plainly(const struct consoling *c, struct desk *desk, struct wire *wire,
                          struct console_options *options, enum console_end *end, int *code,
                          struct error *err)
{
    cli_note(
        c->cli,
        "flightdeck: the run goes on here, as lines. help lists the commands; Ctrl-C stops the "
        "run and puts the traffic back; `flightdeck rollback %s` does it from any terminal",
        desk_is_driving(desk));
    options->is_plain = true;
    hear_nothing(wire);
    desk_greet(desk);
    return console_run(wire, options, end, code, err);
}

static bool look_on(const struct consoling *c, struct desk *desk, struct wire *wire,
                    const char *saved, int *code, struct error *err)
{
    struct console_options options = options_of(c, saved, desk);
    enum console_end end;

    bool ok = console_run(wire, &options, &end, code, err);
    if (ok && end == CONSOLE_LEFT && desk_is_driving(desk) != NULL)
        ok = go_on_plainly(c, desk, wire, &options, &end, code, err);
    if (ok && end == CONSOLE_LEFT)
        come_back(c, desk, wire);
    else
        *code = fly_alone(c->cli, desk, wire, ok && (end == CONSOLE_TERMINATED || c->is_demo));
    if (ok)
        *code = tell_end(c, desk, end != CONSOLE_HUNG_UP, *code);
    return ok;
}

/* What is saved and remembered has its place before anything is on record. */
static char *open_state(struct session *session)
{
    const char *directory;
    struct error no_state;

    if (!session_state_directory(session, &directory, &no_state))
        return NULL;
    if (!journal_make_directory(directory, &no_state)) /* of another user, perhaps */
        return NULL;
    auto_free char *log = xasprintf("%s/engine.log", directory);
    FD_IGNORE(log_open(log, &no_state));
    return xasprintf("%s/saved", directory);
}

/* ---- attached to an engine in another process ---- */

/* Whoever leaves is told what goes on without them, and how to get at it. */
static int tell_left(const struct consoling *c, struct attaching *attached, int code)
{
    char driven[128];
    bool is_there = attaching_driven(attached, driven);

    if (driven[0] == '\0')
        return code;
    if (is_there)
        cli_note(c->cli,
                 "flightdeck: the run of %s goes on in the engine. `flightdeck` shows it again; "
                 "`flightdeck rollback %s` takes it back from any terminal",
                 driven, driven);
    else
        cli_note(c->cli,
                 "flightdeck: the engine is gone, and a run of %s was under way: `flightdeck "
                 "status %s`",
                 driven, driven);
    return is_there ? EXIT_INTERRUPTED : EXIT_UNKNOWN;
}

static int look_on_attached(const struct consoling *c, struct attaching *attached,
                            struct wire *wire, const char *saved)
{
    struct console_options options = options_of(c, saved, NULL);
    enum console_end end;
    struct error err;
    int code = EXIT_DONE;

    options.app.is_attached = true;
    options.on_shown = NULL;
    if (!console_run(wire, &options, &end, &code, &err))
        return cli_fail(c->cli, &err);
    return tell_left(c, attached, end == CONSOLE_LEFT ? code : EXIT_INTERRUPTED);
}

/* The words that start an engine for the same project, as this console was started. Yours. */
static const char **engine_words(const struct consoling *c, const char *program, const char *state)
{
    static const char *const handed_on[] = {"profile", "region", "endpoint-url"};
    const char **words = xcalloc(16 + 2 * c->session->override_count, sizeof *words);
    size_t n = 0;

    words[n++] = program;
    words[n++] = "engine";
    words[n++] = "--config";
    words[n++] = c->session->config->path;
    words[n++] = "--state-dir";
    words[n++] = state;
    for (size_t i = 0; i < sizeof handed_on / sizeof handed_on[0]; i++) {
        const char *value = cli_value(c->cli, handed_on[i]);
        if (value == NULL)
            continue;
        words[n++] = i == 0 ? "--profile" : i == 1 ? "--region" : "--endpoint-url";
        words[n++] = value;
    }
    for (size_t i = 0; i < c->session->override_count; i++) {
        words[n++] = "--set";
        words[n++] = c->session->overrides[i];
    }
    return words;
}

static int run_attached(const struct consoling *c, const char *state, struct attaching **attached,
                        struct wire *wire)
{
    auto_free char *saved = xasprintf("%s/saved", state);
    int code = look_on_attached(c, *attached, wire, saved);

    attaching_close(*attached);
    wire_free(wire);
    return code;
}

/* Within that time, wall ms: who dies closes its socket before it lets go of the lock. */
static bool is_left(const char *state, int64_t limit_ms)
{
    int64_t until_ms = clock_boot_ms() + limit_ms;
    struct seat_holder holder;
    bool is_there;

    while ((is_there = seat_look(state, &holder)) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, LOOK_AGAIN_MS);
    return !is_there;
}

/* Of an engine that acts otherwise, and that nobody needs. */
static bool end_unused(const char *state, const char *by)
{
    struct error ignored;

    return attaching_stop(state, ATTACHING_STOP_UNUSED, by, NULL, &ignored) &&
           is_left(state, ENDING_MS);
}

/* A release outlives a screen; what goes to a pipe, or only looks on, needs no engine of its own.
 */
static bool may_start(const struct consoling *c)
{
    return !cli_flag(c->cli, "plain") && !cli_flag(c->cli, "read-only");
}

/* It reaches another AWS, reads another configuration, or is of another version. */
static bool is_other(const struct error *err)
{
    static const char *const codes[] = {ATTACHING_OTHER_PLACE, ATTACHING_OTHER_CONFIGURATION,
                                        ATTACHING_OTHER_WIRE};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(err->code, codes[i]) == 0)
            return true;
    return false;
}

/* One that is another than ours is replaced where nobody needs it. */
static bool open_engine(const struct consoling *c, const char *state, const char **words,
                        const struct attaching_options *options, struct attaching **out,
                        struct error *err)
{
    struct seat_holder holder;

    for (int tries = 0; tries < MOST_TRIES; tries++) {
        bool is_there = seat_look(state, &holder);
        if (!is_there && !may_start(c))
            return error_code(err, "not-running");
        /* Another console may be quicker. */
        if (!is_there && !attaching_start(words, err) && !seat_look(state, &holder))
            return false;
        if (attaching_open(options, out, err))
            return true;
        /* It died between the two looks, or over our words. */
        bool is_gone = strcmp(err->code, "not-running") == 0 ||
                       (err->kind == ERROR_TRANSIENT && is_left(state, DYING_MS));
        if (!is_gone && !(is_other(err) && may_start(c) && end_unused(state, options->user_host)))
            return false;
    }
    return false;
}

/* False: this console has its own engine; *why says why it is not another, "" = asked for. */
static bool attach(const struct consoling *c, int *code, struct error *why)
{
    char program[PATH_MAX] = "";
    const char *state;
    struct actor actor;
    struct caller caller;
    struct attaching *attached;

    why->message[0] = '\0';
    if (c->is_demo || cli_flag(c->cli, "in-process") ||
        !session_state_directory(c->session, &state, why) ||
        readlink("/proc/self/exe", program, sizeof program - 1) <= 0)
        return false;
    engine_actor_local(&actor);
    caller_of(c->session, &caller);
    auto_free const char **words = engine_words(c, program, state);
    struct wire *wire = wire_new();
    const struct attaching_options options = {.state_directory = state,
                                              .project = c->session->config->project,
                                              .user_host = actor.user_host,
                                              .caller = &caller,
                                              .is_read_only = cli_flag(c->cli, "read-only"),
                                              .restart = words,
                                              .wire = wire};
    bool is_attached = open_engine(c, state, words, &options, &attached, why);
    if (is_attached)
        *code = run_attached(c, state, &attached, wire);
    else
        wire_free(wire);
    caller_clear(&caller);
    return is_attached;
}

/* What an older engine says of itself does not know what this program can do. */
static const char *way_out(const struct error *why)
{
    return strcmp(why->code, ATTACHING_OTHER_WIRE) == 0
               ? "`!` rolls back all the same; `flightdeck engine restart` lets one of this "
                 "version "
                 "drive on"
               : why->hint;
}

static void tell_why(struct wire *wire, const struct error *why)
{
    if (why->message[0] == '\0' || strcmp(why->code, "not-running") == 0)
        return;
    auto_free char *text =
        xasprintf("this console has an engine of its own: %s. %s", why->message, way_out(why));
    auto_free char *safe = text_safe(text);
    wire_tell(wire, json_pack("{s:s, s:s, s:s, s:I}", "news", "said", "text", safe, "mood", "warn",
                              "at_ms", (json_int_t)clock_world_ms()));
}

int consoling_run(const struct consoling *c)
{
    int attached_code;
    struct error why;

    if (attach(c, &attached_code, &why))
        return attached_code;
    const struct desk_options options = {.cli = c->cli,
                                         .session = c->session,
                                         .wire = wire_new(),
                                         .is_demo = c->is_demo,
                                         .second = c->second,
                                         .begins_later = true};
    struct desk *desk = NULL;
    struct error err;
    int code = EXIT_DONE;

    auto_free char *saved = open_state(c->session);
    tell_why(options.wire, &why);
    if (!desk_open(&options, &desk, &err) || !look_on(c, desk, options.wire, saved, &code, &err))
        code = cli_fail(c->cli, &err);
    desk_close(desk);
    log_close();
    wire_free(options.wire);
    return code;
}
