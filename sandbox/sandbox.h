/*
 * sandbox.h - a whole local AWS in this process: world, keys, faults and the server.
 *
 * Runs on clock_world_ms(), so the speed is set before it starts (core/clock.h). The keys are made
 * up at the start and are worth nothing anywhere else. Thread: of whoever started it.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct sandbox;

/* Two people, each with keys of their own, so that one can approve what the other began. */
enum sandbox_user { SANDBOX_ANA, SANDBOX_LI, SANDBOX_USERS };

struct sandbox_options {
    const char *listen;   /* loopback only; NULL = "127.0.0.1:0" */
    const char *scenario; /* NULL = healthy */
    uint64_t seed;
    double rate_per_s;         /* of production; negative = the world's own */
    double error_share;        /* 0..1 of the new version's requests; negative = the scenario's */
    double slow_share;         /* the same */
    int64_t latency_ms;        /* wall; every answer of a service takes so much longer */
    const char *const *faults; /* "OPERATION=KIND[:N]"; NULL = none */
    size_t fault_count;
};

void sandbox_options_init(struct sandbox_options *out);
bool sandbox_start(const struct sandbox_options *options, struct sandbox **out,
                   struct error *err) FD_MUST_USE;
void sandbox_stop(struct sandbox *s);

const char *sandbox_url(const struct sandbox *s);
const char *sandbox_region(void);
const char *sandbox_key_id(const struct sandbox *s, enum sandbox_user user);
const char *sandbox_secret_key(const struct sandbox *s, enum sandbox_user user);

#endif
