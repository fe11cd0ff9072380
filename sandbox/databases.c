/* databases.c - see databases.h. */
#include "sandbox/databases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/mem.h"
#include "sandbox/world.h"

#define DAY_MS (24LL * 60 * 60 * 1000)
#define MS_PER_GIB 3000
#define AUTOMATED_DAYS 7

struct databases {
    struct database items[WORLD_PLACE_COUNT];
    struct database_snapshot *snapshots;
    size_t count, capacity;
};

/* ---- instances ---- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct database *)a)->id, ((const struct database *)b)->id);
}

static const struct database_snapshot *add_snapshot(struct databases *d, const struct database *of,
                                                    const char *id, int64_t begun_ms,
                                                    bool is_automated)
{
    d->snapshots = mem_grow(d->snapshots, &d->capacity, d->count, sizeof *d->snapshots);
    struct database_snapshot *s = &d->snapshots[d->count++];
    *s = (struct database_snapshot){.of = of,
                                    .is_automated = is_automated,
                                    .begun_ms = begun_ms,
                                    .done_ms = begun_ms + (int64_t)of->storage_gib * MS_PER_GIB};
    (void)snprintf(s->id, sizeof s->id, "%s", id);
    return s;
}

/* Each night, as RDS names them: rds:NAME-2026-11-24-03-07 */
static void add_automated(struct databases *d, const struct database *of, int64_t now_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    int64_t midnight_ms = now_ms - now_ms % DAY_MS;
    for (int days = AUTOMATED_DAYS; days > 0; days--) {
        int64_t at_ms = midnight_ms - days * DAY_MS + (3 * 60 + 7) * 60 * 1000;
        clock_stamp(at_ms, stamp);
        auto_free char *id = xasprintf("rds:%s-%.10s-03-07", of->id, stamp);
        (void)add_snapshot(d, of, id, at_ms, true);
    }
}

struct databases *databases_new(int64_t now_ms)
{
    struct databases *d = xcalloc(1, sizeof *d);
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++) {
        bool is_large = world_places[i].is_production;
        d->items[i] = (struct database){
            .id = world_places[i].database,
            .class_name = is_large ? "db.m6g.large" : "db.t4g.micro",
            .zone = WORLD_REGION "a",
            .storage_gib = is_large ? 100 : 20,
            .is_multi_az = is_large,
            .created_ms = now_ms - 400 * DAY_MS,
        };
    }
    qsort(d->items, WORLD_PLACE_COUNT, sizeof d->items[0], compare_ids);
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        add_automated(d, &d->items[i], now_ms);
    return d;
}

void databases_free(struct databases *d)
{
    if (d == NULL)
        return;
    free(d->snapshots);
    free(d);
}

const struct database *databases_at(const struct databases *d, size_t index)
{
    return index < WORLD_PLACE_COUNT ? &d->items[index] : NULL;
}

const struct database *databases_find(const struct databases *d, const char *id)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++)
        if (strcasecmp(d->items[i].id, id) == 0)
            return &d->items[i];
    return NULL;
}

const char *databases_status(const struct databases *d, const struct database *of, int64_t now_ms)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->snapshots[i].of == of && now_ms < d->snapshots[i].done_ms)
            return "backing-up";
    return "available";
}

/* ---- snapshots ---- */

const struct database_snapshot *databases_snapshot_at(const struct databases *d, size_t index)
{
    return index < d->count ? &d->snapshots[index] : NULL;
}

const struct database_snapshot *databases_snapshot_find(const struct databases *d, const char *id)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcasecmp(d->snapshots[i].id, id) == 0)
            return &d->snapshots[i];
    return NULL;
}

const struct database_snapshot *databases_snapshot_begin(struct databases *d,
                                                         const struct database *of, const char *id,
                                                         int64_t now_ms)
{
    return add_snapshot(d, of, id, now_ms, false);
}

int databases_snapshot_percent(const struct database_snapshot *s, int64_t now_ms)
{
    if (now_ms >= s->done_ms)
        return 100;
    if (now_ms <= s->begun_ms)
        return 0;
    return (int)((now_ms - s->begun_ms) * 100 / (s->done_ms - s->begun_ms));
}
