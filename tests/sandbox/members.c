/* members.c - the Query protocol's dotted names as JSON, and JSON as its XML. */
#include "sandbox/members.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/operation.h"

/* What a form is read as: JSON with sorted keys, or NULL. Yours. */
static char *read_form(const char *form)
{
    static const struct operation operations[] = {{.name = "Do"}, {0}};
    static const struct service service = {
        .name = "x", .form = WIRE_QUERY, .operations = operations};
    struct wire_request wire = {.method = "POST",
                                .uri = "/",
                                .content_type = "application/x-www-form-urlencoded",
                                .body = form,
                                .body_len = strlen(form)};
    struct request request;
    struct reply reply;
    operation_reply_init(&reply);
    cr_assert_not_null(operation_read(&service, &wire, &request, &reply));
    json_t *document = members_read(&request);
    if (document)
        json_object_del(document, "Action");
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(document);
    operation_request_clear(&request);
    operation_reply_clear(&reply);
    return text;
}

Test(members, reads_dotted_names)
{
    static const struct {
        const char *form, *expected;
    } cases[] = {
        {"Action=Do", "{}"},
        {"Action=Do&A=1&B=x+y%26", "{\"A\":\"1\",\"B\":\"x y&\"}"},
        {"Action=Do&L.member.1=a&L.member.2=b", "{\"L\":[\"a\",\"b\"]}"},
        {"Action=Do&Q.member.1.S.M.D.member.1.N=n&Q.member.1.S.M.D.member.1.V=v&Q.member.1.Id=i",
         "{\"Q\":[{\"Id\":\"i\",\"S\":{\"M\":{\"D\":[{\"N\":\"n\",\"V\":\"v\"}]}}}]}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = read_form(cases[i].form);
        cr_assert_not_null(text, "%s", cases[i].form);
        cr_expect_str_eq(text, cases[i].expected);
        free(text);
    }
}

Test(members, refuses_names_that_contradict_each_other)
{
    static const char *const forms[] = {
        "Action=Do&A=1&A.B=2",
        "Action=Do&A.B=1&A=2",
        "Action=Do&L.member.2=a",
        "Action=Do&L.member.x=a",
        "Action=Do&L.member.0=a",
        "Action=Do&L.member=a",
        "Action=Do&L.member.1=a&L.B=1",
        "Action=Do&L.member.99999=a",
        "Action=Do&L.member.1=a&L.member.1.X=b",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char *text = read_form(forms[i]);
        cr_expect_null(text, "%s was read as %s", forms[i], text);
        free(text);
    }
}

Test(members, writes_lists_times_and_text)
{
    json_t *document = json_pack("{s:[I, I], s:[f], s:s, s:b, s:[{s:s}], s:[], s:{s:I}}",
                                 "Timestamps", (json_int_t)1795514400, (json_int_t)1795514460,
                                 "Values", 0.5, "Text", "a<b", "Flag", 1, "Rows", "Name", "n",
                                 "Empty", "Inner", "ChangedTimestamp", (json_int_t)0);
    struct buf out;
    buf_init(&out, 4096);
    members_write(&out, document);
    static const char *const parts[] = {
        "<Timestamps><member>2026-11-24T10:00:00.000Z</member>"
        "<member>2026-11-24T10:01:00.000Z</member></Timestamps>",
        "<Values><member>0.5</member></Values>",
        "<Text>a&lt;b</Text>",
        "<Flag>true</Flag>",
        "<Rows><member><Name>n</Name></member></Rows>",
        "<Empty></Empty>",
        "<Inner><ChangedTimestamp>1970-01-01T00:00:00.000Z</ChangedTimestamp></Inner>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_neq(strstr(out.ptr, parts[i]), NULL, "%s is not in %s", parts[i], out.ptr);
    buf_clear(&out);
    json_decref(document);
}
