/* yaml.c - every value keeps its place, whatever is merged or set; what could hurt is refused. */
#include "core/yaml.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

static struct yaml_tree *parse(const char *text)
{
    struct yaml_tree *tree = NULL;
    struct error err;
    cr_assert(yaml_tree_parse("f.yaml", text, strlen(text), &tree, &err), "%s: %s", err.at,
              err.message);
    return tree;
}

static json_t *at(json_t *value, const char *key) { return json_object_get(value, key); }

static void expect_place(const struct yaml_tree *tree, const json_t *value, int line, int column,
                         const char *path)
{
    const struct yaml_node *node = yaml_tree_node(tree, value);
    auto_free char *found = yaml_tree_path(tree, value);
    cr_assert_not_null(node, "%s", path);
    cr_expect_eq(node->line, line, "%s is in line %d", path, node->line);
    cr_expect_eq(node->column, column, "%s is in column %d", path, node->column);
    cr_expect_str_eq(found, path);
}

Test(yaml, keeps_every_scalar_as_text)
{
    struct yaml_tree *tree =
        parse("a: [10:30, no, 1.10, 0123, 2025-12-19, ~, true, 0x1F, 1e3, .5]\n");
    json_t *list = at(yaml_tree_root(tree), "a");
    static const char *const expected[] = {"10:30", "no",   "1.10", "0123", "2025-12-19",
                                           "~",     "true", "0x1F", "1e3",  ".5"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        cr_expect_str_eq(json_string_value(json_array_get(list, i)), expected[i]);
    yaml_tree_free(tree);
}

Test(yaml, a_byte_order_mark_is_no_text)
{
    struct yaml_tree *tree = parse("\xEF\xBB\xBF"
                                   "a: x\n");
    expect_place(tree, at(yaml_tree_root(tree), "a"), 1, 4, "a");
    yaml_tree_free(tree);
}

Test(yaml, knows_where_each_value_stands)
{
    struct yaml_tree *tree = parse("a:\n  b: [x, {c: y}]\n  d: \"q\"\n");
    json_t *a = at(yaml_tree_root(tree), "a"), *b = at(a, "b");

    expect_place(tree, yaml_tree_root(tree), 1, 1, "");
    expect_place(tree, b, 2, 6, "a.b");
    expect_place(tree, json_array_get(b, 0), 2, 7, "a.b[0]");
    expect_place(tree, at(json_array_get(b, 1), "c"), 2, 14, "a.b[1].c");
    const struct yaml_node *d = yaml_tree_node(tree, at(a, "d"));
    cr_expect_eq(d->key_line, 3);
    cr_expect_eq(d->key_column, 3);
    cr_expect_not(d->is_plain);
    cr_expect(yaml_tree_node(tree, json_array_get(b, 0))->is_plain);
    json_t *stranger = json_string("x");
    cr_expect_null(yaml_tree_node(tree, stranger));
    json_decref(stranger);
    yaml_tree_free(tree);
}

Test(yaml, a_place_survives_merging_and_is_handed_on)
{
    struct yaml_tree *tree = parse("all: {a: x}\none: {b: y}\n");
    json_t *merged = json_copy(at(yaml_tree_root(tree), "all"));
    json_t *fresh = json_string("X");

    json_object_update(merged, at(yaml_tree_root(tree), "one"));
    expect_place(tree, at(merged, "a"), 1, 10, "all.a");
    expect_place(tree, at(merged, "b"), 2, 10, "one.b");
    yaml_tree_derive(tree, fresh, at(merged, "b"));
    expect_place(tree, fresh, 2, 10, "one.b");
    json_decref(fresh);
    json_decref(merged);
    yaml_tree_free(tree);
}

Test(yaml, what_is_set_says_who_set_it)
{
    struct yaml_tree *tree = parse("a: {b: x}\n"), *list = parse("[p, q]");
    json_t *a = at(yaml_tree_root(tree), "a");

    yaml_tree_set(tree, a, "b", json_string("y"), "--set a.b");
    yaml_tree_take(tree, a, "c", list, "--set a.c");
    cr_expect_str_eq(json_string_value(at(a, "b")), "y");
    cr_expect_str_eq(yaml_tree_node(tree, at(a, "b"))->origin, "--set a.b");
    json_t *q = json_array_get(at(a, "c"), 1);
    auto_free char *path = yaml_tree_path(tree, q);
    cr_expect_str_eq(path, "a.c[1]");
    cr_expect_str_eq(yaml_tree_node(tree, q)->origin, "--set a.c");
    yaml_tree_free(tree);
}

Test(yaml, types_by_look_only_where_asked_and_never_quoted_text)
{
    struct yaml_tree *tree = parse(
        "{n: 5, r: 1.5, t: true, f: \"true\", q: '5', z: null, s: ok, l: [1, {m: no}], v: 1.2.3}");
    json_t *typed = yaml_tree_typed(tree, yaml_tree_root(tree));
    json_error_t where;
    json_t *expected =
        json_loads("{\"n\":5,\"r\":1.5,\"t\":true,\"f\":\"true\",\"q\":\"5\",\"z\":null,"
                   "\"s\":\"ok\",\"l\":[1,{\"m\":\"no\"}],\"v\":\"1.2.3\"}",
                   0, &where);
    char *found = json_dumps(typed, 0);
    cr_expect(json_equal(typed, expected), "%s", found);
    free(found);
    json_decref(expected);
    json_decref(typed);
    yaml_tree_free(tree);
}

static const struct {
    const char *text, *at, *message;
} refused[] = {
    {"a: 1\na: 2\n", "f.yaml:2:1", "\"a\" stands here a second time"},
    {"a: &x 1\nb: *x\n", "f.yaml:1:4", "anchors (&x)"},
    {"a: &a [&b [*a, *a], *b]\n", "f.yaml:1:4", "anchors (&a)"},
    {"a: *x\n", "f.yaml:1:4", "aliases (*x)"},
    {"a: !!int 1\n", "f.yaml:1:4", "tags"},
    {"a: 1\n---\nb: 1\n", "f.yaml:2:1", "second document"},
    {"{[1]: 2}\n", "f.yaml:1:2", "a key must be text"},
    {"? {a: b}\n: c\n", "f.yaml:1:3", "a key must be text"},
    {"a: \"x\\0y\"\n", "f.yaml:1:4", "NUL"},
    {"\"\": x\n", "f.yaml:1:1", "a key is empty"},
    {"a: [1, 2\n", "f.yaml:2:1", "not YAML"},
    {"a: \"x\n", "f.yaml:2:1", "unexpected end of stream"},
};

Test(yaml, refuses_with_a_place)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct yaml_tree *tree = NULL;
        struct error err = {0};
        cr_expect_not(
            yaml_tree_parse("f.yaml", refused[i].text, strlen(refused[i].text), &tree, &err), "%s",
            refused[i].text);
        cr_expect_str_eq(err.at, refused[i].at, "%s: %s", refused[i].text, err.at);
        cr_expect(strstr(err.message, refused[i].message) != NULL, "%s: %s", refused[i].text,
                  err.message);
        cr_expect_null(tree);
    }
}

static void expect_refused(const struct buf *text, const char *message)
{
    struct yaml_tree *tree = NULL;
    struct error err = {0};
    cr_expect_not(yaml_tree_parse("f.yaml", text->ptr, text->len, &tree, &err));
    cr_expect(strstr(err.message, message) != NULL, "%s", err.message);
}

Test(yaml, has_ceilings)
{
    auto_buf text;

    buf_init(&text, (size_t)4 << 20);
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, '[');
    expect_refused(&text, "nested deeper");
    buf_reset(&text);
    buf_addc(&text, '[');
    for (int i = 0; i < 200000; i++)
        buf_adds(&text, "1,");
    buf_addc(&text, ']');
    expect_refused(&text, "more than 100000 values");
    buf_reset(&text);
    while (text.len < ((size_t)1 << 20) + 1)
        buf_adds(&text, "# nothing but a long remark\n");
    expect_refused(&text, "larger than 1024 KiB");
    buf_reset(&text);
    for (int i = 0; i < 300; i++)
        buf_addc(&text, 'k');
    buf_adds(&text, ": 1\n");
    expect_refused(&text, "a key is longer");
}

Test(yaml, an_empty_file_is_an_empty_text)
{
    struct yaml_tree *tree = parse("# only a remark\n");
    cr_expect_str_eq(json_string_value(yaml_tree_root(tree)), "");
    yaml_tree_free(tree);
}

Test(yaml, says_what_cannot_be_read)
{
    struct yaml_tree *tree = NULL;
    struct error err = {0};
    cr_expect_not(yaml_tree_load("/nonexistent/f.yaml", &tree, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect_not(yaml_tree_load("/dev/zero", &tree, &err));
    cr_expect(strstr(err.message, "is no file") != NULL, "%s", err.message);
}
