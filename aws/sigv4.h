/*
 * sigv4.h - Signature Version 4 in three testable stages. Pure: no network, no clock, no globals.
 *
 * Source: "Authenticating Requests (AWS Signature Version 4)", AWS General Reference.
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/hash.h"

struct sigv4_header {
    const char *name, *value; /* as on the wire; any case */
};

struct sigv4_request {
    const char *method;
    const char *path;  /* the wire path, encoded once; "/" at least */
    const char *query; /* the wire query without '?', "" when none */
    const struct sigv4_header
        *headers; /* host, content-type, x-amz-* are signed; others are left out */
    size_t header_count;
    /* NULL, or "host;x-amz-date": exactly these are signed (a verifier reads the list off the
     * request). */
    const char *signed_names;
    const char *payload_hash; /* 64 hex, or "UNSIGNED-PAYLOAD" */
    bool is_s3;               /* the path is signed as it is */
};

struct sigv4_scope {
    const char *key_id, *secret_key; /* borrowed */
    const char *region, *service;
    char timestamp[20]; /* 20150830T123600Z */
};

void sigv4_timestamp(int64_t at_ms, char out[static 20]);
/* Stage 1; *signed_headers gets "content-type;host;x-amz-date". */
void sigv4_canonical_request(const struct sigv4_request *r, struct buf *canonical,
                             struct buf *signed_headers);
/* Stage 2 */
void sigv4_string_to_sign(const struct sigv4_scope *s, const struct buf *canonical,
                          struct buf *out);
/* Stage 3: 64 hex */
void sigv4_signature(const struct sigv4_scope *s, const struct buf *string_to_sign,
                     char out[static HASH_HEX_SIZE]);
/* All three: the value of the Authorization header. */
void sigv4_authorization(const struct sigv4_request *r, const struct sigv4_scope *s,
                         struct buf *out);

#endif
