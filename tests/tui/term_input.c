/* term_input.c - the bytes of terminals of many kinds, as keys and nothing else. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/mem.h"
#include "tui/term_parts.h"

static struct parser parser;
static int64_t now_ms = 1000;

static void start(void) { term_parser_init(&parser); }
static void stop(void) { term_parser_clear(&parser); }
TestSuite(term_input, .init = start, .fini = stop);

static void add_input(struct buf *out, const struct input *in)
{
    if (out->len > 0)
        buf_addc(out, ' ');
    if (in->kind == INPUT_PASTE)
        buf_addf(out, "<%s>", in->pasted);
    else if (in->kind == INPUT_MOUSE)
        buf_addf(out, "%c%d,%d", "+~-^v"[in->mouse], in -> y, in -> x);
    else if (in->kind == INPUT_FOCUS)
        buf_adds(out, in->has_focus ? "focus" : "blur");
    else if (in->key > ' ' && in->key < 0x7f)
        buf_addc(out, (char)in->key);
    else
        buf_addf(out, "%x", (unsigned)in->key);
}

/* What comes out, as text: "Up q <paste> +5,9 focus". */
static const char *read_all(const char *bytes, size_t len)
{
    static struct buf out;
    struct input in;

    if (out.ptr == NULL)
        buf_init(&out, 4096);
    buf_reset(&out);
    for (size_t i = 0; i < len; i++) {
        if (!term_parser_feed(&parser, (unsigned char)bytes[i], now_ms, &in))
            continue;
        do {
            add_input(&out, &in);
        } while (term_parser_held(&parser, &in));
    }
    return out.ptr;
}
static const char *read_text(const char *bytes) { return read_all(bytes, strlen(bytes)); }

static const char *expire(int64_t after_ms)
{
    struct input in;
    if (!term_parser_expire(&parser, now_ms + after_ms, &in))
        return "";
    if (in.kind == INPUT_KEY && in.key == '!')
        return "!";
    return in.kind == INPUT_KEY && in.key == KEY_CODE_ESCAPE ? "escape"
           : in.kind == INPUT_PASTE                          ? in.pasted
                                                             : "?";
}

#define CODE(name) KEY_CODE_##name

Test(term_input, knows_the_keys_of_xterm_linux_rxvt_screen_and_old_terminals)
{
    static const struct {
        const char *bytes;
        int code;
    } cases[] = {
        {"\033[A", CODE(UP)},
        {"\033OA", CODE(UP)},
        {"\033[1;2D", CODE(SHIFT_LEFT)},
        {"\033[d", CODE(SHIFT_LEFT)},
        {"\033[1;2C", CODE(SHIFT_RIGHT)},
        {"\033[c", CODE(SHIFT_RIGHT)},
        {"\033[1;2A", CODE(UP)},
        {"\033[H", CODE(HOME)},
        {"\033OH", CODE(HOME)},
        {"\033[1~", CODE(HOME)},
        {"\033[7~", CODE(HOME)},
        {"\033[4~", CODE(END)},
        {"\033[8~", CODE(END)},
        {"\033OF", CODE(END)},
        {"\033[2~", CODE(INSERT)},
        {"\033[3~", CODE(DELETE)},
        {"\033[5~", CODE(PAGE_UP)},
        {"\033[6~", CODE(PAGE_DOWN)},
        {"\033[Z", CODE(SHIFT_TAB)},
        {"\033OP", CODE(F1)},
        {"\033[[A", CODE(F1)},
        {"\033[11~", CODE(F1)},
        {"\033[[E", CODE(F5)},
        {"\033[15~", CODE(F5)},
        {"\033[20~", CODE(F9)},
        {"\033[24~", CODE(F12)},
        {"\033OM", CODE(ENTER)},
        {"\r", CODE(ENTER)},
        {"\n", CODE(ENTER)},
        {"\t", CODE(TAB)},
        {"\x7f", CODE(BACKSPACE)},
        {"\b", CODE(BACKSPACE)},
        {"\033Or", '2'},
        {"\x03", 3},
        {"\xc3\xbc", 0xfc},
        {"\xe6\x97\xa5", 0x65e5},
        {"\xf0\x9f\x9a\x80", 0x1f680},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct input in = {.kind = INPUT_LOST};
        size_t made = 0, len = strlen(cases[i].bytes);
        for (size_t j = 0; j < len; j++)
            made += term_parser_feed(&parser, (unsigned char)cases[i].bytes[j], now_ms, &in);
        cr_expect_eq(made, 1, "case %zu", i);
        cr_expect(in.kind == INPUT_KEY && in.key == cases[i].code, "case %zu: %x", i, in.key);
        cr_expect_eq(term_parser_deadline_ms(&parser), -1);
    }
}

Test(term_input, makes_no_key_of_what_it_does_not_know)
{
    static const char *const cases[] = {
        "\033[121;5u",    /* another protocol */
        "\033[27;5;121~", /* and another */
        "\033[1;5A",      /* Control */
        "\033[?2026;2$y", /* answers */
        "\033[?62;22c",
        "\033[12;40R",
        "\033[>41;354;0c",
        "\033]11;rgb:1111/1111/1111\033\\",
        "\033]52;c;eXl5\a",
        "\033P>|XTerm(354)\033\\",
        "\033_Gi=1;OK\033\\",
        "\033[<3;5;5M",                 /* no button */
        "\033[<0;0;0M",                 /* nowhere */
        "\033[M#",                      /* not whole */
        "\xc3",                         /* not whole */
        "\x80\xbf\xfe\xff",             /* no UTF-8 */
        "\xc0\xaf\xe0\x80\xaf",         /* too long forms of / */
        "\xed\xa0\x80\xf4\x90\x80\x80", /* no characters */
        "\xc2\x9b",                     /* a control of eight bits */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_str_eq(read_text(cases[i]), "", "case %zu: %s", i, cases[i] + 1);
        (void)expire(TERM_PASTE_MS);
        cr_expect_str_eq(read_text("q"), "q", "after case %zu", i);
    }
    char zero = '\0';
    cr_expect_str_eq(read_all(&zero, 1), "");
}

Test(term_input, takes_an_escape_for_a_key_only_when_nothing_follows)
{
    cr_expect_str_eq(read_text("\033"), "");
    cr_expect_eq(term_parser_deadline_ms(&parser), now_ms + TERM_ESCAPE_MS);
    cr_expect_str_eq(expire(TERM_ESCAPE_MS - 1), "");
    cr_expect_str_eq(expire(TERM_ESCAPE_MS), "escape");
    cr_expect_str_eq(read_text("\033\033"), "1b");
    cr_expect_str_eq(expire(TERM_ESCAPE_MS), "escape");
    cr_expect_str_eq(read_text("\033\033[A"), "1b 110000");
    cr_expect_str_eq(read_text("\033["), "");
    cr_expect_str_eq(expire(TERM_SEQUENCE_MS), "");
    cr_expect_str_eq(read_text("A"), "A");
}

Test(term_input, a_key_right_after_an_escape_is_a_key_as_with_alt)
{
    static const struct {
        const char *bytes, *keys;
    } cases[] = {
        {"\033!", "1b !"},
        {"\t\033!", "9 1b !"},
        {"\033[B\033!", "110001 1b !"},
        {"\033y", "1b y"},
        {"\033\r", "1b d"},
        {"\033\xc3\xbc!", "1b fc !"},
        {"\033\033!", "1b 1b !"},
        {"\033!\033!", "1b ! 1b !"},
        {"\033\x7f", "1b 7f"},
        /* Esc, another key, and that: nothing that begins as a sequence may take it away */
        {"\033[!", "!"},
        {"\033O!", "!"},
        {"\033[[!", "!"},
        {"\033[1;!", "!"},
        {"\033P!", "!"},
        {"\033X!", "!"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_str_eq(read_text(cases[i].bytes), cases[i].keys, "case %zu: %s", i,
                         read_text(cases[i].bytes));
        cr_expect_eq(term_parser_deadline_ms(&parser), -1);
    }
    /* each of the two in a read of its own */
    cr_expect_str_eq(read_text("\t\033"), "9");
    cr_expect_str_eq(read_text("!"), "1b !");
    cr_expect_str_eq(read_text("\033Py!"), "");
    cr_expect_str_eq(expire(TERM_SEQUENCE_MS), "!");
}

Test(term_input, an_answer_that_comes_in_pieces_is_no_key)
{
    parser.asked_ms = now_ms;
    cr_expect_str_eq(read_text("\033"), "");
    cr_expect_str_eq(expire(TERM_ESCAPE_ASKED_MS - 1), "");
    cr_expect_str_eq(read_text("]11;rgb:ff"), "");
    cr_expect_str_eq(expire(TERM_ESCAPE_MS * 4), "");
    cr_expect_str_eq(read_text("ff/ffff/ffff\033"), "");
    cr_expect_str_eq(read_text("\\y"), "y");
    cr_expect(parser.has_background && parser.is_background_light);
    cr_expect_str_eq(read_text("\033[?62c"), "");
    cr_expect_eq(parser.asked_ms, 0);
}

Test(term_input, tells_light_from_dark)
{
    static const struct {
        const char *answer;
        bool is_known, is_light;
    } cases[] = {
        {"\033]11;rgb:ffff/ffff/ffff\a", true, true},
        {"\033]11;rgb:1e1e/1e1e/2e2e\033\\", true, false},
        {"\033]11;rgb:ff/ff/dd\a", true, true},
        {"\033]11;rgb:0/0/0\a", true, false},
        {"\033]11;rgb:ffff/ffff\a", false, false},
        {"\033]11;rgb:fffff/0/0\a", false, false},
        {"\033]11;rgb:ffff/ffff/ffff/0\a", false, false},
        {"\033]10;rgb:ffff/ffff/ffff\a", false, false},
        {"\033]11;?\a", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parser.has_background = false;
        cr_expect_str_eq(read_text(cases[i].answer), "");
        cr_expect_eq(parser.has_background, cases[i].is_known, "case %zu", i);
        if (cases[i].is_known)
            cr_expect_eq(parser.is_background_light, cases[i].is_light, "case %zu", i);
    }
}

Test(term_input, reads_both_forms_of_mouse_reports_and_focus)
{
    cr_expect_str_eq(read_text("\033[<0;10;6M\033[<32;12;6M\033[<0;12;6m"), "+5,9 ~5,11 -5,11");
    cr_expect_str_eq(read_text("\033[<64;1;1M\033[<65;1;1M\033[<16;3;2M"), "^0,0 v0,0 +1,2");
    cr_expect_str_eq(read_text("\033[M *&\033[M#*&\033[M`*&"), "+5,9 -5,9 ^5,9");
    cr_expect_str_eq(read_text("\033[<2;10;6M\033[<1;10;6M"), "");
    cr_expect_str_eq(read_text("\033[I\033[O"), "focus blur");
}

Test(term_input, a_paste_is_one_thing_whatever_is_in_it)
{
    cr_expect_str_eq(read_text("\033[200~!y\r\r\nq\033[201~x"), "<!y\n\nq> x");
    cr_expect_str_eq(read_text("\033[200~\033[201"), "");
    cr_expect_str_eq(read_text("\033[201~"), "<\\x1b[201>");
    cr_expect_str_eq(read_text("\033[200~a\033[A\033[201~"), "<a\\x1b[A>");
    cr_expect_str_eq(read_text("\033[200~never ended"), "");
    cr_expect_str_eq(expire(TERM_PASTE_MS - 1), "");
    cr_expect_str_eq(expire(TERM_PASTE_MS), "never ended");
    cr_expect_str_eq(read_text("q"), "q");
}

Test(term_input, keeps_no_more_of_a_paste_than_it_may)
{
    struct input in = {.kind = INPUT_LOST};
    read_text("\033[200~");
    for (size_t i = 0; i < 2 * (size_t)TERM_PASTE_MOST; i++)
        (void)term_parser_feed(&parser, 'x', now_ms, &in);
    for (const char *at = "\033[201~"; *at != '\0'; at++)
        (void)term_parser_feed(&parser, (unsigned char)*at, now_ms, &in);
    cr_assert_eq(in.kind, INPUT_PASTE);
    cr_expect_leq(strlen(in.pasted), (size_t)TERM_PASTE_MOST);
    cr_expect_gt(strlen(in.pasted), 1000);
}
