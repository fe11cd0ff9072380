/*
 * desk_second.c - the second person of a demo: some seconds after an approval is asked for, Li
 * gives it, through the same command as everybody, and it is said who did it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/demo_person.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define LOOK_EVERY_MS 250
#define READS_FOR_MS 2000 /* wall: whoever approves has read it */

struct second {
    char run[32], step[200]; /* what is waited for, "" = nothing */
    int64_t since_boot_ms;
    bool is_done; /* one approval that does not count is enough */
};

static void *state_new(struct desk *desk)
{
    return xcalloc(desk->config->environment_count, sizeof(struct second));
}

/* True when it was asked for long enough ago, and not given yet. */
static bool is_time(struct second *s, const struct run *run, const char *step)
{
    if (strcmp(s->run, run->id) != 0 || strcmp(s->step, step) != 0) {
        *s = (struct second){.since_boot_ms = clock_boot_ms()};
        text_copy(s->run, sizeof s->run, run->id);
        text_copy(s->step, sizeof s->step, step);
    }
    return step[0] != '\0' && !s->is_done && clock_boot_ms() >= s->since_boot_ms + READS_FOR_MS;
}

static void approve(struct desk *d, const struct environment *environment, struct second *s,
                    struct engine *engine)
{
    struct error err;

    s->is_done = true;
    if (demo_person_approve(engine, d->options.second, s->step, &err))
        desk_say(d, environment->name, "plain", "li approved (played by the demo)");
    else
        desk_say(d, environment->name, "warn", "li (played by the demo) cannot approve: %s",
                 err.message);
}

static void look(struct desk *d, const struct environment *environment, struct second *s)
{
    struct engine *engine = desk_flight_enter(d, environment);
    struct run *run = engine != NULL ? engine_snapshot(engine) : NULL;

    if (run != NULL && is_time(s, run, demo_person_awaited(environment, run)))
        approve(d, environment, s, engine);
    run_free(run);
    if (engine != NULL)
        desk_flight_leave(d, environment);
}

static void tick(struct lane *lane, int64_t *wait_ms)
{
    struct desk *d = lane->desk;
    struct second *seconds = lane->state;

    *wait_ms = d->options.second != NULL ? LOOK_EVERY_MS : -1;
    for (size_t i = 0; d->options.second != NULL && i < d->config->environment_count; i++)
        look(d, &d->config->environments[i], &seconds[i]);
}

const struct lane_kind lane_second = {
    .name = "second", .tick = tick, .state_new = state_new, .state_free = free};
