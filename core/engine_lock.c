/*
 * engine_lock.c - who drives an environment: a lock of the open file description on a file of its
 * own, which names the holder. The kernel lets go of it when the process ends, however that
 * happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/text.h"
#include "version.h"

#define HOLDER_SIZE 512
#define LOOK_EVERY_MS 20 /* wall */

/* What the file says of whoever holds it: yours; NULL = nothing. */
static json_t *read_holder(int fd)
{
    char text[HOLDER_SIZE];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);

    return got > 0 ? json_loadb(text, (size_t)got, 0, NULL) : NULL;
}

static bool refuse(int fd, const char *environment, struct error *err)
{
    json_t *holder = read_holder(fd);
    const char *since = json_string_value(json_object_get(holder, "since"));
    json_int_t pid = json_integer_value(json_object_get(holder, "pid"));

    if (holder != NULL)
        error_set(err, ERROR_CONFLICT, "another flightdeck (process %lld) drives %s since %s",
                  (long long)pid, environment, since != NULL ? since : "some time");
    else
        error_set(err, ERROR_CONFLICT, "another flightdeck drives %s", environment);
    json_decref(holder);
    error_hint(err, "`flightdeck log --follow` looks on; `flightdeck run abort` and `flightdeck "
                    "rollback ENV` reach it.");
    return error_code(err, "locked");
}

static void write_holder(int fd)
{
    char since[CLOCK_STAMP_SIZE];
    struct process_identity self = process_self();
    json_t *holder =
        json_pack("{s:I, s:s, s:s, s:s}", "pid", (json_int_t)self.pid, "boot_id", self.boot_id,
                  "version", FLIGHTDECK_VERSION, "since", clock_stamp(clock_world_ms(), since));
    char text[HOLDER_SIZE];
    size_t len = json_dumpb(holder, text, sizeof text, JSON_COMPACT);

    /* It only helps whoever is refused: the lock holds without it. */
    if (len < sizeof text && ftruncate(fd, 0) == 0)
        FD_IGNORE(pwrite(fd, text, len, 0) == (ssize_t)len);
    json_decref(holder);
}

/* Any word can be the name of an environment. Yours. */
static char *path_of(const char *state_directory, const char *environment)
{
    auto_free char *slug = text_slug(environment);

    return xasprintf("%s/engine-%s.lock", state_directory, slug);
}

/* Whoever only looks something up, or writes down a tick, is soon done. */
static bool lock_patiently(int fd, int64_t patience_ms)
{
    int64_t until_ms = clock_boot_ms() + patience_ms;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        bool is_held = errno == EAGAIN || errno == EACCES;
        if (!is_held || clock_boot_ms() >= until_ms)
            return false;
        int held_by_other = errno;
        (void)cancel_sleep_ms(NULL, LOOK_EVERY_MS);
        errno = held_by_other;
    }
    return true;
}

bool engine_lock_take(const char *state_directory, const char *environment, int64_t patience_ms,
                      int *out, struct error *err)
{
    auto_free char *path = path_of(state_directory, environment);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set(err, ERROR_USAGE, "could not open %s: %s", path, strerror(errno));
    if (!lock_patiently(fd, patience_ms)) {
        if (errno == EAGAIN || errno == EACCES)
            refuse(fd, environment, err);
        else
            error_set(err, ERROR_USAGE, "could not lock %s: %s", path, strerror(errno));
        (void)close(fd);
        return false;
    }
    write_holder(fd);
    *out = fd;
    return true;
}

bool engine_is_driven_by(const char *state_directory, const char *environment, int64_t *pid)
{
    auto_free char *path = path_of(state_directory, environment);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CLOEXEC);

    *pid = 0;
    if (fd < 0)
        return false;
    bool is_held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (is_held) {
        json_t *holder = read_holder(fd);
        *pid = json_integer_value(json_object_get(holder, "pid"));
        json_decref(holder);
    }
    (void)close(fd);
    return is_held;
}

bool engine_is_driven(const char *state_directory, const char *environment)
{
    int64_t ignored;

    return engine_is_driven_by(state_directory, environment, &ignored);
}

void engine_lock_release(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}
