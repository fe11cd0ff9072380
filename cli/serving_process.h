/*
 * serving_process.h - an engine as a process of the system: the signals that end it, and who waits
 * for its start.
 */
#ifndef CLI_SERVING_PROCESS_H
#define CLI_SERVING_PROCESS_H

#include <signal.h>

/* Those that tell it to stop. */
sigset_t serving_signals(void);
/* A byte to whoever waits for it (-1 = nobody), which then hears no more of us: no terminal or pipe
 * is kept open for it. */
void serving_say_ready(int ready_fd);

#endif
