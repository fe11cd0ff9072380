/*
 * config_explain.c - prints a configuration with all its defaults, and beside each value where it
 * came from. What it prints is a configuration again.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

#define EXPLAINED_BYTES ((size_t)4 << 20)
#define COMMENT_COLUMN 64
#define INDENT 2
#define DEEPEST 40

struct printer {
    const struct config *config;
    struct buf out;
    size_t line_start;
};

/* Characters that mean something at the start of a plain text, or anywhere inside a list. */
static bool needs_quotes(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || strchr("!&*-?|>@%`\"'#,[]{}: \t", text[0]) != NULL ||
        isspace((unsigned char)text[len - 1]) || text[len - 1] == ':' ||
        strpbrk(text, ",[]{}\"\n\t") != NULL || strstr(text, ": ") != NULL ||
        strstr(text, " #") != NULL)
        return true;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return true;
    return false;
}

static void print_text(struct printer *p, const char *text, bool is_quoted)
{
    if (!is_quoted && !needs_quotes(text)) {
        buf_adds(&p->out, text);
        return;
    }
    json_t *value = json_string(text);
    char *quoted = json_dumps(value, JSON_ENCODE_ANY);
    buf_adds(&p->out, quoted == NULL ? "\"\"" : quoted);
    free(quoted);
    json_decref(value);
}

static bool is_scalar(const json_t *value) { return json_is_string(value); }

/* A list of texts stands on one line. */
static bool is_inline(const json_t *value)
{
    size_t i;
    json_t *one;

    if (is_scalar(value))
        return true;
    if (json_is_object(value))
        return json_object_size(value) == 0;
    json_array_foreach(value, i, one) if (!is_scalar(one)) return false;
    return true;
}

static void print_scalar(struct printer *p, const json_t *value)
{
    const struct yaml_node *node = yaml_tree_node(p->config->source, value);
    const char *text = json_string_value(value);

    if (text[0] == '\0' && (node == NULL || node->is_plain))
        return;
    print_text(p, text, node != NULL && !node->is_plain);
}

static void print_inline(struct printer *p, const json_t *value)
{
    size_t i;
    json_t *one;

    if (is_scalar(value)) {
        print_scalar(p, value);
        return;
    }
    if (json_is_object(value)) {
        buf_adds(&p->out, "{}");
        return;
    }
    buf_addc(&p->out, '[');
    json_array_foreach(value, i, one)
    {
        buf_adds(&p->out, i > 0 ? ", " : "");
        print_scalar(p, one);
    }
    buf_addc(&p->out, ']');
}

/* "flightdeck.yaml:12", "--set url", "default" */
static void end_line(struct printer *p, const json_t *value)
{
    const struct yaml_node *node = yaml_tree_node(p->config->source, value);
    const char *slash = strrchr(p->config->path, '/');
    const char *file = slash == NULL ? p->config->path : slash + 1;
    size_t used = p->out.len - p->line_start;

    if (node == NULL && json_is_array(value) && json_array_size(value) > 0)
        node = yaml_tree_node(p->config->source, json_array_get(value, 0));
    buf_addf(&p->out, "%*s# ", used < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - used) : 1, "");
    if (node == NULL)
        buf_adds(&p->out, "default");
    else if (node->origin != NULL)
        buf_adds(&p->out, node->origin);
    else
        buf_addf(&p->out, "%s:%d", file, node->line);
    buf_addc(&p->out, '\n');
    p->line_start = p->out.len;
}

static void newline(struct printer *p)
{
    buf_addc(&p->out, '\n');
    p->line_start = p->out.len;
}

static void print_block(struct printer *p, json_t *value, int depth, bool is_in_line);

static void print_pair(struct printer *p, const char *key, json_t *value, int depth)
{
    print_text(p, key, false);
    buf_addc(&p->out, ':');
    if (is_inline(value)) {
        bool is_nothing = is_scalar(value) && json_string_value(value)[0] == '\0';
        buf_adds(&p->out, is_nothing ? "" : " ");
        print_inline(p, value);
        end_line(p, value);
        return;
    }
    newline(p);
    print_block(p, value, depth + 1, false);
}

/* Depth is bounded by the reader's; the bound here only says so. */
static void print_block(struct printer *p, json_t *value, int depth, bool is_in_line)
{
    const char *key;
    json_t *part;
    size_t i;

    if (depth > DEEPEST)
        return;
    json_object_foreach(value, key, part)
    {
        if (!is_in_line)
            buf_addf(&p->out, "%*s", depth * INDENT, "");
        is_in_line = false;
        print_pair(p, key, part, depth);
    }
    json_array_foreach(value, i, part)
    {
        buf_addf(&p->out, "%*s- ", depth * INDENT, "");
        if (is_inline(part)) {
            print_inline(p, part);
            end_line(p, part);
        } else {
            print_block(p, part, depth + 1, true);
        }
    }
}

char *config_explain(const struct config *c)
{
    struct printer printer = {.config = c};

    buf_init(&printer.out, EXPLAINED_BYTES);
    print_block(&printer, c->document, 0, false);
    return buf_steal(&printer.out);
}
