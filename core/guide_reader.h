/*
 * guide_reader.h - md4c's events as task-list items in their sections. Private to guide.c.
 */
#ifndef CORE_GUIDE_READER_H
#define CORE_GUIDE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct guide;

/*
 * Appends the items of valid UTF-8 Markdown to out. An item's id is "" unless the guide gives one
 * explicitly. On failure the items read so far stay in out, for guide_clear.
 */
bool guide_reader_read(const char *path, const char *markdown, size_t len, struct guide *out,
                       struct error *err) FD_MUST_USE;

#endif
