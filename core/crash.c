/* crash.c - counts the crash points that were passed and ends the process at
 * the chosen one. */
#include "core/crash.h"

#ifdef FD_CRASH_POINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/text.h"

static atomic_llong passed;
static long long crash_at; /* 0 = never; written once before it is read */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_environment(void)
{
    const char *text = getenv("FLIGHTDECK_CRASH_AT");
    int64_t value = 0;
    if (text && text_to_int64(text, &value) && value > 0)
        crash_at = value;
}

void crash_point(const char *name)
{
    pthread_once(&once, read_environment);
    long long number = atomic_fetch_add(&passed, 1) + 1;
    if (crash_at == 0 || number != crash_at)
        return;
    /* dprintf, not the log: nothing buffered survives SIGKILL, and the name helps
     * whoever reads. */
    dprintf(STDERR_FILENO, "crash point %lld: %s\n", number, name);
    kill(getpid(), SIGKILL);
    for (;;)
        pause(); /* no other thread's effect may slip out of this one */
}

void crash_write_count(void)
{
    const char *path = getenv("FLIGHTDECK_CRASH_COUNT");
    if (!path || !path[0])
        return;
    FILE *file = fopen(path, "w");
    if (!file)
        return;
    fprintf(file, "%lld\n", (long long)atomic_load(&passed));
    fclose(file);
}

#else

/* ISO C forbids an empty translation unit. */
typedef int crash_points_are_off;

#endif
