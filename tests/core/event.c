/* event.c - events are shared, their hash covers all they say, and they are lines of JSON. */
#include "core/event.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct event *make(const char *stream, const char *step, const char *by, const char *body)
{
    struct event *e = event_new(stream, "said", step, by, json_loads(body, 0, NULL));

    e->seq = 7;
    e->at_ms = INT64_C(1700000000123);
    memset(e->previous_hash, 'a', HASH_HEX_SIZE - 1);
    return e;
}

static void expect_hashes(struct event *one, struct event *other, bool are_equal, const char *what)
{
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE];

    event_compute_hash(one, a);
    event_compute_hash(other, b);
    cr_expect_eq(strlen(a), HASH_HEX_SIZE - 1);
    cr_expect_eq(strcmp(a, b) == 0, are_equal, "%s", what);
    event_unref(other);
}

Test(event, hash_covers_every_field)
{
    struct event *e = make("r-0001", "deploy", "ana", "{\"text\":\"x\",\"n\":1}");
    struct event *later = make("r-0001", "deploy", "ana", "{\"text\":\"x\",\"n\":1}");
    struct event *next = make("r-0001", "deploy", "ana", "{\"text\":\"x\",\"n\":1}");
    struct event *other = make("r-0001", "deploy", "ana", "{\"text\":\"x\",\"n\":1}");

    later->at_ms++;
    next->seq++;
    other->previous_hash[0] = 'b';
    expect_hashes(e, make("r-0001", "deploy", "ana", "{\"n\":1,\"text\":\"x\"}"), true,
                  "the order of keys says nothing");
    expect_hashes(e, make("r-0002", "deploy", "ana", "{\"text\":\"x\",\"n\":1}"), false, "stream");
    expect_hashes(e, make("r-0001", "smoke", "ana", "{\"text\":\"x\",\"n\":1}"), false, "step");
    expect_hashes(e, make("r-0001", "deploy", "li", "{\"text\":\"x\",\"n\":1}"), false, "by");
    expect_hashes(e, make("r-0001", "deploy", "ana", "{\"text\":\"y\",\"n\":1}"), false, "body");
    expect_hashes(e, later, false, "time");
    expect_hashes(e, next, false, "number");
    expect_hashes(e, other, false, "the event before");
    event_unref(e);
}

Test(event, hash_keeps_fields_apart_whatever_is_in_them)
{
    struct event *e = make("r", "a\nb", "c", "{}");

    expect_hashes(e, make("r", "a", "b\nc", "{}"), false, "a line end in a field");
    event_unref(e);
    e = make("r", "a", "1:bc", "{}");
    expect_hashes(e, make("r", "a4:1:bc", "", "{}"), false, "what looks like a length");
    event_unref(e);
}

Test(event, hash_survives_the_way_through_text)
{
    struct event *e =
        make("r", "", "", "{\"a\":0.1,\"b\":0.05,\"c\":1e-9,\"d\":\"\\u00e4\\u0001\"}");
    char *text = json_dumps(e->body, JSON_COMPACT | JSON_REAL_PRECISION(15));

    expect_hashes(e, make("r", "", "", text), true, text);
    free(text);
    event_unref(e);
}

Test(event, is_one_line_of_json_in_which_the_body_cannot_hide_the_event)
{
    struct event *e = make("r-0001", "", "ana", "{\"text\":\"x\",\"type\":\"lie\",\"seq\":1}");
    json_t *line = event_to_json(e);
    char *text = json_dumps(line, JSON_SORT_KEYS | JSON_COMPACT);

    cr_expect_str_eq(text, "{\"at\":\"2023-11-14T22:13:20.123Z\",\"by\":\"ana\",\"run\":\"r-0001\","
                           "\"seq\":7,\"step\":null,\"text\":\"x\",\"type\":\"said\"}");
    free(text);
    json_decref(line);
    event_unref(e);
}

Test(event, tells_points_in_time_as_stamps_and_durations_as_they_are)
{
    static const struct {
        const char *body, *line;
    } cases[] = {
        {"{\"deadline_ms\":1700000000123}", "\"deadline\":\"2023-11-14T22:13:20.123Z\""},
        {"{\"deadline_ms\":0}", "\"deadline\":null"},
        {"{\"took_ms\":1700000000123}", "\"took_ms\":1700000000123"},
        {"{\"expires_at_ms\":\"soon\"}", "\"expires_at_ms\":\"soon\""},
        {"{\"verdict\":{\"at_ms\":1700000000123}}",
         "\"verdict\":{\"at\":\"2023-11-14T22:13:20.123Z\"}"},
        {"{\"value\":[{\"since_ms\":1700000000123},7]}",
         "\"value\":[{\"since\":\"2023-11-14T22:13:20.123Z\"},7]"},
        {"{\"at_ms\":1}", "\"at\":\"2023-11-14T22:13:20.123Z\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event *e = make("r-0001", "", "", cases[i].body);
        json_t *line = event_to_json(e);
        char *text = json_dumps(line, JSON_COMPACT);

        cr_expect_not_null(strstr(text, cases[i].line), "%s: %s", cases[i].body, text);
        cr_expect_eq(json_object_size(e->body), 1, "the body stays");
        free(text);
        json_decref(line);
        event_unref(e);
    }
}

Test(event, lives_as_long_as_somebody_holds_it)
{
    struct event *e = make("r-0001", "", "", "{\"text\":\"x\"}");

    cr_expect_eq(event_ref(e), e);
    event_unref(e);
    cr_expect_str_eq(json_string_value(json_object_get(e->body, "text")), "x");
    event_unref(e);
    event_unref(NULL);
    e = event_new("r", "t", "", "", NULL);
    cr_expect(json_is_object(e->body), "no body is an empty one");
    event_unref(e);
}
