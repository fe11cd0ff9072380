/* term_say.c - notices and the clipboard: OSC 9, 777 and 52, also through tmux and screen. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/term_parts.h"

#define SCREEN_MOST 700u /* screen takes strings of 768 bytes */
#define NOTICE_MOST 200u

bool term_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) { /* somebody made it so; a terminal takes its time */
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            if (poll(&room, 1, 1000) > 0 && (room.revents & (POLLERR | POLLHUP)) == 0)
                continue;
            return false;
        }
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

enum multiplexer term_say_through(const char *term)
{
    const char *tmux = getenv("TMUX"), *screen = getenv("STY");
    if (tmux != NULL && tmux[0] != '\0')
        return MULTIPLEXER_TMUX;
    if (screen != NULL && screen[0] != '\0')
        return MULTIPLEXER_SCREEN;
    return strncmp(term, "tmux", 4) == 0 ? MULTIPLEXER_TMUX : MULTIPLEXER_NONE;
}

/* An OSC that ends with BEL, as what is between those the program really runs in takes it. */
static void pass(struct buf *out, const char *osc, enum multiplexer through)
{
    switch (through) {
    case MULTIPLEXER_NONE:
        buf_adds(out, osc);
        return;
    case MULTIPLEXER_TMUX: /* each ESC twice */
        buf_adds(out, "\033Ptmux;");
        for (const char *at = osc; *at != '\0'; at++) {
            if (*at == '\033')
                buf_addc(out, '\033');
            buf_addc(out, *at);
        }
        buf_adds(out, "\033\\");
        return;
    case MULTIPLEXER_SCREEN:
        buf_addf(out, "\033P%s\033\\", osc);
        return;
    }
}

/* One line; also nothing that parts the fields of OSC 777. */
static char *notice_text(const char *text)
{
    char cut[NOTICE_MOST];
    text_copy(cut, sizeof cut, text);
    char *safe = text_safe(cut);
    for (char *at = safe; *at != '\0'; at++)
        if (*at == ';')
            *at = ',';
    return safe;
}

void term_say_notice(struct buf *out, const char *text, enum multiplexer through)
{
    auto_free char *safe = notice_text(text);
    /* "9;4;..." would be a progress bar */
    auto_free char *nine = xasprintf("\033]9;flightdeck: %s\a", safe);
    auto_free char *seven = xasprintf("\033]777;notify;flightdeck;%s\a", safe);
    pass(out, nine, through);
    pass(out, seven, through);
}

static void base64(struct buf *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);

    for (; left > 0; at += 3) {
        uint32_t bits = (uint32_t)at[0] << 16;
        if (left > 1)
            bits |= (uint32_t)at[1] << 8;
        if (left > 2)
            bits |= at[2];
        buf_addc(out, digits[bits >> 18]);
        buf_addc(out, digits[bits >> 12 & 63]);
        buf_addc(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        buf_addc(out, left > 2 ? digits[bits & 63] : '=');
        left -= left < 3 ? left : 3;
    }
}

bool term_say_copy(struct buf *out, const char *text, enum multiplexer through)
{
    auto_buf osc;
    buf_init(&osc, TERM_COPY_MOST + 16);
    buf_adds(&osc, "\033]52;c;");
    base64(&osc, text);
    buf_addc(&osc, '\a');
    if (osc.is_full || (through == MULTIPLEXER_SCREEN && osc.len > SCREEN_MOST))
        return false;
    /* tmux itself takes it too, into its own buffer */
    if (through == MULTIPLEXER_TMUX)
        buf_adds(out, osc.ptr);
    pass(out, osc.ptr, through);
    return true;
}
