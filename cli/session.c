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

    *s = (struct session){.cli = cli, .overrides = xcalloc(1, sizeof *s->overrides)};
    if (config_path != NULL)
        s->config_path = config_path;
    else if (from_environment != NULL && from_environment[0] != '\0')
        s->config_path = from_environment;
    for (size_t i = 0; (override = cli_value_at(cli, "set", i)) != NULL; i++)
        session_override(s, override);
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
        aws_close(s->signed_in[i].world.aws);
        aws_close(s->signed_in[i].world.rollback_aws);
    }
    free(s->signed_in);
    transport_close(s->transport);
    config_free(s->config);
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

bool session_state_directory(struct session *s, const char **out, struct error *err)
{
    if (s->state_directory == NULL) {
        const char *given = cli_value(s->cli, "state-dir");
        const char *named = getenv("FLIGHTDECK_STATE_DIR");
        const char *state_home = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        if (given != NULL && given[0] != '\0') {
            s->state_directory = xstrdup(given);
        } else if (named != NULL && named[0] != '\0') {
            s->state_directory = xstrdup(named);
        } else {
            if (!session_load(s, err))
                return false;
            if (state_home != NULL && state_home[0] == '/')
                s->state_directory = xasprintf("%s/flightdeck/%s", state_home, s->config->project);
            else if (home != NULL && home[0] == '/')
                s->state_directory =
                    xasprintf("%s/.local/state/flightdeck/%s", home, s->config->project);
        }
    }
    if (s->state_directory == NULL) {
        error_set(err, ERROR_USAGE, "there is no folder for the journal: HOME is not set");
        return error_hint(err, "Name one with FLIGHTDECK_STATE_DIR.");
    }
    *out = s->state_directory;
    return true;
}

bool session_journal(struct session *s, struct journal **out, struct error *err)
{
    const char *directory;
    return session_state_directory(s, &directory, err) && journal_open(directory, out, err);
}

/* ---- AWS ---- */

bool session_transport(struct session *s, struct transport **out, struct error *err)
{
    if (s->transport == NULL) {
        if (!transport_open(&s->transport, err))
            return false;
        if (s->is_own_state)
            transport_only_loopback(s->transport);
    }
    *out = s->transport;
    return true;
}

static struct aws_options options_for(const struct session *s,
                                      const struct environment *environment)
{
    const char *region = cli_value(s->cli, "region");
    if (region == NULL && environment != NULL && environment->region[0] != '\0')
        region = environment->region;
    return (struct aws_options){
        .profile = cli_value(s->cli, "profile"),
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

/* A missing narrow profile stops nothing now: doctor says so, and going back
 * tries the others. */
static struct aws *open_rollback(const struct session *s, const struct environment *environment)
{
    struct aws *aws = NULL;
    struct error ignored;
    if (s->config->rollback_profile[0] == '\0')
        return NULL;
    struct aws_options options = options_for(s, environment);
    options.profile = s->config->rollback_profile;
    return aws_open(s->transport, &options, &aws, &ignored) ? aws : NULL;
}

static struct signed_in *find_signed_in(struct session *s, const struct environment *environment)
{
    for (size_t i = 0; i < s->signed_in_count; i++)
        if (s->signed_in[i].environment == environment)
            return &s->signed_in[i];
    return NULL;
}

static bool open_environment(struct session *s, const struct environment *environment,
                             struct signed_in **out, struct error *err)
{
    struct transport *transport;
    struct signed_in *known = find_signed_in(s, environment);

    if (known == NULL) {
        struct aws_options options = options_for(s, environment);
        struct aws *aws;
        if (!session_transport(s, &transport, err) || !aws_open(transport, &options, &aws, err))
            return false;
        /* Room for every environment from the start: pointers to the rows are
         * handed out. */
        if (s->signed_in == NULL)
            s->signed_in = xcalloc(s->config->environment_count, sizeof *s->signed_in);
        known = &s->signed_in[s->signed_in_count++];
        *known = (struct signed_in){.environment = environment,
                                    .world = {transport, aws, open_rollback(s, environment)}};
    }
    *out = known;
    return true;
}

bool session_connect(struct session *s, const struct environment *environment,
                     const struct world **out, struct error *err)
{
    struct signed_in *known;
    if (!open_environment(s, environment, &known, err))
        return false;
    *out = &known->world;
    return true;
}

void session_actor(const struct session *s, struct actor *out)
{
    const char *profile = cli_value(s->cli, "profile");
    engine_actor_local(out);
    if (profile != NULL)
        (void)snprintf(out->profile, sizeof out->profile, "%s", profile);
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

bool session_sign_in_within(struct session *s, const struct environment *environment,
                            int64_t limit_ms, const struct signed_in **out, struct error *err)
{
    struct signed_in *known;
    struct sts_identity identity;

    if (!open_environment(s, environment, &known, err))
        return false;
    if (!known->is_checked) {
        if (!ask_who(known->world.aws, limit_ms, &identity, err))
            return error_wrap(err, "signing in to %s", environment->name);
        if (environment->account[0] != '\0' &&
            strcmp(environment->account, identity.account) != 0) {
            error_set(err, ERROR_DENIED, "%s is in account %s, but you are signed in to %s",
                      environment->name, environment->account, identity.account);
            error_code(err, "account");
            return error_hint(err, "Sign in to %s, or name its profile with --profile.",
                              environment->account);
        }
        session_actor(s, &known->actor);
        (void)snprintf(known->actor.name, sizeof known->actor.name, "%.*s",
                       (int)sizeof known->actor.name - 1, identity.arn);
        (void)snprintf(known->actor.account, sizeof known->actor.account, "%s", identity.account);
        (void)snprintf(known->actor.profile, sizeof known->actor.profile, "%s",
                       aws_settings(known->world.aws)->profile);
        known->is_checked = true;
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
