/* mailbox.c - four threads send to one that receives, waits and is cancelled; run under
 * ThreadSanitizer. */
#include "core/mailbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cancel.h"
#include "core/mem.h"

#define SENDERS 4
#define MESSAGES 20000

struct parcel {
    int sender;
    int number;
};

struct sender {
    struct mailbox *mailbox;
    struct cancel *done; /* set by the receiver when it has everything */
    int index;
};

static void *send_all(void *context)
{
    struct sender *sender = context;
    for (int i = 0; i < MESSAGES; i++) {
        struct parcel *parcel = xmalloc(sizeof(*parcel));
        *parcel = (struct parcel){.sender = sender->index, .number = i};
        mailbox_send(sender->mailbox, parcel);
    }
    /* The receiver ends this sleep; that it ends at all is part of the test. */
    bool slept = cancel_sleep_ms(sender->done, 300000);
    cancel_unref(sender->done);
    return slept ? sender : NULL;
}

/* Each sender's messages arrive once and in order. */
static int receive_all(struct mailbox *mailbox)
{
    int next[SENDERS] = {0};
    for (int i = 0; i < SENDERS * MESSAGES; i++) {
        struct parcel *parcel = i % 2 ? mailbox_wait(mailbox, -1) : mailbox_receive(mailbox);
        if (!parcel)
            parcel = mailbox_wait(mailbox, 60000);
        if (!parcel || parcel->number != next[parcel->sender]++) {
            fprintf(stderr, "message %d was lost or out of order\n", i);
            free(parcel);
            return 1;
        }
        free(parcel);
    }
    return mailbox_receive(mailbox) ? 1 : 0;
}

int main(void)
{
    struct mailbox *mailbox = mailbox_new(free);
    struct cancel *done = cancel_new();
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.mailbox = mailbox, .done = cancel_ref(done), .index = i};
        if (pthread_create(&threads[i], NULL, send_all, &senders[i]) != 0)
            return 1;
    }
    int failed = receive_all(mailbox);
    cancel_set(done);
    cancel_unref(done);
    for (int i = 0; i < SENDERS; i++) {
        void *slept = NULL;
        (void)pthread_join(threads[i], &slept);
        failed |= slept != NULL;
    }
    mailbox_free(mailbox);
    printf("%d messages: %s\n", SENDERS * MESSAGES, failed ? "failed" : "ok");
    return failed;
}
