/* process_at_terminal.c - a program that has the terminal to itself, as a shell would start it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/process.h"

#define TERMINAL "/dev/tty"
#define LOOK_EVERY_MS 50 /* wall */
#define PIECE 4096

extern char **environ;

/* In a process group of its own, which has the terminal before the program begins. */
static int spawn(const char *const *argv, int stdout_end, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    char *const *words; /* posix_spawn does not write through them (POSIX, exec: rationale) */

    memcpy(&words, &argv, sizeof words);
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, TERMINAL, O_RDWR, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, stdout_end >= 0 ? stdout_end : STDIN_FILENO,
                                           STDOUT_FILENO);
    (void)posix_spawn_file_actions_addtcsetpgrp_np(&actions, STDIN_FILENO);
    (void)posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    int why = posix_spawnp(pid, argv[0], &actions, &attributes, words, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return why;
}

/* False: nothing more comes from there. */
static bool read_on(int from, struct buf *output)
{
    char piece[PIECE];
    ssize_t got = read(from, piece, sizeof piece);

    if (got > 0)
        buf_add(output, piece, (size_t)got);
    explicit_bzero(piece, sizeof piece);
    return got > 0 || (got < 0 && errno == EINTR);
}

/* One that stops itself has nobody who could let it go on. */
static void end_group(pid_t pid, int number)
{
    (void)kill(-pid, number);
    (void)kill(-pid, SIGCONT);
}

/* SIGTERM or SIGHUP, which are blocked, is for us: nothing is waited for any more. */
static bool is_told_to_end(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1);
}

/* Its exit code, or minus the signal that ended it. */
static int await_end(pid_t pid, int from, struct buf *output)
{
    int status = 0, number = SIGTERM;
    pid_t got;

    do {
        struct pollfd seen = {.fd = from, .events = POLLIN};
        if (poll(&seen, 1, LOOK_EVERY_MS) > 0 && !read_on(from, output))
            from = -1;
        if (is_told_to_end()) {
            end_group(pid, number);
            number = SIGKILL; /* the second time */
        }
        got = waitpid(pid, &status, WNOHANG | WUNTRACED);
        if (got == pid && WIFSTOPPED(status))
            end_group(pid, SIGTERM);
    } while (got == 0 || (got < 0 && errno == EINTR) || (got == pid && WIFSTOPPED(status)));
    for (struct pollfd rest = {.fd = from, .events = POLLIN};
         from >= 0 && poll(&rest, 1, 0) > 0 && read_on(from, output);)
        continue;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Ours again, as it was: whoever is in the background may not take it, unless SIGTTOU is blocked.
 */
static void take_back(int terminal, const struct termios *before)
{
    sigset_t background, mask;

    (void)sigemptyset(&background);
    (void)sigaddset(&background, SIGTTOU);
    (void)pthread_sigmask(SIG_BLOCK, &background, &mask);
    (void)tcsetpgrp(terminal, getpgrp());
    (void)tcsetattr(terminal, TCSANOW, before);
    (void)tcflush(terminal, TCIFLUSH); /* what was typed there is not for us */
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

bool process_at_terminal(const char *const *argv, struct buf *output, int *exit_code,
                         struct error *err)
{
    int terminal = open(TERMINAL, O_RDWR | O_CLOEXEC), ends[2] = {-1, -1};
    struct termios before;
    pid_t pid;

    if (terminal < 0 || tcgetattr(terminal, &before) != 0 ||
        (output != NULL && pipe2(ends, O_CLOEXEC) != 0)) {
        error_set(err, ERROR_USAGE, "there is no terminal to lend to %s: %s", argv[0],
                  strerror(errno));
        if (terminal >= 0)
            (void)close(terminal);
        return false;
    }
    int why = spawn(argv, ends[1], &pid);
    if (ends[1] >= 0)
        (void)close(ends[1]);
    if (why == 0)
        *exit_code = await_end(pid, ends[0], output);
    take_back(terminal, &before);
    if (ends[0] >= 0)
        (void)close(ends[0]);
    (void)close(terminal);
    if (why == 0)
        return true;
    error_set(err, why == ENOENT ? ERROR_NOT_FOUND : ERROR_INTERNAL, "could not start %s: %s",
              argv[0], why == ENOENT ? "it is not in PATH" : strerror(why));
    return error_code(err, why == ENOENT ? "ENOENT" : "");
}

void process_await_key(const char *prompt)
{
    int terminal = open(TERMINAL, O_RDWR | O_CLOEXEC);
    struct termios before, quiet;
    struct pollfd typed = {.fd = terminal, .events = POLLIN};

    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0)
            (void)close(terminal);
        return;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ISIG | ICANON | ECHO);
    (void)tcsetattr(terminal, TCSAFLUSH, &quiet);
    FD_IGNORE(write(terminal, prompt, strlen(prompt)) > 0);
    while (!is_told_to_end() && poll(&typed, 1, LOOK_EVERY_MS) == 0)
        continue;
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)close(terminal);
}
