/*
 * mailbox.h - how threads talk: a list of owned messages, a mutex and an eventfd.
 *
 * A message handed to mailbox_send belongs to the receiver. Any thread sends, one thread receives.
 */
#ifndef CORE_MAILBOX_H
#define CORE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

struct mailbox;

struct mailbox *mailbox_new(void (*free_message)(void *)); /* called for messages never received */
void mailbox_free(struct mailbox *m);
void mailbox_send(struct mailbox *m, void *message);
void *mailbox_receive(struct mailbox *m); /* NULL when empty; never blocks */
void *mailbox_wait(struct mailbox *m,
                   int64_t wall_ms);     /* NULL when none came in time; -1 waits for ever */
int mailbox_fd(const struct mailbox *m); /* readable while it holds something */

#endif
