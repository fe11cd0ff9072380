/*
 * report.h - a run as Markdown, for somebody who was not there. Pure: the same events, the same
 * text.
 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include <stddef.h>

struct event;
struct run;

/* events: of that run, oldest first. Yours. */
char *report_markdown(const struct run *run, struct event *const *events, size_t count);
/* How it ended, or where it stands, in one sentence. Yours; one line, safe to show. */
char *report_outcome(const struct run *run);

#endif
