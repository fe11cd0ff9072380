/*
 * judge_ladder.c - how long a weight takes to be cleared and to be convicted, see judge.h.
 */
#include <math.h>

#include "core/judge.h"

/* What "bad" means where a time to conviction is printed: one request in ten fails. */
#define EXAMPLE_RATE 0.1
#define MOST_REQUESTS 100000

static int64_t up_to_minute(int64_t ms)
{
    return (ms + JUDGE_MINUTE_MS - 1) / JUDGE_MINUTE_MS * JUDGE_MINUTE_MS;
}

int64_t judge_settling_ms(int timeout_s) { return (int64_t)timeout_s * 1000 + JUDGE_DELIVERY_MS; }

int64_t judge_first_minute_ms(const struct judge_settings *s, int64_t weight_set_at_ms)
{
    return up_to_minute(weight_set_at_ms + s->initial_delay_ms);
}

int64_t judge_deadline_ms(const struct judge_settings *s, int timeout_s, int64_t weight_set_at_ms)
{
    return judge_first_minute_ms(s, weight_set_at_ms) + JUDGE_MINUTE_MS +
           judge_settling_ms(timeout_s) + s->deadline_ms;
}

/* Of a change of weight that happens on a whole minute; the look comes within an interval. */
static int64_t clear_ms(const struct judge_settings *s, const struct rung *rung, int timeout_s,
                        int64_t minutes)
{
    int64_t seen_ms =
        judge_first_minute_ms(s, 0) + minutes * JUDGE_MINUTE_MS + judge_settling_ms(timeout_s);
    return seen_ms > rung->bake_ms ? seen_ms : rung->bake_ms;
}

int64_t judge_least_ms(const struct judge_settings *s, const struct rung *rung, int timeout_s)
{
    return clear_ms(s, rung, timeout_s, s->min_minutes);
}

/* The fewest requests whose tenth part convicts when it failed. */
static int64_t requests_to_convict(const struct judge_settings *s)
{
    for (int64_t n = 10; n < MOST_REQUESTS; n += 10) {
        struct judge_input in = {.settings = s, .new_version = "", .old_version = "", .weight = 1};
        struct verdict verdict;
        in.fresh[JUDGE_RUN] = (struct judge_tally){
            .requests = n, .failed = (int64_t)((double)n * EXAMPLE_RATE), .attempts = n};
        judge_verdict(&in, &verdict);
        if (verdict.kind == VERDICT_BAD)
            return n;
    }
    return MOST_REQUESTS;
}

struct judge_estimate judge_ladder(const struct judge_settings *s, const struct rung *rung,
                                   int timeout_s, double rate)
{
    int64_t deadline_ms = judge_deadline_ms(s, timeout_s, 0);
    double per_minute = rate * rung->weight * 60;
    struct judge_estimate none = {-1, -1};

    if (!(per_minute > 0))
        return none;
    double minutes = ceil((double)s->min_requests / per_minute);
    double convict_minutes = ceil((double)requests_to_convict(s) / per_minute);
    if (minutes > (double)(deadline_ms / JUDGE_MINUTE_MS))
        return none;
    struct judge_estimate out = {
        .clear_ms = clear_ms(s, rung, timeout_s, (int64_t)fmax(minutes, (double)s->min_minutes)),
        .convict_ms = (int64_t)fmin(convict_minutes, 1e6) * JUDGE_MINUTE_MS + JUDGE_DELIVERY_MS};
    if (out.clear_ms > deadline_ms)
        out.clear_ms = -1;
    if (out.convict_ms > deadline_ms)
        out.convict_ms = -1;
    return out;
}
