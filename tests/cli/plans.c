/*
 * plans.c - a plan fits a screen; every call exactly is there for who asks.
 */
#include "cli/plans.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>

#include "cli/arguments.h"

static void redirect(void) { cr_redirect_stdout(); }

static json_t *weight_call(const char *weights)
{
    return json_pack("{s:s, s:s, s:{s:s, s:o}}", "service", "lambda", "operation", "UpdateAlias",
                     "params", "FunctionName", "shop", "RoutingConfig",
                     json_pack("{s:o}", "AdditionalVersionWeights", json_loads(weights, 0, NULL)));
}

static json_t *plan_of_a_ladder(void)
{
    json_t *calls = json_pack("[o, o, o]", weight_call("{\"2\":0.01}"), weight_call("{\"2\":0.1}"),
                              weight_call("{}"));
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:s, s:o, s:s, s:i}]}", "plan",
                     "default", "env", "live", "hash", "cafe", "inputs", "image",
                     "1.dkr.ecr.x.amazonaws.com/shop@sha256:0123456789abcdef", "image_from",
                     "staging v2", "steps", "id", "shift", "summary", "traffic to the new version",
                     "calls", calls, "undo", "one UpdateAlias: all traffic back", "expected_ms", 0);
}

Test(plans, fold_a_ladder_into_a_line, .init = redirect)
{
    struct cli cli = {0};
    json_t *plan = plan_of_a_ladder();
    plans_print(&cli, plan, false);
    json_decref(plan);
    cr_assert_stdout_eq_str("plan default of live\n"
                            "  ships  shop@sha256:0123456789ab (staging v2)\n"
                            " 1. shift       traffic to the new version\n"
                            "    lambda UpdateAlias 1 -> 10 -> 100 %; undo: one UpdateAlias\n"
                            "at least 0 s, 0 irreversible steps; calls: flightdeck plan live "
                            "--calls\n"
                            "hash cafe\n");
}

Test(plans, show_every_call_on_demand, .init = redirect)
{
    struct cli cli = {0};
    json_t *plan = plan_of_a_ladder();
    plans_print(&cli, plan, true);
    json_decref(plan);
    cr_assert_stdout_eq_str(
        "plan default of live\n"
        "  ships  shop@sha256:0123456789ab (staging v2)\n"
        " 1. shift       traffic to the new version\n"
        "    lambda UpdateAlias FunctionName=shop "
        "RoutingConfig={\"AdditionalVersionWeights\":{\"2\":0.01}}\n"
        "    lambda UpdateAlias FunctionName=shop "
        "RoutingConfig={\"AdditionalVersionWeights\":{\"2\":0.1}}\n"
        "    lambda UpdateAlias FunctionName=shop RoutingConfig={\"AdditionalVersionWeights\":{}}\n"
        "    undo: one UpdateAlias: all traffic back\n"
        "at least 0 s, 0 irreversible steps\n"
        "hash cafe\n");
}

Test(plans, ship_nothing_that_is_not_known)
{
    json_t *nothing = json_object();
    cr_assert_null(plans_ships_text(nothing));
    json_decref(nothing);
}
