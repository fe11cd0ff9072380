/* header_where.c - the parts of the first line: where one is, as whom, and the time. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/header_parts.h"

#define MINUTE_MS INT64_C(60000)

void header_word(const struct app *app, char *out, size_t size, int columns)
{
    const struct app_environment *e = app_environment(app);
    char word[PART_SIZE];

    out[0] = '\0';
    if (e == NULL)
        return;
    auto_free char *name = text_safe(e->name);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    bool says_so = strncmp(name, "PROD", 4) == 0;
    snprintf(word, sizeof word, "%s%s", e->is_production && !says_so ? "PRODUCTION " : "", name);
    if (columns < canvas_width(word) && columns >= 1) {
        int most = columns >= 4 ? 4 : 1;
        text_copy(out, size < (size_t)most + 1 ? size : (size_t)most + 1, word);
        return;
    }
    text_copy(out, size, word);
}

static void fill_word(const struct app *app, struct part *out)
{
    header_word(app, out->whole, sizeof out->whole, PART_SIZE);
    header_word(app, out->brief, sizeof out->brief, 4);
    if (app_environment(app) == NULL)
        text_copy(out->whole, sizeof out->whole, "flightdeck: nothing is known yet");
}

static void fill_project(const struct app *app, struct part *out)
{
    text_copy(out->whole, sizeof out->whole, app_text_of(app->hello, "project"));
    text_copy(out->brief, sizeof out->brief, out->whole);
}

static void fill_region(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    if (e != NULL)
        text_copy(out->whole, sizeof out->whole, e->region);
}

static void fill_account(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    if (e == NULL || e->account[0] == '\0')
        return;
    size_t length = strlen(e->account);
    const char *profile = app_text_of(e->identity, "profile");
    snprintf(out->whole, sizeof out->whole, "account %.32s%s%.32s%s", e->account,
             profile[0] != '\0' ? " (" : "", profile, profile[0] != '\0' ? ")" : "");
    snprintf(out->brief, sizeof out->brief, "acct ..%.4s",
             e->account + (length > 4 ? length - 4 : 0));
}

/* It counts with the minutes of the clock: nothing else need be drawn for it. */
static int64_t sign_in_left_ms(const struct app *app, int64_t ends_ms)
{
    return ends_ms - app->world_ms / MINUTE_MS * MINUTE_MS;
}

static bool has_ended(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    int64_t ends_ms = e != NULL ? wire_whole(json_object_get(e->identity, "expires_at_ms")) : 0;

    return e != NULL && (strcmp(app_text_of(e->identity, "state"), "ended") == 0 ||
                         (ends_ms > 0 && sign_in_left_ms(app, ends_ms) <= 0));
}

/* NULL: somebody is signed in, or it is not known yet. */
static const char *no_sign_in(const struct app *app)
{
    const struct app_environment *e = app_environment(app);

    if (has_ended(app))
        return "SIGN-IN ENDED";
    return e != NULL && strcmp(app_text_of(e->identity, "state"), "none") == 0 ? "NOT SIGNED IN"
                                                                               : NULL;
}

static void fill_who(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    const char *arn = e != NULL ? app_text_of(e->identity, "arn") : "";
    const char *name =
        arn[0] != '\0' ? arn : app_text_of(json_object_get(app->hello, "you"), "name");
    /* Who AWS says it is comes in a moment, or was lost with the sign-in: nobody else is named. */
    bool is_of_aws = e == NULL || (e->identity != NULL && no_sign_in(app) == NULL);
    if (!is_of_aws && strncmp(name, "arn:", 4) != 0)
        return;
    text_copy(out->whole, sizeof out->whole, event_text_person(name));
    text_copy(out->brief, sizeof out->brief, out->whole);
    char *at = strchr(out->brief, '@');
    if (at != NULL)
        *at = '\0';
}

static void fill_sign_in(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    int64_t ends_ms = e != NULL ? wire_whole(json_object_get(e->identity, "expires_at_ms")) : 0;

    const char *none = no_sign_in(app);

    if (none != NULL) {
        text_copy(out->whole, sizeof out->whole, none);
        text_copy(out->brief, sizeof out->brief, none);
    } else if (ends_ms > 0) {
        long long minutes = sign_in_left_ms(app, ends_ms) / MINUTE_MS;
        snprintf(out->whole, sizeof out->whole, "sign-in %lld:%02lld left", minutes / 60,
                 minutes % 60);
        snprintf(out->brief, sizeof out->brief, "%lld:%02lld left", minutes / 60, minutes % 60);
    }
}

static void fill_seat(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    if (e == NULL)
        return;
    bool is_open = !app->options.is_read_only && (!e->is_production || app->is_unlocked);
    text_copy(out->whole, sizeof out->whole, is_open ? "RW" : "RO read-only");
    text_copy(out->brief, sizeof out->brief, is_open ? "RW" : "RO");
}

static void fill_lock(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    const json_t *lock = e != NULL ? json_object_get(e->status.document, "lock") : NULL;
    if (!json_is_object(lock))
        return;
    snprintf(out->whole, sizeof out->whole, "LOCKED by %.60s",
             event_text_person(app_text_of(lock, "by")));
    snprintf(out->brief, sizeof out->brief, "LOCKED by %.20s",
             event_text_person(app_text_of(lock, "by")));
    char *at = strchr(out->brief, '@');
    if (at != NULL)
        *at = '\0';
}

static void fill_state(const struct app *app, struct part *out)
{
    char at[48];
    if (app->is_lost && app->stopped != NULL) {
        text_copy(out->whole, sizeof out->whole, app->stopped);
        text_copy(out->brief, sizeof out->brief, "ENGINE STOPPED");
    } else if (app->is_lost) {
        text_copy(out->whole, sizeof out->whole, "NO CONNECTION to the engine");
        text_copy(out->brief, sizeof out->brief, "NO CONNECTION");
    } else if (app->is_frozen) {
        snprintf(out->whole, sizeof out->whole, "FROZEN since %s",
                 app_time_text(app, app->frozen_at_ms, at));
        text_copy(out->brief, sizeof out->brief, "FROZEN");
    } else if (app->options.is_demo) {
        text_copy(out->whole, sizeof out->whole, "DEMO");
    }
}

void header_clock_text(char *out, size_t size, int64_t duration_ms)
{
    long long seconds = duration_ms > 0 ? duration_ms / 1000 : 0;
    if (seconds >= 3600)
        snprintf(out, size, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(out, size, "%lld:%02lld", seconds / 60, seconds % 60);
}

static void fill_run_clock(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    char took[32];
    if (run == NULL || run->started_at_ms == 0)
        return;
    bool is_over = run_is_over(run);
    header_clock_text(took, sizeof took,
                      (is_over ? run->ended_at_ms : app->world_ms) - run->started_at_ms);
    snprintf(out->whole, sizeof out->whole, "%s%s", is_over ? "took " : "T+", took);
    text_copy(out->brief, sizeof out->brief, out->whole);
}

static void fill_time(const struct app *app, struct part *out)
{
    char at[48];
    if (app->world_ms > 0)
        snprintf(out->whole, sizeof out->whole, "%.6s", app_time_text(app, app->world_ms, at));
}

/* The time of this seat, where it is another. */
static void fill_local(const struct app *app, struct part *out)
{
    char at[48];
    if (app->world_ms <= 0)
        return;
    const char *local = strchr(app_time_text(app, app->world_ms, at), ' ');
    if (local == NULL)
        return;
    text_copy(out->brief, sizeof out->brief, local + 1);
    snprintf(out->whole, sizeof out->whole, "%.8s %.32s", local + 1, app->zone);
}

const struct part_kind header_where[] = {
    {fill_word, 5, 0, false, 0},      {fill_seat, 18, 1, false, 12},
    {fill_state, 15, 2, false, 0},    {fill_lock, 14, 3, false, 0},
    {fill_project, 0, 13, false, 0},  {fill_account, 20, 11, false, 0},
    {fill_region, 0, 12, false, 0},   {fill_who, 17, 10, false, 0},
    {fill_sign_in, 16, 6, false, 17}, {fill_run_clock, 0, 4, true, 9},
    {fill_time, 0, 7, true, 0},       {fill_local, 19, 9, true, 0},
};

const size_t header_where_count = sizeof header_where / sizeof header_where[0];
