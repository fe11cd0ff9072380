/*
 * git.c - see git.h. Starts git through process.h with everything off that could run other
 * programs.
 */
#include "core/git.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/secret.h"
#include "core/text.h"

#define LIMIT_MS 30000
#define OUTPUT_BYTES ((size_t)4 << 20)
#define MOST_ARGUMENTS 24

/* process.h gives one stream: warnings must not get among the answers. */
static const char quiet[] = "LC_ALL=C exec git \"$@\" 2>/dev/null";
static const char loud[] = "LC_ALL=C exec git \"$@\" 2>&1 >/dev/null";

static bool start(const struct git *git, const char *script, const char *const *arguments,
                  struct buf *output, int *exit_code, struct error *err)
{
    const char *argv[MOST_ARGUMENTS] = {"/bin/sh",
                                        "-c",
                                        script,
                                        "git",
                                        "--no-optional-locks",
                                        "--no-pager",
                                        "-c",
                                        "core.fsmonitor=false",
                                        "-c",
                                        "core.quotePath=off"};
    size_t n = 10;

    for (; *arguments != NULL && n + 1 < MOST_ARGUMENTS; arguments++)
        argv[n++] = *arguments;
    argv[n] = NULL;
    const struct process_options options = {
        .argv = argv,
        .directory = git->directory,
        .limit_ms = LIMIT_MS,
        .cancel = git->cancel,
        .capture_bytes = OUTPUT_BYTES + 16, /* more than the buf takes: too much is seen */
    };
    return process_run(&options, output, exit_code, err) || error_wrap(err, "git");
}

/* The first line of what git complains about, as an error. */
static bool complaint(const struct git *git, const char *const *arguments, struct error *err)
{
    auto_buf said;
    auto_buf redacted;
    int exit_code;

    buf_init(&said, OUTPUT_BYTES);
    buf_init(&redacted, 400);
    if (!start(git, loud, arguments, &said, &exit_code, err))
        return false;
    size_t len = strcspn(said.ptr, "\n");
    secret_redact(&redacted, said.ptr, len > 300 ? 300 : len);
    auto_free char *line = text_safe(redacted.ptr);
    if (line[0] == '\0')
        return error_set(err, ERROR_REFUSED, "git %s ended with exit code %d", arguments[0],
                         exit_code);
    return error_set(err, ERROR_REFUSED, "git %s: %s", arguments[0], line);
}

/* Runs git; an exit code above `most_exit` is an error. */
static bool ask(const struct git *git, const char *const *arguments, int most_exit,
                struct buf *output, int *exit_code, struct error *err)
{
    if (!start(git, quiet, arguments, output, exit_code, err))
        return false;
    if (output->is_full)
        return error_set(err, ERROR_REFUSED, "git %s says more than 4 MiB", arguments[0]);
    return *exit_code <= most_exit || complaint(git, arguments, err);
}

/* What could be taken for an option is no revision. */
static bool check_revision(const char *revision, struct error *err)
{
    if (revision[0] == '-' || revision[0] == '\0' || strpbrk(revision, " \t\n:?*[\\") != NULL)
        return error_set(err, ERROR_USAGE, "\"%s\" is no git revision", revision);
    return true;
}

static bool ask_commit(const struct git *git, const char *const *arguments, int most_exit,
                       char **out, struct error *err)
{
    auto_buf output;
    int exit_code;

    buf_init(&output, OUTPUT_BYTES);
    if (!ask(git, arguments, most_exit, &output, &exit_code, err))
        return false;
    struct text line = text_trim((struct text){output.ptr, output.len});
    if (exit_code != 0 || line.len == 0)
        return error_set(err, ERROR_NOT_FOUND, "git knows no commit for it");
    *out = text_dup(line);
    return true;
}

bool git_commit(const struct git *git, const char *revision, char **out, struct error *err)
{
    auto_free char *wanted = xasprintf("%s^{commit}", revision);
    const char *const arguments[] = {"rev-parse", "--verify", "--quiet", wanted, NULL};

    return check_revision(revision, err) &&
           (ask_commit(git, arguments, 1, out, err) || error_wrap(err, "%s", revision));
}

bool git_merge_base(const struct git *git, const char *revision, char **out, struct error *err)
{
    const char *const arguments[] = {"merge-base", "HEAD", revision, NULL};

    return check_revision(revision, err) && ask_commit(git, arguments, 1, out, err);
}

/* Names that end with NUL, as an array of text. */
static json_t *split_names(const struct buf *output, size_t skip)
{
    json_t *names = json_array();

    for (size_t at = 0; at < output->len;) {
        size_t len = strlen(output->ptr + at);
        auto_buf safe;
        buf_init(&safe, len * 6 + 1);
        text_sanitize(&safe, output->ptr + at, len, false);
        if (len > skip)
            json_array_append_new(names, json_string(safe.ptr + skip));
        at += len + 1;
    }
    return names;
}

bool git_changed_files(const struct git *git, const char *base, json_t **out, struct error *err)
{
    auto_free char *range = xasprintf("%s...HEAD", base);
    const char *const arguments[] = {
        "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative",
        range,  "--",          NULL};
    auto_buf output;
    int exit_code;

    buf_init(&output, OUTPUT_BYTES);
    if (!check_revision(base, err) || !ask(git, arguments, 0, &output, &exit_code, err))
        return false;
    *out = split_names(&output, 0);
    return true;
}

bool git_uncommitted_files(const struct git *git, json_t **out, struct error *err)
{
    /* "XY name": two letters of state and a blank before each name */
    const char *const arguments[] = {
        "status", "--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=none", "--", ".",
        NULL};
    auto_buf output;
    int exit_code;

    buf_init(&output, OUTPUT_BYTES);
    if (!ask(git, arguments, 0, &output, &exit_code, err))
        return false;
    *out = split_names(&output, 3);
    return true;
}

bool git_contains(const struct git *git, const char *revision, bool *out, struct error *err)
{
    const char *const arguments[] = {"merge-base", "--is-ancestor", revision, "HEAD", NULL};
    auto_buf output;
    int exit_code;

    buf_init(&output, OUTPUT_BYTES);
    if (!check_revision(revision, err) || !ask(git, arguments, 1, &output, &exit_code, err))
        return false;
    *out = exit_code == 0;
    return true;
}
