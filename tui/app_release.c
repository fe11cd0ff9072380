/* app_release.c - what the keys and commands do that are about the run of the screen. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/waiting.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"

#define NO_RUN "there is no run under way"

enum level app_write_level(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    return e != NULL && e->is_production ? LEVEL_TRAFFIC : LEVEL_WRITE;
}

bool app_is_open(const struct app *app)
{
    const struct run *run = app_run(app);
    return run != NULL && !run_is_over(run);
}

static void add_line(json_t *lines, const char *text)
{
    json_array_append_new(lines, json_string(text));
}

/* ---- a verb of the engine, after y ---- */

struct order {
    const char *verb, *what; /* static */
    char *step;              /* or NULL */
    char *run;               /* that was on the screen; or NULL */
    char *answer;            /* approve: the hash of the plan that was; or NULL */
};

static void free_order(void *closure)
{
    struct order *order = closure;
    free(order->step);
    free(order->run);
    free(order->answer);
    free(order);
}

static void give_order(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    const struct order *order = closure;
    if (app_is_still(app, order->run))
        app_command(app, effects, order->verb, order->step, order->answer,
                    reason[0] != '\0' ? reason : NULL, order->what);
}

static void confirm_answer(struct app *app, const char *verb, const char *what, const char *step,
                           const char *answer, enum level level, const char *title, const char *yes,
                           json_t *lines)
{
    struct order *order = xcalloc(1, sizeof *order);
    const struct run *run = app_run(app);
    *order = (struct order){.verb = verb,
                            .what = what,
                            .step = step ? xstrdup(step) : NULL,
                            .answer = answer ? xstrdup(answer) : NULL,
                            .run = run != NULL ? xstrdup(run->id) : NULL};
    dialog_confirm(app, &(struct confirmation){.level = level,
                                               .title = title,
                                               .environment = app_environment(app)->name,
                                               .lines = lines,
                                               .yes = yes,
                                               .act = give_order,
                                               .free_closure = free_order,
                                               .closure = order});
}

static void confirm_order(struct app *app, const char *verb, const char *what, const char *step,
                          enum level level, const char *title, const char *yes, json_t *lines)
{
    confirm_answer(app, verb, what, step, NULL, level, title, yes, lines);
}

/* ---- the run under way ---- */

const char *app_no_approve(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    if (e == NULL || !app_is_open(app))
        return "there is no run to approve";
    if (app_is_started_by_us(app))
        return "you started this run: somebody else approves it";
    if (e->run->hash[0] == '\0' && e->plan.document == NULL)
        return "the plan is not known yet";
    return NULL;
}

const char *app_no_approve_now(const struct app *app)
{
    const char *refused = app_no_approve(app);
    const struct run_step *step = refused == NULL ? app_waiting_step(app_run(app)) : NULL;
    return refused != NULL                                       ? refused
           : step == NULL || strcmp(step->kind, "approval") != 0 ? "no approval is waited for"
                                                                 : NULL;
}

void app_approve(struct app *app, struct effects *effects)
{
    const struct app_environment *e = app_environment(app);
    const char *hash =
        e->run->hash[0] != '\0' ? e->run->hash : app_text_of(e->plan.document, "hash");
    json_t *lines = json_array();
    (void)effects;

    json_array_append_new(lines, json_sprintf("You say that you have read plan %.12s and that it "
                                              "may be flown.",
                                              hash));
    add_line(lines, "Whoever started the run does not count for it. An approval holds for this "
                    "very plan and no other.");
    confirm_answer(app, "approve", "approving", NULL, hash[0] != '\0' ? hash : NULL,
                   app_write_level(app), "Approve the plan", "approve this plan", lines);
}

const char *app_no_pause(const struct app *app)
{
    const struct run *run = app_run(app);
    return run != NULL && (run->status == RUN_PROGRESSING || run->status == RUN_WAITING) ? NULL
                                                                                         : NO_RUN;
}

void app_pause(struct app *app, struct effects *effects)
{
    json_t *lines = json_array();
    (void)effects;
    add_line(lines, "Nothing new is begun. The traffic stays where it is, and the new version is "
                    "still judged: a bad one goes back.");
    confirm_order(app, "pause", "pausing", NULL, app_write_level(app), "Pause the release", "pause",
                  lines);
}

static bool is_left_alone(const struct app_environment *e)
{
    return e->run != NULL && !run_is_over(e->run) && e->run->status != RUN_PENDING &&
           (e->driver == DRIVER_NOBODY || e->run->status == RUN_INTERRUPTED);
}

const char *app_no_resume(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    bool can = e != NULL && e->run != NULL && (e->run->status == RUN_PAUSED || is_left_alone(e));
    return can ? NULL : "nothing is paused";
}

static void resume_confirmed(struct app *app, void *closure, const char *reason,
                             struct effects *effects)
{
    (void)reason;
    app_ask(app, effects, json_pack("{s:s, s:s}", "verb", "resume", "run", closure),
            "taking the run up", NULL, NULL, NULL);
}

/* Who held it, and whose it was: with whoever resumes it, it is theirs. */
static void add_hands(json_t *lines, const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    const struct run *run = e->run;
    const char *hand = run->acts_as[0] != '\0' ? run->acts_as : run->by;

    if (run->status == RUN_PAUSED && run->paused_by[0] != '\0')
        json_array_append_new(lines,
                              json_sprintf("%s paused it%s%s", event_text_person(run->paused_by),
                                           run->reason[0] != '\0' ? ": " : ".", run->reason));
    if (hand[0] != '\0' && e->driver != DRIVER_OTHER && !app_is_us(app, hand))
        json_array_append_new(lines, json_sprintf("So far it acts as %s. From now on it is yours "
                                                  "and acts with your sign-in.",
                                                  event_text_person(hand)));
}

void app_resume(struct app *app, struct effects *effects)
{
    const struct app_environment *e = app_environment(app);
    json_t *lines = json_array();
    (void)effects;

    add_line(lines, "The release goes on from where it is.");
    add_hands(lines, app);
    if (!is_left_alone(e)) {
        confirm_order(app, "resume", "going on", NULL, app_write_level(app), "Go on", "go on",
                      lines);
        return;
    }
    add_line(lines, "What nobody saw meanwhile is read and judged first.");
    dialog_confirm(app, &(struct confirmation){.level = app_write_level(app),
                                               .title = "Take up a run that nobody drives",
                                               .environment = e->name,
                                               .lines = lines,
                                               .yes = "take it up",
                                               .act = resume_confirmed,
                                               .free_closure = free,
                                               .closure = xstrdup(e->run->id)});
}

/* A step that moves traffic and waits for a person: the next weight. */
static const struct run_step *rung(const struct run *run)
{
    const struct run_step *step = run != NULL && !run_is_over(run) ? app_waiting_step(run) : NULL;
    return step != NULL && step->moves_traffic && step->state == STEP_WAITING &&
                   run->prompt_count == 0
               ? step
               : NULL;
}

const char *app_no_promote(const struct app *app)
{
    const struct run *run = app_run(app);
    return rung(run) != NULL || app_asks_for_weight(run) ? NULL : "no weight waits for you";
}

const char *app_no_answer_run(const struct app *app)
{
    const struct run *run = app_run(app);
    if (run == NULL || run_is_over(run))
        return NO_RUN;
    if (run->status == RUN_INTERRUPTED) /* what became of its steps is seen when it goes on */
        return "it is to be taken up first";
    return run->prompt_count > 0 || app_stopped_step(run) != NULL ? NULL
                                                                  : "nothing waits for your answer";
}

const char *app_no_other_question(const struct app *app)
{
    return app_no_promote(app) == NULL ? "P shows what it asks" : app_no_answer_run(app);
}

void app_answer_run(struct app *app, struct effects *effects)
{
    if (!dialog_open_prompt(app, effects))
        dialog_open_step(app, app_stopped_step(app_run(app))->id, effects);
}

const char *app_no_abort(const struct app *app) { return app_is_open(app) ? NULL : NO_RUN; }

void app_abort(struct app *app, struct effects *effects)
{
    const struct run *run = app_run(app);
    auto_free char *serving = app_serving_text(app);
    char version[32];
    json_t *lines = json_array();
    (void)effects;

    add_line(lines, serving);
    add_line(lines, "The release stops for good. What it changed is taken back, step by step.");
    if (run_moved_traffic(run))
        json_array_append_new(lines, json_sprintf("All traffic goes to %s",
                                                  app_version_text(run->old_version, version)));
    confirm_order(app, "abort", "stopping", NULL, LEVEL_BACK, "Stop the release",
                  "stop it and take it back", lines);
}

/* ---- the environment's lock ---- */

static const json_t *lock_of(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    const json_t *lock = e != NULL ? json_object_get(e->status.document, "lock") : NULL;
    return json_is_object(lock) ? lock : NULL;
}

const char *app_no_lock(const struct app *app)
{
    return app_environment(app) == NULL ? APP_NO_ENVIRONMENT
           : lock_of(app) != NULL       ? "it is locked already"
                                        : NULL;
}

const char *app_no_unlock(const struct app *app)
{
    return app_environment(app) == NULL ? APP_NO_ENVIRONMENT
           : lock_of(app) == NULL       ? "it is not locked"
                                        : NULL;
}

/* A wish to lock or to open, and why. */
struct locking {
    char *verb, *reason;
};

static void free_locking(void *closure)
{
    struct locking *l = closure;
    free(l->verb);
    free(l->reason);
    free(l);
}

static void lock_confirmed(struct app *app, void *closure, const char *none,
                           struct effects *effects)
{
    const struct locking *l = closure;
    (void)none;
    app_ask(app, effects, json_pack("{s:s, s:s}", "verb", l->verb, "reason", l->reason),
            strcmp(l->verb, "lock") == 0 ? "locking" : "opening the lock", NULL, NULL, NULL);
}

static void lock_typed(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    struct locking *l = xcalloc(1, sizeof *l);
    bool is_lock = strcmp(closure, "lock") == 0;
    json_t *lines = json_array();
    (void)effects;

    *l = (struct locking){xstrdup(closure), xstrdup(reason)};
    if (!is_lock)
        json_array_append_new(lines,
                              json_sprintf("locked by %s: %s",
                                           event_text_person(app_text_of(lock_of(app), "by")),
                                           app_text_of(lock_of(app), "reason")));
    add_line(lines, is_lock ? "No release is started into it until somebody opens it. Going back "
                              "is always allowed."
                            : "Releases may be started into it again.");
    json_array_append_new(lines, json_sprintf("because: %s", reason));
    add_line(lines, "your name and the reason are on record");
    dialog_confirm(app, &(struct confirmation){.level = app_write_level(app),
                                               .title = is_lock ? "Lock it" : "Open the lock",
                                               .environment = app_environment(app)->name,
                                               .lines = lines,
                                               .yes = is_lock ? "lock it" : "open the lock",
                                               .act = lock_confirmed,
                                               .free_closure = free_locking,
                                               .closure = l});
}

void app_lock(struct app *app, struct effects *effects)
{
    (void)effects;
    auto_free char *title = xasprintf("Why lock %s", app_environment(app)->name);
    dialog_ask_text(app, &(struct text_question){.title = title,
                                                 .hint = "a reason, Enter, then y locks it",
                                                 .done = lock_typed,
                                                 .free_closure = free,
                                                 .closure = xstrdup("lock")});
}

void app_unlock(struct app *app, struct effects *effects)
{
    (void)effects;
    auto_free char *title = xasprintf("Why open %s again", app_environment(app)->name);
    dialog_ask_text(app, &(struct text_question){.title = title,
                                                 .hint = "a reason, Enter, then y opens it",
                                                 .done = lock_typed,
                                                 .free_closure = free,
                                                 .closure = xstrdup("unlock")});
}

/* ---- the commands of the configuration ---- */

const char *app_no_trust(const struct app *app)
{
    const json_t *trust = json_object_get(app->hello, "trust");
    return json_is_true(json_object_get(trust, "needed")) ? NULL
                                                          : "its commands are trusted already";
}

static void trust_replied(struct app *app, void *closure, bool ok, const json_t *answer,
                          struct effects *effects)
{
    (void)closure;
    (void)effects;
    app_toast(app, !ok, "%s%s", ok ? "the commands are trusted" : "not trusted: ",
              ok ? "" : app_text_of(answer, "message"));
}

static void trust_confirmed(struct app *app, void *closure, const char *reason,
                            struct effects *effects)
{
    (void)closure;
    (void)reason;
    app_ask(app, effects, json_pack("{s:s}", "verb", "trust"), "trusting the commands",
            trust_replied, NULL, NULL);
}

void app_trust(struct app *app, struct effects *effects)
{
    const json_t *commands = json_object_get(json_object_get(app->hello, "trust"), "commands");
    json_t *lines = json_array(), *command;
    size_t i;
    (void)effects;

    add_line(lines, "The configuration can run these on this computer, as you:");
    json_array_foreach(commands, i, command) json_array_append_new(
        lines,
        json_sprintf("  %s", json_string_value(command) != NULL ? json_string_value(command) : ""));
    add_line(lines, "A change of any of them asks again.");
    dialog_confirm(app, &(struct confirmation){.level = LEVEL_WRITE,
                                               .title = "Trust the commands of the configuration",
                                               .environment = app_environment(app) != NULL
                                                                  ? app_environment(app)->name
                                                                  : "",
                                               .lines = lines,
                                               .yes = "trust these commands",
                                               .act = trust_confirmed});
}

/* ---- reading ---- */

static void report_replied(struct app *app, void *closure, bool ok, const json_t *answer,
                           struct effects *effects)
{
    if (!ok) {
        app_toast(app, true, "no report: %s", app_text_of(answer, "message"));
        return;
    }
    free(effects->saved_name);
    free(effects->saved_text);
    effects->saved_name = xasprintf("%s.md", (const char *)closure);
    effects->saved_text = xstrdup(app_text_of(answer, "markdown"));
    dialog_page(app, "Report", app_report_lines(effects->saved_text));
}

const char *app_no_report(const struct app *app)
{
    return app_run(app) == NULL ? "there is no run to report" : NULL;
}

void app_report(struct app *app, struct effects *effects)
{
    const char *id = app_run(app)->id;
    app_ask(app, effects, json_pack("{s:s, s:s}", "verb", "report", "run", id),
            "writing the report", report_replied, xstrdup(id), free);
}

static void history_replied(struct app *app, void *closure, bool ok, const json_t *answer,
                            struct effects *effects)
{
    json_t *lines = json_array(), *run;
    size_t i;
    (void)closure;
    (void)effects;

    if (!ok) {
        json_decref(lines);
        app_toast(app, true, "no history: %s", app_text_of(answer, "message"));
        return;
    }
    json_array_foreach(json_object_get(answer, "runs"), i, run) json_array_append_new(
        lines,
        json_sprintf("%-8s %.16s  %-16s %s", app_text_of(run, "id"), app_text_of(run, "started_at"),
                     app_text_of(run, "status"), event_text_person(app_text_of(run, "by"))));
    if (json_array_size(lines) == 0)
        add_line(lines, "No run is known here.");
    dialog_page(app, "Runs, the newest first", lines);
}

void app_history(struct app *app, struct effects *effects)
{
    if (app_environment(app) == NULL) {
        app_toast(app, false, APP_NO_ENVIRONMENT);
        return;
    }
    app_ask(app, effects, json_pack("{s:s}", "verb", "history"), "reading the history",
            history_replied, NULL, NULL);
}
