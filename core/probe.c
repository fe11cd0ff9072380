/*
 * probe.c - what every probe shares.
 */
#include "core/probe.h"

#include <stdlib.h>

void probe_evidence_clear(struct evidence *e)
{
    if (e == NULL)
        return;
    free(e->summary);
    json_decref(e->details);
    *e = (struct evidence){0};
}
