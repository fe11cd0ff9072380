/*
 * xml.h - reads the small XML answers of the Query services into a tree that is asked by path.
 *
 * Ceilings on depth, nodes and text; a document type is refused, so no entity can expand.
 */
#ifndef AWS_XML_H
#define AWS_XML_H

#include <stddef.h>

#include "core/error.h"

struct xml_document;
struct xml_node;

bool xml_parse(const char *bytes, size_t len, struct xml_document **out,
               struct error *err) FD_MUST_USE;
void xml_free(struct xml_document *d);
const struct xml_node *xml_root(const struct xml_document *d);
/* "DBInstances/DBInstance": the first such descendant, or NULL. node may be NULL. */
const struct xml_node *xml_find(const struct xml_node *node, const char *path);
/* The next sibling of the same name, or NULL. */
const struct xml_node *xml_next(const struct xml_node *node);
/* The trimmed text at the path ("" as path = of the node itself), "" when absent. */
const char *xml_text(const struct xml_node *node, const char *path);
const char *xml_name(const struct xml_node *node); /* without its prefix; "" for NULL */

#endif
