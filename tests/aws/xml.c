/* xml.c - answers are asked by path; nesting, size and document types have limits. */
#include "aws/xml.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/buf.h"

static struct xml_document *parse(const char *text)
{
    struct xml_document *document = NULL;
    struct error err;
    cr_assert(xml_parse(text, strlen(text), &document, &err), "%s", err.message);
    return document;
}

Test(xml, finds_text_and_siblings_by_path)
{
    struct xml_document *d =
        parse("<?xml version=\"1.0\"?><r:Reply xmlns:r=\"u\" a=\"1\"><List><Item><Id> a&amp;b </Id>"
              "<E/></Item><Other/><Item><Id><![CDATA[<x>]]></Id></Item></List></r:Reply>");
    const struct xml_node *root = xml_root(d);
    cr_expect_str_eq(xml_name(root), "Reply");
    cr_expect_str_eq(xml_text(root, "List/Item/Id"), "a&b");
    cr_expect_str_eq(xml_text(root, "List/Item/E"), "");
    cr_expect_str_eq(xml_text(root, "List/Nothing/Id"), "");
    cr_expect_null(xml_find(root, "Nothing"));
    cr_expect_str_eq(xml_text(NULL, "x"), "");
    const struct xml_node *second = xml_next(xml_find(root, "List/Item"));
    cr_assert_not_null(second);
    cr_expect_str_eq(xml_text(second, "Id"), "<x>");
    cr_expect_null(xml_next(second));
    xml_free(d);
    xml_free(NULL);
}

Test(xml, refuses_what_no_service_sends)
{
    struct buf deep;
    buf_init(&deep, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_adds(&deep, "<a>");
    struct buf wide;
    buf_init(&wide, 8 << 20);
    buf_adds(&wide, "<a>");
    for (int i = 0; i < 300000; i++)
        buf_adds(&wide, "<b/>");
    buf_adds(&wide, "</a>");
    const char *const cases[] = {
        "",
        "not xml",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;\">]><a>&y;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<a>&undefined;</a>",
        "<a>\x01</a>",
        deep.ptr,
        wide.ptr,
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xml_document *document = NULL;
        struct error err = {0};
        cr_expect_not(xml_parse(cases[i], strlen(cases[i]), &document, &err), "case %zu", i);
        cr_expect_eq(err.kind, ERROR_INTERNAL);
        cr_expect_null(document);
    }
    buf_clear(&deep);
    buf_clear(&wide);
}
