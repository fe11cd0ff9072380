/* app_tick.c - when the screen changes by itself: no sooner is anybody woken. */
#include <math.h>

#include "core/wire.h"
#include "tui/app_parts.h"
#include "tui/panes.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS INT64_C(60000)
#define AGE_STEP_MS (5 * SECOND_MS)
#define EVERY_READ_MS MINUTE_MS /* how often metrics and the checklist are read, at most */

static void sooner(int64_t *best, int64_t at_ms)
{
    if (at_ms >= 0 && (*best < 0 || at_ms < *best))
        *best = at_ms;
}

/* When world time has come there, on the boot clock; in a fast world no more than once a second. */
static int64_t wall_of(const struct app *app, int64_t world_ms)
{
    double wait = ceil((double)(world_ms - app->world_ms) / (app->speed > 0 ? app->speed : 1));
    double least = app->speed > 1 ? (double)SECOND_MS : 1;
    return app->wall_ms + (int64_t)(wait < least ? least : wait);
}

/* An age appears when it is over the limit, and then counts on in steps, as app_age_text does. */
static void consider_age(const struct app *app, int64_t at_ms, int64_t limit_ms, int64_t *best)
{
    int64_t age = app->world_ms - at_ms;
    int64_t step_ms = age < AGE_STEP_MS ? SECOND_MS : age < MINUTE_MS ? AGE_STEP_MS : MINUTE_MS;

    if (at_ms <= 0)
        return;
    sooner(best, wall_of(app, age <= limit_ms ? at_ms + limit_ms + 1
                                              : at_ms + (age / step_ms + 1) * step_ms));
}

static void consider_document(const struct app *app, const struct app_document *d,
                              int64_t interval_ms, int64_t *best)
{
    bool is_doubtful = d->is_cached || d->trouble != NULL;
    if (d->document != NULL)
        consider_age(app, d->at_ms, is_doubtful ? 0 : 2 * interval_ms, best);
}

static void consider_world(const struct app *app, int64_t *best)
{
    const struct app_environment *shown = app_environment(app);
    int64_t poll_ms = wire_whole(json_object_get(app->hello, "poll_ms"));

    sooner(best, wall_of(app, (app->world_ms / MINUTE_MS + 1) * MINUTE_MS));
    if (app_is_going(app))
        sooner(best, wall_of(app, (app->world_ms / SECOND_MS + 1) * SECOND_MS));
    for (size_t i = 0; i < app->environment_count; i++)
        consider_document(app, &app->environments[i].status, poll_ms > 0 ? poll_ms : APP_POLL_MS,
                          best);
    if (app->log_count > 0)
        consider_age(app, app->log[app->log_count - 1].at_ms, 2 * EVERY_READ_MS, best);
    if (shown == NULL)
        return;
    consider_document(app, &shown->check, EVERY_READ_MS, best);
    consider_document(app, &shown->metrics, EVERY_READ_MS, best);
}

int64_t app_next_tick_ms(const struct app *app)
{
    int64_t best = -1;
    const struct toast *toast = app_shown_toast(app);

    sooner(&best, dialog_next_tick_ms(app));
    if (toast != NULL)
        sooner(&best, toast->shown_ms + TOAST_LIFE_MS);
    if (app->is_frozen)
        return best;
    consider_world(app, &best);
    for (int i = 0; i < PANE_COUNT; i++)
        if (panes[i]->next_tick_ms != NULL)
            sooner(&best, panes[i]->next_tick_ms(app));
    return best;
}
