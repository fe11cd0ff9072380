/* dialog_parts.c - what dialogs are drawn of: the band, the line of y, wrapped lines. */
#include "tui/dialog_parts.h"

#include <ctype.h>
#include <string.h>

#include "core/text.h"

#define BAR_COLS 8
#define WAIT_COLS 5        /* "wait " */
#define READY_COLS 5       /* "ready" */
#define WHOLE_BAND_COLS 48 /* from here on the account is written out */
#define HINT_ROWS 3        /* from here on one of them may say that there is more */

static const struct app_environment *named(const struct app *app, const char *name)
{
    const struct app_environment *e = app_environment(app);

    if (name == NULL || name[0] == '\0' || (e != NULL && strcmp(e->name, name) == 0))
        return e;
    for (size_t i = 0; i < app->environment_count; i++) {
        if (strcmp(app->environments[i].name, name) == 0)
            return &app->environments[i];
    }
    return NULL;
}

void dialog_draw_band(const struct app *app, struct canvas *c, struct area a, int y,
                      const char *name)
{
    const struct app_environment *e = named(app, name);
    /* What is not known is treated as production. */
    enum role role = e == NULL || e->is_production ? ROLE_BAND_PRODUCTION : ROLE_BAND;
    char word[64];
    text_copy(word, sizeof word, e != NULL ? e->name : name == NULL ? "?" : name);
    for (char *p = word; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);

    if (y < 0 || y >= a.h)
        return;
    canvas_fill(c, canvas_rows(a, y, 1), role, L' ');
    int x = canvas_putf(c, a, y, 0, role, " %s ", word);
    if (e == NULL)
        return;
    if (e->is_production && strstr(word, "PROD") == NULL)
        x += canvas_putf(c, a, y, x, role, "PRODUCTION ");
    size_t length = strlen(e->account);
    if (a.w >= WHOLE_BAND_COLS)
        canvas_putf(c, a, y, x + 1, role, "%s  account %s", e->region, e->account);
    else
        canvas_putf(c, a, y, x, role, "..%s %s", e->account + (length > 4 ? length - 4 : 0),
                    e->region);
}

/* "wait ###-----", then "ready". */
static void draw_bar(struct canvas *c, struct area a, int y, int x, int64_t left_ms)
{
    if (left_ms <= 0) {
        canvas_put(c, a, y, x, ROLE_GOOD, "ready");
        return;
    }
    int64_t gone_ms = DIALOG_ARMING_MS - (left_ms < DIALOG_ARMING_MS ? left_ms : DIALOG_ARMING_MS);
    int filled = (int)(BAR_COLS * gone_ms / DIALOG_ARMING_MS);

    canvas_put(c, a, y, x, ROLE_FAINT, "wait");
    x += WAIT_COLS;
    for (int i = 0; i < BAR_COLS; i++) {
        canvas_glyph(c, a, y, x + i, i < filled ? ROLE_ACTIVE : ROLE_FAINT,
                     i < filled ? GLYPH_BAR : GLYPH_BAR_REST);
    }
}

void dialog_draw_yes(const struct app *app, const struct dialog *d, struct canvas *c, struct area a,
                     int y, int key, const char *does)
{
    int64_t left = d->armed_ms - app->wall_ms;
    bool is_live = left <= 0;
    int x = canvas_putf(c, a, y, 0, is_live ? ROLE_KEY : ROLE_FAINT, " %c ", key);

    x += 1 + canvas_putf(c, a, y, x, is_live ? ROLE_STRONG : ROLE_FAINT, "= %s", does);
    if (x + 1 + WAIT_COLS + BAR_COLS <= a.w)
        draw_bar(c, a, y, x + 1, left);
}

void dialog_draw_arming(const struct app *app, const struct dialog *d, struct canvas *c,
                        struct area a, int y)
{
    int64_t left = d->armed_ms - app->wall_ms;

    if (a.w >= 3 * BAR_COLS + WAIT_COLS)
        draw_bar(c, a, y, left > 0 ? a.w - WAIT_COLS - BAR_COLS : a.w - READY_COLS, left);
}

void dialog_draw_cancel(struct canvas *c, struct area a, int y, const char *does)
{
    canvas_glyph(c, a, y, 0, ROLE_STRONG, GLYPH_CURSOR);
    int x = 1 + canvas_put(c, a, y, 1, ROLE_KEY, "Esc");
    canvas_put(c, a, y, x + 1, ROLE_TEXT, does);
}

int dialog_draw_lines(struct canvas *c, struct area a, int y, const json_t *lines)
{
    int from = y;
    size_t i;
    json_t *line;

    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);
        if (text == NULL || text[0] == '\0')
            y++;
        else
            y += canvas_wrap(c, a, y, 0, 2, ROLE_DIALOG, text);
    }
    return y - from;
}

void dialog_draw_scrolled(struct canvas *c, struct area a, const json_t *lines, int from)
{
    int all = dialog_lines_height(a.w, lines);

    if (all <= a.h || a.h < HINT_ROWS) {
        dialog_draw_lines(c, a, 0, lines);
        return;
    }
    int most = all - (a.h - 1);
    int first = from > most ? most : from;
    dialog_draw_lines(c, canvas_rows(a, 0, a.h - 1), -first, lines);
    int below = all - first - (a.h - 1);
    if (below > 0)
        canvas_putf(c, a, a.h - 1, 0, ROLE_FAINT, "%d more below: Down", below);
    else
        canvas_put(c, a, a.h - 1, 0, ROLE_FAINT, "the end");
}

int dialog_lines_height(int width, const json_t *lines)
{
    int rows = 0;
    size_t i;
    json_t *line;

    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);
        rows += text == NULL || text[0] == '\0' ? 1 : canvas_wrap_height(width, 2, text);
    }
    return rows;
}
