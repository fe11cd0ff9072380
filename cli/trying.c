/*
 * trying.c - see trying.h.
 */
#include "cli/trying.h"

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "core/cancel.h"
#include "core/clock.h"

#define PATIENCE_MS 1800000
#define FIRST_PAUSE_MS 500 /* doubled each time */
#define LONGEST_PAUSE_MS 10000
#define FIRST_WORD_MS 5000 /* said at once, then after this long, and twice as long each time */

bool trying_again(struct trying *t, const struct cli *cli, const struct error *err)
{
    int64_t now_ms = clock_boot_ms();
    char left[CLOCK_STAMP_SIZE];

    if (t->began_ms == 0)
        *t = (struct trying){.began_ms = now_ms, .pause_ms = FIRST_PAUSE_MS};
    int64_t took_ms = now_ms - t->began_ms;
    if ((err->kind != ERROR_TRANSIENT && err->kind != ERROR_UNKNOWN) || took_ms >= PATIENCE_MS)
        return false;
    if (took_ms >= t->word_ms) {
        cli_note(cli, "flightdeck: not back yet: %s. Trying on, for %s at most; Ctrl-C gives up",
                 err->message, clock_duration_text(PATIENCE_MS - took_ms, left));
        t->word_ms = t->word_ms == 0 ? FIRST_WORD_MS : 2 * took_ms;
    }
    bool is_rested = cancel_sleep_ms(interrupt_cancel(), t->pause_ms);
    t->pause_ms = 2 * t->pause_ms < LONGEST_PAUSE_MS ? 2 * t->pause_ms : LONGEST_PAUSE_MS;
    return is_rested;
}
