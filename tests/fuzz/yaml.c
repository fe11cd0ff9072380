/* yaml.c - fuzzes the YAML reader: any bytes are refused with a place or give values that all have
 * one. */
#include "core/yaml.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Not deeper than the reader's ceiling. */
static void walk(const struct yaml_tree *tree, json_t *value)
{
    const char *key;
    json_t *part;
    size_t i;
    const struct yaml_node *node = yaml_tree_node(tree, value);

    if (node == NULL || node->value != value || node->line < 1 || node->column < 1)
        abort();
    free(yaml_tree_path(tree, value));
    json_object_foreach(value, key, part) walk(tree, part);
    json_array_foreach(value, i, part) walk(tree, part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct yaml_tree *tree = NULL;
    struct error err = {0};

    if (!yaml_tree_parse("f.yaml", (const char *)bytes, len, &tree, &err)) {
        if (err.kind != ERROR_USAGE || err.message[0] == '\0' || err.at[0] == '\0')
            abort();
        return 0;
    }
    walk(tree, yaml_tree_root(tree));
    json_decref(yaml_tree_typed(tree, yaml_tree_root(tree)));
    yaml_tree_free(tree);
    return 0;
}
