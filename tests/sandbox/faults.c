/* faults.c - faults come when they are ordered, and by chance as often as a scenario says. */
#include "sandbox/faults.h"

#include <criterion/criterion.h>
#include <string.h>

#include "sandbox/scenario.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct faults *ordered(const char *order)
{
    struct error err;
    struct faults *f = faults_new(1, NULL);
    cr_assert(faults_add(f, order, &err), "%s: %s", order, err.message);
    return f;
}

Test(faults, happen_as_often_as_ordered)
{
    static const struct {
        const char *order, *operation;
        enum fault fault;
        int times;
    } cases[] = {
        {"UpdateAlias=throttle", "UpdateAlias", FAULT_THROTTLE, 1},
        {"UpdateAlias=5xx:3", "UpdateAlias", FAULT_5XX, 3},
        {"*=reset-before:2", "GetAlias", FAULT_RESET_BEFORE, 2},
        {"GetAlias=reset-after:1", "GetAlias", FAULT_RESET_AFTER, 1},
        {"GetAlias=half", "GetAlias", FAULT_HALF, 1},
        {"GetAlias=slow", "GetAlias", FAULT_SLOW, 1},
        {"GetAlias=html", "GetAlias", FAULT_HTML, 1},
        {"GetAlias=html", "UpdateAlias", FAULT_NONE, 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct faults *f = ordered(cases[i].order);
        for (int n = 0; n < cases[i].times; n++)
            cr_expect_eq(faults_take(f, cases[i].operation), cases[i].fault, "%s", cases[i].order);
        cr_expect_eq(faults_take(f, cases[i].operation), FAULT_NONE, "%s", cases[i].order);
        faults_free(f);
    }
}

Test(faults, are_refused_when_they_make_no_sense)
{
    static const char *const orders[] = {
        "",       "UpdateAlias", "=throttle",    "A=",       "A=nonsense",        "A=throttle:0",
        "A=none", "A=throttle:", "A=throttle:x", "A=5xx:-1", "A=throttle:1000001"};
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct error err;
        struct faults *f = faults_new(1, NULL);
        cr_expect_not(faults_add(f, orders[i], &err), "%s", orders[i]);
        cr_expect_eq(err.kind, ERROR_USAGE);
        cr_expect_eq(faults_take(f, "A"), FAULT_NONE);
        faults_free(f);
    }
}

Test(faults, say_what_waits_and_what_was_done)
{
    struct faults *f = ordered("A=throttle:2");
    (void)faults_take(f, "A");
    json_t *told = faults_json(f);
    json_t *wanted = json_pack("{s:{s:i}, s:{s:i}, s:i}", "waiting", "A=throttle", 1, "done",
                               "A=throttle", 1, "latency_ms", 0);
    cr_expect(json_equal(told, wanted));
    json_decref(told);
    json_decref(wanted);
    faults_free(f);
}

/* Of 10000 calls of one operation. */
static int count_by_chance(const char *scenario, uint64_t seed, int *shortest_pause)
{
    struct faults *f = faults_new(seed, scenario_find(scenario));
    int count = 0, pause = 1000;
    *shortest_pause = 1000;
    for (int i = 0; i < 10000; i++) {
        bool is_fault = faults_take(f, "GetFunction") != FAULT_NONE;
        if (is_fault && pause < *shortest_pause)
            *shortest_pause = pause;
        pause = is_fault ? 0 : pause + 1;
        count += is_fault;
    }
    faults_free(f);
    return count;
}

Test(faults, by_chance_let_a_client_through_that_asks_again)
{
    static const struct {
        const char *scenario;
        int least, most;
    } cases[] = {{"healthy", 0, 0},
                 {"bad-canary", 0, 0},
                 {"throttled", 1000, 1500},
                 {"flaky-network", 900, 1400}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int pause;
        int count = count_by_chance(cases[i].scenario, 42, &pause);
        cr_expect(count >= cases[i].least && count <= cases[i].most, "%s: %d", cases[i].scenario,
                  count);
        cr_expect_geq(pause, 4, "%s: %d calls between two", cases[i].scenario, pause);
    }
}

Test(faults, by_chance_are_those_of_the_seed)
{
    struct faults *a = faults_new(7, scenario_find("flaky-network"));
    struct faults *b = faults_new(7, scenario_find("flaky-network"));
    struct faults *c = faults_new(8, scenario_find("flaky-network"));
    int different = 0;
    for (int i = 0; i < 1000; i++) {
        enum fault fault = faults_take(a, "GetAlias");
        cr_assert_eq(fault, faults_take(b, "GetAlias"));
        different += fault != faults_take(c, "GetAlias");
    }
    cr_expect_gt(different, 10);
    faults_free(a);
    faults_free(b);
    faults_free(c);
}
