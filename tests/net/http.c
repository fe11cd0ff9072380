/* http.c - URLs are taken apart exactly, and what must not be sent is refused. */
#include "net/http.h"

#include <criterion/criterion.h>

#include "core/mem.h"

Test(http, takes_addresses_apart)
{
    static const struct {
        const char *url, *scheme, *host, *path, *query, *authority;
        int port;
    } cases[] = {
        {"https://lambda.eu-central-1.amazonaws.com", "https", "lambda.eu-central-1.amazonaws.com",
         "/", "", "lambda.eu-central-1.amazonaws.com", 0},
        {"HTTP://LocalHost:4566/a/b?x=1&y", "http", "localhost", "/a/b", "x=1&y", "localhost:4566",
         4566},
        {"http://[::1]:80/?", "http", "::1", "/", "", "[::1]:80", 80},
        {"http://[::1]", "http", "::1", "/", "", "[::1]", 0},
        {"https://h?q=/", "https", "h", "/", "q=/", "h", 0},
        {"https://h/a%2Fb//c/../d", "https", "h", "/a%2Fb//c/../d", "", "h", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url;
        struct error err;
        cr_assert(http_parse_url(cases[i].url, &url, &err), "%s", cases[i].url);
        auto_free char *authority = http_url_authority(&url);
        cr_expect_str_eq(url.scheme, cases[i].scheme);
        cr_expect_str_eq(url.host, cases[i].host);
        cr_expect_str_eq(url.path, cases[i].path);
        cr_expect_str_eq(url.query, cases[i].query);
        cr_expect_str_eq(authority, cases[i].authority);
        cr_expect_eq(url.port, cases[i].port);
        http_url_clear(&url);
    }
}

Test(http, refuses_addresses_that_cannot_be_sent)
{
    static const char *const cases[] = {
        "",
        "lambda",
        "ftp://h/",
        "https://",
        "https:///x",
        "http://h:0",
        "http://h:65536",
        "http://h:x",
        "http://u:p@h/",
        "http://h/ x",
        "http://h/#",
        "http://h/\r\nX: y",
        "http://[::1",
        "http://[::1]x",
        "http://h/\x80",
        "file:///etc/passwd",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url;
        struct error err = {0};
        cr_expect_not(http_parse_url(cases[i], &url, &err), "%s", cases[i]);
        cr_expect_eq(err.kind, ERROR_USAGE);
    }
}

Test(http, knows_what_is_on_this_machine)
{
    static const struct {
        const char *host;
        bool is_loopback;
    } cases[] = {
        {"localhost", true},
        {"127.0.0.1", true},
        {"127.9.8.7", true},
        {"::1", true},
        {"128.0.0.1", false},
        {"localhost.evil.example", false},
        {"127.0.0.1.nip.io", false},
        {"0.0.0.0", false},
        {"10.0.0.1", false},
        {"::", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(http_host_is_loopback(cases[i].host), cases[i].is_loopback, "%s",
                     cases[i].host);
}

Test(http, finds_headers_in_any_case)
{
    struct http_reply reply;
    http_reply_init(&reply);
    reply.headers.items[0] = (struct http_header){xstrdup("X-Amzn-RequestId"), xstrdup("r-1")};
    reply.headers.count = 1;
    cr_expect_str_eq(http_reply_header(&reply, "x-amzn-requestid"), "r-1");
    cr_expect_null(http_reply_header(&reply, "x-amzn-request"));
    http_reply_clear(&reply);
    http_reply_clear(&reply);
}
