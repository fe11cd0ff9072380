/*
 * desk_parts.h - what the files of the desk share; nobody else includes it.
 */
#ifndef CLI_DESK_PARTS_H
#define CLI_DESK_PARTS_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "cli/desk.h"
#include "cli/desk_journal.h"
#include "core/cancel.h"
#include "core/config.h"
#include "core/engine.h"

struct lane;
struct mailbox;

#define DESK_SINCE_MS (INT64_C(60) * 60 * 1000) /* of metrics, until `look` says otherwise */
#define DESK_IDLE_MS (INT64_C(15) * 60 * 1000)  /* wall: after so long without a request, slower */
#define DESK_ALARM_MS 5000   /* wall: so long whoever writes the journal may be in the way */
#define DESK_STATUS_MS 10000 /* world: between two looks at every resource */

/* What a request is answered with: exactly one of the two, once. */
void desk_answer(struct desk *d, const json_t *request,
                 json_t *result); /* takes result; NULL = null */
void desk_refuse(struct desk *d, const json_t *request, const struct error *err);
/* News; takes body (an object), adds "news" and "env" (NULL = none). */
void desk_tell(struct desk *d, const char *news, const char *environment, json_t *body);
void desk_say(struct desk *d, const char *environment, const char *mood, const char *fmt, ...)
    FD_PRINTF(4, 5);
/* What could not be read, or (err NULL) that it can again; nothing where *told, which is yours to
 * free, says so already. */
void desk_tell_trouble(struct desk *d, const char *environment, const char *what, char **told,
                       const struct error *err);

/* One verb of the wire. `handle` runs on its lane's thread and answers exactly once. */
struct desk_verb {
    const char *name;
    void (*handle)(struct lane *lane, const struct environment *environment,
                   const json_t *request); /* environment: NULL where the request names none */
};

/* A kind of lane. One const descriptor per file cli/desk_NAME.c, one line in desk_lanes.h. */
struct lane_kind {
    const char *name;
    const struct desk_verb *verbs; /* ends with {0}; may be NULL */
    /* Optional: called at first and then each time `*wait_ms` (wall, set by it; -1 = only when
     * asked) have passed. */
    void (*tick)(struct lane *lane, int64_t *wait_ms);
    void *(*state_new)(struct desk *desk);
    void (*state_free)(void *state);
};

struct lane {
    int64_t due_ms; /* boot clock: when tick is called; a handler may set it, 0 = at once */
    const struct lane_kind *kind;
    struct desk *desk;
    struct mailbox *requests; /* json_t */
    pthread_t thread;
    bool is_started;
    void *state;
};

struct desk {
    struct desk_options options;
    const struct config *config;
    const char *state_directory;
    struct lane *lanes;
    size_t lane_count;
    struct cancel *cancel; /* set at the end: every wait returns */
    pthread_t reader;      /* takes requests off the wire and puts them on their lanes */
    bool is_reading;
    atomic_bool is_sorting;     /* the reader has a request in its hands */
    _Atomic int *backs;         /* per environment: ways back that are asked for and not over */
    _Atomic(const char *) hold; /* why no release is started yet; NULL = one may be */
    _Atomic int64_t asked_ms;   /* boot clock: when the console asked for something last */
    pthread_mutex_t flights_lock;
    struct flight *flights; /* one per environment; see desk_flight.h */
    const char *flown;      /* where a run was flown here to its end last; NULL = nowhere */
    char flown_run[32];
    char handed_over_by[128];     /* "" = it just ends */
    struct desk_callers *callers; /* see desk_callers.h */
    struct desk_screens *screens; /* see desk_screens.h */
    struct desk_seen *seen;       /* see desk_seen.h */
    struct desk_journal journal;  /* of the lanes that look at it all the time */
};

/* Of the lane "start", put there by the desk itself: takes up what nobody drives. */
#define DESK_ADOPT "adopt"

/* A way back that came to its lane is over, or was refused there. */
void desk_back_over(struct desk *d, const struct environment *environment);
/* The wall time for something that is done each so many world ms: at least 1 s, at most 15 s. */
int64_t desk_interval_ms(int64_t world_ms);
/* An event of a run: whoever shows what it changed looks again. Any thread. */
void desk_heard(struct desk *d, const char *environment, const struct event *event);
/* Puts a request on another lane; for "refresh" and after a write. Without "id" it is not answered.
 * Takes it. */
void desk_post(struct desk *d, const char *lane, json_t *request);
/* The same as if the console had asked for "refresh" of what ("status", "check", "metrics"). */
void desk_refresh(struct desk *d, const char *environment, const char *what);

#endif
