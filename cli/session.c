/*
 * session.c - see session.h.
 */
#include "cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/sts.h"
#include "cli/cli.h"
#include "cli/limit.h"
#include "cli/tables.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/sign_in.h"
#include "core/text.h"
#include "net/transport.h"

#define NAME_LIMIT_MS 5000 /* wall: then it goes back without knowing who asks */
#define SIGN_IN_LIMIT_MS                                                                           \
    30000 /* wall: whoever begins something waits for AWS, but not for ever                        \
           */

void session_init(struct session *s, const struct cli *cli)
{
    const char *config_path = cli_value(cli, "config");
    const char *from_environment = getenv("FLIGHTDECK_CONFIG");
    const char *override;

    *s = (struct session){.cli = cli,
                          .overrides = xcalloc(1, sizeof *s->overrides),
                          .sign_in = sign_in_new(cli_value(cli, "profile"), NULL)};
    (void)pthread_mutex_init(&s->lock, NULL);
    if (config_path != NULL)
        s->config_path = config_path;
    else if (from_environment != NULL && from_environment[0] != '\0')
        s->config_path = from_environment;
    for (size_t i = 0; (override = cli_value_at(cli, "set", i)) != NULL; i++)
        session_override(s, override);
}

struct session *session_as(struct session *parent, struct sign_in *sign_in)
{
    struct session *s = xcalloc(1, sizeof *s);

    *s = (struct session){.cli = parent->cli,
                          .config = parent->config,
                          .overrides = xcalloc(1, sizeof *s->overrides),
                          .is_own_state = parent->is_own_state,
                          .sign_in = sign_in_ref(sign_in),
                          .parent = parent};
    (void)pthread_mutex_init(&s->lock, NULL);
    return s;
}

void session_override(struct session *s, const char *key_value)
{
    s->overrides = xrealloc(s->overrides, (s->override_count + 2) * sizeof *s->overrides);
    s->overrides[s->override_count++] = key_value;
    s->overrides[s->override_count] = NULL;
}

void session_clear(struct session *s)
{
    for (size_t i = 0; i < s->signed_in_count; i++) {
        if (s->signed_in[i]->is_owner) {
            aws_close(s->signed_in[i]->world.aws);
            aws_close(s->signed_in[i]->world.rollback_aws);
        }
        free(s->signed_in[i]);
    }
    free(s->signed_in);
    sign_in_unref(s->sign_in);
    if (s->parent == NULL) {
        transport_close(s->transport);
        config_free(s->config);
    }
    if (s->overrides != NULL)
        (void)pthread_mutex_destroy(&s->lock);
    free(s->overrides);
    free(s->state_directory);
    *s = (struct session){0};
}

/* ---- configuration ---- */

/* Where the configuration is. Yours. */
static bool find_path(const struct session *s, char **out, struct error *err)
{
    if (s->config_path != NULL) {
        *out = xstrdup(s->config_path);
        return true;
    }
    auto_free char *here = getcwd(NULL, 0);
    if (here == NULL)
        return error_set(err, ERROR_USAGE, "the current folder is gone: %s", strerror(errno));
    return config_find(here, out, err);
}

bool session_load(struct session *s, struct error *err)
{
    auto_free char *path = NULL;
    return s->config != NULL || (find_path(s, &path, err) &&
                                 config_load(path, tables_house(), s->overrides, &s->config, err));
}

bool session_load_whole(struct session *s, struct config_mistakes *mistakes)
{
    auto_free char *path = NULL;
    struct error err;
    if (find_path(s, &path, &err))
        return config_load_whole(path, tables_house(), s->overrides, &s->config, mistakes);
    config_mistakes_add(mistakes, &err);
    return false;
}

bool session_environment(struct session *s, const char *name, const struct environment **out,
                         struct error *err)
{
    if (!session_load(s, err))
        return false;
    if (name == NULL && s->config->environment_count == 1) {
        *out = &s->config->environments[0];
        return true;
    }
    if (name == NULL) {
        error_set(err, ERROR_USAGE, "which environment?");
        for (size_t i = 0; i < s->config->environment_count; i++) {
            size_t len = strlen(err->hint);
            (void)snprintf(err->hint + len, sizeof err->hint - len, "%s%s",
                           i == 0 ? "One of " : ", ", s->config->environments[i].name);
        }
        return false;
    }
    const struct environment *found = config_environment(s->config, name, err);
    if (found == NULL) {
        err->kind = ERROR_USAGE;
        return false;
    }
    *out = found;
    return true;
}

/* ---- state ---- */

/* NULL where no folder is named anywhere. Yours. */
static char *name_state_directory(const struct session *s)
{
    const char *state_home = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state_home != NULL && state_home[0] == '/')
        return xasprintf("%s/flightdeck/%s", state_home, s->config->project);
    if (home != NULL && home[0] == '/')
        return xasprintf("%s/.local/state/flightdeck/%s", home, s->config->project);
    return NULL;
}

static bool choose_state_directory(struct session *s, struct error *err)
{
    const char *given = cli_value(s->cli, "state-dir");
    const char *named = getenv("FLIGHTDECK_STATE_DIR");

    if (given != NULL && given[0] != '\0')
        s->state_directory = xstrdup(given);
    else if (named != NULL && named[0] != '\0')
        s->state_directory = xstrdup(named);
    else if (session_load(s, err))
        s->state_directory = name_state_directory(s);
    else
        return false;
    if (s->state_directory != NULL)
        return true;
    error_set(err, ERROR_USAGE, "there is no folder for the journal: HOME is not set");
    return error_hint(err, "Name one with FLIGHTDECK_STATE_DIR.");
}

bool session_state_directory(struct session *s, const char **out, struct error *err)
{
    if (s->parent != NULL)
        return session_state_directory(s->parent, out, err);
    (void)pthread_mutex_lock(&s->lock);
    bool ok = s->state_directory != NULL || choose_state_directory(s, err);
    if (ok)
        *out = s->state_directory;
    (void)pthread_mutex_unlock(&s->lock);
    return ok;
}

bool session_journal(struct session *s, struct journal **out, struct error *err)
{
    const char *directory;
    return session_state_directory(s, &directory, err) && journal_open(directory, out, err);
}

/* ---- AWS ---- */

/* With the lock held. */
static bool open_transport(struct session *s, struct error *err)
{
    if (s->transport != NULL)
        return true;
    if (s->parent != NULL)
        return session_transport(s->parent, &s->transport, err);
    if (!transport_open(&s->transport, err))
        return false;
    if (s->is_own_state)
        transport_only_loopback(s->transport);
    return true;
}

bool session_transport(struct session *s, struct transport **out, struct error *err)
{
    (void)pthread_mutex_lock(&s->lock);
    bool ok = open_transport(s, err);
    if (ok)
        *out = s->transport;
    (void)pthread_mutex_unlock(&s->lock);
    return ok;
}

static struct aws_options options_for(const struct session *s,
                                      const struct environment *environment)
{
    const char *region = cli_value(s->cli, "region");
    if (region == NULL && environment != NULL && environment->region[0] != '\0')
        region = environment->region;
    return (struct aws_options){
        .sign_in = s->sign_in,
        .region = region,
        .endpoint_url = cli_value(s->cli, "endpoint-url"),
    };
}

bool session_plain_aws(struct session *s, const char *region, struct aws **out, struct error *err)
{
    struct transport *transport;
    struct aws_options options = options_for(s, NULL);
    if (options.region == NULL)
        options.region = region;
    return session_transport(s, &transport, err) && aws_open(transport, &options, out, err);
}

/* A missing narrow profile stops nothing now: doctor says so, and whoever goes back looks for it
 * again. With the lock held, or the transport open. */
static struct aws *open_rollback(const struct session *s, const struct environment *environment,
                                 struct aws *aws)
{
    struct aws *narrow;
    struct error ignored;
    if (s->config->rollback_profile[0] == '\0')
        return NULL;
    struct aws_options options = options_for(s, environment);
    options.profile = s->config->rollback_profile;
    return aws_open(s->transport, &options, &narrow, &ignored)
               ? narrow
               : aws_copy_unread(aws, s->sign_in, options.profile);
}

/* A copy of an environment (a step by hand) goes by its name. With the lock held. */
static struct signed_in *find_signed_in(struct session *s, const struct environment *environment)
{
    for (size_t i = s->signed_in_count; i-- > 0;)
        if (strcmp(s->signed_in[i]->environment->name, environment->name) == 0)
            return s->signed_in[i];
    return NULL;
}

/* With the lock held. */
static struct signed_in *append(struct session *s, const struct signed_in *added)
{
    struct signed_in *own = xmalloc(sizeof *own);

    *own = *added;
    s->signed_in = (struct signed_in **)mem_grow(s->signed_in, &s->signed_in_capacity,
                                                 s->signed_in_count, sizeof(struct signed_in *));
    s->signed_in[s->signed_in_count++] = own;
    return own;
}

/* Whoever acts in an engine reaches the AWS that it reaches: the same region and endpoints. */
static bool open_aws(struct session *s, const struct environment *environment, struct aws **out,
                     struct error *err)
{
    struct aws_options options = options_for(s, environment);
    const struct world *engines;
    struct error ignored;
    bool is_new;

    if (s->parent == NULL || !session_connect(s->parent, environment, &engines, &ignored))
        return aws_open(s->transport, &options, out, err);
    struct aws *aws = aws_copy(engines->aws, s->sign_in);
    if (!aws_renew(aws, &is_new, err)) {
        aws_close(aws);
        return false;
    }
    *out = aws;
    return true;
}

/* With the lock held: files of credentials are read, nothing is sent. */
static struct signed_in *add_signed_in(struct session *s, const struct environment *environment,
                                       struct error *err)
{
    struct error ignored;
    struct aws *aws;

    if (!open_transport(s, err) || !open_aws(s, environment, &aws, err))
        return NULL;
    const struct signed_in added = {
        .environment = config_environment(s->config, environment->name, &ignored),
        .world = {s->transport, aws, open_rollback(s, environment, aws), s->sign_in},
        .is_owner = true};
    return append(s, &added);
}

static bool open_environment(struct session *s, const struct environment *environment,
                             struct signed_in **out, bool *is_checked, struct error *err)
{
    (void)pthread_mutex_lock(&s->lock);
    struct signed_in *known = find_signed_in(s, environment);
    if (known == NULL)
        known = add_signed_in(s, environment, err);
    *is_checked = known != NULL && known->is_checked;
    (void)pthread_mutex_unlock(&s->lock);
    *out = known;
    return known != NULL;
}

bool session_connect(struct session *s, const struct environment *environment,
                     const struct world **out, struct error *err)
{
    struct signed_in *known;
    bool is_checked;
    if (!open_environment(s, environment, &known, &is_checked, err))
        return false;
    *out = &known->world;
    return true;
}

static bool is_named(struct session *s, const struct environment *environment,
                     const struct actor *as)
{
    (void)pthread_mutex_lock(&s->lock);
    const struct signed_in *known = find_signed_in(s, environment);
    bool is = known != NULL && known->is_checked && strcmp(known->actor.name, as->name) == 0;
    (void)pthread_mutex_unlock(&s->lock);
    return is;
}

bool session_enter_world(struct session *s, const struct environment *environment,
                         struct sign_in *sign_in, const struct actor *as, struct world *out,
                         struct error *err)
{
    const struct world *known;

    if (!session_connect(s, environment, &known, err))
        return false;
    struct sign_in *own = sign_in_copy(sign_in != NULL ? sign_in : s->sign_in);
    *out = (struct world){known->transport, aws_copy(known->aws, own),
                          known->rollback_aws != NULL ? aws_copy(known->rollback_aws, own) : NULL,
                          own};
    if (as == NULL ||
        is_named(s, environment, as)) /* after the copy: keys that are newer are not */
        return true;
    session_leave_world(out);
    error_set(err, ERROR_CONFLICT, "AWS has not said yet whose keys these are");
    return error_hint(err, "Try again.");
}

void session_leave_world(struct world *w)
{
    aws_close(w->aws);
    aws_close(w->rollback_aws);
    sign_in_unref(w->sign_in);
    *w = (struct world){.aws = NULL};
}

void session_become(struct session *s, struct sign_in *sign_in)
{
    sign_in_become(s->sign_in, sign_in);
}

bool session_renew(struct session *s, const struct environment *environment, bool *is_new,
                   struct error *err)
{
    struct signed_in *known;
    bool is_checked, is_narrow_new;
    struct error ignored;

    if (!open_environment(s, environment, &known, &is_checked, err))
        return false;
    if (known->world.rollback_aws != NULL)
        FD_IGNORE(aws_renew(known->world.rollback_aws, &is_narrow_new, &ignored));
    if (!aws_renew(known->world.aws, is_new, err))
        return false;
    const struct signed_in again = {.environment = known->environment, .world = known->world};
    (void)pthread_mutex_lock(&s->lock);
    if (*is_new)
        (void)append(s, &again);
    (void)pthread_mutex_unlock(&s->lock);
    return true;
}

void session_actor(const struct session *s, struct actor *out)
{
    auto_free char *profile = sign_in_profile(s->sign_in);
    engine_actor_local(out);
    if (profile != NULL)
        (void)snprintf(out->profile, sizeof out->profile, "%s", profile);
}

void session_known_actor(struct session *s, const struct environment *environment,
                         struct actor *out)
{
    session_actor(s, out);
    (void)pthread_mutex_lock(&s->lock);
    const struct signed_in *known = find_signed_in(s, environment);
    if (known != NULL && known->is_checked)
        *out = known->actor;
    (void)pthread_mutex_unlock(&s->lock);
}

bool session_sign_in(struct session *s, const struct environment *environment,
                     const struct signed_in **out, struct error *err)
{
    return session_sign_in_within(s, environment, SIGN_IN_LIMIT_MS, out, err);
}

static bool ask_who(struct aws *aws, int64_t limit_ms, struct sts_identity *out, struct error *err)
{
    struct limit limit;
    limit_begin(&limit, limit_ms);
    bool ok = sts_get_caller_identity(aws, limit.cancel, out, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "AWS did not say who you are within %lld s",
                  (long long)limit_ms / 1000);
    return ok;
}

static bool check_account(const struct environment *environment, const char *account,
                          struct error *err)
{
    if (environment->account[0] == '\0' || strcmp(environment->account, account) == 0)
        return true;
    error_set(err, ERROR_DENIED, "%s is in account %s, but you are signed in to %s",
              environment->name, environment->account, account);
    error_code(err, "account");
    return error_hint(err, "Sign in to %s, or name its profile with --profile.",
                      environment->account);
}

/* Of two who asked at the same time the first one is kept: it may have been handed out. */
static void keep_identity(struct session *s, struct signed_in *known,
                          const struct sts_identity *identity)
{
    struct actor actor;

    session_actor(s, &actor);
    text_copy(actor.name, sizeof actor.name, identity->arn);
    text_copy(actor.account, sizeof actor.account, identity->account);
    auto_free char *profile = aws_profile(known->world.aws);
    text_copy(actor.profile, sizeof actor.profile, profile);
    (void)pthread_mutex_lock(&s->lock);
    if (!known->is_checked)
        known->actor = actor;
    known->is_checked = true;
    (void)pthread_mutex_unlock(&s->lock);
}

bool session_know(struct session *s, const struct environment *environment,
                  const struct sts_identity *identity, struct error *err)
{
    struct signed_in *known;
    bool is_checked;

    if (!open_environment(s, environment, &known, &is_checked, err))
        return false;
    if (is_checked)
        return true;
    if (!check_account(environment, identity->account, err))
        return false;
    keep_identity(s, known, identity);
    return true;
}

bool session_sign_in_within(struct session *s, const struct environment *environment,
                            int64_t limit_ms, const struct signed_in **out, struct error *err)
{
    struct signed_in *known;
    struct sts_identity identity;
    bool is_checked;

    if (!open_environment(s, environment, &known, &is_checked, err))
        return false;
    if (!is_checked) {
        if (!ask_who(known->world.aws, limit_ms, &identity, err))
            return error_wrap(err, "signing in to %s", environment->name);
        if (!check_account(environment, identity.account, err))
            return false;
        keep_identity(s, known, &identity);
    }
    *out = known;
    return true;
}

bool session_reach(struct session *s, const struct environment *environment,
                   const struct world **world, struct actor *actor, struct error *err)
{
    const struct signed_in *who;

    session_actor(s, actor);
    if (session_sign_in_within(s, environment, NAME_LIMIT_MS, &who, err)) {
        *actor = who->actor;
        *world = &who->world;
        return true;
    }
    return strcmp(err->code, "account") != 0 && session_connect(s, environment, world, err);
}
