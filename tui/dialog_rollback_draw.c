/* dialog_rollback_draw.c - how the way back looks: traffic first, then the rest, and what stays. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/dialog_rollback.h"

#define LABEL_COLS 12
#define MOST_TEXT 4000
#define SMALL_ROWS 4 /* below: what y does, and nothing else */
#define AIRY_ROWS 8  /* from here on there are blank rows */
#define HINT_ROWS 3  /* from here on one of them may say that there is more */
#define SHORT_COLS 32

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* {"41":0.9,"42":0.1} as "v41 90 %, v42 10 %". Yours. */
static char *shares_text(const json_t *shares)
{
    char name[32], percent[16];
    const char *version;
    json_t *share;
    struct buf out;

    buf_init(&out, MOST_TEXT);
    json_object_foreach((json_t *)(uintptr_t)shares, version, share)
    {
        if (version[0] != '\0') /* "": the run has not come to it yet */
            buf_addf(&out, "%s%s %s", out.len > 0 ? ", " : "", app_version_text(version, name),
                     app_percent_text(json_number_value(share), percent));
    }
    return buf_steal(&out);
}

/* A label and a text beside it; returns the row after it. c NULL: only counts. */
static int put(struct canvas *c, struct area a, int y, enum role role, const char *label,
               const char *text)
{
    int column = a.w > 3 * LABEL_COLS ? LABEL_COLS : 0;
    struct area rest = canvas_cols(a, column, -1);

    if (label[0] != '\0' && column > 0 && c != NULL)
        canvas_put(c, canvas_cols(a, 0, column), y, 0, ROLE_STRONG, label);
    int rows = canvas_wrap(c, rest, y, 0, 0, role, text);
    return y + (rows > 0 ? rows : 1);
}

static int put_traffic(const struct app *app, const struct rollback *s, struct canvas *c,
                       struct area a, int y)
{
    auto_free char *from =
        s->preview != NULL ? shares_text(json_object_get(s->preview, "from")) : xstrdup(s->from);
    auto_free char *to = s->preview != NULL ? shares_text(json_object_get(s->preview, "to")) : NULL;
    const char *target = dialog_rollback_target(s);
    const char *arrow = c != NULL && c->is_ascii ? ">" : "→";
    char name[32];

    (void)app;
    if (from == NULL || from[0] == '\0') {
        free(from);
        from = xstrdup(s->from != NULL ? s->from : "");
    }
    if (s->is_nowhere || (dialog_rollback_moves_nothing(s) && !dialog_rollback_is_needless(s))) {
        auto_free char *stays = xasprintf("stays: %s", from);
        return put(c, a, y, ROLE_STRONG, "traffic", from[0] == '\0' ? "stays as it is" : stays);
    }
    if (to == NULL || to[0] == '\0') {
        free(to);
        to = target == NULL ? xstrdup("what it replaced")
                            : xasprintf("%s 100 %%", app_version_text(target, name));
    }
    if (dialog_rollback_is_needless(s)) {
        auto_free char *text = xasprintf("nothing to roll back: %s", from);
        return put(c, a, y, ROLE_STRONG, "traffic",
                   from[0] != '\0' ? text : "nothing to roll back");
    }
    auto_free char *text =
        xasprintf("%s %s %s", from[0] == '\0' ? "as it is now" : from, arrow, to);
    return put(c, a, y, ROLE_STRONG, "1 traffic", text);
}

static int put_call(const struct app *app, const struct rollback *s, struct canvas *c,
                    struct area a, int y)
{
    const json_t *call = json_object_get(s->preview, "call");

    if (json_is_object(call) && !dialog_rollback_is_needless(s)) {
        auto_free char *text = call_text(call);
        y = put(c, a, y, ROLE_DIALOG, "", text);
    } else if (app->is_lost) {
        y = put(c, a, y, ROLE_FAINT, "", "as it was heard last; what it serves now is not known");
    } else if (s->trouble != NULL && s->phase != BACK_FAILED) {
        const char *before = s->is_nowhere ? "nothing to roll back to" : "could not look";
        const char *after = s->is_nowhere ? "" : "; y works all the same";
        auto_free char *text = xasprintf("%s: %s%s", before, s->trouble, after);
        y = put(c, a, y, ROLE_WARN, "", text);
    } else if (s->preview == NULL) {
        y = put(c, a, y, ROLE_FAINT, "",
                dialog_is_armed(app, app->dialog)
                    ? "the exact call is not here yet; y works all the same: it goes to the "
                      "version that was replaced"
                    : "looking for the exact call");
    }
    const char *why = text_at(s->preview, "why");
    enum role role = dialog_rollback_is_over(s) ? ROLE_WARN : ROLE_DIALOG;
    return why[0] == '\0' ? y : put(c, a, y, role, "", why);
}

static int put_rest(const struct rollback *s, struct canvas *c, struct area a, int y)
{
    size_t i;
    json_t *part;

    json_array_foreach(json_object_get(s->preview, "rest"), i, part)
    {
        bool is_lossy = json_is_true(json_object_get(part, "lossy"));
        auto_free char *label = xasprintf("%zu %s", i + 2, text_at(part, "step"));
        auto_free char *text = xasprintf("%s%s", text_at(part, "text"),
                                         is_lossy ? " - loses something: asked apart" : "");
        y = put(c, a, y, is_lossy ? ROLE_WARN : ROLE_DIALOG, label, text);
    }
    json_array_foreach(json_object_get(s->preview, "stays"), i, part)
    {
        const char *text = json_string_value(part);
        y = put(c, a, y, ROLE_DIALOG, i == 0 ? "not undone" : "", text == NULL ? "" : text);
    }
    return y;
}

static bool wrote(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step) == 0 && run->effects[i].state != EFFECT_FAILED)
            return true;
    return false;
}

/* What the plan knows of taking a step back, as it is where only the traffic goes back. Yours. */
static char *left_text(const json_t *step)
{
    static const struct {
        const char *begins, *said;
    } fates[] = {{"nothing: ", ": "}, {"irreversible: ", " cannot be taken back: "}};
    const char *id = text_at(step, "id"), *undo = text_at(step, "undo");

    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
        if (text_starts_with(undo, fates[i].begins))
            return xasprintf("%s%s%s", id, fates[i].said, undo + strlen(fates[i].begins));
    bool is_readable = undo[0] != '\0' && strstr(undo, "${") == NULL;
    return xasprintf("%s is not taken back%s%s", id, is_readable ? ", it would be: " : "",
                     is_readable ? undo : "");
}

/* After a release the way back is the alias alone: what else the run did is named. */
static int put_left(const struct app *app, const struct rollback *s, struct canvas *c,
                    struct area a, int y)
{
    const struct run *run = app_run(app);
    const char *target = dialog_rollback_target(s), *label = "not undone";
    size_t i;
    json_t *step;

    if (run == NULL || !run_is_over(run) || target == NULL || dialog_rollback_is_needless(s) ||
        json_array_size(json_object_get(s->preview, "rest")) > 0 ||
        json_array_size(json_object_get(s->preview, "stays")) > 0 ||
        strcmp(run->old_version, target) != 0)
        return y;
    json_array_foreach(json_object_get(run->plan, "steps"), i, step)
    {
        if (json_is_true(json_object_get(step, "moves_traffic")) ||
            !wrote(run, text_at(step, "id")))
            continue;
        auto_free char *text = left_text(step);
        y = put(c, a, y, ROLE_DIALOG, label, text);
        label = "";
    }
    return y;
}

static int put_seat(const struct app *app, const struct rollback *s, struct canvas *c,
                    struct area a, int y)
{
    const struct app_environment *e = app_environment(app);
    const char *as = text_at(s->preview, "calls_as");
    const char *arn = e == NULL ? "" : text_at(e->identity, "arn");
    const char *who = as[0] != '\0' ? as : arn[0] != '\0' ? event_text_person(arn) : "you";
    bool is_locked =
        app->options.is_read_only || (e != NULL && e->is_production && !app->is_unlocked);
    auto_free char *text =
        xasprintf("%s%s", who, is_locked ? " (read-only seat: going back is allowed)" : "");

    y = put(c, a, y, ROLE_DIALOG, "as", text);
    if (e == NULL || e->ready_text == NULL || e->ready_text[0] == '\0')
        return y;
    bool is_ready = strcmp(e->ready_state, "yes") == 0;
    bool is_refused = strcmp(e->ready_state, "no") == 0;
    char age[32];
    app_age_text(app, e->ready_at_ms, 0, age);
    auto_free char *ready = xasprintf("%s%s%s", e->ready_text, age[0] == '\0' ? "" : ", ", age);
    return put(c, a, y,
               is_ready     ? ROLE_GOOD
               : is_refused ? ROLE_BAD
                            : ROLE_WARN,
               is_ready     ? "allowed"
               : is_refused ? "REFUSED"
                            : "not proved",
               ready);
}

/* ---- after y ---- */

static char *next_command(const struct app *app, const struct rollback *s)
{
    const struct app_environment *e = app_environment(app);
    const char *alias = e == NULL || e->alias == NULL ? "FUNCTION:ALIAS" : e->alias;
    const char *target = dialog_rollback_target(s);

    return xasprintf("flightdeck rollback --lambda %s --version %s", alias,
                     target == NULL ? "N" : target);
}

static int put_progress(const struct app *app, const struct rollback *s, struct canvas *c,
                        struct area a, int y)
{
    bool is_over = s->phase == BACK_VERIFIED || s->phase == BACK_FAILED;
    int64_t since_ms = (is_over ? s->ended_ms : app->wall_ms) - s->asked_ms;
    char after[CLOCK_STAMP_SIZE];
    auto_free char *asked = xasprintf("y, %.1f s ago", (double)since_ms / 1000);
    auto_free char *took = xasprintf("%s (%s after y)", s->answer == NULL ? "" : s->answer,
                                     clock_elapsed_text(since_ms * 1000, after));

    switch (s->phase) {
    case BACK_LOOKING:
    case BACK_READY:
        if (!app->is_lost)
            return y;
        y = put(c, a, y, ROLE_BAD, "the engine",
                app->stopped != NULL ? "was stopped: y reaches nobody before one is started"
                                     : "is gone: y reaches nobody before it is back");
        break;
    case BACK_ASKED:
        y = put(c, a, y, ROLE_ACTIVE, "asked", asked);
        y = put(c, a, y, ROLE_FAINT, "applying", "not heard of yet");
        y = put(c, a, y, ROLE_FAINT, "read back", "not yet");
        break;
    case BACK_APPLYING:
        y = put(c, a, y, ROLE_DIALOG, "asked", asked);
        y = put(c, a, y, ROLE_ACTIVE, "applying", "the engine goes back");
        y = put(c, a, y, ROLE_FAINT, "read back", "not yet");
        break;
    case BACK_VERIFIED:
        y = put(c, a, y, ROLE_GOOD, "verified", s->answer);
        break;
    case BACK_FAILED:
        y = put(c, a, y, ROLE_BAD, "it failed", took);
        if (s->hint != NULL && s->hint[0] != '\0')
            y = put(c, a, y, ROLE_DIALOG, "", s->hint);
        break;
    }
    bool is_told = s->hint != NULL && strstr(s->hint, "flightdeck rollback") != NULL;
    if (app->is_lost || (s->phase == BACK_FAILED && !is_told)) {
        auto_free char *command = next_command(app, s);
        y = put(c, a, y, ROLE_STRONG, "by hand", command);
    }
    return y + 1;
}

static int put_body(const struct app *app, const struct rollback *s, struct canvas *c,
                    struct area a, int y)
{
    y = put_progress(app, s, c, a, y);
    y = put_traffic(app, s, c, a, y);
    y = put_call(app, s, c, a, y);
    y = put_rest(s, c, a, y);
    y = put_left(app, s, c, a, y);
    return put_seat(app, s, c, a, y);
}

int dialog_rollback_height(const struct app *app, const struct rollback *s, int width)
{
    return put_body(app, s, NULL, (struct area){.w = width, .h = 1}, 0);
}

/* ---- the lowest rows ---- */

static void draw_action(const struct app *app, const struct dialog *d, struct canvas *c,
                        struct area a, int y)
{
    const struct rollback *s = d->state;
    char took[CLOCK_STAMP_SIZE];

    switch (s->phase) {
    case BACK_LOOKING:
    case BACK_READY:
    case BACK_FAILED: {
        if (dialog_rollback_may_abort(app, s)) {
            dialog_draw_yes(app, d, c, a, y, 'a', "abort: end the run, nothing more of it starts");
            return;
        }
        if (!dialog_rollback_has_yes(s)) {
            canvas_putf(c, a, y, 0, ROLE_STRONG, "nothing to roll back%s",
                        s->is_nowhere ? " to" : "");
            return;
        }
        auto_free char *does = dialog_rollback_does(s, a.w < SHORT_COLS);
        const char *how = s->phase == BACK_FAILED ? "try again: " : "";
        auto_free char *whole = xasprintf("%s%s", how, does);
        dialog_draw_yes(app, d, c, a, y, 'y', whole);
        return;
    }
    case BACK_ASKED:
    case BACK_APPLYING:
        canvas_putf(c, a, y, 0, ROLE_ACTIVE, "going back, %.1f s; not read back yet",
                    (double)(app->wall_ms - s->asked_ms) / 1000);
        return;
    case BACK_VERIFIED:
        canvas_putf(c, a, y, 0, ROLE_GOOD, "rolled back, %s after y",
                    clock_elapsed_text((s->ended_ms - s->asked_ms) * 1000, took));
        return;
    }
}

static const char *cancel_text(const struct rollback *s)
{
    switch (s->phase) {
    case BACK_LOOKING:
    case BACK_READY:
        return "back, nothing was sent yet";
    case BACK_ASKED:
    case BACK_APPLYING:
        return "close; going back goes on";
    case BACK_VERIFIED:
        return "close";
    case BACK_FAILED:
        return "close; it is not rolled back";
    }
    return "";
}

static void draw_scrolled(const struct app *app, const struct rollback *s, struct canvas *c,
                          struct area a)
{
    int all = dialog_rollback_height(app, s, a.w);

    if (all <= a.h || a.h < HINT_ROWS) {
        put_body(app, s, c, a, 0);
        return;
    }
    int most = all - (a.h - 1);
    int first = s->scroll > most ? most : s->scroll;
    put_body(app, s, c, canvas_rows(a, 0, a.h - 1), -first);
    if (all - first > a.h - 1)
        canvas_putf(c, a, a.h - 1, 0, ROLE_FAINT, "%d more below: Down", all - first - (a.h - 1));
}

void dialog_rollback_draw(const struct app *app, const struct dialog *d, struct canvas *c,
                          struct area a)
{
    const struct rollback *s = d->state;

    if (a.h < SMALL_ROWS) {
        int y = 0;
        if (a.h >= 2)
            dialog_draw_band(app, c, a, y++, s->environment);
        draw_action(app, d, c, a, y++);
        if (y < a.h)
            dialog_draw_cancel(c, a, y, cancel_text(s));
        return;
    }
    int blank = a.h >= AIRY_ROWS;
    dialog_draw_band(app, c, a, 0, s->environment);
    draw_scrolled(app, s, c, canvas_rows(a, 1 + blank, a.h - 3 - 2 * blank));
    draw_action(app, d, c, a, a.h - 2);
    dialog_draw_cancel(c, a, a.h - 1, cancel_text(s));
}
