/* effects.c - what the outside is to do after app_update. */
#include <stdlib.h>

#include "tui/app.h"

void effects_init(struct effects *e) { *e = (struct effects){.requests = json_array()}; }

void effects_clear(struct effects *e)
{
    json_decref(e->requests);
    free(e->copied);
    free(e->notice);
    free(e->saved_name);
    free(e->saved_text);
    free(e->sign_in);
    free(e->theme);
    *e = (struct effects){0};
}
