/* probe.c - what differs between environments is filled in; a shell's own `$` is left alone. */
#include "core/probe.h"

#include <criterion/criterion.h>
#include <stdint.h>

#include "core/config.h"
#include "core/mem.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static const struct {
    const char *text, *expanded;
} cases[] = {
    {"", ""},
    {"no names", "no names"},
    {"$url/login", "https://x.example/login"},
    {"./smoke.sh $env $short", "./smoke.sh production prod"},
    {"$account:$region@$branch", "1:eu@main"},
    {"$environment ${url} $HOME $$ $? $", "$environment ${url} $HOME $$ $? $"},
    {"$urls $url.", "$urls https://x.example."},
};

Test(probe, expands_what_the_configuration_defines)
{
    const struct environment environment = {.name = TEXT("production"),
                                            .short_name = TEXT("prod"),
                                            .account = TEXT("1"),
                                            .region = TEXT("eu"),
                                            .url = TEXT("https://x.example"),
                                            .branch = TEXT("main")};
    const struct probe_context context = {.environment = &environment};
    const struct probe_context nowhere = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        auto_free char *got = probe_expand(&context, cases[i].text);
        cr_expect_str_eq(got, cases[i].expanded, "%s: %s", cases[i].text, got);
    }
    auto_free char *same = probe_expand(&nowhere, "$url/x");
    cr_expect_str_eq(same, "$url/x");
}
