/* secret.c - secrets are wiped and struck out of text. */
#include "core/secret.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/buf.h"
#include "core/mem.h"

static char *redacted(const char *text)
{
    struct buf out;
    buf_init(&out, 10000);
    secret_redact(&out, text, strlen(text));
    return buf_steal(&out);
}

static void expect_redacted(const char *in, const char *out)
{
    auto_free char *text = redacted(in);
    cr_expect_str_eq(text, out);
}

static void keep(const char *bytes)
{
    struct secret s;
    secret_init(&s);
    secret_set(&s, bytes, strlen(bytes));
    secret_clear(&s);
}

Test(secret, holds_a_copy_and_forgets_it)
{
    struct secret s;
    char bytes[] = "wJalrXUtnFEMI";
    secret_init(&s);
    cr_assert_null(s.bytes);
    secret_set(&s, bytes, strlen(bytes));
    bytes[0] = 'x';
    cr_assert_str_eq(s.bytes, "wJalrXUtnFEMI");
    cr_assert_eq(s.len, 13u);
    secret_set(&s, s.bytes, 4);
    cr_assert_str_eq(s.bytes, "wJal");
    secret_clear(&s);
    cr_assert_null(s.bytes);
    cr_assert_eq(s.len, 0u);
    secret_clear(&s);
    secret_clear(NULL);
}

Test(secret, strikes_out_every_place_also_after_it_was_cleared)
{
    keep("hunter2hunter2");
    expect_redacted("", "");
    expect_redacted("nothing", "nothing");
    expect_redacted("hunter2hunter2", "[redacted]");
    expect_redacted("a hunter2hunter2 b hunter2hunter2hunter2hunter2.",
                    "a [redacted] b [redacted][redacted].");
    expect_redacted("hunter2hunter", "hunter2hunter");
}

Test(secret, prefers_the_longest)
{
    keep("password");
    keep("password-and-more");
    expect_redacted("x password-and-more y password z", "x [redacted] y [redacted] z");
}

Test(secret, finds_the_form_that_a_url_gives_it)
{
    keep("abc/def+ghi=");
    expect_redacted("?key=abc%2Fdef%2Bghi%3D&", "?key=[redacted]&");
    expect_redacted("abc/def+ghi=", "[redacted]");
}

Test(secret, leaves_short_values_alone)
{
    keep("admin");
    expect_redacted("admin said", "admin said");
}

Test(secret, finds_bytes_that_are_not_text)
{
    struct secret s;
    secret_init(&s);
    secret_set(&s, "ab\0cdefgh", 9);
    struct buf out;
    buf_init(&out, 100);
    secret_redact(&out, "x\0ab\0cdefghy", 12);
    cr_assert_eq(out.len, 13u);
    cr_assert_arr_eq(out.ptr, "x\0[redacted]y", 13);
    buf_clear(&out);
    secret_clear(&s);
}

static void *remember_many(void *context)
{
    for (int i = 0; i < 200; i++) {
        auto_free char *text = xasprintf("secret-%s-%d", (const char *)context, i);
        keep(text);
        expect_redacted(text, "[redacted]");
    }
    return NULL;
}

Test(secret, may_be_used_from_several_threads)
{
    pthread_t threads[2];
    static char names[2][2] = {"a", "b"};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, remember_many, names[i]), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    expect_redacted("secret-a-199 secret-b-0", "[redacted] [redacted]");
}

Test(secret, no_core_file_shows_the_memory)
{
    struct rlimit limit;
    secret_protect_process();
    cr_assert_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    cr_assert_eq(limit.rlim_cur, 0u);
#ifndef __SANITIZE_ADDRESS__
    cr_assert_eq(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
#endif
}
