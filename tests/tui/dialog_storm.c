/* dialog_storm.c - keys that come faster than anybody reads: nothing of them changes the world. */
#include <criterion/criterion.h>

#include "tests/tui/dialog_fixture.h"

#define SEEDS 60
#define KEYS 300

/* A generator of our own: the same storm everywhere. */
static unsigned next(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void happens(struct seat *s, unsigned what)
{
    static const char *const questions[] = {"q1", "q2"};

    if (s->seq == 0) {
        seat_begin_run(s);
        seat_event(s, "step_started", "migrate", json_object());
        seat_event(s, "step_ended", "migrate",
                   json_pack("{s:s, s:s}", "state", "failed", "reason", "it said no"));
        seat_event(s, "step_started", "shift", json_object());
        return;
    }
    switch (what % 3) {
    case 0:
        seat_event(s, "asked", "shift",
                   json_pack("{s:s, s:s, s:[s, s, s]}", "id", questions[what / 3 % 2], "question",
                             "118 of 325 requests so far", "choices", "promote", "hold",
                             "roll-back"));
        break;
    case 1:
        dialog_open_step(s->app, "migrate", &s->effects);
        break;
    default:
        seat_hear(s, seat_status("41", "42", 0.2));
        break;
    }
}

Test(tui_dialog_storm, without_time_to_read_no_key_changes_anything)
{
    static const int keys[] = {'!',           'y',  '\r', '\n', 'n', 'a',  'r',         's',
                               'h',           'b',  'R',  'C',  'A', 'W',  '?',         'E',
                               'q',           '6',  '1',  '3',  '4', '\t', KEY_CODE_F9, KEY_CODE_UP,
                               KEY_CODE_DOWN, 0x1b, 'g',  'G',  'w', 'l'};

    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct seat s = seat_new(&(struct app_options){0});
        unsigned state = seed;
        s.app->is_unlocked = seed % 2 == 0;
        for (int i = 0; i < KEYS; i++) {
            if (next(&state) % 20 == 0)
                happens(&s, next(&state));
            else
                seat_press(&s, keys[next(&state) % (sizeof keys / sizeof keys[0])]);
            cr_assert_not(seat_wrote(&s), "seed %u, key %d", seed, i);
        }
        seat_free(&s);
    }
}

/* Whoever has time to read: every write was asked for by a dialog that was armed. */
Test(tui_dialog_storm, with_time_to_read_it_does)
{
    struct seat s = seat_new(&(struct app_options){0});

    happens(&s, 0);
    dialog_open_step(s.app, "migrate", &s.effects);
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'h');
    cr_expect(seat_wrote(&s));
    seat_free(&s);
}
