/* hash.c - SHA-256 and HMAC-SHA-256 over libcrypto. */
#include "core/hash.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Neither digest nor random bytes can fail on a sound system, and nothing may go on without them.
 */
static _Noreturn void broken(const char *what)
{
    (void)fprintf(stderr, "flightdeck: %s does not work on this machine\n", what);
    abort();
}

void hash_sha256(const void *bytes, size_t len, unsigned char out[static HASH_SIZE])
{
    unsigned int size = 0;
    if (EVP_Digest(len > 0 ? bytes : "", len, out, &size, EVP_sha256(), NULL) != 1 ||
        size != HASH_SIZE)
        broken("SHA-256");
}

void hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                      unsigned char out[static HASH_SIZE])
{
    unsigned int size = 0;
    /* HMAC() takes a missing key for "the key of last time". */
    if (key_len > INT_MAX ||
        !HMAC(EVP_sha256(), key_len > 0 ? key : "", (int)key_len,
              len > 0 ? bytes : (const unsigned char *)"", len, out, &size) ||
        size != HASH_SIZE)
        broken("HMAC-SHA-256");
}

void hash_hex(const unsigned char digest[static HASH_SIZE], char out[static HASH_HEX_SIZE])
{
    static const char letters[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_SIZE; i++) {
        out[2 * i] = letters[digest[i] >> 4];
        out[2 * i + 1] = letters[digest[i] & 15];
    }
    out[HASH_HEX_SIZE - 1] = '\0';
}

void hash_sha256_hex(const void *bytes, size_t len, char out[static HASH_HEX_SIZE])
{
    unsigned char digest[HASH_SIZE];
    hash_sha256(bytes, len, digest);
    hash_hex(digest, out);
}

void hash_random(void *out, size_t len)
{
    unsigned char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            broken("the source of random bytes");
        }
        at += got;
        len -= (size_t)got;
    }
}

void hash_wipe(void *ptr, size_t len)
{
    if (len > 0)
        explicit_bzero(ptr, len);
}
