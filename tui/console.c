/* console.c - terminal and wire in, one picture out; see console.h. */
#include "tui/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tui/console_parts.h"
#include "tui/plain.h"

#define FRAME_MS 33       /* at most so often when news come by the thousand */
#define QUICK_FRAME_MS 8  /* after a key */
#define TICK_LEAST_MS 10  /* whatever the model wishes */
#define NEWS_AT_ONCE 512u /* then keys have their turn again */
#define NEVER INT64_MAX

struct console {
    const struct console_options *options;
    struct wire *wire;
    struct app *app;
    struct term *term;
    struct canvas *canvas;
    int signals_fd;
    bool is_over, is_urgent; /* a person waits for the next picture */
    bool is_blind;           /* the terminal takes no pictures: nobody sees what a key would do */
    int64_t drawn_ms, ticked_ms;
    enum console_end end;
    int exit_code;
};

static const int signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};

static sigset_t signal_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaddset(&set, signals[i]);
    return set;
}

void console_block_signals(void)
{
    sigset_t set = signal_set();
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)term_locale_is_utf8(); /* a locale is chosen before any thread too */
}

int console_signals_open(void)
{
    sigset_t set = signal_set();
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int console_signal_take(int signals_fd)
{
    struct signalfd_siginfo seen;
    if (read(signals_fd, &seen, sizeof seen) != (ssize_t)sizeof seen)
        return -1;
    return (int)seen.ssi_signo;
}

void console_send(struct wire *wire, const struct effects *effects)
{
    size_t i;
    json_t *request;
    json_array_foreach(effects->requests, i, request) wire_ask(wire, json_deep_copy(request));
}

struct input console_input(enum input_kind kind)
{
    return (struct input){.kind = kind, .wall_ms = clock_boot_ms(), .world_ms = clock_world_ms()};
}

static void finish(struct console *c, enum console_end end, int exit_code)
{
    c->is_over = true;
    c->end = end;
    c->exit_code = exit_code;
}

/* ---- what the model wants done outside ---- */

static void save(struct console *c, const char *name, const char *text, const char *why)
{
    struct error err;
    char *path = NULL;
    if (console_save(c->options->save_directory, name, text, &path, &err))
        app_toast(c->app, false, "%s %s", why, path);
    else
        app_toast(c->app, true, "%s", err.message);
    mem_cleanup_free(&path);
    c->app->is_dirty = true;
}

static void copy(struct console *c, const char *text)
{
    if (!term_copy(c->term, text))
        save(c, "copied.txt", text, "this terminal takes no copies; it is in");
}

static void perform(struct console *c, const struct effects *e)
{
    struct error err;

    console_send(c->wire, e);
    if (e->copied != NULL)
        copy(c, e->copied);
    if (e->saved_name != NULL && e->saved_text != NULL)
        save(c, e->saved_name, e->saved_text, "saved:");
    if (e->is_bell && !c->options->is_quiet)
        term_bell(c->term);
    if (e->notice != NULL && !c->options->is_quiet && !c->app->has_focus)
        term_notify(c->term, e->notice);
    if (e->is_mouse_changed)
        term_set_mouse(c->term, c->app->is_mouse_on);
    if (e->theme != NULL && !term_set_theme(c->term, e->theme, &err))
        app_toast(c->app, true, "%s", err.message);
    if (e->is_redraw) {
        term_redraw(c->term);
        c->app->is_dirty = true;
    }
    if (e->is_quit)
        finish(c, CONSOLE_LEFT, e->exit_code);
}

static void resized(struct console *c);

/* What cannot be seen yet is not confirmed: y counts some time after it is. */
static void arm_anew(struct console *c)
{
    c->app->wall_ms = clock_boot_ms();
    if (c->app->dialog != NULL && c->app->dialog->kind->confirms)
        dialog_arm(c->app, c->app->dialog);
}

/* Ctrl-C and Ctrl-Z that came too late for the program at the terminal are not for us. */
static void forget_typed_signals(void)
{
    const struct timespec at_once = {0};
    sigset_t typed;

    (void)sigemptyset(&typed);
    (void)sigaddset(&typed, SIGINT);
    (void)sigaddset(&typed, SIGTSTP);
    while (sigtimedwait(&typed, NULL, &at_once) > 0)
        continue;
}

static void sign_in(struct console *c, const char *profile)
{
    struct effects effects;
    struct error err;
    json_t *keys = NULL;

    effects_init(&effects);
    term_lend(c->term);
    bool ok = c->options->sign_in(profile, &keys, &err);
    term_continued(c->term);
    forget_typed_signals();
    app_signed_in(c->app, ok ? keys : NULL, &err, &effects);
    perform(c, &effects);
    effects_clear(&effects);
    resized(c);
}

static void update(struct console *c, const struct input *input)
{
    if (c->is_blind && input->kind == INPUT_KEY)
        arm_anew(c);
    struct effects effects;
    effects_init(&effects);
    app_update(c->app, input, &effects);
    perform(c, &effects);
    bool is_suspend = effects.is_suspend;
    auto_free char *profile = effects.sign_in;
    effects.sign_in = NULL;
    effects_clear(&effects);
    c->is_urgent = c->is_urgent || input->kind != INPUT_NEWS;
    if (is_suspend && !c->is_over) {
        term_suspend(c->term);
        resized(c);
    }
    if (profile != NULL && !c->is_over)
        sign_in(c, profile);
}

static void resized(struct console *c)
{
    struct input input = console_input(INPUT_RESIZE);
    term_size(c->term, &input.rows, &input.cols);
    canvas_resize(c->canvas, input.rows, input.cols);
    update(c, &input);
    c->app->is_dirty = true;
}

/* ---- what comes in ---- */

static void take_signal(struct console *c, int number)
{
    struct input stop = console_input(INPUT_KEY);

    switch (number) {
    case SIGWINCH:
        term_resized(c->term);
        resized(c);
        break;
    case SIGCONT:
        term_continued(c->term);
        resized(c);
        break;
    case SIGTSTP: /* from outside: as if it had been typed */
        stop.key = KEY_CODE_CONTROL('z');
        update(c, &stop);
        break;
    case SIGHUP:
        finish(c, CONSOLE_HUNG_UP, 128 + SIGHUP);
        break;
    default:
        finish(c, CONSOLE_TERMINATED, 128 + number);
        break;
    }
}

static void take_signals(struct console *c)
{
    int number;
    while (!c->is_over && (number = console_signal_take(c->signals_fd)) > 0)
        take_signal(c, number);
}

static void take_news(struct console *c)
{
    for (size_t i = 0; i < NEWS_AT_ONCE && !c->is_over; i++) {
        json_t *news = wire_hear(c->wire);
        if (news == NULL)
            return;
        struct input input = console_input(INPUT_NEWS);
        input.news = news;
        update(c, &input);
        json_decref(news);
    }
}

static void take_keys(struct console *c)
{
    struct input input;
    while (!c->is_over && term_read(c->term, &input))
        update(c, &input);
    if (!c->is_over && term_is_gone(c->term))
        finish(c, CONSOLE_HUNG_UP, 128 + SIGHUP);
}

/* What was typed before there was anything to see answers nothing that is on the screen. */
static void ignore_early_keys(struct console *c)
{
    struct input input;
    while (term_read(c->term, &input))
        if (input.kind == INPUT_FOCUS || input.kind == INPUT_RESIZE)
            update(c, &input);
}

static int64_t tick_due_ms(const struct console *c)
{
    int64_t wished_ms = app_next_tick_ms(c->app), least_ms = c->ticked_ms + TICK_LEAST_MS;
    if (wished_ms < 0)
        return NEVER;
    return wished_ms > least_ms ? wished_ms : least_ms;
}

static void take_time(struct console *c)
{
    int64_t now_ms = clock_boot_ms();
    if (c->is_over || now_ms < tick_due_ms(c))
        return;
    struct input input = console_input(INPUT_TICK);
    c->ticked_ms = now_ms;
    bool was_urgent = c->is_urgent;
    update(c, &input);
    c->is_urgent = was_urgent;
}

/* ---- the picture ---- */

static bool wants_picture(const struct console *c)
{
    return c->app->is_dirty || term_is_stale(c->term);
}

static int64_t picture_due_ms(const struct console *c)
{
    return c->drawn_ms + (c->is_urgent ? QUICK_FRAME_MS : FRAME_MS);
}

static void draw(struct console *c)
{
    canvas_clear(c->canvas);
    app_draw(c->app, c->canvas);
    c->app->is_dirty = false;
    c->is_urgent = false;
    int64_t began_ms = clock_boot_ms();
    term_show(c->term, c->canvas);
    c->drawn_ms = clock_boot_ms();
    if (c->is_blind || c->drawn_ms - began_ms >= DIALOG_ARMING_MS)
        arm_anew(c);
    c->is_blind = false;
    if (term_interrupted(c->term) != 0)
        take_signal(c, term_interrupted(c->term));
}

/* ---- the loop ---- */

static int wait_ms(const struct console *c, bool is_stalled)
{
    int64_t until_ms = tick_due_ms(c), escape_ms = term_deadline_ms(c->term);
    if (escape_ms >= 0 && escape_ms < until_ms)
        until_ms = escape_ms;
    if (wants_picture(c) && !is_stalled && picture_due_ms(c) < until_ms)
        until_ms = picture_due_ms(c);
    if (until_ms == NEVER)
        return -1;
    int64_t left_ms = until_ms - clock_boot_ms();
    return left_ms < 0 ? 0 : left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static void turn(struct console *c)
{
    /* A terminal that takes nothing now gets the newest picture later, not every one. */
    bool is_stalled = wants_picture(c) && !term_has_room(c->term);
    c->is_blind = c->is_blind || is_stalled;
    struct pollfd fds[] = {
        {.fd = term_fd(c->term), .events = POLLIN},
        {.fd = c->signals_fd, .events = POLLIN},
        {.fd = wire_news_fd(c->wire), .events = POLLIN},
        {.fd = is_stalled ? term_out_fd(c->term) : -1, .events = POLLOUT},
    };

    if (poll(fds, sizeof fds / sizeof *fds, wait_ms(c, is_stalled)) < 0 && errno != EINTR)
        finish(c, CONSOLE_HUNG_UP, 1);
    if (fds[1].revents != 0)
        take_signals(c);
    if ((fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 && !c->is_over)
        finish(c, CONSOLE_HUNG_UP, 128 + SIGHUP);
    if (!c->is_over)
        take_keys(c);
    if (fds[2].revents != 0)
        take_news(c);
    take_time(c);
    if (!c->is_over && wants_picture(c) && clock_boot_ms() >= picture_due_ms(c) &&
        term_has_room(c->term))
        draw(c);
}

static void run(struct console *c)
{
    resized(c);
    if (term_notice(c->term)[0] != '\0')
        app_toast(c->app, false, "%s", term_notice(c->term));
    take_news(c);
    ignore_early_keys(c);
    draw(c);
    if (c->options->on_shown != NULL)
        c->options->on_shown(c->options->closure);
    while (!c->is_over)
        turn(c);
}

static bool run_on_terminal(struct wire *wire, const struct console_options *options,
                            int signals_fd, enum console_end *end, int *exit_code,
                            struct error *err)
{
    struct console c = {.options = options, .wire = wire, .signals_fd = signals_fd};
    struct app_options app_options = options->app;

    if (!term_open(&options->term, &c.term, err))
        return false;
    app_options.is_ascii = term_is_ascii(c.term);
    c.app = app_new(&app_options);
    c.app->is_mouse_on = options->term.wants_mouse;
    c.canvas = canvas_new(1, 1);
    c.canvas->is_ascii = app_options.is_ascii;
    run(&c);
    term_close(c.term);
    app_free(c.app);
    canvas_free(c.canvas);
    *end = c.end;
    *exit_code = c.exit_code;
    return true;
}

bool console_run(struct wire *wire, const struct console_options *options, enum console_end *end,
                 int *exit_code, struct error *err)
{
    bool is_done = true;
    int signals_fd = console_signals_open();

    if (signals_fd < 0)
        return error_set(err, ERROR_INTERNAL, "could not watch for signals: %s", strerror(errno));
    if (options->is_plain)
        plain_run(wire, options, signals_fd, end, exit_code);
    else
        is_done = run_on_terminal(wire, options, signals_fd, end, exit_code, err);
    (void)close(signals_fd);
    return is_done;
}
