/* guide.c - fuzzes the guide reader: any bytes are refused or give items with distinct ids. */
#include "core/guide.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct guide guide;
    struct error err;

    if (!guide_parse("fuzz.md", (const char *)bytes, len, &guide, &err))
        return 0;
    for (size_t i = 0; i < guide.count; i++) {
        const struct guide_item *item = &guide.items[i];
        if (item->id[0] == '\0' || item->text[0] == '\0' || item->line < 1)
            abort();
        if (i > 0 && strcmp(item->id, guide.items[i - 1].id) == 0)
            abort();
    }
    guide_clear(&guide);
    return 0;
}
