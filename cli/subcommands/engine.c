/*
 * engine.c - `flightdeck engine`: the engine as a process of its own, which consoles attach to.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/attaching.h"
#include "cli/runs.h"
#include "cli/serving.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/cancel.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"
#include "core/seat.h"

/* ---- starting ---- */

static int serve(struct cli *cli, bool stays, int ready_fd)
{
    struct session session;
    struct error err;

    serving_block_signals();
    session_init(&session, cli);
    const struct serving serving = {
        .cli = cli, .session = &session, .stays = stays, .ready_fd = ready_fd};
    int code = session_load(&session, &err) ? serving_run(&serving) : cli_fail(cli, &err);
    session_clear(&session);
    return code;
}

/* From now on nobody's terminal is any of its business. What cannot be begun is still said there.
 */
static int serve_apart(struct cli *cli, int ready_fd)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)setsid();
    if (nowhere >= 0) {
        (void)dup2(nowhere, STDIN_FILENO);
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)close(nowhere);
    }
    return serve(cli, false, ready_fd);
}

/* Until it listens, or has ended: then it has said why. */
static int await_ready(const struct cli *cli, pid_t child, int ready_fd)
{
    char byte;
    int status = 0;
    bool is_ready = read(ready_fd, &byte, 1) == 1;

    (void)close(ready_fd);
    if (is_ready) {
        cli_say(cli, "the engine runs: process %lld. `flightdeck` attaches to it",
                (long long)child);
        return EXIT_DONE;
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                    : EXIT_FAILED;
}

static int start(struct cli *cli)
{
    int ready[2];

    if (pipe2(ready, O_CLOEXEC) != 0)
        return cli_usage(cli, "no pipe: %s", strerror(errno));
    pid_t child = fork(); /* before any thread is started */
    if (child == 0) {
        (void)close(ready[0]);
        return serve_apart(cli, ready[1]);
    }
    (void)close(ready[1]);
    if (child > 0)
        return await_ready(cli, child, ready[0]);
    (void)close(ready[0]);
    return cli_usage(cli, "no process can be started: %s", strerror(errno));
}

/* ---- looking, and ending ---- */

static int tell_status(struct cli *cli, const struct config *config, const char *state)
{
    struct seat_holder holder;
    bool is_there = seat_look(state, &holder);

    (void)config;
    if (cli_is_json(cli))
        cli_json(cli, is_there ? json_pack("{s:b, s:I, s:s, s:s, s:s}", "running", 1, "pid",
                                           (json_int_t)holder.pid, "version", holder.version,
                                           "since", holder.since, "socket", holder.socket)
                               : json_pack("{s:b}", "running", 0));
    else if (is_there)
        cli_say(cli, "an engine runs: process %lld, flightdeck %s, since %s", (long long)holder.pid,
                holder.version, holder.since);
    else
        cli_say(cli, "no engine runs");
    return is_there ? EXIT_DONE : EXIT_FAILED;
}

static bool find_left(struct journal *journal, const char *environment, struct run **out)
{
    struct error ignored;

    if (runs_find_open(journal, environment, out, &ignored) && *out != NULL &&
        run_moved_traffic(*out))
        return true;
    run_free(*out);
    *out = NULL;
    return runs_find_last_moved(journal, environment, out, &ignored) && *out != NULL &&
           run_is_at_risk(*out);
}

/* What it was driving when it was told to stop: the traffic may be where it should not. */
static int tell_left(struct cli *cli, const struct config *config, const char *state)
{
    struct journal *journal;
    int code = EXIT_DONE;
    struct error err;

    if (!journal_open(state, &journal, &err))
        return cli_fail(cli, &err);
    for (size_t i = 0; i < config->environment_count; i++) {
        const char *name = config->environments[i].name;
        struct run *run = NULL;
        if (find_left(journal, name, &run)) {
            auto_free char *outcome = report_outcome(run);
            cli_note(cli, "flightdeck: %s: %s. Next: flightdeck rollback %s", run->id, outcome,
                     name);
            code = EXIT_UNKNOWN;
        }
        run_free(run);
    }
    journal_close(journal);
    return code;
}

static int stop(struct cli *cli, const struct config *config, const char *state)
{
    struct seat_holder holder;
    struct error err;

    if (!seat_look(state, &holder)) {
        cli_say(cli, "no engine runs");
        return EXIT_DONE;
    }
    if (!attaching_stop(state, cli_flag(cli, "abort") ? ATTACHING_STOP_ABORT : ATTACHING_STOP_IDLE,
                        &err))
        return cli_fail(cli, &err);
    if (cli_flag(cli, "abort"))
        cli_note(cli, "flightdeck: what is under way is stopped; traffic goes back first");
    while (seat_look(state, &holder))
        (void)cancel_sleep_ms(NULL, 50);
    cli_say(cli, "the engine has ended");
    return cli_flag(cli, "abort") ? tell_left(cli, config, state) : EXIT_DONE;
}

/* Another version of the program drives on what this one began. */
static int restart(struct cli *cli, const struct config *config, const char *state)
{
    struct seat_holder holder;
    struct error err;
    bool is_there = seat_look(state, &holder);

    (void)config;
    if (is_there && !attaching_stop(state, ATTACHING_STOP_HANDOVER, &err))
        return cli_fail(cli, &err);
    while (seat_look(state, &holder))
        (void)cancel_sleep_ms(NULL, 50);
    return EXIT_DONE;
}

static int look(struct cli *cli,
                int (*act)(struct cli *cli, const struct config *config, const char *state))
{
    struct session session;
    const char *state;
    struct error err;

    session_init(&session, cli);
    int code = session_load(&session, &err) && session_state_directory(&session, &state, &err) &&
                       journal_own_directory(state, &err)
                   ? act(cli, session.config, state)
                   : cli_fail(cli, &err);
    session_clear(&session);
    return code;
}

static int run(struct cli *cli)
{
    const char *action = cli_argument(cli, 0);

    if (action == NULL)
        return cli_flag(cli, "foreground") ? serve(cli, true, -1) : start(cli);
    if (strcmp(action, "status") == 0)
        return look(cli, tell_status);
    if (strcmp(action, "stop") == 0)
        return look(cli, stop);
    if (strcmp(action, "restart") != 0)
        return cli_usage(cli, "engine does not know \"%s\": status, stop or restart", action);
    int code = look(cli, restart);
    return code == EXIT_DONE ? start(cli) : code;
}

static const struct cli_option options[] = {
    {.name = "foreground", .help = "stay here, also when nobody needs it: for systemd, containers"},
    {.name = "abort", .help = "with stop: what is under way is stopped first, traffic goes back"},
    {0},
};

static const char *const actions[] = {"status", "stop", "restart", NULL};

const struct subcommand subcommand_engine = {
    .name = "engine",
    .arguments = "[status | stop | restart]",
    .summary = "Let releases go on without a console: consoles attach to it and leave",
    .details =
        "Starts the engine of this project in the background, and returns when it listens. "
        "`flightdeck` then attaches to it\n"
        "instead of having its own: several consoles see the same runs, and a console that dies "
        "is missed by nobody.\n"
        "It ends a minute after the last console left, when nothing is under way. SIGTERM stops "
        "what is under way, traffic first.\n"
        "`restart`, after an update say, leaves what is under way to a new one between two "
        "effects: it is judged on, and goes\n"
        "forward when somebody resumes it.\n\n"
        "Examples:\n"
        "  flightdeck engine && flightdeck console production\n"
        "  flightdeck engine status --json\n"
        "  flightdeck engine stop --abort\n"
        "  flightdeck engine restart\n"
        "  flightdeck engine --foreground      # for a unit of systemd: docs/engine.md",
    .options = options,
    .run = run,
    .actions = actions,
};
