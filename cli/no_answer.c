/*
 * no_answer.c - see no_answer.h.
 */
#include "cli/no_answer.h"

#include "cli/cli.h"
#include "core/cancel.h"
#include "core/clock.h"

#define FIRST_WORD_MS 2500 /* doubled with each word */
#define LONGEST_GAP_MS 60000
#define LOOK_EVERY_MS 100

static void *watch(void *closure)
{
    struct no_answer *n = closure;
    int64_t said_ms = clock_boot_ms(), gap_ms = FIRST_WORD_MS;
    char took[CLOCK_STAMP_SIZE];

    while (cancel_sleep_ms(n->end, LOOK_EVERY_MS)) {
        int64_t now_ms = clock_boot_ms(), heard_ms = atomic_load(&n->heard_ms);
        if (now_ms - (said_ms > heard_ms ? said_ms : heard_ms) < gap_ms)
            continue;
        cli_note(n->cli, "flightdeck: nothing heard from AWS for %s; still trying. %s",
                 clock_duration_text(now_ms - heard_ms, took), n->way_out);
        said_ms = now_ms;
        gap_ms = 2 * gap_ms < LONGEST_GAP_MS ? 2 * gap_ms : LONGEST_GAP_MS;
    }
    return NULL;
}

void no_answer_begin(struct no_answer *n, const struct cli *cli, const char *way_out)
{
    n->cli = cli;
    n->way_out = way_out;
    n->end = cancel_new();
    atomic_store(&n->heard_ms, clock_boot_ms());
    n->is_started = pthread_create(&n->thread, NULL, watch, n) == 0;
}

void no_answer_heard(struct no_answer *n)
{
    if (n != NULL)
        atomic_store(&n->heard_ms, clock_boot_ms());
}

void no_answer_end(struct no_answer *n)
{
    cancel_set(n->end);
    if (n->is_started)
        (void)pthread_join(n->thread, NULL);
    cancel_unref(n->end);
    n->end = NULL;
}
