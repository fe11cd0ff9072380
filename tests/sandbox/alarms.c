/* alarms.c - an alarm is OK until somebody orders another state. */
#include "sandbox/alarms.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world_fixture.h"

static size_t firing(const struct world *w)
{
    size_t count = 0;
    for (size_t i = 0; i < WORLD_ALARM_COUNT; i++)
        count += strcmp(alarms_state(w, i), "ALARM") == 0;
    return count;
}

Test(alarms, change_only_by_an_order_that_names_one_and_a_state)
{
    static const struct {
        const char *name, *state;
        bool is_taken;
        size_t firing; /* afterwards */
    } cases[] = {
        {"finally-prod-api-errors", "alarm", false, 0},
        {"finally-prod-api", "ALARM", false, 0},
        {"finally-prod-api-errors", "ALARM", true, 1},
        {"finally-dev-database-cpu", "ALARM", true, 2},
        {"finally-prod-api-errors", "INSUFFICIENT_DATA", true, 1},
        {"finally-dev-database-cpu", "OK", true, 0},
    };
    struct world *w = fixture_world(1, "healthy");

    cr_expect_eq(firing(w), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(alarms_set(w, cases[i].name, cases[i].state), cases[i].is_taken, "%zu", i);
        cr_expect_eq(firing(w), cases[i].firing, "%zu", i);
    }
    world_free(w);
}

Test(alarms, tell_since_when)
{
    struct world *w = fixture_world(1, "healthy");
    json_t *before = alarms_json(w, 0);

    char *name = alarms_name(0);
    cr_assert(alarms_set(w, name, "ALARM"));
    json_t *after = alarms_json(w, 0);
    cr_expect_str_eq(json_string_value(json_object_get(after, "StateValue")), "ALARM");
    cr_expect_eq(json_integer_value(json_object_get(after, "StateTransitionedTimestamp")),
                 w->now_ms / 1000);
    cr_expect_lt(json_integer_value(json_object_get(before, "StateTransitionedTimestamp")),
                 w->now_ms / 1000);
    json_decref(before);
    json_decref(after);
    free(name);
    world_free(w);
}
