/* cancel.c - one flag that ends waits: an atomic to ask, an eventfd to poll. */
#include "core/cancel.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

/* Any thread; the memory goes when the last reference does. */
struct cancel {
    atomic_int references;
    atomic_bool is_set;
    int fd; /* eventfd, never read, so it stays readable for everybody */
};

struct cancel *cancel_new(void)
{
    struct cancel *c = xcalloc(1, sizeof(*c));
    atomic_init(&c->references, 1);
    atomic_init(&c->is_set, false);
    c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->fd < 0) {
        perror("flightdeck: eventfd");
        abort();
    }
    return c;
}

struct cancel *cancel_ref(struct cancel *c)
{
    if (c)
        atomic_fetch_add(&c->references, 1);
    return c;
}

void cancel_unref(struct cancel *c)
{
    if (!c || atomic_fetch_sub(&c->references, 1) != 1)
        return;
    (void)close(c->fd);
    free(c);
}

void cancel_set(struct cancel *c)
{
    /* A signal handler must not change the errno of what it interrupted. */
    int saved_errno = errno;
    uint64_t one = 1;
    atomic_store(&c->is_set, true);
    ssize_t ignored = write(c->fd, &one, sizeof(one));
    (void)ignored;
    errno = saved_errno;
}

bool cancel_is_set(const struct cancel *c) { return c && atomic_load(&c->is_set); }

int cancel_fd(const struct cancel *c) { return c ? c->fd : -1; }

/*
 * A timer on CLOCK_BOOTTIME, because poll's own limit stands still while the machine is suspended.
 * -1 when there is none to be had; the caller then looks at the clock each second.
 */
static int open_timer(int64_t until_ms)
{
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(until_ms / 1000),
                                         .tv_nsec = (long)(until_ms % 1000) * 1000000}};
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0 && timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

bool cancel_sleep_ms(const struct cancel *c, int64_t wall_ms)
{
    if (cancel_is_set(c))
        return false;
    int64_t now_ms = clock_boot_ms();
    if (wall_ms <= 0)
        return true;
    int64_t until_ms = wall_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + wall_ms;
    int timer = open_timer(until_ms);
    struct pollfd fds[] = {{.fd = cancel_fd(c), .events = POLLIN}, {.fd = timer, .events = POLLIN}};
    while (now_ms < until_ms && !cancel_is_set(c)) {
        int64_t left_ms = until_ms - now_ms;
        (void)poll(fds, 2, timer >= 0 ? -1 : left_ms < 1000 ? (int)left_ms : 1000);
        now_ms = clock_boot_ms();
    }
    if (timer >= 0)
        (void)close(timer);
    return !cancel_is_set(c);
}
