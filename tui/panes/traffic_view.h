/*
 * traffic_view.h - what is known of the traffic of the environment on the screen. Pure.
 *
 * Asked, set and seen are three things: what somebody wanted, what AWS read back, and what requests
 * showed. Each carries its time, and none stands in for another. Texts are borrowed from the model.
 */
#ifndef TUI_PANES_TRAFFIC_VIEW_H
#define TUI_PANES_TRAFFIC_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/step.h"

struct app;
struct app_environment;
struct run;
struct run_prompt;
struct run_step;

enum traffic_state {
    TRAFFIC_UNKNOWN, /* nothing was read yet */
    TRAFFIC_IDLE,
    TRAFFIC_STAGED,
    TRAFFIC_PREVIEWED,
    TRAFFIC_ASKED,
    TRAFFIC_APPLYING,
    TRAFFIC_CONVERGING,
    TRAFFIC_STEADY,
    TRAFFIC_DRIFT,
    TRAFFIC_CONVICTED, /* bad: it goes back, or is about to */
    TRAFFIC_FAILED,
    TRAFFIC_ROLLED_BACK,
    TRAFFIC_STATE_COUNT
};
const char *traffic_view_state_name(enum traffic_state state);

struct traffic_mark {
    bool is_known;
    double share;  /* of the new version, 0..1 */
    int64_t at_ms; /* world; 0 = not known */
};
struct traffic_seen {
    struct traffic_mark mark;
    int64_t fresh, all; /* requests of the new version, of both */
    bool is_silent;     /* it should have had requests by now, and has none */
};

enum rung_state { RUNG_DONE, RUNG_NOW, RUNG_NEXT, RUNG_LATER };
struct traffic_rung {
    double weight;
    int64_t bake_ms, since_ms, cleared_ms; /* since, cleared: 0 = not yet */
    enum rung_state state;
};
#define TRAFFIC_MOST_RUNGS 16

struct traffic_count {
    int64_t part, whole; /* whole 0 = none */
};
struct traffic_aspect { /* one line of new against old */
    const char *name;   /* "failed" */
    struct traffic_count fresh, old;
    double limit; /* 0 = not known */
};

struct traffic_view {
    bool is_loaded, is_cached;
    int64_t read_ms; /* when the status was read */
    const char *trouble;
    size_t alias_count, alias_at;
    const json_t *alias; /* its status; NULL = not read */
    const char *function, *alias_name, *revision_id;
    char old[32], fresh[32]; /* numbers; fresh "" = one version alone */
    struct traffic_mark asked, set;
    struct traffic_seen seen;
    char other[32];     /* a version that is neither, and serves all the same; "" = none */
    double other_share; /* of it, 0..1 */
    enum traffic_state state;
    char drift[256]; /* what somebody else did; "" */

    /* the run */
    const struct run *run;       /* NULL = none that moves this traffic */
    const struct run_step *step; /* its step that does */
    bool is_open;                /* the run is not over */
    bool is_backward;            /* what the run calls new is the older version */
    const struct run_prompt *prompt;
    struct traffic_rung rungs[TRAFFIC_MOST_RUNGS];
    size_t rung_count;
    int rung_now;                   /* -1 = none */
    int64_t clears_ms, convicts_ms; /* at the earliest; 0 = not known */

    /* the judge; measurement NULL = it has not looked at this weight */
    const json_t *measurement;
    bool has_verdict;
    enum verdict_kind verdict;
    bool is_held;
    const char *sentence;
    int64_t judged_ms, bake_until_ms;
    int64_t minutes, minutes_needed, requests, requests_needed; /* needed 0 = not known */
    double slow_limit_ms;
    struct traffic_aspect aspects[2]; /* failed, slow */

    double requests_per_s;         /* of all; < 0 = not known */
    double fresh_per_s, old_per_s; /* < 0 = not known */
};

/* alias_at: which of several aliases; clamped. */
void traffic_view_of(const struct app *app, size_t alias_at, struct traffic_view *out);
/* Of the older of the two versions, by what is set. */
double traffic_view_old_share(const struct traffic_view *v);
/* The traffic of the run on the screen is not as it set it. */
/* When AWS itself took the traffic of the open run back, because flightdeck was silent; world, 0 =
 * it did not. */
int64_t traffic_view_taken_back_ms(const struct traffic_view *v);
bool traffic_view_has_drift(const struct app *app);
/* One version serves all, by what is set. */
bool traffic_view_is_alone(const struct traffic_view *v);
/* What the run of an environment read back last, where that is newer than a look at the alias: the
 * share of its new version. False: the look is newer, or it read nothing. */
bool traffic_view_read_back(const struct app_environment *e, int64_t looked_ms, double *share,
                            int64_t *at_ms);
/* When the alias in a status document was looked at. */
int64_t traffic_view_looked_ms(const struct app_environment *e, const json_t *alias);
/* The weight of the plan after what is set; < 0 = there is none. */
double traffic_view_next(const struct traffic_view *v);
/* The series of the metrics document whose id holds `what`, of that version; NULL = none. */
const json_t *traffic_view_series(const struct app *app, const char *what, const char *version);

#endif
