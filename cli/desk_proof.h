/*
 * desk_proof.h - what probes said while this console is open: nobody else keeps it.
 *
 * An object of item id -> {"state","summary","at_ms","expires_at_ms","details"?}. Pure.
 */
#ifndef CLI_DESK_PROOF_H
#define CLI_DESK_PROOF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct checking;

/* From the document that was seen last: evidence of probes that has not expired. New object. */
json_t *desk_proof_of_document(const json_t *document, int64_t now_ms);
/* Keeps what is known of an item now. */
void desk_proof_keep(json_t *proofs, const struct checking *c, size_t index, const json_t *details);
/* Puts them into the items, where nothing newer is recorded; what has expired is stale. */
void desk_proof_apply(const json_t *proofs, struct checking *c, int64_t now_ms);
/* When the next evidence of a probe expires, recorded or not; 0 = never. */
int64_t desk_proof_expires_ms(const struct checking *c, int64_t now_ms);
/* An evidence's details as lines for people. New array of text. */
json_t *desk_proof_lines(const json_t *details);

#endif
