/* config.c - the language as documented: every broken file says where and what, every good one
 * means what it says. */
#include "core/config.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/checklist.h"
#include "core/config_parts.h"
#include "core/mem.h"
#include "core/text.h"
#include "tests/core/config_house.h"
#include "tests/source_path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- files ----------------------------------------------------------------------------------- */

static const char *vectors(void)
{
    static char path[512];
    auto_free char *found = source_path("tests/vectors/config");
    (void)snprintf(path, sizeof path, "%s", found);
    return path;
}

static char *read_file(const char *path)
{
    struct buf text;
    char piece[4096];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    buf_init(&text, (size_t)1 << 20);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&text, piece, got);
    (void)fclose(file);
    return buf_steal(&text);
}

/* A folder of its own, with a configuration in it; and away with both. */
struct folder {
    char directory[64], path[96];
};

static void folder_begin(struct folder *f, const char *text)
{
    memcpy(f->directory, "/tmp/flightdeck-config-XXXXXX", 30);
    cr_assert_not_null(mkdtemp(f->directory));
    (void)snprintf(f->path, sizeof f->path, "%s/flightdeck.yaml", f->directory);
    FILE *file = fopen(f->path, "we");
    cr_assert_not_null(file);
    cr_assert_eq(fputs(text, file) >= 0, 1);
    cr_assert_eq(fclose(file), 0);
}

static void folder_end(struct folder *f)
{
    cr_assert_eq(unlink(f->path), 0);
    cr_assert_eq(rmdir(f->directory), 0);
}

static struct config *load_with(const char *text, const char *const *overrides)
{
    struct folder f;
    struct config *c = NULL;
    struct error err = {0};

    folder_begin(&f, text);
    bool is_ok = config_load(f.path, &test_house, overrides, &c, &err);
    folder_end(&f);
    cr_assert(is_ok, "%s: %s (%s)", err.at, err.message, err.hint);
    return c;
}

static struct config *load(const char *text) { return load_with(text, NULL); }

/* ---- broken files ---------------------------------------------------------------------------- */

/* All that `config check` does without the network. */
static bool check(const char *path, struct error *err)
{
    struct config *c = NULL;
    struct checklist *checklist = NULL;
    bool is_ok = config_load(path, &test_house, NULL, &c, err);

    if (is_ok && c->guide[0] != '\0')
        is_ok = checklist_load(c, NULL, &checklist, err);
    checklist_free(checklist);
    for (size_t i = 0; is_ok && i < c->environment_count; i++)
        for (size_t k = 0; is_ok && k < c->environments[i].step_count; k++) {
            const struct environment *e = &c->environments[i];
            struct plan_context context = {&test_house, c, e, &e->steps[k]};
            struct step_plan plan = {0};
            if (e->steps[k].kind->plan == NULL)
                continue;
            is_ok = e->steps[k].kind->plan(&context, &plan, err);
            if (!is_ok && err->at[0] == '\0')
                error_at(err, path, e->steps[k].place.line, e->steps[k].place.column);
            json_decref(plan.calls);
            free(plan.summary);
            free(plan.undo);
        }
    config_free(c);
    return is_ok;
}

/* Lines of the .expect file: LINE:COLUMN, a part of the message, a part of the hint (may be
 * missing). */
static void expect_broken(const char *path, char *expected)
{
    struct error err = {0};
    char *rest = expected;
    const char *place = strsep(&rest, "\n"), *message = strsep(&rest, "\n");
    const char *hint = rest != NULL ? strsep(&rest, "\n") : "";
    auto_free char *at = xasprintf("%s:%s", path, place);

    if (check(path, &err)) {
        cr_expect_fail("%s is accepted", path);
        return;
    }
    cr_expect_str_eq(err.at, at, "%s, expected %s: %s", err.at, at, err.message);
    cr_expect(message != NULL && strstr(err.message, message) != NULL, "%s: %s, expected %s", path,
              err.message, message);
    cr_expect(strstr(err.hint, hint) != NULL, "%s: hint %s, expected %s", path, err.hint, hint);
    cr_expect_eq(err.kind, ERROR_USAGE, "%s: %s", path, error_kind_name(err.kind));
}

Test(config, every_vector_is_refused_at_its_place_or_accepted)
{
    size_t broken = 0, good = 0;
    DIR *folder = opendir(vectors());
    const struct dirent *entry;

    cr_assert_not_null(folder, "%s", vectors());
    while ((entry = readdir(folder)) != NULL) {
        if (!text_ends_with(entry->d_name, ".yaml"))
            continue;
        auto_free char *path = xasprintf("%s/%s", vectors(), entry->d_name);
        auto_free char *beside = xasprintf("%.*s.expect", (int)strlen(path) - 5, path);
        auto_free char *expected = read_file(beside);
        struct error err = {0};
        if (expected != NULL) {
            expect_broken(path, expected);
            broken++;
        } else {
            cr_expect(check(path, &err), "%s %s (%s)", err.at, err.message, err.hint);
            good++;
        }
    }
    closedir(folder);
    cr_expect_geq(broken, 130);
    cr_expect_geq(good, 4);
}

Test(config, the_example_is_right)
{
    const char *root = getenv("SOURCE_DIR");
    auto_free char *path =
        xasprintf("%s/examples/finally/flightdeck.yaml", root != NULL ? root : ".");
    struct error err = {0};
    struct config *c = NULL;

    cr_assert(check(path, &err), "%s %s (%s)", err.at, err.message, err.hint);
    cr_assert(config_load(path, &test_house, NULL, &c, &err));
    cr_assert_eq(c->environment_count, 3);
    const struct environment *production = config_environment(c, "production", &err);
    cr_expect_str_eq(config_resource_text(config_resource(production, "api"), "lambda"),
                     "finally-prod-api");
    cr_expect_eq(production->advance, ADVANCE_ASK);
    cr_expect_eq(production->step_count, 11);
    cr_expect_eq(c->environments[0].step_count, 5);
    config_free(c);
}

/* ---- defaults -------------------------------------------------------------------------------- */

Test(config, one_resource_is_enough)
{
    struct config *c = load("project: shop\n"
                            "all: {resources: {api: {lambda: shop-$env, alias: live}}}\n");
    const struct environment *e = &c->environments[0];

    cr_assert_eq(c->environment_count, 1);
    cr_expect_str_eq(e->name, "production");
    cr_expect(e->is_production);
    cr_expect_str_eq(e->short_name, "production");
    cr_expect_str_eq(config_resource_text(&e->resources[0], "lambda"), "shop-production");
    cr_assert_eq(e->step_count, 3);
    cr_expect_str_eq(e->steps[0].id, "deploy");
    cr_expect_str_eq(e->steps[1].id, "shift");
    cr_expect_str_eq(e->steps[2].id, "all-clear");
    cr_expect_str_eq(json_string_value(json_object_get(e->steps[0].params, "resource")), "api");
    cr_assert_eq(e->rung_count, 6);
    cr_expect_eq(e->ladder[5].weight, 1.0);
    cr_expect_eq(e->advance, ADVANCE_AUTO);
    cr_expect_eq(e->on_undecided, ON_UNDECIDED_HOLD);
    cr_expect_null(e->window);
    cr_expect_str_eq(c->guide, "");
    cr_expect_eq(c->manual_lifetime_ms, INT64_C(72) * 3600000);
    cr_expect_eq(c->rollback_keep, 3);
    cr_expect_eq(c->metric_count, 8, "all that a function has");
    config_free(c);
}

Test(config, the_judge_has_its_documented_defaults)
{
    struct config *c = load("project: shop\nall: {resources: {api: {lambda: a, alias: live}}}\n");
    const struct judge_settings *j = &c->judge;

    cr_expect(fabs(j->error_rate_normal - 0.005) < 1e-12);
    cr_expect(fabs(j->error_rate_bad - 0.02) < 1e-12);
    cr_expect_eq(j->slow_limit_ms, 2000);
    cr_expect(fabs(j->slow_share - 0.01) < 1e-12);
    cr_expect(fabs(j->worse_than_old - 0.2) < 1e-12);
    cr_expect_eq(j->min_requests, 50);
    cr_expect_eq(j->min_minutes, 3);
    cr_expect_eq(j->interval_ms, 60000);
    cr_expect_eq(j->initial_delay_ms, 60000);
    cr_expect_eq(j->deadline_ms, 3600000);
    cr_expect(fabs(j->confidence - 0.99) < 1e-12);
    cr_expect_eq(j->too_little, TOO_LITTLE_HOLD);
    config_free(c);
}

/* ---- environments ---------------------------------------------------------------------------- */

static const char merged[] = "project: shop\n"
                             "freeze: [2025-12-24 Christmas Eve]\n"
                             "all:\n"
                             "  account: 012345678901\n"
                             "  region: eu-central-1\n"
                             "  url: https://$short.example.com\n"
                             "  advance: ask\n"
                             "  resources:\n"
                             "    api: {lambda: shop-$short-api, alias: live}\n"
                             "    database: {rds: shop-$short}\n"
                             "environments:\n"
                             "  dev:\n"
                             "    advance: auto\n"
                             "    resources: {api: {alias: newest}}\n"
                             "  production:\n"
                             "    short: prod\n"
                             "    url: https://example.com\n"
                             "    freeze: [2025-12-31]\n"
                             "    window: Tue-Thu 10:00-16:00 Europe/Berlin\n"
                             "    resources: {cache: {http-api: $project-$region}}\n";

Test(config, environments_hold_only_differences)
{
    struct config *c = load(merged);
    struct error err;
    const struct environment *dev = config_environment(c, "dev", &err);
    const struct environment *production = config_environment(c, "production", &err);

    cr_assert_not_null(dev);
    cr_assert_not_null(production);
    cr_expect_str_eq(dev->account, "012345678901", "text stays text");
    cr_expect_str_eq(dev->url, "https://dev.example.com");
    cr_expect_str_eq(production->url, "https://example.com");
    cr_expect_eq(dev->advance, ADVANCE_AUTO);
    cr_expect_eq(production->advance, ADVANCE_ASK);
    const struct resource *api = config_resource(dev, "api");
    cr_expect_str_eq(config_resource_text(api, "lambda"), "shop-dev-api");
    cr_expect_str_eq(config_resource_text(api, "alias"), "newest");
    cr_expect_str_eq(config_resource_text(config_resource(production, "api"), "alias"), "live");
    cr_expect_str_eq(
        config_resource_text(config_resource_of_kind(production, "http-api"), "http-api"),
        "shop-eu-central-1");
    cr_expect_null(config_resource(dev, "cache"));
    cr_expect_str_eq(config_resource_text(api, "image"), "");
    cr_expect_eq(api->place.line, 14);
    cr_expect_eq(dev->place.line, 12);
    cr_expect_eq(dev->freeze_count, 1);
    cr_expect_eq(production->freeze_count, 2);
    cr_expect_eq(c->freeze_count, 1);
    cr_expect_str_eq(production->window->zone, "Europe/Berlin");
    config_free(c);
}

Test(config, an_unknown_environment_names_the_nearest)
{
    struct config *c = load(merged);
    struct error err = {0};

    cr_expect_null(config_environment(c, "productoin", &err));
    cr_expect_str_eq(err.hint, "Did you mean production?");
    cr_expect_null(config_environment(c, "prod", &err));
    cr_expect_str_eq(err.hint, "Did you mean production?", "by its short name");
    cr_expect_null(config_environment(c, "x", &err));
    cr_expect_str_eq(err.hint, "There is: dev, production");
    config_free(c);
}

Test(config, the_callers_environment_is_never_looked_at)
{
    struct folder f;
    struct config *c = NULL;
    struct error err = {0};

    cr_assert_eq(setenv("SECRET_OF_THE_SHELL", "hunter2", 1), 0);
    folder_begin(
        &f, "project: shop\nall: {resources: {api: {lambda: $SECRET_OF_THE_SHELL, alias: a}}}\n");
    cr_expect_not(config_load(f.path, &test_house, NULL, &c, &err));
    cr_expect(strstr(err.message, "$SECRET_OF_THE_SHELL is not known here") != NULL, "%s",
              err.message);
    cr_expect_null(strstr(err.message, "hunter2"));
    folder_end(&f);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static const char planned[] =
    "project: shop\n"
    "all:\n"
    "  url: https://$env.example.com\n"
    "  resources:\n"
    "    api: {lambda: shop-$env, alias: live, image: repository/shop@sha256:1}\n"
    "    database: {rds: shop-$env}\n"
    "environments: {dev: {}, staging: {}, production: {}}\n"
    "changes: {migration: database/**}\n"
    "people: {managers: [ana@example.com, li@example.com], night: eva@example.com}\n"
    "plan:\n"
    "  - approval: managers\n"
    "    only: production\n"
    "  - snapshot: database\n"
    "    begin: with-the-run\n"
    "    only: [staging, production]\n"
    "  - {when: migration, run: make migrate URL=$url IMAGE=$image HOME=$$HOME, in: database, "
    "limit: 2h, idempotent: true}\n"
    "  - deploy\n"
    "  - smoke\n"
    "  - shift: api\n"
    "  - smoke: everyone\n"
    "  - http: $url/health\n"
    "    json: {ok: true, text: \"true\", n: 3}\n"
    "    id: last-look\n"
    "  - all-clear\n";

static const struct plan_step *find_step(const struct environment *e, const char *id)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (strcmp(e->steps[i].id, id) == 0)
            return &e->steps[i];
    return NULL;
}

Test(config, one_plan_serves_all_environments)
{
    struct config *c = load(planned);
    const struct environment *dev = &c->environments[0], *staging = &c->environments[1],
                             *production = &c->environments[2];

    cr_expect_eq(dev->step_count, 7);
    cr_expect_eq(staging->step_count, 8);
    cr_expect_eq(production->step_count, 9);
    cr_expect_null(find_step(dev, "approval"));
    cr_assert_not_null(find_step(production, "approval"));
    cr_expect(find_step(staging, "snapshot")->begins_with_run);
    cr_expect_not(find_step(staging, "deploy")->begins_with_run);
    cr_expect_eq(find_step(dev, "deploy")->place.line, 17);
    cr_expect_eq(c->people_count, 2);
    cr_expect_eq(c->people[0].count, 2);
    cr_expect_str_eq(c->people[1].members[0], "eva@example.com");
    config_free(c);
}

Test(config, steps_have_typed_and_expanded_parameters)
{
    struct config *c = load(planned);
    const struct environment *e = &c->environments[1];
    const struct plan_step *run = find_step(e, "run"), *look = find_step(e, "last-look");

    cr_expect_str_eq(run->when, "migration");
    cr_expect_str_eq(json_string_value(json_object_get(run->params, "command")),
                     "make migrate URL=https://staging.example.com IMAGE=repository/shop@sha256:1 "
                     "HOME=$HOME");
    cr_expect_eq(json_integer_value(json_object_get(run->params, "limit")), 7200000);
    cr_expect(json_is_true(json_object_get(run->params, "idempotent")));
    cr_expect_str_eq(json_string_value(json_object_get(run->params, "in")), "database");
    cr_expect_eq(json_integer_value(json_object_get(look->params, "status")), 200);
    json_t *expected = json_pack("{s:b, s:s, s:i}", "ok", 1, "text", "true", "n", 3);
    cr_expect(json_equal(json_object_get(look->params, "json"), expected));
    json_decref(expected);
    cr_expect_str_eq(json_string_value(json_object_get(find_step(e, "smoke")->params, "target")),
                     "new-version");
    cr_expect_str_eq(json_string_value(json_object_get(find_step(e, "smoke-2")->params, "target")),
                     "everyone");
    config_free(c);
}

Test(config, ids_are_the_same_step_in_every_environment)
{
    struct config *c = load("project: shop\n"
                            "all: {resources: {api: {lambda: a, alias: live}}}\n"
                            "environments: {dev: {}, production: {}}\n"
                            "plan:\n"
                            "  - {wait: 1m, only: production}\n"
                            "  - {wait: 2m, id: wait-2}\n"
                            "  - wait: 3m\n"
                            "  - wait: 4m\n");
    cr_expect_str_eq(c->environments[0].steps[0].id, "wait-2");
    cr_expect_str_eq(c->environments[0].steps[1].id, "wait-3");
    cr_expect_str_eq(c->environments[0].steps[2].id, "wait-4");
    cr_expect_str_eq(c->environments[1].steps[0].id, "wait");
    cr_expect_str_eq(c->environments[1].steps[2].id, "wait-3");
    config_free(c);
}

/* ---- checklists and watching ----------------------------------------------------------------- */

Test(config, bindings_keep_what_differs_for_later)
{
    auto_free char *text = xasprintf(
        "project: shop\nguide: %s/GUIDE.md\nall: {resources: {api: {lambda: a, alias: live}}}\n"
        "changes: {docs: [docs/**, README.md]}\n"
        "checklists:\n"
        "  Shop:\n"
        "    when: docs\n"
        "    Backup: {same: Afterwards/Nobody}\n"
        "    Unit tests: {run: make test ENV=$env P=$project H=$$HOME, in: [a, b], for: 2h, when: "
        "docs}\n"
        "  Afterwards: {same: Shop}\n",
        vectors());
    struct config *c = load(text);

    cr_assert_eq(c->binding_count, 4);
    cr_expect_str_eq(c->bindings[0].words, "");
    cr_expect_str_eq(c->bindings[0].when, "docs");
    cr_expect_null(c->bindings[0].same);
    cr_expect_str_eq(c->bindings[1].same, "Afterwards/Nobody");
    cr_expect_null(c->bindings[1].probe);
    const struct binding *b = &c->bindings[2];
    cr_expect_str_eq(b->section, "Shop");
    cr_expect_str_eq(b->words, "Unit tests");
    cr_expect_str_eq(b->probe->name, "run");
    cr_expect_eq(b->lifetime_ms, 7200000);
    cr_expect_str_eq(b->when, "docs");
    cr_expect_str_eq(json_string_value(json_object_get(b->params, "command")),
                     "make test ENV=$env P=shop H=$HOME");
    cr_expect_eq(json_array_size(json_object_get(b->params, "in")), 2);
    cr_expect_eq(json_integer_value(json_object_get(b->params, "limit")), 1800000);
    cr_expect_eq(b->place.line, 9);
    cr_expect_eq(b->place.column, 5);
    cr_expect_str_eq(c->bindings[3].same, "Shop");
    cr_expect_eq(c->changes[0].glob_count, 2);
    config_free(c);
}

Test(config, alerts_metrics_and_smoke_checks_are_read)
{
    struct config *c =
        load("project: shop\n"
             "all: {resources: {api: {lambda: a, alias: live}, db: {rds: d}}}\n"
             "smoke: {checks: [{get: /health, json: {ok: true}}, {post: /echo, status: 201}]}\n"
             "metrics: {api: [errors, duration p50 p99], db: cpu}\n"
             "alerts:\n"
             "  critical: {if: [api error rate > 5%, db cpu > 90%], then: [roll-back, hold]}\n"
             "  warning: {if: api duration p99 > 2s, then: hold}\n"
             "judge: {too-little-traffic: probe 300, duration-p99: {limit: 500ms}}\n"
             "rollback: {keep: 5, as: profile shop-rollback, silent-for: 5m, silent-role: back}\n");

    cr_assert_eq(c->smoke_count, 2);
    cr_expect_str_eq(c->smoke_checks[0].name, "GET /health");
    cr_expect_eq(c->smoke_checks[0].status, 200);
    cr_expect(json_is_true(json_object_get(c->smoke_checks[0].expected, "ok")));
    cr_expect_str_eq(c->smoke_checks[1].method, "POST");
    cr_expect_eq(c->smoke_checks[1].status, 201);
    cr_expect_null(c->smoke_checks[1].expected);
    cr_assert_eq(c->metric_count, 4);
    cr_expect_str_eq(c->metrics[2].metric, "duration p99");
    cr_expect_str_eq(c->metrics[3].resource, "db");
    cr_assert_eq(c->alert_count, 2);
    cr_expect(c->alerts[0].rolls_back && c->alerts[0].holds);
    cr_expect_eq(c->alerts[0].condition_count, 2);
    cr_expect_not(c->alerts[1].rolls_back);
    cr_expect_eq(c->alerts[1].conditions[0].threshold, 2000.0);
    cr_expect_eq(c->judge.too_little, TOO_LITTLE_PROBE);
    cr_expect_eq(c->judge.probe_count, 300);
    cr_expect_eq(c->judge.slow_limit_ms, 500);
    cr_expect_eq(c->rollback_keep, 5);
    cr_expect_str_eq(c->rollback_profile, "shop-rollback");
    cr_expect_eq(c->silent_ms, 300000);
    cr_expect_str_eq(c->silent_role, "back");
    config_free(c);
}

/* ---- overrides ------------------------------------------------------------------------------- */

Test(config, what_is_set_wins_over_the_file)
{
    static const char *const overrides[] = {"production.url=http://127.0.0.1:80/app/$short",
                                            "traffic=[10% 1m, 100%]",
                                            "dev.traffic=100%",
                                            "on_undecided=rollback",
                                            "production.image=repository/shop@sha256:2",
                                            "production.resources.api.alias=blue",
                                            "judge.min-requests=80",
                                            "judge.error_rate.bad=3%",
                                            "manual_lifetime=1h",
                                            NULL};
    struct config *c = load_with(merged, overrides);
    const struct environment *dev = &c->environments[0], *production = &c->environments[1];

    cr_expect_str_eq(production->url, "http://127.0.0.1:80/app/prod");
    cr_expect_str_eq(dev->url, "https://dev.example.com");
    cr_expect_eq(production->rung_count, 2);
    cr_expect_eq(dev->rung_count, 1);
    cr_expect_eq(dev->on_undecided, ON_UNDECIDED_ROLLBACK);
    cr_expect_eq(production->on_undecided, ON_UNDECIDED_ROLLBACK);
    const struct resource *api = config_resource(production, "api");
    cr_expect_str_eq(config_resource_text(api, "image"), "repository/shop@sha256:2");
    cr_expect_str_eq(config_resource_text(api, "alias"), "blue");
    cr_expect_str_eq(config_resource_text(config_resource(dev, "api"), "image"), "");
    cr_expect_eq(c->judge.min_requests, 80);
    cr_expect(fabs(c->judge.error_rate_bad - 0.03) < 1e-12);
    cr_expect_eq(c->manual_lifetime_ms, 3600000);
    config_free(c);
}

Test(config, a_bare_parameter_is_set_in_every_environment)
{
    static const char *const overrides[] = {"image=repository/shop@sha256:3", NULL};
    struct config *c = load_with(merged, overrides);
    for (size_t i = 0; i < c->environment_count; i++)
        cr_expect_str_eq(config_resource_text(config_resource(&c->environments[i], "api"), "image"),
                         "repository/shop@sha256:3");
    config_free(c);
}

static const struct {
    const char *override, *message, *hint;
} wrong_overrides[] = {
    {"url", "--set url: no value is given", "KEY=VALUE"},
    {"=x", "no value is given", "KEY=VALUE"},
    {"production..url=x", "a part of the key is empty", ""},
    {"prodction.url=https://x.example", "--set prodction.url: there is no such key",
     "Did you mean production?"},
    {"urll=https://x.example", "--set urll: there is no such key", "Did you mean url?"},
    {"production.urll=https://x.example", "--set production.urll: there is no key \"urll\"",
     "Did you mean url?"},
    {"production.url=x", "--set production.url: \"x\" is no address", "https://"},
    {"traffic=[10%", "--set traffic: not YAML", ""},
    {"traffic=10% 2m", "--set traffic: the last weight is 10%", "100%"},
    {"project.name=x", "there is no map to write it into", ""},
    {"a.b.c.d.e.f.g.h.i=x", "there is nothing that deep", ""},
};

Test(config, wrong_overrides_are_refused_by_name)
{
    struct folder f;

    folder_begin(&f, merged);
    for (size_t i = 0; i < COUNT(wrong_overrides); i++) {
        const char *const overrides[] = {wrong_overrides[i].override, NULL};
        struct config *c = NULL;
        struct error err = {0};
        if (config_load(f.path, &test_house, overrides, &c, &err)) {
            cr_expect_fail("%s is accepted", wrong_overrides[i].override);
            config_free(c);
            continue;
        }
        cr_expect(strstr(err.message, wrong_overrides[i].message) != NULL, "%s: %s",
                  wrong_overrides[i].override, err.message);
        cr_expect(strstr(err.hint, wrong_overrides[i].hint) != NULL, "%s: %s",
                  wrong_overrides[i].override, err.hint);
        cr_expect_str_eq(err.at, "");
    }
    folder_end(&f);
}

/* ---- explaining ------------------------------------------------------------------------------ */

Test(config, explain_says_where_each_value_came_from)
{
    static const char *const overrides[] = {"production.url=https://set.example.com", NULL};
    struct config *c = load_with(merged, overrides);
    auto_free char *text = config_explain(c);
    static const char *const parts[] = {
        "region: eu-central-1",   "# flightdeck.yaml:5", "url: https://set.example.com",
        "# --set production.url", "min-requests: 50",    "# default",
        "lambda: shop-prod-api",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        cr_expect(strstr(text, parts[i]) != NULL, "%s is not in\n%s", parts[i], text);
    config_free(c);
}

/* The document of what a text means. */
static json_t *document_of(const char *text)
{
    struct config *c = load(text);
    json_t *document = json_deep_copy(c->document);
    config_free(c);
    return document;
}

Test(config, explain_prints_a_configuration_that_means_the_same)
{
    const char *const texts[] = {merged, planned};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct config *c = load(texts[i]);
        auto_free char *text = config_explain(c);
        json_t *again = document_of(text);
        char *before = json_dumps(c->document, JSON_INDENT(1)),
             *after = json_dumps(again, JSON_INDENT(1));
        cr_expect_str_eq(after, before);
        cr_expect_eq(c->environment_count, 2 + i);
        free(before);
        free(after);
        json_decref(again);
        config_free(c);
    }
}

/* ---- commands, finding, documentation -------------------------------------------------------- */

Test(config, lists_every_command_it_would_start)
{
    struct config *c = load(planned);
    json_t *commands = config_commands(c);
    cr_expect_eq(json_array_size(commands), 3, "one per environment, where it differs");
    cr_expect_str_eq(json_string_value(json_array_get(commands, 0)),
                     "make migrate URL=https://dev.example.com IMAGE=repository/shop@sha256:1 "
                     "HOME=$HOME  (in database)");
    json_decref(commands);
    config_free(c);
}

Test(config, is_found_upwards_to_the_repository_root)
{
    struct folder f;
    struct error err = {0};
    char *found = NULL;

    folder_begin(&f, merged);
    auto_free char *inner = xasprintf("%s/a", f.directory);
    auto_free char *repository = xasprintf("%s/a/.git", f.directory);
    auto_free char *deep = xasprintf("%s/a/b", f.directory);
    cr_assert_eq(mkdir(inner, 0700), 0);
    cr_assert_eq(mkdir(deep, 0700), 0);
    cr_assert(config_find(deep, &found, &err), "%s", err.message);
    cr_expect(text_ends_with(found, "/flightdeck.yaml"));
    free(found);
    cr_assert_eq(mkdir(repository, 0700), 0);
    cr_expect_not(config_find(deep, &found, &err), "not above the repository");
    cr_expect_eq(err.kind, ERROR_USAGE);
    (void)rmdir(repository);
    (void)rmdir(deep);
    (void)rmdir(inner);
    folder_end(&f);
}

static void expect_documented(const char *docs, const char *path, const struct config_key *keys)
{
    for (; keys->name != NULL; keys++) {
        auto_free char *quoted = xasprintf("`%s`", keys->name);
        cr_expect(strstr(docs, quoted) != NULL, "%s of %s is not in docs/configuration.md", quoted,
                  path);
        cr_expect(keys->help != NULL && keys->help[0] != '\0', "%s has no help", keys->name);
        if (keys->fallback != NULL && keys->fallback[0] != '$')
            cr_expect(strstr(docs, keys->fallback) != NULL, "default %s of %s is not documented",
                      keys->fallback, keys->name);
        if (keys->keys != NULL)
            expect_documented(docs, keys->name, keys->keys);
    }
}

Test(config, every_key_is_documented)
{
    const char *root = getenv("SOURCE_DIR");
    auto_free char *path = xasprintf("%s/docs/configuration.md", root != NULL ? root : ".");
    auto_free char *docs = read_file(path);

    cr_assert_not_null(docs, "%s", path);
    for (const struct config_part *part = config_all_parts; part->path != NULL; part++)
        expect_documented(docs, part->path, part->keys);
}
