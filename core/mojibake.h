/*
 * mojibake.h - repairs text whose UTF-8 was once read as something else and saved again.
 *
 * Typical: "‚Üí" (MacRoman) or "â†’" (Windows-1252, Latin-1) where an arrow stood. Each damaged
 * character is one place. Text is touched only when more places can be repaired than characters
 * would be left over: a page that merely shows such a sequence stays as it is.
 */
#ifndef CORE_MOJIBAKE_H
#define CORE_MOJIBAKE_H

#include <stddef.h>

struct buf;

/*
 * Appends the text as valid UTF-8, without byte order mark. Returns a sentence on what was
 * repaired, "" when nothing was; yours.
 */
char *mojibake_repair(const char *bytes, size_t len, struct buf *out);

#endif
