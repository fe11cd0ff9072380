/*
 * engine.c - see engine.h: opening, closing, the engine thread and how others speak to it.
 */
#include "core/engine.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/text.h"

#define LOOK_EVERY_MS 100         /* wall: inbox, deadlines, gaps, while a run is there */
#define LONGEST_COND_WAIT_MS 1000 /* CLOCK_MONOTONIC stands still while the host sleeps */

/* ---- views ---- */

struct engine_view *engine_view_ref(struct engine_view *v)
{
    atomic_fetch_add(&v->references, 1);
    return v;
}

void engine_view_unref(struct engine_view *v)
{
    if (v == NULL || atomic_fetch_sub(&v->references, 1) != 1)
        return;
    run_free(v->run);
    free(v);
}

const struct run *engine_run(const struct engine *e)
{
    return e->view != NULL ? e->view->run : NULL;
}

struct engine_view *engine_current_view(struct engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    struct engine_view *v = e->view != NULL ? engine_view_ref(e->view) : NULL;
    (void)pthread_mutex_unlock(&e->lock);
    return v;
}

void engine_wake(struct engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_wait_changed(struct engine *e, int64_t until_boot_ms)
{
    int64_t left_ms = until_boot_ms - clock_boot_ms();
    struct timespec until;

    if (left_ms <= 0)
        return;
    if (left_ms > LONGEST_COND_WAIT_MS)
        left_ms = LONGEST_COND_WAIT_MS;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += left_ms / 1000;
    until.tv_nsec += left_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&e->changed, &e->lock, &until);
}

/* ---- requests ---- */

bool engine_ask(struct engine *e, struct engine_request *r, struct error *err)
{
    (void)sem_init(&r->done, 0, 0);
    mailbox_send(e->mailbox, r);
    while (sem_wait(&r->done) != 0)
        continue; /* a signal was handled */
    (void)sem_destroy(&r->done);
    if (r->reply == ENGINE_REPLY_DONE)
        return true;
    *err = r->err;
    return false;
}

static void publish_settled(struct engine *e)
{
    const struct run *run = engine_run(e);
    bool is_settled = run != NULL && (run_is_over(run) || engine_is_stuck(e));

    (void)pthread_mutex_lock(&e->lock);
    if (is_settled != e->is_settled) {
        e->is_settled = is_settled;
        (void)pthread_cond_broadcast(&e->changed);
    }
    (void)pthread_mutex_unlock(&e->lock);
}

static void handle(struct engine *e, struct engine_request *r)
{
    r->reply = r->handle(e, r);
    publish_settled(e); /* whoever asked may wait for the end next */
    if (r->reply != ENGINE_REPLY_LATER) {
        (void)sem_post(&r->done);
        return;
    }
    r->next = e->put_off;
    e->put_off = r;
}

static void handle_put_off(struct engine *e)
{
    struct engine_request *r = e->put_off;

    e->put_off = NULL;
    while (r != NULL) {
        struct engine_request *next = r->next; /* r is gone once it was answered */
        handle(e, r);
        r = next;
    }
}

/* ---- the engine thread ---- */

static bool is_active(const struct engine *e)
{
    return engine_run(e) != NULL && !run_is_over(engine_run(e));
}

static void look_around(struct engine *e)
{
    int64_t now_ms = clock_boot_ms();

    if (!is_active(e) || now_ms < e->next_inbox_ms)
        return;
    e->next_inbox_ms = now_ms + LOOK_EVERY_MS;
    engine_check_inbox(e);
    engine_check_deadline(e);
    engine_nag(e);
}

static int64_t next_look_ms(const struct engine *e)
{
    if (engine_commit_is_due(e))
        return ENGINE_GROUP_MS;
    return is_active(e) ? LOOK_EVERY_MS : -1;
}

static void leave_to_next(struct engine *e)
{
    const struct run *run = engine_run(e);
    struct error ignored;

    if (e->handed_over_by[0] == '\0' || !e->is_driving || run == NULL || run_is_over(run) ||
        run_is_going_back(run) || run->status == RUN_INTERRUPTED)
        return;
    /* Where it cannot be written, the next one finds a run whose process went away. */
    FD_IGNORE(engine_commit(e, "interrupted", "", e->handed_over_by,
                            engine_reason("the engine was restarted"), &ignored));
}

static void *drive(void *closure)
{
    struct engine *e = closure;

    do {
        int64_t asked_ms = next_look_ms(e), began_ms = clock_boot_ms();
        struct engine_request *r = mailbox_wait(e->mailbox, asked_ms);
        if (asked_ms > 0)
            engine_check_gap(e, asked_ms, clock_boot_ms() - began_ms);
        if (r != NULL)
            handle(e, r);
        look_around(e);
        engine_advance(e);
        handle_put_off(e);
        if (engine_commit_is_due(e) && (r == NULL || clock_boot_ms() >= e->write_by_ms))
            FD_IGNORE(engine_commit_rest(e));
        engine_reap(e);
        publish_settled(e);
    } while (!e->is_closing || e->workers != NULL);
    leave_to_next(e);
    (void)engine_commit_rest(e);
    return NULL;
}

static enum engine_reply on_close(struct engine *e, struct engine_request *r)
{
    (void)r;
    e->is_closing = true;
    engine_cancel_workers(e, WORKER_STEP);
    engine_cancel_workers(e, WORKER_UNDO);
    engine_cancel_workers(e, WORKER_GUARD);
    return ENGINE_REPLY_DONE;
}

/* ---- opening and closing ---- */

static void free_engine(struct engine *e)
{
    journal_close(e->journal);
    engine_lock_release(e->lock_fd);
    engine_view_unref(e->view);
    engine_plan_clear(e);
    journal_events_free(e->unrecorded, e->unrecorded_count);
    mailbox_free(e->mailbox);
    (void)pthread_cond_destroy(&e->changed);
    (void)pthread_mutex_destroy(&e->lock);
    free(e->state_directory);
    free(e);
}

static void init_changed(struct engine *e)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&e->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

bool engine_open(const struct engine_options *options, struct engine **out, struct error *err)
{
    struct engine *e = xcalloc(1, sizeof *e);

    e->options = *options;
    e->state_directory = xstrdup(options->state_directory);
    e->lock_fd = -1;
    e->mailbox = mailbox_new(NULL);
    (void)pthread_mutex_init(&e->lock, NULL);
    init_changed(e);
    struct journal *given = options->journal != NULL ? *options->journal : NULL;
    e->journal = given;
    bool ok = (given != NULL || journal_open(e->state_directory, &e->journal, err)) &&
              engine_lock_take(e->state_directory, options->environment->name,
                               options->lock_patience_ms, &e->lock_fd, err);
    if (ok && pthread_create(&e->thread, NULL, drive, e) != 0)
        ok = error_set(err, ERROR_INTERNAL, "could not start the engine thread");
    if (!ok) {
        if (given != NULL)
            e->journal = NULL; /* stays whose it was */
        free_engine(e);
        return false;
    }
    if (given != NULL)
        *options->journal = NULL;
    *out = e;
    return true;
}

void engine_hand_over(struct engine *e, const char *by)
{
    text_copy(e->handed_over_by, sizeof e->handed_over_by, by);
}

void engine_close(struct engine *e)
{
    struct engine_request r = {.handle = on_close};
    struct error ignored;

    if (e == NULL)
        return;
    FD_IGNORE(engine_ask(e, &r, &ignored));
    (void)pthread_join(e->thread, NULL);
    free_engine(e);
}

/* ---- what callers ask for ---- */

bool engine_prepare(struct engine *e, const char *plan_name, char run_id[static 32],
                    struct error *err)
{
    struct engine_prepare_request wanted = {plan_name, run_id};
    struct engine_request r = {.handle = engine_on_prepare, .closure = &wanted};

    return engine_ask(e, &r, err);
}

bool engine_start(struct engine *e, const char *run_id, const json_t *plan, struct error *err)
{
    struct engine_start_request wanted = {run_id, plan};
    struct engine_request r = {.handle = engine_on_start, .closure = &wanted};

    return engine_ask(e, &r, err);
}

bool engine_resume(struct engine *e, const char *run_id, bool forward, struct error *err)
{
    struct engine_resume_request wanted = {run_id, forward};
    struct engine_request r = {.handle = engine_on_resume, .closure = &wanted};

    return engine_ask(e, &r, err);
}

/* A preflight reads in the thread that asked for it: what stops a run ends it too. */
void engine_stop_preflight(struct engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    if (e->preflight != NULL)
        cancel_set(e->preflight);
    (void)pthread_mutex_unlock(&e->lock);
}

bool engine_command(struct engine *e, const struct command *command, struct error *err)
{
    struct command copy = *command;
    struct engine_request r = {.handle = engine_on_command, .closure = &copy};

    if (command->verb == COMMAND_ABORT)
        engine_stop_preflight(e);
    return engine_ask(e, &r, err);
}

void engine_try_hands(struct engine *e, bool is_asked)
{
    (void)pthread_mutex_lock(&e->lock);
    e->is_asked_back = e->is_asked_back || is_asked;
    e->hands++;
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_ask_as(struct engine *e, struct aws *aws, const char *name, const char *account)
{
    (void)pthread_mutex_lock(&e->lock);
    e->asker_aws = aws;
    text_copy(e->asker.name, sizeof e->asker.name, name);
    text_copy(e->asker.account, sizeof e->asker.account, account);
    (void)pthread_mutex_unlock(&e->lock);
    engine_try_hands(e, false);
}

void engine_watch_as(struct engine *e, struct aws *aws, const char *name)
{
    (void)pthread_mutex_lock(&e->lock);
    e->watcher_aws = aws;
    text_copy(e->watcher, sizeof e->watcher, name);
    (void)pthread_mutex_unlock(&e->lock);
}

bool engine_wait(struct engine *e, int64_t wall_ms)
{
    int64_t until_ms = wall_ms < 0 ? INT64_MAX : clock_boot_ms() + wall_ms;

    (void)pthread_mutex_lock(&e->lock);
    while (!e->is_settled && clock_boot_ms() < until_ms)
        engine_wait_changed(e, until_ms);
    bool is_settled = e->is_settled;
    (void)pthread_mutex_unlock(&e->lock);
    return is_settled;
}

struct run *engine_snapshot(struct engine *e)
{
    struct engine_view *v = engine_current_view(e);
    struct run *run = v != NULL ? run_copy(v->run) : NULL;

    engine_view_unref(v);
    return run;
}

/* ---- preflight ---- */

static void preflight_steps(struct engine *e, struct cancel *cancel, struct preflight *findings)
{
    const struct environment *environment = e->options.environment;

    for (size_t i = 0; i < environment->step_count && !cancel_is_set(cancel); i++) {
        const struct plan_step *step = &environment->steps[i];
        struct step_ctx ctx;
        if (step->kind->preflight == NULL)
            continue;
        engine_ctx_init(e, &ctx, step, WORKER_STEP);
        cancel_unref(ctx.cancel);
        ctx.cancel = cancel_ref(cancel);
        ctx.is_read_only = true;
        step->kind->preflight(&ctx, findings);
        engine_ctx_clear(&ctx);
    }
}

bool engine_preflight(struct engine *e, json_t **out, bool *passed, struct error *err)
{
    struct preflight findings = {.findings = json_array(), .is_passed = true};
    struct cancel *cancel = cancel_new();

    (void)pthread_mutex_lock(&e->lock);
    e->preflight = cancel;
    (void)pthread_mutex_unlock(&e->lock);
    preflight_steps(e, cancel, &findings);
    (void)pthread_mutex_lock(&e->lock);
    e->preflight = NULL;
    (void)pthread_mutex_unlock(&e->lock);
    bool is_cancelled = cancel_is_set(cancel);
    cancel_unref(cancel);
    if (is_cancelled) {
        json_decref(findings.findings);
        return error_set(err, ERROR_CANCELLED, "stopped before anything was begun");
    }
    *out = findings.findings;
    *passed = findings.is_passed;
    return true;
}

/* ---- who we are ---- */

void engine_actor_local(struct actor *out)
{
    struct passwd entry, *found = NULL;
    char buffer[4096], host[64] = "";
    const char *user = "unknown";

    *out = (struct actor){.name = ""};
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        user = found->pw_name;
    if (gethostname(host, sizeof host - 1) != 0)
        (void)snprintf(host, sizeof host, "localhost");
    (void)snprintf(out->user_host, sizeof out->user_host, "%.60s@%.60s", user, host);
    (void)snprintf(out->name, sizeof out->name, "%s (unverified)", out->user_host);
}
