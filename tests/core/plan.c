/* plan.c - a plan says what would be done, and its hash changes exactly when that does. */
#include "core/plan.h"

#include "core/config.h"
#include "tests/core/config_house.h"
#include "tests/git_fixture.h"
#include "tests/step_fixture.h"

static bool plan_shift(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    (void)context;
    (void)err;
    *out = (struct step_plan){
        .calls = json_pack("[{s:s, s:s, s:{s:s}}]", "service", "lambda", "operation", "UpdateAlias",
                           "params", "FunctionVersion", "${deploy.new_version}"),
        .summary = xstrdup("move traffic"),
        .undo = xstrdup("all traffic to the old version"),
        .expected_ms = 1000,
    };
    return true;
}

static const struct step_kind shift = {.name = "shift",
                                       .summary = "shift",
                                       .params = shift_params,
                                       .plan = plan_shift,
                                       .undo = step_undo_nothing,
                                       .moves_traffic = true};
static bool plan_tell(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const char *fails = json_string_value(json_object_get(context->step->params, "url"));
    if (strcmp(fails, "impossible") == 0)
        return error_set(err, ERROR_USAGE, "it cannot be told");
    *out = (struct step_plan){.calls = NULL};
    return true;
}
static const struct step_kind tell = {.name = "tell",
                                      .summary = "Tell everybody",
                                      .params = http_params,
                                      .plan = plan_tell,
                                      .irreversible = "what was told was told"};
static const struct step_kind *const steps[] = {
    &step_checklist, &step_approval, &step_command, &step_wait, &shift, &tell, NULL};
static const struct house house = {
    .step_kinds = steps, .probe_kinds = house_probes, .resource_kinds = house_resources};

static const char usual[] = "version: 1\n"
                            "project: shop\n"
                            "environments:\n"
                            "  production:\n"
                            "    account: \"123456789012\"\n"
                            "    region: eu-central-1\n"
                            "    resources:\n"
                            "      api: {lambda: shop-api, alias: live}\n"
                            "    traffic: [10% 5m, 100%]\n"
                            "changes:\n"
                            "  migration: db/**\n"
                            "plan:\n"
                            "  - approval: managers\n"
                            "  - {when: migration, run: make migrate, limit: 2h}\n"
                            "  - wait: 5m\n"
                            "  - shift: api\n"
                            "  - tell: everybody\n"
                            "people:\n"
                            "  managers: [ana, li]\n"
                            "  others: [bo]\n"
                            "smoke:\n"
                            "  checks:\n"
                            "    - {get: /health, status: 200}\n"
                            "judge:\n"
                            "  error-rate: {normal: 0.5%, bad: 2%}\n"
                            "alerts:\n"
                            "  critical: {if: [api error rate > 5%], then: [roll-back]}\n";

/* The usual text with one place changed. Yours. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(usual, from);

    cr_assert_not_null(at, "%s", from);
    return xasprintf("%.*s%s%s", (int)(at - usual), usual, to, at + strlen(from));
}

static json_t *make(const char *text, const char *folder, const char *override,
                    const json_t *inputs)
{
    const char *const overrides[] = {override, NULL};
    struct config *config = NULL;
    struct error err;
    json_t *plan = NULL;

    fixture_begin();
    auto_free char *path = xasprintf("%s%s/flightdeck.yaml", fixture_directory, folder);
    auto_free char *script =
        xasprintf("mkdir -p ./%s && cat >%s <<'END'\n%sEND", folder, path, text);
    fixture_run(script);
    cr_assert(config_load(path, &house, overrides, &config, &err), "%s: %s", err.at, err.message);
    cr_assert(plan_make(&house, config, &config->environments[0], "default", inputs, &plan, &err),
              "%s", err.message);
    config_free(config);
    fixture_end();
    return plan;
}

static char *hash_of(const char *text, const char *folder, const char *override,
                     const json_t *inputs)
{
    json_t *plan = make(text, folder, override, inputs);
    char *hash = xstrdup(json_string_value(json_object_get(plan, "hash")));

    json_decref(plan);
    return hash;
}

Test(plan, says_what_each_step_would_do_and_how_it_is_taken_back)
{
    json_t *plan = make(usual, "", NULL, NULL);
    const json_t *list = json_object_get(plan, "steps");
    static const struct {
        const char *id, *undo;
        size_t calls;
        bool is_gate, moves_traffic;
        json_int_t expected_ms;
    } expected[] = {
        {"approval", "nothing to undo", 0, true, false, 0},
        {"run", NULL, 1, false, false, 0},
        {"wait", "nothing to undo", 0, false, false, 300000},
        {"shift", "all traffic to the old version", 1, false, true, 1000},
        {"tell", "irreversible: what was told was told", 0, false, false, 0},
    };

    cr_expect_str_eq(json_string_value(json_object_get(plan, "env")), "production");
    cr_expect_str_eq(json_string_value(json_object_get(plan, "plan")), "default");
    cr_expect_eq(strlen(json_string_value(json_object_get(plan, "hash"))), HASH_HEX_SIZE - 1);
    cr_expect(json_is_object(json_object_get(plan, "inputs")));
    cr_assert_eq(json_array_size(list), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *step = json_array_get(list, i);
        const char *undo = json_string_value(json_object_get(step, "undo"));
        cr_expect_str_eq(json_string_value(json_object_get(step, "id")), expected[i].id);
        cr_assert_not_null(undo);
        if (expected[i].undo != NULL)
            cr_expect_str_eq(undo, expected[i].undo);
        cr_expect_eq(json_array_size(json_object_get(step, "calls")), expected[i].calls, "%s",
                     expected[i].id);
        cr_expect_eq(json_is_true(json_object_get(step, "gate")), expected[i].is_gate);
        cr_expect_eq(json_is_true(json_object_get(step, "moves_traffic")),
                     expected[i].moves_traffic);
        cr_expect_eq(json_integer_value(json_object_get(step, "expected_ms")),
                     expected[i].expected_ms, "%s", expected[i].id);
        cr_expect_not_null(json_string_value(json_object_get(step, "summary")));
    }
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "when")),
                     "migration");
    json_decref(plan);
}

/* ---- the hash ---- */

static const struct {
    const char *what, *from, *to;
} changes[] = {
    {"two steps in another order", "  - wait: 5m\n  - shift: api\n",
     "  - shift: api\n  - wait: 5m\n"},
    {"another time to wait", "wait: 5m", "wait: 6m"},
    {"another command", "make migrate", "make migrate-all"},
    {"who approves", "approval: managers", "approval: others"},
    {"a step always instead of sometimes", "when: migration, ", ""},
    {"a step fewer", "  - tell: everybody\n", ""},
    {"another weight", "10% 5m", "20% 5m"},
    {"another bake", "10% 5m", "10% 1m"},
    {"who goes on", "    traffic", "    advance: ask\n    traffic"},
    {"what happens when nobody decides", "    traffic", "    on-undecided: rollback\n    traffic"},
    {"another function", "shop-api", "shop-api-2"},
    {"another account", "123456789012", "123456789013"},
    {"another region", "eu-central-1", "eu-west-1"},
    {"a laxer judge", "bad: 2%", "bad: 20%"},
    {"a laxer alert", "api error rate > 5%", "api error rate > 50%"},
    {"another smoke check", "status: 200", "status: 204"},
    {"what makes a migration", "migration: db/**", "migration: db/up/**"},
};

Test(plan, hash_changes_with_everything_that_is_done)
{
    auto_free char *before = hash_of(usual, "", NULL, NULL);

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        auto_free char *text = changed(changes[i].from, changes[i].to);
        auto_free char *after = hash_of(text, "", NULL, NULL);
        cr_expect_str_neq(after, before, "%s", changes[i].what);
    }
}

Test(plan, hash_is_the_same_wherever_and_however_the_same_is_written)
{
    auto_free char *before = hash_of(usual, "", NULL, NULL);
    auto_free char *elsewhere = hash_of(usual, "/other/place", NULL, NULL);
    auto_free char *commented = xasprintf("# a comment\n%s\n\n", usual);
    auto_free char *comment = hash_of(commented, "", NULL, NULL);
    auto_free char *other_unit = changed("wait: 5m", "wait: 300s");
    auto_free char *unit = hash_of(other_unit, "", NULL, NULL);

    cr_expect_str_eq(elsewhere, before);
    cr_expect_str_eq(comment, before);
    cr_expect_str_eq(unit, before);
}

Test(plan, hash_covers_set_values_and_inputs)
{
    json_t *image = json_pack("{s:s}", "image", "repo@sha256:aa");
    json_t *other = json_pack("{s:s}", "image", "repo@sha256:bb");
    auto_free char *before = hash_of(usual, "", NULL, NULL);
    auto_free char *set = hash_of(usual, "", "traffic=[10% 6m, 100%]", NULL);
    auto_free char *with = hash_of(usual, "", NULL, image);
    auto_free char *again = hash_of(usual, "", NULL, image);
    auto_free char *with_other = hash_of(usual, "", NULL, other);

    cr_expect_str_neq(set, before);
    cr_expect_str_neq(with, before);
    cr_expect_str_eq(with, again);
    cr_expect_str_neq(with, with_other);
    json_decref(image);
    json_decref(other);
}

Test(plan, says_where_the_step_stands_that_cannot_be_planned, .init = fixture_begin,
     .fini = fixture_end)
{
    auto_free char *text = changed("tell: everybody", "tell: impossible");
    auto_free char *path = xasprintf("%s/flightdeck.yaml", fixture_directory);
    auto_free char *script = xasprintf("cat >%s <<'END'\n%sEND", path, text);
    struct config *config = NULL;
    struct error err;
    json_t *plan = NULL;

    fixture_run(script);
    cr_assert(config_load(path, &house, NULL, &config, &err), "%s", err.message);
    cr_expect_not(
        plan_make(&house, config, &config->environments[0], "default", NULL, &plan, &err));
    cr_expect_str_eq(err.message, "step tell: it cannot be told");
    cr_expect(strstr(err.at, "flightdeck.yaml:17:") != NULL, "%s", err.at);
    config_free(config);
}

Test(plan, canonical_json_has_one_form)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"{\"b\": 1, \"a\": [1, 2.5, true, null]}", "{\"a\":[1,2.5,true,null],\"b\":1}"},
        {"{\"b\":{\"d\":0.1,\"c\":0.05},\"a\":\"\\u00e4\"}",
         "{\"a\":\"\xc3\xa4\",\"b\":{\"c\":0.05,\"d\":0.1}}"},
        {"[]", "[]"},
        {"\"x\"", "\"x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = json_loads(cases[i].text, JSON_DECODE_ANY, NULL);
        auto_free char *text = plan_canonical_json(value);
        cr_expect_str_eq(text, cases[i].canonical);
        json_decref(value);
    }
}
