/*
 * json_match.h - is what we expect contained in what we got?
 *
 * Objects: every expected key must be there with a matching value; others do not matter. Arrays:
 * the same length, matched one by one. Numbers compare by value (1 and 1.0 are equal), everything
 * else exactly.
 */
#ifndef CORE_JSON_MATCH_H
#define CORE_JSON_MATCH_H

#include <jansson.h>
#include <stdbool.h>

struct buf;

/* Room for any such sentence: a buf that has it is never left empty by a difference. */
#define JSON_MATCH_SENTENCE 400

/* On a difference appends one sentence about the first: `data.status is "sick", expected
 * "healthy"`. */
bool json_match_contains(const json_t *expected, const json_t *actual, struct buf *difference);

#endif
