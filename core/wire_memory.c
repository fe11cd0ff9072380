/* wire_memory.c - see wire_memory.h. */
#include "core/wire_memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define MOST_SAID 200

struct wire_memory {
    json_t *hello; /* NULL until there is one */
    json_t *runs;  /* by environment: news "run", with its later events */
    json_t *last;  /* by "news/env/what/caller": news that the next one replaces */
    json_t *said;  /* the last lines, oldest first */
};

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

struct wire_memory *wire_memory_new(void)
{
    struct wire_memory *m = xcalloc(1, sizeof *m);

    m->runs = json_object();
    m->last = json_object();
    m->said = json_array();
    return m;
}

void wire_memory_free(struct wire_memory *m)
{
    if (m == NULL)
        return;
    json_decref(m->hello);
    json_decref(m->runs);
    json_decref(m->last);
    json_decref(m->said);
    free(m);
}

/* ---- keeping ---- */

static json_t *run_of(const struct wire_memory *m, const json_t *news)
{
    return json_object_get(m->runs, text_at(news, "env"));
}

static void keep_hello(struct wire_memory *m, const json_t *news)
{
    json_decref(m->hello);
    m->hello = json_deep_copy(news);
}

static void keep_run(struct wire_memory *m, const json_t *news)
{
    json_object_set_new(m->runs, text_at(news, "env"), json_deep_copy(news));
}

static void keep_event(struct wire_memory *m, const json_t *news)
{
    json_array_append_new(json_object_get(run_of(m, news), "events"),
                          json_deep_copy(json_object_get(news, "event")));
}

static void keep_driver(struct wire_memory *m, const json_t *news)
{
    if (run_of(m, news) != NULL)
        json_object_set_new(run_of(m, news), "driver", json_string(text_at(news, "driver")));
}

static void keep_said(struct wire_memory *m, const json_t *news)
{
    if (json_array_size(m->said) >= MOST_SAID)
        json_array_remove(m->said, 0);
    json_array_append_new(m->said, json_deep_copy(news));
}

static void keep_nothing(struct wire_memory *m, const json_t *news)
{
    (void)m;
    (void)news;
}

static void keep_last(struct wire_memory *m, const json_t *news)
{
    auto_free char *key = xasprintf("%s/%s/%s/%lld", text_at(news, "news"), text_at(news, "env"),
                                    text_at(news, "what"),
                                    (long long)json_integer_value(json_object_get(news, "caller")));
    json_object_set_new(m->last, key, json_deep_copy(news));
}

void wire_memory_keep(struct wire_memory *m, const json_t *news)
{
    static const struct {
        const char *news;
        void (*keep)(struct wire_memory *m, const json_t *news);
    } kinds[] = {{"hello", keep_hello},   {"run", keep_run},   {"event", keep_event},
                 {"driver", keep_driver}, {"said", keep_said}, {"reply", keep_nothing}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].news, text_at(news, "news")) == 0) {
            kinds[i].keep(m, news);
            return;
        }
    keep_last(m, news);
}

/* ---- telling ---- */

void wire_memory_tell_documents(const struct wire_memory *m,
                                void (*tell)(void *closure, const json_t *news), void *closure)
{
    const char *key;
    json_t *news;

    json_object_foreach(m->last, key, news) tell(closure, news);
}

void wire_memory_tell(const struct wire_memory *m, void (*tell)(void *closure, const json_t *news),
                      void *closure)
{
    const char *key;
    json_t *news;
    size_t i;

    if (m->hello != NULL)
        tell(closure, m->hello);
    json_object_foreach(m->runs, key, news) tell(closure, news);
    wire_memory_tell_documents(m, tell, closure);
    json_array_foreach(m->said, i, news) tell(closure, news);
}
