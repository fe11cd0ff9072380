/*
 * grammar.h - the small languages inside a configuration: duration and percent, weight, condition,
 * time window, freeze.
 *
 * Pure but for grammar_window, which looks the time zone up. Errors say what was read and show the
 * right form; the caller adds the place. Out parameters own their text: free it as config.h says.
 */
#ifndef CORE_GRAMMAR_H
#define CORE_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"

/* "90s", "5m", "24h", "1h 30m", "500ms", "2d". */
bool grammar_duration(const char *text, int64_t *out_ms, struct error *err) FD_MUST_USE;
/* "5%", "0.5%": 0..1. */
bool grammar_percent(const char *text, double *out_share, struct error *err) FD_MUST_USE;
/* "10% 10m", "100%". */
bool grammar_rung(const char *text, struct rung *out, struct error *err) FD_MUST_USE;
/* "api error rate > 5%". Whether there is such a resource and metric is for the caller to see. */
bool grammar_condition(const char *text, struct condition *out, struct error *err) FD_MUST_USE;
/* "Tue-Thu 10:00-16:00 Europe/Berlin", "Mon,Wed 09:00-12:00 UTC", "10:00-16:00 UTC". */
bool grammar_window(const char *text, struct time_window *out, struct error *err) FD_MUST_USE;
/* "2025-12-19 to 2026-01-07 year end", "2025-12-24": both days are frozen. */
bool grammar_freeze(const char *text, struct freeze *out, struct error *err) FD_MUST_USE;

#endif
