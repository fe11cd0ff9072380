/*
 * credentials.h - who signs: environment variables and the shared files (profiles, region,
 * endpoints).
 *
 * Order and rules: botocore's; see docs/credentials.md. A source that is present but broken is an
 * error, never skipped. Secrets live in struct secret only.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include <stdint.h>

#include "core/error.h"
#include "core/secret.h"
#include "core/sign_in.h"

struct credentials {
    char *key_id; /* shown as first 4 + last 4 */
    struct secret secret_key;
    struct secret session_token; /* unset when long-lived */
    int64_t expires_at_ms;       /* wall; 0 = not known or never */
    char *source;                /* "environment", "profile finally-prod (~/.aws/credentials)" */
};

/* What the caller asked for; every field may be NULL. */
struct aws_options {
    struct sign_in *sign_in;  /* whose profile and variables; NULL = none, and this process's */
    const char *profile;      /* --profile: then keys in the environment are skipped; else sign_in's
                               */
    const char *region;       /* --region, else the configuration's, else AWS_REGION ... */
    const char *endpoint_url; /* --endpoint-url: every service */
};

/* What was settled on before anything is signed. */
struct aws_settings {
    struct credentials credentials;
    char *region;
    char *profile;        /* "" when none */
    char *ca_file;        /* NULL = the system's */
    char *endpoint_all;   /* NULL; --endpoint-url, AWS_ENDPOINT_URL or the profile's */
    char *endpoint_of[8]; /* by enum aws_service, NULL = none */
};

void credentials_init(struct credentials *c);
void credentials_clear(struct credentials *c);
/* Reads variables and files anew. ERROR_DENIED with a hint that names the cure when there is
 * none. */
bool credentials_resolve(const struct aws_options *options, struct aws_settings *out,
                         struct error *err) FD_MUST_USE;
/* Is it in the shared files, as this process's variables name them? *err names both. */
bool credentials_has_profile(const char *profile, struct error *err) FD_MUST_USE;
/*
 * "sso login": what a person says to the AWS CLI ("aws sso login --profile WHOSE") before the
 * profile has keys; *whose: it, or the one that its role is assumed from, yours. NULL: nothing.
 * Reads the files with this process's variables.
 */
const char *credentials_login(const char *profile, char **whose);
void credentials_settings_clear(struct aws_settings *s);

#endif
