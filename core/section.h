/*
 * section.h - names of sections: paths of headings that people write in several ways.
 */
#ifndef CORE_SECTION_H
#define CORE_SECTION_H

#include <stdbool.h>

/* The rule of checklist_section_matches. */
bool section_matches(const char *path, const char *wanted);

#endif
