/*
 * variables.c - tests of core/variables.c and core/sign_in.c: what is carried, and what a program
 * then has.
 */
#include "core/variables.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/sign_in.h"

static void begin(void)
{
    setenv("AWS_PROFILE", "ours", 1);
    setenv("AWS_SESSION_TOKEN", "our-session-token", 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
    setenv("DEPLOY_NOTE", "our note", 1);
    setenv("LANG", "C", 1);
    unsetenv("AWS_ACCESS_KEY_ID");
}

TestSuite(variables, .init = begin);

static struct variables *theirs(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    struct variables *v = variables_of_json(object);

    json_decref(object);
    return v;
}

static void expect(const struct variables *v, const char *name, const char *value)
{
    const char *got = variables_get(v, name);

    if (value == NULL)
        cr_expect_null(got, "%s is %s", name, got);
    else
        cr_expect(got != NULL && strcmp(got, value) == 0, "%s is %s, not %s", name,
                  got != NULL ? got : "not set", value);
}

Test(variables, are_theirs_but_for_which_aws_is_reached)
{
    struct variables *v =
        theirs("{\"AWS_ACCESS_KEY_ID\": \"AKIATHEIRS\", \"AWS_REGION\": \"us-east-1\","
               " \"AWS_ENDPOINT_URL_STS\": \"http://127.0.0.1:2\"}");

    expect(v, "AWS_ACCESS_KEY_ID", "AKIATHEIRS");
    expect(v, "AWS_PROFILE", NULL);
    expect(v, "AWS_SESSION_TOKEN", NULL);
    expect(v, "AWS_REGION", "eu-central-1");
    expect(v, "AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    expect(v, "AWS_ENDPOINT_URL_STS", NULL);
    expect(v, "DEPLOY_NOTE", NULL);
    expect(NULL, "AWS_PROFILE", "ours");
    variables_unref(v);
}

static bool has(const char *const *block, const char *line)
{
    for (; *block != NULL; block++)
        if (strcmp(*block, line) == 0)
            return true;
    return false;
}

Test(variables, make_the_block_of_a_program)
{
    struct variables *v =
        theirs("{\"AWS_ACCESS_KEY_ID\": \"AKIATHEIRS\", \"DEPLOY_NOTE\": \"theirs\"}");
    auto_free const char **block = variables_block(v);
    auto_free const char **own = variables_block(NULL);

    cr_expect(has(block, "AWS_ACCESS_KEY_ID=AKIATHEIRS"));
    cr_expect(has(block, "DEPLOY_NOTE=theirs"));
    cr_expect_not(has(block, "DEPLOY_NOTE=our note"));
    cr_expect_not(has(block, "AWS_SESSION_TOKEN=our-session-token"));
    cr_expect_not(has(block, "LANG=C"));
    cr_expect(has(block, "AWS_ENDPOINT_URL=http://127.0.0.1:1"));
    cr_expect(has(own, "AWS_SESSION_TOKEN=our-session-token"));
    variables_unref(v);
}

Test(variables, go_over_the_wire_as_they_are)
{
    auto_free char *long_value = xcalloc(VARIABLES_LONGEST + 2, 1);

    memset(long_value, 'x', VARIABLES_LONGEST + 1);
    setenv("TOO_LONG", long_value, 1);
    setenv("NO_UTF8", "\xff\xfe", 1);
    struct variables *own = variables_of_process();
    json_t *object = variables_json(own), *signing = variables_signing_json(own);
    struct variables *again = variables_of_json(object);

    cr_assert_not_null(again);
    cr_expect_null(json_object_get(object, "AWS_REGION"));
    cr_expect_null(json_object_get(object, "TOO_LONG"));
    cr_expect_null(json_object_get(object, "NO_UTF8"));
    expect(again, "AWS_PROFILE", "ours");
    expect(again, "DEPLOY_NOTE", "our note");
    cr_expect_not_null(json_object_get(signing, "AWS_PROFILE"));
    cr_expect_null(json_object_get(signing, "DEPLOY_NOTE"));
    json_decref(object);
    json_decref(signing);
    variables_unref(own);
    variables_unref(again);
}

Test(variables, leave_room_on_a_line_of_the_wire_for_what_signs_in)
{
    auto_free char *value = xcalloc(VARIABLES_LONGEST + 1, 1);

    memset(value, 'x', VARIABLES_LONGEST);
    for (int i = 0; i < 20; i++) {
        auto_free char *name = xasprintf("A_LONG_ONE_%d", i);
        setenv(name, value, 1);
    }
    struct variables *own = variables_of_process();
    json_t *object = variables_json(own);
    auto_free char *text = json_dumps(object, 0);
    cr_expect_lt(strlen(text), 64 * 1024 - 4096);
    expect(own, "AWS_SESSION_TOKEN", "our-session-token");
    json_decref(object);
    variables_unref(own);
}

Test(variables, that_are_none_are_refused)
{
    static const char *const wrong[] = {"[]", "{\"A\": 1}", "{\"\": \"x\"}", "{\"A=B\": \"x\"}"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_null(theirs(wrong[i]), "%s", wrong[i]);
    cr_expect_null(variables_of_json(NULL));
}

Test(variables, with_secrets_are_struck_out_of_what_is_written)
{
    struct variables *v = theirs("{\"AWS_SECRET_ACCESS_KEY\": \"a-very-secret-key\"}");
    static const char text[] = "key a-very-secret-key";
    auto_buf out;

    buf_init(&out, 1000);
    secret_redact(&out, text, strlen(text));
    cr_expect_str_eq(out.ptr, "key [redacted]");
    variables_unref(v);
}

Test(variables, of_a_sign_in_change_with_it_and_not_with_its_copy)
{
    struct variables *first =
                         theirs("{\"AWS_ACCESS_KEY_ID\": \"AKIAFIRST\", \"TARGET\": \"first\"}"),
                     *second =
                         theirs("{\"AWS_ACCESS_KEY_ID\": \"AKIASECOND\", \"TARGET\": \"second\"}");
    struct sign_in *run = sign_in_new(NULL, first), *other = sign_in_new("narrow", second);
    struct sign_in *copy = sign_in_copy(run);

    sign_in_become(run, other);
    auto_free char *profile = sign_in_profile(run);
    auto_free char *kept = sign_in_profile(copy);
    struct variables *now = sign_in_variables(run), *before = sign_in_variables(copy);
    cr_expect_str_eq(profile, "narrow");
    cr_expect_null(kept);
    expect(now, "AWS_ACCESS_KEY_ID", "AKIASECOND");
    expect(now, "TARGET", "first");
    expect(before, "AWS_ACCESS_KEY_ID", "AKIAFIRST");
    variables_unref(now);
    variables_unref(before);
    sign_in_unref(run);
    sign_in_unref(other);
    sign_in_unref(copy);
    variables_unref(first);
    variables_unref(second);
}
