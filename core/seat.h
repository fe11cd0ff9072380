/*
 * seat.h - the one engine of a project's state folder: who has the lock, and where it listens.
 *
 * The engine is whoever holds the lock of the open file description on `engine.lock`, which names
 * it; never the existence of a socket. The socket lies beside it; where that path is too long for a
 * socket, in a folder of ours below the temporary one. Only processes of the same user are heard.
 */
#ifndef CORE_SEAT_H
#define CORE_SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/error.h"

struct seat;

#define SEAT_SOCKET_SIZE 104

/* What the lock says of its holder. */
struct seat_holder {
    int64_t pid;
    char version[32], since[CLOCK_STAMP_SIZE], socket[SEAT_SOCKET_SIZE];
};

/* Takes the lock and listens. ERROR_CONFLICT, code "running", names whoever has it. */
bool seat_take(const char *state_directory, struct seat **out, struct error *err) FD_MUST_USE;
/* Readable while somebody wants in. Non-blocking. */
int seat_fd(const struct seat *s);
/* The next one of this user, non-blocking; -1: nobody. Others are hung up on. */
int seat_accept(struct seat *s);
/* Nobody is let in any more; the lock is free. */
void seat_leave(struct seat *s);

/* Any process: is somebody there? */
bool seat_look(const char *state_directory, struct seat_holder *out);
/* A stream to whoever is there, non-blocking; ERROR_NOT_FOUND, code "not-running": nobody is. */
bool seat_connect(const char *state_directory, int *out, struct error *err) FD_MUST_USE;

#endif
