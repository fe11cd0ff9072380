/* term.c - starts curses, reads its input, gives the terminal back; see term.h. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tui/term_parts.h"
#include "tui/term_type.h"

#define STALLED_MS 200 /* a terminal that takes nothing for so long is left as it is */
#define FALL_BACK "xterm-256color"
#define MODES_ON "\033[?2004h\033[?1004h"
#define MODES_OFF "\033[?2026l\033[?2004l\033[?1004l"
#define MOUSE_ON "\033[?1000h\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1002l\033[?1000l"
/* The background, and DA1 last: its answer says that no other will come. */
#define QUESTIONS "\033]11;?\033\\\033[c"

struct term {
    struct term_options options;
    FILE *in, *out; /* of its own: curses closes nothing and buffers nothing of the caller's */
    int in_fd, out_fd, spare_fd; /* spare: of the same terminal as out */
    int interrupted;
    struct termios saved;
    SCREEN *screen;
    char name[64], notice[160];
    bool is_xterm_like, is_ascii, is_gone, is_mouse_on;
    bool may_ask, is_asked; /* the background, after the first frame */
    bool is_theme_chosen;
    int rows, cols, colours;
    struct drawing *drawing;
    struct parser parser;
    unsigned char bytes[4096];
    size_t have, at;
};

/* ---- what this terminal is ---- */

/* Names of terminals that understand xterm, for machines whose database lacks them. */
static bool is_relative_of_xterm(const char *name)
{
    static const char *const starts[] = {"xterm",   "tmux", "screen",  "rxvt",      "kitty",
                                         "ghostty", "foot", "wezterm", "alacritty", "konsole",
                                         "contour", "st-",  "vte",     "gnome",     "iterm",
                                         "mintty",  "rio",  "eterm"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return true;
    return len > 9 && strcmp(name + len - 9, "-256color") == 0;
}

static const char *capability(const char *name)
{
    const char *text = tigetstr(name);
    return text == NULL || text == (const char *)-1 ? NULL : text;
}

#define REFUSE(err, ...)                                                                           \
    (error_set(err, ERROR_USAGE, __VA_ARGS__) ||                                                   \
     error_hint(err, "--plain needs no such terminal: it writes a line for each event"))

static int colours_of(const struct term_options *options, int most)
{
    const char *no_color = getenv("NO_COLOR");

    switch (options->colours) {
    case TERM_COLOURS_NONE:
        return 0;
    case TERM_COLOURS_16:
        return most > 16 ? 16 : most;
    case TERM_COLOURS_256:
        return most;
    case TERM_COLOURS_AUTO:
        return no_color != NULL && no_color[0] != '\0' ? 0 : most;
    }
    return most;
}

/* Looked at before anything is written. */
static bool choose_type(struct term *t, const char *wanted, struct error *err)
{
    struct term_type type;

    if (wanted == NULL || wanted[0] == '\0')
        return REFUSE(err, "TERM is not set: it is not known what terminal this is");
    (void)snprintf(t->name, sizeof t->name, "%s", wanted);
    if (!term_type_look(t->name, t->out_fd, &type)) {
        if (!is_relative_of_xterm(wanted) || !term_type_look(FALL_BACK, t->out_fd, &type))
            return REFUSE(err, "terminal type %s is not known here; TERM=xterm-256color may do",
                          wanted);
        (void)snprintf(t->notice, sizeof t->notice,
                       "terminal type %.60s is not known here: treated as " FALL_BACK, wanted);
        (void)snprintf(t->name, sizeof t->name, FALL_BACK);
    }
    if (!type.can_move_cursor)
        return REFUSE(err, "a terminal of type %s cannot move its cursor", wanted);
    t->colours = colours_of(&t->options, type.colours);
    t->is_xterm_like = type.has_mouse && strncmp(t->name, "linux", 5) != 0;
    return true;
}

bool term_locale_is_utf8(void)
{
    static bool is_set;
    /* Only this: numbers are read and written with a point everywhere. Once, as other threads look
     * characters up. */
    if (!is_set && setlocale(LC_CTYPE, "") == NULL)
        (void)setlocale(LC_CTYPE, "C.UTF-8"); /* a locale that this machine does not have */
    is_set = true;
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- modes ---- */

static void say(struct term *t, const char *bytes)
{
    if (!t->is_gone && !term_write(t->out_fd, bytes, strlen(bytes)))
        t->is_gone = true;
}

static void modes_on(struct term *t)
{
    if (!t->is_xterm_like)
        return;
    say(t, MODES_ON);
    if (t->is_mouse_on)
        say(t, MOUSE_ON);
}

static void modes_off(struct term *t)
{
    if (t->is_xterm_like)
        say(t, MODES_OFF MOUSE_OFF);
}

/* A capability as bytes: without the pauses that old terminals needed, "$<5/>". */
static void add_capability(struct buf *out, const char *name)
{
    const char *text = capability(name);
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        if (at[0] == '$' && at[1] == '<' && strchr(at, '>') != NULL)
            at = strchr(at, '>');
        else
            buf_addc(out, *at);
    }
}

/* What a death writes: fixed bytes, known beforehand. */
static void arm(struct term *t)
{
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    auto_buf undo;

    buf_init(&undo, 500);
    if (t->is_xterm_like)
        buf_adds(&undo, MODES_OFF MOUSE_OFF);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_capability(&undo, names[i]);
    buf_adds(&undo, "\r\n");
    term_death_arm(t->in_fd, t->out_fd, &t->saved, undo.ptr);
}

/* ---- open and close ---- */

static void ask_size(struct term *t)
{
    struct winsize size;
    if (ioctl(t->out_fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        t->rows = size.ws_row;
        t->cols = size.ws_col;
    }
}

static bool start_curses(struct term *t, struct error *err)
{
    use_env(FALSE); /* LINES and COLUMNS are a shell's, of an earlier size */
    use_tioctl(TRUE);
    (void)set_escdelay(TERM_ESCAPE_MS);
    t->screen = newterm(t->name, t->out, t->in);
    if (t->screen == NULL)
        return REFUSE(err, "a terminal of type %s could not be started", t->name);
    (void)set_term(t->screen);
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE); /* the keypad's mode only; bytes are read by term_input.c */
    (void)intrflush(stdscr, FALSE);
    (void)typeahead(-1);
    (void)scrollok(stdscr, FALSE);
    t->rows = LINES;
    t->cols = COLS;
    ask_size(t);
    return true;
}

/* curses has set handlers of its own; those of the console come through its signalfd. */
static void take_signals(void)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (signal(ours[i], SIG_DFL) == SIG_IGN)
            (void)signal(ours[i], SIG_IGN);
    term_death_install();
}

static FILE *of_its_own(FILE *of, const char *mode)
{
    int fd = dup(fileno(of));
    FILE *file = fd < 0 ? NULL : fdopen(fd, mode);
    if (file == NULL && fd >= 0)
        (void)close(fd);
    return file;
}

static bool is_terminal(const struct term_options *options, struct error *err)
{
    if (isatty(fileno(options->in)) && isatty(fileno(options->out)))
        return true;
    return REFUSE(err, "standard input and output are no terminal");
}

bool term_can(const struct term_options *options, struct error *err)
{
    struct term t = {.options = *options, .out_fd = fileno(options->out)};
    return is_terminal(options, err) && choose_type(&t, options->term, err);
}

static bool open_files(struct term *t, struct error *err)
{
    if (!is_terminal(&t->options, err))
        return false;
    t->in = of_its_own(t->options.in, "r");
    t->out = of_its_own(t->options.out, "w");
    if (t->in == NULL || t->out == NULL)
        return error_set(err, ERROR_INTERNAL, "could not take the terminal: %s", strerror(errno));
    t->in_fd = fileno(t->in);
    t->out_fd = fileno(t->out);
    t->spare_fd = fcntl(t->out_fd, F_DUPFD_CLOEXEC, 3);
    if (tcgetattr(t->in_fd, &t->saved) != 0)
        return error_set(err, ERROR_INTERNAL, "could not ask the terminal: %s", strerror(errno));
    return true;
}

static bool open_all(struct term *t, struct error *err)
{
    struct theme theme;

    t->is_ascii = !term_locale_is_utf8() || t->options.wants_ascii;
    if (!open_files(t, err) || !choose_type(t, t->options.term, err))
        return false;
    const char *name = t->options.theme;
    if (name == NULL && t->colours == 0)
        name = THEME_MONO;
    if (!theme_load(name, &theme, err) || !start_curses(t, err))
        return false;
    arm(t);
    if (!t->options.keeps_signals) {
        take_signals();
        term_death_keep_stderr();
    }
    t->drawing = term_drawing_new(&theme, t->colours);
    t->may_ask = t->is_xterm_like && !t->is_theme_chosen && t->colours > 0;
    t->is_mouse_on = t->options.wants_mouse;
    if (getenv("SSH_CONNECTION") != NULL)
        t->parser.escape_ms = TERM_SLOW_ESCAPE_MS;
    modes_on(t);
    return true;
}

bool term_open(const struct term_options *options, struct term **out, struct error *err)
{
    struct term *t = xcalloc(1, sizeof *t);
    t->spare_fd = -1;
    t->options = *options;
    t->is_theme_chosen = options->theme != NULL;
    term_parser_init(&t->parser);
    if (open_all(t, err)) {
        *out = t;
        return true;
    }
    term_close(t);
    return false;
}

/* An answer that comes after we left would be typed into the shell. */
static void await_answers(struct term *t)
{
    int64_t until_ms = t->parser.asked_ms + TERM_ANSWER_MS;
    struct pollfd there = {.fd = t->in_fd, .events = POLLIN};
    struct input ignored;

    while (t->parser.asked_ms != 0 && !t->is_gone) {
        int64_t left_ms = until_ms - clock_boot_ms();
        if (left_ms <= 0 || poll(&there, 1, (int)left_ms) <= 0)
            return;
        while (term_read(t, &ignored))
            ;
    }
}

static void stop_curses(struct term *t)
{
    struct pollfd room = {.fd = t->out_fd, .events = POLLOUT};
    bool is_stalled = poll(&room, 1, STALLED_MS) == 0;

    if (is_stalled)
        term_death_leave_stalled(t->out_fd);
    else
        await_answers(t);
    modes_off(t);
    (void)endwin();
    /* Keys for a console are no commands for a shell. */
    (void)tcflush(t->in_fd, TCIFLUSH);
    (void)tcsetattr(t->in_fd, is_stalled ? TCSANOW : TCSADRAIN, &t->saved);
    term_death_disarm();
    term_death_show_stderr();
    term_drawing_free(t->drawing);
    delscreen(t->screen);
}

void term_close(struct term *t)
{
    if (t == NULL)
        return;
    if (t->screen != NULL)
        stop_curses(t);
    if (t->in != NULL)
        (void)fclose(t->in);
    if (t->out != NULL)
        (void)fclose(t->out);
    if (t->spare_fd >= 0)
        (void)close(t->spare_fd);
    term_parser_clear(&t->parser);
    free(t);
}

const char *term_notice(const struct term *t) { return t->notice; }

bool term_is_ascii(const struct term *t) { return t->is_ascii; }

int term_fd(const struct term *t) { return t->in_fd; }

int term_out_fd(const struct term *t) { return t->out_fd; }

int term_interrupted(const struct term *t) { return t->interrupted; }

bool term_is_gone(const struct term *t) { return t->is_gone; }

void term_size(const struct term *t, int *rows, int *cols)
{
    *rows = t->rows;
    *cols = t->cols;
}

/* ---- input ---- */

/* More bytes; false: none are there now. */
static bool fetch(struct term *t)
{
    struct pollfd there = {.fd = t->in_fd, .events = POLLIN};
    if (t->is_gone || poll(&there, 1, 0) <= 0)
        return false;
    if ((there.revents & POLLIN) == 0) {
        t->is_gone = true;
        return false;
    }
    ssize_t n = read(t->in_fd, t->bytes, sizeof t->bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    t->is_gone = n <= 0;
    t->have = n > 0 ? (size_t)n : 0;
    t->at = 0;
    return n > 0;
}

/* It was dark until we know better; later than this it would be a surprise. */
static void adapt(struct term *t)
{
    struct theme theme;
    struct error ignored;

    if (!t->parser.has_background)
        return;
    t->parser.has_background = false;
    if (!t->is_theme_chosen && t->parser.is_background_light &&
        t->parser.background_ms <= TERM_ANSWER_MS && theme_load(THEME_LIGHT, &theme, &ignored))
        term_drawing_theme(t->drawing, &theme);
}

bool term_read(struct term *t, struct input *out)
{
    int64_t now_ms = clock_boot_ms();
    bool is_made = term_parser_held(&t->parser, out);

    do {
        while (!is_made && t->at < t->have)
            is_made = term_parser_feed(&t->parser, t->bytes[t->at++], now_ms, out);
    } while (!is_made && fetch(t));
    adapt(t);
    if (!is_made)
        is_made = term_parser_expire(&t->parser, now_ms, out);
    if (is_made) {
        out->wall_ms = now_ms;
        out->world_ms = clock_world_ms();
    }
    return is_made;
}

int64_t term_deadline_ms(const struct term *t) { return term_parser_deadline_ms(&t->parser); }

/* ---- output ---- */

void term_resized(struct term *t)
{
    ask_size(t);
    if (t->rows == LINES && t->cols == COLS)
        return;
    (void)resizeterm(t->rows, t->cols);
    term_drawing_forget(t->drawing, true);
}

bool term_is_stale(const struct term *t) { return term_drawing_is_stale(t->drawing); }

bool term_has_room(const struct term *t)
{
    struct pollfd room = {.fd = t->out_fd, .events = POLLOUT};
    return poll(&room, 1, 0) != 0;
}

void term_show(struct term *t, const struct canvas *c)
{
    if (t->is_gone)
        return;
    if (!t->options.keeps_signals)
        term_death_guard(t->out_fd);
    term_drawing_show(t->drawing, c, t->is_xterm_like ? t->out_fd : -1);
    if (!t->options.keeps_signals)
        t->interrupted = term_death_unguard(t->spare_fd);
    if (t->interrupted != 0)
        term_drawing_forget(t->drawing, true);
    if (t->may_ask && !t->is_asked) {
        t->is_asked = true;
        t->parser.asked_ms = clock_boot_ms();
        say(t, QUESTIONS);
    }
}

void term_redraw(struct term *t) { term_drawing_forget(t->drawing, true); }

bool term_set_theme(struct term *t, const char *name, struct error *err)
{
    struct theme theme;
    if (!theme_load(name, &theme, err))
        return false;
    t->is_theme_chosen = true;
    term_drawing_theme(t->drawing, &theme);
    return true;
}

void term_set_mouse(struct term *t, bool is_on)
{
    t->is_mouse_on = is_on;
    if (t->is_xterm_like)
        say(t, is_on ? MOUSE_ON : MOUSE_OFF);
}

void term_bell(struct term *t) { say(t, "\a"); }

void term_notify(struct term *t, const char *text)
{
    auto_buf out;
    buf_init(&out, 4096);
    term_say_notice(&out, text, term_say_through(t->options.term));
    if (t->is_xterm_like)
        say(t, out.ptr);
}

bool term_copy(struct term *t, const char *text)
{
    auto_buf out;
    buf_init(&out, 3 * TERM_COPY_MOST);
    if (!t->is_xterm_like || !term_say_copy(&out, text, term_say_through(t->options.term)))
        return false;
    say(t, out.ptr);
    return !t->is_gone;
}

/* ---- stopped and going on ---- */

void term_continued(struct term *t)
{
    (void)reset_prog_mode();
    term_death_hold(true);
    modes_on(t);
    term_resized(t);
    term_drawing_forget(t->drawing, true);
}

void term_lend(struct term *t)
{
    modes_off(t);
    (void)endwin();
    term_death_hold(false);
}

void term_suspend(struct term *t)
{
    sigset_t stop, before;

    term_lend(t);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTSTP);
    (void)kill(0, SIGTSTP); /* the whole job, as the terminal itself would */
    (void)pthread_sigmask(SIG_UNBLOCK, &stop, &before);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    term_continued(t);
}
