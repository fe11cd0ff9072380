/*
 * wire_memory.h - what a console that comes later must be told to know what the others know.
 *
 * Of what is replaced by the next of its kind the last one, of each environment its run with every
 * event, of what was said the last lines. Answers are nobody else's and are not kept. Thread: the
 * one that holds it.
 */
#ifndef CORE_WIRE_MEMORY_H
#define CORE_WIRE_MEMORY_H

#include <jansson.h>

#include "core/wire.h"

struct wire_memory;

struct wire_memory *wire_memory_new(void);
void wire_memory_free(struct wire_memory *m);
/* news stays the caller's; what is kept is a copy. */
void wire_memory_keep(struct wire_memory *m, const json_t *news);
/* Each in the order in which a console wants it: hello first. object is borrowed. */
void wire_memory_tell(const struct wire_memory *m, void (*tell)(void *closure, const json_t *news),
                      void *closure);
/* Only what the next of its kind replaces. */
void wire_memory_tell_documents(const struct wire_memory *m,
                                void (*tell)(void *closure, const json_t *news), void *closure);

#endif
