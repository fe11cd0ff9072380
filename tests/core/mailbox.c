/* mailbox.c - owned messages between threads. */
#include "core/mailbox.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"

static int freed;

static void free_message(void *message)
{
    freed++;
    free(message);
}

static bool is_readable(const struct mailbox *m)
{
    struct pollfd p = {.fd = mailbox_fd(m), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

Test(mailbox, hands_messages_over_in_order)
{
    struct mailbox *m = mailbox_new(free_message);
    cr_assert_null(mailbox_receive(m));
    for (int i = 0; i < 3; i++)
        mailbox_send(m, xasprintf("%d", i));
    for (int i = 0; i < 3; i++) {
        auto_free char *message = mailbox_receive(m);
        cr_assert_not_null(message);
        cr_assert_eq(message[0], '0' + i);
    }
    cr_assert_null(mailbox_receive(m));
    mailbox_free(m);
    cr_assert_eq(freed, 0);
}

Test(mailbox, is_readable_exactly_while_it_holds_something)
{
    struct mailbox *m = mailbox_new(free_message);
    cr_assert_not(is_readable(m));
    mailbox_send(m, xstrdup("a"));
    mailbox_send(m, xstrdup("b"));
    cr_assert(is_readable(m));
    free(mailbox_receive(m));
    cr_assert(is_readable(m));
    free(mailbox_receive(m));
    cr_assert_not(is_readable(m));
    mailbox_send(m, xstrdup("c"));
    cr_assert(is_readable(m));
    mailbox_free(m);
    cr_assert_eq(freed, 1);
}

Test(mailbox, frees_what_was_never_received)
{
    struct mailbox *m = mailbox_new(free_message);
    for (int i = 0; i < 5; i++)
        mailbox_send(m, xstrdup("x"));
    mailbox_free(m);
    cr_assert_eq(freed, 5);
    mailbox_free(NULL);
}

Test(mailbox, leaves_messages_alone_without_a_way_to_free_them)
{
    static char message[] = "static";
    struct mailbox *m = mailbox_new(NULL);
    mailbox_send(m, message);
    mailbox_free(m);
}

Test(mailbox, waits_no_longer_than_told)
{
    struct mailbox *m = mailbox_new(free_message);
    int64_t before_ms = clock_boot_ms();
    cr_assert_null(mailbox_wait(m, 0));
    cr_assert_null(mailbox_wait(m, 80));
    cr_assert_geq(clock_boot_ms() - before_ms, 80);
    mailbox_free(m);
}

static void *send_ten(void *context)
{
    for (int i = 0; i < 10; i++)
        mailbox_send(context, xasprintf("%d", i));
    return NULL;
}

Test(mailbox, wakes_who_waits, .timeout = 60)
{
    struct mailbox *m = mailbox_new(free_message);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, send_ten, m), 0);
    for (int i = 0; i < 10; i++) {
        auto_free char *message = mailbox_wait(m, -1);
        cr_assert_not_null(message);
        cr_assert_eq(message[0], '0' + i);
    }
    cr_assert_eq(pthread_join(thread, NULL), 0);
    mailbox_free(m);
}
