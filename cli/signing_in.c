/*
 * signing_in.c - see signing_in.h.
 */
#include "cli/signing_in.h"

#include <stdio.h>
#include <string.h>

#include "aws/credentials.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/text.h"

#define TERMINAL "/dev/tty"
#define NOT_SIGNED_IN "not-signed-in" /* codes of errors */
#define INTERRUPTED "interrupted"
#define USAGE 2 /* argparse, of version 1: it does not know export-credentials */
#define BY_CTRL_C 130
#define LONGEST_ANSWER 65536
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *answer, *variable;
    bool is_needed;
} names[] = {
    {"AccessKeyId", "AWS_ACCESS_KEY_ID", true},
    {"SecretAccessKey", "AWS_SECRET_ACCESS_KEY", true},
    {"SessionToken", "AWS_SESSION_TOKEN", false},
    {"Expiration", "AWS_CREDENTIAL_EXPIRATION", false},
};

static bool read_keys(const struct buf *answer, const char *profile, json_t **keys,
                      struct error *err)
{
    json_t *said = json_loadb(answer->ptr, answer->len, 0, NULL);
    bool ok = json_is_object(said);

    /* Region and the rest are the profile's still. */
    *keys = json_pack("{s:s}", "AWS_PROFILE", profile);
    for (size_t i = 0; i < COUNT(names); i++) {
        json_t *value = json_object_get(said, names[i].answer);
        if (json_is_string(value))
            json_object_set(*keys, names[i].variable, value);
        else
            ok = ok && !names[i].is_needed;
    }
    json_decref(said);
    if (ok)
        return true;
    json_decref(*keys);
    *keys = NULL;
    return error_set(err, ERROR_DENIED, "aws answered with no keys");
}

/* What is run is shown. Past stderr, which is a file while the console is open. */
static void show(const char *const *words)
{
    FILE *terminal = fopen(TERMINAL, "w");

    if (terminal == NULL)
        return;
    (void)fputs("flightdeck:", terminal);
    for (size_t i = 0; words[i] != NULL; i++) {
        auto_free char *safe = text_safe(words[i]);
        (void)fprintf(terminal, " %s", safe);
    }
    (void)fputs("    (Ctrl-C comes back)\n", terminal);
    (void)fclose(terminal);
}

static bool run(const char *const *words, struct buf *output, struct error *err)
{
    int code = 0;

    show(words);
    if (!process_at_terminal(words, output, &code, err))
        return strcmp(err->code, "ENOENT") == 0 &&
               error_hint(err, "Install the AWS CLI, or start flightdeck again with AWS_* keys.");
    if (code == 0)
        return true;
    error_set(err, ERROR_DENIED, "aws did not sign in (it ended with %d)%s",
              code < 0 ? 128 - code : code,
              code == USAGE ? ": it takes version 2 of the AWS CLI" : "");
    return error_code(err, code < 0 || code == BY_CTRL_C ? INTERRUPTED : NOT_SIGNED_IN);
}

static bool log_in(const char *login, const char *profile, struct error *err)
{
    const char *const sso[] = {"aws", "sso", "login", "--profile", profile, NULL};
    const char *const other[] = {"aws", login, "--profile", profile, NULL};

    return run(strcmp(login, "sso login") == 0 ? sso : other, NULL, err);
}

static bool export_keys(const char *profile, json_t **keys, struct error *err)
{
    const char *const words[] = {"aws",       "configure", "export-credentials",
                                 "--profile", profile,     "--format",
                                 "process",   NULL};
    auto_buf answer;

    buf_init(&answer, LONGEST_ANSWER);
    bool ok = run(words, &answer, err) && read_keys(&answer, profile, keys, err);
    hash_wipe(answer.ptr, answer.len);
    return ok;
}

/* What aws said stays in sight until it was read. */
static void await_key(const struct error *err)
{
    auto_free char *prompt =
        xasprintf("flightdeck: %s. Any key goes back to the console", err->message);
    auto_free char *safe = text_safe(prompt);

    process_await_key(safe);
}

bool signing_in(const char *profile, json_t **keys, struct error *err)
{
    auto_free char *whose = NULL;
    const char *login;

    if (!credentials_has_profile(profile, err))
        return false;
    login = credentials_login(profile, &whose);

    /* A session that lasts still needs nobody. */
    bool ok = export_keys(profile, keys, err);
    if (!ok && login != NULL && strcmp(err->code, NOT_SIGNED_IN) == 0)
        ok = log_in(login, whose, err) && export_keys(profile, keys, err);
    if (!ok && strcmp(err->code, INTERRUPTED) != 0)
        await_key(err);
    return ok;
}
