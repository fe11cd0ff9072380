/*
 * preflight.c - what was found before the first write.
 */
#include "core/buf.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/text.h"

#define TEXT_CEILING 2000

void preflight_add(struct preflight *p, enum finding_state state, const char *step, const char *fmt,
                   ...)
{
    static const char *const names[] = {[FINDING_PASS] = "pass",
                                        [FINDING_FAIL] = "fail",
                                        [FINDING_UNKNOWN] = "unknown",
                                        [FINDING_NOTE] = "note"};
    va_list ap;
    auto_buf text;

    buf_init(&text, TEXT_CEILING);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    /* What could not be looked at is not proved: it stops the run as well. */
    p->is_passed = p->is_passed && state != FINDING_FAIL && state != FINDING_UNKNOWN;
    auto_free char *safe = text_safe(text.ptr);
    json_array_append_new(p->findings, json_pack("{s:s, s:s, s:s}", "state", names[state], "step",
                                                 step, "text", safe));
}

void preflight_code(struct preflight *p, const char *code)
{
    size_t count = json_array_size(p->findings);

    if (count > 0)
        json_object_set_new(json_array_get(p->findings, count - 1), "code", json_string(code));
}
