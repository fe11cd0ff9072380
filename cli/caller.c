/*
 * caller.c - see caller.h.
 */
#include "cli/caller.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/sign_in.h"
#include "core/text.h"

#define LONGEST 65536

/* What decides which AWS is reached, and through what. */
static const char *const variables[] = {"AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_STS",
                                        "AWS_ENDPOINT_URL_LAMBDA",
                                        "AWS_ENDPOINT_URL_CLOUDWATCH",
                                        "AWS_ENDPOINT_URL_RDS",
                                        "AWS_ENDPOINT_URL_APIGATEWAYV2",
                                        "AWS_ENDPOINT_URL_SCHEDULER",
                                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                        "AWS_CA_BUNDLE",
                                        "FLIGHTDECK_SANDBOX_URL",
                                        "CURL_CA_BUNDLE",
                                        "SSL_CERT_FILE",
                                        "SSL_CERT_DIR",
                                        "http_proxy",
                                        "https_proxy",
                                        "HTTPS_PROXY",
                                        "all_proxy",
                                        "ALL_PROXY",
                                        "no_proxy",
                                        "NO_PROXY"};
static const char *const options[] = {"region", "endpoint-url"};

/* FNV-1a, 64 bits (draft-eastlake-fnv): tells changes apart. libcrypto, woken for this alone, would
 * cost a console 2 MB. */
static void fingerprint(const char *text, char out[static CALLER_SIZE])
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    (void)snprintf(out, CALLER_SIZE, "%016" PRIx64, hash);
}

static void read_place(const struct session *s, char out[static CALLER_SIZE])
{
    auto_buf place;

    buf_init(&place, LONGEST);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *value = cli_value(s->cli, options[i]);
        buf_addf(&place, "%s\n", value != NULL ? value : "");
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        buf_addf(&place, "%s\n", value != NULL ? value : "");
    }
    fingerprint(place.ptr, out);
}

static json_t *read_as(const struct session *s)
{
    auto_free char *profile = sign_in_profile(s->sign_in);
    struct variables *own = variables_of_process();
    json_t *as = json_pack("{s:s*, s:o}", "profile", profile, "variables", variables_json(own));

    variables_unref(own);
    return as;
}

void caller_of(const struct session *s, struct caller *out)
{
    auto_free char *dumped =
        json_dumps(s->config->document, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    auto_free char *configuration =
        xasprintf("%s\n%s", s->config->path, dumped != NULL ? dumped : "");

    read_place(s, out->place);
    fingerprint(configuration, out->configuration);
    out->as = read_as(s);
}

void caller_clear(struct caller *c)
{
    json_decref(c->as);
    c->as = NULL;
}

json_t *caller_with_keys(const json_t *as, const json_t *keys)
{
    static const char *const former[] = {
        "AWS_ACCESS_KEY_ID",  "AWS_SECRET_ACCESS_KEY",     "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_WEB_IDENTITY_TOKEN_FILE"};
    json_t *own = json_copy(json_object_get(as, "variables"));

    for (size_t i = 0; i < sizeof former / sizeof former[0]; i++)
        json_object_del(own, former[i]);
    json_object_update(own, (json_t *)(uintptr_t)keys);
    return json_pack("{s:o}", "variables", own);
}

bool caller_read(const json_t *as, struct sign_in **out, char key[static HASH_HEX_SIZE])
{
    struct variables *v = variables_of_json(json_object_get(as, "variables"));

    if (v == NULL)
        return false;
    const char *profile = json_string_value(json_object_get(as, "profile"));
    json_t *signing =
        json_pack("{s:s?, s:o}", "profile", profile, "variables", variables_signing_json(v));
    auto_free char *text = json_dumps(signing, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(signing);
    if (text != NULL) {
        hash_sha256_hex(text, strlen(text), key);
        hash_wipe(text, strlen(text));
        *out = sign_in_new(profile, v);
    }
    variables_unref(v);
    return text != NULL;
}
