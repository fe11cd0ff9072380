/*
 * caller.c - see caller.h.
 */
#include "cli/caller.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define LONGEST 65536

/* What decides who AWS takes one for, and which AWS. */
static const char *const variables[] = {"AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_ROLE_ARN",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "FLIGHTDECK_SANDBOX_URL",
                                        "HOME"};
static const char *const options[] = {"profile", "region", "endpoint-url"};

static void fingerprint(const void *bytes, size_t len, char out[static CALLER_SIZE])
{
    char hex[HASH_HEX_SIZE];

    hash_sha256_hex(bytes, len, hex);
    hex[CALLER_SIZE - 1] = '\0';
    text_copy(out, CALLER_SIZE, hex);
}

void caller_of(const struct session *s, struct caller *out)
{
    auto_buf sign_in;
    auto_free char *document =
        json_dumps(s->config->document, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    auto_free char *configuration =
        xasprintf("%s\n%s", s->config->path, document != NULL ? document : "");

    buf_init(&sign_in, LONGEST);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *value = cli_value(s->cli, options[i]);
        buf_addf(&sign_in, "%s\n", value != NULL ? value : "");
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        buf_addf(&sign_in, "%s\n", value != NULL ? value : "");
    }
    fingerprint(sign_in.ptr, sign_in.len, out->sign_in);
    fingerprint(configuration, strlen(configuration), out->configuration);
}
