/*
 * follow.h - prints the events of a run: people's lines, or JSON Lines with --json.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdint.h>

struct cli;
struct event;
struct run;

void follow_event(const struct cli *cli, const struct event *event);
/* The last line for a run that did not end while we looked: readers of JSON Lines always get one.
 */
void follow_leave(const struct cli *cli, const struct run *run);

#endif
