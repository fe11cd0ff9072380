/*
 * no_answer.h - while AWS is waited for and nothing is heard, a line on stderr says so.
 *
 * After 3 s of wall time, then at growing intervals; from a thread of its own, for the main thread
 * is the one that waits. Signals must have been taken (interrupt.h) before it begins.
 */
#ifndef CLI_NO_ANSWER_H
#define CLI_NO_ANSWER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cancel;
struct cli;

struct no_answer {
    /* private */
    const struct cli *cli;
    const char *way_out;
    struct cancel *end;
    pthread_t thread;
    atomic_int_fast64_t heard_ms;
    bool is_started;
};

/* way_out: how a person ends the wait, "Ctrl-C gives up". Borrowed. */
void no_answer_begin(struct no_answer *n, const struct cli *cli, const char *way_out);
/* Something came. n may be NULL. */
void no_answer_heard(struct no_answer *n);
void no_answer_end(struct no_answer *n);

#endif
