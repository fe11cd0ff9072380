/* copying.c - text for the clipboard, with a word about it. */
#include "tui/copying.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app.h"

#define SHOWN_MOST 60

void copying_copy(struct app *app, struct effects *effects, const char *text)
{
    size_t lines = 1;

    if (text == NULL || text[0] == '\0') {
        app_toast(app, true, "there is nothing to copy here");
        return;
    }
    free(effects->copied);
    effects->copied = xstrdup(text);
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n' && c[1] != '\0';
    if (lines > 1)
        app_toast(app, false, "copied %zu lines", lines);
    else if (canvas_width(text) > SHOWN_MOST)
        app_toast(app, false, "copied %d characters", canvas_width(text));
    else
        app_toast(app, false, "copied: %s", text);
}
