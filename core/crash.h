/*
 * crash.h - places where a test build ends itself.
 *
 * With FD_CRASH_POINTS, FLIGHTDECK_CRASH_AT=N kills this process (SIGKILL) at the N-th point
 * passed: before and after each journal commit, each send, each receive.
 * FLIGHTDECK_CRASH_COUNT=FILE writes how many points were passed when the process ends normally.
 * Without FD_CRASH_POINTS it is nothing. Thread: any.
 */
#ifndef CORE_CRASH_H
#define CORE_CRASH_H

#ifdef FD_CRASH_POINTS
void crash_point(const char *name);
void crash_write_count(void); /* main calls it before it ends */
#else
#define crash_point(name) ((void)0)
#define crash_write_count() ((void)0)
#endif

#endif
