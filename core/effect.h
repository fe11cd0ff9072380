/*
 * effect.h - one write to the world: intent first, then the call, then the outcome.
 *
 * effect_run() commits the intent (what, precondition, token), calls send, commits the outcome.
 * Called again after a crash or retry: a key with outcome DONE returns its result without a call; a
 * key with an intent only is Unknown and `verify` decides. Only NOT_DONE is sent again, with the
 * same intent; where the call has no guard of its own, only after the lost request's time limit has
 * passed (it may still arrive). CANNOT_TELL and HALF end as ERROR_UNKNOWN: a person decides. A
 * failed key is sent anew by a retry of the step.
 */
#ifndef CORE_EFFECT_H
#define CORE_EFFECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct step_ctx;

enum effect_verdict {
    EFFECT_VERIFY_DONE,
    EFFECT_VERIFY_NOT_DONE,
    EFFECT_VERIFY_HALF,
    EFFECT_VERIFY_CANNOT_TELL
};

struct effect {
    /* The call as it will be journalled; borrowed. {"service","operation","params":{...}} */
    const json_t *what;
    const json_t *precondition; /* what must still hold ({"revision_id": ...}); may be NULL */
    const char *token;          /* idempotency token or fixed identifier; may be NULL */
    bool is_guarded;  /* a lost request that arrives late does no harm (RevisionId, fixed id,
                         CodeSha256) */
    int64_t limit_ms; /* wall: how long the sent request may still arrive; default 30 s */
    void *closure;    /* handed to send and verify; borrowed */
    /*
     * Sends exactly what the intent says ({"what","precondition","token"}). ERROR_UNKNOWN: sent, no
     * answer -> verify is asked at once. Other errors: nothing was changed. *result may stay NULL.
     */
    bool (*send)(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                 struct error *err);
    /* Reads the world: was that intent carried out? Fills *result when DONE, *err when it cannot
     * tell. */
    enum effect_verdict (*verify)(struct step_ctx *ctx, void *closure, const json_t *intent,
                                  json_t **result, struct error *err);
};

/* *result (new reference, may be NULL object) on success. result may be NULL. */
bool effect_run(struct step_ctx *ctx, const char *key, const struct effect *effect, json_t **result,
                struct error *err) FD_MUST_USE;

/*
 * The end of an effect that has none, since the process that sent it died: as a way back saw it in
 * the world, which went over it. Without a call. reason: where it was not carried out.
 */
bool effect_settle(struct step_ctx *ctx, const char *key, bool is_done, const char *reason,
                   struct error *err) FD_MUST_USE;

#endif
