/*
 * alarms.h - the CloudWatch alarms of each environment: the guide's alerts.
 *
 * They do not look at the metrics: one is OK until somebody orders another state. Thread: any,
 * between world_enter and world_leave.
 */
#ifndef SANDBOX_ALARMS_H
#define SANDBOX_ALARMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "sandbox/world.h"

/* "finally-prod-api-errors"; alarm < WORLD_ALARM_COUNT. Yours. */
char *alarms_name(size_t alarm);
/* "OK", "ALARM", "INSUFFICIENT_DATA". */
const char *alarms_state(const struct world *w, size_t alarm);
/* As DescribeAlarms has it. New reference. */
json_t *alarms_json(const struct world *w, size_t alarm);
/* From now on. False when there is no such alarm, or no such state. */
bool alarms_set(struct world *w, const char *name, const char *state);

#endif
