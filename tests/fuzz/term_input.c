/* term_input.c - any bytes of a terminal: no crash, no lone pieces, and never a rollback by an
 * answer. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"
#include "tui/term_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct input *in)
{
    switch (in->kind) {
    case INPUT_KEY:
        assert(in->key > 0 && in->key <= KEY_CODE_F12);
        assert(in->key < 0xd800 || in->key >= 0xe000);
        return;
    case INPUT_PASTE:
        assert(text_is_utf8(in->pasted, strlen(in->pasted)));
        assert(strchr(in->pasted, '\033') == NULL && strchr(in->pasted, '\r') == NULL);
        return;
    case INPUT_MOUSE:
        assert(in->x >= 0 && in->y >= 0);
        return;
    case INPUT_FOCUS:
        return;
    case INPUT_RESIZE:
    case INPUT_TICK:
    case INPUT_NEWS:
    case INPUT_LOST:
        assert(in == NULL); /* a terminal sends none of these */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct parser p;
    struct input in;
    int64_t now_ms = 1000;

    term_parser_init(&p);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0xf8) { /* no byte of UTF-8: time passes */
            now_ms += 700;
            if (term_parser_expire(&p, now_ms, &in))
                check(&in);
            continue;
        }
        if (term_parser_feed(&p, bytes[i], now_ms, &in))
            check(&in);
        assert(p.len < sizeof p.text);
    }
    /* However it was left, time puts it right. */
    now_ms += TERM_PASTE_MS;
    if (term_parser_expire(&p, now_ms, &in))
        check(&in);
    assert(term_parser_deadline_ms(&p) == -1);
    assert(term_parser_feed(&p, 'q', now_ms, &in) && in.kind == INPUT_KEY && in.key == 'q');
    term_parser_clear(&p);
    return 0;
}
