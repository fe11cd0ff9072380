/*
 * session.h - what most verbs need: configuration, state folder, the way to
 * AWS, who is asking.
 *
 * Everything is opened when it is asked for first and closed by session_clear. An engine has one
 * more for each console that acts as somebody else (session_as).
 * Thread: any, once session_load passed; what it hands out may be used by any
 * thread until session_clear. Nobody waits for what AWS says to somebody else.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <pthread.h>
#include <stdint.h>

#include "core/config.h"
#include "core/engine.h"
#include "core/house.h"

struct cli;
struct journal;
struct aws;

struct signed_in { /* of an environment that was connected; a newer one for each new keys */
    const struct environment *environment;
    struct world world;
    bool is_owner;   /* of the clients in world, which all of one environment share */
    bool is_checked; /* STS named the pinned account; whoever was handed it out may read it */
    struct actor actor;
};

struct sts_identity;

struct session {
    const struct cli *cli;
    const char *config_path; /* --config; NULL = search */
    const char **overrides;  /* of --set; NULL-terminated, owned array of borrowed text */
    size_t override_count;
    struct config *config;
    char *state_directory;
    struct sign_in *sign_in;
    struct session *parent; /* whose configuration, state and transport it shares; NULL = its own */
    bool is_own_state;      /* the demo: commands are trusted, only loopback is reached
                             */
    struct transport *transport;
    struct signed_in **signed_in; /* newest last; none changes once it was handed out */
    size_t signed_in_count, signed_in_capacity;
    pthread_mutex_t lock; /* what is opened later: state_directory, transport, signed_in */
};

void session_init(struct session *s, const struct cli *cli);
void session_clear(struct session *s);
/* Adds an override "KEY=VALUE" (borrowed) before the configuration is read. */
void session_override(struct session *s, const char *key_value);

/* The same project, loaded, as somebody else. Yours: session_clear, then free, before the parent's
 * own. */
struct session *session_as(struct session *parent, struct sign_in *sign_in);

bool session_load(struct session *s, struct error *err) FD_MUST_USE;
/* The same with every mistake that stands by itself. */
bool session_load_whole(struct session *s, struct config_mistakes *mistakes) FD_MUST_USE;
/* Reads the configuration and finds the environment; name NULL = the only one.
 */
bool session_environment(struct session *s, const char *name, const struct environment **out,
                         struct error *err) FD_MUST_USE;
/* $FLIGHTDECK_STATE_DIR, else under $XDG_STATE_HOME by project: only then the
 * configuration is read. Borrowed. */
bool session_state_directory(struct session *s, const char **out, struct error *err) FD_MUST_USE;
bool session_journal(struct session *s, struct journal **out, struct error *err) FD_MUST_USE;

/* From now on as somebody else: session_renew finds their keys. */
void session_become(struct session *s, struct sign_in *sign_in);
/* Reads the keys anew, after somebody signed in again. Other keys may be another person's, in
 * another account: who it is is asked anew by whoever signs in next. */
bool session_renew(struct session *s, const struct environment *environment, bool *is_new,
                   struct error *err) FD_MUST_USE;
/* Opens the way to AWS without sending anything. Borrowed until session_clear.
 */
bool session_connect(struct session *s, const struct environment *environment,
                     const struct world **out, struct error *err) FD_MUST_USE;
/*
 * A way of its own for a run, with the keys that the session has now; nothing is read or sent.
 * sign_in: whose variables its programs have, and what aws_renew reads; NULL = the session's.
 * as: refused where AWS has not named these keys as theirs; NULL = whoever they are.
 * session_leave_world, before session_clear.
 */
bool session_enter_world(struct session *s, const struct environment *environment,
                         struct sign_in *sign_in, const struct actor *as, struct world *out,
                         struct error *err) FD_MUST_USE;
void session_leave_world(struct world *w);
/* Connects and asks STS who we are; another account than the environment's is
 * refused. */
bool session_sign_in(struct session *s, const struct environment *environment,
                     const struct signed_in **out, struct error *err) FD_MUST_USE;
/* The same where nobody waits long for a name. wall ms. */
/*
 * For a way back, which must not depend on STS: who asks is named where AWS says it soon. Only the
 * answer "another account" stops it: a function of the same name there must never be touched.
 */
bool session_reach(struct session *s, const struct environment *environment,
                   const struct world **world, struct actor *actor, struct error *err) FD_MUST_USE;
bool session_sign_in_within(struct session *s, const struct environment *environment,
                            int64_t limit_ms, const struct signed_in **out,
                            struct error *err) FD_MUST_USE;
/* What AWS said of these keys just now: as session_sign_in, without asking again. */
bool session_know(struct session *s, const struct environment *environment,
                  const struct sts_identity *identity, struct error *err) FD_MUST_USE;
/* The name that AWS gave already, else as session_actor: nothing is sent. */
void session_known_actor(struct session *s, const struct environment *environment,
                         struct actor *out);
/* Who is asking, as far as known without the network. */
void session_actor(const struct session *s, struct actor *out);
/* The transport alone, for verbs without a configuration. */
bool session_transport(struct session *s, struct transport **out, struct error *err) FD_MUST_USE;
/* An AWS client without a configuration: from the global options, and region where they name none
 * (NULL = neither). Yours (aws_close), before session_clear. */
bool session_plain_aws(struct session *s, const char *region, struct aws **out,
                       struct error *err) FD_MUST_USE;

#endif
