/*
 * desk_callers.c - see desk_callers.h.
 */
#include "cli/desk_callers.h"

#include <stdlib.h>
#include <string.h>

#include "cli/desk_parts.h"
#include "cli/session.h"
#include "core/engine.h"
#include "core/mem.h"
#include "core/sign_in.h"
#include "core/text.h"

#define MOST_SESSIONS 1024 /* of those that come and go with their keys, until it closes */

enum standing { NOT_KNOWN, GOOD, BAD };

struct entry {
    char *key; /* NULL: the engine's own */
    struct session *session;
    int consoles;
    enum standing *standings; /* by environment */
};

struct screen_here {
    int64_t screen;
    struct sign_in *sign_in;
};

struct desk_callers {
    pthread_mutex_t lock;
    struct entry *all; /* by number; 0 is the engine's own */
    size_t count, capacity;
    struct screen_here screens[DESK_MOST_CALLERS];
    size_t screen_count;
};

static void lock(struct desk *d) { (void)pthread_mutex_lock(&d->callers->lock); }

static void unlock(struct desk *d) { (void)pthread_mutex_unlock(&d->callers->lock); }

/* Lock held. */
static void add(struct desk *d, const char *key, struct session *session)
{
    struct desk_callers *c = d->callers;

    c->all = mem_grow(c->all, &c->capacity, c->count, sizeof *c->all);
    c->all[c->count++] =
        (struct entry){.key = key != NULL ? xstrdup(key) : NULL,
                       .session = session,
                       .standings = xcalloc(d->config->environment_count, sizeof(enum standing))};
}

void desk_callers_init(struct desk *d)
{
    d->callers = xcalloc(1, sizeof *d->callers);
    (void)pthread_mutex_init(&d->callers->lock, NULL);
    add(d, NULL, d->options.session);
}

void desk_callers_free(struct desk *d)
{
    struct desk_callers *c = d->callers;

    for (size_t i = 0; i < c->screen_count; i++)
        sign_in_unref(c->screens[i].sign_in);
    for (size_t i = 0; i < c->count; i++) {
        if (c->all[i].key != NULL) {
            session_clear(c->all[i].session);
            free(c->all[i].session);
        }
        free(c->all[i].key);
        free(c->all[i].standings);
    }
    (void)pthread_mutex_destroy(&c->lock);
    free(c->all);
    free(c);
}

/* ---- coming and going ---- */

int desk_caller_enter(struct desk *d, const char *key, struct sign_in *sign_in, int64_t screen)
{
    struct desk_callers *c = d->callers;
    size_t i = 1;

    lock(d);
    while (i < c->count && strcmp(c->all[i].key, key) != 0)
        i++;
    bool has_room = i < MOST_SESSIONS && c->screen_count < DESK_MOST_CALLERS;
    if (i == c->count && has_room)
        add(d, key, session_as(d->options.session, sign_in));
    if (has_room) {
        c->all[i].consoles++;
        c->screens[c->screen_count++] = (struct screen_here){screen, sign_in_ref(sign_in)};
    }
    unlock(d);
    return has_room ? (int)i : 0;
}

void desk_caller_leave(struct desk *d, int number, int64_t screen)
{
    struct desk_callers *c = d->callers;

    lock(d);
    c->all[number].consoles--;
    for (size_t i = 0; i < c->screen_count; i++)
        if (c->screens[i].screen == screen) {
            sign_in_unref(c->screens[i].sign_in);
            c->screens[i] = c->screens[--c->screen_count];
            break;
        }
    unlock(d);
}

void desk_caller_name(struct desk *d, int number, char out[static 200])
{
    struct session *session = number > 0 ? desk_caller_session(d, number) : NULL;

    out[0] = '\0';
    for (size_t i = 0; session != NULL && i < d->config->environment_count && out[0] == '\0'; i++) {
        struct actor actor;
        session_known_actor(session, &d->config->environments[i], &actor);
        if (text_starts_with(actor.name, "arn:"))
            text_copy(out, 200, actor.name);
    }
}

/* ---- who ---- */

struct session *desk_caller_session(struct desk *d, int number)
{
    lock(d);
    bool is_known = number > 0 && (size_t)number < d->callers->count;
    struct session *session = d->callers->all[is_known ? number : 0].session;
    unlock(d);
    return session;
}

struct session *desk_session(struct desk *d, const json_t *request)
{
    return desk_caller_session(d, (int)json_integer_value(json_object_get(request, "caller")));
}

struct sign_in *desk_sign_in(struct desk *d, const json_t *request)
{
    int64_t screen = json_integer_value(json_object_get(request, "screen"));
    struct desk_callers *c = d->callers;
    struct sign_in *found = NULL;

    lock(d);
    for (size_t i = 0; i < c->screen_count && found == NULL; i++)
        if (c->screens[i].screen == screen)
            found = sign_in_ref(c->screens[i].sign_in);
    unlock(d);
    return found;
}

size_t desk_callers_here(struct desk *d, int numbers[static DESK_MOST_CALLERS])
{
    size_t count = 0;

    lock(d);
    for (size_t i = d->callers->count; i-- > 1 && count < DESK_MOST_CALLERS;)
        if (d->callers->all[i].consoles > 0)
            numbers[count++] = (int)i;
    unlock(d);
    return count;
}

/* ---- whether AWS takes them ---- */

bool desk_caller_says(struct desk *d, int number, size_t environment, bool is_good)
{
    lock(d);
    enum standing *standing = &d->callers->all[number].standings[environment];
    bool is_news = is_good ? *standing == BAD : *standing != BAD;
    *standing = is_good ? GOOD : BAD;
    unlock(d);
    return is_news;
}

bool desk_caller_is_bad(struct desk *d, int number, size_t environment)
{
    lock(d);
    bool is = d->callers->all[number].standings[environment] == BAD;
    unlock(d);
    return is;
}

struct session *desk_watcher(struct desk *d, size_t environment)
{
    struct desk_callers *c = d->callers;

    lock(d);
    struct session *session = c->all[0].session;
    bool is_bad = c->all[0].standings[environment] == BAD;
    for (size_t i = 1; is_bad && i < c->count; i++) /* the newest is the last one */
        if (c->all[i].consoles > 0 && c->all[i].standings[environment] == GOOD)
            session = c->all[i].session;
    unlock(d);
    return session;
}
