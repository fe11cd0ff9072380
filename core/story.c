/*
 * story.c - see story.h.
 */
#include "core/story.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/event.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/waiting.h"

#define TELL_EVERY_MS INT64_C(600000) /* the same measurement, with newer numbers */
#define SHORTEST_REASON 12            /* shorter ones are no trouble to read twice */
#define LINE_CEILING 4000

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_type(const struct event *event, const char *type)
{
    return strcmp(event->type, type) == 0;
}

static void replace(char **kept, const char *text)
{
    char *copy = text_safe(text);
    free(*kept);
    *kept = copy;
}

/* ---- measurements ---- */

/* Verdict, weight, and the first words of the sentence without their numbers. */
static char *subject_of(const json_t *verdict)
{
    struct buf out;
    const char *sentence = key_text(verdict, "sentence");
    size_t end = strcspn(sentence, ":;(");

    buf_init(&out, LINE_CEILING);
    buf_addf(&out, "%s %g ", key_text(verdict, "kind"),
             json_number_value(json_object_get(verdict, "weight")));
    for (size_t i = 0; i < end; i++)
        if (sentence[i] < '0' || sentence[i] > '9')
            buf_addc(&out, sentence[i]);
    return buf_steal(&out);
}

static bool is_news(struct story *s, const struct event *event)
{
    auto_free char *subject = subject_of(json_object_get(event->body, "verdict"));
    if (s->subject != NULL && strcmp(subject, s->subject) == 0 &&
        event->at_ms - s->measured_ms < TELL_EVERY_MS)
        return false;
    replace(&s->subject, subject);
    s->measured_ms = event->at_ms;
    return true;
}

/* ---- reasons ---- */

static const char *reason_of(const struct event *event)
{
    return is_type(event, "measured")
               ? key_text(json_object_get(event->body, "verdict"), "sentence")
               : key_text(event->body, "reason");
}

/* How many signs before and behind it join the reason to its sentence, and go with it. */
static void find_joint(const char *text, size_t head, const char *rest, size_t *before,
                       size_t *behind)
{
    bool is_sentence = rest[0] == '.' && rest[1] == ' '; /* "SAID. And now?" */
    bool is_in_brackets = head >= 2 && strncmp(text + head - 2, " (", 2) == 0 && rest[0] == ')';
    bool is_behind_colon = head >= 2 && strncmp(text + head - 2, ": ", 2) == 0;

    *behind = is_sentence ? 2 : is_in_brackets ? 1 : 0;
    *before = !is_sentence && (is_in_brackets || is_behind_colon) ? 2 : 0;
}

/* Without the reason that was told just before, and the signs that join it to its sentence. */
static char *without(const char *text, const char *said)
{
    struct buf out;
    const char *at = said != NULL && strlen(said) >= SHORTEST_REASON ? strstr(text, said) : NULL;

    if (at == NULL)
        return xstrdup(text);
    const char *rest = at + strlen(said);
    size_t head = (size_t)(at - text), before, behind;
    find_joint(text, head, rest, &before, &behind);
    buf_init(&out, LINE_CEILING);
    buf_add(&out, text, head - before);
    buf_adds(&out, rest + behind);
    return buf_steal(&out);
}

/* ---- waiting ---- */

/* The list of what is missing was told when the step began to wait: now only how much it is. */
static void shorten_waiting(struct story *s, const struct event *event, char *text)
{
    const char *reason = reason_of(event);
    bool is_again = s->waiting != NULL && strcmp(s->waiting, event->step) == 0;
    char *list = strstr(text, ": ");

    if (key_text(event->body, "on")[0] == '\0') {
        replace(&s->waiting, "");
        return;
    }
    replace(&s->waiting, event->step);
    if (is_again && list != NULL && strchr(reason, ';') != NULL &&
        (list = strstr(list + 2, ": ")) != NULL)
        *list = '\0';
}

/* Whoever is asked next is told again how to answer. */
static void forget_answer(struct story *s, const struct event *event)
{
    bool goes_on = is_type(event, "step_waiting") && key_text(event->body, "on")[0] == '\0';
    if (goes_on || is_type(event, "step_ended") || is_type(event, "answered"))
        replace(&s->answer, "");
}

static bool reminds(const struct event *event)
{
    return json_is_true(json_object_get(event->body, "waits"));
}

bool story_asks(const struct event *event)
{
    return is_type(event, "asked") || reminds(event) ||
           (is_type(event, "step_waiting") && strcmp(key_text(event->body, "on"), "person") == 0);
}

char *story_answer(struct story *s, const struct event *event, const struct run *run)
{
    char *command = story_asks(event) ? waiting_command(run) : NULL;
    bool is_known = command != NULL && s->answer != NULL && strcmp(command, s->answer) == 0;
    if (is_known && !reminds(event)) {
        free(command);
        return NULL;
    }
    if (command != NULL)
        replace(&s->answer, command);
    return command;
}

char *story_tell(struct story *s, const struct event *event)
{
    forget_answer(s, event);
    if (is_type(event, "measured") && !is_news(s, event))
        return NULL;
    auto_free char *text = event_text(event);
    if (text == NULL)
        return NULL;
    char *told = without(text, s->said);
    if (is_type(event, "step_waiting"))
        shorten_waiting(s, event, told);
    if (reason_of(event)[0] != '\0')
        replace(&s->said, reason_of(event));
    if (told[0] != '\0')
        return told;
    free(told);
    return NULL;
}

void story_clear(struct story *s)
{
    free(s->said);
    free(s->subject);
    free(s->waiting);
    free(s->answer);
    *s = (struct story){0};
}
