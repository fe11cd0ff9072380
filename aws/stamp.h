/*
 * stamp.h - the timestamps that AWS writes: ISO 8601 with Z or an offset, with or without
 * fractions.
 */
#ifndef AWS_STAMP_H
#define AWS_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-24T10:11:00Z", "...00.123Z", "...00+00:00" as milliseconds since the Unix epoch. */
bool stamp_parse(const char *text, int64_t *out_ms);

#endif
