/*
 * interrupt.c - see interrupt.h.
 */
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/cancel.h"

static struct {
    pthread_t thread;
    bool is_running;
    int signal_fd, end_fd;
    sigset_t before;
    struct cancel *cancel;
    atomic_int count;
    pthread_mutex_t lock; /* handler and closure */
    void (*handler)(void *closure, int count);
    void *closure;
} state = {.signal_fd = -1, .end_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
static _Thread_local struct cancel *here;

static void take_signal(void)
{
    struct signalfd_siginfo seen;
    if (read(state.signal_fd, &seen, sizeof seen) != (ssize_t)sizeof seen)
        return;
    int count = atomic_fetch_add(&state.count, 1) + 1;
    pthread_mutex_lock(&state.lock);
    if (state.handler != NULL)
        state.handler(state.closure, count);
    pthread_mutex_unlock(&state.lock);
    cancel_set(state.cancel);
}

static void *watch(void *unused)
{
    (void)unused;
    struct pollfd fds[] = {{.fd = state.signal_fd, .events = POLLIN},
                           {.fd = state.end_fd, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if ((fds[1].revents & POLLIN) != 0)
            return NULL;
        if ((fds[0].revents & POLLIN) != 0)
            take_signal();
    }
}

bool interrupt_begin(struct error *err)
{
    sigset_t taken;
    if (state.is_running)
        return true;
    sigemptyset(&taken);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &taken, &state.before);
    state.cancel = cancel_new();
    state.signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    state.end_fd = eventfd(0, EFD_CLOEXEC);
    atomic_store(&state.count, 0);
    state.is_running = state.signal_fd >= 0 && state.end_fd >= 0 &&
                       pthread_create(&state.thread, NULL, watch, NULL) == 0;
    if (state.is_running)
        return true;
    error_set(err, ERROR_INTERNAL, "could not watch for signals: %s", strerror(errno));
    return false;
}

void interrupt_on_signal(void (*handler)(void *closure, int count), void *closure)
{
    pthread_mutex_lock(&state.lock);
    state.handler = handler;
    state.closure = closure;
    pthread_mutex_unlock(&state.lock);
}

struct cancel *interrupt_cancel(void) { return here != NULL ? here : state.cancel; }

void interrupt_here(struct cancel *cancel) { here = cancel; }

int interrupt_count(void) { return atomic_load(&state.count); }

void interrupt_end(void)
{
    if (!state.is_running)
        return;
    (void)eventfd_write(state.end_fd, 1);
    pthread_join(state.thread, NULL);
    (void)close(state.signal_fd);
    (void)close(state.end_fd);
    pthread_sigmask(SIG_SETMASK, &state.before, NULL);
    cancel_unref(state.cancel);
    state.cancel = NULL;
    state.handler = NULL;
    state.is_running = false;
}
