/* probes_git.c - evidence from a real repository: made to pass, then made to fail. */
#include "core/config.h"
#include "core/probes.h"
#include "tests/git_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static struct config config;
static const struct environment environment = {.name = TEXT("dev"), .branch = TEXT("main")};

static bool ask(const char *check, struct evidence *out, struct error *err)
{
    json_t *given = json_pack("{s:s}", "check", check);
    config = (struct config){.directory = fixture_directory};
    const struct probe_context context = {.config = &config, .environment = &environment};
    bool is_ok = probe_git.probe(&context, given, out, err);
    json_decref(given);
    return is_ok;
}

/* Each row changes the repository and asks again. */
static const struct {
    const char *script, *check;
    bool passed;
    const char *summary; /* is part of it */
} rows[] = {
    {"git checkout -qb work && echo 2 >lambda/x && git add . && git commit -qm 2",
     "touched CHANGELOG.md", false, "none of 1 changed files fits CHANGELOG.md since "},
    {"echo 2 >CHANGELOG.md && git add . && git commit -qm 3", "touched CHANGELOG.md", true,
     "CHANGELOG.md since "},
    {":", "touched docs/api/**", false, "none of 2"},
    {"mkdir docs/api/v2 && for i in 1 2 3 4 5; do echo 1 >docs/api/v2/$i; done\n"
     "git add . && git commit -qm 4",
     "touched docs/api/**", true, "docs/api/v2/3 and 2 more"},
    {":", "contains target branch", true, "HEAD contains origin/main at "},
    {"git checkout -q main && echo x >other && git add . && git commit -qm 5\n"
     "git update-ref refs/remotes/origin/main HEAD && git checkout -q work",
     "contains target branch", false, "HEAD lacks commits of origin/main at "},
    {"git tag v1 work~1", "contains v1", true, "HEAD contains v1"},
    {":", "clean", true, "nothing is uncommitted"},
    {"echo 3 >CHANGELOG.md", "clean", false, "CHANGELOG.md is not committed"},
    {"for i in 1 2 3 4; do echo 1 >new$i; done", "clean", false, "and 2 more are not committed"},
};

Test(probes_git, passes_and_fails_as_the_repository_changes, .init = fixture_begin_repository,
     .fini = fixture_end)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct evidence evidence;
        struct error err;
        fixture_run(rows[i].script);
        cr_assert(ask(rows[i].check, &evidence, &err), "%s", err.message);
        cr_expect_eq(evidence.passed, rows[i].passed, "%zu %s: %s", i, rows[i].check,
                     evidence.summary);
        cr_expect(strstr(evidence.summary, rows[i].summary) != NULL, "%zu %s", i, evidence.summary);
        cr_expect_eq(strlen(json_string_value(json_object_get(evidence.details, "head"))), 40);
        probe_evidence_clear(&evidence);
    }
}

Test(probes_git, cannot_tell_what_is_new_on_the_target_branch, .init = fixture_begin_repository,
     .fini = fixture_end)
{
    struct evidence evidence;
    struct error err;
    cr_assert_not(ask("touched CHANGELOG.md", &evidence, &err));
    cr_expect(strstr(err.message, "nothing was shipped from here yet") != NULL, "%s", err.message);
}

Test(probes_git, cannot_tell_without_a_repository, .init = fixture_begin, .fini = fixture_end)
{
    struct evidence evidence;
    struct error err;
    cr_assert_not(ask("clean", &evidence, &err));
}

Test(probes_git, refuses_what_git_cannot_check)
{
    static const char *const bad[] = {"",         "touched",  "touched ", "clean now",
                                      "contains", "cleanish", "touch x"};
    static const char *const good[] = {"touched **", "clean", "contains target branch",
                                       "contains v1.2"};
    struct error err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *given = json_pack("{s:s}", "check", bad[i]);
        cr_expect_not(probe_git.check(&config, given, &err), "%s", bad[i]);
        json_decref(given);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        json_t *given = json_pack("{s:s}", "check", good[i]);
        cr_expect(probe_git.check(&config, given, &err), "%s", good[i]);
        json_decref(given);
    }
}
