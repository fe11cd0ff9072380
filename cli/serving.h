/*
 * serving.h - the engine as a process of its own: one desk, and any number of consoles that attach
 * to it and leave again.
 *
 * One thread moves lines between the consoles and the wire of the desk, and waits for nobody: a
 * console that does not read loses documents first, which are told again, and then its place, which
 * it may take anew. Facts: docs/engine.md.
 */
#ifndef CLI_SERVING_H
#define CLI_SERVING_H

#include <stdbool.h>

struct cli;
struct session;

#define SERVING_IDLE_MS 60000 /* wall: so long an engine that nobody needs stays */

struct serving {
    const struct cli *cli;
    struct session *session; /* loaded */
    bool stays;              /* also when nobody looks on and nothing is under way */
    bool is_supervised;      /* by systemd, which starts the next one: EXIT_START_AGAIN */
    int ready_fd;            /* a byte is written there once it listens; -1 = nobody waits for it */
};

/* Until it is told to stop. SIGTERM, SIGINT: what is under way is stopped, traffic first. The exit
 * code. The caller has blocked the signals (serving_block_signals). */
int serving_run(const struct serving *serving);
void serving_block_signals(void);

#endif
