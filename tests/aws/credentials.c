/* credentials.c - the order of sources is botocore's; what is broken or not read is said. */
#include "aws/credentials.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/client.h"
#include "core/mem.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static char folder[] = "/tmp/flightdeck-credentials-XXXXXX";
static struct aws_settings settings;
static struct error err;

static const char *const all_variables[] = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_RDS",
    "AWS_CA_BUNDLE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
};

static void write_file(const char *name, const char *text)
{
    auto_free char *path = xasprintf("%s/.aws/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void begin(void)
{
    for (size_t i = 0; i < COUNT(all_variables); i++)
        unsetenv(all_variables[i]);
    cr_assert_not_null(mkdtemp(folder));
    auto_free char *aws = xasprintf("%s/.aws", folder);
    cr_assert_eq(mkdir(aws, 0700), 0);
    setenv("HOME", folder, 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    err = (struct error){0};
}

static void end(void)
{
    static const char *const names[] = {".aws/config", ".aws/credentials", ".aws", ""};
    credentials_settings_clear(&settings);
    for (size_t i = 0; i < COUNT(names); i++) {
        auto_free char *path = xasprintf("%s/%s", folder, names[i]);
        remove(path);
    }
}

TestSuite(credentials, .init = begin, .fini = end);

static bool resolve(const char *profile)
{
    const struct aws_options options = {.profile = profile};
    return credentials_resolve(&options, &settings, &err);
}

static void set_keys(void)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "environment-secret", 1);
}

Test(credentials, takes_the_environment_first)
{
    set_keys();
    setenv("AWS_SESSION_TOKEN", "environment-token", 1);
    setenv("AWS_CREDENTIAL_EXPIRATION", "2026-11-24T10:11:12+00:00", 1);
    write_file("credentials", "[default]\naws_access_key_id = AKIAFILE\n"
                              "aws_secret_access_key = file-secret\n");
    cr_assert(resolve(NULL), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAENVIRONMENT");
    cr_expect_str_eq(settings.credentials.secret_key.bytes, "environment-secret");
    cr_expect_str_eq(settings.credentials.session_token.bytes, "environment-token");
    cr_expect_eq(settings.credentials.expires_at_ms, 1795515072000);
    cr_expect_str_eq(settings.credentials.source, "environment");
    cr_expect_str_eq(settings.profile, "");
}

Test(credentials, a_profile_on_the_command_line_skips_the_environment)
{
    set_keys();
    write_file("credentials", "[prod]\naws_access_key_id = AKIAPROD\n"
                              "aws_secret_access_key = prod-secret\naws_session_token = t\n");
    cr_assert(resolve("prod"), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAPROD");
    cr_expect_str_eq(settings.credentials.session_token.bytes, "t");
    cr_expect_str_eq(settings.profile, "prod");
    cr_expect_not_null(strstr(settings.credentials.source, "profile prod ("));
}

Test(credentials, a_profile_in_the_environment_does_not_skip_the_environments_keys)
{
    set_keys();
    setenv("AWS_PROFILE", "prod", 1);
    write_file("config", "[profile prod]\nregion = us-east-1\n");
    unsetenv("AWS_REGION");
    cr_assert(resolve(NULL), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAENVIRONMENT");
    cr_expect_str_eq(settings.region, "us-east-1");
}

Test(credentials, the_credentials_file_wins_over_the_config_file)
{
    write_file("config", "[profile prod]\naws_access_key_id = AKIACONFIG\n"
                         "aws_secret_access_key = config-secret\n[default]\nregion=x-y\n");
    cr_assert(resolve("prod"), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIACONFIG");
    credentials_settings_clear(&settings);
    write_file("credentials", "[prod]\naws_access_key_id = AKIAPROD\n"
                              "aws_secret_access_key = prod-secret\n");
    cr_assert(resolve("prod"), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAPROD");
}

/* A token in the environment is for whoever names no profile, as keys there are. */
Test(credentials, a_profile_on_the_command_line_skips_the_environments_web_identity)
{
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/x", 1);
    write_file("credentials", "[prod]\naws_access_key_id = AKIAPROD\n"
                              "aws_secret_access_key = prod-secret\n");
    cr_assert(resolve("prod"), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAPROD");
    credentials_settings_clear(&settings);
    setenv("AWS_PROFILE", "prod", 1);
    cr_expect_not(resolve(NULL));
    unsetenv("AWS_PROFILE");
}

Test(credentials, reads_the_settings_of_a_profile_in_the_credentials_file_too)
{
    unsetenv("AWS_REGION");
    write_file("config", "[profile prod]\nregion = us-east-1\nca_bundle = /ca\n");
    write_file("credentials", "[prod]\naws_access_key_id = AKIAPROD\n"
                              "aws_secret_access_key = prod-secret\nregion = eu-west-1\n"
                              "endpoint_url = http://localhost:4\n");
    cr_assert(resolve("prod"), "%s", err.message);
    cr_expect_str_eq(settings.region, "eu-west-1");
    cr_expect_str_eq(settings.endpoint_all, "http://localhost:4");
    cr_expect_str_eq(settings.ca_file, "/ca");
}

Test(credentials, other_files_can_be_named)
{
    auto_free char *path = xasprintf("%s/.aws/config", folder);
    write_file("config", "[default]\naws_access_key_id = AKIAOTHER\n"
                         "aws_secret_access_key = other-secret\n");
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    cr_assert(resolve(NULL), "%s", err.message);
    cr_expect_str_eq(settings.credentials.key_id, "AKIAOTHER");
    credentials_settings_clear(&settings);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/config", 1);
    cr_assert(resolve(NULL), "%s", err.message);
}

/* Every way to have no usable keys is an error that names a cure; none is skipped. */
Test(credentials, says_what_is_wrong_and_what_to_do)
{
    static const struct {
        const char *what, *variable, *value, *config, *credentials, *profile, *message, *hint;
    } cases[] = {
        {"nothing", NULL, NULL, "", "", NULL, "no AWS keys", "AWS_ACCESS_KEY_ID"},
        {"half a pair", "AWS_ACCESS_KEY_ID", "AKIA", "", "", NULL, "half", "both"},
        {"other half", "AWS_SECRET_ACCESS_KEY", "long-secret", "", "", NULL, "half", "both"},
        {"half in a file", NULL, NULL, "", "[p]\naws_access_key_id = A\n", "p", "half", "both"},
        {"no such profile", NULL, NULL, "[profile q]\n", "", "p", "neither", "list-profiles"},
        {"no such profile", "AWS_PROFILE", "p", "", "", NULL, "neither", "list-profiles"},
        {"role", NULL, NULL, "[profile p]\nrole_arn = arn:x\nsource_profile = q\n",
         "[p]\naws_access_key_id = A\naws_secret_access_key = long-secret\n", "p", "role_arn",
         "aws configure export-credentials --profile p --format env"},
        {"sso", NULL, NULL, "[profile p]\nsso_session = s\n", "", "p", "sso_session",
         "export-credentials --profile p"},
        {"old sso", NULL, NULL, "[profile p]\nsso_start_url = s\n", "", "p", "sso_start_url",
         "export-credentials --profile p"},
        {"process", NULL, NULL, "[profile p]\ncredential_process = /bin/x\n", "", "p",
         "credential_process", "export-credentials --profile p"},
        {"process in credentials", NULL, NULL, "", "[p]\ncredential_process = /bin/x\n", "p",
         "credential_process", "export-credentials --profile p"},
        {"web identity", "AWS_WEB_IDENTITY_TOKEN_FILE", "/x", "", "", NULL, "WEB_IDENTITY",
         "export-credentials"},
        {"container", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://x", "", "", NULL, "CONTAINER",
         "export-credentials"},
        {"profile without keys", NULL, NULL, "[profile p]\nregion = x-y\n", "", "p", "no keys",
         "AWS_ACCESS_KEY_ID"},
        {"broken file", NULL, NULL, "[profile p\n", "", "p", "cannot read", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].variable)
            setenv(cases[i].variable, cases[i].value, 1);
        write_file("config", cases[i].config);
        write_file("credentials", cases[i].credentials);
        err = (struct error){0};
        cr_expect_not(resolve(cases[i].profile), "%s", cases[i].what);
        cr_expect_eq(err.kind, ERROR_DENIED, "%s", cases[i].what);
        cr_expect_not_null(strstr(err.message, cases[i].message), "%s: %s", cases[i].what,
                           err.message);
        cr_expect_not_null(strstr(err.hint, cases[i].hint), "%s: %s", cases[i].what, err.hint);
        cr_expect_null(strstr(err.message, "long-secret"));
        if (cases[i].variable)
            unsetenv(cases[i].variable);
    }
}

Test(credentials, refuses_keys_that_would_break_a_header)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIA\r\nX-Evil: 1", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "environment-secret", 1);
    cr_expect_not(resolve(NULL));
    cr_expect_eq(err.kind, ERROR_DENIED);
    set_keys();
    setenv("AWS_CREDENTIAL_EXPIRATION", "tomorrow", 1);
    cr_expect_not(resolve(NULL));
    cr_expect_not_null(strstr(err.message, "AWS_CREDENTIAL_EXPIRATION"));
}

Test(credentials, settles_on_a_region)
{
    set_keys();
    write_file("config", "[default]\nregion = ap-south-1\n");
    setenv("AWS_DEFAULT_REGION", "us-west-2", 1);
    cr_assert(resolve(NULL));
    cr_expect_str_eq(settings.region, "eu-central-1");
    credentials_settings_clear(&settings);
    unsetenv("AWS_REGION");
    cr_assert(resolve(NULL));
    cr_expect_str_eq(settings.region, "us-west-2");
    credentials_settings_clear(&settings);
    unsetenv("AWS_DEFAULT_REGION");
    cr_assert(resolve(NULL));
    cr_expect_str_eq(settings.region, "ap-south-1");
    credentials_settings_clear(&settings);
    write_file("config", "");
    cr_expect_not(resolve(NULL));
    cr_expect_eq(err.kind, ERROR_USAGE);
    static const char *const wrong[] = {"evil.example/", "EU-CENTRAL-1", "-a", "a b", "x"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct aws_options options = {.region = wrong[i]};
        cr_expect_not(credentials_resolve(&options, &settings, &err), "%s", wrong[i]);
        cr_expect_eq(err.kind, ERROR_USAGE);
    }
}

#define SERVICES                                                                                   \
    "[default]\nservices = s\nendpoint_url = http://localhost:4\nca_bundle = /ca\n"                \
    "[services s]\nlambda =\n  endpoint_url = http://localhost:5\n"

Test(credentials, settles_on_endpoints_per_service)
{
    static const struct {
        const char *option, *lambda, *all, *ignore; /* what is set */
        const char *expected_lambda, *expected_all;
    } cases[] = {
        {NULL, NULL, NULL, NULL, "http://localhost:5", "http://localhost:4"},
        {NULL, NULL, "http://localhost:2", NULL, NULL, "http://localhost:2"},
        {NULL, "http://localhost:3", "http://localhost:2", NULL, "http://localhost:3",
         "http://localhost:2"},
        {"http://localhost:1", "http://localhost:3", "http://localhost:2", NULL, NULL,
         "http://localhost:1"},
        {"http://localhost:1", NULL, NULL, "true", NULL, "http://localhost:1"},
        {NULL, "http://localhost:3", "http://localhost:2", "true", NULL, NULL},
    };
    set_keys();
    write_file("config", SERVICES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct aws_options options = {.endpoint_url = cases[i].option};
        setenv("AWS_ENDPOINT_URL_LAMBDA", cases[i].lambda ? cases[i].lambda : "", 1);
        setenv("AWS_ENDPOINT_URL", cases[i].all ? cases[i].all : "", 1);
        setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", cases[i].ignore ? cases[i].ignore : "", 1);
        cr_assert(credentials_resolve(&options, &settings, &err), "%s", err.message);
        const char *lambda = settings.endpoint_of[AWS_LAMBDA];
        const char *all = settings.endpoint_all;
        cr_expect_str_eq(lambda ? lambda : "-",
                         cases[i].expected_lambda ? cases[i].expected_lambda : "-", "case %zu", i);
        cr_expect_str_eq(all ? all : "-", cases[i].expected_all ? cases[i].expected_all : "-",
                         "case %zu", i);
        cr_expect_str_eq(settings.ca_file, "/ca");
        credentials_settings_clear(&settings);
    }
}

Test(credentials, knows_which_profile_a_person_signs_in_first)
{
    static const struct {
        const char *profile, *login, *whose;
    } cases[] = {{"plain", NULL, NULL},
                 {"sso", "sso login", "sso"},
                 {"session", "sso login", "session"},
                 {"role", "sso login", "sso"},
                 {"aws-login", "login", "aws-login"},
                 {"loop", NULL, NULL},
                 {"nowhere", NULL, NULL}};

    write_file("config", "[profile plain]\naws_access_key_id = AKIA\n"
                         "[profile sso]\nsso_start_url = https://example.awsapps.com/start\n"
                         "[profile session]\nsso_session = team\n"
                         "[profile middle]\nrole_arn = arn:a\nsource_profile = sso\n"
                         "[profile role]\nrole_arn = arn:b\nsource_profile = middle\n"
                         "[profile aws-login]\nlogin_session = arn:c\n"
                         "[profile loop]\nrole_arn = arn:d\nsource_profile = loop\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *whose = NULL;
        const char *login = credentials_login(cases[i].profile, &whose);
        cr_expect_str_eq(login != NULL ? login : "", cases[i].login != NULL ? cases[i].login : "",
                         "%s: %s", cases[i].profile, login);
        cr_expect_str_eq(whose != NULL ? whose : "", cases[i].whose != NULL ? cases[i].whose : "",
                         "%s: %s", cases[i].profile, whose);
    }
}
