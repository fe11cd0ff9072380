/*
 * yaml.c - reads YAML by libyaml's events into JSON values, and keeps a table of their places.
 */
#include "core/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define FILE_BYTES ((size_t)1 << 20)
#define DEEPEST 32
#define MOST_NODES 100000
#define LONGEST_KEY 200
#define NO_PARENT SIZE_MAX

struct yaml_tree {
    char *file;
    json_t *root;
    struct yaml_node *nodes;
    size_t count, capacity;
    size_t *slots; /* hash table by address: number of a node + 1, 0 = free */
    size_t slot_count;
    char **texts; /* keys and origins that nodes point to */
    size_t text_count, text_capacity;
};

/* ---- the table of places --------------------------------------------------------------------- */

static size_t slot_of(const struct yaml_tree *tree, const json_t *value)
{
    /* Fibonacci hashing: addresses differ in their middle bits. */
    uint64_t hash = ((uint64_t)(uintptr_t)value >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(hash >> 32) & (tree->slot_count - 1);
    while (tree->slots[slot] != 0 && tree->nodes[tree->slots[slot] - 1].value != value)
        slot = (slot + 1) & (tree->slot_count - 1);
    return slot;
}

static void grow_slots(struct yaml_tree *tree)
{
    if (tree->count * 2 < tree->slot_count)
        return;
    free(tree->slots);
    tree->slot_count = tree->slot_count == 0 ? 64 : tree->slot_count * 2;
    tree->slots = xcalloc(tree->slot_count, sizeof *tree->slots);
    for (size_t i = 0; i < tree->count; i++)
        tree->slots[slot_of(tree, tree->nodes[i].value)] = i + 1;
}

static const char *keep_text(struct yaml_tree *tree, const char *text)
{
    tree->texts =
        mem_grow(tree->texts, &tree->text_capacity, tree->text_count, sizeof *tree->texts);
    return tree->texts[tree->text_count++] = xstrdup(text);
}

/* Keeps the value alive, so that no other can have its address. Returns the node's number. */
static size_t add_node(struct yaml_tree *tree, struct yaml_node node)
{
    grow_slots(tree);
    size_t slot = slot_of(tree, node.value);
    if (tree->slots[slot] != 0)
        return tree->slots[slot] - 1;
    tree->nodes = mem_grow(tree->nodes, &tree->capacity, tree->count, sizeof *tree->nodes);
    (void)json_incref((json_t *)(uintptr_t)node.value);
    tree->nodes[tree->count] = node;
    tree->slots[slot] = ++tree->count;
    return tree->count - 1;
}

const struct yaml_node *yaml_tree_node(const struct yaml_tree *tree, const json_t *value)
{
    if (tree->slot_count == 0)
        return NULL;
    size_t slot = slot_of(tree, value);
    return tree->slots[slot] == 0 ? NULL : &tree->nodes[tree->slots[slot] - 1];
}

char *yaml_tree_path(const struct yaml_tree *tree, const json_t *value)
{
    const struct yaml_node *steps[DEEPEST * 2];
    size_t count = 0;
    auto_buf path;

    buf_init(&path, (size_t)DEEPEST * 2 * (LONGEST_KEY + 2));
    const struct yaml_node *node = yaml_tree_node(tree, value);
    while (node != NULL && node->parent != NO_PARENT && count < DEEPEST * 2) {
        steps[count++] = node;
        node = &tree->nodes[node->parent];
    }
    while (count-- > 0) {
        if (steps[count]->key == NULL)
            buf_addf(&path, "[%zu]", steps[count]->index);
        else
            buf_addf(&path, "%s%s", path.len > 0 ? "." : "", steps[count]->key);
    }
    return buf_steal(&path);
}

void yaml_tree_derive(struct yaml_tree *tree, json_t *fresh, const json_t *source)
{
    const struct yaml_node *node = yaml_tree_node(tree, source);
    if (node == NULL || fresh == source)
        return;
    struct yaml_node copy = *node;
    copy.value = fresh;
    (void)add_node(tree, copy);
}

static size_t number_of(const struct yaml_tree *tree, const json_t *value)
{
    const struct yaml_node *node = yaml_tree_node(tree, value);
    return node == NULL ? NO_PARENT : (size_t)(node - tree->nodes);
}

void yaml_tree_set(struct yaml_tree *tree, json_t *object, const char *key, json_t *value,
                   const char *origin)
{
    struct yaml_node node = {.value = value,
                             .origin = keep_text(tree, origin),
                             .is_plain = true,
                             .key = keep_text(tree, key),
                             .parent = number_of(tree, object)};
    json_object_set(object, key, value);
    (void)add_node(tree, node);
    json_decref(value);
}

void yaml_tree_take(struct yaml_tree *tree, json_t *object, const char *key,
                    struct yaml_tree *other, const char *origin)
{
    size_t first = tree->count;
    const char *kept_origin = keep_text(tree, origin);

    for (size_t i = 0; i < other->count; i++) {
        struct yaml_node node = other->nodes[i];
        bool is_top = node.parent == NO_PARENT;
        node.origin = kept_origin;
        node.key = is_top             ? keep_text(tree, key)
                   : node.key == NULL ? NULL
                                      : keep_text(tree, node.key);
        node.parent = is_top ? number_of(tree, object) : first + node.parent;
        (void)add_node(tree, node);
    }
    json_object_set(object, key, other->root);
    yaml_tree_free(other);
}

/* ---- from events to values ------------------------------------------------------------------- */

struct level { /* an object or a list that is still open */
    json_t *value;
    size_t node;
    char *key; /* of an object: read, its value comes next */
    int key_line, key_column;
};

struct reader {
    struct yaml_tree *tree;
    struct level levels[DEEPEST];
    size_t depth;
    size_t documents;
    bool is_over;
};

static bool refuse(const struct reader *r, const yaml_event_t *event, struct error *err)
{
    return error_at(err, r->tree->file, (int)event->start_mark.line + 1,
                    (int)event->start_mark.column + 1);
}

static void cut(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size)
        len = size - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

/* The scalar is a key of the object that is open. */
static bool read_key(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct level *level = &r->levels[r->depth - 1];
    const char *key = (const char *)event->data.scalar.value;
    char shown[80];

    cut(shown, sizeof shown, key);
    if (key[0] == '\0') {
        error_set(err, ERROR_USAGE, "a key is empty");
        return refuse(r, event, err);
    }
    if (strlen(key) > LONGEST_KEY) {
        error_set(err, ERROR_USAGE, "a key is longer than %d characters", LONGEST_KEY);
        return refuse(r, event, err);
    }
    const json_t *before = json_object_get(level->value, key);
    if (before != NULL) {
        const struct yaml_node *first = yaml_tree_node(r->tree, before);
        error_set(err, ERROR_USAGE, "\"%s\" stands here a second time", shown);
        if (first != NULL)
            error_hint(err, "The first is in line %d: keep one of them", first->key_line);
        return refuse(r, event, err);
    }
    level->key = xstrdup(key);
    level->key_line = (int)event->start_mark.line + 1;
    level->key_column = (int)event->start_mark.column + 1;
    return true;
}

/* Puts a new value where it belongs; takes it. */
static bool place_value(struct reader *r, const yaml_event_t *event, json_t *value, bool is_plain,
                        struct error *err)
{
    struct level *level = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;
    int line = (int)event->start_mark.line + 1, column = (int)event->start_mark.column + 1;
    struct yaml_node node = {.value = value,
                             .line = line,
                             .column = column,
                             .key_line = line,
                             .key_column = column,
                             .is_plain = is_plain,
                             .parent = NO_PARENT};

    if (r->tree->count >= MOST_NODES) {
        json_decref(value);
        error_set(err, ERROR_USAGE, "more than %d values", MOST_NODES);
        return refuse(r, event, err);
    }
    if (level == NULL) {
        r->tree->root = json_incref(value);
    } else if (json_is_array(level->value)) {
        node.parent = level->node;
        node.index = json_array_size(level->value);
        json_array_append(level->value, value);
    } else {
        node.parent = level->node;
        node.key = keep_text(r->tree, level->key);
        node.key_line = level->key_line;
        node.key_column = level->key_column;
        json_object_set(level->value, level->key, value);
        free(level->key);
        level->key = NULL;
    }
    size_t number = add_node(r->tree, node);
    json_decref(value); /* the tree holds it */
    if (json_is_object(value) || json_is_array(value))
        r->levels[r->depth++] = (struct level){.value = value, .node = number};
    return true;
}

static bool expects_key(const struct reader *r)
{
    const struct level *level = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;
    return level != NULL && json_is_object(level->value) && level->key == NULL;
}

static bool refuse_decorated(const struct reader *r, const yaml_event_t *event,
                             const yaml_char_t *anchor, const yaml_char_t *tag, struct error *err)
{
    if (anchor != NULL) {
        error_set(err, ERROR_USAGE, "anchors (&%.40s) are not part of this language", anchor);
        error_hint(err, "What is the same for every environment goes under `all:`. A text that "
                        "begins with & needs quotes");
        return refuse(r, event, err);
    }
    error_set(err, ERROR_USAGE, "tags (%.40s) are not part of this language", tag);
    error_hint(err, "A text that begins with ! needs quotes");
    return refuse(r, event, err);
}

static bool read_scalar(struct reader *r, const yaml_event_t *event, struct error *err)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;

    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return refuse_decorated(r, event, event->data.scalar.anchor, event->data.scalar.tag, err);
    if (strlen(text) != len) {
        error_set(err, ERROR_USAGE, "a text contains a NUL character");
        return refuse(r, event, err);
    }
    if (expects_key(r))
        return read_key(r, event, err);
    json_t *value = json_stringn(text, len);
    if (value == NULL) {
        error_set(err, ERROR_USAGE, "a text is not UTF-8");
        return refuse(r, event, err);
    }
    return place_value(r, event, value, event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, err);
}

static bool read_start(struct reader *r, const yaml_event_t *event, struct error *err)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    const yaml_char_t *anchor =
        is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    const yaml_char_t *tag =
        is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag;

    if (anchor != NULL || tag != NULL)
        return refuse_decorated(r, event, anchor, tag, err);
    if (expects_key(r)) {
        error_set(err, ERROR_USAGE, "a key must be text, not a list or a map");
        error_hint(err, "A text that begins with [ or { needs quotes");
        return refuse(r, event, err);
    }
    if (r->depth == DEEPEST) {
        error_set(err, ERROR_USAGE, "nested deeper than %d levels", DEEPEST);
        return refuse(r, event, err);
    }
    return place_value(r, event, is_list ? json_array() : json_object(), false, err);
}

static bool read_event(struct reader *r, const yaml_event_t *event, struct error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (r->documents++ == 0)
            return true;
        error_set(err, ERROR_USAGE, "a second document begins here");
        error_hint(err, "Remove the line `---`");
        return refuse(r, event, err);
    case YAML_ALIAS_EVENT:
        error_set(err, ERROR_USAGE, "aliases (*%.40s) are not part of this language",
                  event->data.alias.anchor);
        error_hint(err, "A text that begins with * needs quotes: \"**/x.c\"");
        return refuse(r, event, err);
    case YAML_SCALAR_EVENT:
        return read_scalar(r, event, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return read_start(r, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        return true;
    case YAML_STREAM_END_EVENT:
        r->is_over = true;
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return true;
}

/* What people mean most often when libyaml says this. */
static const struct {
    const char *problem, *hint;
} hints[] = {
    {"cannot start any token", "A tab indents nothing: use spaces. A text that begins with @, ` or "
                               "% needs quotes"},
    {"expected ',' or '}'", "Is a } missing? A text with { or } needs quotes; names are written "
                            "$name, without braces"},
    {"expected ',' or ']'", "Is a ] missing? A text with [ or ] needs quotes"},
    {"mapping values are not allowed", "A text with `: ` in it needs quotes"},
    {"expected <block end>", "Look at the indentation: entries of one list or map begin in one "
                             "column"},
    {"did not find expected key", "Look at the indentation: the keys of one map begin in one "
                                  "column"},
    {"could not find expected ':'", "Look for a key without a colon"},
    {"expected alphabetic or numeric", "A text that begins with * or & needs quotes: \"**/x.c\""},
    {"found unexpected ':'",
     "Within { } and [ ] a colon needs a space behind it, or the text quotes"},
    {"unexpected end of stream", "A quote is opened and never closed"},
};

static bool refuse_syntax(const struct reader *r, const yaml_parser_t *parser, struct error *err)
{
    const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
    int line = (int)parser->problem_mark.line + 1, column = (int)parser->problem_mark.column + 1;

    if (parser->error == YAML_READER_ERROR) { /* only the offset is known */
        error_set(err, ERROR_USAGE, "%s (byte %zu)", problem, parser->problem_offset);
        error_hint(err, "The file must be UTF-8 text");
        line = (int)parser->mark.line + 1;
        column = (int)parser->mark.column + 1;
    } else {
        error_set(err, ERROR_USAGE, "not YAML: %s", problem);
        if (parser->context != NULL)
            error_set(err, ERROR_USAGE, "not YAML: %s, %s", parser->context, problem);
    }
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (strstr(problem, hints[i].problem) != NULL)
            error_hint(err, "%s", hints[i].hint);
    return error_at(err, r->tree->file, line, column);
}

static bool read_all(struct reader *r, yaml_parser_t *parser, struct error *err)
{
    while (!r->is_over) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return refuse_syntax(r, parser, err);
        bool is_ok = read_event(r, &event, err);
        yaml_event_delete(&event);
        if (!is_ok)
            return false;
    }
    return true;
}

bool yaml_tree_parse(const char *path, const char *bytes, size_t len, struct yaml_tree **out,
                     struct error *err)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    struct reader reader = {.tree = xcalloc(1, sizeof *reader.tree)};
    yaml_parser_t parser;

    if (len >= 3 && memcmp(bytes, byte_order_mark, 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    reader.tree->file = xstrdup(path);
    if (len > FILE_BYTES) {
        yaml_tree_free(reader.tree);
        error_set(err, ERROR_USAGE, "the file is larger than %zu KiB", FILE_BYTES >> 10);
        return error_at(err, path, 1, 1);
    }
    if (!yaml_parser_initialize(&parser)) {
        yaml_tree_free(reader.tree);
        return error_set(err, ERROR_INTERNAL, "libyaml cannot start");
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    bool is_ok = read_all(&reader, &parser, err);
    yaml_parser_delete(&parser);
    for (size_t i = 0; i < DEEPEST; i++)
        free(reader.levels[i].key);
    if (!is_ok) {
        yaml_tree_free(reader.tree);
        return false;
    }
    if (reader.tree->root == NULL) {
        reader.tree->root = json_string("");
        (void)add_node(reader.tree, (struct yaml_node){.value = reader.tree->root,
                                                       .line = 1,
                                                       .column = 1,
                                                       .key_line = 1,
                                                       .key_column = 1,
                                                       .is_plain = true,
                                                       .parent = NO_PARENT});
    }
    *out = reader.tree;
    return true;
}

static bool read_file(const char *path, struct buf *bytes, struct error *err)
{
    char piece[16384];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_USAGE,
                         "could not read %s: %s", path, strerror(errno));
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        return error_set(err, ERROR_USAGE, "%s is no file", path);
    }
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0 && !bytes->is_full)
        buf_add(bytes, piece, (size_t)got);
    int number = errno;
    (void)close(fd);
    return got >= 0 || error_set(err, ERROR_USAGE, "could not read %s: %s", path, strerror(number));
}

bool yaml_tree_load(const char *path, struct yaml_tree **out, struct error *err)
{
    auto_buf bytes;

    buf_init(&bytes, FILE_BYTES);
    if (!read_file(path, &bytes, err))
        return false;
    if (bytes.is_full) {
        error_set(err, ERROR_USAGE, "the file is larger than %zu KiB", FILE_BYTES >> 10);
        return error_at(err, path, 1, 1);
    }
    return yaml_tree_parse(path, bytes.ptr, bytes.len, out, err);
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; i < tree->count; i++)
        json_decref((json_t *)(uintptr_t)tree->nodes[i].value);
    for (size_t i = 0; i < tree->text_count; i++)
        free(tree->texts[i]);
    json_decref(tree->root);
    free(tree->texts);
    free(tree->nodes);
    free(tree->slots);
    free(tree->file);
    free(tree);
}

json_t *yaml_tree_root(const struct yaml_tree *tree) { return tree->root; }

const char *yaml_tree_file(const struct yaml_tree *tree) { return tree->file; }

/* ---- the few values whose look decides ------------------------------------------------------- */

static json_t *typed_scalar(const struct yaml_tree *tree, const json_t *value)
{
    const char *text = json_string_value(value);
    const struct yaml_node *node = yaml_tree_node(tree, value);
    int64_t whole;
    double real;

    if (node != NULL && node->is_plain) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            return json_boolean(text[0] == 't');
        if (strcmp(text, "null") == 0 || text[0] == '\0')
            return json_null();
        if (text_to_int64(text, &whole))
            return json_integer(whole);
        if (text_to_double(text, &real))
            return json_real(real);
    }
    return json_string(text);
}

/* Not deeper than a tree can be: DEEPEST. */
json_t *yaml_tree_typed(const struct yaml_tree *tree, const json_t *value)
{
    const char *key;
    json_t *part, *out;
    size_t i;

    if (json_is_object(value)) {
        out = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, part)
            json_object_set_new(out, key, yaml_tree_typed(tree, part));
        return out;
    }
    if (json_is_array(value)) {
        out = json_array();
        json_array_foreach(value, i, part) json_array_append_new(out, yaml_tree_typed(tree, part));
        return out;
    }
    return json_is_string(value) ? typed_scalar(tree, value)
                                 : json_incref((json_t *)(uintptr_t)value);
}
