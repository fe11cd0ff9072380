/* world.c - the world is the same for a seed, however often anybody looks. */
#include "tests/world_fixture.h"

#include "core/hash.h"
#include "sandbox/traffic.h"

/* All that CloudWatch shows of production, as one hash. */
static void fingerprint(const struct world *w, char out[static HASH_HEX_SIZE])
{
    struct numbers_question q = {.name_space = "AWS/Lambda",
                                 .metric = "Duration",
                                 .dimensions = {{"FunctionName", PROD}},
                                 .dimension_count = 1,
                                 .start_s = BEGUN_S - WORLD_HISTORY_S,
                                 .end_s = BEGUN_S + 7200,
                                 .period_s = 60};
    struct numbers_answer a;
    auto_buf text;
    buf_init(&text, 64u << 20);
    numbers_read(w, &q, &a);
    for (size_t i = 0; i < a.count; i++)
        for (size_t k = 0; k < a.points[i].samples.count; k++)
            buf_addf(&text, "%lld %g %llu\n", (long long)a.points[i].at_s,
                     a.points[i].samples.items[k].value,
                     (unsigned long long)a.points[i].samples.items[k].count);
    numbers_answer_clear(&a);
    cr_expect_gt(text.len, 1000);
    hash_sha256_hex(text.ptr, text.len, out);
}

static void live_an_hour(uint64_t seed, int look_every_ms, char out[static HASH_HEX_SIZE])
{
    struct world *w = fixture_world(seed, "bad-canary");
    int version = fixture_publish(w);
    int64_t shift_ms = BEGUN_MS + 100300, end_ms = BEGUN_MS + 3600000;
    for (int64_t at = w->now_ms; at < shift_ms; at += look_every_ms)
        world_advance(w, at);
    world_advance(w, shift_ms);
    fixture_weigh(w, version, 0.1);
    for (int64_t at = shift_ms; at < end_ms; at += look_every_ms)
        world_advance(w, at);
    world_advance(w, end_ms);
    fingerprint(w, out);
    world_free(w);
}

Test(world, does_not_depend_on_when_it_is_looked_at)
{
    char often[HASH_HEX_SIZE], seldom[HASH_HEX_SIZE], other_seed[HASH_HEX_SIZE];
    live_an_hour(1, 170, often);
    live_an_hour(1, 3600000, seldom);
    live_an_hour(2, 3600000, other_seed);
    cr_expect_str_eq(often, seldom);
    cr_expect_str_neq(often, other_seed);
}

Test(world, has_been_alive_for_hours)
{
    struct world *w = fixture_world(1, "healthy");
    struct numbers_question q = {.name_space = "AWS/ApiGateway",
                                 .metric = "Count",
                                 .dimensions = {{"ApiId", world_places[2].api_id}},
                                 .dimension_count = 1,
                                 .start_s = BEGUN_S - WORLD_HISTORY_S,
                                 .end_s = BEGUN_S,
                                 .period_s = 60};
    struct numbers_answer a;
    numbers_read(w, &q, &a);
    /* The last minutes cannot be seen yet. */
    cr_expect_geq(a.count, WORLD_HISTORY_S / 60 - 3);
    cr_expect_lt(a.count, WORLD_HISTORY_S / 60);
    numbers_answer_clear(&a);
    world_free(w);
}

Test(world, ids_are_unlike_and_shaped_as_uuids)
{
    struct world *w = fixture_world(1, "healthy");
    char one[WORLD_UUID_SIZE], other[WORLD_UUID_SIZE];
    world_uuid(w, one);
    world_uuid(w, other);
    cr_expect_str_neq(one, other);
    cr_expect_eq(strlen(one), 36);
    cr_expect_eq(one[14], '4');
    cr_expect_neq(strchr("89ab", one[19]), NULL);
    world_free(w);
}

Test(world, each_stage_ships_another_image)
{
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i + 1 < WORLD_PLACE_COUNT; i++)
        cr_expect_str_neq(w->functions[i]->latest.digest, w->functions[i + 1]->latest.digest);
    cr_expect_eq(world_place_of_environment("production"), &world_places[2]);
    cr_expect_null(world_place_of_environment("nowhere"));
    cr_expect_null(world_function(w, "nothing"));
    world_free(w);
}

Test(world, the_scenarios_have_help_and_their_names_are_found)
{
    size_t count = 0;
    for (const struct scenario *s = scenario_table; s->name; s++, count++) {
        cr_expect_eq(scenario_find(s->name), s);
        cr_expect_gt(strlen(s->help), 10);
    }
    cr_expect_eq(count, 8);
    cr_expect_null(scenario_find("sunny"));
}
