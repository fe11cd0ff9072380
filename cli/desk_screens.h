/*
 * desk_screens.h - which environments are looked at: each console has one on its screen. What is
 * read regularly is read for all of them. Thread: any.
 */
#ifndef CLI_DESK_SCREENS_H
#define CLI_DESK_SCREENS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct desk;

void desk_screens_init(struct desk *d); /* for desk_open, before the lanes */
void desk_screens_free(struct desk *d);

/* A request to look, or that a console looks no longer ("screen" says which; 0 where there is one).
 */
void desk_screens_look(struct desk *d, size_t environment, const json_t *request);
void desk_screens_leave(struct desk *d, const json_t *request);

bool desk_is_shown(struct desk *d, size_t environment);
/* The window of its metrics, world: as whoever looked at it last wants it. */
int64_t desk_since_ms(struct desk *d, size_t environment);

#endif
