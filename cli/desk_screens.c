/*
 * desk_screens.c - see desk_screens.h.
 */
#include "cli/desk_screens.h"

#include <stdlib.h>

#include "cli/desk_parts.h"
#include "core/mem.h"

struct screen {
    int64_t number;
    size_t environment;
};

struct desk_screens {
    pthread_mutex_t lock;
    struct screen *all;
    size_t count, capacity;
    int64_t *since_ms; /* by environment */
};

void desk_screens_init(struct desk *d)
{
    d->screens = xcalloc(1, sizeof *d->screens);
    (void)pthread_mutex_init(&d->screens->lock, NULL);
    d->screens->since_ms = xcalloc(d->config->environment_count, sizeof *d->screens->since_ms);
    for (size_t i = 0; i < d->config->environment_count; i++)
        d->screens->since_ms[i] = DESK_SINCE_MS;
}

void desk_screens_free(struct desk *d)
{
    (void)pthread_mutex_destroy(&d->screens->lock);
    free(d->screens->since_ms);
    free(d->screens->all);
    free(d->screens);
}

static void lock(struct desk *d) { (void)pthread_mutex_lock(&d->screens->lock); }

static void unlock(struct desk *d) { (void)pthread_mutex_unlock(&d->screens->lock); }

/* Lock held. Its place, or that of the next one. */
static size_t place_of(const struct desk_screens *s, const json_t *request)
{
    int64_t number = json_integer_value(json_object_get(request, "screen"));
    size_t i = 0;

    while (i < s->count && s->all[i].number != number)
        i++;
    return i;
}

void desk_screens_look(struct desk *d, size_t environment, const json_t *request)
{
    json_int_t since_ms = json_integer_value(json_object_get(request, "since_ms"));
    json_int_t number = json_integer_value(json_object_get(request, "screen"));
    struct desk_screens *s = d->screens;

    lock(d);
    size_t i = place_of(s, request);
    if (i == s->count) {
        s->all = mem_grow(s->all, &s->capacity, s->count, sizeof *s->all);
        s->count++;
    }
    s->all[i] = (struct screen){number, environment};
    if (since_ms > 0)
        s->since_ms[environment] = since_ms;
    unlock(d);
}

void desk_screens_leave(struct desk *d, const json_t *request)
{
    struct desk_screens *s = d->screens;

    lock(d);
    size_t i = place_of(s, request);
    if (i < s->count)
        s->all[i] = s->all[--s->count];
    unlock(d);
}

bool desk_is_shown(struct desk *d, size_t environment)
{
    bool is = false;

    lock(d);
    for (size_t i = 0; i < d->screens->count && !is; i++)
        is = d->screens->all[i].environment == environment;
    unlock(d);
    return is;
}

int64_t desk_since_ms(struct desk *d, size_t environment)
{
    lock(d);
    int64_t since_ms = d->screens->since_ms[environment];
    unlock(d);
    return since_ms;
}
