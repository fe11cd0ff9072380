/*
 * pane_fixture.h - one pane alone on a canvas, for tests: documents from tests/vectors/panes/, a
 * run made of a few events, a picture to compare.
 *
 * Golden texts are written, not compared, where UPDATE_SCREENS=1 is set: look at what changed
 * before it is committed. SHOW_SCREENS=1 prints each picture.
 */
#ifndef TESTS_TUI_PANE_FIXTURE_H
#define TESTS_TUI_PANE_FIXTURE_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/source_path.h"
#include "tui/app.h"
#include "tui/panes.h"

#define PANE_NOW "2026-11-24T14:02:31.000Z"
#define PANE_ANA "arn:aws:sts::123456789012:assumed-role/release-manager/ana"

struct pane_test {
    struct app *app;
    struct effects effects;
    enum pane_id pane;
    int64_t wall_ms, world_ms, seq;
};

static json_t *pane_vector(const char *name)
{
    auto_free char *file = xasprintf("tests/vectors/panes/%s.json", name);
    auto_free char *path = source_path(file);
    json_error_t error;
    json_t *out = json_load_file(path, 0, &error);
    cr_assert_not_null(out, "%s: %s", path, error.text);
    return out;
}

static void pane_input(struct pane_test *t, struct input input)
{
    input.wall_ms = t->wall_ms;
    input.world_ms = t->world_ms;
    app_update(t->app, &input, &t->effects);
}

static void pane_news(struct pane_test *t, json_t *news) /* takes it */
{
    pane_input(t, (struct input){.kind = INPUT_NEWS, .news = news});
    json_decref(news);
}

static void pane_key(struct pane_test *t, int key)
{
    pane_input(t, (struct input){.kind = INPUT_KEY, .key = key});
}

static void pane_open(struct pane_test *t, enum pane_id pane)
{
    *t = (struct pane_test){.pane = pane, .wall_ms = 1000000};
    cr_assert(clock_parse_stamp(PANE_NOW, &t->world_ms));
    t->app = app_new(&(struct app_options){0});
    t->app->focus = pane;
    effects_init(&t->effects);
    pane_input(t, (struct input){.kind = INPUT_RESIZE, .rows = 40, .cols = 120});
}

static void pane_hello(struct pane_test *t)
{
    pane_news(t,
              json_pack("{s:s, s:i, s:s, s:i, s:[{s:s, s:b, s:s, s:s}, {s:s, s:b, s:s, s:s}, "
                        "{s:s, s:b, s:s, s:s}]}",
                        "news", "hello", "wire", 1, "project", "finally", "poll_ms", 10000,
                        "environments", "name", "dev", "production", 0, "account", "123456789012",
                        "region", "eu-central-1", "name", "staging", "production", 0, "account",
                        "123456789012", "region", "eu-central-1", "name", "production",
                        "production", 1, "account", "123456789012", "region", "eu-central-1"));
}

static void pane_document(struct pane_test *t, const char *what, const char *environment,
                          json_t *document, bool is_cached) /* takes it */
{
    pane_news(t,
              json_pack("{s:s, s:s, s:o, s:I, s:b}", "news", what, "env", environment, "document",
                        document, "at_ms", (json_int_t)t->world_ms - 3000, "cached", is_cached));
}

static void pane_statuses(struct pane_test *t)
{
    json_t *all = pane_vector("status"), *document;
    size_t i;
    json_array_foreach(all, i, document)
        pane_document(t, "status", json_string_value(json_object_get(document, "name")),
                      json_incref(document), false);
    json_decref(all);
}

/* One more event of the run of production. Takes body. */
static void pane_event(struct pane_test *t, const char *type, const char *step, json_t *body)
{
    t->seq++;
    pane_news(t,
              json_pack("{s:s, s:s, s:{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:s}}", "news",
                        "event", "env", "production", "event", "seq", (json_int_t)t->seq, "at_ms",
                        (json_int_t)t->world_ms, "stream", "r-0142", "type", type, "step", step,
                        "by", PANE_ANA, "body", body, "previous_hash", "", "hash", ""));
}

static void pane_later(struct pane_test *t, int64_t seconds)
{
    t->world_ms += seconds * 1000;
    t->wall_ms += seconds * 1000;
    pane_input(t, (struct input){.kind = INPUT_TICK});
}

/* A run of the plan of the vectors, whose first steps are done as far as `until`. */
static void pane_run(struct pane_test *t, const char *until)
{
    json_t *plan = pane_vector("plan"), *step;
    size_t i;

    pane_event(t, "run_opened", "",
               json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "production",
                         "plan_name", "default"));
    pane_event(t, "run_started", "", json_pack("{s:O}", "plan", plan));
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        const char *id = json_string_value(json_object_get(step, "id"));
        pane_event(t, "step_started", id, json_pack("{s:i}", "attempt", 1));
        if (strcmp(id, "shift") == 0) {
            pane_event(t, "decided", id,
                       json_pack("{s:s, s:s}", "key", "old_version", "value", "41"));
            pane_event(t, "decided", id,
                       json_pack("{s:s, s:s}", "key", "new_version", "value", "42"));
            pane_event(t, "noted", id, json_pack("{s:s, s:f}", "key", "weight", "value", 0.1));
        }
        if (strcmp(id, until) == 0)
            break;
        pane_later(t, 31);
        pane_event(t, "step_ended", id, json_pack("{s:s}", "state", "succeeded"));
    }
    json_decref(plan);
}

static void pane_close(struct pane_test *t)
{
    effects_clear(&t->effects);
    app_free(t->app);
}

/* The newest request of that verb, or NULL. Borrowed. */
static const json_t *pane_asked(const struct pane_test *t, const char *verb)
{
    for (size_t i = json_array_size(t->effects.requests); i > 0; i--) {
        const json_t *request = json_array_get(t->effects.requests, i - 1);
        if (strcmp(json_string_value(json_object_get(request, "verb")), verb) == 0)
            return request;
    }
    return NULL;
}

static void pane_answer(struct pane_test *t, const json_t *request, bool ok, json_t *result)
{
    pane_news(t,
              json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id",
                        json_object_get(request, "id"), "ok", ok, ok ? "result" : "error", result));
}

static const char *pane_said(const struct pane_test *t)
{
    return t->app->toast_count > 0 ? t->app->toasts[t->app->toast_count - 1].text : "";
}

/* ---- the picture ---- */

static char *pane_picture_of(struct pane_test *t, int rows, int cols, bool is_ascii)
{
    struct canvas *c = canvas_new(rows, cols);
    c->is_ascii = is_ascii;
    panes[t->pane]->draw(t->app, c, canvas_all(c));
    char *text = canvas_text(c);
    canvas_free(c);
    return text;
}

static char *pane_picture(struct pane_test *t, int rows, int cols)
{
    return pane_picture_of(t, rows, cols, false);
}

#define pane_expect_text(t, rows, cols, text)                                                      \
    do {                                                                                           \
        auto_free char *picture_ = pane_picture(t, rows, cols);                                    \
        cr_expect(strstr(picture_, text) != NULL, "there is no \"%s\" in\n%s", text, picture_);    \
    } while (0)
#define pane_expect_no_text(t, rows, cols, text)                                                   \
    do {                                                                                           \
        auto_free char *picture_ = pane_picture(t, rows, cols);                                    \
        cr_expect(strstr(picture_, text) == NULL, "there is \"%s\" in\n%s", text, picture_);       \
    } while (0)

static char *pane_read_file(const char *path)
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

/* Is the picture that of tests/vectors/panes/NAME-COLSxROWS.txt? */
static void pane_expect(struct pane_test *t, const char *name, int rows, int cols)
{
    auto_free char *file = xasprintf("tests/vectors/panes/%s-%dx%d.txt", name, cols, rows);
    auto_free char *path = source_path(file), *picture = pane_picture(t, rows, cols);

    if (getenv("SHOW_SCREENS") != NULL)
        fprintf(stderr, "%s\n%s\n", file, picture);
    if (getenv("UPDATE_SCREENS") != NULL) {
        FILE *out = fopen(path, "we");
        cr_assert_not_null(out, "cannot write %s", path);
        fputs(picture, out);
        fclose(out);
        return;
    }
    auto_free char *wanted = pane_read_file(path);
    cr_expect(strcmp(picture, wanted) == 0,
              "this is not %s (UPDATE_SCREENS=1 writes it anew):\n%s\nwanted:\n%s", file, picture,
              wanted);
}

/* Alone at 80x24, and as big as it is in the grid and beside two others. */
static void pane_expect_all(struct pane_test *t, const char *name)
{
    pane_expect(t, name, 18, 78);
    pane_expect(t, name, 13, 58);
    pane_expect(t, name, 30, 66);
}

/* Draws at every size without leaving its area. */
static void pane_expect_any_size(struct pane_test *t)
{
    struct canvas *c = canvas_new(50, 130);
    for (int h = 0; h <= 45; h += h < 6 ? 1 : 13) {
        for (int w = 0; w <= 120; w += w < 30 ? 1 : 9) {
            struct area a = {.y = 2, .x = 3, .h = h, .w = w};
            canvas_clear(c);
            panes[t->pane]->draw(t->app, c, a);
            for (int y = 0; y < c->rows; y++)
                for (int x = 0; x < c->cols; x++) {
                    bool is_inside = y >= 2 && y < 2 + h && x >= 3 && x < 3 + w;
                    const struct cell *cell = canvas_cell(c, y, x);
                    cr_assert(is_inside || wcscmp(cell->text, L" ") == 0, "%dx%d: drew at %d,%d", w,
                              h, y, x);
                }
        }
    }
    canvas_free(c);
}

#endif
