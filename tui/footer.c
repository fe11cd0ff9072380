/* footer.c - see footer.h. */
#include "tui/footer.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/app_parts.h"
#include "tui/header.h"
#include "tui/keys.h"

#define GAP 2
#define MOST_KEYS 96
#define HINT_SIZE 80
#define PLAIN_RANK 100
#define MOST_TOLD 9

struct hint {
    int key;
    char shown[24], text[HINT_SIZE]; /* "Space", "tick" */
    int x, width;
    bool is_told; /* of a dialog: it is not pressed by the mouse */
};

struct hints {
    struct hint all[MOST_KEYS];
    size_t count;
};

static int rank_of(const struct key *key) { return key->rank > 0 ? key->rank : PLAIN_RANK; }

static bool is_fixed(int code) { return code == '?' || code == '!'; }

/* The rows that are worth a place, the smallest rank first; those of the same keep their order. */
static size_t sort_rows(const struct app *app, const struct key **out)
{
    const struct key *now[MOST_KEYS];
    size_t count = keys_now(app, now, MOST_KEYS), kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (now[i]->label == NULL || is_fixed(now[i]->code) || now[i]->code == KEY_CODE_UNBOUND)
            continue;
        size_t place = kept++;
        for (; place > 0 && rank_of(out[place - 1]) > rank_of(now[i]); place--)
            out[place] = out[place - 1];
        out[place] = now[i];
    }
    return kept;
}

static bool add(struct hints *h, int key, const char *shown, const char *text, int x, int limit)
{
    struct hint *hint = &h->all[h->count];
    int width = canvas_width(shown) + 1 + canvas_width(text);

    if (h->count == MOST_KEYS || x + width > limit)
        return false;
    hint->key = key;
    text_copy(hint->shown, sizeof hint->shown, shown);
    text_copy(hint->text, sizeof hint->text, text);
    hint->x = x;
    hint->width = width;
    hint->is_told = false;
    h->count++;
    return true;
}

/* What answers the dialog, and how to get out of it. */
static int lay_dialog(const struct app *app, struct hints *h, int x, int end)
{
    const struct dialog *d = app->dialog;
    struct dialog_hint told[MOST_TOLD];
    char shown[24];
    size_t count = d->kind->hints != NULL ? d->kind->hints(app, d, told, MOST_TOLD) : 0;

    if (d->kind->hints == NULL && d->is_typing)
        told[count++] = (struct dialog_hint){KEY_CODE_ENTER, "done"};
    for (size_t i = 0; i < count; i++) {
        if (!add(h, told[i].key, keys_shown(told[i].key, shown), told[i].text, x, end))
            continue;
        h->all[h->count - 1].is_told = true;
        x += h->all[h->count - 1].width + GAP;
    }
    if (add(h, KEY_CODE_ESCAPE, "Esc", "back", x, end))
        x += h->all[h->count - 1].width + GAP;
    if (d->is_typing && add(h, KEY_CODE_F9, "F9", "rolls back while you type", x, end)) {
        h->all[h->count - 1].is_told = true;
        x += h->all[h->count - 1].width + GAP;
    }
    return x;
}

/* Right to left what must be there; then from the left what fits. */
static void lay(const struct app *app, struct area a, struct hints *h)
{
    const struct key *rows[MOST_KEYS];
    char shown[24];
    int end = a.w - 1, x = 1;
    bool is_typing = app->dialog != NULL && app->dialog->is_typing;
    const char *back = is_typing ? "F9" : "!";

    h->count = 0;
    x = a.w < 14 ? 0 : 1;
    end = a.w < 14 ? a.w : end;
    end -= (int)strlen(back) + 9;
    add(h, is_typing ? KEY_CODE_F9 : '!', back, "ROLLBACK", end < 0 ? 0 : end, a.w);
    end -= GAP + 10;
    if (app->dialog == NULL && end > 0 && add(h, '?', "?", "all keys", end, a.w))
        end -= GAP;
    else
        end += 10;
    if (app->dialog != NULL)
        x = lay_dialog(app, h, x, end);
    size_t count = sort_rows(app, rows);
    for (size_t i = 0; i < count; i++)
        if (add(h, rows[i]->code, keys_shown(rows[i]->code, shown), rows[i]->label, x, end))
            x += h->all[h->count - 1].width + GAP;
}

static void draw_hints(const struct hints *h, struct canvas *c, struct area a)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct hint *hint = &h->all[i];
        bool is_back = (hint->key == '!' || hint->key == KEY_CODE_F9) && !hint->is_told;
        int used = canvas_put(c, a, 0, hint->x, is_back ? ROLE_ROLLBACK : ROLE_KEY, hint->shown);
        if (is_back) /* one block, the gap too */
            canvas_put(c, a, 0, hint->x + used, ROLE_ROLLBACK, " ");
        canvas_put(c, a, 0, hint->x + used + 1, is_back ? ROLE_ROLLBACK : ROLE_FAINT, hint->text);
    }
}

/* What was asked last and is not answered yet. */
static const char *pending(const struct app *app)
{
    const char *what = NULL;
    for (const struct app_asked *asked = app->asked; asked != NULL; asked = asked->next)
        if (asked->what != NULL)
            what = asked->what;
    return what;
}

static void draw_message(const struct app *app, struct canvas *c, struct area a)
{
    const struct toast *toast = app_shown_toast(app);
    const char *what = pending(app);
    auto_free char *next = app->dialog == NULL ? app_next_text(app) : NULL;

    if (a.h < 1)
        return;
    if (toast != NULL)
        canvas_put(c, a, 0, 1, toast->is_bad ? ROLE_TOAST_BAD : ROLE_TOAST, toast->text);
    else if (what != NULL)
        canvas_putf(c, a, 0, 1, ROLE_ACTIVE, "%s ...", what);
    else if (next != NULL)
        canvas_putf(c, a, 0, 1, ROLE_STRONG, "next: %s", next);
}

void footer_draw(const struct app *app, struct canvas *c, const struct layout *l)
{
    struct hints hints;
    if (l->footer.h > 0) {
        lay(app, l->footer, &hints);
        draw_hints(&hints, c, l->footer);
    }
    draw_message(app, c, l->toast);
}

int footer_key_at(const struct app *app, const struct layout *l, int y, int x)
{
    struct hints hints;
    if (l->footer.h == 0 || y != l->footer.y)
        return 0;
    lay(app, l->footer, &hints);
    for (size_t i = 0; i < hints.count; i++)
        if (x >= hints.all[i].x && x < hints.all[i].x + hints.all[i].width)
            return hints.all[i].is_told ? 0 : hints.all[i].key;
    return 0;
}
