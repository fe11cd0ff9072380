/*
 * screen.h - a console without a terminal, for tests: news from a file, keys, a picture to compare.
 *
 *     struct screen s;
 *     screen_open(&s, "baking", 24, 80);       tests/vectors/console/baking.jsonl
 *     screen_keys(&s, "4p");
 *     screen_expect(&s, "baking-preview");     .../baking-preview-80x24.txt
 *     screen_close(&s);
 *
 * Golden texts are written, not compared, where UPDATE_SCREENS=1 is set: look at what changed
 * before it is committed. SHOW_SCREENS=1 prints each picture. record.py beside the vectors says how
 * they are made.
 */
#ifndef TESTS_TUI_SCREEN_H
#define TESTS_TUI_SCREEN_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/wire.h"
#include "tests/source_path.h"
#include "tui/app.h"
#include "tui/panes.h"

#define SCREEN_FIRST_WALL_MS 1000000 /* of the boot clock */

struct screen {
    struct app *app;
    struct effects effects; /* of everything since screen_open or screen_forget */
    struct canvas *canvas;
    int64_t wall_ms, world_ms;
};

static void screen_input(struct screen *s, struct input input)
{
    input.wall_ms = s->wall_ms;
    input.world_ms = s->world_ms;
    app_update(s->app, &input, &s->effects);
}

/* Takes the news. */
static void screen_news(struct screen *s, json_t *news)
{
    screen_input(s, (struct input){.kind = INPUT_NEWS, .news = news});
    json_decref(news);
}

static json_t *screen_line(const char *line, const char *path)
{
    json_error_t error;
    json_t *object = json_loads(line, 0, &error);
    cr_assert_not_null(object, "%s: %s", path, error.text);
    return object;
}

static json_t *screen_events(const char *name, json_int_t until)
{
    auto_free char *file = xasprintf("tests/vectors/console/events-%s.jsonl", name);
    auto_free char *path = source_path(file), *line = NULL;
    size_t capacity = 0;
    json_t *events = json_array();
    FILE *in = fopen(path, "re");

    cr_assert_not_null(in, "no %s", path);
    while ((json_int_t)json_array_size(events) < until && getline(&line, &capacity, in) > 0)
        json_array_append_new(events, screen_line(line, path));
    fclose(in);
    return events;
}

static void screen_read(struct screen *s, const char *name)
{
    auto_free char *file = xasprintf("tests/vectors/console/%s.jsonl", name);
    auto_free char *path = source_path(file), *line = NULL;
    size_t capacity = 0;
    FILE *in = fopen(path, "re");

    cr_assert_not_null(in, "no %s", path);
    while (getline(&line, &capacity, in) > 0) {
        json_t *news = screen_line(line, path), *screen = json_object_get(news, "screen");
        const char *events_of = json_string_value(json_object_get(news, "events_of"));
        if (screen != NULL) {
            s->world_ms = json_integer_value(json_object_get(screen, "world_ms"));
            json_decref(news);
            continue;
        }
        if (events_of != NULL)
            json_object_set_new(
                news, "events",
                screen_events(events_of, json_integer_value(json_object_get(news, "until"))));
        screen_news(s, news);
    }
    fclose(in);
}

/* What was asked for until now is of no interest: effects begin anew. */
static void screen_forget(struct screen *s)
{
    effects_clear(&s->effects);
    effects_init(&s->effects);
}

static void screen_resize(struct screen *s, int rows, int cols)
{
    canvas_resize(s->canvas, rows, cols);
    screen_input(s, (struct input){.kind = INPUT_RESIZE, .rows = rows, .cols = cols});
}

static void screen_open_with(struct screen *s, const char *name, int rows, int cols,
                             const struct app_options *options)
{
    *s = (struct screen){.wall_ms = SCREEN_FIRST_WALL_MS};
    s->app = app_new(options);
    effects_init(&s->effects);
    s->canvas = canvas_new(rows, cols);
    screen_resize(s, rows, cols);
    screen_read(s, name);
    screen_forget(s);
}

static void screen_open(struct screen *s, const char *name, int rows, int cols)
{
    screen_open_with(s, name, rows, cols,
                     &(struct app_options){.utc_offset_minutes = 60, .zone = "CET"});
}

static void screen_close(struct screen *s)
{
    effects_clear(&s->effects);
    canvas_free(s->canvas);
    app_free(s->app);
    *s = (struct screen){0};
}

/* ---- what happens ---- */

static void screen_key(struct screen *s, int key)
{
    screen_input(s, (struct input){.kind = INPUT_KEY, .key = key});
}

/* ASCII, one key for each character, all at once. */
static void screen_keys(struct screen *s, const char *keys)
{
    for (; *keys != '\0'; keys++)
        screen_key(s, *keys);
}

static void screen_paste(struct screen *s, const char *text)
{
    screen_input(s, (struct input){.kind = INPUT_PASTE, .pasted = text});
}

static void screen_mouse(struct screen *s, enum mouse_action action, int y, int x)
{
    screen_input(s, (struct input){.kind = INPUT_MOUSE, .mouse = action, .y = y, .x = x});
}

/* Time passes, at speed 1, and the app is woken at the end of it. */
static void screen_wait(struct screen *s, int64_t ms)
{
    s->wall_ms += ms;
    s->world_ms += ms;
    screen_input(s, (struct input){.kind = INPUT_TICK});
}

/* Dialogs that confirm have a moment in which they take no key. */
static void screen_wait_arming(struct screen *s) { screen_wait(s, DIALOG_ARMING_MS + 1); }

/* The seat as it is after W and the name. */
static void screen_unlock(struct screen *s) { s->app->is_unlocked = true; }

/* ---- what is asked for ---- */

/* The newest request of that verb, or NULL. Borrowed. */
static const json_t *screen_asked(const struct screen *s, const char *verb)
{
    for (size_t i = json_array_size(s->effects.requests); i > 0; i--) {
        const json_t *request = json_array_get(s->effects.requests, i - 1);
        const char *asked = json_string_value(json_object_get(request, "verb"));
        if (asked != NULL && strcmp(asked, verb) == 0)
            return request;
    }
    return NULL;
}

/* Answers it. Takes result (or, not ok, the error). */
static void screen_reply(struct screen *s, const json_t *request, bool ok, json_t *result)
{
    screen_news(s, json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id",
                             json_object_get(request, "id"), "ok", ok, ok ? "result" : "error",
                             result));
}

/* ---- the picture ---- */

/* Yours. */
static char *screen_text(struct screen *s)
{
    app_draw(s->app, s->canvas);
    return canvas_text(s->canvas);
}

static bool screen_has(struct screen *s, const char *text)
{
    auto_free char *picture = screen_text(s);
    return strstr(picture, text) != NULL;
}

#define screen_expect_text(s, text)                                                                \
    do {                                                                                           \
        auto_free char *picture_ = screen_text(s);                                                 \
        cr_expect(strstr(picture_, text) != NULL, "there is no \"%s\" in\n%s", text, picture_);    \
    } while (0)
#define screen_expect_no_text(s, text)                                                             \
    do {                                                                                           \
        auto_free char *picture_ = screen_text(s);                                                 \
        cr_expect(strstr(picture_, text) == NULL, "there is \"%s\" in\n%s", text, picture_);       \
    } while (0)

static char *screen_read_file(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = NULL;
    size_t capacity = 0;
    if (in == NULL)
        return xstrdup("");
    ssize_t length = getdelim(&text, &capacity, '\0', in);
    fclose(in);
    if (length < 0) {
        free(text);
        return xstrdup("");
    }
    return text;
}

/* Is the text that of the file of this repository? */
static void screen_expect_file(const char *file, const char *text)
{
    auto_free char *path = source_path(file);

    if (getenv("SHOW_SCREENS") != NULL)
        fprintf(stderr, "%s\n%s\n", file, text);
    if (getenv("UPDATE_SCREENS") != NULL) {
        FILE *out = fopen(path, "we");
        cr_assert_not_null(out, "cannot write %s", path);
        fputs(text, out);
        fclose(out);
        return;
    }
    auto_free char *wanted = screen_read_file(path);
    cr_expect(strcmp(text, wanted) == 0,
              "this is not %s (UPDATE_SCREENS=1 writes it anew):\n%s\nwanted:\n%s", file, text,
              wanted);
}

/* Is the picture that of tests/vectors/console/NAME-COLSxROWS.txt? */
static void screen_expect(struct screen *s, const char *name)
{
    auto_free char *file =
        xasprintf("tests/vectors/console/%s-%dx%d.txt", name, s->canvas->cols, s->canvas->rows);
    auto_free char *picture = screen_text(s);
    screen_expect_file(file, picture);
}

#endif
