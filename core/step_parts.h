/*
 * step_parts.h - private to the engine's side of step.h and effect.h.
 */
#ifndef CORE_STEP_PARTS_H
#define CORE_STEP_PARTS_H

#include <jansson.h>

#include "core/error.h"

struct engine_view;
struct step_ctx;

/* The newest view; borrowed until a few calls later. Unlike step_run() it does not say that the
 * step has seen it. */
const struct engine_view *step_view(struct step_ctx *ctx);
/* Journals an event about the step. Takes body. */
bool step_commit(struct step_ctx *ctx, const char *type, json_t *body,
                 struct error *err) FD_MUST_USE;

#endif
