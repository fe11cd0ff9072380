/*
 * desk_fixture.h - a project, a whole sandbox, and a desk over them, all in this process. The test
 * is the console: it asks and hears. All is static: include it once. Needs no Criterion, so that
 * it serves under ThreadSanitizer too: what must not fail ends the program.
 */
#ifndef TESTS_DESK_FIXTURE_H
#define TESTS_DESK_FIXTURE_H

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/desk.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/wire.h"
#include "sandbox/sandbox.h"

#define DESK_PATIENCE_MS 30000

static void desk_house_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "the house of the desk: %s\n", what);
    abort();
}

struct desk_house {
    struct sandbox *sandbox;
    char folder[64], state[96], config[96];
    struct cli cli;
    struct session session;
    struct wire *wire;
    struct desk *desk;
    json_t *heard; /* array: everything, in order */
    int64_t next_id;
    bool begins_later;
};

static const char desk_house_guide[] = "# How we release\n\n## Before\n\n- [ ] The change is "
                                       "announced\n- [ ] CHANGELOG is updated\n- [ ] The site "
                                       "answers\n";

static void desk_house_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    desk_house_must(file != NULL, path);
    desk_house_must(fputs(text, file) >= 0, path);
    desk_house_must(fclose(file) == 0, path);
}

static void desk_house_project(struct desk_house *h)
{
    auto_free char *guide = xasprintf("%s/DEPLOYMENT.md", h->folder);
    auto_free char *text =
        xasprintf("version: 1\n"
                  "project: finally\n"
                  "guide: DEPLOYMENT.md\n"
                  "environments:\n"
                  "  staging:\n"
                  "    account: \"123456789012\"\n"
                  "    region: %s\n"
                  "    resources:\n"
                  "      api: {lambda: finally-staging-api, alias: production}\n"
                  "  production:\n"
                  "    account: \"123456789012\"\n"
                  "    region: %s\n"
                  "    url: %s/app/production\n"
                  "    resources:\n"
                  "      api: {lambda: finally-prod-api, alias: production}\n"
                  "      gateway: {http-api: finally-prod-gateway}\n"
                  "      database: {rds: finally-prod-postgres}\n"
                  "    traffic: [10%% 5m, 100%%]\n"
                  "checklists:\n"
                  "  Before:\n"
                  "    CHANGELOG: {run: echo fine, for: 1h}\n"
                  "    site answers: {http: $url/health, for: 1h}\n"
                  "plan: [checklist: [Before], deploy: api, shift: api, all-clear]\n"
                  "smoke:\n"
                  "  checks:\n"
                  "    - {get: /health, json: {success: true}}\n",
                  sandbox_region(), sandbox_region(), sandbox_url(h->sandbox));
    desk_house_write(h->config, text);
    desk_house_write(guide, desk_house_guide);
}

/* fault: or NULL. The state folder is not made. */
static void desk_house_begin(struct desk_house *h, const char *fault)
{
    static char *words[] = {(char *)(uintptr_t) "flightdeck", (char *)(uintptr_t) "status", NULL};
    static const struct subcommand *const known[] = {&subcommand_status, NULL};
    struct sandbox_options options;
    struct error err;

    *h = (struct desk_house){.folder = "/tmp/flightdeck-desk-XXXXXX", .heard = json_array()};
    desk_house_must(mkdtemp(h->folder) != NULL, h->folder);
    (void)snprintf(h->state, sizeof h->state, "%s/state", h->folder);
    (void)snprintf(h->config, sizeof h->config, "%s/flightdeck.yaml", h->folder);
    sandbox_options_init(&options);
    options.seed = 1;
    options.faults = &fault;
    options.fault_count = fault != NULL;
    desk_house_must(sandbox_start(&options, &h->sandbox, &err), err.message);
    setenv("AWS_ACCESS_KEY_ID", sandbox_key_id(h->sandbox, SANDBOX_ANA), 1);
    setenv("AWS_SECRET_ACCESS_KEY", sandbox_secret_key(h->sandbox, SANDBOX_ANA), 1);
    setenv("AWS_ENDPOINT_URL", sandbox_url(h->sandbox), 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    setenv("FLIGHTDECK_STATE_DIR", h->state, 1);
    setenv("FLIGHTDECK_CONFIG", h->config, 1);
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_PROFILE");
    unsetenv("CI");
    desk_house_project(h);
    desk_house_must(arguments_parse(2, words, known, &h->cli, &err), err.message);
}

static void desk_house_open(struct desk_house *h)
{
    struct error err;

    session_init(&h->session, &h->cli);
    desk_house_must(session_load(&h->session, &err), err.message);
    h->wire = wire_new();
    const struct desk_options options = {
        .cli = &h->cli, .session = &h->session, .wire = h->wire, .begins_later = h->begins_later};
    desk_house_must(desk_open(&options, &h->desk, &err), err.message);
}

static void desk_house_close(struct desk_house *h)
{
    desk_close(h->desk);
    h->desk = NULL;
    wire_free(h->wire);
    h->wire = NULL;
    session_clear(&h->session);
    json_array_clear(h->heard);
}

static void desk_house_end(struct desk_house *h)
{
    const char *const argv[] = {"/bin/rm", "-rf", h->folder, NULL};
    const struct process_options remove = {.argv = argv, .limit_ms = 20000, .capture_bytes = 256};
    struct error err;
    int exit_code;
    auto_buf output;

    if (h->desk != NULL)
        desk_house_close(h);
    if (h->sandbox != NULL)
        sandbox_stop(h->sandbox);
    arguments_clear(&h->cli);
    json_decref(h->heard);
    buf_init(&output, 256);
    FD_IGNORE(process_run(&remove, &output, &exit_code, &err));
}

/* The lock that an engine of another process would hold; let go by close. */
static inline int desk_house_lock(const struct desk_house *h, const char *environment)
{
    auto_free char *path = xasprintf("%s/engine-%s.lock", h->state, environment);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    desk_house_must(fd >= 0, path);
    desk_house_must(fcntl(fd, F_OFD_SETLK, &lock) == 0, path);
    return fd;
}

/* ---- asking and hearing ---- */

/* Every key of `wanted` is there with that value. */
static bool desk_house_is(const json_t *news, const json_t *wanted)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
    {
        if (!json_equal(json_object_get(news, key), value))
            return false;
    }
    return true;
}

/* From the first one that was heard after `after` on; *at: its index. NULL: not within the
 * patience. Borrowed. */
static json_t *desk_house_hear(struct desk_house *h, size_t after, json_t *wanted, size_t *at)
{
    int64_t until_ms = clock_boot_ms() + DESK_PATIENCE_MS;
    json_t *found = NULL;

    for (size_t i = after; found == NULL; i++) {
        while (i >= json_array_size(h->heard) && clock_boot_ms() < until_ms) {
            json_t *news = wire_hear(h->wire);
            if (news != NULL)
                json_array_append_new(h->heard, news);
            else
                (void)poll(&(struct pollfd){.fd = wire_news_fd(h->wire), .events = POLLIN}, 1, 50);
        }
        if (i >= json_array_size(h->heard))
            break;
        if (desk_house_is(json_array_get(h->heard, i), wanted)) {
            found = json_array_get(h->heard, i);
            if (at != NULL)
                *at = i;
        }
    }
    if (found == NULL) {
        auto_free char *text = json_dumps(wanted, JSON_COMPACT);
        fprintf(stderr, "never heard %s\n", text);
    }
    json_decref(wanted);
    return found;
}

/* Everything that has arrived by now. */
static void desk_house_drain(struct desk_house *h)
{
    json_t *news;
    while ((news = wire_hear(h->wire)) != NULL)
        json_array_append_new(h->heard, news);
}

/* Takes the request; its reply. Borrowed. */
static json_t *desk_house_ask(struct desk_house *h, json_t *request)
{
    int64_t id = ++h->next_id;
    json_object_set_new(request, "id", json_integer(id));
    wire_ask(h->wire, request);
    json_t *reply =
        desk_house_hear(h, 0, json_pack("{s:s, s:I}", "news", "reply", "id", (json_int_t)id), NULL);
    desk_house_must(reply != NULL, "no reply");
    return reply;
}

#endif
