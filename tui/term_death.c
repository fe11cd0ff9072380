/* term_death.c - gives the terminal back when the program dies, and keeps stderr off the screen. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/term_parts.h"

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS};

static const int ending[] = {SIGTERM, SIGHUP, SIGINT};

/* Read by the handler: only what is set before `is_ours`. */
static struct {
    volatile sig_atomic_t is_ours;
    int in_fd, out_fd;
    struct termios saved;
    char undo[512];
    size_t undo_len;
    struct sigaction before[sizeof fatal / sizeof *fatal];
    volatile sig_atomic_t kept_fd, stderr_fd; /* -1 = nothing is kept */
} state = {.kept_fd = -1, .stderr_fd = -1};
static char stack[65536];

static void give_back(void)
{
    if (!state.is_ours)
        return;
    state.is_ours = 0;
    FD_IGNORE(write(state.out_fd, state.undo, state.undo_len));
    (void)tcsetattr(state.in_fd, TCSANOW, &state.saved);
}

/* In place: nothing of it may act on a terminal. UTF-8 stays, except for its controls. */
static void defuse(char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
        bool is_wide_control = c == 0xc2 && i + 1 < len && (unsigned char)bytes[i + 1] < 0xa0;
        if (is_control || is_wide_control)
            bytes[i] = '?';
        if (is_wide_control)
            bytes[++i] = '?';
    }
}

/* Also called by the handler. The first 64 KiB are enough to say what went wrong. */
void term_death_show_stderr(void)
{
    char piece[1024];
    off_t at = 0;
    ssize_t n;

    if (state.kept_fd < 0)
        return;
    int kept = state.kept_fd, real = state.stderr_fd;
    state.kept_fd = -1;
    (void)dup2(real, STDERR_FILENO);
    while (at < 65536 && (n = pread(kept, piece, sizeof piece, at)) > 0) {
        defuse(piece, (size_t)n);
        FD_IGNORE(write(STDERR_FILENO, piece, (size_t)n));
        at += n;
    }
    (void)close(kept);
    (void)close(real);
}

void term_death_keep_stderr(void)
{
    if (!isatty(STDERR_FILENO) || state.kept_fd >= 0)
        return;
    int kept = memfd_create("stderr", MFD_CLOEXEC);
    int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept < 0 || real < 0 || fcntl(kept, F_SETFL, O_APPEND) < 0 ||
        dup2(kept, STDERR_FILENO) < 0) {
        if (kept >= 0)
            (void)close(kept);
        if (real >= 0)
            (void)close(real);
        return;
    }
    state.stderr_fd = real;
    state.kept_fd = kept;
}

/* Whoever was there before us (the system, or a sanitizer with its report) has the last word. */
static void die(int number, siginfo_t *about, void *context)
{
    (void)context;
    give_back();
    term_death_show_stderr();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (fatal[i] == number)
            (void)sigaction(number, &state.before[i], NULL);
    /* A fault happens again by itself, where it was. */
    if (about->si_code <= 0 || number == SIGABRT || number == SIGQUIT)
        (void)raise(number);
}

static void out_of_memory(void)
{
    give_back();
    term_death_show_stderr();
}

void term_death_install(void)
{
    static bool is_installed;
    if (is_installed)
        return;
    is_installed = true;
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    (void)sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        struct sigaction action = {.sa_sigaction = die, .sa_flags = SA_ONSTACK | SA_SIGINFO};
        (void)sigaction(fatal[i], &action, &state.before[i]);
    }
    (void)atexit(out_of_memory);
    mem_on_exhausted(out_of_memory);
}

/* ---- a terminal that takes nothing, and a signal that wants us to end ---- */

static struct {
    volatile sig_atomic_t is_on, number;
    int out_fd, null_fd;
} guard = {.out_fd = -1, .null_fd = -1};

/* A write that waits is interrupted, and what is left of it goes nowhere. */
static void let_go(int number)
{
    int before = errno;
    guard.number = number;
    if (guard.is_on)
        (void)dup2(guard.null_fd, guard.out_fd);
    errno = before;
}

static sigset_t ending_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        (void)sigaddset(&set, ending[i]);
    return set;
}

/* As `nohup` does it. */
static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void term_death_guard(int out_fd)
{
    struct sigaction action = {.sa_handler = let_go};
    sigset_t set = ending_signals();

    guard.number = 0;
    guard.out_fd = out_fd;
    if (guard.null_fd < 0)
        guard.null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (guard.null_fd < 0)
        return;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (!is_ignored(ending[i]))
            (void)sigaction(ending[i], &action, NULL);
    guard.is_on = 1;
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int term_death_unguard(int real_fd)
{
    sigset_t set = ending_signals();
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    guard.is_on = 0;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (!is_ignored(ending[i]))
            (void)signal(ending[i], SIG_DFL);
    if (guard.number != 0)
        (void)dup3(real_fd, guard.out_fd, O_CLOEXEC);
    return guard.number;
}

void term_death_leave_stalled(int out_fd)
{
    int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    auto_free char *path = xasprintf("/proc/self/fd/%d", out_fd);
    int impatient = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (impatient >= 0) { /* as much of it as there is room for */
        FD_IGNORE(write(impatient, state.undo, state.undo_len));
        (void)close(impatient);
    }
    if (null_fd >= 0) {
        (void)dup3(null_fd, out_fd, O_CLOEXEC);
        (void)close(null_fd);
    }
}

void term_death_arm(int in_fd, int out_fd, const struct termios *saved, const char *undo)
{
    state.is_ours = 0;
    state.in_fd = in_fd;
    state.out_fd = out_fd;
    state.saved = *saved;
    state.undo_len = strlen(undo) < sizeof state.undo ? strlen(undo) : sizeof state.undo;
    memcpy(state.undo, undo, state.undo_len);
    state.is_ours = 1;
}

void term_death_hold(bool is_ours) { state.is_ours = is_ours; }

void term_death_disarm(void) { state.is_ours = 0; }
