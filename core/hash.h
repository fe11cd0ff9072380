/*
 * hash.h - SHA-256 and HMAC-SHA-256 (the only file over libcrypto: everybody hashes through it).
 */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>

#define HASH_SIZE 32
#define HASH_HEX_SIZE 65

void hash_sha256(const void *bytes, size_t len, unsigned char out[static HASH_SIZE]);
void hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                      unsigned char out[static HASH_SIZE]);
void hash_hex(const unsigned char digest[static HASH_SIZE], char out[static HASH_HEX_SIZE]);
/* SHA-256 of bytes as 64 lower-case hex characters. */
void hash_sha256_hex(const void *bytes, size_t len, char out[static HASH_HEX_SIZE]);
/* Cryptographically random bytes; aborts when the system has none. */
void hash_random(void *out, size_t len);
/* Overwrites memory that held a secret; is never optimised away. */
void hash_wipe(void *ptr, size_t len);

#endif
