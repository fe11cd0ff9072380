/*
 * desk_callers.c - see desk_callers.h.
 */
#include "cli/desk_callers.h"

#include <stdlib.h>
#include <string.h>

#include "cli/desk_parts.h"
#include "cli/session.h"
#include "core/mem.h"

struct desk_callers {
    pthread_mutex_t lock;
    struct caller_here {
        char *key;
        struct session *session;
        int consoles;
        bool is_useless;
    } all[DESK_MOST_CALLERS];
    size_t count;
    bool is_own_useless;
};

void desk_callers_init(struct desk *d)
{
    d->callers = xcalloc(1, sizeof *d->callers);
    (void)pthread_mutex_init(&d->callers->lock, NULL);
}

void desk_callers_free(struct desk *d)
{
    for (size_t i = 0; i < d->callers->count; i++) {
        session_clear(d->callers->all[i].session);
        free(d->callers->all[i].session);
        free(d->callers->all[i].key);
    }
    (void)pthread_mutex_destroy(&d->callers->lock);
    free(d->callers);
}

static void lock(struct desk *d) { (void)pthread_mutex_lock(&d->callers->lock); }

static void unlock(struct desk *d) { (void)pthread_mutex_unlock(&d->callers->lock); }

int desk_caller_enter(struct desk *d, const char *key, struct sign_in *sign_in)
{
    struct desk_callers *c = d->callers;
    size_t i = 0;

    lock(d);
    while (i < c->count && strcmp(c->all[i].key, key) != 0)
        i++;
    bool has_room = i < DESK_MOST_CALLERS;
    if (i == c->count && has_room)
        c->all[c->count++] = (struct caller_here){
            .key = xstrdup(key), .session = session_as(d->options.session, sign_in)};
    if (has_room)
        c->all[i].consoles++;
    unlock(d);
    return has_room ? (int)i + 1 : 0;
}

void desk_caller_leave(struct desk *d, int number)
{
    lock(d);
    d->callers->all[number - 1].consoles--;
    unlock(d);
}

struct session *desk_caller_session(struct desk *d, int number)
{
    struct session *session = d->options.session;

    lock(d);
    if (number > 0 && (size_t)number <= d->callers->count)
        session = d->callers->all[number - 1].session;
    unlock(d);
    return session;
}

struct session *desk_session(struct desk *d, const json_t *request)
{
    return desk_caller_session(d, (int)json_integer_value(json_object_get(request, "caller")));
}

size_t desk_callers_here(struct desk *d, int numbers[static DESK_MOST_CALLERS])
{
    size_t count = 0;

    lock(d);
    for (size_t i = d->callers->count; i-- > 0;)
        if (d->callers->all[i].consoles > 0)
            numbers[count++] = (int)i + 1;
    unlock(d);
    return count;
}

struct session *desk_watcher(struct desk *d)
{
    struct desk_callers *c = d->callers;
    struct session *session = d->options.session;

    lock(d);
    for (size_t i = 0; c->is_own_useless && i < c->count; i++) /* the newest is the last one */
        if (c->all[i].consoles > 0 && !c->all[i].is_useless)
            session = c->all[i].session;
    unlock(d);
    return session;
}

bool desk_caller_says(struct desk *d, int number, bool is_useless)
{
    struct desk_callers *c = d->callers;

    lock(d);
    bool *said = number > 0 ? &c->all[number - 1].is_useless : &c->is_own_useless;
    bool is_news = *said != is_useless;
    *said = is_useless;
    unlock(d);
    return is_news;
}

bool desk_callers_any_useless(struct desk *d)
{
    struct desk_callers *c = d->callers;

    lock(d);
    bool is = c->is_own_useless;
    for (size_t i = 0; i < c->count && !is; i++)
        is = c->all[i].consoles > 0 && c->all[i].is_useless;
    unlock(d);
    return is;
}
