/*
 * command.c - a command line that passes when it ends with exit code 0, in one folder or in
 * several.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/probes.h"
#include "core/shell.h"
#include "core/text.h"

static const struct param params[] = {
    {.name = "command",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "command line, run by /bin/sh in the configuration's folder"},
    {.name = "in",
     .type = PARAM_TEXT_LIST,
     .help = "folders to run it in, one after the other; relative to the configuration"},
    {.name = "limit",
     .type = PARAM_DURATION,
     .fallback = "30m",
     .help = "how long it may take in each folder, on the wall clock"},
    {0},
};

/* One command in one folder; what it left is put together by probe(). */
struct attempt {
    char *folder; /* absolute */
    char *output_path;
    char *last_line;
    int exit_code;
};

static void attempt_clear(struct attempt *a)
{
    free(a->folder);
    free(a->output_path);
    free(a->last_line);
    *a = (struct attempt){0};
}

/* A file for the output in context's folder, never one that is there already; NULL when there is no
 * folder. */
static char *new_output_path(const struct probe_context *context)
{
    if (context->output_directory == NULL)
        return NULL;
    char *path = xasprintf("%s/check-XXXXXX", context->output_directory);
    int fd = mkstemp(path);
    if (fd < 0) {
        free(path);
        return NULL;
    }
    close(fd);
    return path;
}

static bool run_in(const struct probe_context *context, const json_t *given, const char *folder,
                   struct attempt *out, struct error *err)
{
    const char *base = context->config->directory;
    struct attempt a = {.output_path = new_output_path(context)};
    auto_free char *command =
        probe_expand(context, json_string_value(json_object_get(given, "command")));

    a.folder = folder[0] == '/' ? xstrdup(folder)
                                : xasprintf("%s%s%s", base, folder[0] != '\0' ? "/" : "", folder);
    const struct shell_job job = {
        .command = command,
        .directory = a.folder,
        .output_path = a.output_path,
        .sign_in = context->world != NULL ? context->world->sign_in : NULL,
        .limit_ms = json_integer_value(json_object_get(given, "limit")),
        .cancel = context->cancel,
    };
    if (!shell_run(&job, &a.exit_code, &a.last_line, err)) {
        attempt_clear(&a);
        if (folder[0] != '\0')
            error_wrap(err, "in %s", folder);
        return false;
    }
    *out = a;
    return true;
}

static json_t *attempt_json(const struct attempt *a, const char *folder)
{
    json_t *details = json_pack("{s:i, s:s}", "exit", a->exit_code, "last_line", a->last_line);

    if (details != NULL && folder[0] != '\0')
        json_object_set_new(details, "in", json_string(folder));
    if (details != NULL && a->output_path != NULL)
        json_object_set_new(details, "output", json_string(a->output_path));
    return details;
}

/* "exit 1 in frontend: 3 problems" */
static void add_failure(struct buf *summary, const struct attempt *a, const char *folder)
{
    buf_addf(summary, "exit %d", a->exit_code);
    if (folder[0] != '\0')
        buf_addf(summary, " in %s", folder);
    if (a->last_line[0] != '\0')
        buf_addf(summary, ": %s", a->last_line);
}

static bool probe(const struct probe_context *context, const json_t *given, struct evidence *out,
                  struct error *err)
{
    const json_t *listed = json_object_get(given, "in");
    size_t count = json_is_array(listed) ? json_array_size(listed) : json_is_string(listed);
    int64_t begun_ms = clock_boot_ms();
    struct evidence evidence = {.passed = true, .details = json_array()};
    auto_buf summary;

    buf_init(&summary, 600);
    for (size_t i = 0; i < (count == 0 ? 1 : count) && evidence.passed; i++) {
        const json_t *one = json_is_array(listed) ? json_array_get(listed, i) : listed;
        const char *folder = count == 0 ? "" : json_string_value(one);
        struct attempt a = {0};
        if (!run_in(context, given, folder, &a, err)) {
            probe_evidence_clear(&evidence);
            return false;
        }
        json_array_append_new(evidence.details, attempt_json(&a, folder));
        evidence.passed = a.exit_code == 0;
        if (!evidence.passed)
            add_failure(&summary, &a, folder);
        attempt_clear(&a);
    }
    if (evidence.passed) {
        char took[CLOCK_STAMP_SIZE];
        buf_addf(&summary, "exit 0 in %s", clock_duration_text(clock_boot_ms() - begun_ms, took));
        if (count > 1)
            buf_addf(&summary, ", %zu folders", count);
    }
    evidence.summary = buf_steal(&summary);
    *out = evidence;
    return true;
}

static bool check(const struct config *config, const json_t *given, struct error *err)
{
    const char *command = json_string_value(json_object_get(given, "command"));

    (void)config;
    if (command == NULL || text_trim(text_of(command)).len == 0)
        return error_set(err, ERROR_USAGE, "the command is empty");
    return true;
}

const struct probe_kind probe_command = {
    .name = "run",
    .summary = "A command ends with exit code 0",
    .params = params,
    .lifetime_ms = INT64_C(24) * 3600 * 1000,
    .check = check,
    .probe = probe,
};
