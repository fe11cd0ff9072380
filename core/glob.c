/*
 * glob.c - see glob.h. Walks the pattern once and keeps, for every place in the path, whether the
 * pattern so far can end there: no backtracking, no bad patterns.
 */
#include "core/glob.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* fits[i]: the pattern so far fits the first i bytes. Each step makes the next from it, in place.
 */
static void match_one(bool *fits, const char *path, size_t len, char wanted)
{
    for (size_t i = len; i > 0; i--)
        fits[i] = fits[i - 1] && (wanted == '?' ? path[i - 1] != '/' : path[i - 1] == wanted);
    fits[0] = false;
}

static void match_many(bool *fits, const char *path, size_t len, bool crosses)
{
    for (size_t i = 1; i <= len; i++)
        fits[i] = fits[i] || (fits[i - 1] && (crosses || path[i - 1] != '/'));
}

/* Two stars and a slash: nothing, or whole folders. */
static void match_folders(bool *fits, const char *path, size_t len)
{
    bool is_reached = fits[0];

    for (size_t i = 1; i <= len; i++) {
        bool was_fit = fits[i];
        fits[i] = was_fit || (is_reached && path[i - 1] == '/');
        is_reached = is_reached || was_fit;
    }
}

bool glob_matches(const char *pattern, const char *path)
{
    size_t len = strlen(path);
    auto_free bool *fits = xcalloc(len + 1, sizeof *fits);

    fits[0] = true;
    for (const char *p = pattern; *p != '\0'; p++) {
        bool at_folder = p == pattern || p[-1] == '/';
        if (at_folder && strncmp(p, "**/", 3) == 0) {
            match_folders(fits, path, len);
            p += 2;
        } else if (strncmp(p, "**", 2) == 0) {
            match_many(fits, path, len, true);
            p += 1;
        } else if (*p == '*') {
            match_many(fits, path, len, false);
        } else {
            match_one(fits, path, len, *p);
        }
    }
    return fits[len];
}
