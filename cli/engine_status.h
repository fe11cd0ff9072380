/*
 * engine_status.h - `flightdeck engine status`: which engine runs, who looks on, what is under way.
 */
#ifndef CLI_ENGINE_STATUS_H
#define CLI_ENGINE_STATUS_H

struct cli;
struct config;

/* Waits a few seconds at most for an engine that does not answer. The exit code: EXIT_FAILED where
 * none runs, EXIT_UNKNOWN where it does not answer or the journal cannot be read. */
int engine_status_tell(struct cli *cli, const struct config *config, const char *state);

#endif
