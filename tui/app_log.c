/* app_log.c - lines of the log, a ring by bytes, and toasts with their history. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app_parts.h"

#define LINE_COST(line)                                                                            \
    (sizeof(struct log_line) + strlen((line)->text) + strlen((line)->environment))

static void clear_line(struct log_line *line)
{
    free(line->environment);
    free(line->text);
}

/* The oldest lines go until the rest fits; a quarter more, so that this is rare. */
static void drop_oldest(struct app *app)
{
    size_t gone = 0;
    while (gone + 1 < app->log_count && app->log_bytes > LOG_MOST_BYTES / 4 * 3) {
        app->log_bytes -= LINE_COST(&app->log[gone]);
        clear_line(&app->log[gone++]);
    }
    app->log_count -= gone;
    app->log_dropped += gone;
    memmove(app->log, app->log + gone, app->log_count * sizeof *app->log);
}

/* In the order of time: what several environments did before the console came is told mixed. */
void app_log(struct app *app, const char *environment, enum event_mood mood, int64_t at_ms,
             const char *text)
{
    app->log = mem_grow(app->log, &app->log_capacity, app->log_count, sizeof *app->log);
    size_t place = app->log_count;
    while (place > 0 && app->log[place - 1].at_ms > at_ms)
        place--;
    memmove(app->log + place + 1, app->log + place, (app->log_count - place) * sizeof *app->log);
    app->log[place] = (struct log_line){
        .at_ms = at_ms, .mood = mood, .environment = xstrdup(environment), .text = text_safe(text)};
    app->log_count++;
    app->log_bytes += LINE_COST(&app->log[place]);
    if (app->log_bytes > LOG_MOST_BYTES)
        drop_oldest(app);
}

void app_clear_log(struct app *app)
{
    for (size_t i = 0; i < app->log_count; i++)
        clear_line(&app->log[i]);
    free(app->log);
    app->log = NULL;
    app->log_count = app->log_capacity = app->log_bytes = 0;
}

void app_toast(struct app *app, bool is_bad, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *raw = xvasprintf(fmt, ap);
    va_end(ap);

    if (app->toasts == NULL)
        app->toasts = xcalloc(TOAST_HISTORY, sizeof *app->toasts);
    if (app->toast_count == TOAST_HISTORY) {
        free(app->toasts[0].text);
        app->toast_count--;
        memmove(app->toasts, app->toasts + 1, app->toast_count * sizeof *app->toasts);
    }
    app->toasts[app->toast_count++] = (struct toast){.text = text_safe(raw),
                                                     .is_bad = is_bad,
                                                     .shown_ms = app->wall_ms,
                                                     .at_ms = app->live_world_ms};
    app->is_dirty = true;
}

void app_clear_toasts(struct app *app)
{
    for (size_t i = 0; i < app->toast_count; i++)
        free(app->toasts[i].text);
    free(app->toasts);
    app->toasts = NULL;
    app->toast_count = 0;
}

/* A bad one is not pushed away by what comes behind it. */
const struct toast *app_shown_toast(const struct app *app)
{
    const struct toast *shown = NULL;
    for (size_t i = app->toast_count; i > 0; i--) {
        const struct toast *toast = &app->toasts[i - 1];
        if (app->wall_ms - toast->shown_ms >= TOAST_LIFE_MS)
            break;
        if (toast->is_settled)
            continue;
        if (shown == NULL || (toast->is_bad && !shown->is_bad))
            shown = toast;
    }
    return shown;
}
