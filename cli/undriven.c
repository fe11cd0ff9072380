/*
 * undriven.c - see undriven.h.
 */
#include "cli/undriven.h"

#include "core/clock.h"
#include "core/engine.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/run.h"

/* The time of its newest event: until then somebody was there. */
static int64_t last_seen_ms(struct journal *journal, const struct run *run)
{
    struct event **events;
    size_t count;
    struct error ignored;
    int64_t at_ms = run->started_at_ms;

    if (!journal_read(journal, run->id, run->last_seq - 1, &events, &count, &ignored))
        return at_ms;
    if (count > 0)
        at_ms = events[count - 1]->at_ms;
    journal_events_free(events, count);
    return at_ms;
}

bool undriven_is(const char *state_directory, const struct run *run)
{
    return run->status != RUN_PENDING && !run_is_over(run) &&
           !engine_is_driven(state_directory, run->environment);
}

bool undriven_look(struct journal *journal, const char *state_directory, const struct run *run,
                   int64_t *since_ms)
{
    if (run == NULL || !undriven_is(state_directory, run))
        return false;
    *since_ms = last_seen_ms(journal, run);
    return true;
}

/* What it may do meanwhile. */
static char *risk_of(const struct run *run, int64_t taken_back_ms)
{
    char at[CLOCK_STAMP_SIZE];

    if (taken_back_ms > 0)
        return xasprintf("AWS gave all traffic back to v%s at %s", run->old_version,
                         clock_time_of_day(taken_back_ms, at));
    return run->weight > 0
               ? xasprintf("%.4g %% of v%s is not judged", run->weight * 100, run->new_version)
               : xstrdup("it stands still");
}

char *undriven_text(const struct run *run, int64_t since_ms, int64_t taken_back_ms)
{
    char at[CLOCK_STAMP_SIZE];
    auto_free char *risk = risk_of(run, taken_back_ms);

    return xasprintf("NOBODY DRIVES IT since %s: %s: flightdeck run resume %s | flightdeck "
                     "rollback %s",
                     clock_time_of_day(since_ms, at), risk, run->id, run->environment);
}
