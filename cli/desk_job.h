/*
 * desk_job.h - one piece of work beside a lane, so that the lane never waits for the network.
 *
 * A job belongs to its lane: only the lane's thread calls these (or desk_close, after it). When the
 * work is done the lane gets the request DESK_OVER; what the work wrote may be read from then on.
 */
#ifndef CLI_DESK_JOB_H
#define CLI_DESK_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DESK_OVER "over"

struct cancel;
struct lane;

struct desk_job { /* zeroed at first */
    struct lane *lane;
    void (*work)(void *closure);
    void *closure;
    struct cancel *cancel; /* what its waits end with: also interrupt_cancel() on its thread */
    pthread_t thread;
    bool is_started;
    atomic_bool is_over;
};

/* Of one that does not run. */
void desk_job_start(struct desk_job *job, struct lane *lane, void (*work)(void *closure),
                    void *closure);
bool desk_job_is_running(struct desk_job *job);
void desk_job_cancel(struct desk_job *job); /* it ends soon */
void desk_job_end(struct desk_job *job);    /* cancels, and waits for its end */

#endif
