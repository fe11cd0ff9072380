/*
 * databases.h - the database instances of the world and their snapshots, which take their time.
 *
 * A snapshot takes three seconds of the world per GiB; meanwhile its instance is "backing-up" and
 * takes no second one. Everything follows from the moments at which it was asked for. Thread:
 * between world_enter and world_leave.
 */
#ifndef SANDBOX_DATABASES_H
#define SANDBOX_DATABASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATABASES_ID_SIZE 256

struct database {
    const char *id; /* "finally-prod-postgres" */
    const char *class_name, *zone;
    int storage_gib;
    bool is_multi_az;
    int64_t created_ms;
};

struct database_snapshot {
    char id[DATABASES_ID_SIZE];
    const struct database *of;
    bool is_automated;
    int64_t begun_ms, done_ms;
};

struct databases;

/* One instance for each place, with the automated snapshots of the last days. */
struct databases *databases_new(int64_t now_ms);
void databases_free(struct databases *d);

/* In the order of their ids; NULL past the end. Borrowed. */
const struct database *databases_at(const struct databases *d, size_t index);
const struct database *databases_find(const struct databases *d, const char *id);
/* "available", "backing-up" */
const char *databases_status(const struct databases *d, const struct database *of, int64_t now_ms);

/* Oldest first; NULL past the end. Borrowed until the next one is begun. */
const struct database_snapshot *databases_snapshot_at(const struct databases *d, size_t index);
const struct database_snapshot *databases_snapshot_find(const struct databases *d, const char *id);
/* The instance is available, the id is new. */
const struct database_snapshot *databases_snapshot_begin(struct databases *d,
                                                         const struct database *of, const char *id,
                                                         int64_t now_ms);
int databases_snapshot_percent(const struct database_snapshot *s, int64_t now_ms);

#endif
