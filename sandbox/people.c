/* people.c - see people.h. */
#include "sandbox/people.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/world.h"

#define MOST_KEYS 64

struct people {
    pthread_mutex_t lock;
    struct person all[MOST_KEYS];
    size_t count;
};

struct people *people_new(void)
{
    struct people *p = xcalloc(1, sizeof *p);
    (void)pthread_mutex_init(&p->lock, NULL);
    return p;
}

void people_free(struct people *p)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_destroy(&p->lock);
    hash_wipe(p->all, sizeof p->all);
    free(p);
}

/* Lock held. The same person has the same id. */
static int number_of(struct people *p, const char *name)
{
    size_t i = 0;
    while (i < p->count && strcmp(p->all[i].name, name) != 0)
        i++;
    return (int)i + 1;
}

bool people_sign_in(struct people *p, const char *name, const char *account, struct person *out)
{
    (void)pthread_mutex_lock(&p->lock);
    bool has_room = p->count < MOST_KEYS;
    if (has_room) {
        struct person *fresh = &p->all[p->count];
        *fresh = (struct person){.has_ended = false};
        (void)snprintf(fresh->id, sizeof fresh->id, "AIDAQ3EGRIU5SANDBOX%02d", number_of(p, name));
        text_copy(fresh->name, sizeof fresh->name, name);
        text_copy(fresh->account, sizeof fresh->account, account != NULL ? account : WORLD_ACCOUNT);
        auth_keys_make(&fresh->keys);
        for (size_t i = 0; i < p->count; i++)
            p->all[i].has_ended = p->all[i].has_ended || strcmp(p->all[i].name, name) == 0;
        *out = *fresh;
        p->count++;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return has_room;
}

bool people_find(struct people *p, const char *key_id, struct person *out)
{
    size_t i = 0;

    (void)pthread_mutex_lock(&p->lock);
    while (i < p->count && strcmp(p->all[i].keys.key_id, key_id) != 0)
        i++;
    bool is_known = i < p->count;
    *out = p->all[is_known ? i : 0];
    (void)pthread_mutex_unlock(&p->lock);
    return is_known;
}
