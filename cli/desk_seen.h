/*
 * desk_seen.h - what was seen last, kept for the next start: seen.json in the state folder.
 *
 * A cache and no truth: it may be missing, old or broken, and nothing depends on it. Thread: any.
 */
#ifndef CLI_DESK_SEEN_H
#define CLI_DESK_SEEN_H

#include <jansson.h>
#include <stdint.h>

struct desk;
struct desk_seen;

/* Reads the file, where there is one. Never fails. */
struct desk_seen *desk_seen_open(const char *state_directory);
/* News "status", "check", "metrics" and "plan" of the environments that the configuration still
 * has. */
void desk_seen_tell(struct desk *d);
/* A copy of the document as it is kept, or NULL. */
json_t *desk_seen_document(struct desk_seen *s, const char *what, const char *environment);
/* Keeps a copy. */
void desk_seen_keep(struct desk_seen *s, const char *what, const char *environment,
                    const json_t *document, int64_t at_ms);
/* Writes the file when something new was kept and the last time is a while ago. */
void desk_seen_write(struct desk_seen *s);
void desk_seen_close(struct desk_seen *s); /* writes what is new, and ends */

#endif
