/*
 * desk_ready.c - the lane of the readiness light: each minute of the world, for the environment on
 * the screen and for everybody who is here, whether a rollback would be allowed now and as whom,
 * and how long the sign-in lasts. It keeps the connection that a way back will use, and the runs
 * that are driven here signed in.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/preflight.h"
#include "aws/sts.h"
#include "cli/caller.h"
#include "cli/desk_asked.h"
#include "cli/desk_back.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/desk_renewal.h"
#include "cli/desk_screens.h"
#include "cli/interrupt.h"
#include "cli/limit.h"
#include "cli/session.h"
#include "cli/way_back.h"
#include "core/clock.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/sign_in.h"
#include "core/text.h"

#define EVERY_MS 60000        /* world */
#define LEAST_EVERY_MS 10000  /* wall */
#define WARM_EVERY_MS 5000    /* wall: below the idle limit of every endpoint */
#define SPARE_CONNECTIONS 2   /* one may be in use, or be cut off with a read that is ended */
#define ANSWER_LIMIT_MS 10000 /* wall */

enum narrow { NARROW_NOT_KNOWN, NARROW_GOOD, NARROW_BAD };

struct ready {
    int64_t *due_ms;     /* by environment: boot clock */
    enum narrow *narrow; /* by environment: could rollback.as go back? */
    int64_t runs_due_ms;
};

/* One look. */
struct looking {
    struct desk *desk;
    const struct environment *environment;
    size_t index; /* of the environment */
    int caller;   /* desk_callers.h */
    struct session *session;
};

static void *state_new(struct desk *desk)
{
    struct ready *r = xcalloc(1, sizeof *r);

    r->due_ms = xcalloc(desk->config->environment_count, sizeof *r->due_ms);
    r->narrow = xcalloc(desk->config->environment_count, sizeof *r->narrow);
    return r;
}

static void state_free(void *state)
{
    struct ready *r = state;

    free(r->narrow);
    free(r->due_ms);
    free(r);
}

/* ---- who we are ---- */

/* Which command cures it. */
static char *cure(const char *profile)
{
    return profile[0] != '\0' ? xasprintf("aws sso login --profile %s", profile)
                              : xstrdup("set new AWS_* keys, and start flightdeck again");
}

/* To whoever it is about. Takes body. */
static void tell(const struct looking *l, const char *news, json_t *body)
{
    json_object_set_new(body, "caller", json_integer(l->caller));
    desk_tell(l->desk, news, l->environment->name, body);
}

static void say(const struct looking *l, const char *mood, const char *text)
{
    tell(l, "said",
         json_pack("{s:s, s:s, s:I}", "text", text, "mood", mood, "at_ms",
                   (json_int_t)clock_world_ms()));
}

static void tell_identity(const struct looking *l, struct aws *aws, const char *state,
                          const struct sts_identity *who, const char *text)
{
    auto_free char *profile = aws_profile(aws);

    tell(l, "identity",
         json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "arn", who->arn, "account", who->account,
                   "profile", profile, "expires_at_ms", (json_int_t)aws_expires_at_ms(aws), "state",
                   state, "text", text));
}

/* Whose it was AWS may have said before. */
static void tell_ended(const struct looking *l, struct aws *aws)
{
    auto_free char *profile = aws_profile(aws);
    auto_free char *text = cure(profile);
    struct sts_identity was = {.arn = ""};
    struct actor known;

    session_known_actor(l->session, l->environment, &known);
    if (text_starts_with(known.name, "arn:"))
        text_copy(was.arn, sizeof was.arn, known.name);
    tell_identity(l, aws, "ended", &was, text);
}

/* There are no keys, or none that are read without a person. */
static void tell_nobody(const struct looking *l, const struct error *err)
{
    auto_free char *profile = sign_in_profile(l->session->sign_in);

    tell(l, "identity",
         json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "arn", "", "account", "", "profile",
                   profile != NULL ? profile : "", "expires_at_ms", 0, "state", "none", "text",
                   err->hint));
}

/* Somebody signed in again in a shell: from now on with what is there. */
static bool ask_again(const struct looking *l, struct aws *aws, struct sts_identity *who,
                      struct error *err)
{
    bool is_new = false;
    struct error unread;

    return sts_has_ended(err) && session_renew(l->session, l->environment, &is_new, &unread) &&
           is_new && sts_get_caller_identity(aws, interrupt_cancel(), who, err);
}

/* Whoever goes back is named without asking. False: nothing can be done with it here. */
static bool is_of_account(const struct looking *l, const struct sts_identity *who,
                          struct error *err)
{
    return session_know(l->session, l->environment, who, err) || strcmp(err->code, "account") != 0;
}

static char *ended_text(struct aws *aws)
{
    auto_free char *profile = aws_profile(aws);
    auto_free char *way_out = cure(profile);

    return xasprintf("the sign-in has ended: %s", way_out);
}

/* False: it is of another account: nothing is asked with it there. *err says so. */
static bool look_at_identity(const struct looking *l, struct aws *aws, struct error *err)
{
    struct sts_identity who = {.arn = ""};
    bool ok =
        sts_get_caller_identity(aws, interrupt_cancel(), &who, err) || ask_again(l, aws, &who, err);
    bool has_ended = !ok && sts_has_ended(err);
    bool is_of_here = !ok || is_of_account(l, &who, err);
    bool is_good = ok && is_of_here;

    if (has_ended)
        tell_ended(l, aws);
    else
        tell_identity(l, aws, ok ? "ok" : "unknown", &who, ok ? "" : err->message);
    if ((!ok && !has_ended) || !desk_caller_says(l->desk, l->caller, l->index, is_good))
        return is_of_here;
    auto_free char *text = is_good     ? xasprintf("signed in again as %s", who.arn)
                           : has_ended ? ended_text(aws)
                                       : xasprintf("%s: %s", err->message, err->hint);
    say(l, is_good ? "good" : "bad", text);
    return is_of_here;
}

/* ---- would it be allowed ---- */

static void tell_ready(const struct looking *l, const char *state, const char *text)
{
    tell(l, "ready",
         json_pack("{s:s, s:s, s:I}", "state", state, "text", text, "at_ms",
                   (json_int_t)clock_world_ms()));
}

static void tell_refused(const struct looking *l, const struct error *err)
{
    auto_free char *text =
        err->kind == ERROR_DENIED
            ? xasprintf("a rollback would not be allowed: %s", err->message)
            : xasprintf("whether a rollback would be allowed is not known: %s", err->message);

    tell_ready(l, err->kind == ERROR_DENIED ? "no" : "unknown", text);
}

static bool may_as(const struct put_back *p, struct aws *aws, struct error *err)
{
    struct lambda_alias now;

    return lambda_get_alias(aws, p->function, p->alias, interrupt_cancel(), &now, err) &&
           (now.weight_count <= 1
                ? preflight_may_go_back(aws, p->function, p->alias, &now, err)
                : error_set(err, ERROR_REFUSED, "it is split between more than two versions"));
}

/* With the keys of the run that is driven here, which go first. */
static bool may_as_run(const struct looking *l, const struct put_back *p)
{
    struct flight_actor owner;
    struct error ignored;
    struct aws *keys = desk_flight_keys(l->desk, l->environment, &owner);
    bool may = keys != NULL && may_as(p, keys, &ignored);

    aws_close(keys);
    if (!may)
        return false;
    auto_free char *text =
        xasprintf("a rollback would be allowed now, with the sign-in of the run, %s",
                  event_text_person(owner.name));
    tell_ready(l, "yes", text);
    return true;
}

/* world NULL: there are no keys here, as err says. */
static void look_at_rollback(const struct looking *l, const struct world *world,
                             const struct put_back *p, struct error *err)
{
    const char *narrow = l->desk->config->rollback_profile;
    struct actor actor;
    struct error narrow_err;

    session_known_actor(l->session, l->environment, &actor);
    if (world != NULL && may_as(p, world->aws, err)) {
        auto_free char *text = xasprintf("a rollback would be allowed now, as %s", actor.name);
        tell_ready(l, "yes", text);
    } else if (may_as_run(l, p)) {
        return;
    } else if (world != NULL && aws_has_keys(world->rollback_aws) &&
               may_as(p, world->rollback_aws, &narrow_err)) {
        auto_free char *text =
            xasprintf("a rollback would be allowed now, as profile %s (rollback.as)", narrow);
        tell_ready(l, "yes", text);
    } else {
        tell_refused(l, err);
    }
}

static bool narrow_may(const struct world *world, const struct put_back *p, struct error *err)
{
    struct limit limit;
    struct error ignored;
    bool is_new;

    FD_IGNORE(aws_renew(world->rollback_aws, &is_new, &ignored));
    if (!aws_has_keys(world->rollback_aws))
        return error_set(err, ERROR_DENIED, "it has no keys");
    limit_begin_here(&limit, ANSWER_LIMIT_MS);
    bool may = may_as(p, world->rollback_aws, err);
    return !limit_end(&limit) && may;
}

/* rollback.as is for the time when nobody else may go back: that it would not is known before. */
static void prove_narrow(struct desk *d, const struct environment *environment, enum narrow *seen)
{
    const char *profile = d->config->rollback_profile;
    const struct resource *api;
    const struct world *world;
    struct put_back p = {.function = ""};
    struct error err;

    if (profile[0] == '\0' || !way_back_alias(environment, NULL, &api, &p, &err) ||
        !session_connect(d->options.session, environment, &world, &err) ||
        world->rollback_aws == NULL)
        return;
    enum narrow now = narrow_may(world, &p, &err) ? NARROW_GOOD
                      : err.kind == ERROR_DENIED  ? NARROW_BAD
                                                  : *seen;
    if (now == NARROW_BAD && *seen != now)
        desk_say(d, environment->name, "bad", "rollback.as WOULD NOT WORK, profile %s: %s", profile,
                 err.message);
    else if (now == NARROW_GOOD && *seen == NARROW_BAD)
        desk_say(d, environment->name, "good", "rollback.as would work again, profile %s", profile);
    *seen = now;
}

/* ---- the lane ---- */

static void look(const struct looking *l)
{
    const struct resource *api;
    const struct world *world;
    struct put_back p = {.function = ""};
    struct error err;

    if (!way_back_alias(l->environment, NULL, &api, &p, &err)) {
        tell_ready(l, "unknown", err.message);
        return;
    }
    if (!session_connect(l->session, l->environment, &world, &err)) {
        if (err.kind == ERROR_DENIED)
            tell_nobody(l, &err);
        look_at_rollback(l, NULL, &p, &err);
        return;
    }
    if (look_at_identity(l, world->aws, &err))
        look_at_rollback(l, world, &p, &err);
    else
        tell_refused(l, &err);
}

/* A light that waits for a silent AWS says so in time. */
static void look_in_time(struct desk *d, const struct environment *environment, int caller)
{
    const struct looking l = {.desk = d,
                              .environment = environment,
                              .index = (size_t)(environment - d->config->environments),
                              .caller = caller,
                              .session = desk_caller_session(d, caller)};
    struct limit limit;

    limit_begin_here(&limit, ANSWER_LIMIT_MS);
    look(&l);
    (void)limit_end(&limit);
}

/* Everybody who is here, and the engine itself, with which the world is watched; or of them only
 * those whom AWS did not take. */
static void look_for(struct desk *d, const struct environment *environment, bool only_bad)
{
    size_t index = (size_t)(environment - d->config->environments);
    int numbers[DESK_MOST_CALLERS + 1];
    size_t count = desk_callers_here(d, numbers);

    numbers[count++] = 0;
    for (size_t i = 0; i < count; i++)
        if (!only_bad || desk_caller_is_bad(d, numbers[i], index))
            look_in_time(d, environment, numbers[i]);
}

static int64_t interval_ms(void)
{
    int64_t every_ms = clock_wall_duration_ms(EVERY_MS);
    return every_ms > LEAST_EVERY_MS ? every_ms : LEAST_EVERY_MS;
}

/* Of one that has ended it is asked more often who could go on with it. */
static void keep_signed_in(struct desk *d, struct ready *r)
{
    bool is_due = clock_boot_ms() >= r->runs_due_ms;

    if (is_due)
        r->runs_due_ms = clock_boot_ms() + interval_ms();
    for (size_t i = 0; i < d->config->environment_count; i++)
        if (is_due || desk_flight_has_ended(d, &d->config->environments[i]))
            desk_renewal_look(d, &d->config->environments[i]);
}

static void keep_warm(struct desk *d, const struct environment *environment)
{
    const struct world *world;
    struct error ignored;

    if (!session_connect(d->options.session, environment, &world, &ignored))
        return;
    for (int i = 0; i < SPARE_CONNECTIONS; i++)
        aws_keep_warm(world->aws, AWS_LAMBDA);
}

static void tick_environment(struct desk *d, struct ready *r, size_t i)
{
    const struct environment *environment = &d->config->environments[i];
    int64_t now_ms = clock_boot_ms();
    bool is_due = now_ms >= r->due_ms[i];

    if (!desk_is_shown(d, i)) {
        r->due_ms[i] = 0; /* who looks at it next sees it as it is then */
        return;
    }
    if (is_due)
        r->due_ms[i] = now_ms + interval_ms();
    else
        keep_warm(d, environment);
    look_for(d, environment, !is_due);
    if (is_due)
        prove_narrow(d, environment, &r->narrow[i]);
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct desk *d = lane->desk;
    struct ready *r = lane->state;

    for (size_t i = 0; i < d->config->environment_count; i++)
        tick_environment(d, r, i);
    keep_signed_in(d, r);
    *wait_ms = WARM_EVERY_MS;
}

/* As whom these keys are, in the environment of the screen: refused ones change nothing. */
static bool is_taken(struct session *session, const struct environment *environment, char arn[200],
                     struct error *err)
{
    const struct signed_in *who;
    bool is_new;

    if (!session_renew(session, environment, &is_new, err) ||
        !session_sign_in_within(session, environment, ANSWER_LIMIT_MS, &who, err))
        return false;
    text_copy(arn, 200, who->actor.name);
    return true;
}

/* Of a console that has its engine in the same process; of others the hub has them. */
static bool take_keys(struct desk *d, const struct environment *environment, const json_t *keys,
                      char arn[200], struct error *err)
{
    struct session *own = d->options.session;
    struct caller caller;
    char ignored_key[HASH_HEX_SIZE];
    struct sign_in *sign_in;
    struct error ignored;
    bool is_new;

    caller_of(own, &caller);
    json_t *as = caller_with_keys(caller.as, keys);
    bool ok = caller_read(as, &sign_in, ignored_key);
    json_decref(as);
    caller_clear(&caller);
    if (!ok)
        return error_set(err, ERROR_USAGE, "that is no sign-in");
    struct session *tried = session_as(own, sign_in);
    ok = is_taken(tried, environment, arn, err);
    session_clear(tried);
    free(tried);
    if (ok)
        session_become(own, sign_in);
    for (size_t i = 0; ok && i < d->config->environment_count; i++)
        FD_IGNORE(session_renew(own, &d->config->environments[i], &is_new, &ignored));
    sign_in_unref(sign_in);
    return ok;
}

static void sign_in(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    const json_t *keys = json_object_get(request, "keys");
    char arn[200] = "";
    struct error err;

    bool ok = desk_asked_environment(environment, &err) &&
              (keys != NULL ? take_keys(d, environment, keys, arn, &err)
                            : is_taken(desk_session(d, request), environment, arn, &err));
    desk_asked_end(d, request, ok, ok ? json_pack("{s:s}", "arn", arn) : NULL, &err);
    if (ok) {
        look_for(d, environment, false);
        desk_renewal_look(d, environment);
    }
}

static void refresh(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct error err;
    bool ok = desk_asked_environment(environment, &err);

    if (ok) { /* what could not be read asks, too: is it the sign-in of the run? */
        look_for(lane->desk, environment, false);
        desk_renewal_look(lane->desk, environment);
    }
    desk_asked_end(lane->desk, request, ok, NULL, &err);
}

/* Another environment is on the screen now. */
static void look_now(struct lane *lane, const struct environment *environment,
                     const json_t *request)
{
    (void)environment;
    lane->due_ms = 0;
    desk_answer(lane->desk, request, NULL);
}

/* A console attached, perhaps with a newer sign-in. */
static void greet(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    int caller = (int)json_integer_value(json_object_get(request, "caller"));

    (void)environment;
    for (size_t i = 0; i < d->config->environment_count; i++)
        if (desk_is_shown(d, i))
            look_in_time(d, &d->config->environments[i], caller);
    for (size_t i = 0; i < d->config->environment_count; i++) {
        const char *name = d->config->environments[i].name;
        desk_renewal_look(d, &d->config->environments[i]);
        if (d->options.adopts && caller > 0) /* what the engine itself could not take up */
            desk_post(
                d, "start",
                json_pack("{s:s, s:s, s:i}", "verb", DESK_ADOPT, "env", name, "caller", caller));
    }
}

static const struct desk_verb verbs[] = {
    {"refresh", refresh}, {"look", look_now}, {"sign_in", sign_in}, {DESK_ATTACHED, greet}, {0}};

const struct lane_kind lane_ready = {.name = "ready",
                                     .verbs = verbs,
                                     .tick = tick,
                                     .state_new = state_new,
                                     .state_free = state_free};
