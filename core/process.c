/* process.c - starts programs, reads what they say, and ends them with everything they started. */
#include "core/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

/* How long a program may take to end after SIGTERM. */
#define GRACE_MS 5000
/* How long SIGKILL may take before we say that it did not work. */
#define KILL_MS 2000
/* Longest single poll: its limit stands still while the machine is suspended, the clock does not.
 */
#define LONGEST_POLL_MS 10000
/* How often to look where the kernel has no pidfd, and for the rest of a session that is ending. */
#define LOOK_EVERY_MS 20

struct process {
    struct process_identity identity;
    char *name; /* argv[0], for messages */
    int pid_fd; /* -1 where the kernel has none */
    int output; /* what the child writes, when it is captured without a file; else -1 */
    int file;   /* our descriptor of the output file, to read its end; else -1 */
    off_t file_start;
    int64_t limit_ms;
    int64_t started_boot_ms;
    struct cancel *cancel; /* a reference of our own, or NULL */
    size_t capture_bytes;
    char *tail; /* ring of the last capture_bytes bytes */
    size_t tail_total;
    bool is_reaped;
};

enum start_stage { START_STAGE_SETUP, START_STAGE_DIRECTORY, START_STAGE_EXEC };

/* What the child tells about a start that failed. */
struct start_failure {
    int why; /* errno */
    enum start_stage stage;
};

/* Everything the child needs, prepared before fork: after it only async-signal-safe calls. */
struct child {
    const char *path;
    char *const *argv;
    char *const *environment;
    const char *directory;
    int input;
    int output;
    int failures; /* struct start_failure is written here; closed by a successful exec */
};

extern char **environ;

/* ---- the child, between fork and exec ---- */

static _Noreturn void fail_child(int fd, enum start_stage stage)
{
    struct start_failure failure = {.why = errno, .stage = stage};
    ssize_t ignored = write(fd, &failure, sizeof(failure));
    (void)ignored;
    _exit(127);
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &standard, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct child *child)
{
    int failures = child->failures;
    reset_signals();
    (void)setsid();
    if (dup2(child->input, STDIN_FILENO) < 0 || dup2(child->output, STDOUT_FILENO) < 0 ||
        dup2(child->output, STDERR_FILENO) < 0)
        fail_child(failures, START_STAGE_SETUP);
    /* The one descriptor that stays moves to 3, so that everything above it can go at once. */
    if (failures != 3 && dup3(failures, 3, O_CLOEXEC) < 0)
        fail_child(failures, START_STAGE_SETUP);
    failures = 3;
    closefrom(4);
    if (child->directory && chdir(child->directory) != 0)
        fail_child(failures, START_STAGE_DIRECTORY);
    (void)execve(child->path, child->argv, child->environment);
    fail_child(failures, START_STAGE_EXEC);
}

/* ---- starting ---- */

static const char *find_path(const char *const *environment)
{
    for (; *environment; environment++)
        if (text_starts_with(*environment, "PATH="))
            return *environment + strlen("PATH=");
    return "/usr/local/bin:/usr/bin:/bin";
}

static bool is_program(const char *path)
{
    struct stat status;
    return access(path, X_OK) == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/*
 * The file that argv[0] means, yours; NULL when PATH has none. Folders of PATH that are not
 * absolute are passed over: what runs must not depend on where we stand.
 */
static char *find_program(const char *name, const char *const *environment)
{
    if (strchr(name, '/'))
        return xstrdup(name);
    struct text rest = text_of(find_path(environment));
    struct text folder;
    while (text_split(&rest, ':', &folder)) {
        if (folder.len == 0 || folder.ptr[0] != '/')
            continue;
        char *path = xasprintf("%.*s/%s", (int)folder.len, folder.ptr, name);
        if (is_program(path))
            return path;
        free(path);
    }
    return NULL;
}

/* Where the child writes; keeps our own end in *p. -1 and *err when it cannot be opened. */
static int open_output(const struct process_options *options, struct process *p, struct error *err)
{
    int ends[2];
    int fd;
    if (options->output_path) {
        /* The child holds the file itself: it can go on writing when we are gone. */
        fd = open(options->output_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
        if (fd < 0) {
            error_set(err, ERROR_INTERNAL, "could not open %s: %s", options->output_path,
                      strerror(errno));
            return -1;
        }
        p->file = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        p->file_start = lseek(fd, 0, SEEK_END);
    } else if (options->capture_bytes > 0) {
        if (pipe2(ends, O_CLOEXEC) != 0) {
            error_set(err, ERROR_INTERNAL, "could not make a pipe: %s", strerror(errno));
            return -1;
        }
        p->output = ends[0];
        (void)fcntl(p->output, F_SETFL, O_NONBLOCK);
        fd = ends[1];
    } else {
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            error_set(err, ERROR_INTERNAL, "could not open /dev/null: %s", strerror(errno));
    }
    return fd;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static bool read_boot_id(char out[static 40])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, 36) : -1;
    close_fd(&fd);
    out[got > 0 ? got : 0] = '\0';
    return got == 36;
}

/* One /proc/PID/stat: state letter, session (field 6) and start time (field 22). */
static bool read_stat(pid_t pid, char *state, pid_t *session, uint64_t *start_ticks)
{
    char path[40];
    char line[1024];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, line, sizeof(line) - 1) : -1;
    close_fd(&fd);
    if (got <= 0)
        return false;
    line[got] = '\0';
    /* The name in parentheses may itself hold spaces and parentheses. */
    char *after = strrchr(line, ')');
    int session_number = 0;
    unsigned long long ticks = 0;
    if (!after)
        return false;
    struct text rest = text_of(after + 1);
    struct text field;
    for (int number = 2; text_split(&rest, ' ', &field); number++) {
        auto_free char *value = text_dup(field);
        if (number == 3)
            *state = value[0];
        else if (number == 6)
            session_number = (int)strtol(value, NULL, 10);
        else if (number == 22)
            ticks = strtoull(value, NULL, 10);
    }
    *session = session_number;
    *start_ticks = ticks;
    return true;
}

static struct process_identity identify(pid_t pid)
{
    struct process_identity identity = {.pid = pid};
    char state;
    pid_t session;
    (void)read_boot_id(identity.boot_id);
    (void)read_stat(pid, &state, &session, &identity.start_ticks);
    return identity;
}

static bool explain(const struct start_failure *failure, const struct process_options *options,
                    struct error *err)
{
    const char *what =
        failure->stage == START_STAGE_DIRECTORY ? options->directory : options->argv[0];
    error_set(err, failure->why == ENOENT ? ERROR_NOT_FOUND : ERROR_INTERNAL,
              failure->stage == START_STAGE_DIRECTORY ? "could not enter %s: %s"
                                                      : "could not start %s: %s",
              what, strerror(failure->why));
    return error_code(err, strerrorname_np(failure->why));
}

/* Forks with all signals blocked, so that no handler of ours runs in the child. */
static pid_t fork_child(const struct child *child)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        become(child);
    int why = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return pid;
}

/* Starts p's child; true once the program itself runs. */
static bool launch(struct process *p, const struct process_options *options, struct child *child,
                   struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERROR_INTERNAL, "could not make a pipe: %s", strerror(errno));
    child->failures = ends[1];
    pid_t pid = fork_child(child);
    int why = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return error_set(err, ERROR_TRANSIENT, "could not start %s: %s", p->name, strerror(why));
    }
    struct start_failure failure;
    ssize_t got;
    do
        got = read(ends[0], &failure, sizeof(failure));
    while (got < 0 && errno == EINTR);
    (void)close(ends[0]);
    if (got == (ssize_t)sizeof(failure)) {
        (void)waitpid(pid, NULL, 0);
        return explain(&failure, options, err);
    }
    p->identity = identify(pid);
    p->pid_fd = pidfd_open(pid, 0);
    p->is_reaped = false;
    return true;
}

bool process_start(const struct process_options *options, struct process **out, struct error *err)
{
    const char *const *environment =
        options->environment ? options->environment : (const char *const *)environ;
    auto_free char *path = find_program(options->argv[0], environment);
    if (!path) {
        error_set(err, ERROR_NOT_FOUND, "could not start %s: it is not in PATH", options->argv[0]);
        return error_code(err, "ENOENT");
    }
    struct process *p = xcalloc(1, sizeof(*p));
    *p = (struct process){.name = xstrdup(options->argv[0]),
                          .pid_fd = -1,
                          .output = -1,
                          .file = -1,
                          .limit_ms = options->limit_ms,
                          .started_boot_ms = clock_boot_ms(),
                          .cancel = cancel_ref(options->cancel),
                          .capture_bytes = options->capture_bytes,
                          .is_reaped = true};
    /* exec wants pointers to char that it does not write through (POSIX, exec: rationale). */
    struct child child = {.path = path, .directory = options->directory};
    memcpy(&child.argv, &options->argv, sizeof(child.argv));
    memcpy(&child.environment, &environment, sizeof(child.environment));
    bool is_started = false;
    child.output = open_output(options, p, err);
    child.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (child.output >= 0 && child.input >= 0)
        is_started = launch(p, options, &child, err);
    else if (child.output >= 0)
        error_set(err, ERROR_INTERNAL, "could not open /dev/null: %s", strerror(errno));
    close_fd(&child.output);
    close_fd(&child.input);
    if (!is_started) {
        process_free(p);
        return false;
    }
    *out = p;
    return true;
}

struct process_identity process_identity(const struct process *p) { return p->identity; }

/* ---- reading ---- */

static void keep_tail(struct process *p, const char *bytes, size_t len)
{
    if (!p->tail)
        p->tail = xmalloc(p->capture_bytes);
    for (size_t i = 0; i < len; i++)
        p->tail[p->tail_total++ % p->capture_bytes] = bytes[i];
}

/* Reads what is there; closes the pipe at its end. */
static void drain(struct process *p)
{
    char chunk[16384];
    while (p->output >= 0) {
        ssize_t got = read(p->output, chunk, sizeof(chunk));
        if (got > 0)
            keep_tail(p, chunk, (size_t)got);
        else if (got < 0 && errno == EINTR)
            continue;
        else if (got < 0 && errno == EAGAIN)
            return;
        else
            close_fd(&p->output);
    }
}

/* The last capture_bytes of what this child added to the output file. */
static void read_file_tail(struct process *p)
{
    off_t end = lseek(p->file, 0, SEEK_END);
    off_t at = p->file_start;
    if (end - at > (off_t)p->capture_bytes)
        at = end - (off_t)p->capture_bytes;
    char chunk[16384];
    while (at < end) {
        size_t wanted = (size_t)(end - at) < sizeof(chunk) ? (size_t)(end - at) : sizeof(chunk);
        ssize_t got = pread(p->file, chunk, wanted, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        keep_tail(p, chunk, (size_t)got);
        at += got;
    }
}

static void give_output(struct process *p, struct buf *output)
{
    if (p->capture_bytes == 0 || !output)
        return;
    if (p->file >= 0)
        read_file_tail(p);
    if (p->tail_total <= p->capture_bytes) {
        buf_add(output, p->tail, p->tail_total);
        return;
    }
    size_t oldest = p->tail_total % p->capture_bytes;
    /* A character that was cut in half at the start is left out. */
    size_t skip = 0;
    while (skip < 3 && ((unsigned char)p->tail[(oldest + skip) % p->capture_bytes] & 0xC0) == 0x80)
        skip++;
    for (size_t i = skip; i < p->capture_bytes; i++)
        buf_addc(output, p->tail[(oldest + i) % p->capture_bytes]);
}

/* ---- waiting and ending ---- */

/* Whether the child has ended; it stays a zombie, so its pid and session cannot be given away. */
static bool has_ended(const struct process *p)
{
    siginfo_t how = {0};
    return waitid(P_PID, (id_t)p->identity.pid, &how, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           how.si_pid == p->identity.pid;
}

/* Polls child, pipe and cancel for at most wall_ms. */
static void wait_some(struct process *p, const struct cancel *cancel, int64_t wall_ms)
{
    struct pollfd fds[] = {{.fd = p->pid_fd, .events = POLLIN},
                           {.fd = p->output, .events = POLLIN},
                           {.fd = cancel_fd(cancel), .events = POLLIN}};
    int64_t longest_ms = p->pid_fd >= 0 ? LONGEST_POLL_MS : LOOK_EVERY_MS;
    (void)poll(fds, 3, (int)(wall_ms < longest_ms ? wall_ms : longest_ms));
    drain(p);
}

/*
 * Signals every process of a session: it may have moved some into groups of their own
 * (setpgid), but only a daemon that calls setsid itself leaves. Returns how many are left running.
 */
static size_t signal_session(pid_t leader, int number)
{
    size_t running = 0;
    DIR *folder = opendir("/proc");
    if (!folder) {
        (void)kill(-leader, number);
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        int64_t pid;
        pid_t session;
        char state = '?';
        uint64_t ticks;
        if (!text_to_int64(entry->d_name, &pid) ||
            !read_stat((pid_t)pid, &state, &session, &ticks) || session != leader || state == 'Z' ||
            state == 'X')
            continue;
        running++;
        if (number != 0)
            (void)kill((pid_t)pid, number);
    }
    (void)closedir(folder);
    return running;
}

/* SIGKILL until nothing of the session runs; gives up on what does not die (another user's, stuck).
 */
static void kill_session(pid_t leader)
{
    int64_t until_ms = clock_boot_ms() + KILL_MS;
    while (signal_session(leader, SIGKILL) > 0 && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
}

/* SIGTERM to all of it, GRACE_MS to put things in order, SIGKILL to what is left. */
static void end_session(struct process *p)
{
    int64_t until_ms = clock_boot_ms() + GRACE_MS;
    (void)signal_session(p->identity.pid, SIGTERM);
    (void)signal_session(p->identity.pid, SIGCONT); /* a stopped program must hear it too */
    while (clock_boot_ms() < until_ms && signal_session(p->identity.pid, 0) > 0) {
        if (has_ended(p))
            (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
        else
            wait_some(p, NULL, 100);
    }
    kill_session(p->identity.pid);
}

void process_end_session(pid_t leader)
{
    int64_t until_ms = clock_boot_ms() + GRACE_MS;

    (void)signal_session(leader, SIGTERM);
    (void)signal_session(leader, SIGCONT);
    while (clock_boot_ms() < until_ms && signal_session(leader, 0) > 0)
        (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
    kill_session(leader);
}

static int reap(struct process *p)
{
    int status = 0;
    while (waitpid(p->identity.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    p->is_reaped = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool process_wait(struct process *p, struct buf *output, int *exit_code, struct error *err)
{
    const char *ended_by = NULL;
    for (;;) {
        if (has_ended(p))
            break;
        int64_t left_ms = LONGEST_POLL_MS;
        if (p->limit_ms > 0)
            left_ms = p->limit_ms - (clock_boot_ms() - p->started_boot_ms);
        if (cancel_is_set(p->cancel))
            ended_by = "it was cancelled";
        else if (left_ms <= 0)
            ended_by = "it took too long";
        if (ended_by) {
            end_session(p);
            break;
        }
        wait_some(p, p->cancel, left_ms);
    }
    bool is_gone = has_ended(p);
    int code = is_gone ? reap(p) : 0;
    drain(p);
    give_output(p, output);
    if (!ended_by) {
        *exit_code = code;
        return true;
    }
    if (!is_gone)
        return error_set(err, ERROR_UNKNOWN, "process %d (%s) could not be ended: %s",
                         (int)p->identity.pid, p->name, ended_by);
    error_set(err, ERROR_CANCELLED, "%s was ended: %s", p->name, ended_by);
    return error_code(err, cancel_is_set(p->cancel) ? "cancelled" : "limit");
}

void process_free(struct process *p)
{
    if (!p)
        return;
    if (!p->is_reaped) {
        kill_session(p->identity.pid);
        if (has_ended(p))
            (void)reap(p);
    }
    close_fd(&p->pid_fd);
    close_fd(&p->output);
    close_fd(&p->file);
    cancel_unref(p->cancel);
    free(p->name);
    free(p->tail);
    free(p);
}

bool process_run(const struct process_options *options, struct buf *output, int *exit_code,
                 struct error *err)
{
    struct process *p;
    if (!process_start(options, &p, err))
        return false;
    bool is_done = process_wait(p, output, exit_code, err);
    process_free(p);
    return is_done;
}

/* ---- knowing a process again ---- */

bool process_is_alive(const struct process_identity *identity)
{
    char boot_id[40];
    char state = '?';
    pid_t session;
    uint64_t start_ticks;
    return identity->pid > 0 && read_boot_id(boot_id) && strcmp(boot_id, identity->boot_id) == 0 &&
           read_stat(identity->pid, &state, &session, &start_ticks) &&
           start_ticks == identity->start_ticks && state != 'Z' && state != 'X';
}

struct process_identity process_self(void) { return identify(getpid()); }

void process_hold_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_PATH | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close_fd(&fd);
}
