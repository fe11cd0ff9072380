/*
 * engine.c - `flightdeck engine`: the engine as a process of its own, which consoles attach to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/attaching.h"
#include "cli/engine_status.h"
#include "cli/runs.h"
#include "cli/serving.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/engine.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/run.h"
#include "core/seat.h"
#include "core/text.h"

#define NEXT_MS 30000 /* wall: systemd waits before it starts one again */

/* ---- starting ---- */

/* systemd.exec(5): the variable is inherited, and names its own child alone. */
static bool is_supervised(void)
{
    const char *pid = getenv("SYSTEMD_EXEC_PID");
    int64_t number;

    return pid != NULL && text_to_int64(pid, &number) && number == getpid();
}

static int serve(struct cli *cli, bool stays, int ready_fd)
{
    struct session session;
    struct error err;

    serving_block_signals();
    session_init(&session, cli);
    const struct serving serving = {.cli = cli,
                                    .session = &session,
                                    .stays = stays,
                                    .is_supervised = is_supervised(),
                                    .ready_fd = ready_fd};
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

/* ---- ending ---- */

/* Ids of the runs that are open, by environment. Yours. NULL: that cannot be read. */
static json_t *open_runs(const struct config *config, const char *state)
{
    json_t *ids = json_object();
    struct journal *journal = NULL;
    struct error ignored;
    bool ok = journal_open(state, &journal, &ignored);

    for (size_t i = 0; ok && i < config->environment_count; i++) {
        const char *name = config->environments[i].name;
        struct run *run = NULL;
        ok = runs_find_open(journal, name, &run, &ignored);
        if (ok && run != NULL && run->status != RUN_PENDING)
            json_object_set_new(ids, name, json_string(run->id));
        run_free(run);
    }
    journal_close(journal);
    if (ok)
        return ids;
    json_decref(ids);
    return NULL;
}

/* What became of them: the traffic may be where it should not. */
static int tell_left(struct cli *cli, const char *state, const json_t *ids)
{
    struct journal *journal;
    const char *environment;
    int code = EXIT_DONE;
    json_t *id;
    struct error err;

    if (ids == NULL) {
        cli_note(cli, "flightdeck: the journal could not be read: `flightdeck status` says what "
                      "is served");
        return EXIT_UNKNOWN;
    }
    if (json_object_size(ids) == 0)
        return EXIT_DONE;
    if (!journal_open(state, &journal, &err))
        return cli_fail(cli, &err);
    json_object_foreach((json_t *)(uintptr_t)ids, environment, id)
    {
        struct run *run = NULL;
        bool is_known = journal_read_run(journal, json_string_value(id), &run, &err);
        bool is_left =
            !is_known || run_is_at_risk(run) || (!run_is_over(run) && run_moved_traffic(run));
        auto_free char *outcome = is_known ? report_outcome(run) : xstrdup(err.message);
        cli_note(cli, "flightdeck: %s: %s", json_string_value(id), outcome);
        if (is_left)
            code = EXIT_UNKNOWN;
        run_free(run);
    }
    journal_close(journal);
    return code;
}

static bool ask_to_end(const char *state, enum attaching_stop how, bool *is_supervised_there,
                       struct error *err)
{
    struct actor actor;

    engine_actor_local(&actor);
    return attaching_stop(state, how, actor.user_host, is_supervised_there, err);
}

static int end_and_tell(struct cli *cli, const char *state, const json_t *ids)
{
    struct seat_holder holder;
    struct error err;

    if (!ask_to_end(state, cli_flag(cli, "abort") ? ATTACHING_STOP_ABORT : ATTACHING_STOP_IDLE,
                    NULL, &err))
        return cli_fail(cli, &err);
    if (cli_flag(cli, "abort"))
        cli_note(cli, "flightdeck: what is under way is stopped; traffic goes back first");
    while (seat_look(state, &holder))
        (void)cancel_sleep_ms(NULL, 50);
    cli_say(cli, "the engine has ended");
    return tell_left(cli, state, ids);
}

static int stop(struct cli *cli, const struct config *config, const char *state)
{
    struct seat_holder holder;

    if (!seat_look(state, &holder)) {
        cli_say(cli, "no engine runs");
        return EXIT_DONE;
    }
    json_t *ids = open_runs(config, state);
    int code = end_and_tell(cli, state, ids);
    json_decref(ids);
    return code;
}

/* After a restart: what goes no further by itself. */
static int tell_waiting(struct cli *cli, const struct config *config, const char *state)
{
    json_t *ids = open_runs(config, state), *id;
    const char *environment;

    json_object_foreach(ids, environment, id)
        cli_say(cli,
                "%s of %s is judged on; it goes forward after `flightdeck run resume %s`, or C in "
                "a console",
                json_string_value(id), environment, json_string_value(id));
    json_decref(ids);
    return EXIT_DONE;
}

static int await_next(struct cli *cli, const char *state)
{
    int64_t until_ms = clock_boot_ms() + NEXT_MS;
    struct seat_holder holder;
    struct error err;

    while (!seat_look(state, &holder) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 50);
    if (seat_look(state, &holder)) {
        cli_say(cli, "systemd has started the engine again: process %lld", (long long)holder.pid);
        return EXIT_START_AGAIN;
    }
    error_set(&err, ERROR_UNKNOWN, "systemd has not started the engine again");
    error_hint(&err, "`systemctl --user status` says why; `flightdeck engine` starts one.");
    return cli_fail(cli, &err);
}

/* Another version of the program drives on what this one began. EXIT_DONE: it is to be started;
 * EXIT_START_AGAIN: it was. */
static int restart(struct cli *cli, const struct config *config, const char *state)
{
    struct seat_holder holder;
    struct error err;
    bool is_there = seat_look(state, &holder), is_started_anew = false;

    (void)config;
    if (is_there && !ask_to_end(state, ATTACHING_STOP_HANDOVER, &is_started_anew, &err))
        return cli_fail(cli, &err);
    int64_t pid = holder.pid;
    while (is_there && seat_look(state, &holder) && holder.pid == pid)
        (void)cancel_sleep_ms(NULL, 50);
    return is_started_anew ? await_next(cli, state) : EXIT_DONE;
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
        return look(cli, engine_status_tell);
    if (strcmp(action, "stop") == 0)
        return look(cli, stop);
    if (strcmp(action, "restart") != 0)
        return cli_usage(cli, "engine does not know \"%s\": status, stop or restart", action);
    int code = look(cli, restart);
    if (code == EXIT_START_AGAIN)
        code = EXIT_DONE;
    else if (code == EXIT_DONE)
        code = start(cli);
    return code == EXIT_DONE ? look(cli, tell_waiting) : code;
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
        "  flightdeck engine                   # 5: one runs already\n"
        "  flightdeck engine status --json\n"
        "  flightdeck engine stop --abort\n"
        "  flightdeck engine restart\n"
        "  flightdeck engine --foreground      # for a unit of systemd: docs/engine.md",
    .options = options,
    .run = run,
    .actions = actions,
};
