/* git.c - answers about a real repository, and what git says when there is none. */
#include "core/git.h"

#include "tests/git_fixture.h"

static struct git here(void) { return (struct git){.directory = fixture_directory}; }

static char *joined(json_t *names)
{
    auto_buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; i < json_array_size(names); i++)
        buf_addf(&out, "%s%s", i > 0 ? " " : "", json_string_value(json_array_get(names, i)));
    json_decref(names);
    return buf_steal(&out);
}

Test(git, lists_what_changed_since_a_branch_was_left, .init = fixture_begin_repository,
     .fini = fixture_end)
{
    struct git git = here();
    struct error err;
    json_t *files = NULL;
    fixture_run("git checkout -qb work\n"
                "echo 2 >CHANGELOG.md && echo 'x' >'docs/with blank \303\251.md'\n"
                "git add . && git commit -qm second\n"
                "git checkout -q main && echo x >elsewhere && git add . && git commit -qm third\n"
                "git update-ref refs/remotes/origin/main HEAD && git checkout -q work");
    cr_assert(git_changed_files(&git, "origin/main", &files, &err), "%s", err.message);
    auto_free char *names = joined(files);
    cr_expect_str_eq(names, "CHANGELOG.md docs/with blank \303\251.md");
}

Test(git, sees_only_files_below_its_folder, .init = fixture_begin_repository, .fini = fixture_end)
{
    struct error err;
    json_t *files = NULL;
    fixture_run("git checkout -qb work && echo 2 >CHANGELOG.md && echo 2 >docs/api/a.md\n"
                "git add . && git commit -qm second");
    auto_free char *below = xasprintf("%s/docs", fixture_directory);
    struct git git = {.directory = below};
    cr_assert(git_changed_files(&git, "origin/main", &files, &err), "%s", err.message);
    auto_free char *names = joined(files);
    cr_expect_str_eq(names, "api/a.md");
}

Test(git, lists_what_is_not_committed, .init = fixture_begin_repository, .fini = fixture_end)
{
    struct git git = here();
    struct error err;
    json_t *files = NULL;
    cr_assert(git_uncommitted_files(&git, &files, &err), "%s", err.message);
    cr_expect_eq(json_array_size(files), 0);
    json_decref(files);
    fixture_run("echo 2 >>CHANGELOG.md && echo x >new");
    cr_assert(git_uncommitted_files(&git, &files, &err), "%s", err.message);
    auto_free char *names = joined(files);
    cr_expect_str_eq(names, "CHANGELOG.md new");
}

Test(git, knows_commits_and_what_contains_them, .init = fixture_begin_repository,
     .fini = fixture_end)
{
    struct git git = here();
    struct error err;
    auto_free char *head = NULL, *base = NULL;
    bool contains = false;
    fixture_run("git checkout -qb work && echo 2 >a && git add . && git commit -qm second");
    cr_assert(git_commit(&git, "HEAD", &head, &err), "%s", err.message);
    cr_expect_eq(strlen(head), 40);
    cr_assert(git_merge_base(&git, "origin/main", &base, &err), "%s", err.message);
    cr_expect_str_neq(head, base);
    cr_assert(git_contains(&git, "origin/main", &contains, &err), "%s", err.message);
    cr_expect(contains);
    fixture_run("git checkout -q main && echo 3 >b && git add . && git commit -qm third\n"
                "git update-ref refs/remotes/origin/main HEAD && git checkout -q work");
    cr_assert(git_contains(&git, "origin/main", &contains, &err), "%s", err.message);
    cr_expect_not(contains);
}

Test(git, says_what_git_says, .init = fixture_begin_repository, .fini = fixture_end)
{
    struct git git = here();
    struct error err;
    char *commit = NULL;
    json_t *files = NULL;
    cr_assert_not(git_commit(&git, "nothing", &commit, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND, "%s", err.message);
    cr_assert_not(git_changed_files(&git, "nothing", &files, &err));
    cr_expect(strstr(err.message, "git diff: fatal: ") != NULL, "%s", err.message);
    cr_assert_not(git_commit(&git, "--upload-pack=x", &commit, &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
}

Test(git, tells_when_there_is_no_repository, .init = fixture_begin, .fini = fixture_end)
{
    struct git git = here();
    struct error err;
    json_t *files = NULL;
    cr_assert_not(git_uncommitted_files(&git, &files, &err));
    cr_expect(strstr(err.message, "not a git repository") != NULL, "%s", err.message);
}

/* More names than are kept: what is missing may be what is looked for. */
Test(git, refuses_a_list_that_it_cannot_keep_whole, .init = fixture_begin_repository,
     .fini = fixture_end, .timeout = 120)
{
    struct git git = here();
    struct error err;
    json_t *files = NULL;
    fixture_run("git checkout -qb work\n"
                "blob=$(git rev-parse HEAD:CHANGELOG.md)\n"
                "name=$(printf '%0230d' 0)\n"
                "seq 20000 | sed \"s|.*|100644 $blob\\t$name&|\" | git update-index --index-info\n"
                "git commit -qm many");
    cr_assert_not(git_changed_files(&git, "origin/main", &files, &err));
    cr_expect_not_null(strstr(err.message, "4 MiB"), "%s", err.message);
}
