/* term_say.c - notices and copies: the very bytes, and nothing that acts on a terminal. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/term_parts.h"

static const char *notice(const char *text, enum multiplexer through)
{
    static struct buf out;
    buf_init(&out, 8192);
    term_say_notice(&out, text, through);
    return out.ptr;
}

Test(term_say, a_notice_goes_out_in_both_forms)
{
    cr_expect_str_eq(notice("gate closed; 2 stop it", MULTIPLEXER_NONE),
                     "\033]9;flightdeck: gate closed, 2 stop it\a"
                     "\033]777;notify;flightdeck;gate closed, 2 stop it\a");
    cr_expect_str_eq(notice("x", MULTIPLEXER_TMUX),
                     "\033Ptmux;\033\033]9;flightdeck: x\a\033\\"
                     "\033Ptmux;\033\033]777;notify;flightdeck;x\a\033\\");
    cr_expect_str_eq(notice("x", MULTIPLEXER_SCREEN), "\033P\033]9;flightdeck: x\a\033\\"
                                                      "\033P\033]777;notify;flightdeck;x\a\033\\");
}

Test(term_say, a_notice_cannot_act_on_the_terminal)
{
    const char *text = notice("a\a\033]52;c;eXk=\a\033\\b\xc2\x9d\n", MULTIPLEXER_NONE);
    size_t escapes = 0, bells = 0;
    for (const char *at = text; *at != '\0'; at++) {
        escapes += *at == '\033';
        bells += *at == '\a';
        cr_expect(*at != '\n');
    }
    cr_expect_eq(escapes, 2);
    cr_expect_eq(bells, 2);
    cr_expect_null(strstr(text, "\xc2\x9d"));
}

Test(term_say, a_long_notice_is_cut_between_characters)
{
    char long_text[2000];
    for (size_t i = 0; i + 3 < sizeof long_text; i += 3)
        memcpy(long_text + i, "\xe6\x97\xa5", 4);
    cr_expect_lt(strlen(notice(long_text, MULTIPLEXER_NONE)), 600);
    cr_expect_null(strstr(notice(long_text, MULTIPLEXER_NONE), "\xef\xbf\xbd"));
}

Test(term_say, a_copy_is_base64_with_its_padding)
{
    static const char *const cases[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xc3\xbc\n", "w7wK"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, 4096);
        cr_assert(term_say_copy(&out, cases[i][0], MULTIPLEXER_NONE));
        auto_free char *want = xasprintf("\033]52;c;%s\a", cases[i][1]);
        cr_expect_str_eq(out.ptr, want);
        buf_clear(&out);
    }
}

Test(term_say, refuses_a_copy_that_terminals_would_cut)
{
    size_t most = TERM_COPY_MOST / 4 * 3;
    char *text = xmalloc(most + 100);
    memset(text, 'x', most + 99);
    text[most + 99] = '\0';
    struct buf out;
    buf_init(&out, 1u << 20);
    cr_expect_not(term_say_copy(&out, text, MULTIPLEXER_NONE));
    cr_expect_eq(out.len, 0);
    text[most - 10] = '\0';
    cr_expect(term_say_copy(&out, text, MULTIPLEXER_NONE));
    buf_reset(&out);
    cr_expect_not(term_say_copy(&out, text, MULTIPLEXER_SCREEN));
    buf_clear(&out);
    free(text);
}

Test(term_say, sees_tmux_and_screen_by_their_marks)
{
    unsetenv("TMUX");
    unsetenv("STY");
    cr_expect_eq(term_say_through("xterm-256color"), MULTIPLEXER_NONE);
    cr_expect_eq(term_say_through("tmux-256color"), MULTIPLEXER_TMUX);
    setenv("STY", "123.pts", 1);
    cr_expect_eq(term_say_through("screen"), MULTIPLEXER_SCREEN);
    setenv("TMUX", "/tmp/tmux-0/default,1,0", 1);
    cr_expect_eq(term_say_through("screen-256color"), MULTIPLEXER_TMUX);
}
