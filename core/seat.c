/* seat.c - see seat.h. */
#include "core/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/text.h"
#include "version.h"

#define BACKLOG 16
#define HOLDER_SIZE 1024

struct seat {
    int lock_fd, socket_fd;
    char socket[SEAT_SOCKET_SIZE];
};

/* ---- where ---- */

static char *lock_path(const char *state_directory)
{
    return xasprintf("%s/engine.lock", state_directory);
}

/* A folder that nobody else can have put there. */
static bool own_folder(const char *path, struct error *err)
{
    struct stat is;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ERROR_USAGE, "could not make %s: %s", path, strerror(errno));
    if (lstat(path, &is) == 0 && S_ISDIR(is.st_mode) && is.st_uid == geteuid() &&
        (is.st_mode & 077) == 0)
        return true;
    error_set(err, ERROR_USAGE, "%s is not a folder of yours alone", path);
    return error_hint(err, "Remove it, or set FLIGHTDECK_STATE_DIR to a shorter path");
}

static bool choose_socket(const char *state_directory, char out[static SEAT_SOCKET_SIZE],
                          struct error *err)
{
    const char *temporary = getenv("TMPDIR");
    char hash[HASH_HEX_SIZE];

    if (snprintf(out, SEAT_SOCKET_SIZE, "%s/engine.sock", state_directory) < SEAT_SOCKET_SIZE)
        return true;
    auto_free char *folder = xasprintf(
        "%s/flightdeck-%lu", temporary != NULL && strlen(temporary) < 40 ? temporary : "/tmp",
        (unsigned long)geteuid());
    hash_sha256_hex(state_directory, strlen(state_directory), hash);
    (void)snprintf(out, SEAT_SOCKET_SIZE, "%s/%.24s.sock", folder, hash);
    return own_folder(folder, err);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    text_copy(address.sun_path, sizeof address.sun_path, path);
    return address;
}

/* ---- who ---- */

static bool read_holder(int fd, struct seat_holder *out)
{
    char text[HOLDER_SIZE];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    json_t *holder = got > 0 ? json_loadb(text, (size_t)got, 0, NULL) : NULL;
    const char *version = json_string_value(json_object_get(holder, "version"));
    const char *since = json_string_value(json_object_get(holder, "since"));
    const char *path = json_string_value(json_object_get(holder, "socket"));

    *out = (struct seat_holder){.pid = json_integer_value(json_object_get(holder, "pid"))};
    text_copy(out->version, sizeof out->version, version != NULL ? version : "");
    text_copy(out->since, sizeof out->since, since != NULL ? since : "");
    text_copy(out->socket, sizeof out->socket, path != NULL ? path : "");
    json_decref(holder);
    return out->socket[0] != '\0';
}

static bool refuse_folder(const char *what, const char *path, struct error *err)
{
    error_set(err, ERROR_USAGE, "could not %s %s: %s", what, path, strerror(errno));
    return error_hint(err,
                      "The state folder must be writable by you and have room; "
                      "FLIGHTDECK_STATE_DIR names another. `flightdeck rollback ENV` works all "
                      "the same");
}

static bool write_holder(const struct seat *s, struct error *err)
{
    char since[CLOCK_STAMP_SIZE], text[HOLDER_SIZE];
    struct process_identity self = process_self();
    json_t *holder = json_pack("{s:I, s:s, s:s, s:s, s:s}", "pid", (json_int_t)self.pid, "boot_id",
                               self.boot_id, "version", FLIGHTDECK_VERSION, "since",
                               clock_stamp(clock_world_ms(), since), "socket", s->socket);
    size_t len = json_dumpb(holder, text, sizeof text, JSON_COMPACT);
    bool ok = len < sizeof text && ftruncate(s->lock_fd, 0) == 0 &&
              pwrite(s->lock_fd, text, len, 0) == (ssize_t)len;

    json_decref(holder);
    return ok || refuse_folder("write", "engine.lock", err);
}

static bool refuse_second(int fd, struct error *err)
{
    struct seat_holder holder;

    (void)read_holder(fd, &holder);
    error_set(err, ERROR_CONFLICT, "an engine runs here already: process %lld, since %s",
              (long long)holder.pid, holder.since[0] != '\0' ? holder.since : "some time");
    error_hint(err, "`flightdeck` attaches to it; `flightdeck engine stop` ends it.");
    return error_code(err, "locked");
}

/* ---- taking it ---- */

static bool take_lock(struct seat *s, const char *state_directory, struct error *err)
{
    auto_free char *path = lock_path(state_directory);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return refuse_folder("open", path, err);
    if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) == 0)
        return true;
    return errno == EAGAIN || errno == EACCES
               ? refuse_second(s->lock_fd, err)
               : error_set(err, ERROR_USAGE, "could not lock %s: %s", path, strerror(errno));
}

/* The lock is ours: what lies there is of an engine that is gone. */
static bool listen_there(struct seat *s, struct error *err)
{
    struct sockaddr_un address = address_of(s->socket);

    (void)unlink(s->socket);
    s->socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    bool ok = s->socket_fd >= 0 &&
              bind(s->socket_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(s->socket_fd, BACKLOG) == 0;
    (void)umask(mask);
    return ok ||
           error_set(err, ERROR_USAGE, "could not listen at %s: %s", s->socket, strerror(errno));
}

bool seat_take(const char *state_directory, struct seat **out, struct error *err)
{
    struct seat *s = xcalloc(1, sizeof *s);

    s->lock_fd = s->socket_fd = -1;
    if (take_lock(s, state_directory, err) && choose_socket(state_directory, s->socket, err) &&
        listen_there(s, err) && write_holder(s, err)) {
        *out = s;
        return true;
    }
    if (s->socket_fd < 0)
        s->socket[0] = '\0'; /* not ours to remove */
    seat_leave(s);
    return false;
}

int seat_fd(const struct seat *s) { return s->socket_fd; }

static bool is_of_this_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

int seat_accept(struct seat *s)
{
    for (;;) {
        int fd = accept4(s->socket_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0 || is_of_this_user(fd))
            return fd;
        (void)close(fd);
    }
}

void seat_leave(struct seat *s)
{
    if (s == NULL)
        return;
    if (s->socket_fd >= 0)
        (void)close(s->socket_fd);
    if (s->socket[0] != '\0')
        (void)unlink(s->socket);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    free(s);
}

/* ---- coming to it ---- */

bool seat_look(const char *state_directory, struct seat_holder *out)
{
    auto_free char *path = lock_path(state_directory);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && read_holder(fd, out);
    (void)close(fd);
    return is;
}

static bool refuse_absent(struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "no engine of this project runs here");
    error_hint(err, "`flightdeck engine` starts one.");
    return error_code(err, "not-running");
}

bool seat_connect(const char *state_directory, int *out, struct error *err)
{
    struct seat_holder holder;

    if (!seat_look(state_directory, &holder))
        return refuse_absent(err);
    struct sockaddr_un address = address_of(holder.socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        error_set(err, ERROR_TRANSIENT, "the engine (process %lld) does not answer at %s: %s",
                  (long long)holder.pid, holder.socket, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return error_code(err, "not-answering");
    }
    if (!is_of_this_user(fd)) {
        (void)close(fd);
        return error_set(err, ERROR_DENIED, "what listens at %s is not yours", holder.socket);
    }
    *out = fd;
    return true;
}
