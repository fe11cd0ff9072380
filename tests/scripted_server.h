/*
 * scripted_server.h - a raw-socket HTTP server for tests: each request gets the next line of a
 * script.
 *
 * It answers byte for byte what the script says, so it can lie, stop in the middle, reset or hang.
 * One thread; what it saw is read under its lock. Include it in one test program; all is static.
 */
#ifndef TESTS_SCRIPTED_SERVER_H
#define TESTS_SCRIPTED_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

enum scripted_then {
    SCRIPTED_KEEP,  /* keep the connection for the next request */
    SCRIPTED_CLOSE, /* orderly end */
    SCRIPTED_RESET, /* RST */
    SCRIPTED_HANG,  /* send nothing more, keep it open */
};

struct scripted_step {
    const char *send; /* NULL = nothing */
    enum scripted_then then;
    size_t repeat; /* send this often; 0 = once */
};

/* For requests that come in no certain order: the first row whose `when` is in the request. */
struct scripted_route {
    const char *when, *send;
};

#ifndef SCRIPTED_MAX_REQUESTS
#define SCRIPTED_MAX_REQUESTS 32
#endif
#define SCRIPTED_MAX_CONNECTIONS 32

struct scripted_connection {
    int fd;
    char *bytes;
    size_t len, capacity;
};

struct scripted_server {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int listen_fd, stop_fd, port;
    char url[64]; /* http://127.0.0.1:PORT */
    const struct scripted_step *steps;
    size_t step_count;
    const struct scripted_route *routes; /* before the steps; set before the first request */
    size_t route_count;
    int resets_on_accept; /* so many connections are reset before anything is read */
    /* guarded by lock */
    char *requests[SCRIPTED_MAX_REQUESTS];
    size_t request_count, connection_count;
    struct scripted_connection connections[SCRIPTED_MAX_CONNECTIONS];
};

static size_t scripted_content_length(const char *headers)
{
    const char *at = strcasestr(headers, "\r\ncontent-length:");
    return at ? (size_t)strtoul(at + 17, NULL, 10) : 0;
}

static void scripted_end(struct scripted_connection *c, bool is_reset)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (is_reset)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(c->fd);
    c->fd = -1;
    free(c->bytes);
    *c = (struct scripted_connection){.fd = -1};
}

static void scripted_write(int fd, const char *text, size_t repeat)
{
    for (size_t r = 0; r < (repeat ? repeat : 1); r++) {
        size_t len = strlen(text);
        for (size_t done = 0; done < len;) {
            ssize_t sent = send(fd, text + done, len - done, MSG_NOSIGNAL);
            if (sent <= 0)
                return; /* the client left */
            done += (size_t)sent;
        }
    }
}

static struct scripted_step scripted_choose(const struct scripted_server *s, size_t number)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (strstr(s->requests[number], s->routes[i].when))
            return (struct scripted_step){s->routes[i].send, SCRIPTED_KEEP, 0};
    if (number < s->step_count)
        return s->steps[number];
    return (struct scripted_step){"HTTP/1.1 599 Script Ended\r\nContent-Length: 0\r\n\r\n",
                                  SCRIPTED_CLOSE, 0};
}

static void scripted_answer(struct scripted_server *s, struct scripted_connection *c, size_t size)
{
    pthread_mutex_lock(&s->lock);
    size_t number = s->request_count;
    assert(number < SCRIPTED_MAX_REQUESTS);
    s->requests[s->request_count++] = xstrndup(c->bytes, size);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    memmove(c->bytes, c->bytes + size, c->len - size);
    c->len -= size;
    const struct scripted_step step = scripted_choose(s, number);
    if (step.send)
        scripted_write(c->fd, step.send, step.repeat);
    if (step.then == SCRIPTED_CLOSE || step.then == SCRIPTED_RESET)
        scripted_end(c, step.then == SCRIPTED_RESET);
}

static void scripted_read(struct scripted_server *s, struct scripted_connection *c)
{
    if (c->capacity - c->len < 8192) {
        c->capacity = c->capacity * 2 + 16384;
        c->bytes = xrealloc(c->bytes, c->capacity);
    }
    ssize_t got = recv(c->fd, c->bytes + c->len, c->capacity - c->len - 1, 0);
    if (got <= 0) {
        scripted_end(c, false);
        return;
    }
    c->len += (size_t)got;
    c->bytes[c->len] = '\0';
    const char *end = strstr(c->bytes, "\r\n\r\n");
    if (!end)
        return;
    size_t size = (size_t)(end + 4 - c->bytes) + scripted_content_length(c->bytes);
    if (c->len >= size)
        scripted_answer(s, c, size);
}

static void scripted_accept(struct scripted_server *s)
{
    struct scripted_connection new = {.fd = accept(s->listen_fd, NULL, NULL)};
    if (new.fd < 0)
        return;
    pthread_mutex_lock(&s->lock);
    s->connection_count++;
    bool is_reset = s->resets_on_accept > 0;
    s->resets_on_accept -= is_reset;
    pthread_mutex_unlock(&s->lock);
    if (is_reset) {
        scripted_end(&new, true);
        return;
    }
    for (size_t i = 0; i < SCRIPTED_MAX_CONNECTIONS; i++)
        if (s->connections[i].fd < 0) {
            s->connections[i] = new;
            return;
        }
    assert(!"too many connections");
}

static void *scripted_run(void *context)
{
    struct scripted_server *s = context;
    for (;;) {
        struct pollfd fds[SCRIPTED_MAX_CONNECTIONS + 2] = {{.fd = s->stop_fd, .events = POLLIN},
                                                           {.fd = s->listen_fd, .events = POLLIN}};
        for (size_t i = 0; i < SCRIPTED_MAX_CONNECTIONS; i++)
            fds[i + 2] = (struct pollfd){.fd = s->connections[i].fd, .events = POLLIN};
        if (poll(fds, SCRIPTED_MAX_CONNECTIONS + 2, -1) < 0)
            continue;
        if (fds[0].revents)
            return NULL;
        for (size_t i = 0; i < SCRIPTED_MAX_CONNECTIONS; i++)
            if (fds[i + 2].revents)
                scripted_read(s, &s->connections[i]);
        if (fds[1].revents)
            scripted_accept(s);
    }
}

static struct scripted_server *scripted_start(const struct scripted_step *steps, size_t count)
{
    struct scripted_server *s = xcalloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    s->steps = steps;
    s->step_count = count;
    for (size_t i = 0; i < SCRIPTED_MAX_CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listen_fd, (struct sockaddr *)&address, size) != 0 || listen(s->listen_fd, 16) != 0)
        abort();
    if (getsockname(s->listen_fd, (struct sockaddr *)&address, &size) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (pthread_create(&s->thread, NULL, scripted_run, s) != 0)
        abort();
    return s;
}

static void scripted_stop(struct scripted_server *s)
{
    uint64_t one = 1;
    if (write(s->stop_fd, &one, sizeof one) != (ssize_t)sizeof one)
        abort();
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < SCRIPTED_MAX_CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0)
            scripted_end(&s->connections[i], false);
    }
    for (size_t i = 0; i < s->request_count; i++)
        free(s->requests[i]);
    close(s->listen_fd);
    close(s->stop_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

static size_t scripted_requests(struct scripted_server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t count = s->request_count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

/* False when so many requests did not come within 10 s. */
__attribute__((unused)) static bool scripted_wait(struct scripted_server *s, size_t count)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 10;
    pthread_mutex_lock(&s->lock);
    int failed = 0;
    while (s->request_count < count && !failed)
        failed = pthread_cond_timedwait(&s->changed, &s->lock, &limit);
    pthread_mutex_unlock(&s->lock);
    return !failed;
}

#endif
