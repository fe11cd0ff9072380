/* probes_http.c - an address is asked for real: status, JSON, and no answer at all. */
#include "core/config.h"
#include "core/house.h"
#include "net/probes.h"
#include "net/transport.h"
#include "tests/scripted_server.h"

#include <criterion/criterion.h>

#define TEXT(s) ((char *)(uintptr_t)(s))
#define JSON_REPLY(status, body, length)                                                           \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nContent-Length: " length             \
    "\r\n\r\n" body

static const struct {
    const char *reply, *json;
    int status;
    bool passed;
    const char *summary; /* is part of it */
} cases[] = {
    {JSON_REPLY("200 OK", "{}", "2"), NULL, 200, true, "200 in "},
    {JSON_REPLY("503 Busy", "{}", "2"), NULL, 200, false, "503, expected 200"},
    {JSON_REPLY("404 No", "{}", "2"), NULL, 404, true, "404 in "},
    {JSON_REPLY("200 OK", "{\"data\":{\"status\":\"healthy\"}}", "29"),
     "{\"data\":{\"status\":\"healthy\"}}", 200, true, "200 in "},
    {JSON_REPLY("200 OK", "{\"data\":{\"status\":\"sick\"}}", "26"),
     "{\"data\":{\"status\":\"healthy\"}}", 200, false, "data.status is \"sick\""},
    {JSON_REPLY("200 OK", "<html>", "6"), "{\"a\":1}", 200, false, "the reply is no JSON"},
};
#define CASES (sizeof cases / sizeof cases[0])

static bool ask(struct transport *transport, const char *base_url, const char *json, int status,
                struct evidence *out, struct error *err)
{
    const struct environment environment = {.name = TEXT("dev"),
                                            .short_name = TEXT("dev"),
                                            .account = TEXT(""),
                                            .region = TEXT(""),
                                            .url = TEXT(base_url),
                                            .branch = TEXT("")};
    const struct world world = {.transport = transport};
    const struct probe_context context = {.environment = &environment, .world = &world};
    json_t *given = json_pack("{s:s, s:i}", "url", "$url/login", "status", status);
    if (json != NULL)
        json_object_set_new(given, "json", json_loads(json, 0, NULL));
    bool is_ok = probe_http.probe(&context, given, out, err);
    json_decref(given);
    return is_ok;
}

Test(probes_http, judges_each_reply)
{
    struct scripted_step steps[CASES];
    struct transport *transport = NULL;
    struct error err;
    for (size_t i = 0; i < CASES; i++)
        steps[i] = (struct scripted_step){.send = cases[i].reply, .then = SCRIPTED_CLOSE};
    struct scripted_server *server = scripted_start(steps, CASES);
    cr_assert(transport_open(&transport, &err), "%s", err.message);
    for (size_t i = 0; i < CASES; i++) {
        struct evidence evidence;
        cr_assert(ask(transport, server->url, cases[i].json, cases[i].status, &evidence, &err),
                  "%s", err.message);
        cr_expect_eq(evidence.passed, cases[i].passed, "%zu: %s", i, evidence.summary);
        cr_expect(strstr(evidence.summary, cases[i].summary) != NULL, "%zu: %s", i,
                  evidence.summary);
        probe_evidence_clear(&evidence);
    }
    cr_expect_eq(scripted_requests(server), CASES);
    transport_close(transport);
    scripted_stop(server);
}

Test(probes_http, cannot_tell_when_no_whole_reply_comes)
{
    static const struct scripted_step steps[] = {
        {.send = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = SCRIPTED_CLOSE}};
    struct transport *transport = NULL;
    struct evidence evidence;
    struct error err;
    struct scripted_server *server = scripted_start(steps, 1);
    auto_free char *url = xstrdup(server->url);
    cr_assert(transport_open(&transport, &err), "%s", err.message);
    cr_assert_not(ask(transport, url, NULL, 200, &evidence, &err));
    scripted_stop(server);
    cr_assert_not(ask(transport, url, NULL, 200, &evidence, &err)); /* nobody listens */
    transport_close(transport);
}

Test(probes_http, refuses_addresses_that_cannot_work)
{
    struct environment environments[] = {{.name = TEXT("dev"),
                                          .short_name = TEXT("dev"),
                                          .account = TEXT(""),
                                          .region = TEXT(""),
                                          .url = TEXT(""),
                                          .branch = TEXT("")},
                                         {.name = TEXT("production"),
                                          .short_name = TEXT("prod"),
                                          .account = TEXT(""),
                                          .region = TEXT(""),
                                          .url = TEXT("https://x.example"),
                                          .branch = TEXT("")}};
    const struct config config = {.environments = environments, .environment_count = 2};
    static const struct {
        const char *url;
        int status;
        bool is_good;
    } addresses[] = {{"$url/login", 200, true},
                     {"https://y.example", 301, true},
                     {"not an address", 200, false},
                     {"", 200, false},
                     {"https://y.example", 42, false}};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        json_t *given =
            json_pack("{s:s, s:i}", "url", addresses[i].url, "status", addresses[i].status);
        struct error err;
        cr_expect_eq(probe_http.check(&config, given, &err), addresses[i].is_good, "%s",
                     addresses[i].url);
        json_decref(given);
    }
}
