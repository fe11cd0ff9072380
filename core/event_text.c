/*
 * event_text.c - see event_text.h. One row per type of event; types without a row are not told.
 */
#include "core/event_text.h"

#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/mem.h"
#include "core/text.h"

#define SENTENCE_CEILING 2000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_any_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* ": REASON", or nothing. */
static void add_reason(struct buf *out, const struct event *e, const char *key)
{
    const char *reason = key_text(e->body, key);
    if (reason[0] != '\0')
        buf_addf(out, ": %s", reason);
}

const char *event_text_person(const char *by)
{
    const char *slash = text_starts_with(by, "arn:") ? strchr(by, '/') : NULL;
    return slash != NULL && slash[1] != '\0' ? slash + 1 : by;
}

static void add_by(struct buf *out, const struct event *e)
{
    if (e->by[0] != '\0')
        buf_addf(out, ", by %s", event_text_person(e->by));
}

static void tell_opened(struct buf *out, const struct event *e)
{
    buf_addf(out, "run %s of %s is open", e->stream, key_text(e->body, "environment"));
    add_by(out, e);
}

static void tell_started(struct buf *out, const struct event *e)
{
    buf_addf(out, "run %s has started", e->stream);
    add_by(out, e);
}

static void tell_step_started(struct buf *out, const struct event *e)
{
    json_int_t attempt = json_integer_value(json_object_get(e->body, "attempt"));
    buf_addf(out, "%s begins", e->step);
    if (attempt > 1)
        buf_addf(out, ", attempt %lld", (long long)attempt);
}

static void tell_step_waiting(struct buf *out, const struct event *e)
{
    const char *on = key_text(e->body, "on");
    if (on[0] == '\0') {
        buf_addf(out, "%s goes on", e->step);
        return;
    }
    if (text_starts_with(key_text(e->body, "reason"), "waits for ")) {
        buf_addf(out, "%s %s", e->step, key_text(e->body, "reason"));
        return;
    }
    buf_addf(out, "%s waits for %s", e->step, strcmp(on, "person") == 0 ? "a person" : on);
    add_reason(out, e, "reason");
}

/* States as people say them; the names are those of --json. */
struct wording {
    const char *state, *words;
};
static const struct wording step_endings[] = {
    {"succeeded", "is done"},      {"failed", "failed"},
    {"errored", "could not tell"}, {"skipped", "was not needed"},
    {"aborted", "was stopped"},    {"unknown", "is not known to have happened"},
    {"undone", "was taken back"},  {0},
};
static const struct wording run_endings[] = {
    {"succeeded", "it succeeded"},
    {"failed", "it failed"},
    {"aborted", "it was stopped"},
    {"rolled_back", "it was rolled back"},
    {"rollback_failed", "IT COULD NOT BE PUT BACK, LOOK AT IT"},
    {0},
};

static const char *words_of(const struct wording *wordings, const char *state)
{
    for (; wordings->state != NULL; wordings++)
        if (strcmp(wordings->state, state) == 0)
            return wordings->words;
    return state;
}

static void tell_step_ended(struct buf *out, const struct event *e)
{
    const char *state = key_text(e->body, "state");
    bool is_skipped_by_hand = strcmp(state, "skipped") == 0 && e->by[0] != '\0';

    buf_addf(out, "%s %s", e->step,
             is_skipped_by_hand ? "was skipped" : words_of(step_endings, state));
    add_by(out, e);
    add_reason(out, e, "reason");
}

static void tell_intent(struct buf *out, const struct event *e)
{
    const json_t *intent = json_object_get(e->body, "intent");
    auto_free char *call = call_text(json_object_get(intent, "what"));
    buf_addf(out, "%s sends %s", e->step, call);
}

static void tell_outcome(struct buf *out, const struct event *e)
{
    const char *state = key_text(e->body, "state");
    if (strcmp(state, "done") == 0)
        return; /* the intent was told; that it worked is what everybody expects */
    buf_addf(out, "%s: the answer is \"%s\"", e->step, state);
    add_reason(out, e, "reason");
}

static void tell_said(struct buf *out, const struct event *e)
{
    buf_adds(out, key_text(e->body, "text"));
}

static void tell_measured(struct buf *out, const struct event *e)
{
    const json_t *verdict = json_object_get(e->body, "verdict");
    buf_adds(out, key_text(verdict, "sentence"));
}

static void tell_asked(struct buf *out, const struct event *e)
{
    size_t i;
    json_t *choice;
    buf_addf(out, "QUESTION: %s", key_text(e->body, "question"));
    json_array_foreach(json_object_get(e->body, "choices"), i, choice)
        buf_addf(out, "%s%s", i == 0 ? " [" : ", ", json_string_value(choice));
    if (json_array_size(json_object_get(e->body, "choices")) > 0)
        buf_adds(out, "]");
}

static void tell_answered(struct buf *out, const struct event *e)
{
    buf_addf(out, "answered \"%s\"", key_text(e->body, "answer"));
    add_by(out, e);
}

static void tell_item(struct buf *out, const struct event *e)
{
    const char *id = key_text(e->body, "id"), *slash = strrchr(id, '/');
    /* The sections before it are in the report; the last part is what people call it. */
    buf_addf(out, "%s: %s", key_text(e->body, "state"), slash != NULL ? slash + 1 : id);
    add_reason(out, e, "summary");
    add_by(out, e);
}

static void tell_approved(struct buf *out, const struct event *e)
{
    const char *against = key_text(e->body, "against");

    buf_adds(out, against[0] == '\0' ? "the plan is approved" : "an approval");
    add_by(out, e);
    if (against[0] != '\0')
        buf_addf(out, ", which does not count: %s", against);
}

static void tell_command(struct buf *out, const struct event *e)
{
    buf_addf(out, "asked to %s", key_text(e->body, "verb"));
    if (e->step[0] != '\0')
        buf_addf(out, " %s", e->step);
    add_by(out, e);
    add_reason(out, e, "reason");
}

static void tell_run_ended(struct buf *out, const struct event *e)
{
    const char *health = key_text(e->body, "health");
    buf_addf(out, "run %s is over: %s", e->stream,
             words_of(run_endings, key_text(e->body, "status")));
    add_reason(out, e, "reason");
    if (health[0] != '\0')
        buf_addf(out, " (service: %s)", health);
}

#define SIMPLE(name, words)                                                                        \
    static void tell_##name(struct buf *out, const struct event *e)                                \
    {                                                                                              \
        buf_adds(out, words);                                                                      \
        add_by(out, e);                                                                            \
        add_reason(out, e, "reason");                                                              \
    }
SIMPLE(paused, "paused")
SIMPLE(resumed, "goes on")
SIMPLE(abort, "stopping: traffic goes back")

static void tell_rollback(struct buf *out, const struct event *e)
{
    buf_addf(out, "ROLLING BACK%s",
             key_text(e->body, "over")[0] != '\0' ? ", over what somebody else changed" : "");
    add_by(out, e);
    add_reason(out, e, "reason");
}

static void tell_signed_in(struct buf *out, const struct event *e)
{
    buf_addf(out, "the run goes on with %s %s",
             json_is_true(json_object_get(e->body, "new_keys")) ? "new keys of" : "the sign-in of",
             event_text_person(e->by));
}

SIMPLE(gap, "this computer was away")

static void tell_interrupted(struct buf *out, const struct event *e)
{
    buf_adds(out, e->by[0] != '\0' ? "handed over to another engine" : "interrupted");
    add_by(out, e);
    add_reason(out, e, "reason");
}

SIMPLE(locked, "locked")
SIMPLE(unlocked, "unlocked")

static void tell_drift(struct buf *out, const struct event *e)
{
    const char *reason = key_text(e->body, "reason");
    buf_addf(out, "STOPPED: %s", reason[0] != '\0' ? reason : "somebody else changed it");
}

static void tell_undone(struct buf *out, const struct event *e)
{
    buf_addf(out, "%s is taken back", e->step);
    add_reason(out, e, "reason");
}

static const struct {
    const char *type;
    void (*tell)(struct buf *out, const struct event *e);
    enum event_mood mood;
} rows[] = {
    {"run_opened", tell_opened, EVENT_MOOD_PLAIN},
    {"run_started", tell_started, EVENT_MOOD_PLAIN},
    {"step_started", tell_step_started, EVENT_MOOD_PLAIN},
    {"step_waiting", tell_step_waiting, EVENT_MOOD_PLAIN},
    {"step_ended", tell_step_ended, EVENT_MOOD_PLAIN},
    {"step_undone", tell_undone, EVENT_MOOD_PLAIN},
    {"effect_intent", tell_intent, EVENT_MOOD_FAINT},
    {"effect_outcome", tell_outcome, EVENT_MOOD_WARN},
    {"said", tell_said, EVENT_MOOD_PLAIN},
    {"measured", tell_measured, EVENT_MOOD_PLAIN},
    {"paused", tell_paused, EVENT_MOOD_WARN},
    {"resumed", tell_resumed, EVENT_MOOD_PLAIN},
    {"asked", tell_asked, EVENT_MOOD_WARN},
    {"answered", tell_answered, EVENT_MOOD_PLAIN},
    {"item_recorded", tell_item, EVENT_MOOD_PLAIN},
    {"approved", tell_approved, EVENT_MOOD_PLAIN},
    {"command", tell_command, EVENT_MOOD_PLAIN},
    {"abort_requested", tell_abort, EVENT_MOOD_WARN},
    {"rollback_started", tell_rollback, EVENT_MOOD_BAD},
    {"signed_in", tell_signed_in, EVENT_MOOD_PLAIN},
    {"drift_seen", tell_drift, EVENT_MOOD_BAD},
    {"gap_seen", tell_gap, EVENT_MOOD_WARN},
    {"interrupted", tell_interrupted, EVENT_MOOD_WARN},
    {"run_ended", tell_run_ended, EVENT_MOOD_PLAIN},
    {"locked", tell_locked, EVENT_MOOD_WARN},
    {"unlocked", tell_unlocked, EVENT_MOOD_PLAIN},
};

char *event_text(const struct event *event)
{
    auto_buf out;
    buf_init(&out, SENTENCE_CEILING);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].type, event->type) == 0)
            rows[i].tell(&out, event);
    return out.len > 0 ? text_safe(out.ptr) : NULL;
}

/* Where the outcome is in the body, it decides. */
enum event_mood event_mood(const struct event *event)
{
    static const char *const bad[] = {"failed",      "errored",         "unknown",
                                      "rolled_back", "rollback_failed", NULL};
    static const char *const good[] = {"succeeded", "successful", NULL};
    const char *word = key_text(event->body, "state");

    if (strcmp(event->type, "run_ended") == 0)
        word = key_text(event->body, "status");
    else if (strcmp(event->type, "measured") == 0)
        word = key_text(json_object_get(event->body, "verdict"), "kind");
    if (is_any_of(word, bad))
        return EVENT_MOOD_BAD;
    if (is_any_of(word, good))
        return EVENT_MOOD_GOOD;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].type, event->type) == 0)
            return rows[i].mood;
    return EVENT_MOOD_FAINT;
}
