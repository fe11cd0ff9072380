/* traffic_preview.c - see traffic_preview.h. */
#include "tui/panes/traffic_preview.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"

#define NEAR 1e-6
#define CALL_CEILING 4000
#define REVISION_SHOWN 8

static const char *word_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* What the new version has then: a run goes back whole, whatever was staged. */
static double share_then(const json_t *preview)
{
    return number_of(json_object_get(preview, "to"), word_of(preview, "version"));
}

/* ---- the lines of the dialog ---- */

static void add_line(json_t *lines, char *text) /* taken */
{
    json_array_append_new(lines, json_string(text));
    free(text);
}

/* "v41 90 %, v42 10 %" */
static char *shares_text(json_t *shares)
{
    char percent[16], version[32];
    auto_buf out;

    buf_init(&out, CALL_CEILING);
    for (void *i = json_object_iter(shares); i != NULL; i = json_object_iter_next(shares, i))
        buf_addf(&out, "%s%s %s", out.len > 0 ? ", " : "",
                 app_version_text(json_object_iter_key(i), version),
                 app_percent_text(json_number_value(json_object_iter_value(i)), percent));
    return buf_steal(&out);
}

static void add_guards(json_t *lines, const json_t *guards)
{
    static const struct {
        const char *state, *shown;
    } words[] = {{"ok", "ok  "}, {"wait", "wait"}, {"no", "NO  "}};
    const json_t *guard;
    size_t i;

    json_array_foreach(guards, i, guard)
    {
        const char *shown = "?   ";
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            if (strcmp(word_of(guard, "state"), words[w].state) == 0)
                shown = words[w].shown;
        add_line(lines, xasprintf("guard   %s %s", shown, word_of(guard, "text")));
    }
}

/* rate: of all requests, < 0 = not known. */
static void add_consequences(json_t *lines, const json_t *preview, double rate)
{
    int64_t bake_ms = wire_whole(json_object_get(preview, "bake_ms"));
    char lasting[CLOCK_STAMP_SIZE], version[32];
    double change = share_then(preview) -
                    number_of(json_object_get(preview, "from"), word_of(preview, "version"));

    app_version_text(word_of(preview, "version"), version);
    if (rate >= 0)
        add_line(lines, xasprintf("users   about %.3g requests/s %s %s", rate * fabs(change),
                                  change < 0 ? "leave" : "more meet", version));
    else
        add_line(lines, xstrdup("users   how many requests that are is not known"));
    if (bake_ms > 0)
        add_line(lines, xasprintf("bake    %s at least before the next weight",
                                  clock_duration_text(bake_ms, lasting)));
}

static json_t *lines_of(const json_t *preview, double rate)
{
    static const struct {
        const char *how, *said;
    } hows[] = {{"promote", "by      the run goes on with it, and its judge looks at it"},
                {"hand", "by      hand: a run of one step; nothing is judged afterwards"},
                {"back", "by      the way back: traffic first"}};
    json_t *lines = json_array();
    auto_free char *from = shares_text(json_object_get(preview, "from"));
    auto_free char *to = shares_text(json_object_get(preview, "to"));
    auto_free char *call = call_text(json_object_get(preview, "call"));
    const char *revision = word_of(preview, "revision_id");

    add_line(lines, xasprintf("now     %s", from));
    add_line(lines, xasprintf("then    %s", to));
    add_line(lines, xstrdup(""));
    add_line(lines, xasprintf("call    %s", call));
    if (revision[0] != '\0')
        add_line(lines, xasprintf("only if nobody changed it since: revision %.*s", REVISION_SHOWN,
                                  revision));
    add_consequences(lines, preview, rate);
    add_guards(lines, json_object_get(preview, "guards"));
    if (word_of(preview, "undo")[0] != '\0')
        add_line(lines, xasprintf("undo    %s", word_of(preview, "undo")));
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++)
        if (strcmp(word_of(preview, "how"), hows[i].how) == 0)
            add_line(lines, xstrdup(hows[i].said));
    return lines;
}

/* ---- yes ---- */

struct wish {
    json_t *preview;
    int64_t at_ms, world_ms;     /* boot clock, and world */
    char *run;                   /* on the screen then; NULL = none */
    struct traffic_stage *stage; /* told when the dialog is gone, however it went */
};

static void free_wish(void *closure)
{
    struct wish *w = closure;
    w->stage->dialog = NULL;
    json_decref(w->preview);
    free(w->run);
    free(w);
}

static void applied(struct app *app, void *closure, bool ok, const json_t *result,
                    struct effects *effects)
{
    (void)closure;
    (void)effects;
    traffic_stage_of(app)->is_asked = false;
    if (!ok)
        app_toast(app, true, "%s", word_of(result, "message"));
}

static const char *stale(const struct app *app, const struct wish *w)
{
    struct traffic_view v;

    traffic_view_of(app, traffic_stage_of(app)->alias_at, &v);
    if (app->wall_ms - w->at_ms > TRAFFIC_PREVIEW_LIFE_MS)
        return "nothing was sent: the preview was older than a minute";
    if (v.read_ms > w->world_ms && v.revision_id[0] != '\0' &&
        word_of(w->preview, "revision_id")[0] != '\0' &&
        strcmp(v.revision_id, word_of(w->preview, "revision_id")) != 0)
        return "nothing was sent: the alias changed after the preview";
    return NULL;
}

/* All of the traffic as the preview leaves it: the version that going back means. */
static const char *target_of(const json_t *preview)
{
    json_t *to = json_object_get(preview, "to");
    const char *target = "";
    double most = 0;

    for (void *i = json_object_iter(to); i != NULL; i = json_object_iter_next(to, i))
        if (json_number_value(json_object_iter_value(i)) > most) {
            most = json_number_value(json_object_iter_value(i));
            target = json_object_iter_key(i);
        }
    return target;
}

static void send(struct app *app, const json_t *preview, const char *reason,
                 struct effects *effects)
{
    const char *how = word_of(preview, "how"), *version = word_of(preview, "version");
    struct traffic_view v;
    json_t *request;

    traffic_view_of(app, traffic_stage_of(app)->alias_at, &v);
    if (strcmp(how, "promote") == 0)
        request = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "verb", "command", "run",
                            v.run != NULL ? v.run->id : "", "command", "promote", "step",
                            v.step != NULL ? v.step->id : "", "reason", reason, "seen_seq",
                            v.run != NULL ? (json_int_t)v.run->last_seq : (json_int_t)0);
    else if (strcmp(how, "back") == 0)
        request = json_pack("{s:s, s:s, s:s}", "verb", "rollback", "target", target_of(preview),
                            "reason", reason);
    else
        request = json_pack("{s:s, s:f, s:s, s:s, s:s, s:s}", "verb", "shift", "weight",
                            number_of(preview, "weight"), "version", version, "revision_id",
                            word_of(preview, "revision_id"), "how", how, "reason", reason);
    app_ask(app, effects, request, "moving traffic", applied, NULL, NULL);
}

static void confirmed(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);
    const struct wish *w = closure;
    const char *why = stale(app, w);

    s->dialog = NULL;
    if (why != NULL) {
        app_toast(app, true, "%s", why);
        return;
    }
    if (strcmp(word_of(w->preview, "how"), "promote") == 0 && !app_is_still(app, w->run))
        return;
    s->is_asked = true;
    s->asked = share_then(w->preview);
    s->asked_ms = app->world_ms;
    traffic_stage_clear(app);
    send(app, w->preview, reason, effects);
}

/* ---- the answer of the engine ---- */

static enum level level_of(const struct app *app, const struct traffic_view *v,
                           const json_t *preview, bool is_down)
{
    const struct app_environment *e = app_environment(app);
    double weight = share_then(preview), next = traffic_view_next(v);

    if (is_down)
        return LEVEL_BACK;
    if (e == NULL || !e->is_production)
        return e == NULL ? LEVEL_GRAVE : LEVEL_WRITE;
    /* The plan's own last weight was agreed to with the plan, as the others; by hand it was not. */
    bool is_promoted = strcmp(word_of(preview, "how"), "promote") == 0;
    bool is_planned = next >= 0 && weight <= next + NEAR && (is_promoted || weight < 1 - NEAR);
    return is_planned && !v->is_held ? LEVEL_TRAFFIC : LEVEL_GRAVE;
}

static void show_refusal(struct app *app, json_t *lines, const char *why, const char *title)
{
    json_array_insert_new(lines, 0, json_string(""));
    json_array_insert_new(lines, 0, json_sprintf("It cannot be done now: %s", why));
    dialog_page(app, title, lines);
}

static void open_dialog(struct app *app, const json_t *preview)
{
    struct traffic_stage *s = traffic_stage_of(app);
    const struct app_environment *e = app_environment(app);
    const char *version = word_of(preview, "version"), *refused = word_of(preview, "refused");
    const json_t *given_rate = json_object_get(preview, "requests_per_s");
    double weight = share_then(preview);
    double from = number_of(json_object_get(preview, "from"), version);
    bool is_down = weight < from - NEAR && strcmp(word_of(preview, "how"), "promote") != 0;
    char percent[16], named[32];
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    app_version_text(version, named);
    app_percent_text(weight, percent);
    json_t *lines = lines_of(preview, json_is_number(given_rate) ? json_number_value(given_rate)
                                                                 : v.requests_per_s);
    auto_free char *title = xasprintf("%s to %s?", named, percent);
    const char *seat = is_down ? NULL : app_write_refused(app);
    if (refused[0] != '\0' || seat != NULL) {
        show_refusal(app, lines, refused[0] != '\0' ? refused : seat, title);
        return;
    }
    auto_free char *yes = xasprintf("%s to %s", is_down ? "back" : "shift", percent);
    struct wish *w = xcalloc(1, sizeof *w);
    *w = (struct wish){.preview = json_deep_copy(preview),
                       .at_ms = app->wall_ms,
                       .world_ms = app->world_ms,
                       .run = v.run != NULL ? xstrdup(v.run->id) : NULL,
                       .stage = s};
    const struct confirmation asked = {.level = level_of(app, &v, preview, is_down),
                                       .title = title,
                                       .environment = e != NULL ? e->name : "",
                                       .lines = lines,
                                       .yes = yes,
                                       .act = confirmed,
                                       .free_closure = free_wish,
                                       .closure = w};
    dialog_confirm(app, &asked);
    s->dialog = app->dialog;
    s->previewed_ms = app->world_ms;
    text_copy(s->revision_id, sizeof s->revision_id, word_of(preview, "revision_id"));
}

static void previewed(struct app *app, void *closure, bool ok, const json_t *result,
                      struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);
    const struct app_environment *e = app_environment(app);
    double weight = number_of(result, "weight") - s->weight;
    bool is_elsewhere = e == NULL || strcmp(e->name, closure) != 0;

    (void)effects;
    s->is_previewing = false;
    if (!ok)
        app_toast(app, true, "no preview: %s%s", word_of(result, "message"),
                  s->weight < s->set_then ? ". `!` goes back" : "");
    else if (!s->is_staged || is_elsewhere || weight > NEAR || weight < -NEAR)
        app_toast(app, false, "the draft changed meanwhile: p previews it again");
    else if (app->dialog != NULL)
        app_toast(app, false, "the preview is there: p shows it");
    else
        open_dialog(app, result);
}

void traffic_preview_ask(struct app *app, struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    json_t *request = json_pack("{s:s, s:f}", "verb", "preview_shift", "weight", s->weight);
    if (v.fresh[0] != '\0')
        json_object_set_new(request, "version", json_string(v.fresh));
    s->is_previewing = true;
    app_ask(app, effects, request, "previewing", previewed,
            xstrdup(app_environment(app) != NULL ? app_environment(app)->name : ""), free);
}

void traffic_preview_next(struct app *app, struct effects *effects)
{
    struct traffic_stage *s = traffic_stage_of(app);
    struct traffic_view v;

    traffic_view_of(app, s->alias_at, &v);
    if (traffic_view_next(&v) < 0) {
        app_toast(app, true, "the plan has no further weight");
        return;
    }
    traffic_stage_set(app, traffic_view_next(&v));
    if (s->is_staged)
        traffic_preview_ask(app, effects);
}

void traffic_preview_changed(struct app *app, const struct traffic_view *v)
{
    struct traffic_stage *s = traffic_stage_of(app);

    if (s->dialog == NULL || v->read_ms <= s->previewed_ms || v->revision_id[0] == '\0' ||
        s->revision_id[0] == '\0' || strcmp(v->revision_id, s->revision_id) == 0 ||
        app->dialog != s->dialog)
        return;
    dialog_close(app);
    s->dialog = NULL;
    app_toast(app, true, "the preview was closed: the alias changed meanwhile");
}
