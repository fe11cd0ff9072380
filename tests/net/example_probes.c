/* example_probes.c - each proof that the example binds to an item closes the gate when it fails for
 * real. */
#include "core/checklist.h"
#include "core/config.h"
#include "core/journal.h"
#include "core/probe.h"
#include "net/probes.h"
#include "net/transport.h"
#include "tests/core/config_house.h"
#include "tests/git_fixture.h"
#include "tests/run_fixture.h"
#include "tests/scripted_server.h"
#include "tests/step_fixture.h"

#define PROBE_ROW(name) &probe_##name,
static const struct probe_kind *const probes[] = {CORE_PROBE_KINDS(PROBE_ROW)
                                                      NET_PROBE_KINDS(PROBE_ROW) NULL};
static const struct house house = {
    .step_kinds = house_steps, .probe_kinds = probes, .resource_kinds = house_resources};

/* Items that a probe proves; twins are asked once. */
#define PROVED_ITEMS 8

/* Either all is well, or everything that a probe looks at is not. */
struct situation {
    const char *git;    /* what happened since origin/main */
    const char *status; /* of staging's last run, and of this run's smoke tests */
    const char *login;  /* the reply of the page */
};
static const struct situation good = {
    "git checkout -qb work && echo 2 >docs/api/a.md && echo 2 >CHANGELOG.md && git commit -qam new",
    "succeeded", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
static const struct situation bad = {
    "git checkout -qb work && echo 2 >lambda/b && git add . && git commit -qm new\n"
    "git checkout -qb theirs origin/main && git commit -qm theirs --allow-empty\n"
    "git update-ref refs/remotes/origin/main HEAD && git checkout -q work",
    "failed", "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}"};

static void copy_example(void)
{
    const char *root = getenv("SOURCE_DIR"); /* by hand: from the repository's root */
    auto_free char *folder = realpath(root != NULL ? root : ".", NULL);
    auto_free char *script = xasprintf("cp %s/examples/finally/flightdeck.yaml "
                                       "%s/examples/finally/DEPLOYMENT.md .",
                                       folder, folder);
    fixture_run(script);
}

static bool fold(void *closure, struct event *e, const struct run **after, struct error *err)
{
    *after = closure;
    return run_apply(closure, e, err);
}

/* Staging's last run is in the journal. */
static void record_staging(const char *status)
{
    auto_free char *ended = xasprintf("{\"status\":\"%s\"}", status);
    const char *const told[][2] = {{"run_opened", "{\"environment\":\"staging\"}"},
                                   {"run_started", STORY_PLAN},
                                   {"run_ended", ended}};
    struct run *run = run_new();
    struct journal *j = NULL;
    struct error err;

    cr_assert(journal_open(fixture_directory, &j, &err), "%s", err.message);
    for (size_t i = 0; i < 3; i++) {
        struct event *e = event_new("r-0007", told[i][0], "", "", json_loads(told[i][1], 0, NULL));
        cr_assert(journal_append(j, e, fold, run, &err), "%s", err.message);
        event_unref(e);
    }
    journal_close(j);
    run_free(run);
}

static void end_smoke(struct story *story, const char *state)
{
    auto_free char *body = xasprintf("{\"state\":\"%s\",\"reason\":\"GET /health: 500\"}", state);

    story_start(story);
    story_must(story, "step_started", "smoke", "{}");
    story_must(story, "step_ended", "smoke", body);
}

/* Asks every proof as the gate does, and writes the answers down. How many were asked. */
static size_t ask_all(struct checklist *checklist, const struct probe_context *context,
                      struct story *story, bool must_pass)
{
    size_t asked = 0;

    for (size_t i = 0; i < checklist->count; i++) {
        const struct checklist_item *item = &checklist->items[i];
        struct evidence evidence = {0};
        struct error err = {0};
        int64_t lifetime_ms = 0;
        if (item->is_person || item->same_as != NULL)
            continue;
        cr_assert(checklist_probe(item, context, &evidence, &lifetime_ms, &err), "%s: %s",
                  item->guide->id, err.message);
        cr_expect_eq(evidence.passed, must_pass, "%s: %s", item->guide->id, evidence.summary);
        json_t *body = json_pack("{s:s, s:s, s:s}", "id", item->guide->id, "state",
                                 evidence.passed ? "pass" : "fail", "summary", evidence.summary);
        auto_free char *text = json_dumps(body, 0);
        story_must(story, "item_recorded", "", text);
        json_decref(body);
        probe_evidence_clear(&evidence);
        asked++;
    }
    return asked;
}

static bool names(const struct checklist *checklist, const char *const *sections,
                  const struct checklist_item *item)
{
    const struct checklist_item **blocking;
    size_t count = checklist_blocking(checklist, sections, &blocking);
    bool is_named = false;

    for (size_t i = 0; i < count; i++)
        is_named = is_named || blocking[i] == item;
    free(blocking);
    return is_named;
}

/* Gates of the plan that wait for the item. */
static size_t closed_gates(const struct environment *environment, const struct checklist *checklist,
                           const struct checklist_item *item)
{
    size_t closed = 0;

    for (size_t i = 0; i < environment->step_count; i++) {
        const json_t *listed = json_object_get(environment->steps[i].params, "sections");
        const char *sections[16] = {NULL};
        for (size_t k = 0; k < json_array_size(listed) && k < 15; k++)
            sections[k] = json_string_value(json_array_get(listed, k));
        closed += sections[0] != NULL && names(checklist, sections, item);
    }
    return closed;
}

static void play(const struct situation *s, bool must_pass)
{
    struct scripted_step reply = {.send = s->login, .then = SCRIPTED_CLOSE};
    struct config *config = NULL;
    struct checklist *checklist = NULL;
    struct world world = {0};
    struct story story;
    struct error err = {0};

    fixture_begin_repository();
    fixture_run(s->git);
    copy_example();
    record_staging(s->status);
    end_smoke(&story, s->status);
    struct scripted_server *server = scripted_start(&reply, 1);
    auto_free char *url = xasprintf("production.url=%s", server->url);
    const char *const overrides[] = {url, NULL};
    auto_free char *path = xasprintf("%s/flightdeck.yaml", fixture_directory);
    cr_assert(config_load(path, &house, overrides, &config, &err), "%s %s", err.at, err.message);
    cr_assert(checklist_load(config, NULL, &checklist, &err), "%s", err.message);
    cr_assert(transport_open(&world.transport, &err), "%s", err.message);
    const struct environment *production = config_environment(config, "production", &err);
    const struct probe_context context = {.config = config,
                                          .environment = production,
                                          .world = &world,
                                          .run = story.run,
                                          .state_directory = fixture_directory};

    size_t asked = ask_all(checklist, &context, &story, must_pass);
    cr_expect_eq(asked, PROVED_ITEMS, "%zu", asked);
    checklist_evaluate(checklist, story.run, NULL, STORY_EPOCH);
    for (size_t i = 0; i < checklist->count; i++) {
        const struct checklist_item *item = &checklist->items[i];
        size_t closed = closed_gates(production, checklist, item);
        if (!item->is_person && item->same_as == NULL)
            cr_expect(must_pass ? closed == 0 : closed > 0, "%s: %zu gates", item->guide->id,
                      closed);
    }
    transport_close(world.transport);
    scripted_stop(server);
    checklist_free(checklist);
    config_free(config);
    story_end(&story);
    fixture_end();
}

Test(example_probes, open_their_gates_when_all_is_well) { play(&good, true); }

Test(example_probes, close_their_gates_when_they_fail) { play(&bad, false); }
