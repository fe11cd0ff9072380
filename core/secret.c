/* secret.c - values that are wiped, and the list of all of them that text is searched for. */
#include "core/secret.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"

/* Shorter values (a user name, "postgres") would strike out half of what is written. */
#define SHORTEST_REGISTERED 8
#define REDACTED "[redacted]"

struct known {
    char *bytes;
    size_t len;
};

/* Guarded by `lock`. Kept until the process ends: a late log line may still hold an old secret. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known *known;
static size_t known_count;
static size_t known_capacity;

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

static void remember(const char *bytes, size_t len)
{
    for (size_t i = 0; i < known_count; i++)
        if (known[i].len == len && memcmp(known[i].bytes, bytes, len) == 0)
            return;
    known = mem_grow(known, &known_capacity, known_count, sizeof(*known));
    char *copy = xmalloc(len);
    memcpy(copy, bytes, len);
    known[known_count++] = (struct known){.bytes = copy, .len = len};
}

/* The form that a URL gives it ("/" and "+" of a key become %2F and %2B). */
static void remember_encoded(const char *bytes, size_t len)
{
    static const char letters[] = "0123456789ABCDEF";
    char *encoded = xmalloc(len * 3);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (is_unreserved(c)) {
            encoded[used++] = (char)c;
            continue;
        }
        encoded[used++] = '%';
        encoded[used++] = letters[c >> 4];
        encoded[used++] = letters[c & 15];
    }
    if (used != len)
        remember(encoded, used);
    hash_wipe(encoded, used);
    free(encoded);
}

void secret_init(struct secret *s) { *s = (struct secret){0}; }

void secret_set(struct secret *s, const char *bytes, size_t len)
{
    /* Copied first: bytes may be the secret's own. */
    char *copy = xmalloc(len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    secret_clear(s);
    *s = (struct secret){.bytes = copy, .len = len};
    if (len < SHORTEST_REGISTERED)
        return;
    (void)pthread_mutex_lock(&lock);
    remember(copy, len);
    remember_encoded(copy, len);
    (void)pthread_mutex_unlock(&lock);
}

void secret_clear(struct secret *s)
{
    if (!s || !s->bytes)
        return;
    hash_wipe(s->bytes, s->len);
    free(s->bytes);
    secret_init(s);
}

/* Length of the longest secret that s starts with, or 0. */
static size_t match(const char *s, size_t len)
{
    size_t longest = 0;
    for (size_t i = 0; i < known_count; i++)
        if (known[i].len <= len && known[i].len > longest && known[i].bytes[0] == s[0] &&
            memcmp(known[i].bytes, s, known[i].len) == 0)
            longest = known[i].len;
    return longest;
}

void secret_redact(struct buf *out, const char *s, size_t len)
{
    (void)pthread_mutex_lock(&lock);
    size_t start = 0;
    size_t at = 0;
    while (at < len) {
        size_t matched = match(s + at, len - at);
        if (matched == 0) {
            at++;
            continue;
        }
        buf_add(out, s + start, at - start);
        buf_adds(out, REDACTED);
        at += matched;
        start = at;
    }
    buf_add(out, s + start, len - start);
    (void)pthread_mutex_unlock(&lock);
}

void secret_protect_process(void)
{
    struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
    /* LeakSanitizer looks at the process through ptrace, which this would forbid. */
#ifndef __SANITIZE_ADDRESS__
    (void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}
