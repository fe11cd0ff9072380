/*
 * binding.h - joins the configuration's bindings with a guide's items. Private to checklist.c.
 */
#ifndef CORE_BINDING_H
#define CORE_BINDING_H

#include <stdbool.h>

#include "core/error.h"

struct checklist;
struct config;

/* Sets binding, same_as, when and is_person of every item. */
bool binding_join(const struct config *config, struct checklist *c, struct error *err) FD_MUST_USE;
/* Completes *err with the item whose words are nearest. section "" = anywhere. Always false. */
bool binding_suggest(const struct checklist *c, const char *section, const char *words,
                     struct error *err);
/* The error and its nearest section. Always false. */
bool binding_no_section(const struct checklist *c, const char *section, struct error *err);
/* The same question in other words: without parentheses, and at least the first word equal; 0 =
 * another one. */
int binding_likeness(const char *a, const char *b);

#endif
