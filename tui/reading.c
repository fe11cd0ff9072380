/* reading.c - what the panes read out of documents, and how old it is. */
#include "tui/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/layout.h"
#include "tui/sheet.h"

#define USUAL_POLL_MS 10000
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DIGEST "@sha256:"
#define SHORT_DIGEST 12
#define SAID "could not read it: " /* whoever failed says it, too */

const char *reading_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

char *reading_image(const char *image)
{
    const char *slash = strrchr(image, '/'), *name = slash != NULL ? slash + 1 : image;
    const char *digest = strstr(name, DIGEST);

    if (digest == NULL)
        return xstrdup(name);
    return xasprintf("%.*s%.*s", (int)(digest - name) + (int)strlen(DIGEST), name, SHORT_DIGEST,
                     digest + strlen(DIGEST));
}

int64_t reading_number(const json_t *object, const char *key)
{
    return wire_whole(json_object_get(object, key));
}

int64_t reading_stamp_ms(const json_t *object, const char *key)
{
    int64_t at_ms;
    return clock_parse_stamp(reading_text(object, key), &at_ms) ? at_ms : 0;
}

int64_t reading_now_ms(const struct app *app)
{
    return app->is_frozen ? app->frozen_at_ms : app->world_ms;
}

int64_t reading_interval_ms(const struct app *app)
{
    int64_t poll_ms = reading_number(app->hello, "poll_ms");
    double speed = app->speed > 0 ? app->speed : 1;
    return (int64_t)((double)(poll_ms > 0 ? poll_ms : USUAL_POLL_MS) * speed);
}

const char *reading_span(int64_t duration_ms, char out[static 32])
{
    int64_t seconds = (duration_ms > 0 ? duration_ms : 0) / 1000;
    char words[CLOCK_STAMP_SIZE];

    if (seconds >= 24 * 60 * 60)
        (void)snprintf(out, 32, "%s", clock_duration_text(duration_ms, words));
    else if (seconds >= 60 * 60)
        (void)snprintf(out, 32, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                       (int)(seconds % 60));
    else
        (void)snprintf(out, 32, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    return out;
}

#define SECONDS_BELOW_MS (10 * MINUTE_MS)

const char *reading_left(int64_t now_ms, int64_t expires_ms, char out[static 32])
{
    int64_t minutes = expires_ms / MINUTE_MS - now_ms / MINUTE_MS;
    char span[32];

    if (expires_ms - now_ms < SECONDS_BELOW_MS)
        (void)snprintf(out, 32, "%s left", reading_span(expires_ms - now_ms, span));
    else if (minutes < 120)
        (void)snprintf(out, 32, "%d min left", (int)minutes);
    else
        (void)snprintf(out, 32, "%d h left", (int)(minutes / 60));
    return out;
}

int64_t reading_next_left_ms(int64_t now_ms, int64_t expires_ms)
{
    int64_t left_ms = expires_ms - now_ms;
    if (left_ms < 0)
        return -1;
    return left_ms < SECONDS_BELOW_MS ? now_ms + left_ms % 1000 + 1
                                      : expires_ms - SECONDS_BELOW_MS + 1;
}

const char *reading_old(int64_t now_ms, int64_t at_ms, char out[static 40])
{
    char words[CLOCK_STAMP_SIZE];
    int64_t minutes = now_ms / MINUTE_MS - at_ms / MINUTE_MS;
    (void)snprintf(out, 40, "%s old", clock_duration_text(minutes * MINUTE_MS, words));
    return out;
}

/* ---- when it looks different by itself ---- */

bool reading_is_seen(const struct app *app, enum pane_id pane)
{
    struct layout l = layout_of(app->rows, app->cols, app->focus, app->is_zoomed);
    return l.panes[pane].h > 0;
}

int64_t reading_next_age_ms(const struct app *app, int64_t at_ms, int64_t interval_ms)
{
    int64_t age = app->world_ms - at_ms;
    int64_t step_ms = age < 5000 ? 1000 : age < MINUTE_MS ? 5000 : MINUTE_MS;

    if (at_ms <= 0)
        return -1;
    return age <= 2 * interval_ms ? at_ms + 2 * interval_ms + 1
                                  : at_ms + (age / step_ms + 1) * step_ms;
}

int64_t reading_sooner(int64_t a, int64_t b) { return a < 0 ? b : b < 0 ? a : a < b ? a : b; }

int64_t reading_wake_ms(const struct app *app, int64_t world_ms)
{
    double speed = app->speed > 0 ? app->speed : 1;
    double wait = ceil((double)(world_ms - app->world_ms) / speed);
    double least = speed > 1 ? 1000 : 1;

    return world_ms < 0 ? -1 : app->wall_ms + (int64_t)(wait < least ? least : wait);
}

void reading_put_age(struct sheet *s, const struct app *app, const struct app_document *document,
                     int64_t interval_ms, const char *what)
{
    char at[48], age[32];

    if (document->trouble != NULL) {
        auto_free char *text = xasprintf(
            "could not read %s: %s%s", what,
            document->trouble + (text_starts_with(document->trouble, SAID) ? strlen(SAID) : 0),
            document->document != NULL ? "; what follows is older" : "");
        sheet_wrap(s, NULL, 1, 2, ROLE_WARN, text);
    }
    if (document->document == NULL)
        return;
    if (document->is_cached) {
        auto_free char *text =
            xasprintf("as of %s, being read again", app_time_text(app, document->at_ms, at));
        sheet_wrap(s, NULL, 1, 2, ROLE_WARN, text);
        return;
    }
    if (app_age_text(app, document->at_ms, interval_ms, age)[0] != '\0') {
        auto_free char *text = xasprintf("read %s", age);
        sheet_wrap(s, NULL, 1, 2, ROLE_FAINT, text);
    }
}
