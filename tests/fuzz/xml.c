/* xml.c - fuzzes the XML reader: any bytes are refused or give a tree that can be walked. */
#include <stddef.h>
#include <stdint.h>

#include "aws/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct xml_document *document = NULL;
    struct error err;
    if (!xml_parse((const char *)bytes, len, &document, &err))
        return 0;
    const struct xml_node *root = xml_root(document);
    (void)xml_name(root);
    (void)xml_text(root, "");
    const struct xml_node *node =
        xml_find(root, "DescribeDBSnapshotsResult/DBSnapshots/DBSnapshot");
    while (node) {
        (void)xml_text(node, "DBSnapshotIdentifier");
        node = xml_next(node);
    }
    (void)xml_text(root, "Error/Code");
    xml_free(document);
    return 0;
}
