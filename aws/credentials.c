/* credentials.c - finds keys, region, endpoints and trusted certificates, in botocore's order. */
#include "aws/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/client.h"
#include "aws/ini.h"
#include "aws/stamp.h"
#include "core/mem.h"
#include "core/text.h"

/* How each service is spelled in AWS_ENDPOINT_URL_<ENV> and in a [services] section. */
static const struct {
    const char *environment, *key;
} endpoint_names[AWS_SERVICE_COUNT] = {
    [AWS_STS] = {"AWS_ENDPOINT_URL_STS", "sts"},
    [AWS_LAMBDA] = {"AWS_ENDPOINT_URL_LAMBDA", "lambda"},
    [AWS_CLOUDWATCH] = {"AWS_ENDPOINT_URL_CLOUDWATCH", "cloudwatch"},
    [AWS_RDS] = {"AWS_ENDPOINT_URL_RDS", "rds"},
    [AWS_APIGATEWAY] = {"AWS_ENDPOINT_URL_APIGATEWAYV2", "apigatewayv2"},
    [AWS_SCHEDULER] = {"AWS_ENDPOINT_URL_SCHEDULER", "scheduler"},
};
_Static_assert(AWS_SERVICE_COUNT <= sizeof((struct aws_settings *)0)->endpoint_of / sizeof(char *),
               "endpoint_of has a place for every service");

/* Whose variables; both files and the sections of the chosen profile in them. */
struct profile {
    const struct variables *variables;
    bool is_explicit; /* by --profile: keys in the environment are skipped */
    const char *name; /* borrowed */
    bool is_named;    /* by --profile or AWS_PROFILE: it must exist */
    struct ini *config, *credentials;
    char *config_path, *credentials_path;
    char *config_section; /* "profile X" or "default"; NULL when absent */
};

/* NULL when unset or empty. */
static const char *variable(const struct variables *v, const char *name)
{
    const char *value = variables_get(v, name);
    return value && value[0] ? value : NULL;
}

static const char *first_of(const char *a, const char *b) { return a && a[0] ? a : b; }

void credentials_init(struct credentials *c)
{
    *c = (struct credentials){0};
    secret_init(&c->secret_key);
    secret_init(&c->session_token);
}

void credentials_clear(struct credentials *c)
{
    if (!c)
        return;
    free(c->key_id);
    free(c->source);
    secret_clear(&c->secret_key);
    secret_clear(&c->session_token);
    credentials_init(c);
}

void credentials_settings_clear(struct aws_settings *s)
{
    if (!s)
        return;
    credentials_clear(&s->credentials);
    free(s->region);
    free(s->profile);
    free(s->ca_file);
    free(s->endpoint_all);
    for (size_t i = 0; i < sizeof s->endpoint_of / sizeof s->endpoint_of[0]; i++)
        free(s->endpoint_of[i]);
    *s = (struct aws_settings){0};
}

/* --- the profile --- */

static char *shared_path(const struct variables *v, const char *name, const char *fallback)
{
    const char *path = first_of(variable(v, name), fallback);
    if (strncmp(path, "~/", 2) != 0)
        return xstrdup(path);
    return xasprintf("%s/%s", first_of(variable(v, "HOME"), "/nonexistent"), path + 2);
}

static void profile_clear(struct profile *p)
{
    ini_free(p->config);
    ini_free(p->credentials);
    free(p->config_path);
    free(p->credentials_path);
    free(p->config_section);
}

/* Where both files have it, the credentials file wins. */
static const char *profile_setting(const struct profile *p, const char *key)
{
    const char *value = ini_get(p->credentials, p->name, key);
    if (value || !p->config_section)
        return value;
    return ini_get(p->config, p->config_section, key);
}

static bool profile_load(const char *asked, struct profile *p, struct error *err)
{
    const struct variables *v = p->variables;
    const char *name = first_of(asked, variable(v, "AWS_PROFILE"));
    name = first_of(name, variable(v, "AWS_DEFAULT_PROFILE"));
    p->is_explicit = asked && asked[0];
    p->is_named = name != NULL;
    p->name = first_of(name, "default");
    p->config_path = shared_path(v, "AWS_CONFIG_FILE", "~/.aws/config");
    p->credentials_path = shared_path(v, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    if (!ini_load(p->config_path, &p->config, err) ||
        !ini_load(p->credentials_path, &p->credentials, err))
        return false;
    p->config_section = xasprintf("profile %s", p->name);
    bool has_config = ini_has_section(p->config, p->config_section);
    if (!has_config && strcmp(p->name, "default") == 0) {
        free(p->config_section);
        p->config_section = xstrdup("default");
        has_config = ini_has_section(p->config, p->config_section);
    }
    if (!has_config) {
        free(p->config_section);
        p->config_section = NULL;
    }
    if (has_config || !p->is_named || ini_has_section(p->credentials, p->name))
        return true;
    error_set(err, ERROR_DENIED, "the AWS profile %s is in neither %s nor %s", p->name,
              p->config_path, p->credentials_path);
    return error_hint(err, "`aws configure list-profiles` shows the profiles that exist");
}

/* --- keys --- */

static bool keys_set(struct credentials *c, const char *key_id, const char *secret_key,
                     const char *token, char *source, struct error *err)
{
    c->source = source;
    if (!key_id || !secret_key) {
        error_set(err, ERROR_DENIED, "%s has only half of the AWS keys: the %s is missing", source,
                  key_id ? "secret access key" : "access key id");
        return error_hint(err, "set both or none");
    }
    /* A line break in a key would end a header early. */
    if (strpbrk(key_id, "\r\n\t /,") || strpbrk(secret_key, "\r\n") ||
        (token && strpbrk(token, "\r\n")))
        return error_set(err, ERROR_DENIED, "%s has AWS keys with characters that no key has",
                         source);
    c->key_id = xstrdup(key_id);
    secret_set(&c->secret_key, secret_key, strlen(secret_key));
    if (token)
        secret_set(&c->session_token, token, strlen(token));
    return true;
}

static bool keys_from_environment(const struct variables *v, struct credentials *c,
                                  struct error *err)
{
    const char *token =
        first_of(variable(v, "AWS_SESSION_TOKEN"), variable(v, "AWS_SECURITY_TOKEN"));
    if (!keys_set(c, variable(v, "AWS_ACCESS_KEY_ID"), variable(v, "AWS_SECRET_ACCESS_KEY"), token,
                  xstrdup("environment"), err))
        return false;
    const char *expiration = variable(v, "AWS_CREDENTIAL_EXPIRATION");
    if (expiration && !stamp_parse(expiration, &c->expires_at_ms)) {
        error_set(err, ERROR_DENIED, "AWS_CREDENTIAL_EXPIRATION is not a time");
        return error_hint(err, "2026-01-31T12:00:00Z is one; unset it if it is not known");
    }
    return true;
}

static bool keys_from_section(struct credentials *c, const struct ini *ini, const char *section,
                              const char *profile, const char *path, struct error *err)
{
    return keys_set(c, ini_get(ini, section, "aws_access_key_id"),
                    ini_get(ini, section, "aws_secret_access_key"),
                    ini_get(ini, section, "aws_session_token"),
                    xasprintf("profile %s (%s)", profile, path), err);
}

static bool has_keys(const struct ini *ini, const char *section)
{
    return section && (ini_get(ini, section, "aws_access_key_id") ||
                       ini_get(ini, section, "aws_secret_access_key"));
}

/*
 * Ways to get keys that need a call, a program or a person. They come before or after the static
 * keys as in botocore; meeting one is said, and never skipped in favour of a later source, which
 * would release as somebody else.
 */
struct unread_source {
    const char *setting; /* of the profile */
    const char *what;
    const char *login; /* "aws LOGIN" is what a person says first; NULL = nothing */
};

static const struct unread_source before_static_keys[] = {
    {"role_arn", "assumes a role (role_arn)", NULL},
    {"sso_session", "signs in with SSO (sso_session)", "sso login"},
    {"sso_start_url", "signs in with SSO (sso_start_url)", "sso login"},
    {"sso_account_id", "signs in with SSO (sso_account_id)", "sso login"},
    {"login_session", "signs in with `aws login` (login_session)", "login"},
};
static const struct unread_source after_static_keys[] = {
    {"credential_process", "runs a program (credential_process)", NULL},
};

static bool refuse_unread(const struct profile *p, const struct unread_source *rows, size_t count,
                          struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!profile_setting(p, rows[i].setting))
            continue;
        error_set(err, ERROR_DENIED,
                  "the AWS profile %s %s, which flightdeck does not do by itself", p->name,
                  rows[i].what);
        error_code(err, "CredentialsNotRead");
        error_hint(err,
                   "run: eval \"$(aws configure export-credentials --profile %s --format env)\""
                   " and then flightdeck without --profile",
                   p->name);
        return false;
    }
    return true;
}

static bool refuse_environment_source(const struct variables *v, struct error *err)
{
    static const char *const names[] = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!variable(v, names[i]))
            continue;
        error_set(err, ERROR_DENIED, "%s is set, which flightdeck does not read by itself",
                  names[i]);
        error_code(err, "CredentialsNotRead");
        return error_hint(err,
                          "run: eval \"$(aws configure export-credentials --format env)\" first");
    }
    return true;
}

static bool refuse_web_identity(const struct variables *v, struct error *err)
{
    if (!variable(v, "AWS_WEB_IDENTITY_TOKEN_FILE"))
        return true;
    error_set(err, ERROR_DENIED,
              "AWS_WEB_IDENTITY_TOKEN_FILE is set, which flightdeck does not read by itself");
    error_code(err, "CredentialsNotRead");
    return error_hint(err, "run: eval \"$(aws configure export-credentials --format env)\" first");
}

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static bool keys_find(const struct profile *p, struct credentials *c, struct error *err)
{
    const struct variables *v = p->variables;
    bool has_keys_set = variable(v, "AWS_ACCESS_KEY_ID") || variable(v, "AWS_SECRET_ACCESS_KEY");
    if (!p->is_explicit && has_keys_set)
        return keys_from_environment(v, c, err);
    if (!refuse_unread(p, before_static_keys, 1, err) ||
        (!p->is_explicit && !refuse_web_identity(v, err)) ||
        !refuse_unread(p, before_static_keys, ROWS(before_static_keys), err))
        return false;
    if (has_keys(p->credentials, p->name))
        return keys_from_section(c, p->credentials, p->name, p->name, p->credentials_path, err);
    if (!refuse_unread(p, after_static_keys, ROWS(after_static_keys), err))
        return false;
    if (has_keys(p->config, p->config_section))
        return keys_from_section(c, p->config, p->config_section, p->name, p->config_path, err);
    if (!refuse_environment_source(v, err))
        return false;
    if (p->is_named)
        error_set(err, ERROR_DENIED, "the AWS profile %s has no keys", p->name);
    else
        error_set(err, ERROR_DENIED, "there are no AWS keys in the environment, %s or %s",
                  p->credentials_path, p->config_path);
    error_code(err, "NoCredentials");
    return error_hint(err,
                      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with "
                      "--profile; roles of EC2 instances are not read");
}

/* --- region, endpoints, certificates --- */

/* The region becomes part of a host name, so nothing but its letters may be in it. */
static bool is_region(const char *text)
{
    size_t len = strlen(text);
    return len >= 2 && len <= 40 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
           text[0] != '-' && text[len - 1] != '-';
}

static bool settle_region(const struct aws_options *options, const struct profile *p,
                          struct aws_settings *s, struct error *err)
{
    const char *region = first_of(options->region, variable(p->variables, "AWS_REGION"));
    region = first_of(region, variable(p->variables, "AWS_DEFAULT_REGION"));
    region = first_of(region, profile_setting(p, "region"));
    if (!region) {
        error_set(err, ERROR_USAGE, "no AWS region is set");
        return error_hint(err, "use --region, AWS_REGION, or `region` in the profile");
    }
    if (!is_region(region)) {
        auto_free char *shown = text_safe(region);
        error_set(err, ERROR_USAGE, "\"%.60s\" is not the name of an AWS region", shown);
        return error_hint(err, "eu-central-1 is one");
    }
    s->region = xstrdup(region);
    return true;
}

static void settle_endpoints(const struct aws_options *options, const struct profile *p,
                             struct aws_settings *s)
{
    if (options->endpoint_url && options->endpoint_url[0]) {
        s->endpoint_all = xstrdup(options->endpoint_url);
        return;
    }
    const struct variables *v = p->variables;
    const char *ignore = first_of(variable(v, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                                  profile_setting(p, "ignore_configured_endpoint_urls"));
    if (ignore && strcasecmp(ignore, "true") == 0)
        return;
    const char *all = variable(v, "AWS_ENDPOINT_URL");
    const char *services = profile_setting(p, "services");
    auto_free char *section = services ? xasprintf("services %s", services) : NULL;
    for (size_t i = 0; i < AWS_SERVICE_COUNT; i++) {
        const char *of = variable(v, endpoint_names[i].environment);
        if (!of && !all && section)
            of = ini_get_nested(p->config, section, endpoint_names[i].key, "endpoint_url");
        s->endpoint_of[i] = mem_dup_or_null(of);
    }
    s->endpoint_all = mem_dup_or_null(first_of(all, profile_setting(p, "endpoint_url")));
}

bool credentials_resolve(const struct aws_options *options, struct aws_settings *out,
                         struct error *err)
{
    auto_free char *profile = options->profile && options->profile[0]
                                  ? xstrdup(options->profile)
                                  : sign_in_profile(options->sign_in);
    struct variables *variables = sign_in_variables(options->sign_in);
    struct profile p = {.variables = variables};
    struct aws_settings s = {0};
    credentials_init(&s.credentials);
    bool is_ok = profile_load(profile, &p, err) && settle_region(options, &p, &s, err) &&
                 keys_find(&p, &s.credentials, err);
    if (is_ok) {
        const char *ca = variable(variables, "AWS_CA_BUNDLE");
        settle_endpoints(options, &p, &s);
        s.ca_file = mem_dup_or_null(first_of(ca, profile_setting(&p, "ca_bundle")));
        s.profile = xstrdup(p.is_named ? p.name : "");
        *out = s;
    } else {
        credentials_settings_clear(&s);
    }
    profile_clear(&p);
    variables_unref(variables);
    return is_ok;
}

/* ---- what a person does first ---- */

#define LONGEST_CHAIN 5 /* of source_profile */

static const char *login_of(const struct profile *p)
{
    for (size_t i = 0; i < ROWS(before_static_keys); i++)
        if (before_static_keys[i].login && profile_setting(p, before_static_keys[i].setting))
            return before_static_keys[i].login;
    return NULL;
}

bool credentials_has_profile(const char *profile, struct error *err)
{
    struct profile p = {.variables = NULL};
    bool is_there = profile_load(profile, &p, err);

    profile_clear(&p);
    return is_there;
}

const char *credentials_login(const char *profile, char **whose)
{
    auto_free char *name = xstrdup(profile);
    const char *login = NULL;
    struct error ignored;

    *whose = NULL;
    for (int i = 0; i < LONGEST_CHAIN && name && !login; i++) {
        struct profile p = {.variables = NULL};
        bool is_read = profile_load(name, &p, &ignored);
        login = is_read ? login_of(&p) : NULL;
        if (login)
            *whose = xstrdup(name);
        char *source = is_read ? mem_dup_or_null(profile_setting(&p, "source_profile")) : NULL;
        profile_clear(&p);
        free(name);
        name = source;
    }
    return login;
}
