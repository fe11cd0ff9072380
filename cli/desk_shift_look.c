/*
 * desk_shift_look.c - the lane that says what moving the slider would do: the exact call, what
 * guards it, and why not.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "cli/desk_asked.h"
#include "cli/desk_callers.h"
#include "cli/desk_parts.h"
#include "cli/desk_shift.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/opening.h"
#include "core/text.h"

#define SAME_WEIGHT 1e-6
#define MARK "flightdeck %s %s %s>%s until ${time}"

/* ---- what guards it ---- */

static void add_guard(json_t *guards, const char *state, const char *fmt, ...) FD_PRINTF(3, 4);

static void add_guard(json_t *guards, const char *state, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    json_array_append_new(guards, json_pack("{s:s, s:s}", "text", text, "state", state));
}

static void guard_opening(const struct desk_shift *s, json_t *guards)
{
    struct environment_lock lock;
    struct error err;

    if (s->journal != NULL && locked_read(s->journal, s->environment->name, &lock, &err) &&
        lock.is_locked)
        add_guard(guards, "no", "locked by %s: %s", locked_by(&lock), lock.reason);
    else
        add_guard(guards, "ok", "not locked");
    if (opening_check(s->environment, clock_world_ms(), &err))
        add_guard(guards, "ok", "inside its window, no freeze");
    else
        add_guard(guards, "no", "%s", err.message);
}

static void guard_verdict(const struct run *run, json_t *guards)
{
    static const struct {
        const char *kind, *state;
    } states[] = {{"successful", "ok"}, {"failed", "no"}};
    const struct event *newest =
        run->measured_count > 0 ? run->measured[run->measured_count - 1] : NULL;
    const json_t *verdict = newest != NULL ? json_object_get(newest->body, "verdict") : NULL;
    const char *kind = desk_asked_text(verdict, "kind"), *state = "wait";

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].kind, kind) == 0)
            state = states[i].state;
    add_guard(guards, state, "%s",
              verdict != NULL ? desk_asked_text(verdict, "sentence") : "nothing is judged yet");
}

static json_t *guards_of(const struct desk_shift *s)
{
    json_t *guards = json_array();

    if (strcmp(s->how, "back") == 0)
        add_guard(guards, "ok", "going back is always allowed");
    else if (s->run != NULL)
        guard_verdict(s->run, guards);
    else if (s->slide.weight <= sliding_share(&s->slide))
        add_guard(guards, "ok", "less for v%s: no lock, window or freeze stops it",
                  s->slide.version);
    else
        guard_opening(s, guards);
    if (strcmp(s->how, "hand") == 0)
        add_guard(guards, "wait", "by hand: nothing judges it afterwards");
    return guards;
}

/* ---- preview ---- */

/* A run goes back whole: there is no half of it. */
static bool find_layout(struct desk_shift *s, struct alias_layout *out, struct error *err)
{
    const struct lambda_alias *now = &s->slide.alias;
    struct actor actor;

    session_known_actor(desk_session(s->desk, s->request), s->environment, &actor);
    auto_free char *mark = xasprintf(MARK, s->run != NULL ? s->run->id : "${run}", actor.user_host,
                                     now->version, s->slide.version);

    if (strcmp(s->how, "back") == 0) {
        *out = alias_layout_whole(s->run->old_version, "${before.description}");
        return true;
    }
    if (!sliding_layout(&s->slide, out, err))
        return false;
    text_copy(out->description, sizeof out->description, mark);
    return true;
}

static json_int_t bake_of(const struct desk_shift *s)
{
    for (size_t i = 0; i < s->environment->rung_count; i++)
        if (strcmp(s->how, "promote") == 0 &&
            fabs(s->environment->ladder[i].weight - s->slide.weight) < SAME_WEIGHT)
            return (json_int_t)s->environment->ladder[i].bake_ms;
    return 0;
}

static json_t *preview_json(const struct desk_shift *s, const struct alias_layout *layout)
{
    const struct lambda_alias *now = &s->slide.alias;
    auto_free char *split = alias_split_text(now);
    auto_free char *undo = xasprintf("one UpdateAlias: %s again", split);
    const char *function = config_resource_text(s->slide.api, "lambda"),
               *alias = config_resource_text(s->slide.api, "alias");
    json_t *call = alias_call(function, alias, layout);

    json_object_set_new(json_object_get(call, "params"), "RevisionId",
                        json_string(now->revision_id));
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:s, s:f, s:s, s:n, s:o, s:I, s:s, s:s, s:s?}", "call", call,
        "resource", s->slide.api->name, "from",
        desk_asked_shares(now->version, now->additional_version, now->additional_weight), "to",
        desk_asked_shares(layout->version, layout->additional_version, layout->additional_weight),
        "version", s->slide.version, "weight", s->slide.weight, "revision_id", now->revision_id,
        "requests_per_s", "guards", guards_of(s), "bake_ms", bake_of(s), "undo", undo, "how",
        s->how, "refused", s->refused.kind != ERROR_NONE ? s->refused.message : NULL);
}

static void preview_shift(struct lane *lane, const struct environment *environment,
                          const json_t *request)
{
    struct desk_shift s = {.desk = lane->desk, .environment = environment, .request = request};
    struct alias_layout layout = {.version = ""};
    struct error err;
    bool ok = desk_shift_read(&s, &err) && find_layout(&s, &layout, &err);

    desk_asked_end(lane->desk, request, ok, ok ? preview_json(&s, &layout) : NULL, &err);
    desk_shift_clear(&s);
}

static const struct desk_verb verbs[] = {{"preview_shift", preview_shift}, {0}};

const struct lane_kind lane_shift_look = {.name = "shift_look", .verbs = verbs};
