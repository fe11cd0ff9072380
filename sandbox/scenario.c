/* scenario.c - see scenario.h. The shares come from the scenarios' promises: docs say them too. */
#include "sandbox/scenario.h"

#include <string.h>

/* What every version does on a usual day. */
#define USUAL                                                                                      \
    {                                                                                              \
        .thrown = 0.002, .handled = 0.0005, .slow = 0                                              \
    }

const struct scenario scenario_table[] = {
    {.name = "healthy",
     .help = "the new version is as good as the old: 0.2 % errors, p99 0.4 s",
     .new_version = USUAL},
    {.name = "bad-canary",
     .help = "in production the new version throws in 10 % of its calls",
     .new_version = {.thrown = 0.10, .handled = 0.0005}},
    {.name = "bad-canary-5xx",
     .help = "in production it answers 500 in 10 % of its calls, and Lambda counts no error",
     .new_version = {.thrown = 0.002, .handled = 0.10}},
    {.name = "slow-canary",
     .help = "in production 3 % of its calls take over 2 s: p99 2.6 s",
     .new_version = {.thrown = 0.002, .handled = 0.0005, .slow = 0.03}},
    {.name = "no-traffic",
     .help = "nobody calls production",
     .new_version = USUAL,
     .has_no_traffic = true},
    {.name = "throttled",
     .help = "AWS throttles calls of its APIs; users notice nothing",
     .new_version = USUAL,
     .is_throttled = true},
    {.name = "foreign-change",
     .help = "somebody else moves production's alias during the shift",
     .new_version = USUAL,
     .has_foreign_change = true},
    {.name = "flaky-network",
     .help = "connections to AWS break, answers get lost",
     .new_version = USUAL,
     .is_flaky = true},
    {0},
};

const struct behaviour scenario_usual = USUAL;

const struct scenario *scenario_find(const char *name)
{
    for (const struct scenario *s = scenario_table; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}
