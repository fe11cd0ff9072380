/*
 * clock.h - world time and wall time.
 *
 * World time is what the release lives in: bakes, judge intervals, deadlines, evidence, timestamps
 * of events. Wall time is signatures, HTTP limits and retries, leases, dialogs, frames. world =
 * epoch + (wall - epoch) * speed handed from process to process by FLIGHTDECK_CLOCK=SPEED@EPOCH
 * (EPOCH in wall milliseconds). All values are int64 milliseconds; `*_ms` since the Unix epoch
 * unless the name says a duration. Thread: any. clock_init_from_environment is called once from
 * main before threads start.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct clock_setting {
    double speed; /* 1 = real time */
    int64_t epoch_ms;
};

bool clock_parse_setting(const char *text, struct clock_setting *out,
                         struct error *err) FD_MUST_USE;
bool clock_init_from_environment(struct error *err) FD_MUST_USE;
void clock_set(struct clock_setting setting);
struct clock_setting clock_setting(void);
char *clock_format_setting(struct clock_setting setting); /* for FLIGHTDECK_CLOCK; yours */

int64_t clock_world_ms(void);
int64_t clock_wall_ms(void);
int64_t clock_boot_ms(void); /* CLOCK_BOOTTIME: monotonic, counts suspend; for wall waits */
int64_t clock_wall_duration_ms(
    int64_t world_duration_ms); /* how long a world duration is on the wall, rounded up */
int64_t clock_world_duration_ms(int64_t wall_duration_ms);

#define CLOCK_STAMP_SIZE 32
/* RFC 3339 UTC with milliseconds: 2026-11-24T10:11:00.000Z */
const char *clock_stamp(int64_t at_ms, char out[static CLOCK_STAMP_SIZE]);
bool clock_parse_stamp(const char *text, int64_t *out_ms);
/* "14:02:31Z"; and "2 m 14 s", "41 s", "1 h 5 m" for people. */
const char *clock_time_of_day(int64_t at_ms, char out[static CLOCK_STAMP_SIZE]);
const char *clock_duration_text(int64_t duration_ms, char out[static CLOCK_STAMP_SIZE]);
/* How long a call took: "212 ms", "under 1 ms", "12.4 s". */
const char *clock_elapsed_text(int64_t elapsed_us, char out[static CLOCK_STAMP_SIZE]);

#endif
