/*
 * log.h - the log file of this process (never stdout, never the terminal while a screen is up).
 *
 * Lines are redacted (secret.h), made safe for terminals (text.h) and carry a wall-clock stamp.
 * Before log_open nothing is written; with FLIGHTDECK_LOG=- they go to stderr. Thread: any.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

bool log_open(const char *path, struct error *err) FD_MUST_USE; /* appends, 0600 */
void log_close(void);
const char *log_path(void); /* "" when none */
void log_line(enum log_level level, const char *area, const char *fmt, ...) FD_PRINTF(3, 4);
void log_error(const char *area, const struct error *err); /* kind, code, message, hint */

#endif
