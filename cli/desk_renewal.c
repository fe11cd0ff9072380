/*
 * desk_renewal.c - see desk_renewal.h.
 */
#include "cli/desk_renewal.h"

#include <string.h>

#include "aws/client.h"
#include "aws/sts.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/interrupt.h"
#include "cli/limit.h"
#include "cli/session.h"
#include "core/engine.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define AREA "sign-in"
#define TAKE_ON_LIMIT_MS 3000 /* wall: words of others to the run wait behind it */
#define LOOK_LIMIT_MS 10000   /* wall */

/* Who that is, as STS says now; its keys are read anew first. */
static bool ask(struct session *session, const struct environment *environment,
                const struct signed_in **out, struct error *err)
{
    struct sts_identity identity;
    bool is_new;

    return session_renew(session, environment, &is_new, err) &&
           session_sign_in(session, environment, out, err) &&
           sts_get_caller_identity((*out)->world.aws, interrupt_cancel(), &identity, err) &&
           (strcmp(identity.arn, (*out)->actor.name) == 0 ||
            error_set(err, ERROR_TRANSIENT, "the keys changed just now: they are %s's",
                      identity.arn));
}

static bool take(struct desk *d, const struct environment *environment, const struct signed_in *who,
                 const struct flight_actor *seen, struct flight_hands **former, struct error *err)
{
    if (!desk_flight_sign_in(d, environment, who->world.aws, who->world.sign_in, seen, &who->actor,
                             former, err))
        return false;
    if (*former != NULL)
        desk_flight_renew_narrow(d, environment);
    return true;
}

static void record(struct desk *d, const struct environment *environment, const char *name)
{
    struct engine *engine = desk_flight_enter(d, environment);
    struct error err;

    if (engine == NULL)
        return;
    if (!engine_signed_in(engine, name, &err)) {
        log_error(AREA, &err);
        desk_say(d, environment->name, "warn",
                 "the run goes on with the sign-in of %s, which could not be recorded", name);
    }
    desk_flight_leave(d, environment);
}

/* "ana@example.com" of an ARN. */
static const char *last_of(const char *arn)
{
    const char *slash = strrchr(arn, '/');
    return slash != NULL ? slash + 1 : arn;
}

static void tell(struct desk *d, const struct environment *environment, const char *actor,
                 bool is_over)
{
    const char *person = last_of(actor);
    auto_free char *text =
        xasprintf("held, %s is signed out: they sign in, or :pause and C take it on", person);

    desk_tell(d, "sign_in", environment->name,
              json_pack("{s:s, s:s, s:s}", "arn", actor, "state", is_over ? "ended" : "ok", "text",
                        is_over ? text : ""));
    if (is_over)
        desk_say(d, environment->name, "bad",
                 "the sign-in of the run has ended: it goes on when %s signs in again, or with "
                 "whoever pauses and resumes it",
                 person);
}

/* ---- one that has ended ---- */

static bool has_ended(struct aws *keys)
{
    struct sts_identity ignored;
    struct error err;

    return !sts_get_caller_identity(keys, interrupt_cancel(), &ignored, &err) &&
           sts_has_ended(&err);
}

/* Of whoever is here, and of the engine itself. *watcher: whose may look on where none is of the
 * same person; NULL: nobody's. */
static bool renew(struct desk *d, const struct environment *environment,
                  const struct flight_actor *seen, const struct signed_in **watcher)
{
    int numbers[DESK_MOST_CALLERS + 1];
    size_t count = desk_callers_here(d, numbers);
    struct flight_hands *former = NULL;
    const struct signed_in *who;
    struct error ignored;

    numbers[count++] = 0;
    for (size_t i = 0; i < count; i++) {
        if (!ask(desk_caller_session(d, numbers[i]), environment, &who, &ignored))
            continue;
        if (*watcher == NULL && strcmp(who->actor.account, seen->account) == 0)
            *watcher = who;
        if (strcmp(who->actor.name, seen->name) != 0 ||
            !take(d, environment, who, seen, &former, &ignored))
            continue;
        if (former != NULL)
            record(d, environment, who->actor.name);
        desk_flight_restore(d, environment, former, false);
        return true;
    }
    return false;
}

static void watch_as(struct desk *d, const struct environment *environment,
                     const struct signed_in *who)
{
    struct engine *engine = desk_flight_enter(d, environment);

    if (engine == NULL)
        return;
    engine_watch_as(engine, who != NULL ? who->world.aws : NULL,
                    who != NULL ? who->actor.name : "");
    desk_flight_leave(d, environment);
}

static void look(struct desk *d, const struct environment *environment)
{
    const struct signed_in *watcher = NULL;
    struct flight_actor seen;
    struct aws *keys = desk_flight_keys(d, environment, &seen);

    if (keys == NULL)
        return;
    bool was_over = desk_flight_has_ended(d, environment), is_renewed = false;
    bool is_over = has_ended(keys) && !(is_renewed = renew(d, environment, &seen, &watcher));
    aws_close(keys);
    watch_as(d, environment, is_over ? watcher : NULL);
    if ((is_renewed && was_over) || desk_flight_say_ended(d, environment, &seen, is_over))
        tell(d, environment, seen.name, is_over);
}

void desk_renewal_look(struct desk *d, const struct environment *environment)
{
    struct limit limit;

    limit_begin_here(&limit, LOOK_LIMIT_MS);
    look(d, environment);
    (void)limit_end(&limit);
}

/* ---- another hand ---- */

static bool ask_in_time(struct session *session, const struct environment *environment,
                        const struct signed_in **out, struct error *err)
{
    struct limit limit;

    limit_begin_here(&limit, TAKE_ON_LIMIT_MS);
    bool ok = ask(session, environment, out, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "AWS did not say within %d s who you are",
                  TAKE_ON_LIMIT_MS / 1000);
    return ok;
}

bool desk_renewal_take_on(struct desk *d, const struct environment *environment,
                          struct session *session, struct flight_hands **former, struct error *err)
{
    struct flight_actor actor;
    struct actor known;
    const struct signed_in *who;
    struct aws *keys = desk_flight_keys(d, environment, &actor);

    *former = NULL;
    if (keys == NULL)
        return true;
    aws_close(keys);
    session_known_actor(session, environment, &known);
    if (!ask_in_time(session, environment, &who, err)) /* with its own keys it goes on as it is */
        return strcmp(err->code, "account") != 0 && strcmp(known.name, actor.name) == 0;
    return take(d, environment, who, &actor, former, err);
}

void desk_renewal_settle(struct desk *d, const struct environment *environment,
                         struct session *session, struct flight_hands *former, bool is_on)
{
    struct actor actor;

    session_known_actor(session, environment, &actor);
    if (former != NULL && is_on) {
        record(d, environment, actor.name);
        tell(d, environment, actor.name, false);
    }
    desk_flight_restore(d, environment, former, !is_on);
}
