/*
 * dead_man.h - the dead-man switch: while a run moves traffic a schedule stands in EventBridge
 * Scheduler that gives all of it to the old version, unless flightdeck puts it off in time.
 *
 * It is set before the first weight, put off by `rollback.silent-for` with each look of the guard,
 * and deleted, and seen gone, before the run takes its mark off the alias. AWS carries it out only
 * on what this run left there: it holds the revision of the run's last write. Around a write of the
 * run it holds none, since the revision that comes is not known: whoever dies there is covered too.
 * Does nothing, successfully, where the configuration does not ask for it.
 *
 * Putting it off is not an effect of its own in the journal: the one that sets it says how long it
 * is to be put off, and each measurement until when it was. Thread: the step's, or its guard's.
 */
#ifndef AWS_DEAD_MAN_H
#define AWS_DEAD_MAN_H

#include <jansson.h>
#include <stdbool.h>

#include "core/config.h"
#include "core/error.h"
#include "core/step.h"

struct lambda_alias;
struct preflight_findings;
struct preflight_scene;

bool dead_man_is_wanted(const struct config *config);
/* The call that sets it, for a plan. New reference. */
json_t *dead_man_planned_call(const struct plan_context *context, const struct resource *resource,
                              const char *deploy_id);

/* The effect "dead-man". before: of alias_begin. */
bool dead_man_set(struct step_ctx *ctx, const char *function, const char *alias,
                  const json_t *before, const char *new_version, struct error *err) FD_MUST_USE;
/* By so much, from now. */
enum dead_man_cover {
    DEAD_MAN_OURS, /* only what the run's last write left there */
    DEAD_MAN_ANY   /* whatever is there: the run is about to write */
};
/* Sets it anew where it is gone, and not by us. *until_ms (may be NULL): world, 0 = there is none.
 */
bool dead_man_put_off(struct step_ctx *ctx, enum dead_man_cover cover, int64_t *until_ms,
                      struct error *err) FD_MUST_USE;
/* The effect "dead-man-off": deleted, and seen gone. shift: the id of the step that set it. */
bool dead_man_take_away(struct step_ctx *ctx, const char *shift, struct error *err) FD_MUST_USE;

/* The same, with a step's patience: before the mark is taken off the alias. */
bool dead_man_see_off(struct step_ctx *ctx, const char *shift, struct error *err) FD_MUST_USE;

/*
 * Was it carried out? Then *err says when, and since what ("AWS put v41 back at 10:57:02Z: ..."),
 * and nobody else is to be looked for. False also where the alias cannot be read.
 */
bool dead_man_was_carried_out(struct step_ctx *ctx, struct error *err);

/* For preflight.c: may it be set? */
void dead_man_check(const struct preflight_scene *t, struct preflight_findings *f);

#endif
