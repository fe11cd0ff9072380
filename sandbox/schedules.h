/*
 * schedules.h - the schedules of EventBridge Scheduler, and what they do when their time has come.
 *
 * One-time schedules, at(TIME), whose target is Lambda's UpdateAlias: what a dead-man switch needs.
 * They really fire, in world time, whoever looks; AWS does so within the minute, this world at the
 * second. Facts: EventBridge Scheduler API reference, 2021-06-30. Thread: between world_enter and
 * world_leave.
 */
#ifndef SANDBOX_SCHEDULES_H
#define SANDBOX_SCHEDULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct refusal;
struct world;

struct schedules;

struct schedules *schedules_new(void);
void schedules_free(struct schedules *s);
/* What time does to them: those that are due fire, and are deleted where they say so. */
void schedules_settle(struct world *w);

/* `wish` as in the requests; it is checked whole, and nothing of an older one stays. */
bool schedules_create(struct world *w, const char *name, const json_t *wish, struct refusal *no);
bool schedules_update(struct world *w, const char *name, const json_t *wish, struct refusal *no);
bool schedules_delete(struct world *w, const char *name, struct refusal *no);
/* As GetSchedule answers. New reference. NULL: refused. */
json_t *schedules_get(const struct world *w, const char *name, struct refusal *no);
/* arn:aws:scheduler:...:schedule/default/NAME. New reference. */
json_t *schedules_arn(const char *name);

#endif
