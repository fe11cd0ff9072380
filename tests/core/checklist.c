/* checklist.c - each binding finds its item, each answer counts as long as it should, a gate names
 * what stops it. */
#include "core/checklist.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/mem.h"
#include "core/probe.h"
#include "core/run.h"
#include "tests/source_path.h"

#define HOUR INT64_C(3600000)
#define NOW (INT64_C(1700000000) * 1000)

/* ---- a configuration without a file -------------------------------------------------------------
 */

static bool answer(const struct probe_context *context, const json_t *params, struct evidence *out,
                   struct error *err)
{
    (void)context;
    (void)err;
    *out = (struct evidence){.passed = json_is_true(json_object_get(params, "passes")),
                             .summary = xstrdup("asked")};
    return true;
}

static bool refuse(const struct config *config, const json_t *params, struct error *err)
{
    (void)config;
    return json_object_get(params, "bad") == NULL ||
           error_set(err, ERROR_USAGE, "bad is not allowed");
}

static const struct probe_kind machine = {
    .name = "machine", .summary = "x", .lifetime_ms = HOUR, .check = refuse, .probe = answer};
static const struct probe_kind person = {.name = "ask", .summary = "x", .is_person = true};

#define TEXT(s) ((char *)(uintptr_t)(s))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct bound {
    const char *section, *words, *same, *when;
    const struct probe_kind *probe;
    int64_t lifetime_ms;
};

static struct binding made[64];
static struct config configuration;

static const struct config *configure(const struct bound *bounds, size_t count, const char *guide)
{
    for (size_t i = 0; i < count; i++)
        made[i] = (struct binding){.section = TEXT(bounds[i].section),
                                   .words = TEXT(bounds[i].words),
                                   .same = TEXT(bounds[i].same),
                                   .when = TEXT(bounds[i].when),
                                   .probe = bounds[i].probe,
                                   .lifetime_ms = bounds[i].lifetime_ms,
                                   .place = {(int)i + 1, 5}};
    configuration = (struct config){.path = TEXT("f.yaml"),
                                    .directory = TEXT("/"),
                                    .guide = TEXT(guide),
                                    .bindings = made,
                                    .binding_count = count};
    return &configuration;
}

static struct checklist *load_bound(const struct bound *bounds, size_t count, const char *guide)
{
    struct checklist *c = NULL;
    struct error err;
    auto_free char *path = source_path(guide);

    cr_assert(checklist_load(configure(bounds, count, path), NULL, &c, &err), "%s %s (%s)", err.at,
              err.message, err.hint);
    return c;
}

static const struct checklist_item *find(const struct checklist *c, const char *wanted)
{
    const struct checklist_item *item = NULL;
    struct error err;

    cr_assert(checklist_find(c, wanted, &item, &err), "%s: %s", wanted, err.message);
    return item;
}

/* ---- sections -----------------------------------------------------------------------------------
 */

static const struct section_case {
    const char *path, *wanted;
    bool matches;
} section_cases[] = {
    {"A/B C", "B C", true},
    {"A/B C", "b c", true},
    {"A/B C", "A", true}, /* a section has what is below it */
    {"A/B C", "A/B C", true},
    {"A/B/C", "A/C", false},
    {"A/B/C", "B", true},
    {"A/B C", "C", false},
    {"A/B C", "", false},
    {"", "A", false},
    {"", "", false},
    {"P/Pre-Deployment (24h before)", "24h before", true},
    {"P/Pre-Deployment (24h before)", "Pre-Deployment", true},
    {"P/Pre-Deployment (24h before)", "P/24h before", true},
    {"P/Pre-Deployment (24h before)", "Pre-Deployment (24h before)", true},
    {"P/Pre-Deployment (24h before)", "Pre-Deployment (7d before)", true},
    {"P/Pre-Deployment (24h before)", "24h", false},
    {"P/Pre-Deployment Checklist/Database", "Pre-Deployment", false},
    {"P/Pre-Deployment (24h before)", "Pre-Deployment Checklist", false},
    {"CI/CD Pipeline/Checks", "CI/CD Pipeline", true},
};

Test(checklist, matches_sections_as_documented)
{
    for (size_t i = 0; i < COUNT(section_cases); i++)
        cr_expect_eq(checklist_section_matches(section_cases[i].path, section_cases[i].wanted),
                     section_cases[i].matches, "%s | %s", section_cases[i].path,
                     section_cases[i].wanted);
}

/* What the example's plan and checklists name, and how many of the guide's 53 items that is. */
static const struct {
    const char *section, *under;
    size_t count;
} selections[] = {
    {"Code Quality", "Pre-Deployment Checklist/Code Quality", 5},
    {"Documentation", "Pre-Deployment Checklist/Documentation", 4},
    {"Pre-Deployment Checklist/Infrastructure", "Pre-Deployment Checklist/Infrastructure", 4},
    {"Database", "Pre-Deployment Checklist/Database", 4},
    {"Communication", "Pre-Deployment Checklist/Communication", 4},
    {"24h before", "Production Deployment/Production Checklist/Pre-Deployment (24h before)", 8},
    {"During Deployment", "Production Deployment/Production Checklist/During Deployment", 5},
    {"Production Checklist/Post-Deployment",
     "Production Deployment/Production Checklist/Post-Deployment", 6},
    {"Manual Verification/Frontend", "Post-Deployment Verification/Manual Verification/Frontend",
     5},
    {"Manual Verification/API", "Post-Deployment Verification/Manual Verification/API", 4},
    {"Manual Verification/Infrastructure",
     "Post-Deployment Verification/Manual Verification/Infrastructure", 4},
    {"Manual Verification", "Post-Deployment Verification/Manual Verification", 13},
    {"Pre-Deployment Checklist", "Pre-Deployment Checklist", 21},
    {"Production Checklist", "Production Deployment/Production Checklist", 19},
};

Test(checklist, selects_the_sections_of_the_example)
{
    struct checklist *c = load_bound(NULL, 0, "examples/finally/DEPLOYMENT.md");

    cr_assert_eq(c->count, 53);
    for (size_t i = 0; i < COUNT(selections); i++) {
        size_t count = 0;
        for (size_t k = 0; k < c->count; k++) {
            const char *section = c->items[k].guide->section;
            if (!checklist_section_matches(section, selections[i].section))
                continue;
            cr_expect(strncmp(section, selections[i].under, strlen(selections[i].under)) == 0,
                      "%s selects %s", selections[i].section, section);
            count++;
        }
        cr_expect_eq(count, selections[i].count, "%s: %zu", selections[i].section, count);
    }
    checklist_free(c);
}

/* ---- bindings -----------------------------------------------------------------------------------
 */

static const struct bound example[] = {
    {"Code Quality", "tests pass", .probe = &machine},
    {"Code Quality", "TypeScript", .probe = &machine},
    {"Code Quality", "ESLint", .probe = &machine},
    {"Code Quality", "reviewed", .probe = &machine},
    {"Code Quality", "up-to-date", .probe = &machine},
    {"Documentation", "API documentation", .probe = &machine, .when = "endpoints"},
    {"Documentation", "Migration guide", .probe = &person, .when = "endpoints"},
    {"Documentation", "CHANGELOG", .probe = &machine},
    {"Pre-Deployment Checklist/Infrastructure", "", .when = "infrastructure"},
    {"Pre-Deployment Checklist/Infrastructure", "plan reviewed", .probe = &machine},
    {"Pre-Deployment Checklist/Infrastructure", "deletions", .probe = &machine},
    {"Pre-Deployment Checklist/Infrastructure", "Cost impact", .probe = &machine},
    {"Pre-Deployment Checklist/Infrastructure", "Backup created",
     .same = "24h before/Backup created"},
    {"Database", "", .when = "migration"},
    {"Database", "tested on dev", .probe = &machine},
    {"Database", "rollback script", .probe = &machine},
    {"Database", "Indexes created", .probe = &machine},
    {"Database", "blocking operations", .probe = &machine},
    {"Communication", "", .same = "24h before"},
    {"24h before", "Staging environment", .probe = &machine},
    {"24h before", "Load testing", .probe = &machine, .lifetime_ms = 24 * HOUR},
    {"24h before", "Security scan", .probe = &machine},
    {"24h before", "Backup created", .probe = &machine},
    {"24h before", "Rollback plan", .probe = &machine},
    {"24h before", "Stakeholders", .probe = &machine},
    {"24h before", "Maintenance window", .probe = &person, .when = "downtime"},
    {"24h before", "On-call", .probe = &machine},
    {"During Deployment", "CloudWatch metrics", .probe = &machine},
    {"During Deployment", "error rates", .probe = &machine},
    {"During Deployment", "database connections", .probe = &machine},
    {"During Deployment", "response times", .probe = &machine},
    {"During Deployment", "user flows", .probe = &machine},
    {"Manual Verification/Frontend", "Login page", .probe = &machine},
    {"Manual Verification/API", "endpoints respond", .probe = &machine},
    {"Manual Verification/API", "Authentication", .probe = &machine},
    {"Manual Verification/API", "Database queries", .probe = &machine},
    {"Manual Verification/API", "500 errors", .probe = &machine},
    {"Manual Verification/Infrastructure", "Lambda executions", .probe = &machine},
    {"Manual Verification/Infrastructure", "Database connections", .probe = &machine},
    {"Manual Verification/Infrastructure", "CloudWatch alarms", .probe = &machine},
    {"Production Checklist/Post-Deployment", "Smoke tests", .probe = &machine},
    {"Production Checklist/Post-Deployment", "No alarms", .probe = &machine},
    {"Production Checklist/Post-Deployment", "baseline", .probe = &machine},
    {"Production Checklist/Post-Deployment", "Deployment notes", .probe = &machine},
};

static struct checklist *load_example(void)
{
    return load_bound(example, COUNT(example), "examples/finally/DEPLOYMENT.md");
}

Test(checklist, binds_every_item_of_the_example_once)
{
    struct checklist *c = load_example();
    size_t bound = 0, twins = 0, persons = 0;

    for (size_t i = 0; i < c->count; i++) {
        bound += c->items[i].binding != NULL;
        twins += c->items[i].same_as != NULL;
        persons += c->items[i].is_person;
    }
    cr_expect_eq(bound, 41, "%zu", bound);
    cr_expect_eq(twins, 5, "%zu", twins);
    cr_expect_eq(persons, 11, "%zu", persons); /* 8 unbound, 2 asked, 1 twin of these */
    checklist_free(c);
}

Test(checklist, joins_twins_by_their_first_words)
{
    static const char *const pairs[][2] = {
        {"Stakeholders notified (if production)", "Stakeholders notified"},
        {"Maintenance window scheduled (if downtime)", "Maintenance window scheduled"},
        {"Rollback plan documented", "Rollback plan documented"},
        {"On-call engineer available", "On-call engineer assigned"},
        {"Backup created (if major change)", "Backup created"},
    };
    struct checklist *c = load_example();

    for (size_t i = 0; i < c->count; i++) {
        const struct checklist_item *item = &c->items[i];
        if (item->same_as == NULL)
            continue;
        bool is_pair = false;
        for (size_t k = 0; k < COUNT(pairs); k++)
            is_pair = is_pair || (strcmp(item->guide->text, pairs[k][0]) == 0 &&
                                  strcmp(item->same_as->guide->text, pairs[k][1]) == 0);
        cr_expect(is_pair, "%s = %s", item->guide->text, item->same_as->guide->text);
    }
    checklist_free(c);
}

static const struct {
    struct bound bounds[3];
    size_t count;
    const char *at, *message, *hint;
} refusals[] = {
    {{{"Code Quality", "Typescrpt", .probe = &machine}},
     1,
     "f.yaml:1:5",
     "no item of \"Code Quality\" contains \"Typescrpt\"",
     "the nearest is \"TypeScript compiles without errors\""},
    {{{"Code Quality", "e", .probe = &machine}},
     1,
     "f.yaml:1:5",
     "\"e\" fits two items of \"Code Quality\": \"All tests pass (Phase 6+)\" and \"TypeScript "
     "compiles without errors\"",
     "use more of the item's words"},
    {{{"Code Qualty", "ESLint", .probe = &machine}},
     1,
     "f.yaml:1:5",
     "the guide has no section \"Code Qualty\" with items",
     "the nearest is \"Code Quality\""},
    {{{"Code Quality", "ESLint", .probe = &machine},
      {"Code Quality", "without warnings", .probe = &machine}},
     2,
     "f.yaml:2:5",
     "\"ESLint\" and \"without warnings\" bind the same item: \"ESLint passes without warnings\"",
     ""},
    {{{"24h before", "Backup created", .same = "24h before/Backup"}},
     1,
     "f.yaml:1:5",
     "\"Backup created\" is the same as itself",
     ""},
    {{{"Infrastructure", "Backup created", .same = "nowhere/Backup"}},
     1,
     "f.yaml:1:5",
     "\"nowhere/Backup\" names no item of another section",
     "write SECTION/words of the item"},
    {{{"Communication", "", .same = "Database"}},
     1,
     "f.yaml:1:5",
     "no item of \"Communication\" is like one of \"Database\"",
     ""},
    {{{"Communication", "", .same = "24h before"},
      {"24h before", "Stakeholders", .same = "Communication/Stakeholders"}},
     2,
     "f.yaml:1:1",
     "\"Stakeholders notified (if production)\" is the same as itself",
     ""},
};

Test(checklist, refuses_bindings_that_fit_nothing_or_too_much)
{
    auto_free char *guide = source_path("examples/finally/DEPLOYMENT.md");

    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct checklist *c = NULL;
        struct error err;
        cr_assert_not(checklist_load(configure(refusals[i].bounds, refusals[i].count, guide), NULL,
                                     &c, &err));
        cr_expect_eq(err.kind, ERROR_USAGE);
        cr_expect_str_eq(err.at, refusals[i].at, "%zu: %s", i, err.at);
        cr_expect_str_eq(err.message, refusals[i].message, "%zu: %s", i, err.message);
        cr_expect_str_eq(err.hint, refusals[i].hint, "%zu: %s", i, err.hint);
    }
}

Test(checklist, lets_a_probe_refuse_its_parameters)
{
    auto_free char *guide = source_path("examples/finally/DEPLOYMENT.md");
    static const struct bound bounds[] = {{"Code Quality", "ESLint", .probe = &machine}};
    json_t *params = json_pack("{s:b}", "bad", 1);
    struct checklist *c = NULL;
    struct error err;

    configure(bounds, 1, guide);
    made[0].params = params;
    cr_assert_not(checklist_load(&configuration, NULL, &c, &err));
    cr_expect_str_eq(err.message, "bad is not allowed");
    cr_expect_str_eq(err.at, "f.yaml:1:5");
    json_decref(params);
}

/* ---- states -------------------------------------------------------------------------------------
 */

static const struct state_case {
    const char *recorded;
    int64_t expires_ms;
    const char *changes;
    enum item_state state;
} state_cases[] = {
    {NULL, 0, NULL, ITEM_TODO},
    {"pass", 0, NULL, ITEM_PASS},
    {"pass", NOW + 1, NULL, ITEM_PASS},
    {"pass", NOW, NULL, ITEM_STALE},
    {"fail", NOW - HOUR, NULL, ITEM_FAIL},
    {"waived", NOW - 1, NULL, ITEM_STALE},
    {"waived", 0, NULL, ITEM_WAIVED},
    {"running", 0, NULL, ITEM_RUNNING},
    {"todo", 0, NULL, ITEM_TODO},
    {"surprise", 0, NULL, ITEM_TODO},
    {"fail", 0, "{\"migration\":false}", ITEM_NA},
    {"fail", 0, "{\"migration\":true}", ITEM_FAIL},
    {"fail", 0, "{\"other\":false}", ITEM_FAIL}, /* not known: it applies */
};

Test(checklist, gives_each_state_by_answer_time_and_changes)
{
    static const struct bound bounds[] = {
        {"Database", "", .when = "migration"},
        {"Database", "tested on dev", .probe = &machine},
    };
    struct checklist *c = load_bound(bounds, 2, "examples/finally/DEPLOYMENT.md");
    const struct checklist_item *item = find(c, "tested on dev");

    for (size_t i = 0; i < COUNT(state_cases); i++) {
        const struct state_case *s = &state_cases[i];
        struct run_item answer_item = {.id = item->guide->id,
                                       .state = TEXT(s->recorded),
                                       .summary = TEXT("because"),
                                       .by = TEXT("ana"),
                                       .at_ms = NOW - HOUR,
                                       .expires_at_ms = s->expires_ms};
        struct run run = {.items = &answer_item, .item_count = s->recorded != NULL};
        json_t *changes = s->changes == NULL ? NULL : json_loads(s->changes, 0, NULL);
        checklist_evaluate(c, &run, changes, NOW);
        cr_expect_eq(item->state, s->state, "%zu: %s", i, checklist_state_name(item->state));
        json_decref(changes);
    }
    checklist_free(c);
}

/* One binding of a wider section, one of a section in it: what the first says stays. */
Test(checklist, a_section_without_a_class_keeps_that_of_the_section_around_it)
{
    static const struct bound bounds[] = {
        {"Pre-Deployment Checklist", "", .when = "migration"},
        {"Communication", "", .same = "24h before"},
    };
    struct checklist *c = load_bound(bounds, 2, "examples/finally/DEPLOYMENT.md");
    json_t *changes = json_pack("{s:b}", "migration", 0);
    size_t seen = 0;
    checklist_evaluate(c, NULL, changes, NOW);
    for (size_t i = 0; i < c->count; i++) {
        if (!checklist_section_matches(c->items[i].guide->section,
                                       "Pre-Deployment Checklist/Communication"))
            continue;
        seen++;
        cr_expect_eq(c->items[i].state, ITEM_NA, "%s", c->items[i].guide->text);
    }
    cr_expect_gt(seen, 0);
    json_decref(changes);
    checklist_free(c);
}

Test(checklist, refuses_two_classes_for_one_item)
{
    static const struct bound bounds[] = {
        {"Pre-Deployment Checklist", "", .when = "migration"},
        {"Database", "", .when = "endpoints"},
    };
    struct checklist *c = NULL;
    struct error err;
    auto_free char *guide = source_path("examples/finally/DEPLOYMENT.md");
    cr_assert_not(checklist_load(configure(bounds, 2, guide), NULL, &c, &err));
    cr_expect_str_eq(err.at, "f.yaml:2:5");
    cr_expect_not_null(strstr(err.message, "both migration and endpoints"), "%s", err.message);
}

Test(checklist, gives_twins_the_newest_answer_of_both)
{
    struct checklist *c = load_example();
    const struct checklist_item *asked = find(c, "24h before/Stakeholders");
    const struct checklist_item *shown = NULL;

    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].same_as == asked)
            shown = &c->items[i];
    cr_assert_not_null(shown);
    struct run_item answers[] = {
        {.id = asked->guide->id,
         .state = TEXT("fail"),
         .summary = TEXT("1"),
         .by = TEXT(""),
         .at_ms = 1},
        {.id = shown->guide->id,
         .state = TEXT("pass"),
         .summary = TEXT("2"),
         .by = TEXT("li"),
         .at_ms = 2},
    };
    struct run run = {.items = answers, .item_count = 2};
    checklist_evaluate(c, &run, NULL, NOW);
    cr_expect_eq(asked->state, ITEM_PASS);
    cr_expect_eq(shown->state, ITEM_PASS);
    cr_expect_str_eq(asked->by, "li");
    cr_expect_eq(find(c, "Pre-Deployment Checklist/Stakeholders"), asked);
    checklist_free(c);
}

Test(checklist, closes_a_gate_and_names_twins_once)
{
    static const char *const sections[] = {"Communication", "24h before", NULL};
    struct checklist *c = load_example();
    const struct checklist_item **blocking;

    checklist_evaluate(c, NULL, NULL, NOW);
    cr_expect_eq(checklist_blocking(c, sections, &blocking), 8);
    free(blocking);
    cr_expect_eq(checklist_blocking(c, &(const char *const[]){"Communication", NULL}[0], &blocking),
                 4);
    free(blocking);
    cr_expect_eq(checklist_blocking(c, NULL, &blocking), 48);
    free(blocking);

    struct run_item done[53];
    for (size_t i = 0; i < c->count; i++)
        done[i] = (struct run_item){.id = c->items[i].guide->id,
                                    .state = TEXT("pass"),
                                    .summary = TEXT(""),
                                    .by = TEXT(""),
                                    .at_ms = 1};
    struct run run = {.items = done, .item_count = 53};
    checklist_evaluate(c, &run, NULL, NOW);
    cr_expect_eq(checklist_blocking(c, NULL, &blocking), 0);
    free(blocking);
    json_t *gate = checklist_gate_json(c, "checklist", sections);
    cr_expect_str_eq(json_string_value(json_object_get(gate, "state")), "open");
    json_decref(gate);

    const struct checklist_item *one = find(c, "Load testing");
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].guide == one->guide)
            done[i].expires_at_ms = NOW - 1;
    checklist_evaluate(c, &run, NULL, NOW);
    gate = checklist_gate_json(c, "checklist", sections);
    cr_expect_str_eq(json_string_value(json_object_get(gate, "state")), "closed");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(gate, "blocking"), 0)),
                     one->guide->id);
    json_decref(gate);
    checklist_free(c);
}

Test(checklist, names_the_nearest_section_of_a_gate)
{
    struct checklist *c = load_bound(NULL, 0, "examples/finally/DEPLOYMENT.md");
    static const char *const sections[] = {"Documentation", "Comunication", NULL};
    struct error err;

    cr_assert_not(checklist_check_sections(c, sections, &err));
    cr_expect_str_eq(err.hint, "the nearest is \"Communication\"");
    cr_assert(checklist_check_sections(c, &sections[2], &err));
    checklist_free(c);
}

Test(checklist, finds_items_by_words_and_says_what_is_near)
{
    struct checklist *c = load_example();
    const struct checklist_item *item;
    struct error err;

    cr_expect_str_eq(find(c, "cost IMPACT")->guide->text, "Cost impact estimated");
    cr_expect_str_eq(
        find(c, "pre-deployment-checklist-documentation/changelog-md-updated")->guide->text,
        "CHANGELOG.md updated");
    cr_assert_not(checklist_find(c, "Authentication", &item, &err));
    cr_expect_str_eq(err.message, "\"Authentication\" fits 2 items");
    cr_assert_not(checklist_find(c, "Autentication flow", &item, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect_str_eq(err.hint, "the nearest is \"Authentication flow works\"");
    cr_assert_not(checklist_find(c, "", &item, &err));
    checklist_free(c);
}

/* ---- probing and JSON
 * ------------------------------------------------------------------------------ */

Test(checklist, asks_the_probe_and_gives_its_evidence_a_lifetime)
{
    struct checklist *c = load_example();
    struct probe_context context = {.config = &configuration};
    struct evidence evidence;
    struct error err;
    int64_t lifetime_ms = 0;

    cr_assert(checklist_probe(find(c, "ESLint"), &context, &evidence, &lifetime_ms, &err));
    cr_expect_not(evidence.passed);
    cr_expect_eq(lifetime_ms, HOUR);
    probe_evidence_clear(&evidence);
    cr_assert(checklist_probe(find(c, "Load testing"), &context, &evidence, &lifetime_ms, &err));
    cr_expect_eq(lifetime_ms, 24 * HOUR);
    probe_evidence_clear(&evidence);
    cr_assert_not(
        checklist_probe(find(c, "Cost metrics"), &context, &evidence, &lifetime_ms, &err));
    cr_expect(strstr(err.message, "only a person") != NULL);
    checklist_free(c);
}

Test(checklist, prints_the_contract)
{
    struct checklist *c = load_bound(NULL, 0, "tests/vectors/guide/sections.md");
    struct run_item waived = {.id = c->items[1].guide->id,
                              .state = TEXT("waived"),
                              .summary = TEXT("not today"),
                              .by = TEXT("ana"),
                              .at_ms = NOW,
                              .expires_at_ms = NOW + HOUR};
    struct run run = {.items = &waived, .item_count = 1};

    checklist_evaluate(c, &run, NULL, NOW);
    json_t *got = checklist_item_json(&c->items[1]);
    json_t *want =
        json_loads("{\"id\":\"checks/all-tests-pass-unit-end-to-end\",\"section\":\"Checks\","
                   "\"text\":\"All tests pass (unit \\u2192 end-to-end)\",\"kind\":\"person\","
                   "\"state\":\"waived\",\"by\":\"ana\",\"reason\":\"not today\",\"evidence\":{"
                   "\"summary\":\"not today\",\"at\":\"2023-11-14T22:13:20.000Z\","
                   "\"expires_at\":\"2023-11-14T23:13:20.000Z\"}}",
                   0, NULL);
    auto_free char *text = json_dumps(got, 0);
    cr_expect(json_equal(got, want), "%s", text);
    json_decref(got);
    json_decref(want);
    checklist_free(c);
}
