/*
 * preflight_parts.h - the checks that preflight_traffic puts together; for aws/preflight*.c only.
 */
#ifndef AWS_PREFLIGHT_PARTS_H
#define AWS_PREFLIGHT_PARTS_H

#include "aws/lambda.h"
#include "core/step.h"

#define PREFLIGHT_MOST_SAID 4

struct preflight_said {
    enum finding_state state;
    const char *code; /* "" = none */
    char text[400];
};

/* What one check found; its thread owns it until it is joined. */
struct preflight_findings {
    struct preflight_said said[PREFLIGHT_MOST_SAID];
    size_t count;
};

struct preflight_scene { /* never changes while the checks read */
    const struct plan_context *context;
    const struct environment *environment;
    const struct world *world;
    struct cancel *cancel;
    const char *function, *alias_name;
    const struct resource *resource;
    struct lambda_alias alias;
    bool is_by_hand; /* a hand on the slider: it may be split already */
};

FD_PRINTF(3, 4)
void preflight_say(struct preflight_findings *f, enum finding_state state, const char *fmt, ...);
/* Where we are not allowed to look, and the release does not rest on it, it is a note. */
void preflight_say_unread(struct preflight_findings *f, const char *what, const struct error *err);

/* One check each: reads, says what it found. They run at the same time. */
void preflight_callers(const struct preflight_scene *t,
                       struct preflight_findings *f); /* does the API call the alias? */
void preflight_seen(const struct preflight_scene *t,
                    struct preflight_findings *f); /* requests per version */
void preflight_alerts(const struct preflight_scene *t,
                      struct preflight_findings *f); /* of the configuration */
void preflight_alarms(const struct preflight_scene *t,
                      struct preflight_findings *f); /* of CloudWatch */

#endif
