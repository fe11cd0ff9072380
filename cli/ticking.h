/*
 * ticking.h - a person's word on a checklist item: tick, untick, waive.
 */
#ifndef CLI_TICKING_H
#define CLI_TICKING_H

#include "core/engine.h"
#include "core/error.h"

struct checking;
struct checklist_item;
struct session;

/*
 * What a probe proves is not a person's to tick: with a reason it is an override, and reads so.
 * Changes the reason of *command then.
 */
bool ticking_permits(const struct checklist_item *item, struct command *command,
                     struct error *err) FD_MUST_USE;
/* The command that records it, on whichever run. */
bool ticking_command(const struct checklist_item *item, enum command_verb verb, const char *reason,
                     const char *by, struct command *out, struct error *err) FD_MUST_USE;
/*
 * Records it on the open run: directly while nobody drives that run, else through the process that
 * does. Without an open run one is opened. run_id: the run that has it now.
 */
bool ticking_record(struct checking *c, const struct checklist_item *item, enum command_verb verb,
                    const char *reason, char run_id[static 32], struct error *err) FD_MUST_USE;

#endif
