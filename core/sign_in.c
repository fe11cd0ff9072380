/*
 * sign_in.c - see sign_in.h.
 */
#include "core/sign_in.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/mem.h"

struct sign_in {
    atomic_int references;
    pthread_mutex_t lock;
    char *profile; /* NULL = as the variables say */
    struct variables *variables;
};

struct sign_in *sign_in_new(const char *profile, struct variables *v)
{
    struct sign_in *s = xcalloc(1, sizeof *s);

    atomic_init(&s->references, 1);
    (void)pthread_mutex_init(&s->lock, NULL);
    s->profile = mem_dup_or_null(profile);
    s->variables = variables_ref(v);
    return s;
}

struct sign_in *sign_in_copy(struct sign_in *s)
{
    auto_free char *profile = sign_in_profile(s);
    struct variables *v = sign_in_variables(s);
    struct sign_in *copy = sign_in_new(profile, v);

    variables_unref(v);
    return copy;
}

struct sign_in *sign_in_ref(struct sign_in *s)
{
    if (s != NULL)
        atomic_fetch_add(&s->references, 1);
    return s;
}

void sign_in_unref(struct sign_in *s)
{
    if (s == NULL || atomic_fetch_sub(&s->references, 1) > 1)
        return;
    free(s->profile);
    variables_unref(s->variables);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

void sign_in_become(struct sign_in *s, struct sign_in *other)
{
    char *profile = sign_in_profile(other);
    struct variables *own = sign_in_variables(s), *theirs = sign_in_variables(other);
    struct variables *v = variables_signing(own, theirs);

    variables_unref(own);
    variables_unref(theirs);
    (void)pthread_mutex_lock(&s->lock);
    char *former_profile = s->profile;
    struct variables *former = s->variables;
    s->profile = profile;
    s->variables = v;
    (void)pthread_mutex_unlock(&s->lock);
    free(former_profile);
    variables_unref(former);
}

char *sign_in_profile(struct sign_in *s)
{
    if (s == NULL)
        return NULL;
    (void)pthread_mutex_lock(&s->lock);
    char *profile = mem_dup_or_null(s->profile);
    (void)pthread_mutex_unlock(&s->lock);
    return profile;
}

struct variables *sign_in_variables(struct sign_in *s)
{
    if (s == NULL)
        return NULL;
    (void)pthread_mutex_lock(&s->lock);
    struct variables *v = variables_ref(s->variables);
    (void)pthread_mutex_unlock(&s->lock);
    return v;
}
