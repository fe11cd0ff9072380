/*
 * engine_lock.c - who drives: a lock of the open file description on engine.lock, which names the
 * holder. The kernel lets go of it when the process ends, however that happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/process.h"
#include "version.h"

#define HOLDER_SIZE 512

static bool refuse(int fd, struct error *err)
{
    char text[HOLDER_SIZE];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    json_t *holder = got > 0 ? json_loadb(text, (size_t)got, 0, NULL) : NULL;
    const char *since = json_string_value(json_object_get(holder, "since"));
    json_int_t pid = json_integer_value(json_object_get(holder, "pid"));

    if (holder != NULL)
        error_set(err, ERROR_CONFLICT,
                  "another flightdeck (process %lld) drives this project since %s", (long long)pid,
                  since != NULL ? since : "some time");
    else
        error_set(err, ERROR_CONFLICT, "another flightdeck drives this project");
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

bool engine_lock_take(const char *state_directory, int *out, struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    auto_free char *path = xasprintf("%s/" ENGINE_LOCK_FILE, state_directory);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set(err, ERROR_USAGE, "could not open %s: %s", path, strerror(errno));
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        bool is_held = errno == EAGAIN || errno == EACCES;
        if (is_held)
            refuse(fd, err);
        else
            error_set(err, ERROR_USAGE, "could not lock %s: %s", path, strerror(errno));
        (void)close(fd);
        return false;
    }
    write_holder(fd);
    *out = fd;
    return true;
}

void engine_lock_release(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}
