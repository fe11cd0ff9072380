/* dialog.c - the stack of dialogs: who gets a key, when y counts, and the frame around them. */
#include "tui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app.h"
#include "tui/dialog_parts.h"
#include "tui/layout.h"

#define ARMING_STEP_MS 50
#define REPEATS_MS 1000       /* who opened it may still hold the key down for so long */
#define LAST_SECONDS_MS 10000 /* so long before its end the countdown is shown */
#define FRAME_ROWS 5          /* from here on a frame fits */
#define FRAME_COLS 24
#define ROWS_WITH_HEADER 7 /* from here on the one line of a tiny screen stays above a dialog */

static void arm_by_silence(const struct app *app, struct dialog *d)
{
    bool was_typed = app->last_key != 0;
    int64_t quiet_ms = app->last_key_ms + DIALOG_SILENCE_MS;
    bool is_startled =
        d->is_by_itself && was_typed && app->wall_ms - app->last_key_ms <= REPEATS_MS;

    d->opened_by = KEY_CODE_NONE;
    d->armed_ms = app->wall_ms + (is_startled ? DIALOG_STARTLED_MS : DIALOG_ARMING_MS);
    if (was_typed && d->armed_ms < quiet_ms)
        d->armed_ms = quiet_ms;
}

static void arm(const struct app *app, struct dialog *d)
{
    if (d->waits_for_silence) {
        arm_by_silence(app, d);
        return;
    }
    /* A question that comes by itself was opened by no key, whatever was pressed before. */
    bool is_by_key = app->wall_ms - app->last_key_ms <= REPEATS_MS;
    d->opened_by = is_by_key ? app->last_key : KEY_CODE_NONE;
    d->is_other_key_seen = false;
    d->armed_ms = app->wall_ms + (d->kind->confirms ? DIALOG_ARMING_MS : 0);
}

struct dialog *dialog_open(struct app *app, const struct dialog_kind *kind, void *state,
                           enum level level)
{
    struct dialog *d = xcalloc(1, sizeof *d);

    d->kind = kind;
    d->state = state;
    d->level = level;
    d->is_typing = kind->is_text;
    d->opened_ms = app->wall_ms;
    d->expires_ms = kind->confirms ? app->wall_ms + DIALOG_EXPIRY_MS : 0;
    arm(app, d);
    d->below = app->dialog;
    app->dialog = d;
    app->is_dirty = true;
    return d;
}

void dialog_wait_for_silence(struct app *app, struct dialog *d, bool is_by_itself)
{
    d->waits_for_silence = true;
    d->is_by_itself = is_by_itself;
    dialog_arm(app, d);
}

void dialog_arm(struct app *app, struct dialog *d)
{
    arm(app, d);
    app->is_dirty = true;
}

static void discard(struct dialog *d)
{
    if (d->kind->free_state != NULL)
        d->kind->free_state(d->state);
    free(d);
}

void dialog_close(struct app *app)
{
    if (app->dialog != NULL)
        dialog_remove(app, app->dialog);
}

void dialog_remove(struct app *app, struct dialog *d)
{
    bool was_top = app->dialog == d;

    for (struct dialog **at = &app->dialog; *at != NULL; at = &(*at)->below) {
        if (*at != d)
            continue;
        *at = d->below;
        discard(d);
        app->is_dirty = true;
        /* The key that closed the upper one must not answer the lower one. */
        if (was_top && app->dialog != NULL)
            arm(app, app->dialog);
        return;
    }
}

void dialog_close_all(struct app *app)
{
    while (app->dialog != NULL) {
        struct dialog *d = app->dialog;
        app->dialog = d->below;
        discard(d);
    }
    app->is_dirty = true;
}

void dialog_clear(struct app *app)
{
    dialog_close_all(app);
    json_decref(app->prompts_seen);
    app->prompts_seen = NULL;
}

bool dialog_is_armed(const struct app *app, const struct dialog *d)
{
    return app->wall_ms >= d->armed_ms;
}

struct dialog *dialog_find(const struct app *app, const struct dialog_kind *kind)
{
    for (struct dialog *d = app->dialog; d != NULL; d = d->below) {
        if (d->kind == kind)
            return d;
    }
    return NULL;
}

/* ---- input ---- */

static bool is_enter(int key) { return key == KEY_CODE_ENTER || key == '\n'; }

/* Once, however long a key is held down. */
static void say_why(struct app *app, const char *why)
{
    const struct toast *last = app->toast_count > 0 ? &app->toasts[app->toast_count - 1] : NULL;
    bool is_said = last != NULL && strcmp(last->text, why) == 0 &&
                   app->wall_ms - last->shown_ms < TOAST_LIFE_MS;

    if (!is_said)
        app_toast(app, false, "%s", why);
}

static void hold_back(struct app *app, struct dialog *d)
{
    int64_t quiet_ms = app->wall_ms + DIALOG_SILENCE_MS;

    if (d->waits_for_silence && d->armed_ms < quiet_ms)
        d->armed_ms = quiet_ms;
    say_why(app, d->waits_for_silence ? "this has only just come up: read it, then once more"
                                      : "not yet: it takes keys when it says ready");
}

/* True: this key is not for a dialog that confirms now. */
static bool is_held_back(struct app *app, struct dialog *d, int key)
{
    if (!d->kind->confirms || d->is_typing)
        return false;
    if (key == KEY_CODE_ESCAPE || key == KEY_CODE_CONTROL('c'))
        return false;
    if (key == d->opened_by && !d->is_other_key_seen) {
        if (dialog_is_armed(app, d))
            say_why(app, "the key that opened this does not answer it");
        return true;
    }
    d->is_other_key_seen = true;
    if (!dialog_is_armed(app, d)) {
        hold_back(app, d);
        return true;
    }
    if (!is_enter(key))
        return false;
    app_toast(app, false, "Enter confirms nothing here: the key that is named does, Esc goes back");
    return true;
}

static bool run_row(struct app *app, struct dialog *d, int key, struct effects *effects)
{
    if (d->kind->keys == NULL || d->is_typing)
        return false;
    for (const struct key *row = d->kind->keys; row->code != 0; row++) {
        if (row->code != key && (row->other == 0 || row->other != key))
            continue;
        const char *refused = row->refused == NULL ? NULL : row->refused(app);
        if (refused != NULL)
            app_toast(app, true, "%s", refused);
        else
            row->act(app, effects);
        return true;
    }
    return false;
}

static bool closes(const struct dialog *d, int key)
{
    if (key == KEY_CODE_ESCAPE || key == KEY_CODE_CONTROL('c'))
        return true;
    return !d->is_typing && (key == 'n' || key == 'q');
}

static bool key_input(struct app *app, struct dialog *d, const struct input *input,
                      struct effects *effects)
{
    int key = input->key;

    if (key == KEY_CODE_CONTROL('l') || key == KEY_CODE_CONTROL('z'))
        return false;
    app->is_dirty = true;
    if (key == KEY_CODE_F9 || (key == '!' && !d->is_typing)) {
        const char *refused = NULL;
        const struct key *back = keys_find(app, '!', &refused);
        if (d->kind != &dialog_rollback_kind && back != NULL)
            back->act(app, effects);
        return true;
    }
    if (is_held_back(app, d, key) || run_row(app, d, key, effects))
        return true;
    if (d->kind->input != NULL && d->kind->input(app, d, input, effects))
        return true;
    if (closes(d, key))
        dialog_remove(app, d);
    return true;
}

static bool paste_input(struct app *app, struct dialog *d, const struct input *input,
                        struct effects *effects)
{
    bool was_taken =
        d->is_typing && d->kind->input != NULL && d->kind->input(app, d, input, effects);
    if (!was_taken)
        app_toast(app, false, "pasted text was thrown away: it cannot answer this");
    app->is_dirty = true;
    return true;
}

static void tick(struct app *app, const struct input *input, struct effects *effects)
{
    while (app->dialog != NULL && app->dialog->expires_ms != 0 &&
           app->wall_ms >= app->dialog->expires_ms) {
        char title[200] = "";
        struct dialog *d = app->dialog;
        d->kind->title(app, d, title, sizeof title);
        app_toast(app, false, "%s: closed after %d s without an answer, nothing was sent", title,
                  DIALOG_EXPIRY_MS / 1000);
        dialog_remove(app, d);
    }
    if (app->dialog == NULL)
        return;
    if (dialog_next_tick_ms(app) >= 0)
        app->is_dirty = true;
    if (app->dialog->kind->input != NULL)
        app->dialog->kind->input(app, app->dialog, input, effects);
}

bool dialog_input(struct app *app, const struct input *input, struct effects *effects)
{
    struct dialog *d = app->dialog;

    if (d == NULL)
        return false;
    switch (input->kind) {
    case INPUT_KEY:
        return key_input(app, d, input, effects);
    case INPUT_PASTE:
        return paste_input(app, d, input, effects);
    case INPUT_MOUSE:
        if (d->kind->input != NULL)
            d->kind->input(app, d, input, effects);
        return true;
    case INPUT_TICK:
        tick(app, input, effects);
        return false;
    case INPUT_FOCUS:
    case INPUT_RESIZE:
    case INPUT_NEWS:
    case INPUT_LOST:
        return false;
    }
    return false;
}

int64_t dialog_next_tick_ms(const struct app *app)
{
    const struct dialog *d = app->dialog;
    int64_t now = app->wall_ms;

    if (d == NULL)
        return -1;
    if (d->kind->confirms && now < d->armed_ms)
        return now + ARMING_STEP_MS < d->armed_ms ? now + ARMING_STEP_MS : d->armed_ms;
    if (d->wakes_ms > 0)
        return now + d->wakes_ms;
    if (d->expires_ms == 0)
        return -1;
    if (now < d->expires_ms - LAST_SECONDS_MS)
        return d->expires_ms - LAST_SECONDS_MS;
    int64_t rest = (d->expires_ms - now) % 1000;
    return now + (rest <= 0 ? 1000 : rest);
}

void dialog_changed(struct app *app, struct effects *effects)
{
    /* `changed` may close the dialog itself, and no other. */
    for (struct dialog *d = app->dialog, *below; d != NULL; d = below) {
        below = d->below;
        if (d->kind->changed != NULL)
            d->kind->changed(app, d, effects);
    }
    dialog_offer_prompts(app, effects);
}

/* ---- drawing ---- */

/* What header and footer leave; everything where the screen is a few lines. */
static struct area room(const struct app *app, const struct canvas *c)
{
    struct layout l = layout_of(c->rows, c->cols, app->focus, app->is_zoomed);
    struct area all = canvas_all(c);

    if (l.size == LAYOUT_LINE && c->rows >= ROWS_WITH_HEADER)
        return canvas_rows(all, 1, -1);
    if (l.size == LAYOUT_LINE || l.footer.h == 0)
        return all;
    int top = l.header.y + l.header.h;
    struct area a = {.y = top, .x = 0, .h = l.footer.y - top, .w = c->cols};
    return a.h < 1 ? all : a;
}

static struct area place(const struct dialog *d, struct area all, int rows, int cols)
{
    int h = rows < all.h ? rows : all.h;
    int w = cols < all.w ? cols : all.w;
    struct area a = {.h = h < 1 ? 1 : h, .w = w < 1 ? 1 : w};

    a.x = all.x + (all.w - a.w) / 2;
    a.y = d->kind->is_at_bottom ? all.y + all.h - a.h : all.y + (all.h - a.h) / 2;
    return a;
}

static bool is_grave(const struct dialog *d)
{
    return d->level == LEVEL_GRAVE || d->level == LEVEL_BACK;
}

static void draw_expiry(const struct app *app, const struct dialog *d, struct canvas *c,
                        struct area a)
{
    int64_t left = d->expires_ms - app->wall_ms;

    if (d->expires_ms == 0 || left > LAST_SECONDS_MS || a.w < 40)
        return;
    char text[48];
    snprintf(text, sizeof text, " closes in %d s ", left < 0 ? 0 : (int)((left + 999) / 1000));
    canvas_put_right(c, a, a.h - 1, a.w - 2, ROLE_WARN, text);
}

static struct area draw_frame(const struct app *app, const struct dialog *d, struct canvas *c,
                              struct area a)
{
    enum role role = is_grave(d) ? ROLE_DIALOG_DANGER : ROLE_BORDER_FOCUS;
    char title[200] = "";
    d->kind->title(app, d, title, sizeof title);

    canvas_fill(c, a, ROLE_DIALOG, L' ');
    if (a.h < (d->kind->is_at_bottom ? 3 : FRAME_ROWS) || a.w < FRAME_COLS)
        return a;
    canvas_box(c, a, role);
    struct area edge = {.y = a.y, .x = a.x + 2, .h = 1, .w = a.w - 4};
    canvas_putf(c, edge, 0, 0, is_grave(d) ? ROLE_DIALOG_DANGER : ROLE_TITLE_FOCUS, " %s ", title);
    draw_expiry(app, d, c, a);
    return canvas_inner(a, 1, 2);
}

static void draw_one(const struct app *app, const struct dialog *d, struct canvas *c,
                     struct area all)
{
    int rows = all.h, cols = all.w;

    d->kind->size(app, d, &rows, &cols);
    c->cursor_y = c->cursor_x = -1;
    struct area a = draw_frame(app, d, c, place(d, all, rows, cols));
    d->kind->draw(app, d, c, a);
}

void dialog_draw(const struct app *app, struct canvas *c)
{
    const struct dialog *d = app->dialog;

    if (d == NULL || c->rows < 1 || c->cols < 1)
        return;
    struct area all = room(app, c);
    /* What a line of text is about stays in sight. */
    if (d->kind->is_at_bottom && d->below != NULL)
        draw_one(app, d->below, c, all);
    draw_one(app, d, c, all);
}
