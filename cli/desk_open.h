/*
 * desk_open.h - what the console is told first: the project as its configuration has it.
 */
#ifndef CLI_DESK_OPEN_H
#define CLI_DESK_OPEN_H

struct desk;

/* News `hello`: no network, no journal. */
void desk_open_hello(struct desk *d);

#endif
