/*
 * yaml.h - YAML as JSON values that remember where they stood.
 *
 * Every scalar is text, whatever it looks like: the schema decides what it means. Refused: anchors,
 * aliases, tags, a key twice, a second document, files over 1 MiB, nesting over 32.
 *
 * A value is known by its address (each stands once in its tree, and the tree keeps it alive), so
 * its place survives being merged into another object. Thread: read-only trees may be read by any.
 */
#ifndef CORE_YAML_H
#define CORE_YAML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct yaml_tree;

struct yaml_node {
    const json_t *value;
    const char *origin;       /* NULL: the file; else "--set url" */
    int line, column;         /* of the value */
    int key_line, key_column; /* of its key; of the value in lists and at the root */
    bool is_plain;            /* a scalar without quotes */
    const char *key;          /* NULL in lists and at the root */
    size_t index;             /* in a list */
    size_t parent;            /* private: number of its object or list */
};

bool yaml_tree_load(const char *path, struct yaml_tree **out, struct error *err) FD_MUST_USE;
/* path is only what errors name. */
bool yaml_tree_parse(const char *path, const char *bytes, size_t len, struct yaml_tree **out,
                     struct error *err) FD_MUST_USE;
void yaml_tree_free(struct yaml_tree *tree);

json_t *yaml_tree_root(const struct yaml_tree *tree); /* borrowed; "" for an empty file */
const char *yaml_tree_file(const struct yaml_tree *tree);
/* NULL: not from here, a default. Valid until something is added to the tree. */
const struct yaml_node *yaml_tree_node(const struct yaml_tree *tree, const json_t *value);
/* "environments.dev.traffic[1]"; "" for the root and for what is not from here. Yours. */
char *yaml_tree_path(const struct yaml_tree *tree, const json_t *value);

/* `fresh` was made of `source` and stands at its place. */
void yaml_tree_derive(struct yaml_tree *tree, json_t *fresh, const json_t *source);
/* Puts a value that is not from the file below an object of the tree; takes value. */
void yaml_tree_set(struct yaml_tree *tree, json_t *object, const char *key, json_t *value,
                   const char *origin);
/* The same with a parsed value: everything in `other` belongs to the tree from now on. Frees other.
 */
void yaml_tree_take(struct yaml_tree *tree, json_t *object, const char *key,
                    struct yaml_tree *other, const char *origin);

/* Numbers, true, false and null of a plain scalar as JSON, all other text as it is. New value. */
json_t *yaml_tree_typed(const struct yaml_tree *tree, const json_t *value);

#endif
