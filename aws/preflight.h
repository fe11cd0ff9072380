/*
 * preflight.h - what is read before the first write of a run that will move traffic, and by doctor.
 */
#ifndef AWS_PREFLIGHT_H
#define AWS_PREFLIGHT_H

#include "core/step.h"

struct aws;
struct lambda_alias;
struct lambda_configuration;

/*
 * For the step that shifts: the alias exists and carries no foreign weights, the API calls it, role
 * and dead letter target of $LATEST and the serving version are equal, requests of the serving
 * version were seen per version, credentials outlive the plan, the alarms exist and do not fire, no
 * other machine's run stands in the alias's description, and a rollback would be allowed now.
 */
void preflight_traffic(struct step_ctx *ctx, struct preflight *findings);
/* The same of a share that is set by hand: the alias may be split already. */
void preflight_by_hand(struct step_ctx *ctx, struct preflight *findings);
/*
 * Would the alias be written now? `now` is what it serves; nothing is changed. False: ERROR_DENIED
 * when it would not be allowed, any other kind when nobody knows. Not for an alias with more than
 * two versions.
 */
bool preflight_may_go_back(struct aws *aws, const char *function, const char *alias,
                           const struct lambda_alias *now, struct error *err) FD_MUST_USE;
/* Lambda splits traffic only between versions of one role and one dead letter target. Pure. */
bool preflight_may_share(const struct lambda_configuration *a, const struct lambda_configuration *b,
                         struct error *err) FD_MUST_USE;

#endif
