/*
 * http.c - an address answers as expected.
 */
#include <stdlib.h>

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
    .probe = probe,
};
