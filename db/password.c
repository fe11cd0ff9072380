/*
 * password.c - see password.h.
 */
#include "db/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/secret.h"
#include "core/text.h"

#define MOST_BYTES 1024

static bool read_environment(const char *name, struct secret *out, struct error *err)
{
    const char *value = getenv(name);

    if (value == NULL || value[0] == '\0')
        return error_set(err, ERROR_DENIED, "the variable %s, which has the password, is not set",
                         name);
    secret_set(out, value, strlen(value));
    return true;
}

static bool read_file(const char *path, struct secret *out, struct error *err)
{
    char bytes[MOST_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t len = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    int failure = errno;

    if (fd >= 0)
        (void)close(fd);
    if (len < 0)
        return error_set(err, ERROR_DENIED, "could not read the password from %s: %s", path,
                         strerror(failure));
    size_t used = (size_t)len;
    if (used > 0 && used < sizeof bytes && bytes[used - 1] == '\n')
        used--;
    bool fits = used > 0 && used < sizeof bytes;
    if (fits)
        secret_set(out, bytes, used);
    hash_wipe(bytes, sizeof bytes);
    return fits || error_set(err, ERROR_USAGE, "%s is empty or too long for a password", path);
}

static const struct {
    const char *prefix;
    bool (*read)(const char *where, struct secret *out, struct error *err);
} sources[] = {{"env:", read_environment}, {"file:", read_file}};

bool password_read(const char *reference, struct secret *out, struct error *err)
{
    if (reference[0] == '\0')
        return true;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (text_starts_with(reference, sources[i].prefix))
            return sources[i].read(reference + strlen(sources[i].prefix), out, err);
    error_set(err, ERROR_USAGE, "a password is given by where it is, not by itself");
    return error_hint(err, "password: env:NAME, or password: file:PATH");
}
