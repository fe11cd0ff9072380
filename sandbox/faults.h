/*
 * faults.h - what goes wrong between a client and the world, on order and by chance.
 *
 * On order: "OPERATION=KIND[:N]" for the next N calls of an operation, "*" for any. By chance: the
 * scenarios "throttled" and "flaky-network", drawn from the seed; after each of these the same
 * operation is left alone for a few calls, so that a client that retries and looks again always
 * gets through. Thread: any.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct faults;
struct scenario;

enum fault {
    FAULT_NONE,
    FAULT_THROTTLE,
    FAULT_5XX,
    FAULT_RESET_BEFORE,
    FAULT_RESET_AFTER,
    FAULT_HALF,
    FAULT_SLOW,
    FAULT_HTML,
    FAULT_EXPIRED,
};

struct fault_kind {
    const char *name, *help;
    bool is_before; /* the world is not reached */
};

#define FAULT_KIND_COUNT (FAULT_EXPIRED + 1)
extern const struct fault_kind faults_kinds[FAULT_KIND_COUNT]; /* by enum fault */

struct faults *faults_new(uint64_t seed, const struct scenario *scenario); /* scenario: or NULL */
void faults_free(struct faults *f);
bool faults_add(struct faults *f, const char *order, struct error *err) FD_MUST_USE;
/* Nothing that was ordered waits any more. */
void faults_forget(struct faults *f);
/* What happens to this call. */
enum fault faults_take(struct faults *f, const char *operation);
/* How long every answer takes more than it would, wall ms: a far network, or a slow AWS. */
#define FAULTS_MOST_LATENCY_MS 60000
void faults_set_latency(struct faults *f, int64_t wall_ms);
int64_t faults_latency_ms(struct faults *f);
/* {"waiting": {"UpdateAlias=reset-after": 2}, "done": {...}, "latency_ms"} */
json_t *faults_json(struct faults *f);

#endif
