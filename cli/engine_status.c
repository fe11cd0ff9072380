/*
 * engine_status.c - see engine_status.h.
 */
#include "cli/engine_status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/attaching.h"
#include "cli/cli.h"
#include "cli/runs.h"
#include "cli/standing.h"
#include "cli/wrapped.h"
#include "core/buf.h"
#include "core/engine.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/seat.h"
#include "core/text.h"
#include "core/waiting.h"

#define LINE_CEILING 4000
#define MORE_INDENT 4

struct seen {
    const char *state;
    struct seat_holder holder;
    bool is_there;
    json_t *said;           /* of attaching_ask; NULL = nothing */
    struct error unsaid;    /* why; kind ERROR_NONE = it did, or none runs */
    struct error unread;    /* why the journal could not be read; kind ERROR_NONE = it could */
    struct run **runs;      /* that were begun and are not over */
    const char **driven_by; /* of each */
    size_t run_count;
    struct run **at_risk; /* over, and not put back */
    size_t at_risk_count;
};

/* ---- looking ---- */

/* "engine", "other": another process; "nobody". */
static const char *driver_of(const struct seen *s, const struct run *run)
{
    int64_t pid;

    if (!engine_is_driven_by(s->state, run->environment, &pid))
        return "nobody";
    return s->is_there && pid == s->holder.pid ? "engine" : "other";
}

static bool read_runs(struct seen *s, struct journal *journal, const struct config *config)
{
    for (size_t i = 0; i < config->environment_count; i++) {
        struct run *run;
        const char *name = config->environments[i].name;
        struct run *at_risk;
        if (!runs_find_at_risk(journal, name, &at_risk, &s->unread))
            return false;
        if (at_risk != NULL)
            s->at_risk[s->at_risk_count++] = at_risk;
        if (!runs_find_open(journal, name, &run, &s->unread))
            return false;
        if (run == NULL || run->status == RUN_PENDING) {
            run_free(run);
            continue;
        }
        s->driven_by[s->run_count] = driver_of(s, run);
        s->runs[s->run_count++] = run;
    }
    return true;
}

/* Looking makes no folders. */
static void look(struct seen *s, const struct config *config)
{
    struct journal *journal = NULL;

    s->runs = xcalloc(config->environment_count + 1, sizeof *s->runs);
    s->at_risk = xcalloc(config->environment_count + 1, sizeof *s->at_risk);
    s->driven_by = xcalloc(config->environment_count + 1, sizeof *s->driven_by);
    s->is_there = seat_look(s->state, &s->holder);
    if (s->is_there && !attaching_ask(s->state, &s->said, &s->unsaid))
        s->said = NULL;
    if (access(s->state, F_OK) == 0 && journal_open(s->state, &journal, &s->unread))
        (void)read_runs(s, journal, config);
    journal_close(journal);
}

static void clear(struct seen *s)
{
    for (size_t i = 0; i < s->run_count; i++)
        run_free(s->runs[i]);
    for (size_t i = 0; i < s->at_risk_count; i++)
        run_free(s->at_risk[i]);
    free(s->at_risk);
    free(s->runs);
    free(s->driven_by);
    json_decref(s->said);
}

/* Where the run stands: the first step that has not come to its end; NULL = none. */
static const struct run_step *step_of(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].state != STEP_SUCCEEDED && run->steps[i].state != STEP_SKIPPED &&
            run->steps[i].state != STEP_UNDONE)
            return &run->steps[i];
    return NULL;
}

/* ---- telling ---- */

static void say_consoles(const struct seen *s)
{
    const json_t *consoles = json_object_get(s->said, "consoles");
    size_t count = json_array_size(consoles), i;
    const json_t *console;
    auto_buf line;

    buf_init(&line, LINE_CEILING);
    buf_addf(&line,
             count == 0   ? "no console is attached"
             : count == 1 ? "1 console is attached"
                          : "%zu consoles are attached",
             count);
    json_array_foreach(consoles, i, console)
    {
        const char *arn = json_string_value(json_object_get(console, "arn"));
        const char *who = json_string_value(json_object_get(console, "who"));
        buf_addf(&line, "%s%s%s", i == 0 ? ": " : ", ",
                 arn != NULL && arn[0] != '\0' ? event_text_person(arn) : who,
                 json_is_true(json_object_get(console, "read_only")) ? " (read-only)" : "");
    }
    auto_free char *safe = text_safe(line.ptr);
    wrapped_line(TONE_PLAIN, MORE_INDENT, safe);
}

static void say_engine(const struct seen *s)
{
    if (!s->is_there) {
        answer_line(TONE_PLAIN, "no engine runs");
        return;
    }
    wrapped_linef(TONE_PLAIN, MORE_INDENT, "an engine runs: process %lld, flightdeck %s, since %s",
                  (long long)s->holder.pid, s->holder.version, s->holder.since);
    if (s->said != NULL)
        say_consoles(s);
    else if (s->unsaid.kind == ERROR_TRANSIENT)
        wrapped_linef(TONE_BAD, MORE_INDENT,
                      "it DOES NOT ANSWER. `flightdeck rollback ENV` works without it; `kill -9 "
                      "%lld` ends it, and what it drove is taken up again",
                      (long long)s->holder.pid);
    else
        wrapped_linef(TONE_WARN, MORE_INDENT, "who is attached it does not say: %s",
                      s->unsaid.message);
}

static void say_run(const struct run *run, const char *driven_by)
{
    const struct run_step *step = step_of(run);
    auto_buf line;

    buf_init(&line, LINE_CEILING);
    buf_addf(&line, "%s: run %s (%s) is %s", run->environment, run->id, run->plan_name,
             run_status_name(run->status));
    if (step != NULL)
        buf_addf(&line, " at %s", step->id);
    if (run->weight > 0)
        buf_addf(&line, ", %.4g %% of v%s", run->weight * 100, run->new_version);
    buf_addf(&line, ", started by %s", event_text_person(run->by));
    if (strcmp(run->acts_as, run->by) != 0)
        buf_addf(&line, ", goes on as %s", event_text_person(run->acts_as));
    if (strcmp(driven_by, "engine") != 0)
        buf_adds(&line, strcmp(driven_by, "other") == 0 ? "; another process drives it"
                                                        : "; NOBODY DRIVES IT");
    auto_free char *safe = text_safe(line.ptr);
    wrapped_line(TONE_STRONG, MORE_INDENT, safe);
    standing_say_waiting(run, MORE_INDENT);
}

static void say(const struct seen *s)
{
    say_engine(s);
    for (size_t i = 0; i < s->run_count; i++)
        say_run(s->runs[i], s->driven_by[i]);
    for (size_t i = 0; i < s->at_risk_count; i++)
        wrapped_linef(TONE_BAD, MORE_INDENT,
                      "%s: run %s COULD NOT BE PUT BACK: flightdeck rollback %s",
                      s->at_risk[i]->environment, s->at_risk[i]->id, s->at_risk[i]->environment);
    if (s->unread.kind != ERROR_NONE)
        wrapped_linef(TONE_BAD, MORE_INDENT, "what is under way is not known: %s",
                      s->unread.message);
    else if (s->run_count == 0 && s->at_risk_count == 0)
        answer_line(TONE_PLAIN, "nothing is under way");
}

static json_t *runs_json(const struct seen *s)
{
    json_t *listed = json_array();

    for (size_t i = 0; i < s->run_count; i++) {
        const struct run *run = s->runs[i];
        const struct run_step *step = step_of(run);
        auto_free char *waits_for = waiting_reason(run), *answer = waiting_command(run);
        auto_free char *held = waiting_held(run);
        json_array_append_new(
            listed,
            json_pack("{s:s, s:s, s:s, s:s, s:s?, s:f, s:s, s:s, s:s?, s:s?, s:s, s:s?}", "id",
                      run->id, "env", run->environment, "plan", run->plan_name, "status",
                      run_status_name(run->status), "step", step != NULL ? step->id : NULL,
                      "weight", run->weight, "by", run->by, "driver", s->driven_by[i], "waits_for",
                      waits_for, "answer", answer, "acts_as", run->acts_as, "held", held));
    }
    return listed;
}

static json_t *at_risk_json(const struct seen *s)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < s->at_risk_count; i++)
        json_array_append_new(ids, json_string(s->at_risk[i]->id));
    return ids;
}

static json_t *document(const struct seen *s)
{
    json_t *out = json_pack("{s:b, s:o}", "running", s->is_there, "at_risk", at_risk_json(s));

    if (s->is_there) {
        json_object_update_new(
            out, json_pack("{s:I, s:s, s:s, s:s, s:b, s:O?}", "pid", (json_int_t)s->holder.pid,
                           "version", s->holder.version, "since", s->holder.since, "socket",
                           s->holder.socket, "answers", s->unsaid.kind != ERROR_TRANSIENT,
                           "consoles", json_object_get(s->said, "consoles")));
    }
    json_object_set_new(out, "runs", s->unread.kind == ERROR_NONE ? runs_json(s) : json_null());
    if (s->unread.kind != ERROR_NONE)
        json_object_set_new(out, "journal_error", json_string(s->unread.message));
    return out;
}

int engine_status_tell(struct cli *cli, const struct config *config, const char *state)
{
    struct seen s = {.state = state};

    look(&s, config);
    if (cli_is_json(cli))
        cli_json(cli, document(&s));
    else
        say(&s);
    bool is_known = s.unsaid.kind != ERROR_TRANSIENT && s.unread.kind == ERROR_NONE;
    bool is_there = s.is_there;
    clear(&s);
    return !is_known ? EXIT_UNKNOWN : is_there ? EXIT_DONE : EXIT_FAILED;
}
