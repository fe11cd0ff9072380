/*
 * golden.h - one dialog or one pane by itself as a golden text, tests/vectors/parts/NAME-CxR.txt:
 * what is around it may change without it.
 *
 * UPDATE_SCREENS=1 writes them, SHOW_SCREENS=1 prints them, as in screen.h.
 */
#ifndef TESTS_TUI_GOLDEN_H
#define TESTS_TUI_GOLDEN_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/source_path.h"
#include "tui/app.h"
#include "tui/dialog.h"
#include "tui/pane.h"

static char *golden_read(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = NULL;
    size_t capacity = 0;

    if (in == NULL)
        return xstrdup("");
    ssize_t length = getdelim(&text, &capacity, '\0', in);
    fclose(in);
    if (length > 0)
        return text;
    free(text);
    return xstrdup("");
}

static void golden_compare(const struct canvas *c, const char *name)
{
    auto_free char *file = xasprintf("tests/vectors/parts/%s-%dx%d.txt", name, c->cols, c->rows);
    auto_free char *path = source_path(file), *picture = canvas_text(c);

    if (getenv("SHOW_SCREENS") != NULL)
        fprintf(stderr, "%s\n%s\n", file, picture);
    if (getenv("UPDATE_SCREENS") != NULL) {
        FILE *out = fopen(path, "we");
        cr_assert_not_null(out, "cannot write %s", path);
        fputs(picture, out);
        fclose(out);
        return;
    }
    auto_free char *wanted = golden_read(path);
    cr_expect(strcmp(picture, wanted) == 0,
              "this is not %s (UPDATE_SCREENS=1 writes it anew):\n%s\nwanted:\n%s", file, picture,
              wanted);
}

/* The pane without its frame. */
static void golden_pane(const struct app *app, const struct pane *pane, int rows, int cols,
                        const char *name)
{
    struct canvas *c = canvas_new(rows, cols);

    pane->draw(app, c, canvas_all(c));
    golden_compare(c, name);
    canvas_free(c);
}

/* The top dialog on an empty screen of the app's size. */
static void golden_dialog(const struct app *app, const char *name)
{
    struct canvas *c = canvas_new(app->rows, app->cols);

    dialog_draw(app, c);
    golden_compare(c, name);
    canvas_free(c);
}

#endif
