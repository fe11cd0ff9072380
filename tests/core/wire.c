/* wire.c - what the two sides of a console say arrives whole, in order, and without secrets. */
#include "core/wire.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>

#include "core/mem.h"
#include "core/secret.h"

static bool is_readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

Test(wire, hands_over_requests_and_news_apart_and_in_order)
{
    struct wire *w = wire_new();
    wire_ask(w, json_pack("{s:i}", "id", 1));
    wire_tell(w, json_pack("{s:i}", "seq", 1));
    wire_tell(w, json_pack("{s:i}", "seq", 2));
    cr_assert(is_readable(wire_requests_fd(w)));
    cr_assert(is_readable(wire_news_fd(w)));
    json_t *request = wire_take(w);
    cr_assert_eq(json_integer_value(json_object_get(request, "id")), 1);
    cr_assert_null(wire_take(w));
    cr_assert_null(wire_await(w, 20));
    cr_assert_not(is_readable(wire_requests_fd(w)));
    for (int i = 1; i <= 2; i++) {
        json_t *news = wire_hear(w);
        cr_assert_eq(json_integer_value(json_object_get(news, "seq")), i);
        json_decref(news);
    }
    cr_assert_null(wire_hear(w));
    json_decref(request);
    wire_tell(w, json_object()); /* never heard: freed with the wire */
    wire_free(w);
    wire_free(NULL);
}

Test(wire, keeps_no_more_for_a_console_that_does_not_listen_than_it_must)
{
    struct wire *w = wire_new();
    size_t heard = 0, events = 0;
    json_t *news;

    for (int i = 0; i < 10000; i++) {
        wire_tell(w, json_pack("{s:s, s:i}", "news", i % 2 ? "status" : "metrics", "at_ms", i));
        if (i % 10 == 0)
            wire_tell(w, json_pack("{s:s, s:i}", "news", "event", "seq", i));
    }
    while ((news = wire_hear(w)) != NULL) {
        heard++;
        events += strcmp(json_string_value(json_object_get(news, "news")), "event") == 0;
        json_decref(news);
    }
    cr_expect_eq(events, 1000, "of 1000 events %zu came", events);
    cr_expect_leq(heard - events, WIRE_MOST_WAITING);
    wire_tell(w, json_pack("{s:s}", "news", "status"));
    news = wire_hear(w);
    cr_expect_not_null(news, "it listens again");
    json_decref(news);
    wire_free(w);
}

static struct event *an_event(void)
{
    struct event *e =
        event_new("r-0007", "measured", "shift", "ana@mbp",
                  json_pack("{s:{s:s, s:f}}", "verdict", "kind", "good", "weight", 0.1));
    e->seq = 12;
    e->at_ms = INT64_C(1764000000123);
    memset(e->previous_hash, 'a', HASH_HEX_SIZE - 1);
    event_compute_hash(e, e->hash);
    return e;
}

Test(wire, carries_an_event_whole)
{
    struct event *e = an_event();
    struct error err;
    char hash[HASH_HEX_SIZE];

    json_t *sent = wire_event(e);
    auto_free char *line = json_dumps(sent, JSON_COMPACT);
    json_t *received = json_loads(line, 0, NULL); /* as over a socket */
    struct event *read = wire_read_event(received, &err);
    cr_assert_not_null(read, "%s", err.message);
    cr_assert_str_eq(read->stream, "r-0007");
    cr_assert_str_eq(read->type, "measured");
    cr_assert_str_eq(read->step, "shift");
    cr_assert_str_eq(read->by, "ana@mbp");
    cr_assert_eq(read->seq, 12);
    cr_assert_eq(read->at_ms, e->at_ms);
    cr_assert(json_equal(read->body, e->body));
    cr_assert_str_eq(read->previous_hash, e->previous_hash);
    event_compute_hash(read, hash);
    cr_assert_str_eq(hash, e->hash, "it hashes as before");
    cr_assert_str_eq(read->hash, e->hash);
    event_unref(read);
    json_decref(received);
    json_decref(sent);
    event_unref(e);
}

Test(wire, refuses_what_is_no_event)
{
    struct event *e = an_event();
    json_t *good = wire_event(e);
    const char *key;
    json_t *value;
    struct error err;

    json_object_foreach(good, key, value)
    {
        json_t *without = json_copy(good), *wrong = json_copy(good);
        json_object_del(without, key);
        json_object_set_new(wrong, key, json_array());
        cr_expect_null(wire_read_event(without, &err), "without %s", key);
        cr_expect_null(wire_read_event(wrong, &err), "with a wrong %s", key);
        json_decref(without);
        json_decref(wrong);
    }
    json_t *long_hash = json_copy(good);
    char hash[HASH_HEX_SIZE + 2];
    memset(hash, 'f', sizeof hash - 1);
    hash[sizeof hash - 1] = '\0';
    json_object_set_new(long_hash, "hash", json_string(hash));
    cr_expect_null(wire_read_event(long_hash, &err));
    cr_expect_null(wire_read_event(NULL, &err));
    json_decref(long_hash);
    json_decref(good);
    event_unref(e);
}

Test(wire, tells_an_error_without_secrets)
{
    static const char password[] = "correct-horse-battery";
    struct secret secret = {0};
    struct error err;

    secret_set(&secret, password, strlen(password));
    error_set(&err, ERROR_DENIED, "the password %s is wrong", password);
    error_code(&err, "28P01");
    error_hint(&err, "try %s again", password);
    json_t *told = wire_error(&err);
    auto_free char *line = json_dumps(told, JSON_COMPACT);
    cr_expect_null(strstr(line, password), "%s", line);
    cr_expect_str_eq(json_string_value(json_object_get(told, "kind")),
                     error_kind_name(ERROR_DENIED));
    cr_expect_str_eq(json_string_value(json_object_get(told, "code")), "28P01");
    cr_expect(json_is_null(json_object_get(told, "at")));
    json_decref(told);
    secret_clear(&secret);
}

Test(wire, a_number_is_a_whole_one_and_no_larger_than_any_time)
{
    static const struct {
        const char *json;
        int64_t whole;
    } cases[] = {
        {"0", 0},
        {"-7", -7},
        {"1795660282017", INT64_C(1795660282017)},
        {"9223372036854775807", WIRE_MOST},
        {"-9223372036854775808", -WIRE_MOST},
        {"2.9", 2},
        {"1e308", WIRE_MOST},
        {"-1e308", -WIRE_MOST},
        {"\"60\"", 0},
        {"null", 0},
        {"[1]", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        cr_assert_not_null(value, "%s", cases[i].json);
        cr_expect_eq(wire_whole(value), cases[i].whole, "%s", cases[i].json);
        json_decref(value);
    }
    cr_expect_eq(wire_whole(NULL), 0);
}

Test(wire, an_event_of_no_possible_time_is_none)
{
    struct error err;
    struct event *sent = event_new("r-0001", "said", "shift", "ana", NULL);
    json_t *object = wire_event(sent);
    json_object_set_new(object, "at_ms", json_integer(INT64_MAX));
    cr_expect_null(wire_read_event(object, &err));
    json_decref(object);
    event_unref(sent);
}
