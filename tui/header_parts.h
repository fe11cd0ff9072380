/*
 * header_parts.h - what the files of the header share; nobody else includes it.
 */
#ifndef TUI_HEADER_PARTS_H
#define TUI_HEADER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/app.h"
#include "tui/app_parts.h"
#include "tui/header.h"

#define PART_SIZE 120

/* What a line says at one place: whole, or in short. "" = nothing. */
struct part {
    char whole[PART_SIZE], brief[PART_SIZE];
    enum role role;
};

/* Where there is no room: the largest of all these numbers happens first; 0 = never. */
struct part_kind {
    void (*fill)(const struct app *app, struct part *out);
    int shortens, goes;
    bool is_right;
    int least; /* columns that it keeps where there is room, so that the rest does not move */
};

extern const struct part_kind header_where[]; /* the first line */
extern const size_t header_where_count;
extern const struct part_kind header_run[]; /* the second */
extern const size_t header_run_count;

/* "1:02:14", "2:14" */
void header_clock_text(char *out, size_t size, int64_t duration_ms);

#endif
