/* xml.c - an expat reader that keeps elements and their text, and nothing else. */
#include "aws/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define MAX_DEPTH 32
#define MAX_NODES 200000
#define MAX_TEXT (16u * 1024 * 1024)

struct xml_node {
    struct xml_node *parent, *first, *last, *next;
    struct xml_node *allocated; /* all nodes in one list, so that freeing needs no recursion */
    char *name;
    struct buf text; /* initialised with the first text */
    bool has_text;
};

struct xml_document {
    struct xml_node *root;
    struct xml_node *allocated;
};

struct reading {
    struct xml_document *document;
    struct xml_node *current;
    XML_Parser parser;
    size_t depth, nodes;
    const char *refusal; /* why reading was stopped by us */
};

static void stop(struct reading *r, const char *why)
{
    if (!r->refusal)
        r->refusal = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct reading *r = context;
    if (++r->depth > MAX_DEPTH || ++r->nodes > MAX_NODES) {
        stop(r, "it is nested too deeply or has too many elements");
        return;
    }
    const char *colon = strchr(name, ':');
    struct xml_node *node = xcalloc(1, sizeof *node);
    node->name = xstrdup(colon ? colon + 1 : name);
    node->parent = r->current;
    node->allocated = r->document->allocated;
    r->document->allocated = node;
    if (!r->current)
        r->document->root = node;
    else if (r->current->last)
        r->current->last->next = node;
    else
        r->current->first = node;
    if (r->current)
        r->current->last = node;
    r->current = node;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    (void)name;
    struct reading *r = context;
    struct xml_node *node = r->current;
    if (!node)
        return;
    if (node->has_text) {
        struct text trimmed = text_trim((struct text){node->text.ptr, node->text.len});
        char *copy = text_dup(trimmed);
        buf_reset(&node->text);
        buf_adds(&node->text, copy);
        free(copy);
    }
    r->current = node->parent;
    r->depth--;
}

static void XMLCALL on_text(void *context, const XML_Char *bytes, int len)
{
    struct reading *r = context;
    if (!r->current || len <= 0)
        return;
    if (!r->current->has_text) {
        buf_init(&r->current->text, MAX_TEXT);
        r->current->has_text = true;
    }
    buf_add(&r->current->text, bytes, (size_t)len);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(context, "it has a document type");
}

bool xml_parse(const char *bytes, size_t len, struct xml_document **out, struct error *err)
{
    if (len > MAX_TEXT)
        return error_set(err, ERROR_INTERNAL, "the XML is larger than %u bytes", MAX_TEXT);
    struct reading r = {.document = xcalloc(1, sizeof *r.document),
                        .parser = XML_ParserCreate(NULL)};
    if (!r.parser) {
        xml_free(r.document);
        return error_set(err, ERROR_INTERNAL, "cannot make an XML parser");
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    bool is_ok =
        XML_Parse(r.parser, bytes, (int)len, XML_TRUE) == XML_STATUS_OK && r.document->root;
    if (is_ok) {
        *out = r.document;
    } else {
        const char *why = r.refusal ? r.refusal : XML_ErrorString(XML_GetErrorCode(r.parser));
        error_set(err, ERROR_INTERNAL, "cannot read the XML, line %lu: %s",
                  (unsigned long)XML_GetCurrentLineNumber(r.parser), why);
        xml_free(r.document);
    }
    XML_ParserFree(r.parser);
    return is_ok;
}

void xml_free(struct xml_document *d)
{
    if (!d)
        return;
    struct xml_node *next;
    for (struct xml_node *node = d->allocated; node; node = next) {
        next = node->allocated;
        if (node->has_text)
            buf_clear(&node->text);
        free(node->name);
        free(node);
    }
    free(d);
}

const struct xml_node *xml_root(const struct xml_document *d) { return d->root; }

const char *xml_name(const struct xml_node *node) { return node ? node->name : ""; }

const struct xml_node *xml_find(const struct xml_node *node, const char *path)
{
    struct text rest = text_of(path);
    struct text piece;
    while (node && rest.len > 0 && text_split(&rest, '/', &piece)) {
        const struct xml_node *child = node->first;
        while (child && !text_eq(piece, child->name))
            child = child->next;
        node = child;
    }
    return node;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    const struct xml_node *sibling = node->next;
    while (sibling && strcmp(sibling->name, node->name) != 0)
        sibling = sibling->next;
    return sibling;
}

const char *xml_text(const struct xml_node *node, const char *path)
{
    const struct xml_node *found = xml_find(node, path);
    return found && found->has_text ? found->text.ptr : "";
}
