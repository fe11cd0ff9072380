/*
 * follow.h - prints the events of a run: people's lines, or JSON Lines with --json.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <jansson.h>

#include "core/story.h"

struct cli;
struct event;
struct run;

/* story: what was told before, {0} at first; people are told nothing twice. */
void follow_event(const struct cli *cli, struct story *story, const struct event *event);
/* After an event of which story_asks() is true: the command that answers it. */
void follow_answer(const struct cli *cli, struct story *story, const struct event *event,
                   const struct run *run);
/* The same of a run that one only looks at. */
void follow_waiting(const struct cli *cli, const struct run *run);
/* {"type","at","run"}, of now: a line of --json that is no event. run_id: NULL when there is none.
 * New reference. */
json_t *follow_line(const char *run_id, const char *type);
/* The last line for a run that did not end while we looked: readers of JSON Lines always get one.
 */
void follow_leave(const struct cli *cli, const struct run *run);

#endif
