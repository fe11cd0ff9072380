/*
 * desk_seen.c - see desk_seen.h.
 *
 * {"version":1,"seen":{"status":{"production":{"at_ms":...,"document":{...}}},...}}
 */
#include "cli/desk_seen.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/desk_parts.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"

#define VERSION 1
#define MOST_BYTES (16 << 20)
#define WRITE_EVERY_MS 30000 /* wall */

struct desk_seen {
    pthread_mutex_t lock;
    char *directory, *path;
    json_t *seen; /* what -> environment -> {"at_ms","document"} */
    bool is_new;  /* something was kept since it was written */
    int64_t written_ms;
};

static const char *const kinds[] = {"status", "check", "metrics", "plan"};

/* ---- the file ---- */

/* Of a file of ours; false when it is not. */
static bool read_text(const char *path, struct buf *out)
{
    char piece[16384];
    struct stat status;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid())
        while ((got = read(fd, piece, sizeof piece)) > 0)
            buf_add(out, piece, (size_t)got);
    (void)close(fd);
    return got == 0 && !out->is_full;
}

/* NULL when it is missing, not ours or broken. */
static json_t *read_file(const char *path)
{
    auto_buf text;
    json_t *document = NULL, *seen = NULL;

    buf_init(&text, MOST_BYTES);
    if (read_text(path, &text))
        document = json_loadb(text.ptr, text.len, 0, NULL);
    if (json_integer_value(json_object_get(document, "version")) == VERSION &&
        json_is_object(json_object_get(document, "seen")))
        seen = json_incref(json_object_get(document, "seen"));
    json_decref(document);
    return seen;
}

static bool write_text(const char *text, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    size_t len = strlen(text), done = 0;
    ssize_t written = 0;
    while (done < len && (written = write(fd, text + done, len - done)) > 0)
        done += (size_t)written;
    return close(fd) == 0 && done == len;
}

/* Whole or not at all: another console may read it. A folder that is not there is not made. */
static void write_file(const struct desk_seen *s, const char *text)
{
    auto_free char *new_path = xasprintf("%s.%ld", s->path, (long)getpid());

    if (access(s->directory, W_OK) == 0 &&
        (!write_text(text, new_path) || rename(new_path, s->path) != 0))
        (void)unlink(new_path);
}

/* ---- what is kept ---- */

struct desk_seen *desk_seen_open(const char *state_directory)
{
    struct desk_seen *s = xcalloc(1, sizeof *s);
    (void)pthread_mutex_init(&s->lock, NULL);
    s->directory = xstrdup(state_directory);
    s->path = xasprintf("%s/seen.json", state_directory);
    s->seen = read_file(s->path);
    if (s->seen == NULL)
        s->seen = json_object();
    return s;
}

static json_t *find(const struct desk_seen *s, const char *what, const char *environment)
{
    json_t *found = json_object_get(json_object_get(s->seen, what), environment);
    return json_is_object(json_object_get(found, "document")) ? found : NULL;
}

json_t *desk_seen_document(struct desk_seen *s, const char *what, const char *environment)
{
    (void)pthread_mutex_lock(&s->lock);
    json_t *document = json_deep_copy(json_object_get(find(s, what, environment), "document"));
    (void)pthread_mutex_unlock(&s->lock);
    return document;
}

void desk_seen_tell(struct desk *d)
{
    (void)pthread_mutex_lock(&d->seen->lock);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (size_t e = 0; e < d->config->environment_count; e++) {
            const char *name = d->config->environments[e].name;
            const json_t *found = find(d->seen, kinds[i], name);
            if (found != NULL)
                desk_tell(d, kinds[i], name,
                          json_pack("{s:o, s:I, s:b}", "document",
                                    json_deep_copy(json_object_get(found, "document")), "at_ms",
                                    json_integer_value(json_object_get(found, "at_ms")), "cached",
                                    1));
        }
    (void)pthread_mutex_unlock(&d->seen->lock);
}

void desk_seen_keep(struct desk_seen *s, const char *what, const char *environment,
                    const json_t *document, int64_t at_ms)
{
    json_t *kept =
        json_pack("{s:I, s:o}", "at_ms", (json_int_t)at_ms, "document", json_deep_copy(document));

    (void)pthread_mutex_lock(&s->lock);
    if (!json_is_object(json_object_get(s->seen, what)))
        json_object_set_new(s->seen, what, json_object());
    json_object_set_new(json_object_get(s->seen, what), environment, kept);
    s->is_new = true;
    (void)pthread_mutex_unlock(&s->lock);
}

static void write_new(struct desk_seen *s, int64_t least_ms)
{
    auto_free char *text = NULL;

    (void)pthread_mutex_lock(&s->lock);
    if (s->is_new && clock_boot_ms() - s->written_ms >= least_ms) {
        json_t *document = json_pack("{s:i, s:O}", "version", VERSION, "seen", s->seen);
        text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(12));
        json_decref(document);
        s->is_new = false;
        s->written_ms = clock_boot_ms();
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (text != NULL)
        write_file(s, text);
}

void desk_seen_write(struct desk_seen *s) { write_new(s, WRITE_EVERY_MS); }

void desk_seen_close(struct desk_seen *s)
{
    if (s == NULL)
        return;
    write_new(s, 0);
    json_decref(s->seen);
    free(s->directory);
    free(s->path);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
