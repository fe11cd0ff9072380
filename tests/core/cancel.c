/* cancel.c - a flag that ends waits. */
#include "core/cancel.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "core/clock.h"

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

Test(cancel, is_set_once_and_for_all)
{
    struct cancel *c = cancel_new();
    cr_assert_not(cancel_is_set(c));
    cr_assert_not(is_readable(cancel_fd(c)));
    errno = EBADF;
    cancel_set(c);
    cancel_set(c);
    cr_assert_eq(errno, EBADF);
    cr_assert(cancel_is_set(c));
    cr_assert(is_readable(cancel_fd(c)));
    cr_assert(is_readable(cancel_fd(c)));
    cancel_unref(c);
}

Test(cancel, no_flag_at_all_is_never_set)
{
    cr_assert_not(cancel_is_set(NULL));
    cr_assert_eq(cancel_fd(NULL), -1);
    cr_assert_null(cancel_ref(NULL));
    cancel_unref(NULL);
}

Test(cancel, lives_as_long_as_somebody_holds_it)
{
    struct cancel *c = cancel_new();
    struct cancel *same = cancel_ref(c);
    cr_assert_eq(same, c);
    cancel_unref(c);
    cancel_set(same);
    cr_assert(cancel_is_set(same));
    cancel_unref(same);
}

Test(cancel, sleeps_as_long_as_it_was_told)
{
    struct cancel *c = cancel_new();
    int64_t before_ms = clock_boot_ms();
    cr_assert(cancel_sleep_ms(c, 120));
    cr_assert_geq(clock_boot_ms() - before_ms, 120);
    before_ms = clock_boot_ms();
    cr_assert(cancel_sleep_ms(NULL, 60));
    cr_assert_geq(clock_boot_ms() - before_ms, 60);
    cancel_unref(c);
}

Test(cancel, does_not_sleep_for_nothing)
{
    struct cancel *c = cancel_new();
    cr_assert(cancel_sleep_ms(c, 0));
    cr_assert(cancel_sleep_ms(c, INT64_MIN));
    cancel_set(c);
    cr_assert_not(cancel_sleep_ms(c, 0));
    cr_assert_not(cancel_sleep_ms(c, INT64_MAX));
    cancel_unref(c);
}

static void *sleep_for_ever(void *context)
{
    return cancel_sleep_ms(context, INT64_MAX) ? context : NULL;
}

Test(cancel, wakes_everybody_at_once, .timeout = 60)
{
    struct cancel *c = cancel_new();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, sleep_for_ever, c), 0);
    cancel_set(c);
    for (int i = 0; i < 4; i++) {
        void *slept = c;
        cr_assert_eq(pthread_join(threads[i], &slept), 0);
        cr_assert_null(slept);
    }
    cancel_unref(c);
}

static struct cancel *cancel_of_handler;

static void handle(int number)
{
    (void)number;
    cancel_set(cancel_of_handler);
}

Test(cancel, may_be_set_by_a_signal_handler, .timeout = 60)
{
    cancel_of_handler = cancel_new();
    struct sigaction action = {.sa_handler = handle};
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    (void)alarm(1);
    cr_assert_not(cancel_sleep_ms(cancel_of_handler, INT64_MAX));
    cancel_unref(cancel_of_handler);
}

static void ignore(int number) { (void)number; }

Test(cancel, another_signal_does_not_shorten_the_sleep)
{
    struct sigaction action = {.sa_handler = ignore};
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    (void)alarm(1);
    int64_t before_ms = clock_boot_ms();
    cr_assert(cancel_sleep_ms(NULL, 1300));
    cr_assert_geq(clock_boot_ms() - before_ms, 1300);
}
