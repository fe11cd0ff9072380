/* mailbox.c - owned messages from any thread to one, woken through an eventfd. */
#include "core/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

/* Longest single poll: its limit stands still while the machine is suspended, the clock does not.
 */
#define LONGEST_POLL_MS 10000

struct letter {
    struct letter *next;
    void *message;
};

/* Any thread; `lock` guards the list and keeps the eventfd in step with it. */
struct mailbox {
    pthread_mutex_t lock;
    struct letter *first;
    struct letter **end; /* where the next letter is hung */
    void (*free_message)(void *);
    int fd; /* counts 1 exactly while the list is not empty */
};

struct mailbox *mailbox_new(void (*free_message)(void *))
{
    struct mailbox *m = xcalloc(1, sizeof(*m));
    (void)pthread_mutex_init(&m->lock, NULL);
    m->end = &m->first;
    m->free_message = free_message;
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->fd < 0) {
        perror("flightdeck: eventfd");
        abort();
    }
    return m;
}

void mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    for (void *message = mailbox_receive(m); message; message = mailbox_receive(m))
        if (m->free_message)
            m->free_message(message);
    (void)close(m->fd);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

void mailbox_send(struct mailbox *m, void *message)
{
    struct letter *letter = xmalloc(sizeof(*letter));
    *letter = (struct letter){.message = message};
    (void)pthread_mutex_lock(&m->lock);
    bool was_empty = !m->first;
    *m->end = letter;
    m->end = &letter->next;
    if (was_empty) {
        uint64_t one = 1;
        ssize_t ignored = write(m->fd, &one, sizeof(one));
        (void)ignored;
    }
    (void)pthread_mutex_unlock(&m->lock);
}

void *mailbox_receive(struct mailbox *m)
{
    (void)pthread_mutex_lock(&m->lock);
    struct letter *letter = m->first;
    if (letter) {
        m->first = letter->next;
        if (!m->first) {
            uint64_t count;
            m->end = &m->first;
            ssize_t ignored = read(m->fd, &count, sizeof(count));
            (void)ignored;
        }
    }
    (void)pthread_mutex_unlock(&m->lock);
    if (!letter)
        return NULL;
    void *message = letter->message;
    free(letter);
    return message;
}

void *mailbox_wait(struct mailbox *m, int64_t wall_ms)
{
    int64_t started_ms = clock_boot_ms();
    for (;;) {
        void *message = mailbox_receive(m);
        if (message)
            return message;
        int64_t left_ms = LONGEST_POLL_MS;
        if (wall_ms >= 0) {
            left_ms = wall_ms - (clock_boot_ms() - started_ms);
            if (left_ms <= 0)
                return NULL;
        }
        struct pollfd fd = {.fd = m->fd, .events = POLLIN};
        (void)poll(&fd, 1, left_ms < LONGEST_POLL_MS ? (int)left_ms : LONGEST_POLL_MS);
    }
}

int mailbox_fd(const struct mailbox *m) { return m->fd; }
