/*
 * rough_config.c - a configuration with a mistake still says which alias it means.
 */
#include "cli/rough_config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENVIRONMENT                                                                                \
    "environments:\n"                                                                              \
    "  staging:\n"                                                                                 \
    "    region: eu-central-1\n"                                                                   \
    "    account: \"123456789012\"\n"                                                              \
    "    resources:\n"

#define ALL                                                                                        \
    "guide: missing.md\n"                                                                          \
    "all:\n"                                                                                       \
    "  region: eu-central-1\n"                                                                     \
    "  resources:\n"                                                                               \
    "    api: {lambda: fn-$short-api, alias: live}\n"                                              \
    "environments:\n"

Test(rough_config, says_which_alias_is_meant_and_whether_that_is_sure)
{
    static const struct {
        const char *text, *function, *alias;
        bool is_sure;
    } cases[] = {
        {"guid: x\n" ENVIRONMENT "      api: {lambda: fn, alias: live}\n", "fn", "live", true},
        {ENVIRONMENT "      db: {rds: d}\n      api:\n        lambda: fn\n        alias: live\n",
         "fn", "live", true},
        {"plan: [\n" ENVIRONMENT "      api: {lambda: \"fn\", alias: live}\n  production:\n"
         "    resources: {api: {lambda: other, alias: x}}\n",
         "fn", "live", false},
        {ENVIRONMENT "      api: {lambda: $name, alias: live}\n", "", "live", false},
        {ALL "  staging: {short: st}\n", "fn-st-api", "live", true},
        {ALL "  staging:\n", "fn-staging-api", "live", true},
        {ALL "  staging: {resources: {api: {alias: $env}}}\n", "fn-staging-api", "staging", true},
        {ALL "  other: {short: st}\n", "", "", false},
        {ALL "  staging:\n    short: st\nplan: [\n", "fn-st-api", "live", false},
        {"environments: {production: {}}\n", "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[] = "/tmp/flightdeck-rough-XXXXXX";
        struct rough_place place;
        int fd = mkstemp(path);
        cr_assert_geq(fd, 0);
        cr_assert_geq(dprintf(fd, "%s", cases[i].text), 0);
        (void)close(fd);
        rough_config_read(path, "staging", &place);
        cr_expect_str_eq(place.function, cases[i].function, "%zu: %s", i, place.function);
        cr_expect_str_eq(place.alias, cases[i].alias, "%zu: %s", i, place.alias);
        cr_expect_eq(place.is_sure, cases[i].is_sure, "%zu", i);
        cr_expect(!place.is_sure || place.region[0] != '\0');
        (void)unlink(path);
    }
}
