/*
 * dialog_fixture.h - a console of production and staging, its keys, its news, its picture.
 */
#ifndef TESTS_TUI_DIALOG_FIXTURE_H
#define TESTS_TUI_DIALOG_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/mem.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/dialog.h"

#define WORLD_MS INT64_C(1764165600000) /* 2025-11-26T14:00:00Z */

struct seat {
    struct app *app;
    struct effects effects;
    int64_t wall_ms;
    int64_t seq;
};

static void seat_hear(struct seat *s, json_t *news)
{
    app_update(s->app,
               &(struct input){.kind = INPUT_NEWS,
                               .wall_ms = s->wall_ms,
                               .world_ms = WORLD_MS + s->wall_ms,
                               .news = news},
               &s->effects);
    json_decref(news);
}

static void seat_resize(struct seat *s, int rows, int cols)
{
    app_update(s->app,
               &(struct input){.kind = INPUT_RESIZE,
                               .wall_ms = s->wall_ms,
                               .world_ms = WORLD_MS + s->wall_ms,
                               .rows = rows,
                               .cols = cols},
               &s->effects);
}

static void seat_press(struct seat *s, int key)
{
    app_update(s->app,
               &(struct input){.kind = INPUT_KEY,
                               .wall_ms = s->wall_ms,
                               .world_ms = WORLD_MS + s->wall_ms,
                               .key = key},
               &s->effects);
}

static void seat_type(struct seat *s, const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        seat_press(s, *p);
}

static void seat_paste(struct seat *s, const char *text)
{
    app_update(s->app,
               &(struct input){.kind = INPUT_PASTE,
                               .wall_ms = s->wall_ms,
                               .world_ms = WORLD_MS + s->wall_ms,
                               .pasted = text},
               &s->effects);
}

/* Time goes on, with every tick that was asked for. */
static void seat_wait(struct seat *s, int64_t ms)
{
    int64_t end = s->wall_ms + ms;

    for (;;) {
        int64_t next = app_next_tick_ms(s->app);
        s->wall_ms = next < 0 || next > end ? end : next > s->wall_ms ? next : s->wall_ms + 1;
        app_update(s->app,
                   &(struct input){.kind = INPUT_TICK,
                                   .wall_ms = s->wall_ms,
                                   .world_ms = WORLD_MS + s->wall_ms},
                   &s->effects);
        if (s->wall_ms >= end)
            return;
    }
}

static json_t *seat_status(const char *version, const char *other, double share)
{
    json_t *alias =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{}}", "kind", "lambda-alias", "name",
                  "orders", "health", "healthy", "summary", "ok", "function", "orders", "alias",
                  "live", "version", version, "revision_id", "7f3c", "weights");
    if (other != NULL)
        json_object_set_new(json_object_get(alias, "weights"), other, json_real(share));
    return json_pack("{s:s, s:s, s:I, s:{s:s, s:s, s:[o]}}", "news", "status", "env", "production",
                     "at_ms", (json_int_t)WORLD_MS, "document", "name", "production", "health",
                     "healthy", "resources", alias);
}

static struct seat seat_new(const struct app_options *options)
{
    struct seat s = {.app = app_new(options), .wall_ms = 1000};

    effects_init(&s.effects);
    seat_resize(&s, 24, 80);
    seat_hear(&s, json_pack("{s:s, s:i, s:s, s:s, s:[{s:s, s:b, s:s, s:s, s:s}, {s:s, s:b, s:s, "
                            "s:s, s:s}]}",
                            "news", "hello", "wire", WIRE_VERSION, "program", "flightdeck",
                            "project", "orders", "environments", "name", "production", "production",
                            1, "account", "123456789012", "region", "eu-west-1", "alias",
                            "orders:live", "name", "staging", "production", 0, "account",
                            "210987654321", "region", "eu-west-1", "alias", "orders:live"));
    seat_hear(&s, seat_status("41", "42", 0.1));
    return s;
}

static void seat_free(struct seat *s)
{
    effects_clear(&s->effects);
    app_free(s->app);
}

/* Everything on the screen. Yours. */
static char *seat_text(const struct seat *s)
{
    struct canvas *c = canvas_new(s->app->rows, s->app->cols);

    app_draw(s->app, c);
    char *text = canvas_text(c);
    canvas_free(c);
    return text;
}

static bool seat_shows(const struct seat *s, const char *text)
{
    auto_free char *all = seat_text(s);
    return strstr(all, text) != NULL;
}

/* The newest request of that verb; NULL = none. Borrowed. */
static const json_t *seat_asked(const struct seat *s, const char *verb)
{
    const json_t *found = NULL;
    size_t i;
    json_t *request;

    json_array_foreach(s->effects.requests, i, request)
    {
        if (strcmp(json_string_value(json_object_get(request, "verb")), verb) == 0)
            found = request;
    }
    return found;
}

/* Answers the newest request of that verb. Takes result. */
static void seat_reply(struct seat *s, const char *verb, bool ok, json_t *result)
{
    const json_t *request = seat_asked(s, verb);

    cr_assert_not_null(request, "%s was not asked", verb);
    seat_hear(s,
              json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id",
                        json_object_get(request, "id"), "ok", ok, ok ? "result" : "error", result));
}

/* Was anything asked for that changes the world? */
static bool seat_wrote(const struct seat *s)
{
    static const char *const writes[] = {"rollback", "command", "shift",  "start",
                                         "prepare",  "tick",    "untick", "waive",
                                         "lock",     "unlock",  "resume", "trust"};

    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        if (seat_asked(s, writes[i]) != NULL)
            return true;
    }
    return false;
}

static const char *seat_toast(const struct seat *s)
{
    return s->app->toast_count == 0 ? "" : s->app->toasts[s->app->toast_count - 1].text;
}

/* One more event of the run of production. Takes body. */
static void seat_event(struct seat *s, const char *type, const char *step, json_t *body)
{
    struct event *e = event_new("r-0142", type, step, "arn:aws:iam::1:user/ana", body);

    e->seq = ++s->seq;
    e->at_ms = WORLD_MS + s->wall_ms;
    if (s->seq == 1)
        seat_hear(s, json_pack("{s:s, s:s, s:[o], s:s}", "news", "run", "env", "production",
                               "events", wire_event(e), "driver", "here"));
    else
        seat_hear(s, json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production", "event",
                               wire_event(e)));
    event_unref(e);
}

/* A run with the steps migrate and shift that goes on. */
static void seat_begin_run(struct seat *s)
{
    seat_event(s, "run_opened", "",
               json_pack("{s:s, s:s, s:s}", "project", "orders", "environment", "production",
                         "plan_name", "release"));
    seat_event(s, "run_started", "",
               json_pack("{s:{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s, s:b}]}}", "plan", "hash",
                         "abcdef0123456789", "plan", "release", "steps", "id", "migrate", "kind",
                         "command", "id", "shift", "kind", "shift", "moves_traffic", 1));
}

#endif
