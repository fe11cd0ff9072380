/*
 * desk_job.c - see desk_job.h.
 */
#include "cli/desk_job.h"

#include <jansson.h>

#include "cli/desk_parts.h"
#include "cli/interrupt.h"
#include "core/mailbox.h"

static void *run(void *closure)
{
    struct desk_job *job = closure;
    struct lane *lane = job->lane;

    interrupt_here(job->cancel);
    job->work(job->closure);
    interrupt_here(NULL);
    atomic_store(&job->is_over, true);
    mailbox_send(lane->requests, json_pack("{s:s}", "verb", DESK_OVER));
    return NULL;
}

void desk_job_start(struct desk_job *job, struct lane *lane, void (*work)(void *closure),
                    void *closure)
{
    job->lane = lane;
    job->work = work;
    job->closure = closure;
    job->cancel = cancel_new();
    atomic_store(&job->is_over, false);
    job->is_started = pthread_create(&job->thread, NULL, run, job) == 0;
    if (!job->is_started)
        cancel_unref(job->cancel);
}

static void join(struct desk_job *job)
{
    (void)pthread_join(job->thread, NULL);
    cancel_unref(job->cancel);
    job->is_started = false;
}

bool desk_job_is_running(struct desk_job *job)
{
    if (job->is_started && atomic_load(&job->is_over))
        join(job);
    return job->is_started;
}

void desk_job_cancel(struct desk_job *job)
{
    if (job->is_started)
        cancel_set(job->cancel);
}

void desk_job_end(struct desk_job *job)
{
    desk_job_cancel(job);
    if (job->is_started)
        join(job);
}
