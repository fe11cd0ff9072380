/* app_news.c - what the engine's side tells, put into the model: one row per kind of news. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app_parts.h"
#include "tui/panes.h"

#define HELD_MOST 20000 /* news that wait while the screen is frozen */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void replace(char **kept, const char *text)
{
    char *copy = text != NULL ? xstrdup(text) : NULL;
    free(*kept);
    *kept = copy;
}

/* ---- environments ---- */

static void clear_document(struct app_document *document)
{
    json_decref(document->document);
    free(document->trouble);
    *document = (struct app_document){0};
}

static void clear_run(struct app_environment *e)
{
    for (size_t i = 0; i < e->event_count; i++)
        event_unref(e->events[i]);
    free(e->events);
    e->events = NULL;
    e->event_count = e->event_capacity = 0;
    run_free(e->run);
    e->run = NULL;
    story_clear(&e->story);
    e->story = (struct story){0};
}

static void clear_environment(struct app_environment *e)
{
    clear_run(e);
    clear_document(&e->status);
    clear_document(&e->check);
    clear_document(&e->metrics);
    clear_document(&e->plan);
    free(e->name);
    free(e->account);
    free(e->region);
    free(e->alias);
    free(e->plan_error);
    free(e->ready_text);
    free(e->run_sign_in);
    free(e->nowhere_at);
    json_decref(e->about);
    json_decref(e->identity);
    *e = (struct app_environment){0};
}

void app_clear_environments(struct app *app)
{
    for (size_t i = 0; i < app->environment_count; i++)
        clear_environment(&app->environments[i]);
    free(app->environments);
    app->environments = NULL;
    app->environment_count = app->current = 0;
}

/* What is known of an environment already stays: hello may come again. */
static void take_environment(struct app *app, struct app_environment *out, json_t *about)
{
    struct app_environment *known = app_environment_of(app, app_text_of(about, "name"));
    if (known != NULL) {
        *out = *known;
        *known = (struct app_environment){.name = xstrdup("")};
    }
    replace(&out->name, app_text_of(about, "name"));
    replace(&out->account, app_text_of(about, "account"));
    replace(&out->region, app_text_of(about, "region"));
    replace(&out->alias, app_text_of(about, "alias"));
    /* Nobody says that it is none: then it is treated as production. */
    out->is_production = !json_is_false(json_object_get(about, "production"));
    json_decref(out->about);
    out->about = json_incref(about);
    if (out->ready_state[0] == '\0')
        text_copy(out->ready_state, sizeof out->ready_state, "unknown");
}

static size_t environment_to_begin_with(const struct app *app, const char *on_screen)
{
    const char *const wanted[] = {on_screen, app->options.environment};
    for (size_t w = 0; w < COUNT(wanted); w++)
        for (size_t i = 0; wanted[w] != NULL && i < app->environment_count; i++)
            if (strcmp(app->environments[i].name, wanted[w]) == 0)
                return i;
    for (size_t i = 0; i < app->environment_count; i++)
        if (app->environments[i].is_production)
            return i;
    return 0;
}

/* What could not be read comes as news too, and stands in its pane. */
static void read_replied(struct app *app, void *closure, bool ok, const json_t *answer,
                         struct effects *effects)
{
    (void)app;
    (void)closure;
    (void)ok;
    (void)answer;
    (void)effects;
}

void app_ask_plan(struct app *app, struct effects *effects)
{
    app_ask(app, effects, json_pack("{s:s}", "verb", "plan"), NULL, read_replied, NULL, NULL);
}

void app_look(struct app *app, struct effects *effects)
{
    app_ask(app, effects, json_pack("{s:s}", "verb", "look"), NULL, NULL, NULL, NULL);
    const struct app_document *plan = &app_environment(app)->plan;
    if (plan->document == NULL || plan->is_cached)
        app_ask_plan(app, effects);
}

static void take_hello(struct app *app, const json_t *news, struct effects *effects)
{
    const json_t *listed = json_object_get(news, "environments");
    size_t count = json_array_size(listed);
    struct app_environment *fresh = xcalloc(count > 0 ? count : 1, sizeof *fresh);
    auto_free char *on_screen =
        app_environment(app) != NULL ? xstrdup(app_environment(app)->name) : NULL;

    for (size_t i = 0; i < count; i++)
        take_environment(app, &fresh[i], json_array_get(listed, i));
    app_clear_environments(app);
    app->environments = fresh;
    app->environment_count = count;
    app->current = environment_to_begin_with(app, on_screen);
    /* A seat that was unlocked for one environment is not for another. */
    if (on_screen != NULL &&
        (count == 0 || strcmp(app->environments[app->current].name, on_screen) != 0))
        app->is_unlocked = false;
    json_decref(app->hello);
    app->hello = json_incref((json_t *)(uintptr_t)news);
    app->is_lost = false;
    if (wire_whole(json_object_get(news, "wire")) != WIRE_VERSION)
        app_toast(app, true, "what drives this console speaks another version: update flightdeck");
    if (count > 0)
        app_look(app, effects);
}

/* Nothing more is heard until somebody says hello again. */
static void take_lost(struct app *app, const json_t *news, struct effects *effects)
{
    const char *stopped = app_text_of(news, "stopped");

    (void)effects;
    app->is_lost = true;
    free(app->stopped);
    app->stopped = stopped[0] != '\0' ? text_safe(stopped) : NULL;
}

/* ---- the run ---- */

/* What a person wants to be called for. Yours; NULL = nothing. */
static char *notice_of(const struct app_environment *e, const struct event *event)
{
    const char *state = app_text_of(event->body, "state");
    const char *kind = app_text_of(json_object_get(event->body, "verdict"), "kind");
    bool is_for_a_person =
        (strcmp(event->type, "step_waiting") == 0 &&
         strcmp(app_text_of(event->body, "on"), "person") == 0) ||
        strcmp(event->type, "asked") == 0 || strcmp(event->type, "drift_seen") == 0 ||
        strcmp(event->type, "rollback_started") == 0 || strcmp(event->type, "run_ended") == 0 ||
        (strcmp(event->type, "step_ended") == 0 &&
         (strcmp(state, "failed") == 0 || strcmp(state, "errored") == 0 ||
          strcmp(state, "unknown") == 0)) ||
        (strcmp(event->type, "measured") == 0 && strcmp(kind, "failed") == 0);
    if (!is_for_a_person)
        return NULL;
    auto_free char *text = event_text(event);
    auto_free char *raw = xasprintf("%s: %s", e->name, text != NULL ? text : event->type);
    return text_safe(raw);
}

/* Who has answered is not called any more. */
static void settle_calls(struct app *app, const struct event *event)
{
    static const char *const answers[] = {"answered", "approved", "resumed", "step_started",
                                          "step_ended"};
    bool is_answer = false;

    for (size_t i = 0; i < COUNT(answers); i++)
        is_answer = is_answer || strcmp(event->type, answers[i]) == 0;
    for (size_t i = 0; is_answer && i < app->toast_count; i++)
        app->toasts[i].is_settled =
            app->toasts[i].is_settled || (app->toasts[i].is_of_event && !app->toasts[i].is_bad);
}

static void call_person(struct app *app, const struct app_environment *e, const struct event *event,
                        struct effects *effects)
{
    char *notice = notice_of(e, event);
    settle_calls(app, event);
    if (notice == NULL)
        return;
    app_toast(app, event_mood(event) == EVENT_MOOD_BAD, "%s", notice);
    app->toasts[app->toast_count - 1].is_of_event = true;
    effects->is_bell = true;
    free(effects->notice);
    effects->notice = notice;
}

/* Takes the event. `is_told`: it was in the log before. */
static bool fold(struct app *app, struct app_environment *e, struct event *event, bool is_told)
{
    struct error err;
    if (e->run == NULL)
        e->run = run_new();
    if (!run_apply(e->run, event, &err)) {
        app_log(app, e->name, EVENT_MOOD_BAD, event->at_ms, err.message);
        event_unref(event);
        return false;
    }
    e->events = mem_grow(e->events, &e->event_capacity, e->event_count, sizeof(struct event *));
    e->events[e->event_count++] = event;
    auto_free char *line = story_tell(&e->story, event);
    if (line != NULL && !is_told)
        app_log(app, e->name, event_mood(event), event->at_ms, line);
    return true;
}

static void take_driver(struct app *app, const json_t *news, struct effects *effects)
{
    static const char *const names[] = {"none", "here", "other", "nobody"}; /* enum driver */
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    (void)effects;
    for (size_t i = 0; e != NULL && i < COUNT(names); i++)
        if (strcmp(app_text_of(news, "driver"), names[i]) == 0)
            e->driver = (enum driver)i;
}

/* Nobody has pressed a key yet: what is going on is what they came for. */
static void focus_on_what_happens(struct app *app, const struct app_environment *e)
{
    if (app->last_key != 0 || e != app_environment(app) || e->run == NULL)
        return;
    bool is_going = e->run->started_at_ms > 0;
    app->focus = !is_going ? PANE_CHECKLIST : run_moved_traffic(e->run) ? PANE_TRAFFIC : PANE_PLAN;
}

static void take_run(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    struct error err;
    size_t i;
    json_t *element;

    if (e == NULL)
        return;
    auto_free char *told_run = e->run != NULL ? xstrdup(e->run->id) : NULL;
    int64_t told_seq = e->run != NULL ? e->run->last_seq : 0;
    clear_run(e);
    json_array_foreach(json_object_get(news, "events"), i, element)
    {
        struct event *event = wire_read_event(element, &err);
        if (event == NULL)
            continue;
        bool is_told =
            told_run != NULL && strcmp(told_run, event->stream) == 0 && event->seq <= told_seq;
        if (!fold(app, e, event, is_told))
            break;
    }
    app_check_catch_up(e);
    take_driver(app, news, effects);
    focus_on_what_happens(app, e);
}

/* A plan is not read by itself; what the run records and writes is, on the other side. */
static void read_again(struct app *app, const struct app_environment *e, const struct event *event,
                       struct effects *effects)
{
    if (e == app_environment(app) && strcmp(event->type, "run_ended") == 0)
        app_ask_plan(app, effects);
}

static void take_event(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    struct error err;
    struct event *event = wire_read_event(json_object_get(news, "event"), &err);

    if (e == NULL || event == NULL) {
        event_unref(event);
        return;
    }
    bool is_same = e->run != NULL && strcmp(e->run->id, event->stream) == 0;
    if (!is_same && event->seq == 1)
        clear_run(e);
    else if (!is_same || event->seq <= e->run->last_seq) {
        event_unref(event);
        return;
    }
    event_ref(event);
    if (fold(app, e, event, false) && !app->is_thawing)
        call_person(app, e, event, effects);
    if (strcmp(event->type, "item_recorded") == 0)
        app_check_catch_up(e);
    read_again(app, e, event, effects);
    event_unref(event);
}

/* ---- documents ---- */

static struct app_document *document_of(struct app_environment *e, const char *what)
{
    return strcmp(what, "status") == 0    ? &e->status
           : strcmp(what, "check") == 0   ? &e->check
           : strcmp(what, "metrics") == 0 ? &e->metrics
           : strcmp(what, "plan") == 0    ? &e->plan
                                          : NULL;
}

/* Something that was read earlier never replaces what is newer. */
static void take_document(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    json_t *document = json_object_get(news, "document");
    int64_t at_ms = wire_whole(json_object_get(news, "at_ms"));
    bool is_cached = json_is_true(json_object_get(news, "cached"));
    (void)effects;

    if (e == NULL || !json_is_object(document))
        return;
    struct app_document *kept = document_of(e, app_text_of(news, "news"));
    if (is_cached && kept->document != NULL && !kept->is_cached)
        return;
    bool is_newer = !is_cached && (kept->document == NULL || at_ms > kept->at_ms);
    json_decref(kept->document);
    kept->document = json_incref(document);
    kept->at_ms = at_ms;
    kept->is_cached = is_cached;
    if (kept == &e->check)
        app_check_catch_up(e);
    if (is_newer) /* the same observation may come again with another lock or run */
        replace(&kept->trouble, NULL);
}

static char *error_text(const json_t *error)
{
    const char *message = app_text_of(error, "message"), *hint = app_text_of(error, "hint");
    auto_free char *raw = xasprintf("%s%s%s", message[0] != '\0' ? message : "it could not be read",
                                    hint[0] != '\0' ? ". " : "", hint);
    return text_safe(raw);
}

static void take_plan(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    const json_t *error = json_object_get(news, "error");

    if (e == NULL)
        return;
    take_document(app, news, effects);
    free(e->plan_error);
    e->plan_error = json_is_object(error) ? error_text(error) : NULL;
}

static void take_trouble(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    const char *what = app_text_of(news, "what");
    const json_t *error = json_object_get(news, "error");
    struct app_document *document = e != NULL ? document_of(e, what) : NULL;
    (void)effects;

    auto_free char *text = json_is_object(error) ? error_text(error) : NULL;
    bool is_new = text != NULL && (document == NULL || document->trouble == NULL ||
                                   strcmp(document->trouble, text) != 0);
    if (is_new) {
        auto_free char *line = xasprintf("%s could not be read: %s", what, text);
        app_log(app, e != NULL ? e->name : "", EVENT_MOOD_WARN, app->live_world_ms, line);
    }
    if (document != NULL)
        replace(&document->trouble, text);
}

/* ---- the seat ---- */

static void take_ready(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    (void)effects;
    if (e == NULL)
        return;
    text_copy(e->ready_state, sizeof e->ready_state, app_text_of(news, "state"));
    replace(&e->ready_text, app_text_of(news, "text"));
    e->ready_at_ms = wire_whole(json_object_get(news, "at_ms"));
}

static void take_identity(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    if (e == NULL)
        return;
    bool was_ended = strcmp(app_text_of(e->identity, "state"), "ended") == 0;
    if (strcmp(app_text_of(news, "state"), "ended") == 0 && !was_ended) {
        const char *text = app_text_of(news, "text");
        app_toast(app, true, "%s: your sign-in ended%s%s", e->name, text[0] != '\0' ? ": " : "",
                  text);
        effects->is_bell = true;
        replace(&effects->notice, "flightdeck: your sign-in ended");
    }
    json_decref(e->identity);
    e->identity = json_incref((json_t *)(uintptr_t)news);
}

/* Of the run, which may be somebody else's. */
static void take_sign_in(struct app *app, const json_t *news, struct effects *effects)
{
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    bool has_ended = strcmp(app_text_of(news, "state"), "ended") == 0;

    if (e == NULL)
        return;
    if (has_ended && e->run_sign_in == NULL) {
        app_toast(app, true, "%s: the sign-in of the run has ended", e->name);
        effects->is_bell = true;
        replace(&effects->notice, "flightdeck: the sign-in of a run has ended");
    }
    free(e->run_sign_in);
    e->run_sign_in = has_ended ? xstrdup(app_text_of(news, "text")) : NULL;
}

static void take_said(struct app *app, const json_t *news, struct effects *effects)
{
    static const char *const moods[] = {"plain", "good", "bad", "warn", "faint"};
    enum event_mood mood = EVENT_MOOD_PLAIN;
    int64_t at_ms = wire_whole(json_object_get(news, "at_ms"));
    (void)effects;

    for (size_t i = 0; i < COUNT(moods); i++)
        if (strcmp(app_text_of(news, "mood"), moods[i]) == 0)
            mood = (enum event_mood)i;
    app_log(app, app_text_of(news, "env"), mood, at_ms > 0 ? at_ms : app->live_world_ms,
            app_text_of(news, "text"));
}

/* ---- the table ---- */

static const struct {
    const char *name;
    void (*take)(struct app *app, const json_t *news, struct effects *effects);
    bool is_live; /* not held back by a frozen screen */
} kinds[] = {
    {"hello", take_hello, true},       {"reply", app_answer, true},
    {"run", take_run, false},          {"event", take_event, false},
    {"driver", take_driver, false},    {"status", take_document, false},
    {"check", take_document, false},   {"metrics", take_document, false},
    {"plan", take_plan, false},        {"ready", take_ready, false},
    {"identity", take_identity, true}, {"trouble", take_trouble, false},
    {"sign_in", take_sign_in, true},   {"said", take_said, false},
    {"lost", take_lost, true},
};

static void tell_others(struct app *app, struct effects *effects)
{
    for (int i = 0; i < PANE_COUNT; i++)
        if (panes[i]->changed != NULL)
            panes[i]->changed(app, effects);
    dialog_changed(app, effects);
}

/* A person is called all the same: only the picture stands still. */
static void call_while_frozen(struct app *app, const json_t *news, struct effects *effects)
{
    struct error err;
    struct app_environment *e = app_environment_of(app, app_text_of(news, "env"));
    struct event *event = e != NULL && strcmp(app_text_of(news, "news"), "event") == 0
                              ? wire_read_event(json_object_get(news, "event"), &err)
                              : NULL;
    if (event != NULL)
        call_person(app, e, event, effects);
    event_unref(event);
}

/* Of documents that wait only the newest of each kind is kept. */
static void hold(struct app *app, const json_t *news, struct effects *effects)
{
    const char *name = app_text_of(news, "news"), *env = app_text_of(news, "env");
    if (app->held == NULL)
        app->held = json_array();
    for (size_t i = json_array_size(app->held); json_object_get(news, "document") != NULL && i > 0;
         i--) {
        const json_t *other = json_array_get(app->held, i - 1);
        if (strcmp(app_text_of(other, "news"), name) == 0 &&
            strcmp(app_text_of(other, "env"), env) == 0)
            json_array_remove(app->held, i - 1);
    }
    json_array_append(app->held, (json_t *)(uintptr_t)news);
    call_while_frozen(app, news, effects);
    if (json_array_size(app->held) > HELD_MOST) {
        app_news_thaw(app, effects);
        app_toast(app, true, "the screen goes on: too much has happened while it was frozen");
    }
}

static void take(struct app *app, const json_t *news, struct effects *effects, bool is_held)
{
    const char *name = app_text_of(news, "news");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        if (app->is_frozen && !kinds[i].is_live && !is_held)
            hold(app, news, effects);
        else
            kinds[i].take(app, news, effects);
        return;
    }
}

void app_news(struct app *app, const json_t *news, struct effects *effects)
{
    take(app, news, effects, false);
    tell_others(app, effects);
}

void app_news_thaw(struct app *app, struct effects *effects)
{
    json_t *held = app->held;
    size_t i;
    json_t *news;

    if (!app->is_frozen)
        return;
    app->is_frozen = false;
    app->world_ms = app->live_world_ms;
    app->held = NULL;
    app->is_thawing = true;
    json_array_foreach(held, i, news) take(app, news, effects, true);
    app->is_thawing = false;
    json_decref(held);
    tell_others(app, effects);
}
