/*
 * http.c - an address answers as expected.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/config.h"
#include "core/house.h"
#include "core/mem.h"
#include "net/http_check.h"
#include "net/probes.h"

#define LIMIT_MS 15000

static const struct param params[] = {
    {.name = "url",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "address that is asked with GET; $url is the environment's"},
    {.name = "status", .type = PARAM_INTEGER, .fallback = "200", .help = "expected status"},
    {.name = "json",
     .type = PARAM_JSON,
     .help = "every key of it must be in the reply, with that value"},
    {0},
};

/* The address can work in every environment that has one. */
static bool check(const struct config *config, const json_t *given, struct error *err)
{
    json_int_t status = json_integer_value(json_object_get(given, "status"));
    const char *url = json_string_value(json_object_get(given, "url"));

    if (url == NULL || url[0] == '\0')
        return error_set(err, ERROR_USAGE, "the address is empty");
    if (status < 100 || status > 599)
        return error_set(err, ERROR_USAGE, "%lld is no HTTP status", (long long)status);
    for (size_t i = 0; i < config->environment_count; i++) {
        const struct environment *environment = &config->environments[i];
        const struct probe_context context = {.config = config, .environment = environment};
        auto_free char *filled_in = probe_expand(&context, url);
        if (environment->url[0] == '\0' && strstr(url, "$url") != NULL)
            continue;
        if (!http_check_validate("GET", filled_in, err))
            return error_wrap(err, "in %s", environment->name);
    }
    return true;
}

static bool probe(const struct probe_context *context, const json_t *given, struct evidence *out,
                  struct error *err)
{
    auto_free char *url = probe_expand(context, json_string_value(json_object_get(given, "url")));
    const struct http_check check = {
        .method = "GET",
        .url = url,
        .status = (int)json_integer_value(json_object_get(given, "status")),
        .expected = json_object_get(given, "json"),
        .limit_ms = LIMIT_MS,
    };
    struct transport *transport = context->world == NULL ? NULL : context->world->transport;
    struct evidence evidence = {0};

    if (!http_check_run(transport, &check, context->cancel, &evidence.passed, &evidence.summary,
                        err))
        return false;
    evidence.details = json_pack("{s:s}", "url", url);
    *out = evidence;
    return true;
}

const struct probe_kind probe_http = {
    .name = "http",
    .summary = "An address answers as expected",
    .params = params,
    .lifetime_ms = INT64_C(600) * 1000,
    .check = check,
    .probe = probe,
};
