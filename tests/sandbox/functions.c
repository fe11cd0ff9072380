/* functions.c - what time and other people do to functions. Refusals: serve_lambda.c. */
#include "tests/world_fixture.h"

static struct refusal no;

Test(functions, an_update_takes_time_and_its_end_is_a_revision_of_its_own)
{
    struct world *w = fixture_world(1, "healthy");
    struct function *f = world_function(w, PROD);
    char before[WORLD_UUID_SIZE], during[WORLD_UUID_SIZE];
    snprintf(before, sizeof before, "%s", f->latest.revision_id);
    cr_assert(functions_update_code(w, f, world_function(w, "finally-dev-api")->latest.image_uri,
                                    before, &no));
    snprintf(during, sizeof during, "%s", f->latest.revision_id);
    cr_expect_str_neq(during, before);
    cr_expect_not(functions_is_ready(w, &f->latest));
    fixture_wait(w, 19);
    cr_expect_not(functions_is_ready(w, &f->latest));
    cr_expect_str_eq(f->latest.revision_id, during);
    fixture_wait(w, 1);
    cr_expect(functions_is_ready(w, &f->latest));
    cr_expect_str_neq(f->latest.revision_id, during);
    world_free(w);
}

Test(functions, a_published_version_keeps_its_code_and_becomes_ready)
{
    struct world *w = fixture_world(1, "healthy");
    struct function *f = world_function(w, PROD);
    const struct function_version *v;
    char digest[72];
    cr_assert(functions_update_code(w, f, world_function(w, "finally-dev-api")->latest.image_uri,
                                    NULL, &no));
    fixture_wait(w, 20);
    snprintf(digest, sizeof digest, "%s", f->latest.digest);
    cr_assert(functions_publish(w, f, "what is new", NULL, digest, &v, &no));
    int number = v->number;
    cr_expect_eq(number, 42);
    cr_expect_not(functions_is_ready(w, v));
    cr_expect(functions_is_new(f, v));
    fixture_wait(w, 8);
    cr_expect(functions_is_ready(w, functions_version(f, number)));
    cr_assert(functions_update_code(w, f, functions_version(f, 41)->image_uri, NULL, &no));
    cr_expect_str_eq(functions_version(f, number)->digest, digest);
    cr_expect_str_eq(functions_version(f, number)->description, "what is new");
    cr_expect_not(functions_is_new(f, functions_version(f, 41)));
    world_free(w);
}

Test(functions, publishing_what_did_not_change_gives_the_same_version)
{
    struct world *w = fixture_world(1, "healthy");
    struct function *f = world_function(w, PROD);
    const struct function_version *v;
    size_t before = f->version_count;
    cr_assert(functions_publish(w, f, "other words", NULL, NULL, &v, &no));
    cr_expect_eq(v->number, 41);
    cr_expect_str_neq(v->description, "other words");
    cr_expect_eq(f->version_count, before);
    world_free(w);
}

Test(functions, somebody_else_moves_the_alias_once_when_it_stood_at_ten_percent)
{
    static const struct {
        const char *scenario;
        double weight;
        int seconds;
        bool is_disturbed;
    } cases[] = {{"foreign-change", 0.10, 61, true},
                 {"foreign-change", 0.10, 58, false},
                 {"foreign-change", 0.05, 600, false},
                 {"healthy", 0.10, 600, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *w = fixture_world(1, cases[i].scenario);
        struct function *f = world_function(w, PROD);
        int version = fixture_publish(w);
        char revision[WORLD_UUID_SIZE];
        fixture_weigh(w, version, cases[i].weight);
        const struct function_alias *alias = functions_alias(f, "production");
        snprintf(revision, sizeof revision, "%s", alias->revision_id);
        fixture_wait(w, cases[i].seconds);
        cr_expect_eq(strcmp(alias->revision_id, revision) != 0, cases[i].is_disturbed, "case %zu",
                     i);
        if (cases[i].is_disturbed) {
            cr_expect_neq(strstr(alias->description, "kim@"), NULL);
            /* Once: what is written after that stays. */
            fixture_weigh(w, version, 0.5);
            snprintf(revision, sizeof revision, "%s", alias->revision_id);
            fixture_wait(w, 600);
            cr_expect_str_eq(alias->revision_id, revision);
        }
        world_free(w);
    }
}

Test(functions, an_alias_write_keeps_what_it_does_not_mention)
{
    struct world *w = fixture_world(1, "healthy");
    struct function *f = world_function(w, PROD);
    int version = fixture_publish(w);
    const struct function_alias *alias;
    fixture_weigh(w, version, 0.1);
    struct alias_wish wish = {.description = "only words", .weight_count = -1};
    cr_assert(functions_update_alias(w, f, "production", &wish, &alias, &no));
    cr_expect_eq(alias->additional, version);
    cr_expect_float_eq(alias->weight, 0.1, 1e-12);
    cr_expect_eq(alias->version, 41);
    wish = (struct alias_wish){.weight_count = 0};
    cr_assert(functions_update_alias(w, f, "production", &wish, &alias, &no));
    cr_expect_eq(alias->additional, 0);
    cr_expect_str_eq(alias->description, "only words");
    world_free(w);
}
