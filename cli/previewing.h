/*
 * previewing.h - what a way back would do, before anybody is asked: traffic first, then the rest.
 */
#ifndef CLI_PREVIEWING_H
#define CLI_PREVIEWING_H

struct cli;
struct environment;
struct put_back;
struct run;

/* All to stderr. */
void previewing_head(const struct cli *cli, const struct environment *environment);
/* Of a run: its traffic in one write, then the undo of every other step that wrote, newest first;
 * what stays is named. */
void previewing_run(const struct cli *cli, const struct run *run);
/* What somebody else made of the alias since, and that this goes over it. */
void previewing_foreign(const struct cli *cli, const struct put_back *p);
/* Of an alias: the one write. */
void previewing_alias(const struct cli *cli, const struct put_back *p);
/* Who asks, as far as it is known by then; by: the name of an actor. */
void previewing_you(const struct cli *cli, const char *by);

#endif
