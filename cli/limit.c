/*
 * limit.c - see limit.h.
 */
#include "cli/limit.h"

#include <errno.h>
#include <poll.h>

#include "cli/interrupt.h"
#include "core/cancel.h"
#include "core/clock.h"

static void *watch(void *closure)
{
    struct limit *l = closure;
    struct pollfd fds[] = {{.fd = cancel_fd(l->end), .events = POLLIN},
                           {.fd = cancel_fd(l->outer), .events = POLLIN}};
    int64_t until_ms = clock_boot_ms() + l->wall_ms, left_ms = l->wall_ms;
    int ready = 0;

    while (left_ms > 0 && (ready = poll(fds, 2, (int)left_ms)) < 0 && errno == EINTR)
        left_ms = until_ms - clock_boot_ms();
    l->has_run_out = ready <= 0;
    if (fds[0].revents == 0)
        cancel_set(l->cancel);
    return NULL;
}

void limit_begin(struct limit *l, int64_t wall_ms)
{
    *l = (struct limit){.cancel = cancel_new(),
                        .end = cancel_new(),
                        .outer = interrupt_cancel(),
                        .wall_ms = wall_ms};
    l->is_started = pthread_create(&l->thread, NULL, watch, l) == 0;
}

void limit_begin_here(struct limit *l, int64_t wall_ms)
{
    limit_begin(l, wall_ms);
    l->is_here = true;
    interrupt_here(l->cancel);
}

bool limit_end(struct limit *l)
{
    if (l->is_here)
        interrupt_here(l->outer);
    cancel_set(l->end);
    if (l->is_started)
        (void)pthread_join(l->thread, NULL);
    cancel_unref(l->cancel);
    cancel_unref(l->end);
    return l->has_run_out;
}
