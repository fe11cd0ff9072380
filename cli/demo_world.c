/*
 * demo_world.c - see demo_world.h.
 */
#include "cli/demo_world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/demo_project.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define READY_LIMIT_MS 15000
#define END_LIMIT_MS 3000
#define LOOK_EVERY_MS 20
#define OUTPUT_CEILING (64u * 1024)
#define READY_LINE "# ready"
#define MOST_SANDBOX_ARGUMENTS 64

extern char **environ;

/* ---- the environment of this process ---- */

static void drop_prefix(const char *prefix)
{
    /* unsetenv moves the array, so the search begins again after each. */
    for (size_t i = 0; environ != NULL && environ[i] != NULL;) {
        if (!text_starts_with(environ[i], prefix)) {
            i++;
            continue;
        }
        auto_free char *name = xstrndup(environ[i], strcspn(environ[i], "="));
        (void)unsetenv(name);
        i = 0;
    }
}

static void export_variable(struct demo_world *w, const char *name, const char *value)
{
    (void)setenv(name, value, 1);
    if (w->export_count < DEMO_MOST_EXPORTS)
        w->exports[w->export_count++] = xasprintf("%s=%s", name, value);
}

/* ---- what the sandbox says ---- */

/* The value of NAME='VALUE', NAME="VALUE" or NAME=VALUE. Yours. */
static char *unquote(const char *value)
{
    size_t len = strlen(value);
    if (len >= 2 && (value[0] == '\'' || value[0] == '"') && value[len - 1] == value[0])
        return xstrndup(value + 1, len - 2);
    return xstrdup(value);
}

static void take_line(struct demo_world *w, const char *line)
{
    static const char export_word[] = "export ", unset_word[] = "unset ";
    static const char key_id_word[] = "#   export AWS_ACCESS_KEY_ID=",
                      secret_key_word[] = "#   export AWS_SECRET_ACCESS_KEY=";
    const char *equals = strchr(line, '=');

    if (text_starts_with(line, key_id_word))
        w->second_key_id = unquote(line + sizeof key_id_word - 1);
    if (text_starts_with(line, secret_key_word))
        w->second_secret_key = unquote(line + sizeof secret_key_word - 1);
    if (text_starts_with(line, unset_word)) {
        struct text rest = text_of(line + sizeof unset_word - 1), name;
        while (text_split(&rest, ' ', &name)) {
            auto_free char *word = text_dup(name);
            if (word[0] != '\0')
                (void)unsetenv(word);
        }
    } else if (text_starts_with(line, export_word) && equals != NULL) {
        const char *name = line + sizeof export_word - 1;
        auto_free char *word = xstrndup(name, (size_t)(equals - name));
        auto_free char *value = unquote(equals + 1);
        export_variable(w, word, value);
    }
}

static bool read_output(const char *path, struct buf *out)
{
    char chunk[4096];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(out, chunk, got);
    (void)fclose(file);
    return true;
}

/* Takes every line once the last one is there. */
static bool take_output(struct demo_world *w, const char *path)
{
    auto_buf output;
    buf_init(&output, OUTPUT_CEILING);
    if (!read_output(path, &output) || strstr(output.ptr, "\n" READY_LINE "\n") == NULL)
        return false;
    struct text rest = text_of(output.ptr), line;
    while (text_split(&rest, '\n', &line)) {
        auto_free char *text = text_dup(line);
        take_line(w, text);
    }
    return true;
}

static bool explain_end(const char *path, struct error *err)
{
    auto_buf output;
    buf_init(&output, OUTPUT_CEILING);
    (void)read_output(path, &output);
    while (output.len > 0 && output.ptr[output.len - 1] == '\n')
        output.ptr[--output.len] = '\0';
    const char *last = strrchr(output.ptr, '\n');
    auto_free char *said = text_safe(last != NULL ? last + 1 : output.ptr);
    return error_set(err, ERROR_REFUSED, "the sandbox did not start: %s",
                     said[0] != '\0' ? said : "it said nothing");
}

static bool wait_until_ready(struct demo_world *w, const char *path, struct error *err)
{
    struct process_identity identity = process_identity(w->sandbox);
    int64_t until_ms = clock_boot_ms() + READY_LIMIT_MS;

    for (;;) {
        bool is_alive = process_is_alive(&identity);
        if (take_output(w, path))
            break;
        if (!is_alive || clock_boot_ms() > until_ms)
            return explain_end(path, err);
        (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
    }
    const char *url = getenv("FLIGHTDECK_SANDBOX_URL");
    if (url == NULL || url[0] == '\0')
        return error_set(err, ERROR_INTERNAL, "the sandbox did not say where it is");
    w->sandbox_url = xstrdup(url);
    return true;
}

/* ---- the sandbox process ---- */

static size_t add_wish(const char **argv, size_t count, const char *option, const char *value)
{
    if (value != NULL) {
        argv[count++] = option;
        argv[count++] = value;
    }
    return count;
}

/*
 * Its stdin is a fifo that only we hold open for writing: however we end, it reads the end of it
 * and ends too. The shell only puts the fifo there, because process.h gives children an empty
 * stdin.
 */
static bool start_sandbox(struct demo_world *w, const struct demo_wishes *wishes, struct error *err)
{
    auto_free char *fifo = xasprintf("%s/lifeline", w->directory);
    auto_free char *output = xasprintf("%s/sandbox.out", w->directory);
    const char *argv[MOST_SANDBOX_ARGUMENTS] = {
        "/bin/sh",     "-c",       "exec \"$@\" <\"$0\"", fifo, "/proc/self/exe", "sandbox",
        "--until-eof", "--listen", "127.0.0.1:0"};
    auto_free char *self = realpath("/proc/self/exe", NULL);
    size_t count = 9;

    if (self != NULL)
        argv[4] = self;
    count = add_wish(argv, count, "--scenario", wishes->scenario);
    count = add_wish(argv, count, "--speed", wishes->speed);
    count = add_wish(argv, count, "--seed", wishes->seed);
    count = add_wish(argv, count, "--rate", wishes->rate);
    count = add_wish(argv, count, "--errors", wishes->errors);
    count = add_wish(argv, count, "--slow", wishes->slow);
    for (const char **fault = wishes->faults;
         fault != NULL && *fault != NULL && count + 3 < MOST_SANDBOX_ARGUMENTS; fault++)
        count = add_wish(argv, count, "--fault", *fault);
    if (mkfifo(fifo, 0600) != 0 || (w->lifeline = open(fifo, O_RDWR | O_CLOEXEC)) < 0)
        return error_set(err, ERROR_INTERNAL, "could not make %s: %s", fifo, strerror(errno));
    const struct process_options options = {.argv = argv, .output_path = output};
    return process_start(&options, &w->sandbox, err) && wait_until_ready(w, output, err);
}

static void end_sandbox(struct demo_world *w)
{
    if (w->lifeline >= 0)
        (void)close(w->lifeline);
    w->lifeline = -1;
    if (w->sandbox == NULL)
        return;
    struct process_identity identity = process_identity(w->sandbox);
    int64_t until_ms = clock_boot_ms() + END_LIMIT_MS;
    while (process_is_alive(&identity) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
    process_free(w->sandbox);
    w->sandbox = NULL;
}

/* ---- the folder ---- */

static bool make_directory(struct demo_world *w, const char *keep, struct error *err)
{
    const char *temporary = getenv("TMPDIR");
    if (keep != NULL) {
        if (mkdir(keep, 0700) != 0)
            return error_set(err, ERROR_USAGE, "could not make the folder %s: %s", keep,
                             strerror(errno));
        w->directory = realpath(keep, NULL);
        w->is_kept = true;
        return w->directory != NULL || error_set(err, ERROR_INTERNAL, "could not find %s", keep);
    }
    char *pattern = xasprintf("%s/flightdeck-demo-XXXXXX",
                              temporary != NULL && temporary[0] == '/' ? temporary : "/tmp");
    if (mkdtemp(pattern) == NULL) {
        error_set(err, ERROR_USAGE, "could not make %s: %s", pattern, strerror(errno));
        free(pattern);
        return false;
    }
    w->directory = pattern;
    return true;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

bool demo_world_begin(struct demo_world *w, const struct demo_wishes *wishes, struct error *err)
{
    static const char *const dropped[] = {"AWS_",
                                          "GIT_",
                                          "FLIGHTDECK_CONFIG",
                                          "FLIGHTDECK_STATE_DIR",
                                          "FLIGHTDECK_CLOCK",
                                          "FLIGHTDECK_SANDBOX_URL"};
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        drop_prefix(dropped[i]);
    (void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    (void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    *w = (struct demo_world){.lifeline = -1};
    if (!make_directory(w, wishes->keep, err))
        return false;
    w->state = xasprintf("%s/state", w->directory);
    export_variable(w, "FLIGHTDECK_STATE_DIR", w->state);
    if (!start_sandbox(w, wishes, err) || !demo_project_make(w->directory, &w->project, err) ||
        !clock_init_from_environment(err)) {
        demo_world_end(w);
        return false;
    }
    w->config_path = xasprintf("%s/flightdeck.yaml", w->project);
    export_variable(w, "FLIGHTDECK_CONFIG", w->config_path);
    return true;
}

void demo_world_end(struct demo_world *w)
{
    end_sandbox(w);
    if (w->directory != NULL && !w->is_kept)
        (void)nftw(w->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    for (size_t i = 0; i < w->export_count; i++)
        free(w->exports[i]);
    free(w->directory);
    free(w->project);
    free(w->config_path);
    free(w->state);
    free(w->sandbox_url);
    free(w->second_key_id);
    free(w->second_secret_key);
    *w = (struct demo_world){.lifeline = -1};
}
