/*
 * git_fixture.h - a real git repository in a temporary folder, for tests. All is static: include it
 * once.
 */
#ifndef TESTS_GIT_FIXTURE_H
#define TESTS_GIT_FIXTURE_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/process.h"

static char fixture_directory[64];

/* Runs a shell script in the folder; it must succeed. Nobody's git configuration counts. */
static void fixture_run(const char *script)
{
    auto_buf output;
    struct error err;
    int exit_code = -1;
    auto_free char *whole = xasprintf(
        "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=a "
        "GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@x\nset -e\n%s",
        script);
    const char *const argv[] = {"/bin/sh", "-c", whole, NULL};
    const struct process_options options = {
        .argv = argv, .directory = fixture_directory, .limit_ms = 20000, .capture_bytes = 4096};

    buf_init(&output, 8192);
    cr_assert(process_run(&options, &output, &exit_code, &err), "%s", err.message);
    cr_assert_eq(exit_code, 0, "%s", output.ptr);
}

static void fixture_begin(void)
{
    snprintf(fixture_directory, sizeof fixture_directory, "/tmp/flightdeck-test-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture_directory));
}

static void fixture_end(void)
{
    auto_free char *script = xasprintf("rm -rf '%s'", fixture_directory);
    fixture_run(script);
}

/* main has one commit, which origin/main has too. */
__attribute__((unused)) static void fixture_begin_repository(void)
{
    fixture_begin();
    fixture_run("git init -q -b main .\n"
                "mkdir -p docs/api lambda && echo 1 >docs/api/a.md && echo 1 >CHANGELOG.md\n"
                "git add . && git commit -qm first\n"
                "git update-ref refs/remotes/origin/main HEAD");
}

#endif
