/*
 * desk_plan.c - the lane of plans: what a run would do, with how long its ladder takes. Waits for
 * AWS and git.
 */
#include "cli/desk_asked.h"
#include "cli/desk_callers.h"
#include "cli/desk_parts.h"
#include "cli/desk_seen.h"
#include "cli/ladder.h"
#include "cli/plans.h"
#include "core/clock.h"
#include "core/past.h"

static void tell_plan(struct desk *d, const struct environment *environment, json_t *document,
                      const struct error *err)
{
    int64_t at_ms = clock_world_ms();
    json_t *body = json_pack("{s:I}", "at_ms", (json_int_t)at_ms);

    if (document != NULL) {
        desk_seen_keep(d->seen, "plan", environment->name, document, at_ms);
        json_object_set_new(body, "document", document);
    } else {
        json_object_set_new(body, "error", wire_error(err));
    }
    desk_tell(d, "plan", environment->name, body);
}

/* A ladder that cannot decide is shown, and said. */
static void warn(struct desk *d, const struct environment *environment, const json_t *document)
{
    struct error err;

    if (!ladder_can_decide(document, &err))
        desk_say(d, environment->name, "warn", "%s. %s", err.message, err.hint);
}

static void plan(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk *d = lane->desk;
    json_t *document = NULL;
    struct error err;

    if (!desk_asked_environment(environment, &err)) {
        desk_refuse(d, request, &err);
        return;
    }
    bool ok = plans_make(desk_session(d, request), environment, &document, &err);
    if (ok) {
        ladder_add(desk_session(d, request), environment, document);
        past_add_times(d->state_directory, document);
        warn(d, environment, document);
    }
    tell_plan(d, environment, document, &err);
    desk_asked_end(d, request, ok, NULL, &err);
}

static const struct desk_verb verbs[] = {{"plan", plan}, {"refresh", plan}, {0}};

const struct lane_kind lane_plan = {.name = "plan", .verbs = verbs};
