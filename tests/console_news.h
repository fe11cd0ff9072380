/*
 * console_news.h - news for a console that may be anything: recorded ones, ones that were spoiled,
 * and ones that were never right. Bytes decide which (struct luck), so that a fuzzer can.
 */
#ifndef TESTS_CONSOLE_NEWS_H
#define TESTS_CONSOLE_NEWS_H

#include <dirent.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/source_path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- luck ---- */

struct luck {
    const uint8_t *at, *end; /* zeros follow */
};

static uint32_t luck_byte(struct luck *l) { return l->at < l->end ? *l->at++ : 0; }

static uint32_t luck_below(struct luck *l, uint32_t count)
{
    uint32_t n = luck_byte(l);
    if (count > 256)
        n = n << 8 | luck_byte(l);
    return count > 0 ? n % count : 0;
}

static bool luck_once_in(struct luck *l, uint32_t count) { return luck_below(l, count) == 1; }

/* ---- texts that somebody would rather not have on a screen ---- */

static const char *const nasty_texts[] = {
    "",
    " ",
    "production",
    "v42",
    "41",
    "\033[2J\033[H\033[31mowned",
    "\033]0;title\007\033]52;c;eA==\007",
    "\033P+q544e\033\\\033[?1049l",
    "\302\23331m\302\2350;x\302\234",
    "a\342\200\256drowssap\342\200\254\342\201\246x\342\201\251\330\234",
    "\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xc2\xad",
    "\xe6\xbc\xa2\xe5\xad\x97\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xf0\x9f\x87\xa9",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81o\xcd\xa2",
    "\xcc\x81\xcc\x81 alone",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85",
    "%s%n%d%1000000d",
    "../../../../tmp/x",
    "a\nb\r\nc\td\ve\ff\bg\177h",
    "\xef\xbf\xbf\xf4\x8f\xbf\xbf\xee\x80\x80\xe2\x80\xa8\xe2\x80\xa9\xf3\xa0\x80\x81",
    "\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0\xe2\xa0\x80\xe1\x84\x80\xe1\x85\xa1",
    "y",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
};

/* 100 kB of a nasty text. Yours. */
static char *long_text(struct luck *l)
{
    const char *part = nasty_texts[luck_below(l, COUNT(nasty_texts))];
    size_t length = strlen(part), times = length > 0 ? 100000 / length + 1 : 0;
    char *text = xmalloc(times * length + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * length, part, length);
    text[times * length] = '\0';
    return text;
}

static json_t *luck_text(struct luck *l)
{
    if (luck_once_in(l, 48)) {
        auto_free char *text = long_text(l);
        return json_string(text);
    }
    return json_string(nasty_texts[luck_below(l, COUNT(nasty_texts))]);
}

/* ---- values of any shape ---- */

static const char *const known_keys[] = {
    "name",     "state",   "env",       "news",        "id",          "text",     "items",
    "steps",    "kind",    "summary",   "weights",     "version",     "values",   "series",
    "evidence", "gates",   "blocking",  "environment", "at_ms",       "run",      "events",
    "error",    "message", "hint",      "result",      "ok",          "document", "resources",
    "alias",    "health",  "threshold", "unit",        "label",       "ladder",   "hash",
    "lines",    "call",    "params",    "lock",        "observed_at", "reason",   "weight",
};

static json_t *luck_number(struct luck *l)
{
    static const json_int_t whole[] = {0,          1,
                                       -1,         2,
                                       60,         1000,
                                       65536,      INT32_MAX,
                                       INT32_MIN,  INT64_MAX,
                                       INT64_MIN,  1795660282017,
                                       1795656660, 1795660282017 - 90000};
    static const double real[] = {0.0,    0.5,   1.0,    -1.0, 0.01, 1e308, -1e308,
                                  1e-308, 25.25, 1.0001, 1e18, 2.0,  99.9,  1e300,
                                  4e9,    0.1,   1e5,    -0.0, 1e-12};
    if (luck_once_in(l, 2))
        return json_real(real[luck_below(l, COUNT(real))]);
    return json_integer(whole[luck_below(l, COUNT(whole))]);
}

static json_t *luck_scalar(struct luck *l)
{
    switch (luck_below(l, 6)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_false();
    case 3:
        return luck_number(l);
    default:
        return luck_text(l);
    }
}

static json_t *luck_value(struct luck *l)
{
    uint32_t shape = luck_below(l, 8), count = luck_below(l, 5);
    json_t *value = shape == 0 ? json_array() : shape == 1 ? json_object() : NULL;
    if (value == NULL)
        return luck_scalar(l);
    for (uint32_t i = 0; i < count; i++) {
        json_t *part = luck_scalar(l);
        if (luck_once_in(l, 3))
            part = json_pack("{s:o, s:o}", known_keys[luck_below(l, COUNT(known_keys))], part,
                             known_keys[luck_below(l, COUNT(known_keys))], luck_scalar(l));
        if (shape == 0)
            json_array_append_new(value, part);
        else
            json_object_set_new(value, known_keys[luck_below(l, COUNT(known_keys))], part);
    }
    return value;
}

/* ---- spoiling ---- */

static size_t size_of(const json_t *value)
{
    return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

static void *nth_of(json_t *object, uint32_t n)
{
    void *at = json_object_iter(object);
    while (n-- > 0 && at != NULL)
        at = json_object_iter_next(object, at);
    return at;
}

/* One place in it, chosen by going down from the top, becomes something else. */
static void spoil_once(struct luck *l, json_t *value)
{
    for (int depth = 0; depth < 12; depth++) {
        size_t size = size_of(value);
        if (size == 0)
            return;
        uint32_t n = luck_below(l, size < 60000 ? (uint32_t)size : 60000);
        void *at = json_is_object(value) ? nth_of(value, n) : NULL;
        json_t *part = at != NULL ? json_object_iter_value(at) : json_array_get(value, n);
        uint32_t how = luck_below(l, 8);
        if (size_of(part) > 0 && how < 6) {
            value = part;
            continue;
        }
        if (at != NULL && how == 7)
            json_object_del(value, json_object_iter_key(at));
        else if (at != NULL)
            json_object_iter_set_new(value, at, luck_value(l));
        else if (how == 7)
            json_array_remove(value, n);
        else if (how == 6)
            json_array_append(value, part);
        else
            json_array_set_new(value, n, luck_value(l));
        return;
    }
}

/* Takes it. */
static json_t *spoiled(struct luck *l, json_t *value)
{
    json_t *copy = json_deep_copy(value);
    json_decref(value);
    for (uint32_t times = 1 + luck_below(l, 4); times > 0; times--)
        spoil_once(l, copy);
    return copy;
}

/* ---- what was recorded ---- */

struct recorded {
    json_t *moments; /* arrays of news */
    json_t *news;    /* all of them */
    json_t *events;  /* one run, as news, from its first */
};

static json_t *read_lines(const char *path)
{
    json_t *lines = json_array();
    auto_free char *line = NULL;
    size_t capacity = 0;
    FILE *in = fopen(path, "re");

    while (in != NULL && getline(&line, &capacity, in) > 0) {
        json_t *value = json_loads(line, 0, NULL);
        if (value != NULL)
            json_array_append_new(lines, value);
    }
    if (in != NULL)
        (void)fclose(in);
    return lines;
}

static json_t *read_file(const char *name)
{
    auto_free char *file = xasprintf("tests/vectors/console/%s", name);
    auto_free char *path = source_path(file);
    return read_lines(path);
}

static void add_moment(struct recorded *r, json_t *lines)
{
    size_t i;
    json_t *news, *moment = json_array();
    json_array_foreach(lines, i, news)
    {
        const char *of = json_string_value(json_object_get(news, "events_of"));
        if (of != NULL) {
            auto_free char *name = xasprintf("events-%s.jsonl", of);
            json_t *events = read_file(name);
            size_t until = (size_t)json_integer_value(json_object_get(news, "until"));
            while (json_array_size(events) > until)
                json_array_remove(events, json_array_size(events) - 1);
            json_object_set_new(news, "events", events);
        }
        if (json_object_get(news, "news") == NULL)
            continue;
        json_array_append(moment, news);
        json_array_append(r->news, news);
    }
    json_array_append_new(r->moments, moment);
    json_decref(lines);
}

static void add_events(struct recorded *r, json_t *events)
{
    size_t i;
    json_t *event;
    json_array_foreach(events, i, event)
        json_array_append_new(r->events, json_pack("{s:s, s:s, s:O}", "news", "event", "env",
                                                   "production", "event", event));
    json_decref(events);
}

static void recorded_read(struct recorded *r)
{
    auto_free char *folder = source_path("tests/vectors/console");
    struct dirent **found = NULL;
    int count = scandir(folder, &found, NULL, alphasort);

    *r = (struct recorded){json_array(), json_array(), json_array()};
    for (int i = 0; i < count; i++) {
        const char *name = found[i]->d_name, *dot = strrchr(name, '.');
        bool is_lines = dot != NULL && strcmp(dot, ".jsonl") == 0;
        if (is_lines && strncmp(name, "events-", 7) == 0)
            add_events(r, read_file(name));
        else if (is_lines)
            add_moment(r, read_file(name));
        free(found[i]);
    }
    free(found);
    if (json_array_size(r->moments) == 0 || json_array_size(r->events) == 0) {
        (void)fprintf(stderr, "there are no recorded news in %s\n", folder);
        abort();
    }
}

static void recorded_clear(struct recorded *r)
{
    json_decref(r->moments);
    json_decref(r->news);
    json_decref(r->events);
}

/* ---- news of our own ---- */

static const char *const event_types[] = {
    "run_opened",  "run_started",   "step_started",     "step_waiting", "step_ended",
    "step_undone", "effect_intent", "effect_outcome",   "decided",      "noted",
    "wait",        "measured",      "guard_begun",      "asked",        "answered",
    "approved",    "item_recorded", "paused",           "resumed",      "abort_requested",
    "interrupted", "command",       "rollback_started", "said",         "drift_seen",
    "gap_seen",    "run_ended",     "locked",           "new-type",
};

static const char *const words[] = {
    "failed",  "errored",    "unknown", "succeeded", "skipped", "aborted",     "rolled_back",
    "waiting", "person",     "traffic", "time",      "hold",    "promote",     "roll-back",
    "pass",    "successful", "no_data", "todo",      "weight",  "new_version",
};

static json_t *luck_word(struct luck *l)
{
    return luck_once_in(l, 6) ? luck_value(l) : json_string(words[luck_below(l, COUNT(words))]);
}

/* What events say, in the right places more often than not. */
static json_t *luck_body(struct luck *l)
{
    json_t *body = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "state", luck_word(l), "status", luck_word(l),
        "on", luck_word(l), "reason", luck_text(l), "key", luck_word(l), "value", luck_scalar(l),
        "id", luck_once_in(l, 2) ? json_string("q1") : luck_text(l), "question", luck_text(l));
    json_object_set_new(body, "choices",
                        luck_once_in(l, 5) ? luck_value(l)
                                           : json_pack("[s, s, s, o]", "promote", "hold",
                                                       "roll-back", luck_text(l)));
    json_object_set_new(body, "intent", luck_once_in(l, 4) ? luck_value(l) : json_object());
    json_object_set_new(body, "verdict",
                        json_pack("{s:o, s:o, s:o}", "kind", luck_word(l), "reason", luck_text(l),
                                  "text", luck_text(l)));
    json_object_set_new(body, "deadline_ms", luck_number(l));
    json_object_set_new(body, "attempt", luck_number(l));
    json_object_set_new(body, "text", luck_text(l));
    json_object_set_new(body, "answer", luck_word(l));
    return body;
}

static json_t *luck_event(struct luck *l, const char *env, const char *run, const char *step,
                          json_int_t seq, json_int_t at_ms)
{
    const char *type = event_types[luck_below(l, COUNT(event_types))];
    json_t *event = json_pack("{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:s, s:s}", "seq", seq, "at_ms",
                              at_ms, "stream", run, "type", type, "step", step, "by", luck_text(l),
                              "body", luck_body(l), "previous_hash", "", "hash", "00");
    return json_pack("{s:s, s:s, s:o}", "news", "event", "env", env, "event", event);
}

static json_t *luck_said(struct luck *l, const char *env, json_int_t at_ms)
{
    auto_free char *text = luck_once_in(l, 8) ? long_text(l) : NULL;
    return json_pack("{s:s, s:s, s:o, s:s, s:I}", "news", "said", "env", env, "text",
                     text != NULL ? json_string(text) : luck_text(l), "mood",
                     luck_once_in(l, 2) ? "bad" : "plain", "at_ms", at_ms);
}

/* The project was changed: other environments, or the same ones otherwise. */
static json_t *luck_hello(struct luck *l)
{
    static const char *const names[] = {"production", "staging", "dev", "production-2", "blue"};
    json_t *environments = json_array();
    for (uint32_t count = luck_below(l, 4); count > 0; count--)
        json_array_append_new(environments,
                              json_pack("{s:s, s:b, s:s, s:s, s:s, s:[f, f, f], s:s}", "name",
                                        names[luck_below(l, COUNT(names))], "production",
                                        (int)luck_below(l, 2), "account", "123456789012", "region",
                                        "eu-central-1", "alias", "f:a", "ladder", 0.1, 0.5, 1.0,
                                        "advance", "ask"));
    return json_pack("{s:s, s:i, s:s, s:o}", "news", "hello", "wire", 1, "project", "finally",
                     "environments", environments);
}

/* Of the right kind, and nothing else is right. */
static json_t *luck_shapeless(struct luck *l)
{
    static const char *const kinds[] = {"hello",   "run",     "event", "driver", "status",
                                        "check",   "metrics", "plan",  "ready",  "identity",
                                        "trouble", "said",    "reply", "other"};
    json_t *news = luck_value(l);
    if (!json_is_object(news)) {
        json_decref(news);
        news = json_object();
    }
    json_object_set_new(news, "news", json_string(kinds[luck_below(l, COUNT(kinds))]));
    if (!luck_once_in(l, 4))
        json_object_set_new(news, "env", json_string("production"));
    if (luck_once_in(l, 2))
        json_object_set_new(news, "document", luck_value(l));
    return news;
}

/* ---- answers ---- */

static json_t *answer_to_shift(struct luck *l, const json_t *request)
{
    static const char *const hows[] = {"promote", "hand", "back", "other"};
    double weight = json_number_value(json_object_get(request, "weight"));
    json_t *preview =
        json_pack("{s:{s:s, s:s, s:{s:s}}, s:s, s:{s:f, s:f}, s:{s:f, s:f}, s:s, s:f, s:s}", "call",
                  "service", "lambda", "operation", "UpdateAlias", "params", "Name", "production",
                  "resource", "api", "from", "41", 0.9, "42", 0.1, "to", "41", 1 - weight, "42",
                  weight, "version", "42", "weight", weight, "revision_id", "r1");
    json_object_set_new(preview, "guards",
                        json_pack("[{s:o, s:s}]", "text", luck_text(l), "state", "wait"));
    json_object_set_new(preview, "bake_ms", luck_number(l));
    json_object_set_new(preview, "undo", luck_text(l));
    json_object_set_new(preview, "how", json_string(hows[luck_below(l, COUNT(hows))]));
    json_object_set_new(preview, "refused", luck_once_in(l, 4) ? luck_text(l) : json_null());
    return preview;
}

static json_t *answer_to_rollback(struct luck *l)
{
    return json_pack("{s:s, s:{s:s, s:s, s:{}}, s:s, s:{s:f}, s:{s:f}, s:s, s:o, s:[{s:s, s:o, "
                     "s:b}], s:[o], s:b, s:s}",
                     "run", "r-0002", "call", "service", "lambda", "operation", "UpdateAlias",
                     "params", "resource", "api", "from", "42", 1.0, "to", "41", 1.0, "target",
                     "41", "why", luck_text(l), "rest", "step", "migrate", "text", luck_text(l),
                     "lossy", (int)luck_below(l, 2), "stays", luck_text(l), "needed",
                     (int)!luck_once_in(l, 3), "calls_as", "ana");
}

static json_t *answer_of(struct luck *l, const char *verb, const json_t *request)
{
    if (strcmp(verb, "preview_shift") == 0)
        return answer_to_shift(l, request);
    if (strcmp(verb, "preview_rollback") == 0)
        return answer_to_rollback(l);
    if (strcmp(verb, "report") == 0)
        return json_pack("{s:o}", "markdown", luck_text(l));
    if (strcmp(verb, "versions") == 0)
        return json_pack("[{s:s, s:o}]", "version", "41", "text", luck_text(l));
    if (strcmp(verb, "history") == 0)
        return json_pack("{s:[{s:o, s:o, s:s, s:o}]}", "runs", "id", luck_text(l), "started_at",
                         luck_text(l), "status", "failed", "by", luck_text(l));
    if (strcmp(verb, "evidence") == 0)
        return json_pack("{s:[o, o]}", "lines", luck_text(l), luck_text(l));
    return json_pack("{s:o, s:o}", "run", luck_text(l), "text", luck_text(l));
}

static json_t *luck_refusal(struct luck *l)
{
    static const char *const codes[] = {"window", "freeze", "seq", "denied", "other"};
    return json_pack("{s:s, s:s, s:o, s:o, s:n}", "kind", "refused", "code",
                     codes[luck_below(l, COUNT(codes))], "message", luck_text(l), "hint",
                     luck_text(l), "at");
}

/* To one of the requests, which is forgotten; NULL where there is none. */
static json_t *luck_reply(struct luck *l, json_t *asked)
{
    size_t count = json_array_size(asked);
    if (count == 0)
        return NULL;
    size_t n = luck_once_in(l, 3) ? luck_below(l, (uint32_t)count) : count - 1;
    json_t *request = json_incref(json_array_get(asked, n));
    const char *verb = json_string_value(json_object_get(request, "verb"));
    bool ok = !luck_once_in(l, 3);
    json_t *said = !ok ? luck_refusal(l) : answer_of(l, verb != NULL ? verb : "", request);

    if (luck_once_in(l, 4))
        said = spoiled(l, said);
    json_t *reply =
        json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id", json_object_get(request, "id"),
                  "ok", (int)ok, ok ? "result" : "error", said);
    json_array_remove(asked, n);
    json_decref(request);
    return reply;
}

#endif
