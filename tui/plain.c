/* plain.c - the loop of the console as lines; see plain.h. */
#include "tui/plain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"
#include "tui/app_parts.h"
#include "tui/console_parts.h"
#include "tui/panes.h"
#include "tui/plain_parts.h"

#define ROWS 24 /* what the model thinks the screen is */
#define COLS 100
#define LINE_MOST 4096u
#define QUIET_MS 400    /* without news: everything that was known has been told */
#define ANSWER_MS 30000 /* a line waits so long for what the line before it asked */
#define PREVIEW_MS 3000 /* and a question for its preview, which is not needed to say y */
#define NEWS_AT_ONCE 512u

static void finish(struct plain *p, enum console_end end, int exit_code)
{
    p->is_over = true;
    p->end = end;
    p->exit_code = exit_code;
}

/* ---- lines ---- */

void plain_say(struct plain *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    int width = canvas_width(text);
    struct canvas *c = canvas_new(1, width > 0 ? width : 1);
    c->is_ascii = p->is_ascii;
    canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, text);
    auto_free char *line = canvas_row(c, 0);
    canvas_free(c);
    if (fprintf(p->out, "%s\n", line) < 0 || fflush(p->out) != 0)
        finish(p, CONSOLE_HUNG_UP, 1);
}

static void say_at(struct plain *p, int64_t at_ms, const char *environment, const char *text)
{
    char time[CLOCK_STAMP_SIZE];
    const char *gap = environment[0] != '\0' ? " " : "";
    plain_say(p, "%s %s%s%s", clock_time_of_day(at_ms, time), environment, gap, text);
}

/* They are kept in the order of time, so a new one may be anywhere. */
static void tell_log(struct plain *p)
{
    struct app *app = p->app;
    size_t all = app->log_dropped + app->log_count;

    if (all == p->log_told)
        return;
    p->log_told = all;
    for (size_t i = 0; i < app->log_count && !p->is_over; i++) {
        struct log_line *line = &app->log[i];
        if (!line->is_told)
            say_at(p, line->at_ms, line->environment, line->text);
        line->is_told = true;
    }
}

/* The oldest go when there are too many, so the time says which were told. */
static void tell_toasts(struct plain *p)
{
    const struct app *app = p->app;
    size_t from = p->toasts_told;

    if (app->toast_count == TOAST_HISTORY || from > app->toast_count)
        for (from = app->toast_count; from > 0 && app->toasts[from - 1].shown_ms > p->toast_ms;)
            from--;
    for (size_t i = from; i < app->toast_count && !p->is_over; i++) {
        if (!app->toasts[i].is_of_event)
            plain_say(p, "%s%s", app->toasts[i].is_bad ? "error: " : "", app->toasts[i].text);
        p->toast_ms = app->toasts[i].shown_ms;
    }
    p->toasts_told = app->toast_count;
}

static void greet(struct plain *p)
{
    const struct app *app = p->app;

    if (p->is_greeted || app->hello == NULL)
        return;
    p->is_greeted = true;
    for (size_t i = 0; i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        plain_say(p, "%s%s: account %s, %s, %s%s", e->name, e->is_production ? " (production)" : "",
                  e->account, e->region, e->alias, i == app->current ? "; on the screen" : "");
    }
    plain_say(p, "help lists the commands; ! is the way back");
}

/* What stands in the way now, and the key that goes on: as below the screen. */
static void tell_next(struct plain *p)
{
    auto_free char *next = p->is_greeted && p->app->dialog == NULL ? app_next_text(p->app) : NULL;

    if (next == NULL || (p->next_told != NULL && strcmp(next, p->next_told) == 0))
        return;
    free(p->next_told);
    p->next_told = xstrdup(next);
    plain_say(p, "next: %s", next);
}

static void tell(struct plain *p)
{
    greet(p);
    tell_log(p);
    tell_toasts(p);
    tell_next(p);
}

/* ---- the model ---- */

static void perform(struct plain *p, const struct effects *e)
{
    struct error err;
    char *path = NULL;

    console_send(p->wire, e);
    if (e->copied != NULL) {
        struct text rest = text_of(e->copied), line;
        while (text_split(&rest, '\n', &line))
            plain_say(p, "%.*s", (int)line.len, line.ptr);
    }
    if (e->saved_name != NULL && e->saved_text != NULL) {
        if (console_save(p->options->save_directory, e->saved_name, e->saved_text, &path, &err))
            plain_say(p, "saved: %s", path);
        else
            plain_say(p, "error: %s", err.message);
        free(path);
    }
    if (e->is_suspend)
        FD_IGNORE(raise(SIGSTOP));
    if (e->is_quit)
        finish(p, CONSOLE_LEFT, e->exit_code);
}

void plain_update(struct plain *p, const struct input *input)
{
    struct effects effects;

    effects_init(&effects);
    app_update(p->app, input, &effects);
    perform(p, &effects);
    effects_clear(&effects);
    p->app->is_dirty = false;
    if (!p->is_over)
        tell(p);
}

void plain_press(struct plain *p, int key)
{
    struct input input = console_input(INPUT_KEY);
    input.key = key;
    plain_update(p, &input);
}

static void tick(struct plain *p)
{
    struct input input = console_input(INPUT_TICK);
    plain_update(p, &input);
}

/* ---- when a line may be taken ---- */

/* The way back waits for nothing but the environments' names. */
static bool is_urgent(const struct plain *p)
{
    return p->typed.len > 0 && p->typed.ptr[0] == '!' && p->app->dialog == NULL;
}

/* The next line answers what is there when what the last one asked was answered. */
static bool is_settled(const struct plain *p)
{
    const struct app *app = p->app;
    int64_t now_ms = clock_boot_ms(), patience_ms = app->dialog != NULL ? PREVIEW_MS : ANSWER_MS;

    if (app->hello == NULL || (app->dialog != NULL && !dialog_is_armed(app, app->dialog)))
        return false;
    if (is_urgent(p))
        return true;
    for (const struct app_asked *a = app->asked; a != NULL; a = a->next) {
        bool is_of_line = a->id >= p->first_id && a->id < p->next_id;
        if (is_of_line && now_ms - a->asked_ms < patience_ms)
            return false;
    }
    return true;
}

static void read_question(struct plain *p)
{
    if (p->app->dialog == NULL)
        p->asked = NULL;
    else if (p->app->dialog != p->asked || p->is_question_due)
        plain_read_dialog(p);
    else
        return;
    /* What was typed before it could be read answers nothing. */
    if (p->app->dialog != NULL && isatty(p->in_fd)) {
        (void)tcflush(p->in_fd, TCIFLUSH);
        buf_reset(&p->typed);
    }
    p->asked = p->app->dialog;
    p->is_question_due = false;
}

static void take_lines(struct plain *p)
{
    while (!p->is_over && is_settled(p)) {
        read_question(p);
        char *end = memchr(p->typed.ptr, '\n', p->typed.len);
        if (end == NULL && !(p->is_ended && p->typed.len > 0))
            return;
        size_t len = end == NULL ? p->typed.len : (size_t)(end - p->typed.ptr);
        auto_free char *line = xstrndup(p->typed.ptr, len);
        auto_free char *rest = xstrdup(p->typed.ptr + len + (end != NULL));
        buf_reset(&p->typed);
        buf_adds(&p->typed, rest);
        p->first_id = p->app->next_id;
        plain_command(p, line);
        p->next_id = p->app->next_id;
        p->is_question_due = true;
    }
}

static void take_bytes(struct plain *p)
{
    char bytes[LINE_MOST];
    ssize_t n = read(p->in_fd, bytes, sizeof bytes);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        p->is_ended = true;
    else
        buf_add(&p->typed, bytes, (size_t)n);
}

static void take_news(struct plain *p)
{
    for (size_t i = 0; i < NEWS_AT_ONCE && !p->is_over; i++) {
        json_t *news = wire_hear(p->wire);
        if (news == NULL)
            return;
        struct input input = console_input(INPUT_NEWS);
        input.news = news;
        p->heard_ms = input.wall_ms;
        plain_update(p, &input);
        json_decref(news);
    }
}

static void take_signals(struct plain *p)
{
    int number;
    while (!p->is_over && (number = console_signal_take(p->signals_fd)) > 0) {
        if (number == SIGTSTP)
            FD_IGNORE(raise(SIGSTOP));
        else if (number == SIGHUP)
            finish(p, CONSOLE_HUNG_UP, 128 + SIGHUP);
        else if (number == SIGTERM || number == SIGINT)
            finish(p, CONSOLE_TERMINATED, 128 + number);
    }
}

/* ---- the end ---- */

static bool is_going_on(const struct app_environment *e)
{
    return e->run != NULL && !run_is_over(e->run) &&
           (e->driver == DRIVER_HERE || e->driver == DRIVER_OTHER);
}

static int exit_code_of(const struct run *run)
{
    if (run == NULL)
        return 0;
    switch (run->status) {
    case RUN_SUCCEEDED:
        return 0;
    case RUN_ABORTED:
    case RUN_ROLLED_BACK:
        return 4;
    case RUN_FAILED:
        return 1;
    case RUN_PENDING: /* items and approvals gather on it */
        return 0;
    case RUN_WAITING:
    case RUN_PROGRESSING:
    case RUN_PAUSED:
    case RUN_ABORTING:
    case RUN_ROLLING_BACK:
    case RUN_ROLLBACK_FAILED:
    case RUN_INTERRUPTED:
        return 6;
    }
    return 6;
}

static void end_with_outcome(struct plain *p)
{
    const struct run *run = app_run(p->app);

    if (run != NULL) {
        auto_free char *outcome = app_outcome_text(run);
        plain_say(p, "%s: %s", run->id, outcome);
    }
    auto_free char *serving = app_serving_text(p->app);
    if (serving != NULL && serving[0] != '\0')
        plain_say(p, "%s", serving);
    if (!p->is_over)
        finish(p, CONSOLE_LEFT, exit_code_of(run));
}

static void end_when_nothing_goes_on(struct plain *p)
{
    const struct app *app = p->app;

    if (p->is_over || !p->is_ended || p->typed.len > 0 || !is_settled(p) ||
        clock_boot_ms() - p->heard_ms < QUIET_MS)
        return;
    for (size_t i = 0; i < app->environment_count; i++)
        if (is_going_on(&app->environments[i]))
            return;
    end_with_outcome(p);
}

/* ---- the loop ---- */

static int wait_ms(const struct plain *p)
{
    int64_t tick_ms = app_next_tick_ms(p->app), left_ms = tick_ms - clock_boot_ms();
    bool is_hurried = p->is_ended || p->typed.len > 0 || p->app->dialog != p->asked;

    if (tick_ms >= 0 && left_ms < 10)
        left_ms = 10;
    if (is_hurried && (tick_ms < 0 || left_ms > 100))
        return 100;
    return tick_ms < 0 ? -1 : left_ms > 60000 ? 60000 : (int)left_ms;
}

static void turn(struct plain *p)
{
    bool has_room = p->typed.len < LINE_MOST;
    struct pollfd fds[] = {
        {.fd = p->is_ended || !has_room ? -1 : p->in_fd, .events = POLLIN},
        {.fd = p->signals_fd, .events = POLLIN},
        {.fd = wire_news_fd(p->wire), .events = POLLIN},
    };

    (void)poll(fds, sizeof fds / sizeof *fds, wait_ms(p));
    if (fds[1].revents != 0)
        take_signals(p);
    if (fds[2].revents != 0)
        take_news(p);
    if (fds[0].revents != 0 && !p->is_over)
        take_bytes(p);
    if (!p->is_over)
        tick(p);
    take_lines(p);
    end_when_nothing_goes_on(p);
}

void plain_run(struct wire *wire, const struct console_options *options, int signals_fd,
               enum console_end *end, int *exit_code)
{
    struct plain p = {.options = options,
                      .wire = wire,
                      .signals_fd = signals_fd,
                      .in_fd = fileno(options->term.in != NULL ? options->term.in : stdin),
                      .out = options->term.out != NULL ? options->term.out : stdout,
                      .is_ascii = options->term.wants_ascii || !term_locale_is_utf8(),
                      .heard_ms = clock_boot_ms()};
    struct app_options app_options = options->app;
    struct input size = console_input(INPUT_RESIZE);

    app_options.is_ascii = p.is_ascii;
    p.app = app_new(&app_options);
    p.app->has_focus = true;
    buf_init(&p.typed, 2 * LINE_MOST);
    size.rows = ROWS;
    size.cols = COLS;
    plain_update(&p, &size);
    if (options->on_shown != NULL)
        options->on_shown(options->closure);
    while (!p.is_over)
        turn(&p);
    buf_clear(&p.typed);
    free(p.next_told);
    app_free(p.app);
    *end = p.end;
    *exit_code = p.exit_code;
}
