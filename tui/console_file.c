/* console_file.c - files that a person asked for: new ones, for their eyes only. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/console_parts.h"

#define TRIES 1000

/* A name without folders, and not a hidden one. Yours. */
static char *bare_name(const char *name)
{
    char *bare = xstrdup(name);
    for (char *at = bare; *at != '\0'; at++)
        if (*at == '/' || (unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '-';
    if (bare[0] == '.' || bare[0] == '-')
        bare[0] = '_';
    if (bare[0] == '\0') {
        free(bare);
        bare = xstrdup("flightdeck.txt");
    }
    return bare;
}

/* "report.md", "report-2.md", ... Yours. */
static char *nth_path(const char *directory, const char *name, int n)
{
    const char *dot = strrchr(name, '.');
    size_t stem = dot == NULL ? strlen(name) : (size_t)(dot - name);

    if (n == 1)
        return xasprintf("%s/%s", directory, name);
    return xasprintf("%s/%.*s-%d%s", directory, (int)stem, name, n, name + stem);
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        left -= (size_t)n;
    }
    return true;
}

bool console_save(const char *directory, const char *name, const char *text, char **path,
                  struct error *err)
{
    auto_free char *bare = bare_name(name);
    if (directory != NULL)
        (void)mkdir(directory, 0700);
    for (int n = 1; n <= TRIES; n++) {
        char *place = nth_path(directory != NULL ? directory : ".", bare, n);
        int fd = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST) {
            free(place);
            continue;
        }
        bool is_written = fd >= 0 && write_all(fd, text);
        int failure = errno;
        if (fd >= 0 && close(fd) != 0 && is_written) {
            failure = errno;
            is_written = false;
        }
        if (is_written) {
            *path = place;
            return true;
        }
        error_set(err, ERROR_INTERNAL, "could not write %s: %s", place, strerror(failure));
        free(place);
        return false;
    }
    return error_set(err, ERROR_INTERNAL, "could not save %s: there are too many of that name",
                     bare);
}
