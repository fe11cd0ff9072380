/*
 * limit.h - a cancel that is set when some time has passed, or when interrupt_cancel() of the
 * thread that began it is.
 *
 * For reads whose answer is worth only so much waiting: AWS may not answer at all.
 */
#ifndef CLI_LIMIT_H
#define CLI_LIMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct cancel;

struct limit {
    struct cancel *cancel; /* hand it to what is to be limited */
    /* private */
    struct cancel *end, *outer;
    int64_t wall_ms;
    pthread_t thread;
    bool is_here;
    bool is_started, has_run_out; /* written by the thread until it is joined */
};

void limit_begin(struct limit *l, int64_t wall_ms);
/* It is what ends the waits of the calling thread, too (interrupt_here), until limit_end. */
void limit_begin_here(struct limit *l, int64_t wall_ms);
/* True when it was the time that ended it. */
bool limit_end(struct limit *l);

#endif
