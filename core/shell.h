/*
 * shell.h - command lines that a configuration wrote: run through /bin/sh, output into a file.
 *
 * Known secrets are struck out of the file when the command ends. With an exit file the end of the
 * command is known also to a process that did not start it: the shell writes its id beside it first
 * (".pid") and the exit code into it last. Thread: any; blocks while the command runs.
 */
#ifndef CORE_SHELL_H
#define CORE_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/process.h"

struct cancel;
struct sign_in;

struct shell_job {
    const char *command;
    const char *directory;   /* where it runs */
    const char *output_path; /* stdout and stderr together; NULL = only the last line is kept */
    const char *exit_path;   /* NULL = none */
    struct sign_in *sign_in; /* whose variables it has; NULL = ours */
    int64_t limit_ms;        /* wall */
    struct cancel *cancel;   /* may be NULL */
};

bool shell_start(const struct shell_job *job, struct process **out, struct error *err) FD_MUST_USE;
/*
 * Waits for the end. *last_line (yours, redacted, safe to show; "" when it said nothing) may be
 * NULL. ERROR_CANCELLED when it was ended by job->cancel; ERROR_REFUSED with code "limit" when by
 * its limit.
 */
bool shell_finish(const struct shell_job *job, struct process *process, int *exit_code,
                  char **last_line, struct error *err) FD_MUST_USE;
bool shell_run(const struct shell_job *job, int *exit_code, char **last_line,
               struct error *err) FD_MUST_USE;

/*
 * The shell that was started with this exit file, also by another process: true while it runs, with
 * its session's id in *session (may be NULL). It is known by its command line, so a reused id is
 * not mistaken.
 */
bool shell_is_running(const char *exit_path, pid_t *session);
/* Reads what the shell left in an exit file; false when there is none or it is not whole. */
bool shell_read_exit(const char *exit_path, int *exit_code);
/* The last line of an output file, redacted and safe; "" when there is none. Yours. */
char *shell_last_line(const char *output_path);
/* Strikes known secrets out of an output file; of a huge one only the last 16 MiB are kept. */
bool shell_redact_file(const char *output_path, struct error *err) FD_MUST_USE;

#endif
