/*
 * drive.c - see drive.h.
 */
#include "cli/drive.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/no_answer.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/ticking.h"
#include "cli/typed.h"
#include "cli/wrapped.h"
#include "core/checklist.h"
#include "core/log.h"
#include "core/mailbox.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/text.h"

#define FINDING_INDENT 19 /* behind "  ok  snapshot     " */
#define LOOK_EVERY_MS                                                                              \
    200 /* wall: how late the end of a run is seen when its last event was printed before */

static void free_event(void *event) { event_unref(event); }

/* Engine thread: only hands on. */
static void pass_on(void *closure, const struct event *event, const struct run *run)
{
    struct drive *d = closure;
    (void)run;
    /* Events are shared by count; the const of the callback only says that nobody may change it. */
    mailbox_send(d->events, event_ref((struct event *)(uintptr_t)event));
}

static bool has_begun(const struct drive *d)
{
    struct run *run = engine_snapshot(d->engine);
    run_free(run);
    return run != NULL;
}

/* Thread of the signals. */
static void stop(void *closure, int count)
{
    struct drive *d = closure;
    struct command abort = {.verb = COMMAND_ABORT};
    struct error err;

    if (count > 1) {
        cli_note(d->cli, engine_give_up(d->engine)
                             ? "flightdeck: given up: traffic may not be where it was"
                             : "flightdeck: it is being stopped; traffic goes back first. This may "
                               "take some seconds");
        return;
    }
    bool is_under_way = has_begun(d);
    (void)snprintf(abort.by, sizeof abort.by, "%s", d->actor.name);
    (void)snprintf(abort.reason, sizeof abort.reason, "interrupted by a signal");
    /* Done before it is said: who reads may have stopped reading. */
    if (!engine_command(d->engine, &abort, &err))
        cli_note(d->cli, "flightdeck: %s", err.message);
    else
        cli_note(d->cli, is_under_way ? "flightdeck: stopping: traffic goes back to where it was"
                                      : "flightdeck: stopping; nothing was begun");
}

/*
 * A lost terminal ends nothing, and Ctrl-Z stops nothing: what was begun goes on, the journal tells
 * it, and nobody but this process looks after the traffic.
 */
static void outlive_terminal(void)
{
    static const int signals[] = {SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)signal(signals[i], SIG_IGN);
    answer_outlive_reader();
}

bool drive_open(struct drive *d, struct session *s, const struct environment *environment,
                const struct world *world, const struct actor *actor, bool is_unattended,
                struct error *err)
{
    const char *directory;
    if (!session_state_directory(s, &directory, err))
        return false;
    d->cli = s->cli;
    d->config = s->config;
    d->takes_typing = !is_unattended && !cli_is_json(s->cli) && answer_can_ask();
    d->actor = *actor;
    d->events = mailbox_new(free_event);
    const struct engine_options options = {
        .house = tables_house(),
        .config = s->config,
        .environment = environment,
        .world = *world,
        .state_directory = directory,
        .actor = *actor,
        .is_unattended = is_unattended,
        .lock_patience_ms = d->lock_patience_ms,
        .on_event = pass_on,
        .closure = d,
    };
    if (!engine_open(&options, &d->engine, err)) {
        mailbox_free(d->events);
        d->events = NULL;
        return false;
    }
    auto_free char *log = xasprintf("%s/engine.log", directory);
    struct error no_log;
    if (!log_open(log, &no_log))
        cli_note(d->cli, "flightdeck: %s", no_log.message);
    outlive_terminal();
    interrupt_on_signal(stop, d);
    if (interrupt_count() == 0)
        return true;
    drive_close(d);
    return error_set(err, ERROR_CANCELLED, "interrupted before anything was begun");
}

void drive_close(struct drive *d)
{
    interrupt_on_signal(NULL, NULL);
    engine_close(d->engine);
    log_close();
    mailbox_free(d->events);
    story_clear(&d->story);
    d->engine = NULL;
    d->events = NULL;
}

/* ---- preflight ---- */

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static json_t *finding_line(const struct drive *d, const json_t *finding)
{
    struct run *run = engine_snapshot(d->engine);
    json_t *line = follow_line(run != NULL ? run->id : NULL, "preflight");

    run_free(run);
    json_object_update_missing(line, (json_t *)(uintptr_t)finding);
    return line;
}

static void tell_finding(const struct drive *d, const json_t *finding)
{
    static const struct {
        const char *state;
        const char *mark;
        enum tone tone;
    } marks[] = {{"pass", "ok", TONE_FAINT},
                 {"fail", "NO", TONE_BAD},
                 {"unknown", "??", TONE_WARN},
                 {"note", "--", TONE_PLAIN}};
    const char *state = key_text(finding, "state");

    if (cli_is_json(d->cli)) {
        cli_json(d->cli, finding_line(d, finding));
        return;
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strcmp(marks[i].state, state) == 0)
            wrapped_linef(marks[i].tone, FINDING_INDENT, "  %s  %-12s %s", marks[i].mark,
                          key_text(finding, "step"), key_text(finding, "text"));
}

bool drive_preflight(struct drive *d, struct error *err)
{
    json_t *findings = NULL, *finding;
    bool is_passed = false;
    size_t i;

    if (!engine_preflight(d->engine, &findings, &is_passed, err))
        return false;
    json_array_foreach(findings, i, finding)
    {
        if (!d->is_quiet)
            tell_finding(d, finding);
    }
    bool ok = interrupt_count() == 0
                  ? findings_permit(findings, is_passed, err)
                  : error_set(err, ERROR_CANCELLED, "interrupted before anything was begun");
    json_decref(findings);
    return ok;
}

/* ---- following ---- */

/* ---- typing ---- */

/* People write words of an item; commands carry its id. */
static bool find_item(const struct drive *d, struct command *command, struct error *err)
{
    struct checklist *checklist = NULL;
    const struct checklist_item *item;
    bool is_item = command->verb == COMMAND_TICK || command->verb == COMMAND_UNTICK ||
                   command->verb == COMMAND_WAIVE;

    if (!is_item)
        return true;
    if (!checklist_load(d->config, NULL, &checklist, err))
        return false;
    bool ok = checklist_find(checklist, command->step, &item, err);
    ok = ok && ticking_permits(item, command, err);
    if (ok)
        (void)snprintf(command->step, sizeof command->step, "%s", item->guide->id);
    checklist_free(checklist);
    return ok;
}

static void obey(struct drive *d, const char *line)
{
    struct command command;
    struct error err;
    struct run *run = engine_snapshot(d->engine);

    if (run == NULL)
        return;
    bool ok = typed_command(line, run, &command, &err);
    (void)snprintf(command.by, sizeof command.by, "%s", d->actor.name);
    ok = ok && find_item(d, &command, &err) && engine_command(d->engine, &command, &err);
    if (!ok && strcmp(err.code, "empty") != 0)
        cli_note(d->cli, "flightdeck: %s%s%s", err.message, err.hint[0] != '\0' ? ". " : "",
                 err.hint);
    run_free(run);
}

/* Waits for an event, or obeys what is typed meanwhile. NULL when neither came in time. */
static struct event *wait_event(struct drive *d)
{
    char line[512];
    struct pollfd fds[] = {{.fd = mailbox_fd(d->events), .events = POLLIN},
                           {.fd = d->takes_typing ? STDIN_FILENO : -1, .events = POLLIN}};

    if (poll(fds, 2, LOOK_EVERY_MS) > 0 && fds[1].revents != 0) {
        ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
        if (got <= 0) {
            d->takes_typing = false; /* the end of stdin ends nothing else */
            return NULL;
        }
        line[got] = '\0';
        obey(d, line);
    }
    return mailbox_receive(d->events);
}

/* Whoever is asked is told how to answer; in a demo the people are played. */
static void tell_answer(struct drive *d, const struct event *event)
{
    struct run *run = story_asks(event) && d->watch == NULL ? engine_snapshot(d->engine) : NULL;
    if (run != NULL)
        follow_answer(d->cli, &d->story, event, run);
    run_free(run);
}

static void show(struct drive *d, struct event *event)
{
    /* The end of a run follows its last event at once: not the next look, the end is waited for. */
    bool is_last = strcmp(event->type, "run_ended") == 0;

    no_answer_heard(d->silence);
    if (!d->is_quiet) {
        follow_event(d->cli, &d->story, event);
        tell_answer(d, event);
    }
    if (d->watch != NULL)
        d->watch(d->closure, d->engine, event);
    event_unref(event);
    if (is_last)
        (void)engine_wait(d->engine, LOOK_EVERY_MS);
}

bool drive_follow(struct drive *d, struct run **out, struct error *err)
{
    if (d->takes_typing)
        wrapped_line(TONE_FAINT, 2, typed_help);
    for (;;) {
        struct event *event = mailbox_receive(d->events);
        if (event == NULL && (engine_wait(d->engine, 0) || (d->has_left != NULL && *d->has_left))) {
            while ((event = mailbox_receive(d->events)) != NULL)
                show(d, event);
            break;
        }
        if (event == NULL)
            event = wait_event(d);
        if (event != NULL)
            show(d, event);
    }
    *out = engine_snapshot(d->engine);
    return *out != NULL || error_set(err, ERROR_INTERNAL, "the engine has no run");
}

int drive_end(struct drive *d, const struct run *run)
{
    int code = run_exit_code(run);
    auto_free char *outcome = report_outcome(run);

    if (interrupt_count() > 0 && !run_wrote(run))
        code = EXIT_INTERRUPTED;
    follow_leave(d->cli, run);
    if (!cli_is_json(d->cli)) {
        wrapped_line(code == EXIT_DONE ? TONE_GOOD : TONE_BAD, 2, outcome);
        if (d->watch == NULL) /* what a demo journals is gone with it */
            cli_say(d->cli, "report: flightdeck report %s", run->id);
    }
    return code;
}
