/* ledger.c - a JSON object of counters behind a lock. */
#include "sandbox/ledger.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/text.h"

struct ledger {
    pthread_mutex_t lock;
    json_t *counts;
};

struct ledger *ledger_new(void)
{
    struct ledger *l = xcalloc(1, sizeof *l);
    (void)pthread_mutex_init(&l->lock, NULL);
    l->counts = json_object();
    return l;
}

void ledger_free(struct ledger *l)
{
    if (l == NULL)
        return;
    json_decref(l->counts);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

void ledger_count(struct ledger *l, const char *operation, const char *target)
{
    auto_free char *name = xasprintf("%s %s", operation, target);
    auto_free char *key = text_safe(name);
    (void)pthread_mutex_lock(&l->lock);
    json_int_t before = json_integer_value(json_object_get(l->counts, key));
    json_object_set_new(l->counts, key, json_integer(before + 1));
    (void)pthread_mutex_unlock(&l->lock);
}

json_t *ledger_json(struct ledger *l)
{
    (void)pthread_mutex_lock(&l->lock);
    json_t *copy = json_deep_copy(l->counts);
    (void)pthread_mutex_unlock(&l->lock);
    return copy;
}

void ledger_reset(struct ledger *l)
{
    (void)pthread_mutex_lock(&l->lock);
    json_object_clear(l->counts);
    (void)pthread_mutex_unlock(&l->lock);
}
