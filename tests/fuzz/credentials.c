/* credentials.c - fuzzes the reader of the shared AWS files and of the timestamps in them. */
#include <stddef.h>
#include <stdint.h>

#include "aws/ini.h"
#include "aws/stamp.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ini *ini = NULL;
    struct error err;
    auto_free char *text = xstrndup((const char *)bytes, len);
    int64_t at_ms = 0;
    (void)stamp_parse(text, &at_ms);
    if (!ini_parse((const char *)bytes, len, "fuzz", &ini, &err))
        return 0;
    (void)ini_has_section(ini, "default");
    (void)ini_get(ini, "default", "aws_access_key_id");
    (void)ini_get_nested(ini, "services s", "lambda", "endpoint_url");
    ini_free(ini);
    return 0;
}
