/*
 * process.h - the only place that starts programs.
 *
 * A child gets its own session, /dev/null as stdin, no descriptor above 2, and never a shell unless
 * argv names one. Output (stdout and stderr together) goes to a file, which the child holds itself
 * and can go on writing when we are gone, or to a pipe; its end is captured up to a ceiling either
 * way.
 */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

struct buf;
struct cancel;

struct process_options {
    const char *const *argv;        /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *environment; /* NULL = the caller's */
    const char *directory;          /* NULL = the caller's */
    const char *output_path;        /* file for stdout+stderr (0600); NULL = captured only */
    int64_t limit_ms; /* wall time; 0 = none. On expiry: SIGTERM, 5 s, SIGKILL to the session */
    struct cancel *cancel; /* may be NULL */
    size_t capture_bytes;  /* most of the *last* output kept in *output; 0 = none */
};

/* Who a process is, for the journal: enough to know it again after we died. */
struct process_identity {
    pid_t pid;
    uint64_t start_ticks; /* /proc/PID/stat field 22 */
    char boot_id[40];
};

struct process; /* a started child */

bool process_start(const struct process_options *options, struct process **out,
                   struct error *err) FD_MUST_USE;
struct process_identity process_identity(const struct process *p);
/* Waits for the end. *exit_code is 0..255, or 128+signal. ERROR_CANCELLED when cancel or limit
 * ended it. */
bool process_wait(struct process *p, struct buf *output, int *exit_code,
                  struct error *err) FD_MUST_USE;
/* Ends it (SIGKILL to its session) when it still runs. */
void process_free(struct process *p);
/* The session of a child that another process started: SIGTERM, 5 s, SIGKILL. Returns when nothing
 * of it runs any more. */
void process_end_session(pid_t leader);
/* Start and wait in one. */
bool process_run(const struct process_options *options, struct buf *output, int *exit_code,
                 struct error *err) FD_MUST_USE;
/*
 * The terminal is lent to a program, as a shell does: it asks there, and Ctrl-C is for it alone.
 * What it writes to stdout is for *output, where that is not NULL. For whoever has the terminal,
 * and draws nothing meanwhile. One that stops itself (Ctrl-Z) is ended, and so is one that we were
 * told to end over (SIGTERM, SIGHUP, blocked). *exit_code: or minus the signal that ended it.
 */
bool process_at_terminal(const char *const *argv, struct buf *output, int *exit_code,
                         struct error *err) FD_MUST_USE;
/* There: until any key is typed, Ctrl-C too, or we are told to end. */
void process_await_key(const char *prompt);
bool process_is_alive(const struct process_identity *identity);
struct process_identity process_self(void);
/*
 * For main: whoever started us may have closed stdin, stdout or stderr. Their numbers are taken, by
 * what can be neither read nor written, before a socket or the journal gets one of them and
 * messages go there.
 */
void process_hold_standard_streams(void);

#endif
