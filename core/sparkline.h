/*
 * sparkline.h - a series as one line of block characters. Pure.
 */
#ifndef CORE_SPARKLINE_H
#define CORE_SPARKLINE_H

#include <stddef.h>

/*
 * One character per value, the lowest from 0 (or the smallest when negative), the highest at the
 * largest; a value that is missing (NaN) is a space, never a zero. Of more than `most` values
 * neighbours are merged, and each place shows its largest. Yours; UTF-8.
 */
char *sparkline_text(const double *values, size_t count, size_t most);

#endif
