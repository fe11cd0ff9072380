/*
 * shell.c - see shell.h.
 */
#include "core/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/sign_in.h"
#include "core/text.h"

#define KEPT_BYTES ((size_t)16 << 20)
#define TAIL_BYTES 8192
#define LINE_BYTES 300

/* The command is an argument, so that it cannot end the script; a rename makes the exit file whole.
 */
static const char plain_script[] = "eval \"$1\"";
static const char exit_script[] =
    "echo $$ >\"$2.pid\"; (eval \"$1\"); code=$?; echo \"$code\" >\"$2.new\" && "
    "mv -f \"$2.new\" \"$2\"; exit \"$code\"";

bool shell_start(const struct shell_job *job, struct process **out, struct error *err)
{
    const char *const argv[] = {
        "/bin/sh", "-c",         job->exit_path == NULL ? plain_script : exit_script,
        "sh",      job->command, job->exit_path,
        NULL};
    struct variables *variables = sign_in_variables(job->sign_in);
    auto_free const char **block = variables_block(variables);
    const struct process_options options = {
        .argv = argv,
        .environment = block,
        .directory = job->directory,
        .output_path = job->output_path,
        .limit_ms = job->limit_ms,
        .cancel = job->cancel,
        .capture_bytes = job->output_path == NULL ? TAIL_BYTES : 0,
    };

    bool ok = (job->exit_path == NULL || unlink(job->exit_path) == 0 || errno == ENOENT ||
               error_set(err, ERROR_INTERNAL, "could not remove %s: %s", job->exit_path,
                         strerror(errno))) &&
              process_start(&options, out, err);
    variables_unref(variables);
    return ok;
}

/* The last line with words in it; yours. */
static char *last_line_of(const char *bytes, size_t len)
{
    struct text rest = text_trim((struct text){bytes, len});
    auto_buf redacted;

    for (size_t i = rest.len; i > 0; i--)
        if (rest.ptr[i - 1] == '\n' || rest.ptr[i - 1] == '\r') {
            rest = (struct text){rest.ptr + i, rest.len - i};
            break;
        }
    buf_init(&redacted, TAIL_BYTES * 2);
    secret_redact(&redacted, rest.ptr, rest.len);
    if (redacted.len > LINE_BYTES) {
        redacted.len = LINE_BYTES;
        redacted.ptr[LINE_BYTES] = '\0';
    }
    return text_safe(redacted.ptr);
}

static bool read_tail(const char *path, size_t most, struct buf *out)
{
    FILE *file = fopen(path, "re");
    char chunk[16384];
    size_t got;

    if (file == NULL)
        return false;
    if (fseeko(file, 0, SEEK_END) == 0) {
        off_t size = ftello(file);
        (void)fseeko(file, size > (off_t)most ? size - (off_t)most : 0, SEEK_SET);
    } /* else a file of /proc: from its beginning */
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(out, chunk, got);
    bool is_ok = ferror(file) == 0;
    fclose(file);
    return is_ok;
}

char *shell_last_line(const char *output_path)
{
    auto_buf tail;

    buf_init(&tail, TAIL_BYTES * 4);
    if (!read_tail(output_path, TAIL_BYTES, &tail))
        return xstrdup("");
    return last_line_of(tail.ptr, tail.len);
}

static bool write_file(const char *path, const struct buf *bytes, struct error *err)
{
    auto_free char *beside = xasprintf("%s.redacted", path);
    FILE *file = fopen(beside, "we");

    if (file == NULL)
        return error_set(err, ERROR_INTERNAL, "could not write %s: %s", beside, strerror(errno));
    bool is_ok =
        fchmod(fileno(file), 0600) == 0 && fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len;
    is_ok = fclose(file) == 0 && is_ok;
    if (is_ok && rename(beside, path) == 0)
        return true;
    error_set(err, ERROR_INTERNAL, "could not replace %s: %s", path, strerror(errno));
    (void)unlink(beside);
    return false;
}

bool shell_redact_file(const char *output_path, struct error *err)
{
    struct stat status;
    auto_buf was;
    auto_buf now;

    buf_init(&was, KEPT_BYTES * 2);
    buf_init(&now, KEPT_BYTES * 4);
    if (stat(output_path, &status) != 0 || !read_tail(output_path, KEPT_BYTES, &was))
        return error_set(err, ERROR_INTERNAL, "could not read %s: %s", output_path,
                         strerror(errno));
    secret_redact(&now, was.ptr, was.len);
    if ((size_t)status.st_size == now.len && memcmp(was.ptr, now.ptr, now.len) == 0)
        return true;
    return write_file(output_path, &now, err);
}

bool shell_finish(const struct shell_job *job, struct process *process, int *exit_code,
                  char **last_line, struct error *err)
{
    auto_buf captured;
    char limit[CLOCK_STAMP_SIZE];

    buf_init(&captured, TAIL_BYTES * 4);
    bool has_ended = process_wait(process, &captured, exit_code, err);
    if (job->output_path != NULL) {
        struct error reason;
        if (!shell_redact_file(job->output_path, &reason)) {
            (void)unlink(job->output_path); /* better no output than one with a secret in it */
            log_error("shell", &reason);
        }
    }
    if (!has_ended) {
        if (err->kind != ERROR_CANCELLED || cancel_is_set(job->cancel))
            return false;
        error_set(err, ERROR_REFUSED, "it took longer than %s and was ended",
                  clock_duration_text(job->limit_ms, limit));
        return error_code(err, "limit");
    }
    if (last_line != NULL)
        *last_line = job->output_path != NULL ? shell_last_line(job->output_path)
                                              : last_line_of(captured.ptr, captured.len);
    return true;
}

bool shell_run(const struct shell_job *job, int *exit_code, char **last_line, struct error *err)
{
    struct process *process = NULL;

    if (!shell_start(job, &process, err))
        return false;
    bool is_ok = shell_finish(job, process, exit_code, last_line, err);
    process_free(process);
    return is_ok;
}

/* The number in a small file, and nothing else; -1 when it is not there. */
static int64_t read_number(const char *path)
{
    auto_buf text;
    int64_t number;

    buf_init(&text, 64);
    if (!read_tail(path, 32, &text))
        return -1;
    auto_free char *line = text_dup(text_trim((struct text){text.ptr, text.len}));
    return text_to_int64(line, &number) && number >= 0 ? number : -1;
}

bool shell_read_exit(const char *exit_path, int *exit_code)
{
    int64_t code = read_number(exit_path);

    if (code < 0 || code > 255)
        return false;
    *exit_code = (int)code;
    return true;
}

bool shell_is_running(const char *exit_path, pid_t *session)
{
    auto_free char *pid_path = xasprintf("%s.pid", exit_path);
    int64_t pid = read_number(pid_path);
    auto_free char *proc_path = xasprintf("/proc/%lld/cmdline", (long long)pid);
    auto_buf line;

    buf_init(&line, (size_t)4 << 20); /* the kernel's own limit for arguments is lower */
    if (pid <= 1 || pid > INT32_MAX)
        return false;
    /* its last argument is the exit file */
    size_t want = strlen(exit_path) + 1;
    if (!read_tail(proc_path, SIZE_MAX / 2, &line) || line.len < want ||
        memcmp(line.ptr + line.len - want, exit_path, want) != 0)
        return false;
    if (session != NULL)
        *session = (pid_t)pid;
    return true;
}
