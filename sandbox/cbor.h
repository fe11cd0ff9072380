/*
 * cbor.h - JSON documents as CBOR (RFC 8949), for clients that speak smithy-rpc-v2-cbor.
 *
 * Only what that protocol uses: numbers, text, arrays, maps, booleans, null, tag 1 (epoch seconds).
 * In JSON a time is a number; it is written with tag 1 where the key ends in "Timestamp" or
 * "Timestamps".
 */
#ifndef SANDBOX_CBOR_H
#define SANDBOX_CBOR_H

#include <jansson.h>
#include <stddef.h>

#include "core/buf.h"

/* NULL when it is not one whole document of that kind. Yours. */
json_t *cbor_read(const void *bytes, size_t len);
void cbor_write(struct buf *out, const json_t *document);

#endif
