/*
 * trust.c - see trust.h. One line per configuration: SHA-256 of its canonical list of commands, two
 * spaces, its path.
 */
#include "core/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/hash.h"
#include "core/mem.h"

#define FILE_BYTES ((size_t)1 << 20)

/* "HASH  PATH"; NULL when there is no command. Yours. */
static char *make_line(const struct config *config)
{
    char hash[HASH_HEX_SIZE];
    json_t *commands = config_commands(config);
    auto_free char *text = json_dumps(commands, JSON_COMPACT | JSON_SORT_KEYS);
    bool has_commands = json_array_size(commands) > 0;

    json_decref(commands);
    if (!has_commands)
        return NULL;
    hash_sha256_hex(text, strlen(text), hash);
    char *resolved = realpath(config->path, NULL);
    char *line = xasprintf("%s  %s", hash, resolved != NULL ? resolved : config->path);
    free(resolved);
    return line;
}

static char *path_in(const char *state_directory)
{
    return xasprintf("%s/trusted", state_directory);
}

/* Nothing there is nothing trusted; a file that others can write to is no proof of anything. */
static bool read_lines(const char *path, struct buf *out, struct error *err)
{
    char piece[4096];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return errno == ENOENT ||
               error_set(err, ERROR_USAGE, "could not read %s: %s", path, strerror(errno));
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        (void)close(fd);
        error_set(err, ERROR_DENIED, "%s is not yours alone", path);
        return error_hint(err, "Remove it, and trust the commands again");
    }
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0 && !out->is_full)
        buf_add(out, piece, (size_t)got);
    int number = errno;
    (void)close(fd);
    return (got >= 0 && !out->is_full) ||
           error_set(err, ERROR_USAGE, "could not read %s: %s", path,
                     got >= 0 ? "it is too large" : strerror(number));
}

/* Calls for each line of the file; lines end with a newline. */
static const char *next_line(const char *at, struct buf *line)
{
    size_t len = strcspn(at, "\n");

    buf_reset(line);
    buf_add(line, at, len);
    return at[len] == '\n' ? at + len + 1 : at + len;
}

bool trust_check(const char *state_directory, const struct config *config, bool *is_trusted,
                 struct error *err)
{
    auto_free char *path = path_in(state_directory);
    auto_free char *wanted = make_line(config);
    auto_buf lines, line;
    bool is_found = wanted == NULL;

    buf_init(&lines, FILE_BYTES);
    buf_init(&line, FILE_BYTES);
    if (wanted != NULL && !read_lines(path, &lines, err))
        return false;
    for (const char *at = lines.ptr; *at != '\0' && !is_found;) {
        at = next_line(at, &line);
        is_found = strcmp(line.ptr, wanted) == 0;
    }
    *is_trusted = is_found;
    return true;
}

/* A whole new file in place of the old one, so that no reader sees half of it. */
static bool replace_file(const char *path, const struct buf *content, struct error *err)
{
    auto_free char *fresh = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_USAGE, "could not write %s: %s", path, strerror(errno));
    bool is_ok = write(fd, content->ptr, content->len) == (ssize_t)content->len && fsync(fd) == 0;
    int number = errno;
    is_ok = close(fd) == 0 && is_ok;
    if (is_ok && rename(fresh, path) == 0)
        return true;
    number = is_ok ? errno : number;
    (void)unlink(fresh);
    return error_set(err, ERROR_USAGE, "could not write %s: %s", path, strerror(number));
}

bool trust_add(const char *state_directory, const struct config *config, struct error *err)
{
    auto_free char *path = path_in(state_directory);
    auto_free char *wanted = make_line(config);
    auto_buf lines, line, kept;

    buf_init(&lines, FILE_BYTES);
    buf_init(&line, FILE_BYTES);
    buf_init(&kept, FILE_BYTES);
    if (wanted == NULL)
        return true;
    if (!read_lines(path, &lines, err))
        return false;
    for (const char *at = lines.ptr; *at != '\0';) {
        at = next_line(at, &line);
        bool is_same_file = line.len > HASH_HEX_SIZE &&
                            strcmp(line.ptr + HASH_HEX_SIZE - 1, wanted + HASH_HEX_SIZE - 1) == 0;
        if (!is_same_file)
            buf_addf(&kept, "%s\n", line.ptr);
    }
    buf_addf(&kept, "%s\n", wanted);
    return replace_file(path, &kept, err);
}
