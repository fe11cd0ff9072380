/* app_storm.c - everything that can happen to the console, at random: it stands, and writes
 * nothing. */
#include "tests/tui/screen.h"
#include "tui/app.h"

#define INPUTS 4000
#define DRAW_EVERY 5

/* The same numbers in each run: a storm that found something can be looked at. */
static unsigned draw_lot(unsigned *state, unsigned below)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 16) % below;
}

static int some_key(unsigned *state)
{
    static const int special[] = {
        KEY_CODE_TAB,
        KEY_CODE_ENTER,
        KEY_CODE_ESCAPE,
        KEY_CODE_BACKSPACE,
        KEY_CODE_UP,
        KEY_CODE_DOWN,
        KEY_CODE_LEFT,
        KEY_CODE_RIGHT,
        KEY_CODE_SHIFT_LEFT,
        KEY_CODE_SHIFT_RIGHT,
        KEY_CODE_HOME,
        KEY_CODE_END,
        KEY_CODE_PAGE_UP,
        KEY_CODE_PAGE_DOWN,
        KEY_CODE_DELETE,
        KEY_CODE_SHIFT_TAB,
        KEY_CODE_F1,
        KEY_CODE_F5,
        KEY_CODE_CONTROL('l'),
        KEY_CODE_CONTROL('d'),
        KEY_CODE_CONTROL('u'),
        0xe9,
        0x65e5,
        0x1f600,
    };
    if (draw_lot(state, 3) == 0)
        return special[draw_lot(state, sizeof special / sizeof special[0])];
    int key = (int)(0x20 + draw_lot(state, 0x5f));
    /* The way back may be gone from every seat; without its key it is rare. */
    return key == '!' ? 'y' : key;
}

static void something_happens(struct screen *s, unsigned *state)
{
    switch (draw_lot(state, 16)) {
    case 0:
        screen_resize(s, (int)(1 + draw_lot(state, 100)), (int)(1 + draw_lot(state, 300)));
        break;
    case 1:
        screen_mouse(s, (enum mouse_action)draw_lot(state, 5), (int)draw_lot(state, 100),
                     (int)draw_lot(state, 300));
        break;
    case 2:
        screen_paste(s, "!y\nq\x1b[2J\xff rm -rf");
        break;
    case 3:
        screen_wait(s, 1 + draw_lot(state, 3000));
        break;
    case 4:
        screen_input(s, (struct input){.kind = INPUT_FOCUS, .has_focus = draw_lot(state, 2) != 0});
        break;
    case 5:
        screen_news(s, json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "said", "env", "production",
                                 "text", "\x1b]0;x\x07 \xe2\x80\xae wide \xe6\x97\xa5", "mood",
                                 "bad", "at_ms", (json_int_t)s->world_ms));
        break;
    default:
        screen_key(s, some_key(state));
    }
}

static void expect_no_write(const struct screen *s, unsigned seed)
{
    static const char *const reads[] = {"look",     "refresh",          "plan",
                                        "versions", "history",          "report",
                                        "evidence", "preview_rollback", "preview_shift"};
    size_t i;
    json_t *request;
    json_array_foreach(s->effects.requests, i, request)
    {
        const char *verb = json_string_value(json_object_get(request, "verb"));
        const char *env = json_string_value(json_object_get(request, "env"));
        const char *command = json_string_value(json_object_get(request, "command"));
        /* Going back and stopping are allowed from every seat. */
        bool is_read = strcmp(verb, "rollback") == 0 || env == NULL ||
                       strcmp(env, "production") != 0 ||
                       (command != NULL && strcmp(command, "abort") == 0);
        for (size_t k = 0; k < sizeof reads / sizeof reads[0]; k++)
            is_read = is_read || strcmp(verb, reads[k]) == 0;
        cr_assert(is_read, "seed %u wrote to production: %s", seed, json_dumps(request, 0));
    }
}

static void storm(const char *moment, unsigned seed)
{
    struct screen s;
    const char *other = getenv("STORM_SEED"); /* another storm, by hand */
    if (other != NULL)
        seed += (unsigned)strtoul(other, NULL, 10);
    unsigned state = seed;
    screen_open(&s, moment, 24, 80);
    for (int i = 0; i < INPUTS; i++) {
        something_happens(&s, &state);
        cr_assert(app_next_tick_ms(s.app) == -1 || app_next_tick_ms(s.app) >= s.wall_ms,
                  "seed %u: a tick in the past", seed);
        if (i % DRAW_EVERY == 0)
            app_draw(s.app, s.canvas);
        if (i % 100 == 0) {
            expect_no_write(&s, seed);
            screen_forget(&s);
        }
        s.app->is_unlocked = false;
    }
    expect_no_write(&s, seed);
    screen_close(&s);
}

#define STORM(name, moment, seed)                                                                  \
    Test(app_storm, name) { storm(moment, seed); }
STORM(nothing_is_written_before_a_release, "before", 1)
STORM(nothing_is_written_while_a_release_bakes, "baking", 2)
STORM(nothing_is_written_when_a_weight_was_cleared, "next-weight", 3)
STORM(nothing_is_written_when_a_step_failed, "failed-step", 4)
STORM(nothing_is_written_after_a_way_back, "rolled-back", 5)
STORM(nothing_is_written_offline, "offline", 6)
STORM(nothing_is_written_without_a_run, "no-run", 7)
