/*
 * run_copy.c - a run's memory: made, copied, freed. Copies share JSON values and events.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run_fold.h"

void run_set_text(char **text, const char *value)
{
    char *copy = xstrdup(value);
    free(*text);
    *text = copy;
}

static size_t capacity_of(size_t count)
{
    size_t capacity = count == 0 ? 0 : 1;
    while (capacity < count)
        capacity *= 2;
    return capacity;
}

void *run_grow(void *array, size_t count, size_t size)
{
    return count == capacity_of(count) ? xrealloc(array, capacity_of(count + 1) * size) : array;
}

void *run_room(size_t count, size_t size)
{
    return count == 0 ? NULL : xcalloc(capacity_of(count), size);
}

/* The texts that a run owns: never NULL. */
static const size_t text_offsets[] = {
    offsetof(struct run, id),          offsetof(struct run, project),
    offsetof(struct run, environment), offsetof(struct run, plan_name),
    offsetof(struct run, hash),        offsetof(struct run, reason),
    offsetof(struct run, by),          offsetof(struct run, acts_as),
    offsetof(struct run, guard_step),  offsetof(struct run, old_version),
    offsetof(struct run, new_version), offsetof(struct run, over),
    offsetof(struct run, health),      offsetof(struct run, handed_over_by),
    offsetof(struct run, hint),        offsetof(struct run, paused_by),
};
#define TEXT_COUNT (sizeof text_offsets / sizeof text_offsets[0])

static char **text_at(struct run *r, size_t i)
{
    return (char **)(void *)((char *)r + text_offsets[i]);
}

struct run *run_new(void)
{
    struct run *r = xcalloc(1, sizeof *r);

    for (size_t i = 0; i < TEXT_COUNT; i++)
        *text_at(r, i) = xstrdup("");
    r->answers = json_object();
    return r;
}

/* ---- one element ---- */

static void step_copy(struct run_step *to, const struct run_step *from)
{
    *to = *from;
    to->id = xstrdup(from->id);
    to->kind = xstrdup(from->kind);
    to->reason = xstrdup(from->reason);
    to->waiting_on = xstrdup(from->waiting_on);
    json_incref(to->facts);
}

static void step_clear(struct run_step *s)
{
    free(s->id);
    free(s->kind);
    free(s->reason);
    free(s->waiting_on);
    json_decref(s->facts);
}

static void effect_copy(struct run_effect *to, const struct run_effect *from)
{
    *to = *from;
    to->step = xstrdup(from->step);
    to->key = xstrdup(from->key);
    json_incref(to->intent);
    json_incref(to->result);
}

static void effect_clear(struct run_effect *e)
{
    free(e->step);
    free(e->key);
    json_decref(e->intent);
    json_decref(e->result);
}

static void item_copy(struct run_item *to, const struct run_item *from)
{
    *to = *from;
    to->id = xstrdup(from->id);
    to->state = xstrdup(from->state);
    to->summary = xstrdup(from->summary);
    to->by = xstrdup(from->by);
    json_incref(to->details);
}

static void item_clear(struct run_item *i)
{
    free(i->id);
    free(i->state);
    free(i->summary);
    free(i->by);
    json_decref(i->details);
}

static void approval_copy(struct run_approval *to, const struct run_approval *from)
{
    *to = *from;
    to->by = xstrdup(from->by);
    to->hash = xstrdup(from->hash);
}

static void approval_clear(struct run_approval *a)
{
    free(a->by);
    free(a->hash);
}

static void prompt_copy(struct run_prompt *to, const struct run_prompt *from)
{
    *to = *from;
    to->id = xstrdup(from->id);
    to->step = xstrdup(from->step);
    to->question = xstrdup(from->question);
    json_incref(to->choices);
}

static void prompt_clear(struct run_prompt *p)
{
    free(p->id);
    free(p->step);
    free(p->question);
    json_decref(p->choices);
}

static void wait_copy(struct run_wait *to, const struct run_wait *from)
{
    *to = *from;
    to->step = xstrdup(from->step);
    to->key = xstrdup(from->key);
}

static void wait_clear(struct run_wait *w)
{
    free(w->step);
    free(w->key);
}

static void measured_copy(struct event **to, struct event *const *from) { *to = event_ref(*from); }

static void measured_clear(struct event **e) { event_unref(*e); }

/* ---- the whole ---- */

#define EACH_ARRAY(X)                                                                              \
    X(steps, step_count, step)                                                                     \
    X(effects, effect_count, effect)                                                               \
    X(items, item_count, item)                                                                     \
    X(approvals, approval_count, approval)                                                         \
    X(prompts, prompt_count, prompt)                                                               \
    X(waits, wait_count, wait)                                                                     \
    X(measured, measured_count, measured)

struct run *run_copy(const struct run *r)
{
    struct run *copy = xmalloc(sizeof *copy);

    *copy = *r;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        *text_at(copy, i) = xstrdup(*text_at(copy, i));
    json_incref(copy->plan);
    json_incref(copy->actor);
    json_incref(copy->answers);
#define COPY_ARRAY(array, count, element)                                                          \
    copy->array = run_room(r->count, sizeof *r->array);                                            \
    for (size_t i = 0; i < r->count; i++)                                                          \
        element##_copy(&copy->array[i], &r->array[i]);
    EACH_ARRAY(COPY_ARRAY)
    return copy;
}

void run_free(struct run *r)
{
    if (r == NULL)
        return;
#define CLEAR_ARRAY(array, count, element)                                                         \
    for (size_t i = 0; i < r->count; i++)                                                          \
        element##_clear(&r->array[i]);                                                             \
    free(r->array);
    EACH_ARRAY(CLEAR_ARRAY)
    for (size_t i = 0; i < TEXT_COUNT; i++)
        free(*text_at(r, i));
    json_decref(r->plan);
    json_decref(r->actor);
    json_decref(r->answers);
    free(r);
}

/* ---- what is forgotten ---- */

void run_close_prompts(struct run *r, const char *step)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->prompt_count; i++)
        if (step == NULL || strcmp(r->prompts[i].step, step) == 0)
            prompt_clear(&r->prompts[i]);
        else
            r->prompts[kept++] = r->prompts[i];
    r->prompt_count = kept;
}

void run_forget_prompt(struct run *r, size_t index)
{
    prompt_clear(&r->prompts[index]);
    memmove(&r->prompts[index], &r->prompts[index + 1],
            (--r->prompt_count - index) * sizeof *r->prompts);
}

void run_forget_waits(struct run *r, const char *step)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->wait_count; i++)
        if (strcmp(r->waits[i].step, step) == 0)
            wait_clear(&r->waits[i]);
        else
            r->waits[kept++] = r->waits[i];
    r->wait_count = kept;
}
