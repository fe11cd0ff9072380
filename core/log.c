/* log.c - the log file of this process: redacted, safe to show, one write per line. */
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"

#define MAX_LINE 8192

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

/* All guarded by `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char *path_opened;

bool log_open(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) {
        int why = errno;
        return error_set(err, ERROR_INTERNAL, "could not open the log %s: %s", path, strerror(why));
    }
    log_close();
    (void)pthread_mutex_lock(&lock);
    log_fd = fd;
    path_opened = xstrdup(path);
    (void)pthread_mutex_unlock(&lock);
    return true;
}

void log_close(void)
{
    (void)pthread_mutex_lock(&lock);
    if (log_fd >= 0)
        (void)close(log_fd);
    log_fd = -1;
    free(path_opened);
    path_opened = NULL;
    (void)pthread_mutex_unlock(&lock);
}

const char *log_path(void) { return path_opened ? path_opened : ""; }

/* FLIGHTDECK_LOG_LEVEL names the least that is written; info when it is unset or not a level. */
static enum log_level least_level(void)
{
    const char *name = getenv("FLIGHTDECK_LOG_LEVEL");
    for (size_t i = 0; name && i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (strcmp(name, level_names[i]) == 0)
            return (enum log_level)i;
    return LOG_LEVEL_INFO;
}

static void write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* a full disk must not stop a release; the journal says so itself */
        bytes += written;
        len -= (size_t)written;
    }
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
    int saved_errno = errno;
    const char *to = getenv("FLIGHTDECK_LOG");
    bool to_stderr = to && strcmp(to, "-") == 0;
    (void)pthread_mutex_lock(&lock);
    int fd = to_stderr ? STDERR_FILENO : log_fd;
    (void)pthread_mutex_unlock(&lock);
    if (fd < 0 || level < least_level())
        return;

    char stamp[CLOCK_STAMP_SIZE];
    auto_free char *message = NULL;
    va_list ap;
    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);

    auto_buf redacted;
    auto_buf line;
    buf_init(&redacted, strlen(message) * 2 + 64);
    buf_init(&line, MAX_LINE);
    secret_redact(&redacted, message, strlen(message));
    buf_addf(&line, "%s %s %s: ", clock_stamp(clock_wall_ms(), stamp), level_names[level], area);
    text_sanitize(&line, redacted.ptr, redacted.len, false);
    if (line.is_full) { /* the ceiling holds back further text, not the end of the line */
        line.is_full = false;
        line.ceiling += 8;
        buf_adds(&line, " ...");
    }
    line.ceiling += 1;
    buf_addc(&line, '\n');

    /* Held while writing, so log_close cannot hand the descriptor to somebody else. */
    (void)pthread_mutex_lock(&lock);
    fd = to_stderr ? STDERR_FILENO : log_fd;
    if (fd >= 0)
        write_all(fd, line.ptr, line.len);
    (void)pthread_mutex_unlock(&lock);
    errno = saved_errno;
}

void log_error(const char *area, const struct error *err)
{
    log_line(LOG_LEVEL_ERROR, area, "%s%s%s: %s%s%s%s%s", error_kind_name(err->kind),
             err->code[0] ? " " : "", err->code, err->at[0] ? err->at : "", err->at[0] ? ": " : "",
             err->message, err->hint[0] ? "; " : "", err->hint);
}
