/*
 * console_storm.h - a console to which anything happens, and what must hold after each thing.
 *
 *     storm_read();              once: what was recorded
 *     storm_run(bytes, length);  the bytes decide what happens; abort() when a rule is broken
 *     storm_forget();
 *
 * STORM_TRACE=1 tells each input.
 */
#ifndef TESTS_CONSOLE_STORM_H
#define TESTS_CONSOLE_STORM_H

#include <locale.h>

#include "tests/console_rules.h"

#define STORM_ROWS 100 /* at most */
#define STORM_COLS 300
#define STORM_KEYS 128

/* ---- what happens ---- */

static void note_typed(struct storm *s, const struct input *input)
{
    if (input->kind == INPUT_KEY && input->key > 0x20 && input->key < 0x7f)
        s->typed[s->typed_count++ % STORM_TYPED] = input->key;
}

static void storm_input(struct storm *s, struct input input)
{
    static const char *const kinds[] = {"key",    "paste", "mouse", "focus",
                                        "resize", "tick",  "news",  "lost"};
    input.wall_ms = s->wall_ms;
    input.world_ms = s->world_ms;
    struct before before = storm_before(s, &input);

    if (storm_is_traced()) {
        auto_free char *news = input.news != NULL ? json_dumps(input.news, JSON_COMPACT) : NULL;
        (void)fprintf(stderr, "%zu %lld %s key=%x %d,%d top=%s %.300s\n", s->steps,
                      (long long)s->wall_ms, kinds[input.kind], (unsigned)input.key, input.y,
                      input.x, before.kind, news != NULL ? news : "");
    }
    note_typed(s, &input);
    effects_init(&s->effects);
    app_update(s->app, &input, &s->effects);
    s->steps++;
    check_requests(s, &input, &before);
    effects_clear(&s->effects);
    storm_note_dialogs(s);
    check_model(s);
    check_seat(s);
    int64_t wake_ms = app_next_tick_ms(s->app);
    if (input.kind == INPUT_TICK && wake_ms >= 0 && wake_ms <= s->wall_ms)
        storm_fail(s, "it wants to be woken %lld ms ago", (long long)(s->wall_ms - wake_ms));
    if (!s->is_blind)
        storm_draw(s, s->canvas);
}

static void storm_key(struct storm *s, int key)
{
    storm_input(s, (struct input){.kind = INPUT_KEY, .key = key});
}

/* Takes the news; NULL is none. */
static void storm_news(struct storm *s, json_t *news)
{
    if (news != NULL)
        storm_input(s, (struct input){.kind = INPUT_NEWS, .news = news});
    json_decref(news);
}

static void storm_wait(struct storm *s, int64_t ms)
{
    s->wall_ms += ms;
    s->world_ms += ms;
    storm_input(s, (struct input){.kind = INPUT_TICK});
}

static void storm_moment(struct storm *s)
{
    json_t *moments = recorded.moments, *news;
    size_t i;
    json_t *moment =
        json_array_get(moments, luck_below(&s->luck, (uint32_t)json_array_size(moments)));
    json_array_foreach(moment, i, news)
    {
        s->is_blind = i + 1 < json_array_size(moment);
        storm_news(s, json_incref(news));
    }
}

static const char *environment_name(const struct storm *s)
{
    const struct app_environment *e = app_environment(s->app);
    return e != NULL ? e->name : "production";
}

static json_t *made_event(struct storm *s)
{
    const struct app_environment *e = app_environment(s->app);
    const struct run *run = e != NULL ? e->run : NULL;
    struct luck *l = &s->luck;
    const char *step = "";

    if (run != NULL && run->step_count > 0)
        step = run->steps[luck_below(l, (uint32_t)run->step_count)].id;
    if (luck_once_in(l, 16) || run == NULL)
        return luck_event(l, environment_name(s), "r-0009", "", 1, s->world_ms);
    return luck_event(l, environment_name(s), run->id, step, run->last_seq + 1, s->world_ms);
}

static json_t *any_news(struct storm *s)
{
    struct luck *l = &s->luck;
    json_t *pool = recorded.news;

    switch (luck_below(l, 11)) {
    case 10:
        return luck_once_in(l, 8) ? luck_hello(l) : made_event(s);
    case 0:
        return json_incref(json_array_get(pool, luck_below(l, (uint32_t)json_array_size(pool))));
    case 1:
        return spoiled(
            l, json_incref(json_array_get(pool, luck_below(l, (uint32_t)json_array_size(pool)))));
    case 2:
        return json_incref(
            json_array_get(recorded.events, s->next_event++ % json_array_size(recorded.events)));
    case 3:
        return spoiled(l, json_incref(json_array_get(
                              recorded.events, s->next_event % json_array_size(recorded.events))));
    case 4:
        return made_event(s);
    case 5:
        return luck_shapeless(l);
    case 6:
        return luck_said(l, environment_name(s), s->world_ms);
    default:
        return luck_reply(l, s->asked);
    }
}

static void storm_resize(struct storm *s)
{
    static const int rows[] = {1, 2, 3, 4, 5, 9, 10, 13, 14, 23, 24, 33, 34, 40, 49, 50, 60, 100};
    static const int cols[] = {1,  2,  8,  11,  12,  13,  24,  39,  40,  60, 79,
                               80, 81, 90, 109, 110, 120, 179, 180, 200, 300};
    struct luck *l = &s->luck;
    int h = rows[luck_below(l, COUNT(rows))], w = cols[luck_below(l, COUNT(cols))];

    if (luck_once_in(l, 4)) {
        h = 1 + (int)luck_below(l, STORM_ROWS);
        w = 1 + (int)luck_below(l, STORM_COLS);
    }
    canvas_resize(s->canvas, h, w);
    storm_input(s, (struct input){.kind = INPUT_RESIZE, .rows = h, .cols = w});
}

static int luck_key(struct luck *l)
{
    static const int often[] = {'y',
                                'y',
                                '!',
                                KEY_CODE_ENTER,
                                KEY_CODE_ENTER,
                                KEY_CODE_ESCAPE,
                                'p',
                                ' ',
                                'R',
                                'C',
                                'A',
                                'W',
                                'w',
                                'j',
                                'k',
                                'n',
                                'q',
                                ':',
                                '/',
                                '?',
                                'f',
                                'z',
                                '>',
                                's',
                                'r',
                                'h',
                                'b',
                                'a',
                                'l',
                                'x',
                                'e'};
    switch (luck_below(l, 8)) {
    case 0:
    case 1:
    case 2:
        return often[luck_below(l, COUNT(often))];
    case 3:
    case 4:
        return KEY_CODE_UP + (int)luck_below(l, KEY_CODE_F12 - KEY_CODE_UP + 1);
    case 5:
        return (int)luck_below(l, 0x20);
    case 6:
        return (int)(luck_below(l, 0x300) << 8 | luck_byte(l));
    default:
        return 0x20 + (int)luck_below(l, 0x60);
    }
}

static void storm_type_name(struct storm *s)
{
    auto_free char *name = xstrdup(environment_name(s));
    for (const char *at = name; *at != '\0'; at++)
        storm_key(s, *at);
}

static void storm_paste(struct storm *s)
{
    struct luck *l = &s->luck;
    auto_free char *text = luck_once_in(l, 16) ? long_text(l) : NULL;
    storm_input(s, (struct input){.kind = INPUT_PASTE,
                                  .pasted = text != NULL
                                                ? text
                                                : nasty_texts[luck_below(l, COUNT(nasty_texts))]});
}

static void storm_mouse(struct storm *s)
{
    struct luck *l = &s->luck;
    int y = (int)luck_below(l, STORM_ROWS) - 1, x = (int)luck_below(l, STORM_COLS + 2) - 1;
    if (luck_once_in(l, 2)) { /* where there is something */
        y = y % s->canvas->rows;
        x = x % s->canvas->cols;
    }
    if (luck_once_in(l, 4)) /* the footer */
        y = s->canvas->rows - 2;
    storm_input(
        s, (struct input){
               .kind = INPUT_MOUSE, .mouse = (enum mouse_action)luck_below(l, 5), .y = y, .x = x});
}

/* From everywhere there is a way back: the law. */
static void storm_go_back(struct storm *s)
{
    storm_key(s, KEY_CODE_F9);
    const struct dialog *d = s->app->dialog;
    if (!s->app->is_sized || app_environment(s->app) == NULL)
        return;
    if (d == NULL || strcmp(d->kind->name, "rollback") != 0)
        storm_fail(s, "F9 did not open the way back");
}

/* A whole dialog answered as a person would. */
static void storm_confirm(struct storm *s)
{
    storm_wait(s, DIALOG_ARMING_MS + 1);
    if (s->app->dialog != NULL && s->app->dialog->is_typing) {
        storm_type_name(s);
        storm_key(s, KEY_CODE_ENTER);
        storm_key(s, 'x');
        storm_key(s, KEY_CODE_ENTER);
        storm_wait(s, DIALOG_ARMING_MS + 1);
    }
    storm_key(s, 'y');
}

static void storm_unlock(struct storm *s)
{
    if (s->app->is_unlocked || s->app->dialog != NULL)
        return;
    storm_key(s, 'W');
    storm_type_name(s);
    storm_key(s, KEY_CODE_ENTER);
}

/* One of the things that can be done, by its name or its key, and what it asks is confirmed. */
static void storm_command(struct storm *s)
{
    struct luck *l = &s->luck;
    const struct key *rows[STORM_KEYS];

    for (int i = 0; i < 3 && s->app->dialog != NULL; i++)
        storm_key(s, KEY_CODE_ESCAPE);
    if (!luck_once_in(l, 4))
        storm_unlock(s);
    size_t count = keys_now(s->app, rows, STORM_KEYS), tries = 0;
    if (count == 0)
        return;
    const struct key *key = rows[luck_below(l, (uint32_t)count)];
    while (!key->is_write && tries++ < 6)
        key = rows[luck_below(l, (uint32_t)count)];
    if (key->code != KEY_CODE_UNBOUND) {
        storm_key(s, key->code);
    } else {
        storm_key(s, ':');
        for (const char *at = key->name; *at != '\0'; at++)
            storm_key(s, *at);
        storm_key(s, KEY_CODE_ENTER);
    }
    if (luck_once_in(l, 2))
        storm_news(s, luck_reply(l, s->asked)); /* a preview */
    storm_confirm(s);
}

static void storm_time(struct storm *s)
{
    static const int64_t waits[] = {0, 1, 50, 200, 399, 400, 1000, 5000, 60000, 600000};
    struct luck *l = &s->luck;
    s->wall_ms += waits[luck_below(l, COUNT(waits))];
    s->world_ms += waits[luck_below(l, COUNT(waits))] * (luck_once_in(l, 4) ? 60 : 1);
    storm_input(s, (struct input){.kind = INPUT_TICK});
}

static void storm_step(struct storm *s)
{
    struct luck *l = &s->luck;

    switch (luck_below(l, 32)) {
    case 0:
        storm_resize(s);
        break;
    case 1:
        storm_paste(s);
        break;
    case 2:
    case 3:
        storm_mouse(s);
        break;
    case 4:
        storm_input(s, (struct input){.kind = INPUT_FOCUS, .has_focus = luck_once_in(l, 2)});
        break;
    case 5:
    case 6:
        storm_time(s);
        break;
    case 7:
        if (luck_once_in(l, 64))
            storm_input(s, (struct input){.kind = INPUT_LOST});
        else
            storm_command(s);
        break;
    case 8:
        storm_go_back(s);
        break;
    case 9:
        storm_type_name(s);
        break;
    case 10:
    case 11:
        storm_confirm(s);
        break;
    case 12:
        storm_draw_parts(s);
        break;
    case 13:
        storm_moment(s);
        break;
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
    case 19:
        storm_news(s, any_news(s));
        break;
    case 20: /* what was asked is answered, as it mostly is */
    case 21:
        storm_news(s, luck_reply(l, s->asked));
        break;
    default:
        storm_key(s, luck_key(l));
        break;
    }
}

/* ---- all of it ---- */

static void storm_read(void)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        abort();
    recorded_read(&recorded);
}

static void storm_forget(void) { recorded_clear(&recorded); }

static void storm_open(struct storm *s, const uint8_t *bytes, size_t length)
{
    *s = (struct storm){.luck = {bytes, bytes + length}, .wall_ms = 1000000};
    uint32_t how = luck_byte(&s->luck);
    const struct app_options options = {.is_read_only = how % 16 == 1,
                                        .is_ascii = how % 8 == 2,
                                        .is_demo = how % 4 == 3,
                                        .utc_offset_minutes = 60,
                                        .zone = "CET"};
    s->world_ms = 1795660292017;
    s->app = app_new(&options);
    s->canvas = canvas_new(24, 80);
    s->asked = json_array();
    if (how % 32 != 4)
        storm_resize(s);
    if (how < 192) /* the others begin before anything is known */
        storm_moment(s);
    s->app->is_unlocked = how % 2 == 0 && !options.is_read_only && app_environment(s->app) != NULL;
    if (s->app->is_unlocked)
        s->unlocked_for = xstrdup(environment_name(s));
}

static void storm_close(struct storm *s)
{
    for (size_t i = 0; i < s->dialog_count; i++)
        opened_clear(&s->dialogs[i]);
    json_decref(s->asked);
    free(s->unlocked_for);
    canvas_free(s->canvas);
    app_free(s->app);
}

/* Until the bytes are used up. */
static void storm_run(const uint8_t *bytes, size_t length)
{
    struct storm s;
    storm_open(&s, bytes, length);
    while (s.luck.at < s.luck.end)
        storm_step(&s);
    storm_close(&s);
}

#endif
