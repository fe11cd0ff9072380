/*
 * typed.h - a line typed into the terminal of a run as a command to it. Pure.
 */
#ifndef CLI_TYPED_H
#define CLI_TYPED_H

#include "core/engine.h"
#include "core/error.h"

/*
 * "promote", "pause", "skip STEP", "tick ITEM", "waive ITEM because REASON", ... or just one of the
 * choices of an open question. An empty line is an error without a message (code "empty").
 */
bool typed_command(const char *line, const struct run *run, struct command *out,
                   struct error *err) FD_MUST_USE;
/* What can be typed, for the first line of a run. */
extern const char typed_help[];

#endif
