/*
 * call.c - see call.h.
 */
#include "core/call.h"

#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define CALL_CEILING 4000

static const char *text_of_key(const json_t *call, const char *key)
{
    const char *text = json_string_value(json_object_get(call, key));
    return text != NULL ? text : "?";
}

char *call_text(const json_t *call)
{
    auto_buf out;
    const char *key;
    json_t *value;

    buf_init(&out, CALL_CEILING);
    buf_addf(&out, "%s %s", text_of_key(call, "service"), text_of_key(call, "operation"));
    /* A borrowed object is only read here; jansson's loop wants it without const. */
    json_t *params = json_object_get(call, "params");
    json_object_foreach(params, key, value)
    {
        if (json_is_string(value)) {
            buf_addf(&out, " %s=%s", key, json_string_value(value));
            continue;
        }
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS |
                                           JSON_REAL_PRECISION(6));
        buf_addf(&out, " %s=%s", key, text != NULL ? text : "?");
        free(text);
    }
    return text_safe(out.ptr);
}
