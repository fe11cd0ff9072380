/* wire_line.c - objects over a stream that comes in any pieces. */
#include "core/wire_line.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"

#define LONGEST 256

static struct error err;

struct taken {
    size_t count, most; /* ends the reading at most; 0 = never */
    char last[128];
};

static bool take(void *closure, json_t *object)
{
    struct taken *t = closure;
    const char *text = json_string_value(json_object_get(object, "text"));

    t->count++;
    (void)snprintf(t->last, sizeof t->last, "%s", text != NULL ? text : "");
    json_decref(object);
    return t->most == 0 || t->count < t->most;
}

static void pair(int fds[2]) { cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0); }

static void put(int fd, const char *text)
{
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

TestSuite(wire_line, .timeout = 30);

Test(wire_line, what_comes_byte_by_byte_is_whole)
{
    static const char text[] = "{\"text\":\"one\"}\n{\"text\":\"two\\n\"}\n";
    struct taken t = {0};
    struct wire_reader r;
    int fds[2];

    pair(fds);
    wire_reader_init(&r, LONGEST);
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        cr_assert_eq(write(fds[0], &text[i], 1), 1);
        cr_assert_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_ALL);
    }
    cr_expect_eq(t.count, 2);
    cr_expect_str_eq(t.last, "two\n");
    (void)close(fds[0]);
    cr_expect_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_END);
    wire_reader_clear(&r);
    (void)close(fds[1]);
}

Test(wire_line, whoever_takes_one_gets_the_others_later)
{
    struct taken t = {.most = 1};
    struct wire_reader r;
    int fds[2];

    pair(fds);
    wire_reader_init(&r, LONGEST);
    put(fds[0], "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
    cr_expect_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_END);
    cr_expect_str_eq(t.last, "one");
    t.most = 0;
    cr_expect_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_ALL);
    cr_expect_str_eq(t.last, "two");
    wire_reader_clear(&r);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(wire_line, what_is_no_object_ends_it)
{
    static const char *const wrong[] = {"GET / HTTP/1.1\r\n", "[]\n", "\n", "{\"a\":1,\"a\":2}\n",
                                        "{\"a\":\"\xff\"}\n", "7\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct taken t = {0};
        struct wire_reader r;
        int fds[2];

        pair(fds);
        wire_reader_init(&r, LONGEST);
        put(fds[0], wrong[i]);
        cr_expect_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_WRONG, "%s", wrong[i]);
        cr_expect_str_eq(err.code, "wire");
        cr_expect_eq(t.count, 0);
        wire_reader_clear(&r);
        (void)close(fds[0]);
        (void)close(fds[1]);
    }
}

Test(wire_line, a_line_without_end_is_not_kept_for_ever)
{
    struct taken t = {0};
    struct wire_reader r;
    auto_free char *long_line = xcalloc(1, 100001);
    int fds[2];

    memset(long_line, 'x', 100000);
    pair(fds);
    wire_reader_init(&r, LONGEST);
    put(fds[0], long_line);
    cr_expect_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_WRONG);
    cr_expect_not_null(strstr(err.message, "too long"), "%s", err.message);
    wire_reader_clear(&r);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(wire_line, a_writer_takes_no_more_than_it_may_and_loses_nothing)
{
    struct taken t = {0};
    struct wire_writer w;
    struct wire_reader r;
    size_t put_in = 0;
    int fds[2];

    pair(fds);
    wire_writer_init(&w, 4u << 20);
    wire_reader_init(&r, LONGEST);
    while (wire_writer_add(&w, "{\"text\":\"0123456789\"}", 21))
        put_in++;
    cr_expect_gt(put_in, 100000);
    while (wire_writer_waiting(&w) > 0) {
        cr_assert(wire_write(&w, fds[0]));
        cr_assert_eq(wire_read(&r, fds[1], take, &t, &err), WIRE_GOT_ALL);
    }
    cr_expect_eq(t.count, put_in);
    (void)close(fds[1]);
    cr_expect(wire_writer_add(&w, "{}", 2));
    cr_expect_not(wire_write(&w, fds[0]));
    wire_writer_clear(&w);
    wire_reader_clear(&r);
    (void)close(fds[0]);
}
