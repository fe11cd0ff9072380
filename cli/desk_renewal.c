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
#include "cli/session.h"
#include "core/engine.h"
#include "core/text.h"

#define ASSUMED "assumed-role/"

/* What follows the role is the name of one session of many. */
static size_t principal_length(const char *arn)
{
    const char *role = strstr(arn, ASSUMED);
    const char *session = role != NULL ? strchr(role + strlen(ASSUMED), '/') : NULL;

    return session != NULL ? (size_t)(session - arn) : strlen(arn);
}

static bool is_same_principal(const char *a, const char *b)
{
    size_t len = principal_length(a);
    return principal_length(b) == len && strncmp(a, b, len) == 0;
}

/* Who that is, as STS says now; its keys are read anew first. */
static bool ask(struct session *session, const struct environment *environment, struct actor *out,
                struct error *err)
{
    const struct signed_in *who;
    const struct world *world;
    struct sts_identity identity;
    bool is_new;

    if (!session_renew(session, environment, &is_new, err) ||
        !session_sign_in(session, environment, &who, err) ||
        !session_connect(session, environment, &world, err) ||
        !sts_get_caller_identity(world->aws, interrupt_cancel(), &identity, err))
        return false;
    *out = who->actor;
    return true;
}

/* The caller holds the flight. */
static void take(struct desk *d, const struct environment *environment, struct session *session,
                 const struct actor *actor)
{
    if (desk_flight_sign_in(d, environment, session, actor->name))
        desk_say(d, environment->name, "good", "the run goes on with the sign-in of %s",
                 actor->name);
}

static bool has_ended(struct aws *aws, struct error *err)
{
    struct sts_identity ignored;

    return !sts_get_caller_identity(aws, interrupt_cancel(), &ignored, err) &&
           err->kind == ERROR_DENIED;
}

/* Of whoever is here, and of the engine itself. */
static bool renew(struct desk *d, const struct environment *environment, const char *actor)
{
    int numbers[DESK_MOST_CALLERS + 1] = {0};
    size_t count = desk_callers_here(d, numbers);
    struct actor who;
    struct error ignored;

    numbers[count] = 0;
    for (size_t i = 0; i <= count; i++) {
        struct session *session = desk_caller_session(d, numbers[i]);
        if (!ask(session, environment, &who, &ignored) || !is_same_principal(who.name, actor))
            continue;
        take(d, environment, session, &who);
        return true;
    }
    return false;
}

void desk_renewal_look(struct desk *d, const struct environment *environment)
{
    char actor[sizeof((struct actor *)0)->name];
    struct error err;

    if (desk_flight_enter(d, environment) == NULL)
        return;
    struct aws *aws = desk_flight_aws(d, environment, actor);
    bool is_over = aws != NULL && has_ended(aws, &err);
    if (is_over)
        is_over = !renew(d, environment, actor);
    if (desk_flight_say_ended(d, environment, is_over))
        desk_say(d, environment->name, "bad",
                 "the sign-in of the run has ended (%s): open a console with a new one of the same "
                 "person, or resume it as somebody else",
                 actor);
    desk_flight_leave(d, environment);
}

void desk_renewal_offer(struct desk *d, int number)
{
    struct session *session = desk_caller_session(d, number);
    char actor[sizeof((struct actor *)0)->name];
    struct actor who;
    struct error ignored;

    for (size_t i = 0; i < d->config->environment_count; i++) {
        const struct environment *environment = &d->config->environments[i];
        if (desk_flight_enter(d, environment) == NULL)
            continue;
        if (desk_flight_aws(d, environment, actor) != NULL &&
            ask(session, environment, &who, &ignored) && is_same_principal(who.name, actor))
            take(d, environment, session, &who);
        desk_flight_leave(d, environment);
    }
}

bool desk_renewal_take_on(struct desk *d, const struct environment *environment,
                          struct session *session, struct error *err)
{
    struct actor who;

    if (ask(session, environment, &who, err)) {
        take(d, environment, session, &who);
        return true;
    }
    return strcmp(err->code, "account") != 0;
}
