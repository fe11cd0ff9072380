/*
 * console_rules.h - what must hold of a console whatever happens to it (console_storm.h): nothing
 * is asked that nobody confirmed, and the picture is whole. abort() tells which rule was broken.
 */
#ifndef TESTS_CONSOLE_RULES_H
#define TESTS_CONSOLE_RULES_H

#include <ctype.h>
#include <stdarg.h>

#include "core/wire.h"
#include "tests/console_news.h"
#include "tui/app.h"
#include "tui/panes.h"

#define STORM_DIALOGS 16
#define STORM_TYPED 400
#define STORM_ASKED_MOST 32

static struct recorded recorded;
static uint64_t storm_seed; /* told when a rule is broken */

/* A dialog that is open, and what was on the screen when it was opened. */
struct opened {
    const struct dialog *dialog;
    const void *state;
    int64_t opened_ms;
    char *environment, *run; /* NULL = none */
};

/* How a seat stood just before something happened. */
struct before {
    bool has_dialog, confirms, is_armed, is_typing;
    bool is_held_back; /* the key is the one that opened it */
    bool is_locked;    /* this seat may not write to what is on the screen */
    enum level level;
    char kind[16];
    struct opened opened; /* of the top dialog; borrowed */
};

struct storm {
    struct luck luck;
    struct app *app;
    struct effects effects;
    struct canvas *canvas;
    int64_t wall_ms, world_ms;
    json_t *asked;     /* requests that were not answered */
    struct wire *wire; /* who answers them; NULL = luck does */
    struct opened dialogs[STORM_DIALOGS];
    size_t dialog_count;
    int typed[STORM_TYPED]; /* the newest characters, a ring */
    size_t typed_count;
    size_t next_event; /* of those that were recorded */
    size_t steps, writes;
    bool is_blind;      /* nothing is drawn meanwhile */
    char *unlocked_for; /* the environment for which the seat is unlocked; NULL = it is not */
};

/* What is asked of the engine's side, and what that may do. */
enum storm_grade { GRADE_READ, GRADE_RECORD, GRADE_WRITE };
static const struct {
    const char *verb;
    enum storm_grade grade;
} storm_verbs[] = {
    {"look", GRADE_READ},     {"refresh", GRADE_READ},       {"plan", GRADE_READ},
    {"versions", GRADE_READ}, {"preview_shift", GRADE_READ}, {"preview_rollback", GRADE_READ},
    {"history", GRADE_READ},  {"report", GRADE_READ},        {"evidence", GRADE_READ},
    {"tick", GRADE_RECORD},   {"untick", GRADE_RECORD},      {"probe", GRADE_RECORD},
    {"waive", GRADE_WRITE},   {"prepare", GRADE_WRITE},      {"start", GRADE_WRITE},
    {"resume", GRADE_WRITE},  {"command", GRADE_WRITE},      {"shift", GRADE_WRITE},
    {"lock", GRADE_WRITE},    {"unlock", GRADE_WRITE},       {"rollback", GRADE_WRITE},
    {"trust", GRADE_WRITE},
};

static bool storm_is_traced(void)
{
    static int is_traced = -1;
    if (is_traced < 0)
        is_traced = getenv("STORM_TRACE") != NULL;
    return is_traced == 1;
}

__attribute__((noreturn, format(printf, 2, 3))) static void storm_fail(const struct storm *s,
                                                                       const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *why = xvasprintf(fmt, ap);
    va_end(ap);
    auto_free char *picture = canvas_text(s->canvas);
    (void)fprintf(stderr, "%sBROKEN (seed %llu) after %zu inputs at %dx%d: %s\n", picture,
                  (unsigned long long)storm_seed, s->steps, s->canvas->cols, s->canvas->rows, why);
    abort();
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- what is open ---- */

static void opened_clear(struct opened *o)
{
    free(o->environment);
    free(o->run);
    *o = (struct opened){0};
}

static void storm_note_dialogs(struct storm *s)
{
    const struct app_environment *e = app_environment(s->app);
    struct opened now[STORM_DIALOGS] = {0};
    size_t count = 0;

    for (const struct dialog *d = s->app->dialog; d != NULL; d = d->below) {
        if (count == STORM_DIALOGS)
            storm_fail(s, "dialogs lie upon dialogs without an end");
        struct opened *o = &now[count++];
        for (size_t i = 0; i < s->dialog_count && o->dialog == NULL; i++)
            if (s->dialogs[i].dialog == d && s->dialogs[i].state == d->state &&
                s->dialogs[i].opened_ms == d->opened_ms) {
                *o = s->dialogs[i];
                s->dialogs[i] = (struct opened){0};
            }
        if (o->dialog == NULL)
            *o = (struct opened){.dialog = d,
                                 .state = d->state,
                                 .opened_ms = d->opened_ms,
                                 .environment = e != NULL ? xstrdup(e->name) : NULL,
                                 .run = e != NULL && e->run != NULL ? xstrdup(e->run->id) : NULL};
    }
    for (size_t i = 0; i < s->dialog_count; i++)
        opened_clear(&s->dialogs[i]);
    memcpy(s->dialogs, now, sizeof now);
    s->dialog_count = count;
}

static struct before storm_before(const struct storm *s, const struct input *input)
{
    const struct dialog *d = s->app->dialog;
    struct before b = {.is_locked = app_write_refused(s->app) != NULL};

    if (d == NULL)
        return b;
    b.has_dialog = true;
    b.confirms = d->kind->confirms;
    b.is_armed = input->wall_ms >= d->armed_ms && input->wall_ms >= d->opened_ms + DIALOG_ARMING_MS;
    b.is_typing = d->is_typing;
    b.is_held_back = input->key == d->opened_by && !d->is_other_key_seen;
    b.level = d->level;
    (void)snprintf(b.kind, sizeof b.kind, "%s", d->kind->name);
    b.opened = s->dialogs[0];
    return b;
}

/* ---- nothing is asked that nobody confirmed ---- */

static enum storm_grade grade_of(const struct storm *s, const json_t *request)
{
    const char *verb = text_in(request, "verb");
    for (size_t i = 0; i < COUNT(storm_verbs); i++)
        if (strcmp(storm_verbs[i].verb, verb) == 0)
            return storm_verbs[i].grade;
    storm_fail(s, "\"%s\" is asked for: no such verb is known here", verb);
}

/* Was the name typed, in this order, since the beginning? */
static bool was_typed(const struct storm *s, const char *name)
{
    const char *at = name;
    size_t from = s->typed_count > STORM_TYPED ? s->typed_count - STORM_TYPED : 0;
    for (size_t i = from; i < s->typed_count && *at != '\0'; i++)
        at += (unsigned char)*at >= 0x80 || s->typed[i % STORM_TYPED] == *at;
    return *at == '\0';
}

static bool goes_back(const json_t *request, const struct before *b)
{
    static const char *const stopping[] = {"abort", "rollback", "pause"};
    const char *verb = text_in(request, "verb"), *command = text_in(request, "command");
    if (strcmp(verb, "rollback") == 0 || (strcmp(verb, "shift") == 0 && b->level == LEVEL_BACK))
        return true;
    for (size_t i = 0; i < COUNT(stopping); i++)
        if (strcmp(verb, "command") == 0 && strcmp(command, stopping[i]) == 0)
            return true;
    return false;
}

static void check_same_subject(const struct storm *s, const json_t *request, const struct before *b)
{
    const char *env = text_in(request, "env"), *run = text_in(request, "run");
    const struct opened *o = &b->opened;
    if (strcmp(text_in(request, "command"), "pause") == 0 && b->level == LEVEL_TRAFFIC)
        return; /* leaving: what is driven here may be another one */
    if (o->environment == NULL || strcmp(o->environment, env) != 0)
        storm_fail(s, "asked about %s, sent to %s", o->environment ? o->environment : "-", env);
    if (run[0] != '\0' && (o->run == NULL || strcmp(o->run, run) != 0))
        storm_fail(s, "asked about run %s, sent to %s", o->run ? o->run : "-", run);
}

static void check_write(const struct storm *s, const struct input *input, const json_t *request,
                        const struct before *b)
{
    auto_free char *dumped = json_dumps(request, JSON_COMPACT);
    int key = input->kind == INPUT_KEY ? input->key : 0;
    bool is_choice = strcmp(b->kind, "choice") == 0;

    if (input->kind != INPUT_KEY)
        storm_fail(s, "no key was pressed, and it sent %s", dumped);
    if (!b->has_dialog || !b->confirms || b->is_typing)
        storm_fail(s, "no dialog was confirmed, and key %x sent %s", (unsigned)key, dumped);
    if (!b->is_armed || b->is_held_back)
        storm_fail(s, "a dialog took key %x too early and sent %s", (unsigned)key, dumped);
    if (key == KEY_CODE_ENTER || key == '\n' || (!is_choice && key != 'y' && key != 'a'))
        storm_fail(s, "key %x confirmed %s", (unsigned)key, dumped);
    if (b->level == LEVEL_GRAVE && !was_typed(s, text_in(request, "env")))
        storm_fail(s, "nobody typed the name, and it sent %s", dumped);
    if (b->is_locked && !goes_back(request, b))
        storm_fail(s, "a seat that may not write sent %s", dumped);
    check_same_subject(s, request, b);
}

static void check_record(const struct storm *s, const struct input *input, const json_t *request,
                         const struct before *b)
{
    if (input->kind != INPUT_KEY)
        storm_fail(s, "no key was pressed, and it sent %s", text_in(request, "verb"));
    if (b->is_locked && strcmp(text_in(request, "verb"), "probe") != 0)
        storm_fail(s, "a seat that may not write sent %s", text_in(request, "verb"));
}

static void check_requests(struct storm *s, const struct input *input, const struct before *b)
{
    size_t i;
    json_t *request;
    json_array_foreach(s->effects.requests, i, request)
    {
        enum storm_grade grade = grade_of(s, request);
        if (storm_is_traced())
            (void)fprintf(stderr, "    asks for %s %s\n", text_in(request, "verb"),
                          text_in(request, "command"));
        if (grade == GRADE_WRITE) {
            check_write(s, input, request, b);
            s->writes++;
        }
        if (grade == GRADE_RECORD)
            check_record(s, input, request, b);
        if (!json_is_integer(json_object_get(request, "id")))
            storm_fail(s, "%s has no id", text_in(request, "verb"));
        json_array_append(s->asked, request);
        if (s->wire != NULL)
            wire_ask(s->wire, json_incref(request));
    }
    while (json_array_size(s->asked) > STORM_ASKED_MOST)
        json_array_remove(s->asked, 0);
}

/* ---- the picture ---- */

static bool acts_on_a_terminal(wchar_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x61c ||
           c == 0xfeff || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff || c == 0xad;
}

static void check_cell(const struct storm *s, const struct canvas *c, int y, int x)
{
    const struct cell *cell = canvas_cell(c, y, x), *next = canvas_cell(c, y, x + 1);
    wchar_t first = cell->text[0];

    if (cell->role >= ROLE_COUNT || cell->is_selected > 1)
        storm_fail(s, "cell %d,%d has role %d", y, x, cell->role);
    if (first == L'\0') {
        const struct cell *left = canvas_cell(c, y, x - 1);
        if (left == NULL || wcwidth(left->text[0]) != 2)
            storm_fail(s, "cell %d,%d is half of nothing", y, x);
        return;
    }
    if (c->is_ascii && (first < 0x20 || first > 0x7e || cell->text[1] != L'\0'))
        storm_fail(s, "cell %d,%d is U+%04X in ASCII", y, x, (unsigned)first);
    int width = first < 0x7f ? 1 : wcwidth(first);
    if (width != 1 && width != 2)
        storm_fail(s, "cell %d,%d has U+%04X, %d wide", y, x, (unsigned)first, width);
    if (width == 2 && (next == NULL || next->text[0] != L'\0'))
        storm_fail(s, "cell %d,%d is cut in the middle", y, x);
    if (cell->text[CELL_TEXT_SIZE - 1] != L'\0')
        storm_fail(s, "cell %d,%d does not end", y, x);
    for (const wchar_t *at = cell->text; *at != L'\0'; at++)
        if (acts_on_a_terminal(*at) || (at > cell->text && wcwidth(*at) != 0))
            storm_fail(s, "cell %d,%d has U+%04X", y, x, (unsigned)*at);
}

static bool is_plain_cell(const struct cell *cell)
{
    return cell->text[0] >= 0x20 && cell->text[0] < 0x7f && cell->text[1] == L'\0' &&
           cell->role < ROLE_COUNT && cell->is_selected <= 1;
}

static void check_cells(const struct storm *s, const struct canvas *c)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++)
            if (!is_plain_cell(&c->cells[y * c->cols + x]))
                check_cell(s, c, y, x);
    bool is_hidden = c->cursor_y == -1 && c->cursor_x == -1;
    if (!is_hidden && canvas_cell(c, c->cursor_y, c->cursor_x) == NULL)
        storm_fail(s, "the cursor is at %d,%d", c->cursor_y, c->cursor_x);
}

/* As much of the word as must be there, from its left; "" where none can be asked for. */
static void word_of(const struct app *app, char out[static 8])
{
    const struct app_environment *e = app_environment(app);
    size_t n = 0;
    if (e != NULL && e->is_production)
        n = (size_t)snprintf(out, 8, "P");
    else if (e != NULL && isalnum((unsigned char)e->name[0]))
        out[n++] = (char)toupper((unsigned char)e->name[0]);
    out[n] = '\0';
}

/* From twelve columns on: where we are, and how to go back. */
static void check_always_seen(const struct storm *s, const struct canvas *c)
{
    struct layout l = layout_of(c->rows, c->cols, s->app->focus, s->app->is_zoomed);
    bool is_covered = s->app->dialog != NULL && l.size == LAYOUT_LINE && c->rows < 7;
    char word[8];

    if (c->cols < 12 || is_covered)
        return;
    auto_free char *row = canvas_row(c, 0), *keys = canvas_row(c, c->rows - 2);
    if (strstr(row, "! ROLLBACK") == NULL && strstr(keys, "! ROLLBACK") == NULL &&
        strstr(keys, "F9 ROLLBACK") == NULL)
        storm_fail(s, "nothing says how to go back");
    word_of(s->app, word);
    size_t blank = strspn(row, " ");
    if (strncmp(row + blank, word, strlen(word)) != 0)
        storm_fail(s, "the first row does not begin with %s: %s", word, row);
    const struct app_environment *e = app_environment(s->app);
    bool is_band = canvas_cell(c, 0, (int)blank)->role == ROLE_BAND_PRODUCTION;
    if (e != NULL && e->is_production != is_band)
        storm_fail(s, "the band of %s is another one", e->name);
}

static void check_layout(const struct storm *s, const struct canvas *c)
{
    struct layout l = layout_of(c->rows, c->cols, s->app->focus, s->app->is_zoomed);
    const struct area areas[] = {l.header,   l.tabs,     l.footer,   l.toast,    l.panes[0],
                                 l.panes[1], l.panes[2], l.panes[3], l.panes[4], l.panes[5]};
    for (size_t i = 0; i < COUNT(areas); i++) {
        struct area a = areas[i];
        if (a.h == 0 || a.w == 0)
            continue;
        if (a.h < 0 || a.w < 0 || a.y < 0 || a.x < 0 || a.y + a.h > c->rows || a.x + a.w > c->cols)
            storm_fail(s, "area %zu is %d,%d %dx%d", i, a.y, a.x, a.h, a.w);
        for (size_t k = 0; k < i; k++) {
            struct area b = areas[k];
            if (b.h > 0 && b.w > 0 && a.y < b.y + b.h && b.y < a.y + a.h && a.x < b.x + b.w &&
                b.x < a.x + a.w)
                storm_fail(s, "areas %zu and %zu overlap", i, k);
        }
    }
}

static void storm_draw(struct storm *s, struct canvas *c)
{
    app_draw(s->app, c);
    check_cells(s, c);
    check_layout(s, c);
    check_always_seen(s, c);
}

/* ---- each part of the picture in an area of its own ---- */

#define UNTOUCHED 0x2592

static void mark_all(struct canvas *c)
{
    canvas_clear(c);
    for (int i = 0; i < c->rows * c->cols; i++) {
        c->cells[i].text[0] = UNTOUCHED;
        c->cells[i].role = ROLE_MARKER;
    }
}

static void check_untouched(const struct storm *s, const struct canvas *c, struct area a,
                            const char *who)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++) {
            bool is_inside = y >= a.y && y < a.y + a.h && x >= a.x && x < a.x + a.w;
            const struct cell *cell = canvas_cell(c, y, x);
            if (!is_inside && (cell->text[0] != UNTOUCHED || cell->role != ROLE_MARKER))
                storm_fail(s, "%s drew at %d,%d, outside of %d,%d %dx%d", who, y, x, a.y, a.x, a.h,
                           a.w);
        }
}

static void storm_draw_parts(struct storm *s)
{
    struct canvas *c = s->canvas;
    struct area a = {.y = (int)luck_below(&s->luck, (uint32_t)c->rows),
                     .x = (int)luck_below(&s->luck, (uint32_t)c->cols)};
    a.h = 1 + (int)luck_below(&s->luck, (uint32_t)(c->rows - a.y));
    a.w = 1 + (int)luck_below(&s->luck, (uint32_t)(c->cols - a.x));

    for (int i = 0; i <= PANE_COUNT; i++) {
        const struct dialog *d = s->app->dialog;
        mark_all(c);
        if (i < PANE_COUNT)
            panes[i]->draw(s->app, c, a);
        else if (d != NULL)
            d->kind->draw(s->app, d, c, a);
        check_untouched(s, c, a, i < PANE_COUNT ? panes[i]->name : "a dialog");
    }
}

/* ---- the model and the seat ---- */

static void check_model(const struct storm *s)
{
    const struct app *app = s->app;
    if (app->toast_count > TOAST_HISTORY || app->focus >= PANE_COUNT)
        storm_fail(s, "%zu toasts, focus %d", app->toast_count, (int)app->focus);
    if (app->log_count > 1 && app->log_bytes > LOG_MOST_BYTES)
        storm_fail(s, "the log has %zu bytes", app->log_bytes);
    if (app->environment_count > 0 && app->current >= app->environment_count)
        storm_fail(s, "environment %zu of %zu", app->current, app->environment_count);
}

/* What was unlocked for one environment is not for another. */
static void check_seat(struct storm *s)
{
    const struct app_environment *e = app_environment(s->app);
    const char *name = e != NULL ? e->name : "";

    if (e == NULL && s->unlocked_for == NULL)
        return;
    if (s->app->is_unlocked && s->unlocked_for != NULL && strcmp(s->unlocked_for, name) != 0)
        storm_fail(s, "unlocked for %s, and %s is on the screen", s->unlocked_for, name);
    if (s->app->is_unlocked && s->unlocked_for == NULL && s->steps > 0 && !was_typed(s, name))
        storm_fail(s, "%s is unlocked, and nobody typed its name", name);
    if (!s->app->is_unlocked || s->unlocked_for == NULL) {
        free(s->unlocked_for);
        s->unlocked_for = s->app->is_unlocked ? xstrdup(name) : NULL;
    }
}

#endif
