/*
 * desk_journal.c - see desk_journal.h.
 */
#include "cli/desk_journal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/journal.h"
#include "core/mem.h"

#define PATIENCE_MS 80 /* wall: whoever closes a console waits for less than 100 */
#define YOUNG_MS 1000  /* more than the grain of a file's time */

void desk_journal_init(struct desk_journal *j, const char *state_directory)
{
    *j = (struct desk_journal){.state_directory = state_directory};
    (void)pthread_mutex_init(&j->lock, NULL);
}

void desk_journal_clear(struct desk_journal *j)
{
    journal_close(j->journal);
    (void)pthread_mutex_destroy(&j->lock);
}

bool desk_journal_is_there(const char *state_directory)
{
    return access(state_directory, F_OK) == 0 || errno != ENOENT;
}

void desk_journal_enter(struct desk_journal *j, struct journal **out, struct error *err)
{
    *err = (struct error){.kind = ERROR_NONE};
    (void)pthread_mutex_lock(&j->lock);
    if (j->journal == NULL && desk_journal_is_there(j->state_directory)) {
        if (journal_open(j->state_directory, &j->journal, err))
            journal_set_patience(j->journal, PATIENCE_MS);
        else
            j->journal = NULL;
    }
    *out = j->journal;
}

void desk_journal_leave(struct desk_journal *j) { (void)pthread_mutex_unlock(&j->lock); }

struct journal_stamp desk_journal_stamp(const char *state_directory)
{
    auto_free char *path = xasprintf("%s/journal.sqlite", state_directory);
    struct stat status;

    if (stat(path, &status) != 0)
        return (struct journal_stamp){0};
    return (struct journal_stamp){.is_there = true,
                                  .changed = status.st_mtim,
                                  .size_bytes = status.st_size,
                                  .file = status.st_ino};
}

bool desk_journal_is_same(const struct journal_stamp *before, const struct journal_stamp *now)
{
    struct timespec time;

    if (before->is_there != now->is_there || before->file != now->file ||
        before->size_bytes != now->size_bytes || before->changed.tv_sec != now->changed.tv_sec ||
        before->changed.tv_nsec != now->changed.tv_nsec)
        return false;
    (void)clock_gettime(CLOCK_REALTIME, &time);
    int64_t age_ms = (time.tv_sec - now->changed.tv_sec) * INT64_C(1000) +
                     (time.tv_nsec - now->changed.tv_nsec) / 1000000;
    return !now->is_there || age_ms > YOUNG_MS || age_ms < 0;
}
