/*
 * answer.c - see answer.h.
 */
#include "cli/answer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/mem.h"
#include "core/text.h"

#define LINE_CEILING (1u << 20)
#define ANSWER_SIZE 64

/*
 * Held while bytes leave, so that lines of two threads do not mix. One for each stream: who does
 * not read the one does not hold up the other.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, note_lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_stdout_closed; /* under lock */
static bool has_stdout_failed;
static bool outlives_reader; /* under lock */

static const char *const colours[] = {
    [TONE_PLAIN] = "",        [TONE_GOOD] = "\x1b[32m", [TONE_BAD] = "\x1b[1;31m",
    [TONE_WARN] = "\x1b[33m", [TONE_FAINT] = "\x1b[2m", [TONE_STRONG] = "\x1b[1m",
};

bool answer_is_terminal(void) { return isatty(STDOUT_FILENO) == 1; }

static bool has_colours(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    return answer_is_terminal() && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

bool answer_can_ask(void) { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

bool answer_has_failed(void) { return has_stdout_failed; }

bool answer_is_closed(void)
{
    pthread_mutex_lock(&lock);
    bool is_closed = is_stdout_closed;
    pthread_mutex_unlock(&lock);
    return is_closed;
}

/* False with errno; waits where the other side is slow. */
static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return false;
        }
    }
    return true;
}

void answer_outlive_reader(void)
{
    pthread_mutex_lock(&lock);
    outlives_reader = true;
    pthread_mutex_unlock(&lock);
}

void answer_raw(const char *bytes, size_t len)
{
    pthread_mutex_lock(&lock);
    if (!is_stdout_closed && !write_all(STDOUT_FILENO, bytes, len)) {
        bool is_reader_gone = errno == EPIPE;
        auto_free char *said =
            xasprintf("flightdeck: stdout %s: nothing more is printed%s\n",
                      is_reader_gone ? "was closed" : strerror(errno),
                      outlives_reader ? "; the work goes on, and the exit code tells its end" : "");
        is_stdout_closed = true;
        has_stdout_failed = !is_reader_gone;
        if (outlives_reader || has_stdout_failed)
            (void)write_all(STDERR_FILENO, said, strlen(said));
    }
    pthread_mutex_unlock(&lock);
}

void answer_line(enum tone tone, const char *text)
{
    auto_buf line;
    buf_init(&line, LINE_CEILING);
    bool is_coloured = tone != TONE_PLAIN && has_colours();
    if (is_coloured)
        buf_adds(&line, colours[tone]);
    text_sanitize(&line, text, strlen(text), false);
    if (is_coloured)
        buf_adds(&line, "\x1b[0m");
    buf_addc(&line, '\n');
    answer_raw(line.ptr, line.len);
}

void answer_linef(enum tone tone, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    answer_line(tone, text);
}

void answer_block(const char *text)
{
    auto_buf block;
    buf_init(&block, 16u << 20);
    text_sanitize(&block, text, strlen(text), true);
    if (block.len > 0 && block.ptr[block.len - 1] != '\n')
        buf_addc(&block, '\n');
    answer_raw(block.ptr, block.len);
}

void answer_note(const char *text)
{
    auto_buf line;
    buf_init(&line, LINE_CEILING);
    text_sanitize(&line, text, strlen(text), false);
    buf_addc(&line, '\n');
    pthread_mutex_lock(&note_lock);
    (void)write_all(STDERR_FILENO, line.ptr, line.len);
    pthread_mutex_unlock(&note_lock);
}

/* False when a signal came first. */
static bool wait_for_line(void)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = cancel_fd(interrupt_cancel()), .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, -1);
    while (ready < 0 && errno == EINTR);
    return fds[1].revents == 0;
}

static bool is_yes(void)
{
    char given[ANSWER_SIZE];
    ssize_t n = read(STDIN_FILENO, given, sizeof given - 1);
    if (n <= 0)
        return false;
    given[n] = '\0';
    given[strcspn(given, "\r\n")] = '\0';
    return strcasecmp(given, "y") == 0 || strcasecmp(given, "yes") == 0;
}

bool answer_confirm(const char *question, const char *what_stays, struct error *err)
{
    auto_buf prompt;
    buf_init(&prompt, LINE_CEILING);
    text_sanitize(&prompt, question, strlen(question), false);
    buf_adds(&prompt, " [y/N] ");
    (void)write_all(STDERR_FILENO, prompt.ptr, prompt.len);
    if (!wait_for_line()) {
        (void)write_all(STDERR_FILENO, "\n", 1);
        return error_set(err, ERROR_CANCELLED, "interrupted; %s", what_stays);
    }
    return is_yes() || error_set(err, ERROR_CANCELLED, "not confirmed; %s", what_stays);
}
