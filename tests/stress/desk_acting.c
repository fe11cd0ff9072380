/*
 * desk_acting.c - for ThreadSanitizer: the desk, its engines and the wire on a sandbox, while a
 * console asks for everything at once. Each request is answered once, each run ends, the journal's
 * chain holds, and what the console was told of a run has no gap.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/desk.h"
#include "cli/session.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/wire.h"
#include "sandbox/sandbox.h"

#define SPEED 1200
#define ROUNDS 5
#define ASKS 60         /* in each round */
#define LIMIT_MS 240000 /* wall, for what is to come; ThreadSanitizer is slow */
#define MOST_REQUESTS 2000

#ifdef __SANITIZE_THREAD__
/* As in tests/stress/engine.c. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "race:json_incref\nrace:json_decref\n"; }
#endif

static const char configuration[] = "version: 1\n"
                                    "project: stress\n"
                                    "environments:\n"
                                    "  staging:\n"
                                    "    account: \"123456789012\"\n"
                                    "    url: %s/app/staging\n"
                                    "    resources:\n"
                                    "      api: {lambda: finally-staging-api, alias: production}\n"
                                    "  production:\n"
                                    "    account: \"123456789012\"\n"
                                    "    from: staging\n"
                                    "    url: %s/app/production\n"
                                    "    resources:\n"
                                    "      api: {lambda: finally-prod-api, alias: production}\n"
                                    "    traffic: [10%% 1m, 50%% 1m, 100%%]\n"
                                    "plan: [deploy: api, shift: api, all-clear]\n";

struct console {
    struct wire *wire;
    char directory[64];
    unsigned seed;
    json_int_t next_id;
    char answers[MOST_REQUESTS]; /* how often each id was answered */
    size_t open;                 /* not answered yet */
    char hash[80], run[32];
    json_int_t told_seq; /* of the run on the screen of production */
    const char *mistake; /* NULL = none */
};

static unsigned draw(struct console *c)
{
    c->seed = c->seed * 1664525u + 1013904223u;
    return c->seed >> 16;
}

/* ---- hearing ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void hear_event(struct console *c, const json_t *event)
{
    json_int_t seq = json_integer_value(json_object_get(event, "seq"));

    (void)snprintf(c->run, sizeof c->run, "%s", text_of(event, "stream"));
    if (seq != c->told_seq + 1)
        c->mistake = "an event is missing, or came twice";
    c->told_seq = seq;
}

static void hear_reply(struct console *c, const json_t *news)
{
    json_int_t id = json_integer_value(json_object_get(news, "id"));

    if (id < 0 || id >= c->next_id || c->answers[id]++ > 0)
        c->mistake = "a request was answered twice";
    c->open--;
}

static void hear(struct console *c, const json_t *news)
{
    const char *what = text_of(news, "news");
    size_t i;
    json_t *event;

    if (strcmp(what, "reply") == 0)
        hear_reply(c, news);
    if (strcmp(text_of(news, "env"), "production") != 0)
        return;
    if (strcmp(what, "plan") == 0 && json_object_get(news, "document") != NULL)
        (void)snprintf(c->hash, sizeof c->hash, "%s",
                       text_of(json_object_get(news, "document"), "hash"));
    if (strcmp(what, "event") == 0)
        hear_event(c, json_object_get(news, "event"));
    if (strcmp(what, "run") != 0)
        return;
    c->told_seq = 0;
    json_array_foreach(json_object_get(news, "events"), i, event) hear_event(c, event);
}

static void hear_all(struct console *c)
{
    json_t *news;

    while ((news = wire_hear(c->wire)) != NULL) {
        hear(c, news);
        json_decref(news);
    }
}

/* ---- asking ---- */

static void ask(struct console *c, const char *verb, json_t *more)
{
    json_object_set_new(more, "verb", json_string(verb));
    json_object_set_new(more, "id", json_integer(c->next_id++));
    if (json_object_get(more, "env") == NULL)
        json_object_set_new(more, "env", json_string("production"));
    c->open++;
    wire_ask(c->wire, more);
}

static void ask_anything(struct console *c)
{
    static const char *const things[] = {"status", "metrics", "ready", "plan"};
    static const char *const words[] = {"pause", "resume", "promote", "approve", "retry"};

    switch (draw(c) % 12) {
    case 0:
        ask(c, "look", json_pack("{s:s}", "env", draw(c) % 2 ? "staging" : "production"));
        break;
    case 1:
        ask(c, "refresh", json_pack("{s:s}", "what", things[draw(c) % 4]));
        break;
    case 2:
        ask(c, "plan", json_object());
        break;
    case 3:
        ask(c, "start", json_pack("{s:s}", "hash", c->hash));
        break;
    case 4:
        ask(c, "preview_rollback", json_object());
        break;
    case 5:
        ask(c, "preview_shift", json_pack("{s:f}", "weight", (draw(c) % 10) / 10.0));
        break;
    case 6:
        ask(c, "shift", json_pack("{s:f, s:s}", "weight", (draw(c) % 3) / 10.0, "version", "40"));
        break;
    case 7:
        ask(c, "unlock", json_pack("{s:s}", "reason", "go on"));
        break;
    case 8:
        ask(c, "versions", json_object());
        break;
    case 9:
        ask(c, "prepare", json_object());
        break;
    default:
        ask(c, "command",
            json_pack("{s:s, s:s, s:s}", "run", c->run, "command", words[draw(c) % 5], "reason",
                      "because"));
    }
}

/* Until everything was answered, and no run is open. */
static bool settle(struct console *c)
{
    int64_t until_ms = clock_boot_ms() + LIMIT_MS;

    while (c->open > 0 && clock_boot_ms() < until_ms) {
        hear_all(c);
        (void)cancel_sleep_ms(NULL, 2);
    }
    return c->open == 0;
}

static bool fly_round(struct console *c)
{
    ask(c, "unlock", json_pack("{s:s}", "reason", "again"));
    ask(c, "plan", json_object());
    if (!settle(c))
        return false;
    ask(c, "start", json_pack("{s:s}", "hash", c->hash));
    for (int i = 0; i < ASKS; i++) {
        ask_anything(c);
        hear_all(c);
        (void)cancel_sleep_ms(NULL, draw(c) % 15);
    }
    ask(c, "rollback", json_pack("{s:s}", "reason", "enough"));
    ask(c, "preview_rollback", json_object());
    if (!settle(c))
        return false;
    ask(c, "rollback", json_object()); /* what was begun in between, too */
    return settle(c);
}

/* ---- what is left ---- */

static bool is_whole(const struct console *c)
{
    struct journal *journal;
    struct run_row *rows;
    size_t count, events = 0;
    struct error err;
    bool ok = journal_open(c->directory, &journal, &err);

    if (!ok) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    ok = journal_verify(journal, &events, &err) &&
         journal_list_runs(journal, NULL, 200, &rows, &count, &err);
    if (ok) {
        (void)printf("%lld requests, %zu runs, %zu events\n", (long long)c->next_id, count, events);
        free(rows);
    } else {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    journal_close(journal);
    return ok;
}

static bool converse(struct console *c, const struct cli *cli, struct session *session)
{
    const struct desk_options options = {.cli = cli, .session = session, .wire = c->wire};
    struct desk *desk;
    struct error err;

    if (!session_load(session, &err) || !desk_open(&options, &desk, &err)) {
        (void)fprintf(stderr, "%s %s\n", err.at, err.message);
        return false;
    }
    bool ok = true;
    ask(c, "look", json_object());
    for (int i = 0; i < ROUNDS && ok; i++)
        ok = fly_round(c);
    if (!ok)
        (void)fprintf(stderr, "%zu requests were not answered\n", c->open);
    ask(c, "plan", json_object()); /* it is closed while it works */
    desk_close(desk);
    return ok;
}

static bool write_project(struct console *c, const char *url, char path[static 96])
{
    (void)snprintf(c->directory, sizeof c->directory, "/tmp/flightdeck-desk-XXXXXX");
    if (mkdtemp(c->directory) == NULL)
        return false;
    (void)snprintf(path, 96, "%s/flightdeck.yaml", c->directory);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    (void)fprintf(file, configuration, url, url);
    return fclose(file) == 0;
}

static int remove_entry(const char *path, const struct stat *seen, int type, struct FTW *where)
{
    (void)seen;
    (void)type;
    (void)where;
    return remove(path);
}

static void sign_in(const struct sandbox *sandbox, const struct console *c)
{
    (void)setenv("AWS_ACCESS_KEY_ID", sandbox_key_id(sandbox, SANDBOX_ANA), 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", sandbox_secret_key(sandbox, SANDBOX_ANA), 1);
    (void)setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    (void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    (void)setenv("AWS_REGION", sandbox_region(), 1);
    (void)setenv("AWS_ENDPOINT_URL", sandbox_url(sandbox), 1);
    (void)setenv("FLIGHTDECK_STATE_DIR", c->directory, 1);
    (void)setenv("CI", "true", 1);
}

int main(void)
{
    static const struct subcommand command = {.name = "desk", .arguments = "", .summary = "asks"};
    static const struct subcommand *const commands[] = {&command, NULL};
    struct console c = {.seed = 1};
    struct sandbox_options options;
    struct sandbox *sandbox;
    struct session session;
    struct error err;
    struct cli cli;
    char path[96];

    sandbox_options_init(&options);
    options.seed = 1;
    clock_set((struct clock_setting){SPEED, clock_wall_ms()});
    if (!sandbox_start(&options, &sandbox, &err) ||
        !write_project(&c, sandbox_url(sandbox), path)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    sign_in(sandbox, &c);
    char program[] = "stress", verb[] = "desk", option[] = "--config";
    char *words[] = {program, verb, option, path, NULL};
    if (!arguments_parse(4, words, commands, &cli, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    session_init(&session, &cli);
    c.wire = wire_new();
    bool ok = converse(&c, &cli, &session) && is_whole(&c);
    if (c.mistake != NULL)
        (void)fprintf(stderr, "%s\n", c.mistake);
    ok = ok && c.mistake == NULL;
    wire_free(c.wire);
    session_clear(&session);
    arguments_clear(&cli);
    (void)nftw(c.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    sandbox_stop(sandbox);
    return ok ? 0 : 1;
}
