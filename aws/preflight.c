/*
 * preflight.c - see preflight.h. A check is one row; all of them read at the same time.
 *
 * What could not be read stops the run like what is wrong: nothing is proved by not looking.
 */
#include "aws/preflight.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "aws/dead_man.h"
#include "aws/preflight_parts.h"
#include "aws/released.h"
#include "core/clock.h"
#include "core/mem.h"

#define LATEST "$LATEST"
#define NO_SUCH_REVISION "00000000-0000-0000-0000-000000000000"
#define PROOF_ATTEMPTS 3

void preflight_say(struct preflight_findings *f, enum finding_state state, const char *fmt, ...)
{
    va_list ap;

    if (f->count == PREFLIGHT_MOST_SAID)
        return;
    struct preflight_said *said = &f->said[f->count++];
    *said = (struct preflight_said){.state = state, .code = ""};
    va_start(ap, fmt);
    (void)vsnprintf(said->text, sizeof said->text, fmt, ap);
    va_end(ap);
}

void preflight_say_unread(struct preflight_findings *f, const char *what, const struct error *err)
{
    preflight_say(f, err->kind == ERROR_DENIED ? FINDING_NOTE : FINDING_UNKNOWN,
                  "%s could not be read: %s", what, err->message);
}

/* ---- the alias itself ---- */

/* Another machine has no part in our lock; what it moves says so itself. */
static void check_owner(const struct preflight_scene *t, struct preflight_findings *f)
{
    struct alias_owner owner;
    char until[CLOCK_STAMP_SIZE];

    if (!alias_read_owner(t->alias.description, &owner))
        return;
    (void)clock_stamp(owner.until_ms, until);
    if (owner.until_ms <= clock_world_ms()) {
        preflight_say(f, FINDING_NOTE, "%s of %s left its mark on the alias; it ended by %s",
                      owner.run, owner.actor, until);
        return;
    }
    preflight_say(f, FINDING_FAIL, "%s of %s moves v%s to v%s until %s", owner.run, owner.actor,
                  owner.old_version, owner.new_version, until);
    f->said[f->count - 1].code = "locked";
}

static void check_alias(const struct preflight_scene *t, struct preflight_findings *f)
{
    auto_free char *split = alias_split_text(&t->alias);

    if (t->alias.weight_count == 1 && t->is_by_hand)
        preflight_say(f, FINDING_NOTE, "%s:%s serves %s", t->function, t->alias_name, split);
    else if (t->alias.weight_count > 0)
        preflight_say(f, FINDING_FAIL, "%s:%s is split already: %s", t->function, t->alias_name,
                      split);
    else
        preflight_say(f, FINDING_PASS, "%s:%s serves v%s alone", t->function, t->alias_name,
                      t->alias.version);
    check_owner(t, f);
}

/* ---- the versions ---- */

bool preflight_may_share(const struct lambda_configuration *a, const struct lambda_configuration *b,
                         struct error *err)
{
    bool same_role = strcmp(a->role, b->role) == 0;

    if (same_role && strcmp(a->dead_letter_target, b->dead_letter_target) == 0)
        return true;
    error_set(err, ERROR_REFUSED, "%s and %s of %s have different %s", a->version, b->version,
              a->function, same_role ? "dead letter targets" : "roles");
    return error_hint(err,
                      "Lambda cannot split traffic between them: change it first, in a release "
                      "of its own.");
}

static void check_versions(const struct preflight_scene *t, struct preflight_findings *f)
{
    struct lambda_configuration latest = {0}, serving = {0};
    struct error err;

    if (!lambda_get_function(t->world->aws, t->function, LATEST, t->cancel, &latest, &err) ||
        !lambda_get_function(t->world->aws, t->function, t->alias.version, t->cancel, &serving,
                             &err))
        preflight_say_unread(f, t->function, &err);
    else if (!preflight_may_share(&latest, &serving, &err))
        preflight_say(f, FINDING_FAIL, "%s: Lambda cannot split traffic between them", err.message);
    else
        preflight_say(f, FINDING_PASS, "%s and v%s have the same role and dead letter target",
                      LATEST, t->alias.version);
    lambda_configuration_clear(&latest);
    lambda_configuration_clear(&serving);
}

/* ---- staying signed in, and going back ---- */

/* World; what the steps of the plan say that they take at least. */
static int64_t plan_length_ms(const struct preflight_scene *t)
{
    int64_t sum_ms = 0;

    for (size_t i = 0; i < t->environment->step_count; i++) {
        struct plan_context context = *t->context;
        struct step_plan described = {0};
        struct error ignored;
        context.step = &t->environment->steps[i];
        if (!context.step->kind->plan(&context, &described, &ignored))
            continue;
        sum_ms += described.expected_ms;
        json_decref(described.calls);
        free(described.summary);
        free(described.undo);
    }
    return sum_ms;
}

static void check_credentials(const struct preflight_scene *t, struct preflight_findings *f)
{
    int64_t ends_ms = aws_expires_at_ms(t->world->aws);
    int64_t needed_ms = plan_length_ms(t), left_ms = ends_ms - clock_wall_ms();
    char left[CLOCK_STAMP_SIZE], needed[CLOCK_STAMP_SIZE];

    (void)clock_duration_text(needed_ms, needed);
    if (ends_ms == 0)
        preflight_say(f, FINDING_PASS,
                      "these credentials have no known end; the plan takes at least %s", needed);
    else
        preflight_say(f, left_ms > clock_wall_duration_ms(needed_ms) ? FINDING_PASS : FINDING_FAIL,
                      "these credentials last another %s, the plan takes at least %s",
                      clock_duration_text(left_ms > 0 ? left_ms : 0, left), needed);
}

/*
 * Asks for what the alias is already, with a revision that never was: AWS looks at the permission
 * first and then refuses the revision, so nothing changes either way.
 */
bool preflight_may_go_back(struct aws *aws, const char *function, const char *alias,
                           const struct lambda_alias *now, struct error *err)
{
    struct error why = {.kind = ERROR_TRANSIENT};
    struct lambda_alias after;
    bool is_taken = false;

    for (int i = 0; i < PROOF_ATTEMPTS && !is_taken &&
                    (why.kind == ERROR_TRANSIENT || why.kind == ERROR_UNKNOWN);
         i++)
        is_taken = lambda_update_alias(aws, function, alias, now->version, now->additional_version,
                                       now->additional_weight, now->description, NO_SUCH_REVISION,
                                       &after, &why);
    if (is_taken || why.kind == ERROR_CONFLICT)
        return true;
    *err = why;
    return false;
}

static void prove_rollback(const struct preflight_scene *t, struct aws *aws, const char *whose,
                           struct preflight_findings *f)
{
    struct error err;

    if (preflight_may_go_back(aws, t->function, t->alias_name, &t->alias, &err))
        preflight_say(f, FINDING_PASS, "a rollback would be allowed now%s", whose);
    else if (err.kind == ERROR_DENIED)
        preflight_say(f, FINDING_FAIL, "a rollback would not be allowed%s: %s", whose, err.message);
    else
        preflight_say(f, FINDING_UNKNOWN, "whether a rollback would be allowed%s is not known: %s",
                      whose, err.message);
}

static void check_rollback(const struct preflight_scene *t, struct preflight_findings *f)
{
    if (t->alias.weight_count > 1)
        return; /* its weights cannot be sent back as they are; check_alias has refused already */
    prove_rollback(t, t->world->aws, "", f);
    if (aws_has_keys(t->world->rollback_aws))
        prove_rollback(t, t->world->rollback_aws, " by the profile of rollback.as", f);
}

/* ---- all together ---- */

typedef void check(const struct preflight_scene *t, struct preflight_findings *f);
static check *const checks[] = {check_alias,       preflight_callers, check_versions,
                                preflight_seen,    preflight_alerts,  preflight_alarms,
                                check_credentials, check_rollback,    dead_man_check};
#define CHECK_COUNT (sizeof checks / sizeof checks[0])

struct checking {
    pthread_t thread;
    bool is_started;
    const struct preflight_scene *traffic;
    check *check;
    struct preflight_findings findings;
};

static void *run_check(void *closure)
{
    struct checking *c = closure;

    c->check(c->traffic, &c->findings);
    return NULL;
}

static void report(struct preflight *findings, const char *step, const struct preflight_findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        preflight_add(findings, f->said[i].state, step, "%s", f->said[i].text);
        if (f->said[i].code[0] != '\0')
            preflight_code(findings, f->said[i].code);
    }
}

static void check_all(const struct preflight_scene *t, const char *step, struct preflight *findings)
{
    struct checking rows[CHECK_COUNT];

    for (size_t i = 0; i < CHECK_COUNT; i++) {
        rows[i] = (struct checking){.traffic = t, .check = checks[i]};
        rows[i].is_started = pthread_create(&rows[i].thread, NULL, run_check, &rows[i]) == 0;
        if (!rows[i].is_started)
            (void)run_check(&rows[i]);
    }
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (rows[i].is_started)
            (void)pthread_join(rows[i].thread, NULL);
        report(findings, step, &rows[i].findings);
    }
}

static void look(struct step_ctx *ctx, bool is_by_hand, struct preflight *findings)
{
    struct error err;
    struct preflight_scene t = {
        .is_by_hand = is_by_hand,
        .context = step_plan_context(ctx),
        .environment = step_environment(ctx),
        .world = step_world(ctx),
        .cancel = step_cancel(ctx),
        .resource = released_function(step_environment(ctx), step_params(ctx), &err),
    };

    if (t.resource == NULL) {
        preflight_add(findings, FINDING_FAIL, step_id(ctx), "%s", err.message);
        return;
    }
    t.function = config_resource_text(t.resource, "lambda");
    t.alias_name = config_resource_text(t.resource, "alias");
    if (lambda_get_alias(t.world->aws, t.function, t.alias_name, t.cancel, &t.alias, &err))
        check_all(&t, step_id(ctx), findings);
    else
        preflight_add(findings, err.kind == ERROR_NOT_FOUND ? FINDING_FAIL : FINDING_UNKNOWN,
                      step_id(ctx), "%s:%s could not be read: %s", t.function, t.alias_name,
                      err.message);
}

void preflight_traffic(struct step_ctx *ctx, struct preflight *findings)
{
    look(ctx, false, findings);
}

void preflight_by_hand(struct step_ctx *ctx, struct preflight *findings)
{
    look(ctx, true, findings);
}
