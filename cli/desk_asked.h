/*
 * desk_asked.h - what the acting lanes read out of a request, and how they answer it.
 */
#ifndef CLI_DESK_ASKED_H
#define CLI_DESK_ASKED_H

#include <jansson.h>

#include "core/engine.h"
#include "core/error.h"

struct desk;
struct journal;

const char *desk_asked_text(const json_t *request, const char *key); /* "" = not there */
/* The same, or NULL where it is "" or not there. */
const char *desk_asked_given(const json_t *request, const char *key);
/* Exactly one answer: result (taken, may be NULL) or, where ok is false, err. */
void desk_asked_end(struct desk *d, const json_t *request, bool ok, json_t *result,
                    const struct error *err);
/* {"run": id}; id may be "". */
json_t *desk_asked_run(const char *run_id);
/* Most requests are about an environment; false when this one names none. */
bool desk_asked_environment(const struct environment *environment, struct error *err) FD_MUST_USE;
/* Who is at the console: as AWS says within that time (wall), else as this computer does. */
void desk_asked_actor(struct desk *d, const json_t *request, const struct environment *environment,
                      int64_t limit_ms, struct actor *out);

/* The run that is under way or pending: as it is here, else as the journal has it. *out NULL: none.
 * Yours. */
bool desk_asked_open_run(struct desk *d, const struct environment *environment, struct run **out,
                         struct error *err) FD_MUST_USE;
/* {"41":0.9,"42":0.1} of two versions; the second may be "". New reference. */
json_t *desk_asked_shares(const char *version, const char *other, double weight);

#endif
