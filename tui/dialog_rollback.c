/* dialog_rollback.c - the way back: asks for a preview at once, then y; from every seat. */
#include "tui/dialog_rollback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define WISHED_COLS 100
#define WAKES_MS 250 /* while it goes back: the time that it takes */
#define MOST_TEXT 400

static void free_state(void *state)
{
    struct rollback *s = state;

    json_decref(s->preview);
    free(s->environment);
    free(s->run);
    free(s->trouble);
    free(s->from);
    free(s->target);
    free(s->looked_at);
    free(s->looked_run);
    free(s->answer);
    free(s->hint);
    free(s);
}

static void set(char **at, const char *text)
{
    free(*at);
    *at = text == NULL ? NULL : xstrdup(text);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* ---- what the model knows already ---- */

static char *shares_text(const char *version, const json_t *weights)
{
    char name[32], percent[16];
    struct buf out;
    double rest = 1;
    const char *other;
    json_t *share;

    json_object_foreach((json_t *)(uintptr_t)weights, other, share) rest -=
        json_number_value(share);
    buf_init(&out, MOST_TEXT);
    buf_addf(&out, "%s %s", app_version_text(version, name), app_percent_text(rest, percent));
    json_object_foreach((json_t *)(uintptr_t)weights, other, share)
        buf_addf(&out, ", %s %s", app_version_text(other, name),
                 app_percent_text(json_number_value(share), percent));
    return buf_steal(&out);
}

static void guess(const struct app *app, struct rollback *s)
{
    const json_t *alias = app_alias_status(app);
    const struct run *run = app_run(app);
    const char *version = text_at(alias, "version");
    const json_t *weights = json_object_get(alias, "weights");

    set(&s->from, NULL);
    set(&s->target, NULL);
    if (version[0] != '\0') {
        free(s->from);
        s->from = shares_text(version, weights);
        if (json_object_size(weights) > 0) {
            set(&s->target, version);
            return;
        }
    }
    bool is_of_run = run != NULL && run->old_version[0] != '\0' &&
                     (version[0] == '\0' || strcmp(run->new_version, version) == 0);
    if (is_of_run)
        set(&s->target, run->old_version);
}

const char *dialog_rollback_target(const struct rollback *s)
{
    const char *target = json_string_value(json_object_get(s->preview, "target"));
    if (target != NULL) /* "" where the run has not come to any version yet */
        return target[0] != '\0' ? target : NULL;
    return s->target;
}

bool dialog_rollback_is_needless(const struct rollback *s)
{
    return s->preview != NULL && json_is_false(json_object_get(s->preview, "needed"));
}

char *dialog_rollback_does(const struct rollback *s, bool is_short)
{
    const char *target = dialog_rollback_target(s);
    char name[32];

    if (is_short && !dialog_rollback_moves_nothing(s))
        return xasprintf("back%s%s NOW", target == NULL ? "" : " to ",
                         target == NULL ? "" : app_version_text(target, name));
    if (dialog_rollback_moves_nothing(s))
        return xstrdup(is_short ? "end the run NOW" : "end the run NOW, and take back what it did");
    if (target == NULL)
        return xstrdup("roll back NOW, to what was replaced");
    return xasprintf("roll back NOW: %s 100 %%", app_version_text(target, name));
}

bool dialog_rollback_moves_nothing(const struct rollback *s)
{
    const json_t *from = json_object_get(s->preview, "from"),
                 *to = json_object_get(s->preview, "to");

    return s->preview != NULL && (dialog_rollback_target(s) == NULL ||
                                  (json_object_size(from) > 0 && json_equal(from, to)));
}

bool dialog_rollback_is_over(const struct rollback *s)
{
    return json_object_get(s->preview, "over") != NULL;
}

bool dialog_rollback_has_yes(const struct rollback *s)
{
    return !dialog_rollback_is_needless(s) && !s->is_nowhere;
}

bool dialog_rollback_may_abort(const struct app *app, const struct rollback *s)
{
    const struct app_environment *e = app_environment(app);
    const struct run *run = app_run(app);
    bool is_same_run = run != NULL && s->run != NULL && strcmp(e->name, s->environment) == 0 &&
                       strcmp(run->id, s->run) == 0;
    bool is_before = s->phase == BACK_LOOKING || s->phase == BACK_READY || s->phase == BACK_FAILED;

    return is_before && is_same_run && !run_is_over(run) && run->status != RUN_PENDING &&
           (dialog_rollback_is_needless(s) || s->is_nowhere);
}

/* ---- asking ---- */

static void *new_ticket(const struct rollback *s)
{
    int64_t *serial = xmalloc(sizeof *serial);
    *serial = s->serial;
    return serial;
}

/* The dialog that a reply is for; NULL: it was closed meanwhile. */
static struct dialog *dialog_of(const struct app *app, const void *ticket)
{
    struct dialog *d = dialog_find(app, &dialog_rollback_kind);
    int64_t serial;

    memcpy(&serial, ticket, sizeof serial);
    return d != NULL && ((struct rollback *)d->state)->serial == serial ? d : NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What reading again would not change is told apart from what may work when y asks for it. */
static void take_trouble(struct rollback *s, const json_t *error)
{
    const char *kind = text_at(error, "kind");
    const char *hint = text_at(error, "hint");
    auto_free char *text =
        xasprintf("%s%s%s", text_at(error, "message"), hint[0] == '\0' ? "" : ". ", hint);

    set(&s->trouble, text);
    s->is_nowhere = strcmp(kind, "usage") == 0 || strcmp(kind, "not_found") == 0;
}

/* The readiness light says so too. */
static void keep_nowhere(struct app *app, const struct rollback *s)
{
    struct app_environment *e = app_environment_of(app, s->environment);

    if (e != NULL)
        set(&e->nowhere_at, s->is_nowhere || dialog_rollback_is_needless(s) ? s->looked_at : NULL);
}

/* With no run: what is gone over is what was read, and that has changed. */
static bool is_other_split(const struct rollback *s, const json_t *newer)
{
    return json_is_string(json_object_get(s->preview, "shown")) &&
           !json_equal(json_object_get(s->preview, "from"), json_object_get(newer, "from"));
}

static void previewed(struct app *app, void *closure, bool ok, const json_t *result,
                      struct effects *effects)
{
    struct dialog *d = dialog_of(app, closure);

    (void)effects;
    if (d == NULL)
        return;
    struct rollback *s = d->state;
    if (s->phase != BACK_LOOKING && s->phase != BACK_FAILED)
        return;
    if (s->phase == BACK_LOOKING)
        s->phase = BACK_READY;
    app->is_dirty = true;
    if (!ok) {
        take_trouble(s, result);
        keep_nowhere(app, s);
        return;
    }
    auto_free char *before =
        s->preview == NULL && s->target == NULL ? NULL : xstrdup(dialog_rollback_target(s));
    auto_free char *over = xstrdup(text_at(s->preview, "over"));
    bool is_news = is_other_split(s, result);
    json_decref(s->preview);
    s->preview = json_deep_copy(result);
    set(&s->trouble, NULL);
    s->is_nowhere = false;
    keep_nowhere(app, s);
    is_news = is_news || (before != NULL && !is_same(before, dialog_rollback_target(s))) ||
              (dialog_rollback_is_over(s) && strcmp(over, text_at(result, "over")) != 0);
    if (is_news || dialog_rollback_is_needless(s))
        dialog_arm(app, d);
}

/* What of the run says what would go back. Yours; NULL: there is none. */
static char *run_mark(const struct app *app)
{
    const struct run *run = app_run(app);
    return run == NULL ? NULL
                       : xasprintf("%s %s %zu %g %s", run->id, run_status_name(run->status),
                                   run->effect_count, run->weight, run->new_version);
}

static void look(struct app *app, struct rollback *s, struct effects *effects)
{
    free(s->looked_run);
    s->looked_run = run_mark(app);
    const char *revision = text_at(app_alias_status(app), "revision_id");

    if (s->phase != BACK_FAILED)
        s->phase = BACK_LOOKING;
    set(&s->looked_at, revision[0] == '\0' ? NULL : revision);
    app_ask(app, effects,
            json_pack("{s:s, s:s}", "verb", "preview_rollback", "env", s->environment), NULL,
            previewed, new_ticket(s), free);
}

static void ended(struct app *app, void *closure, bool ok, const json_t *result,
                  struct effects *effects)
{
    struct dialog *d = dialog_of(app, closure);
    const char *text = text_at(result, ok ? "text" : "message");

    effects->is_bell = true;
    app->is_dirty = true;
    if (text[0] == '\0')
        text = ok ? "traffic was read back" : "it failed, and nobody said why";
    if (d == NULL) {
        app_toast(app, !ok, "%s: %s", ok ? "rolled back" : "the way back failed", text);
        return;
    }
    struct rollback *s = d->state;
    s->ended_ms = app->wall_ms;
    s->phase = ok ? BACK_VERIFIED : BACK_FAILED;
    d->wakes_ms = 0;
    set(&s->answer, text);
    set(&s->hint, ok ? NULL : text_at(result, "hint"));
    if (ok)
        return;
    look(app, s, effects);
    /* y tries again, as a new decision: also where it was y that was pressed last. */
    dialog_wait_for_silence(app, d, false);
    d->expires_ms = 0;
}

static void go_back(struct app *app, struct dialog *d, struct effects *effects)
{
    struct rollback *s = d->state;
    json_t *request = json_pack("{s:s, s:s}", "verb", "rollback", "env", s->environment);
    json_t *target = json_object_get(s->preview, "target");

    /* Without a preview the engine's side settles which version that is. */
    if (json_is_string(target) && json_string_length(target) > 0)
        json_object_set(request, "target", target);
    /* What the alias serves was shown, somebody else's perhaps: over that, and nothing newer. */
    if (dialog_rollback_is_over(s))
        json_object_set(request, "over", json_object_get(s->preview, "over"));
    if (json_is_string(json_object_get(s->preview, "shown")))
        json_object_set(request, "shown", json_object_get(s->preview, "shown"));
    s->phase = BACK_ASKED;
    s->is_abort = false;
    s->asked_ms = app->wall_ms;
    s->scroll = 0;
    d->expires_ms = 0;
    d->wakes_ms = WAKES_MS;
    app_ask(app, effects, request, "rolling back", ended, new_ticket(s), free);
}

static void end_run(struct app *app, struct dialog *d, struct effects *effects)
{
    app_command(app, effects, "abort", NULL, NULL, "nothing to roll back: ended by hand",
                "ending the run");
    dialog_remove(app, d);
}

/* ---- keys ---- */

static bool yes(struct app *app, struct dialog *d, struct effects *effects)
{
    struct rollback *s = d->state;

    switch (s->phase) {
    case BACK_LOOKING:
    case BACK_READY:
    case BACK_FAILED:
        if (!dialog_rollback_has_yes(s))
            app_toast(app, false, "nothing to roll back%s", s->is_nowhere ? " to" : "");
        else
            go_back(app, d, effects);
        return true;
    case BACK_ASKED:
    case BACK_APPLYING:
        app_toast(app, false, "it goes back already");
        return true;
    case BACK_VERIFIED:
        return true;
    }
    return true;
}

static bool take(struct app *app, struct dialog *d, const struct input *input,
                 struct effects *effects)
{
    struct rollback *s = d->state;

    if (input->kind != INPUT_KEY)
        return false;
    switch (input->key) {
    case 'y':
        return yes(app, d, effects);
    case 'a':
        if (dialog_rollback_may_abort(app, s))
            end_run(app, d, effects);
        return true;
    case KEY_CODE_DOWN:
    case 'j':
        s->scroll++;
        return true;
    case KEY_CODE_UP:
    case 'k':
        s->scroll -= s->scroll > 0;
        return true;
    default:
        return false;
    }
}

/* ---- news ---- */

static void changed(struct app *app, struct dialog *d, struct effects *effects)
{
    struct rollback *s = d->state;
    const struct run *run = app_run(app);
    const struct app_environment *e = app_environment(app);

    if (e == NULL || strcmp(e->name, s->environment) != 0)
        return;
    if (s->phase == BACK_ASKED && run != NULL && run_is_going_back(run))
        s->phase = BACK_APPLYING;
    if (s->phase != BACK_READY)
        return;
    const char *revision = text_at(app_alias_status(app), "revision_id");
    if (s->preview == NULL)
        guess(app, s);
    auto_free char *mark = run_mark(app);
    bool is_other = revision[0] != '\0' && !is_same(s->looked_at, revision);
    if (is_other || !is_same(s->looked_run, mark))
        look(app, s, effects);
}

/* ---- descriptor ---- */

static size_t hints(const struct app *app, const struct dialog *d, struct dialog_hint *out,
                    size_t most)
{
    const struct rollback *s = d->state;
    bool is_before = s->phase == BACK_LOOKING || s->phase == BACK_READY || s->phase == BACK_FAILED;

    if (most == 0 || !is_before)
        return 0;
    if (dialog_rollback_may_abort(app, s))
        out[0] = (struct dialog_hint){'a', "end the run"};
    else if (dialog_rollback_has_yes(s))
        *out = dialog_rollback_moves_nothing(s) ? (struct dialog_hint){'y', "end the run NOW"}
                                                : (struct dialog_hint){'y', "roll back NOW"};
    else
        return 0;
    return 1;
}

static void size(const struct app *app, const struct dialog *d, int *rows, int *cols)
{
    *cols = *cols < WISHED_COLS ? *cols : WISHED_COLS;
    /* frame, band and a blank row; a blank row, y, and Esc */
    *rows = 2 + 2 + dialog_rollback_height(app, d->state, *cols - 4) + 3;
}

static void say_title(const struct app *app, const struct dialog *d, char *out, size_t out_size)
{
    const struct rollback *s = d->state;

    (void)app;
    snprintf(out, out_size, "ROLL BACK %s", s->environment);
}

const struct dialog_kind dialog_rollback_kind = {
    .name = "rollback",
    .confirms = true,
    .size = size,
    .title = say_title,
    .draw = dialog_rollback_draw,
    .input = take,
    .hints = hints,
    .changed = changed,
    .free_state = free_state,
};

void dialog_open_rollback(struct app *app, struct effects *effects)
{
    const struct app_environment *e = app_environment(app);
    struct dialog *open = dialog_find(app, &dialog_rollback_kind);

    if (open != NULL && open == app->dialog)
        return;
    if (e == NULL) {
        app_toast(app, true,
                  "not connected yet: flightdeck rollback --lambda FUNCTION:ALIAS "
                  "--version N works without the console");
        return;
    }
    if (open != NULL)
        dialog_remove(app, open);
    struct rollback *s = xcalloc(1, sizeof *s);
    s->serial = ++app->next_id;
    s->environment = xstrdup(e->name);
    s->run = e->run != NULL ? xstrdup(e->run->id) : NULL;
    guess(app, s);
    dialog_open(app, &dialog_rollback_kind, s, LEVEL_BACK);
    look(app, s, effects);
}
