/*
 * demo_project.c - see demo_project.h.
 */
#include "cli/demo_project.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/process.h"

#define EXAMPLE "examples/finally"
#define GIT_LIMIT_MS 30000

/* Where the example is, seen from the folder of the program: a build, a build preset, an
 * installation. */
static const char *const places[] = {"../" EXAMPLE, "../../" EXAMPLE,
                                     "../share/doc/flightdeck/" EXAMPLE,
                                     "../share/flightdeck/" EXAMPLE};

static bool find_example(char **out, struct error *err)
{
    auto_free char *self = realpath("/proc/self/exe", NULL);
    const char *folder = self != NULL ? dirname(self) : ".";
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        auto_free char *marker = xasprintf("%s/%s/flightdeck.yaml", folder, places[i]);
        if (access(marker, R_OK) != 0)
            continue;
        *out = xasprintf("%s/%s", folder, places[i]);
        return true;
    }
    error_set(err, ERROR_NOT_FOUND, "the example that the demo flies is not beside this program");
    return error_hint(err, "It belongs into %s/%s", folder, places[0]);
}

/* ---- copying ---- */

/* nftw hands nothing on, so the walk's two roots stand here. Thread: main. */
static struct {
    const char *from, *to;
    struct error *err;
} copying;

static bool copy_bytes(int from, int to)
{
    char chunk[16384];
    ssize_t got;
    while ((got = read(from, chunk, sizeof chunk)) > 0)
        if (write(to, chunk, (size_t)got) != got)
            return false;
    return got == 0;
}

static bool copy_file(const char *from, const char *to, mode_t mode)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0755);
    bool ok = source >= 0 && target >= 0 && copy_bytes(source, target);
    if (source >= 0)
        (void)close(source);
    if (target >= 0)
        ok = close(target) == 0 && ok;
    return ok;
}

static int copy_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)walk;
    auto_free char *target = xasprintf("%s%s", copying.to, path + strlen(copying.from));
    bool ok = type == FTW_D ? mkdir(target, 0700) == 0
                            : type != FTW_F || copy_file(path, target, status->st_mode);
    if (!ok)
        error_set(copying.err, ERROR_INTERNAL, "could not copy %s: %s", path, strerror(errno));
    return ok ? 0 : 1;
}

static bool copy_tree(const char *from, const char *to, struct error *err)
{
    auto_free char *real = realpath(from, NULL);
    error_set(err, ERROR_INTERNAL, "could not read %s: %s", from, strerror(errno));
    copying.from = real;
    copying.to = to;
    copying.err = err;
    return real != NULL && nftw(real, copy_one, 16, FTW_PHYS) == 0;
}

/* ---- git ---- */

#define MOST_WORDS 24

static bool run_git(const char *directory, const char *const *words, struct error *err)
{
    const char *argv[MOST_WORDS] = {"git",
                                    "-c",
                                    "user.name=Ana",
                                    "-c",
                                    "user.email=ana@finally.com",
                                    "-c",
                                    "commit.gpgsign=false",
                                    "-c",
                                    "core.hooksPath=/dev/null"};
    auto_buf output;
    size_t count = 9;
    int code = 0;

    buf_init(&output, 4096);
    while (*words != NULL && count + 1 < MOST_WORDS)
        argv[count++] = *words++;
    const struct process_options options = {
        .argv = argv, .directory = directory, .limit_ms = GIT_LIMIT_MS, .capture_bytes = 1024};
    if (!process_run(&options, &output, &code, err))
        return error_wrap(err, "making the example's repository");
    return code == 0 ||
           error_set(err, ERROR_REFUSED, "git %s ended with %d: %s", argv[9], code, output.ptr);
}

/* What this release changes, so that the checks that look at changes have something to see. */
static bool write_changes(const char *directory, struct error *err)
{
    auto_free char *path = xasprintf("%s/CHANGELOG.md", directory);
    FILE *file = fopen(path, "ae");
    if (file == NULL)
        return error_set(err, ERROR_INTERNAL, "could not write %s: %s", path, strerror(errno));
    bool ok = fputs("\n- Released by the demo.\n", file) >= 0;
    ok = fclose(file) == 0 && ok;
    return ok || error_set(err, ERROR_INTERNAL, "could not write %s: %s", path, strerror(errno));
}

/* A branch with the release on it; main stays where it was, as production knows it. */
static bool make_repository(const char *directory, struct error *err)
{
    static const char *const before[][8] = {
        {"init", "--quiet", "--initial-branch=main", NULL},
        {"add", "--all", NULL},
        {"commit", "--quiet", "--message", "FinAlly 2.4.1", NULL},
        {"checkout", "--quiet", "-b", "release-2.5.0", NULL},
    };
    static const char *const after[][8] = {
        {"commit", "--quiet", "--all", "--message", "FinAlly 2.5.0", NULL},
    };
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (!run_git(directory, before[i], err))
            return false;
    return write_changes(directory, err) && run_git(directory, after[0], err);
}

bool demo_project_make(const char *directory, char **out, struct error *err)
{
    auto_free char *example = NULL;
    char *project = xasprintf("%s/finally", directory);
    if (find_example(&example, err) && copy_tree(example, project, err) &&
        make_repository(project, err)) {
        *out = project;
        return true;
    }
    free(project);
    return false;
}
