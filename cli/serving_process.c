/*
 * serving_process.c - see serving_process.h.
 */
#include "cli/serving_process.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "cli/serving.h"
#include "core/error.h"

sigset_t serving_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    return set;
}

void serving_block_signals(void)
{
    sigset_t set = serving_signals();
    (void)sigaddset(&set, SIGHUP); /* the terminal it was started at may go */
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Whoever waits for it hears no more of us, and keeps no terminal or pipe open for us. */
void serving_say_ready(int ready_fd)
{
    static const char is_ready = 0;
    int nowhere = ready_fd >= 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

    if (nowhere >= 0) {
        (void)dup2(nowhere, STDERR_FILENO);
        (void)close(nowhere);
    }
    if (ready_fd >= 0) {
        FD_IGNORE(write(ready_fd, &is_ready, 1) == 1);
        (void)close(ready_fd);
    }
}
