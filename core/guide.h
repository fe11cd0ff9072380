/*
 * guide.h - the team's Markdown guide as checklists: every task-list item in its section (md4c).
 *
 * Section = the heading path ("Pre-Deployment Checklist/Code Quality"), and below it a paragraph
 * that is only bold text ending in a colon ("Production Checklist/Pre-Deployment (24h before)").
 * The document's own title (a single level-1 heading) is not part of the path. Item id =
 * slug(section)/slug(text), or `<!-- id: x -->`.
 */
#ifndef CORE_GUIDE_H
#define CORE_GUIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct guide_item {
    char *id, *section, *text;
    int line;        /* in the file, from 1 */
    bool is_checked; /* [x] in the file: shown, never evidence */
};

struct guide {
    char *path;
    struct guide_item *items;
    size_t count;
    char *repair; /* "" or a sentence: "UTF-8 that was read as MacRoman: repaired 212 places" */
};

bool guide_load(const char *path, struct guide *out, struct error *err) FD_MUST_USE;
bool guide_parse(const char *path, const char *bytes, size_t len, struct guide *out,
                 struct error *err) FD_MUST_USE;
void guide_clear(struct guide *g);

#endif
