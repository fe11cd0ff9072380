/*
 * config_mistakes.c - what is wrong with a configuration, each thing once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/mem.h"

void config_mistakes_add(struct config_mistakes *m, const struct error *err)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->errors[i].at, err->at) == 0 &&
            (err->at[0] != '\0' || strcmp(m->errors[i].message, err->message) == 0))
            return;
    m->errors = xrealloc(m->errors, (m->count + 1) * sizeof *m->errors);
    m->errors[m->count++] = *err;
}

void config_mistakes_clear(struct config_mistakes *m)
{
    free(m->errors);
    *m = (struct config_mistakes){0};
}
